"""Variance decomposition of known functions."""

import numpy as np
import pytest
from scipy.stats import qmc

from skhpo.inspection._anova import decompose

UNITS = qmc.Sobol(3, seed=0).random(8192)
NUMBERS = ["continuous"] * 3


def shares_of(function, points=UNITS, kinds=NUMBERS):
    """Shares of one function."""
    found = decompose(points, kinds, function(points)[:, None])
    return {columns: float(share[0]) for columns, share in found.items()}


def test_ishigami():
    """The textbook function, with an effect that is there in a pair only, must come out as in the textbook."""

    def function(units):
        x = (2.0 * units - 1.0) * np.pi
        return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])

    shares = shares_of(function)
    known = {(0,): 0.3139, (1,): 0.4424, (2,): 0.0, (0, 1): 0.0, (0, 2): 0.2437, (1, 2): 0.0}
    assert shares == {columns: pytest.approx(share, abs=0.01) for columns, share in known.items()}


def test_a_step_and_a_product_of_choices():
    """Effects of choices and their pairs are exact, not smoothed like those of numbers."""
    levels = np.floor(UNITS * [2, 3, 1])
    points = (levels + 0.5) / [2, 3, 1]

    def function(_):
        first, second = 2.0 * levels[:, 0] - 1.0, levels[:, 1] - 1.0
        return first + second + first * second

    shares = shares_of(function, points, ["unordered", "unordered", "unordered"])
    whole = 1.0 + 2.0 / 3.0 + 2.0 / 3.0
    assert shares[(0,)] == pytest.approx(1.0 / whole, abs=0.01)
    assert shares[(1,)] == pytest.approx(2.0 / 3.0 / whole, abs=0.01)
    assert shares[(0, 1)] == pytest.approx(2.0 / 3.0 / whole, abs=0.01)
    assert shares[(2,)] == shares[(0, 2)] == 0.0


def test_a_column_that_is_not_always_active():
    """A child explains what varies where it is active; that its branch is better is the parent's merit."""
    points = UNITS.copy()
    points[:, 0] = np.where(UNITS[:, 0] < 0.5, 0.25, 0.75)
    is_active = points[:, 0] > 0.5
    points[~is_active, 1] = np.nan

    def function(_):
        child = np.where(is_active, 1.0 + np.sqrt(12.0) * (UNITS[:, 1] - 0.5), 0.0)
        return child + np.where(is_active, 12.0 * (UNITS[:, 1] - 0.5) * (UNITS[:, 2] - 0.5), 0.0)

    shares = shares_of(function, points, ["unordered", "continuous", "continuous"])
    whole = 0.25 + 0.5 + 0.5  # of the branch, and on half of the space of the child alone and with the third
    assert shares[(0,)] == pytest.approx(0.25 / whole, abs=0.01)
    assert shares[(1,)] == pytest.approx(0.5 / whole, abs=0.01)
    assert shares[(1, 2)] == pytest.approx(0.5 / whole, abs=0.01)
    assert shares[(2,)] == pytest.approx(0.0, abs=0.01)
    assert shares[(0, 1)] == pytest.approx(0.0, abs=0.01)
    assert sum(shares.values()) == pytest.approx(1.0, abs=0.02)


def test_several_functions_at_once_and_a_constant_one():
    """Draws are decomposed together; one without any variance must not turn into NaN."""
    values = np.stack([UNITS[:, 0], np.ones(len(UNITS)), UNITS[:, 1]], axis=1)
    shares = decompose(UNITS, NUMBERS, values)
    np.testing.assert_allclose(shares[(0,)], [1.0, 0.0, 0.0], atol=3e-3)
    np.testing.assert_allclose(shares[(1,)], [0.0, 0.0, 1.0], atol=3e-3)


def test_what_is_hardly_ever_active_is_left_out():
    """From a handful of points any share could come out."""
    points = UNITS.copy()
    points[20:, 1] = np.nan
    shares = shares_of(lambda points: np.nan_to_num(points[:, 1]), points)
    assert shares[(1,)] == shares[(0, 1)] == 0.0
