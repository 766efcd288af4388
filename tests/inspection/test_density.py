"""Importances from densities."""

import numpy as np
import pytest

from skhpo.inspection._density import divergences

KINDS, LEVELS = ["continuous", "unordered", "continuous"], [None, 4, None]


def random_points(n, seed=0):
    """Points of one number, one choice of four and one number."""
    points = np.random.default_rng(seed).random((n, 3))
    points[:, 1] = (np.floor(points[:, 1] * 4) + 0.5) / 4
    return points


def test_what_matters_is_told_from_what_does_not():
    """Chance must not look like importance: good trials are few."""
    points = random_points(120)
    scores = -np.abs(points[:, 0] - 0.3) + 0.3 * (points[:, 1] == 0.125)
    found = divergences(points, KINDS, LEVELS, scores, np.random.default_rng(0))
    assert found[1] > found[0] > 0.3
    assert found[2] < 0.05


def test_a_choice_has_the_divergence_of_its_frequencies():
    """If all good trials have one of two choices, the densities differ by a factor of two."""
    points = np.full((2000, 1), 0.25)
    points[::2] = 0.75
    scores = points[:, 0] + np.linspace(0, 0.1, 2000)
    [found] = divergences(points, ["unordered"], [2], scores, np.random.default_rng(0))
    assert found == pytest.approx(1.0, abs=0.05)


def test_inactive_trials_do_not_count():
    """A column matters as much as it does where it is active, times how often that is."""
    points = random_points(400)
    scores = -np.abs(points[:, 0] - 0.5)
    [whole, *_] = divergences(points, KINDS, LEVELS, scores, np.random.default_rng(0))
    points[::2, 0] = np.nan
    [half, *_] = divergences(points, KINDS, LEVELS, scores, np.random.default_rng(0))
    assert half == pytest.approx(whole / 2, rel=0.4)
    points[:, 0] = np.nan
    assert divergences(points, KINDS, LEVELS, scores, np.random.default_rng(0))[0] == 0.0
