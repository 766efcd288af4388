"""HTML that is safe by construction: every text is escaped unless it has been made here."""

import html


class Html(str):
    """Text that is HTML already; everything else is escaped where it is put into a page.

    Examples
    --------
    >>> from skhpo.reporting._html import element
    >>> element("td", "a < b", class_="number")
    '<td class="number">a &lt; b</td>'
    """

    __slots__ = ()


_EMPTY = {"br", "meta", "input"}


def element(name, *children, **attributes):
    """Return an element; the names of attributes may end with an underscore, and have others for hyphens.

    Parameters
    ----------
    name : str
        The element.
    *children : object
        What is in it: `Html`, or anything else as its text; None is left out.
    **attributes : object
        Values are escaped; those that are None or False are left out, and True stands for no value.

    Returns
    -------
    Html
        The element.
    """
    parts = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        parts.append(key if value is True else f'{key}="{html.escape(str(value))}"')
    opening = f"<{' '.join(parts)}>"
    return Html(opening if name in _EMPTY else f"{opening}{join(*children)}</{name}>")


def join(*children):
    """Return some children one after the other; None is left out.

    Examples
    --------
    >>> from skhpo.reporting._html import Html, join
    >>> join(Html("<b>1</b>"), None, "<2>")
    '<b>1</b>&lt;2&gt;'
    """
    return Html("".join(_escaped(child) for child in children if child is not None))


def _escaped(child):
    if isinstance(child, Html):
        return child
    # What is no character of a page cannot be shown by any escape.
    text = "".join(
        one if one.isprintable() or one in "\n\t" else "\N{REPLACEMENT CHARACTER}" for one in str(child)
    )
    return html.escape(text, quote=False)
