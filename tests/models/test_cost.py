"""Tests of the model of what trials cost, and of acquisitions per cost."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo.models import ColumnLayout, CostModel, GaussianProcess, LogExpectedImprovement, PerCost
from skhpo.models._cost import _RATIO_MEAN, _RATIO_SD, _RATIOS, _weights

LAYOUT = ColumnLayout.from_columns(
    [("continuous", None), ("continuous", None), ("unordered", 3), ("ordered", 4)]
)


def _points(n: int, seed: int = 0) -> np.ndarray:
    X = np.random.default_rng(seed).random((n, 4))
    X[:, 3] = (np.floor(4 * X[:, 3]) + 0.5) / 4
    return X


def _fit(n: int, seconds: np.ndarray) -> CostModel:
    model = CostModel.fit(LAYOUT, _points(n), seconds)
    assert model is not None
    return model


@pytest.mark.parametrize("n", [5, 8, 20])
def test_a_hundredfold_cost_is_found_early(n: int) -> None:
    """Dear regions that are recognised late have eaten the budget by then."""
    new, errors = _points(200, seed=1), []
    for seed in range(20):
        X = _points(n, seed)
        model = CostModel.fit(LAYOUT, X, 100.0 ** X[:, 0])
        errors.append(np.corrcoef(model.log_cost(new), new[:, 0])[0, 1])
    assert np.median(errors) > {5: 0.7, 8: 0.9, 20: 0.99}[n]


def test_differences_of_milliseconds_do_not_matter() -> None:
    """Who fits in milliseconds would have the search steered by the scheduler of the operating system."""
    X = _points(30)
    model = _fit(30, 0.002 * 2.5 ** X[:, 0])
    assert np.ptp(model.log_cost(_points(200, seed=1))) < 0.15


def test_noise_is_not_taken_for_a_difference() -> None:
    """A busy machine must not decide which hyperparameters are tried."""
    spread = []
    for seed in range(20):
        noise = np.random.default_rng(seed).standard_normal(30)
        spread.append(_fit(30, 10.0 * np.exp(0.3 * noise)).log_cost(_points(200, seed=1)).std())
    assert np.mean(spread) < 0.15


def test_equal_costs_need_no_model() -> None:
    """Proposals are then exactly what they would be without costs."""
    assert CostModel.fit(LAYOUT, _points(6), np.full(6, 3.7)) is None


@pytest.mark.parametrize("seconds", [[], [np.nan] * 3, [1.0], [np.inf, 5.0, np.nan]], ids=str)
def test_without_two_known_costs_there_is_no_model(seconds: list[float]) -> None:
    """Scores may be told without times, and searches start with few."""
    assert CostModel.fit(LAYOUT, _points(len(seconds)), np.array(seconds)) is None


@pytest.mark.parametrize("strange", [0.0, -1.0, np.inf, np.nan, 1e9, 1e300])
def test_one_strange_time_is_survived(strange: float) -> None:
    """A laptop sleeps during a fit, a clock is set back."""
    X = _points(20)
    seconds = 100.0 ** X[:, 0]
    seconds[7] = strange
    new = _points(200, seed=1)
    predicted = _fit(20, seconds).log_cost(new)
    assert np.isfinite(predicted).all()
    assert np.corrcoef(predicted, new[:, 0])[0, 1] > 0.6


def test_predictions_stay_within_what_was_seen() -> None:
    """A trend that is extended would promise fits that cost nothing."""
    X = np.linspace(0.5, 0.6, 8)[:, None]
    layout = ColumnLayout.from_columns([("continuous", None)])
    model = CostModel.fit(layout, X, 1e6 ** X[:, 0])
    seen = model.log_cost(X)
    everywhere = model.log_cost(np.linspace(0, 1, 50)[:, None])
    assert everywhere.min() >= seen.min() - 0.1
    assert everywhere.max() <= seen.max() + 0.1


def test_the_unit_of_large_costs_does_not_matter() -> None:
    """Seconds or hours: ratios are what counts."""
    X = _points(20)
    seconds = 1e4 * 100.0 ** X[:, 0]
    np.testing.assert_allclose(_fit(20, seconds).log_cost(X), _fit(20, 60 * seconds).log_cost(X), atol=1e-5)


def test_gradient_agrees_with_finite_differences() -> None:
    """The polish of the best candidate would run the wrong way."""
    X = _points(30)
    X[::3, 1] = np.nan
    scores = -((np.nan_to_num(X[:, 0]) - 0.4) ** 2)
    seconds = 30.0 ** (X[:, 0] + np.nan_to_num(X[:, 1]) ** 2)
    expected_improvement = LogExpectedImprovement(GaussianProcess(LAYOUT).fit(X, scores))
    acquisition = PerCost(expected_improvement, _fit_to(X, seconds), power=0.7)
    for x in X[:9]:
        value, gradient = acquisition.gradient(x)
        assert value == pytest.approx(acquisition(x[None])[0], rel=1e-8)
        for d in np.flatnonzero(~np.isnan(x[:2])):
            step = 1e-6 * np.eye(4)[d]
            expected = (acquisition((x + step)[None]) - acquisition((x - step)[None]))[0] / 2e-6
            assert gradient[d] == pytest.approx(expected, rel=1e-3, abs=1e-3)
        assert (gradient[np.isnan(x)] == 0).all()


def _fit_to(X: np.ndarray, seconds: np.ndarray) -> CostModel:
    model = CostModel.fit(LAYOUT, X, seconds)
    assert model is not None
    return model


@pytest.mark.parametrize("n", [4, 40])
def test_weights_are_those_of_the_ridge_regression(n: int) -> None:
    """Fewer trials than basis functions and more: both are the textbook's solution for one of the ratios tried."""
    rng = np.random.default_rng(n)
    Phi, y = rng.normal(size=(n, 7)), rng.normal(size=n)
    Phi, y = Phi - Phi.mean(axis=0), y - y.mean()
    w = _weights(Phi, y)
    ridges = [np.linalg.solve(Phi.T @ Phi + r * np.eye(7), Phi.T @ y) for r in _RATIOS]
    densities = []
    for r in _RATIOS:
        K = Phi @ Phi.T + r * np.eye(n)
        v = y @ np.linalg.solve(K, y) / n
        prior = -0.5 * ((np.log(r) - _RATIO_MEAN) / _RATIO_SD) ** 2
        densities.append(-0.5 * (n * np.log(v) + np.linalg.slogdet(K)[1]) + prior)
    np.testing.assert_allclose(w, ridges[int(np.argmax(densities))], rtol=1e-8, atol=1e-10)
