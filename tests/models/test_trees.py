"""Tests of the forest: encoding, the prediction by its definition, and points still running."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo.models import ColumnLayout, Forest, LogExpectedImprovement, Region, maximise
from skhpo.models._transform import softyj
from skhpo.models._trees import ForestPosterior, tree_features

LAYOUT = ColumnLayout.from_columns(
    [("continuous", None), ("unordered", 3), ("continuous", None), ("ordered", 5)]
)


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(0)


@pytest.fixture
def data(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points, a quarter of them with an inactive column, and scores that one column decides."""
    X = rng.random((60, 4))
    X[::4, 2] = np.nan
    return X, X[:, 0] + 0.1 * rng.normal(size=60)


@pytest.fixture
def posterior(data: tuple[np.ndarray, np.ndarray]) -> ForestPosterior:
    """A forest given the data."""
    return Forest(LAYOUT).fit(*data)


def test_levels_are_told_apart_and_inactive_columns_from_active_ones() -> None:
    """A category that is coded like another one, or like none, cannot be learnt."""
    layout = ColumnLayout.from_columns([("unordered", 3), ("continuous", None)])
    X = np.array([[1 / 6, 0.0], [0.5, 1.0], [5 / 6, np.nan], [1.0, 0.5], [np.nan, 0.5]])
    expected = [[0.0, 1, 0, 0], [1.0, 0, 1, 0], [-1.0, 0, 0, 1], [0.5, 0, 0, 1], [0.5, 0, 0, 0]]
    np.testing.assert_array_equal(tree_features(X, layout), expected)


def test_prediction_follows_its_definition(
    posterior: ForestPosterior, data: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> None:
    """Law of total variance and distance to the data, from each tree's own predictions."""
    X = rng.random((50, 4))
    X[::3, 1] = np.nan
    E = tree_features(X, LAYOUT)
    by_tree = np.stack([tree.predict(E) for tree in posterior.trees])
    within = [tree.tree_.impurity[tree.apply(E)] for tree in posterior.trees]
    importances = np.mean([tree.feature_importances_ for tree in posterior.trees], axis=0)
    gaps = E[:, None].astype(float) - tree_features(data[0], LAYOUT)
    nearest = np.minimum((importances * gaps**2).sum(axis=2).min(axis=1), 1.0)
    expected = np.mean(within, axis=0) + by_tree.var(axis=0) + 2.0 * nearest + 0.005
    mean, sd = posterior.predict(X)
    np.testing.assert_allclose(mean, by_tree.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(sd**2, expected, atol=1e-6)


def test_the_mean_follows_the_scores(posterior: ForestPosterior) -> None:
    """Greater is better outside, lower is better inside."""
    X = np.full((2, 4), 0.5)
    X[:, 0] = [0.05, 0.95]
    mean = posterior.predict(X).mean
    assert mean[1] < mean[0] - 1.0


def test_the_uncertainty_grows_away_from_the_data() -> None:
    """Trees agree beyond the last point, and the search would never look there."""
    layout = ColumnLayout.from_columns([("continuous", None)])
    X = np.linspace(0.0, 0.5, 11)[:, None]
    sd = Forest(layout).fit(X, X[:, 0]).predict(np.array([[0.5], [0.6], [0.75], [1.0]])).sd
    assert (np.diff(sd) > 0.05).all()


def test_equal_points_share_their_uncertainty() -> None:
    """A configuration that was measured twice with different results is not known exactly."""
    X = np.repeat(np.linspace(0.05, 0.95, 10)[:, None], 2, axis=0)
    layout = ColumnLayout.from_columns([("continuous", None)])
    scores = X[:, 0] + np.tile([0.0, 0.5], 10)
    assert (Forest(layout).fit(X, scores).predict(X).sd ** 2 > 0.05).all()


def test_incumbent_is_the_lowest_transformed_loss(
    posterior: ForestPosterior, data: tuple[np.ndarray, np.ndarray]
) -> None:
    """Improvements are measured from it."""
    assert posterior.incumbent == softyj(-data[1]).min()


def test_the_same_data_give_the_same_forest(data: tuple[np.ndarray, np.ndarray]) -> None:
    """Resuming is replaying: neither the global generator nor an earlier fit may play a part."""
    state = np.random.get_state()[1].copy()
    forest = Forest(LAYOUT)
    forest.fit(data[0][:20], data[1][:20])
    first, second = forest.fit(*data), Forest(LAYOUT).fit(*data)
    for found, expected in zip(first.predict(data[0]), second.predict(data[0]), strict=True):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_conditioning_leaves_the_mean_and_takes_the_uncertainty(
    posterior: ForestPosterior, rng: np.random.Generator
) -> None:
    """A running trial must repel the next proposal without pretending to a result."""
    pending, new = rng.random((2, 4)), rng.random((50, 4))
    conditioned = posterior.condition(pending)
    before, after = posterior.predict(new), conditioned.predict(new)
    np.testing.assert_array_equal(after.mean, before.mean)
    assert (after.sd <= before.sd).all()
    assert conditioned.predict(pending).sd.max() < 1e-4
    assert conditioned.incumbent == min(posterior.incumbent, posterior.predict(pending).mean.min())


def test_conditioning_step_by_step_equals_conditioning_at_once(
    posterior: ForestPosterior, rng: np.random.Generator
) -> None:
    """Proposals of one batch must not depend on how the batch was cut."""
    pending, new = rng.random((4, 4)), rng.random((20, 4))
    at_once = posterior.condition(pending)
    step_by_step = posterior.condition(pending[:1]).condition(pending[1:])
    np.testing.assert_allclose(step_by_step.predict(new).sd, at_once.predict(new).sd, rtol=1e-12)


def test_steps_have_no_slope_and_are_not_climbed(posterior: ForestPosterior) -> None:
    """Following derivatives that are 0 would cost time and lead nowhere."""
    x = np.full(4, 0.5)
    found = posterior.predict_gradient(x)
    assert (found.mean, found.sd) == tuple(float(part[0]) for part in posterior.predict(x[None]))
    assert not found.mean_gradient.any()
    assert not found.sd_gradient.any()
    assert not LogExpectedImprovement(posterior).is_smooth


def test_the_maximiser_copes_with_plateaus(posterior: ForestPosterior) -> None:
    """Most candidates are as good as their neighbours."""
    region = Region(LAYOUT, lambda X: X, lambda X: np.ones(len(X), dtype=bool))
    point = maximise(LogExpectedImprovement(posterior), region, np.empty((0, 4)), np.random.default_rng(0))
    assert point[0] > 0.8


@pytest.mark.parametrize("n", [1, 2, 300])
def test_any_number_of_points_is_fitted(n: int) -> None:
    """Searches start with one finished trial, and some go on for long."""
    X = np.random.default_rng(0).random((n, 4))
    mean, sd = Forest(LAYOUT).fit(X, X[:, 0]).predict(X)
    assert np.isfinite(mean).all()
    assert (sd > 0).all()


def test_columns_of_one_level_and_failures_are_survived() -> None:
    """Neither says anything about a point, and neither may stop a search."""
    layout = ColumnLayout.from_columns([("ordered", 1), ("unordered", 1)])
    posterior = Forest(layout).fit(np.full((3, 2), 0.5), np.array([np.nan, 1.0, 2.0]))
    assert np.isfinite(posterior.predict(np.full((1, 2), 0.5)).mean).all()
