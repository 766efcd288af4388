"""Colours, limits and texts of the pictures."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from skhpo.plots._style import clipped, colors, number, padded, paper, score_limits, score_texts

FLOATS = st.floats(-1e12, 1e12) | st.just(math.nan)


@given(st.lists(FLOATS, max_size=30))
def test_limits_are_finite_and_show_the_best(scores):
    """Matplotlib refuses limits that are not finite, and a best score outside of them is not seen."""
    low, high = score_limits(scores)
    assert math.isfinite(low) and math.isfinite(high) and low < high
    known = [score for score in scores if math.isfinite(score)]
    if known:
        assert low <= max(known) <= high
    assert padded((low, high))[0] < low


def test_terrible_scores_do_not_squeeze_the_good_ones():
    """With one score of -1e6 on the axis all others are one line."""
    assert score_limits([-1e6, 0.9, 0.91, 0.92, 0.95]) == pytest.approx((0.9, 0.95))
    assert score_limits([-1e9, -1e6, 0.95, 0.95, 0.95, 0.9]) == pytest.approx((0.9, 0.95))


def test_most_trials_are_seen_where_the_search_has_converged():
    """If only the last hundredth is shown, nobody sees what led there."""
    low, _ = score_limits([*np.linspace(0.8, 0.95, 15), *np.linspace(0.94, 0.96, 20)])
    assert low < 0.85


@given(st.floats(1e-300, 1e300))
def test_numbers_are_written_shortly_and_truly(value):
    """A tick that says something else than where it is misleads."""
    text = number(value)
    assert math.isclose(float(text), value, rel_tol=6e-3)
    assert len(text) <= 9


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_colours_differ_from_each_other_and_from_the_paper(style):
    """Who cannot tell colours apart still sees differences of brightness and hue in those of Okabe and Ito."""
    with plt.style.context(style):
        ax = Figure().subplots()
    shades = np.array([to_rgb(color) for color in colors(ax)])
    gaps = np.linalg.norm(shades[:, None] - shades[None], axis=2)
    assert gaps[~np.eye(len(shades), dtype=bool)].min() > 0.25
    assert np.linalg.norm(shades - to_rgb(paper(ax)), axis=1).min() > 0.5
    assert paper(ax) == ("black" if style == "dark_background" else "white")


def test_scores_are_told_apart():
    """Two searches whose scores read the same look like a tie."""
    assert score_texts(0.96312, 0.96298) == ["0.9631", "0.9630"]
    assert score_texts(0.5, 0.5) == ["0.500", "0.500"]


@given(st.text("abc_", max_size=60), st.integers(5, 30))
def test_clipped_texts_keep_both_ends(text, limit):
    """The end of a long parameter name tells more than its beginning."""
    short = clipped(text, limit)
    assert len(short) <= limit
    assert short == text or (short[0] == text[0] and short[-1] == text[-1])
