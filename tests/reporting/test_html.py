"""HTML that is made of texts."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from skhpo.reporting._html import Html, element, join


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.texts, self.values = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.values += [value for _, value in attributes]

    def handle_data(self, data):
        self.texts.append(data)


@given(text=st.text(st.characters(codec="utf-8")), value=st.text(st.characters(codec="utf-8")))
def test_texts_stay_texts(text, value):
    """Whatever is in a name, it neither becomes an element nor ends an attribute."""
    reader = _Reader()
    reader.feed(element("p", text, title=value) + "<hr>")
    assert reader.tags == ["p", "hr"]
    assert reader.values == [value]
    shown = "".join(reader.texts)
    assert len(shown) == len(text)
    assert all(
        one == other or other == "\N{REPLACEMENT CHARACTER}" for one, other in zip(text, shown, strict=True)
    )


def test_elements_are_put_together():
    """Attributes that are off do not appear, and what is empty has no end."""
    made = element("td", element("b", 1), None, hidden=False, open=True, data_status="a", class_=None)
    assert made == '<td open data-status="a"><b>1</b></td>'
    assert element("meta", charset="utf-8") == '<meta charset="utf-8">'
    assert isinstance(join("<", Html("<br>")), Html) and join("<", Html("<br>")) == "&lt;<br>"
