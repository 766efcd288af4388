"""A Gaussian process given all points, and functions drawn from it."""

import numpy as np
import pytest

from skhpo.models import ColumnLayout, fit_to_all, sample_paths
from skhpo.models._schedule import MAX_POINTS

LAYOUT = ColumnLayout.from_columns([("continuous", None), ("unordered", 2)])


def test_draws_have_the_mean_and_the_spread_of_the_posterior():
    """Intervals of importances are the spread of these functions."""
    rng = np.random.default_rng(0)
    X = rng.random((12, 2))
    posterior = fit_to_all(LAYOUT, X, np.sin(5 * X[:, 0]) + 0.3 * rng.standard_normal(12))
    anchors = rng.random((200, 2))
    at = anchors[:50]
    paths = sample_paths(posterior, at, anchors, 2000, rng)
    mean, sd = posterior.predict(at)
    np.testing.assert_allclose(paths.mean(axis=1), mean, atol=5 * sd.max() / np.sqrt(2000))
    np.testing.assert_allclose(paths.std(axis=1), sd, rtol=0.15, atol=0.01)


def test_draws_are_continuous_functions():
    """Independent noise at every point would be taken for interactions."""
    X = np.array([[0.0, 0.2], [1.0, 0.2]])
    posterior = fit_to_all(LAYOUT, X, np.array([0.0, 1.0]))
    line = np.column_stack([np.linspace(0, 1, 400), np.full(400, 0.2)])
    paths = sample_paths(posterior, line, line[::4], 5, np.random.default_rng(0))
    assert np.abs(np.diff(paths, axis=0)).max() < 0.2 * np.ptp(paths)


@pytest.mark.parametrize("n", [MAX_POINTS, MAX_POINTS + 100])
def test_all_points_count(n):
    """The search may forget bad regions; an explanation of the whole space may not."""
    X = np.random.default_rng(0).random((n, 2))
    scores = np.where(X[:, 0] < 0.2, np.sin(40 * X[:, 0]) - 5, X[:, 0])
    posterior = fit_to_all(LAYOUT, X, scores)
    assert len(posterior.alpha) == n
