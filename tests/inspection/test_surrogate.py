"""Predictions all over the space."""

import numpy as np
import pytest

from skhpo._observations import Observations
from skhpo.inspection import _surrogate
from skhpo.inspection._surrogate import predict_everywhere
from skhpo.space import Real, SearchSpace

SPACE = SearchSpace({"a": (0.0, 1.0), "kind": ["x", "y"], "b": Real(0.0, 1.0, when={"kind": ["x"]})})


def observed(n, function, seed=0):
    """Trials at random points."""
    points = SPACE.canonical(np.random.default_rng(seed).random((n, 3)))
    return Observations(SPACE, points, function(points))


def score(points):
    """What is skewed, and inactive somewhere."""
    return np.exp(3.0 * points[:, 0]) + np.nan_to_num(points[:, 2])


def test_scores_come_back_on_their_own_scale():
    """Shares of the variance of transformed scores would be others than those of the scores."""
    predicted = predict_everywhere(observed(60, score), np.random.default_rng(0))
    truth = score(predicted.points)
    assert np.mean((predicted.best[:, 0] - truth) ** 2) < 0.02 * truth.var()
    assert predicted.r2 > 0.9


def test_draws_and_reduced_fits_differ_more_with_fewer_trials():
    """Intervals that do not widen with less data are no intervals."""

    def spread(n):
        predicted = predict_everywhere(observed(n, score), np.random.default_rng(0))
        return [np.mean(values.std(axis=1)) for values in (predicted.draws, predicted.reduced)]

    assert np.all(np.array(spread(10)) > 2.0 * np.array(spread(80)))


def test_very_many_choices(monkeypatch):
    """A Gaussian process over hundreds of choices would take hours."""
    monkeypatch.setattr(_surrogate, "_MOST_ONE_HOT", 1)
    predicted = predict_everywhere(observed(60, score), np.random.default_rng(0))
    np.testing.assert_array_equal(predicted.draws, predicted.best)  # a forest draws none
    assert 0.5 < predicted.r2 <= 1.0


def test_scores_that_are_all_the_same():
    """A search where nothing matters is a result, not a crash."""
    predicted = predict_everywhere(
        observed(10, lambda points: np.ones(len(points))), np.random.default_rng(0)
    )
    assert np.ptp(predicted.best) == pytest.approx(0.0)
    assert predicted.r2 == 0.0
