"""Tests of the expected improvement."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from skhpo.models import ColumnLayout, ConfidentGain, GaussianProcess, LogExpectedImprovement
from skhpo.models._acquisition import log_h
from skhpo.models._surrogate import Posterior, Prediction, PredictionGradient


@pytest.mark.parametrize("z", [-1e3, -61.0, -60.0, -59.0, -30.0, -5.0, -1.0001, -1.0, -0.9, 0.0, 1.0, 8.0])
def test_log_h_is_exact_on_every_branch(z: float) -> None:
    """Against its integral, log phi(z) + log int_0^inf s exp(s z - s^2 / 2) ds, which does not underflow."""
    upper = 60.0 / max(-z, 1.0) + 2 * max(z, 0.0)
    integral, _ = quad(
        lambda s: s * np.exp(s * z - s * s / 2), 0.0, upper, epsabs=0.0, epsrel=1e-12, limit=200
    )
    expected = norm.logpdf(z) + np.log(integral)
    assert log_h(np.array([z]))[0] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_log_h_is_smooth_where_branches_meet() -> None:
    """A step between branches would be a false maximum."""
    for border in (-1.0, -60.0):
        z = border + np.array([-1e-7, 1e-7])
        below, above = log_h(z)
        assert 0 < above - below < 1e-4


@pytest.mark.parametrize(
    "make",
    [
        LogExpectedImprovement,
        lambda posterior: LogExpectedImprovement(posterior, 0.3),
        lambda posterior: ConfidentGain(posterior, 2.0),
    ],
)
def test_gradient_agrees_with_finite_differences(make) -> None:
    """Where the improvement underflows as well, which is the point of the logarithm."""
    rng = np.random.default_rng(0)
    X = rng.random((30, 3))
    layout = ColumnLayout.from_columns([("continuous", None)] * 3)
    posterior = GaussianProcess(layout).fit(X, -((X - 0.4) ** 2).sum(axis=1))
    acquisition = make(posterior)
    for x in rng.uniform(0.01, 0.99, (20, 3)):
        value, gradient = acquisition.gradient(x)
        assert value == pytest.approx(acquisition(x[None])[0], rel=1e-8)
        steps = 1e-6 * np.eye(3)
        expected = [(acquisition((x + h)[None]) - acquisition((x - h)[None]))[0] / 2e-6 for h in steps]
        np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-4 * np.abs(gradient).max())


def test_improvement_is_expected_where_the_mean_is_low_or_the_uncertainty_high() -> None:
    """The two reasons to try a configuration."""
    layout = ColumnLayout.from_columns([("continuous", None)])
    X = np.array([[0.0], [0.1], [0.2], [0.3], [0.4], [1.0]])
    posterior = GaussianProcess(layout).fit(X, np.array([0.0, 1.0, 2.0, 3.0, 4.0, 0.0]))
    values = LogExpectedImprovement(posterior)(np.array([[0.05], [0.15], [0.5]]))
    assert values.argmax() == 2


class _Given(Posterior):
    """A posterior with one column: the mean at x is x, the standard deviation is given."""

    incumbent = 0.0

    def __init__(self, sd: list[float]) -> None:
        self._sd = np.array(sd)

    def predict(self, X: np.ndarray) -> Prediction:
        return Prediction(X[:, 0], self._sd)

    def predict_gradient(self, x: np.ndarray) -> PredictionGradient:
        raise NotImplementedError

    def condition(self, X: np.ndarray) -> Posterior:
        raise NotImplementedError


def test_a_margin_prefers_the_unknown_to_certain_trifles() -> None:
    """Without it a search stays for ever in the first good region that it has found."""
    trifle_and_unknown, posterior = np.array([[-0.01], [1.5]]), _Given([0.001, 0.5])
    assert LogExpectedImprovement(posterior)(trifle_and_unknown).argmax() == 0
    assert LogExpectedImprovement(posterior, margin=0.05)(trifle_and_unknown).argmax() == 1
