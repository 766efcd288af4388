"""What the interactive pictures share, as far as it needs no bokeh; the rest is in tests/integration."""

import re
import sys

import pytest

from skhpo.reporting._easel import COLOURS, Easel, plain


def test_names_are_no_formulas():
    """A hyperparameter called $$x$$ would be shown as x."""
    for text in ("$$x$$", "\\(x\\)", "\\[x\\]"):
        assert not re.search(r"\$\$|\\\(|\\\[", plain(text))
        assert plain(text).replace("\u200b", "") == text
    assert plain(3) == "3"


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(first, second):
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_stand_out_from_the_page(scheme):
    """Texts of less than 4.5 to 1, and lines of less than 3 to 1, are not seen by many people."""
    paper = COLOURS["paper"][scheme]
    contrasts = {
        use: _contrast(pair[scheme], paper) for use, pair in COLOURS.items() if use not in ("paper", "grid")
    }
    assert min(contrasts["ink"], contrasts["muted"]) >= 4.5
    assert {use: round(one, 2) for use, one in contrasts.items() if one < 3.0} == {}


def test_missing_library_is_named(monkeypatch):
    """Whoever has no bokeh is told what to install."""
    monkeypatch.setitem(sys.modules, "bokeh", None)
    with pytest.raises(ImportError, match=r"python -m pip install 'skhpo\[report\]'"):
        Easel()
