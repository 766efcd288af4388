"""Tests of the posterior: definition, interpolation, derivatives and points still running."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo.models import ColumnLayout
from skhpo.models._gaussian_process import GaussianProcessPosterior
from skhpo.models._kernels import Kernel
from skhpo.models._likelihood import JITTER, prior

COLUMNS = [("continuous", None), ("unordered", 3), ("continuous", None), ("ordered", 5)]


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(0)


@pytest.fixture
def data(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points, a quarter of them with an inactive column, and losses."""
    X = rng.random((20, 4))
    X[::4, 2] = np.nan
    return X, rng.normal(size=20)


@pytest.fixture
def posterior(data: tuple[np.ndarray, np.ndarray]) -> GaussianProcessPosterior:
    """A posterior with the hyperparameters of the prior's mean."""
    return _posterior(data)


def _posterior(data: tuple[np.ndarray, np.ndarray], log_noise: float = -6.0) -> GaussianProcessPosterior:
    kernel = Kernel(ColumnLayout.from_columns(COLUMNS), (False, False, True, False))
    theta = prior(kernel).mean
    theta[-3] = log_noise
    return GaussianProcessPosterior.from_data(kernel, theta, *data)


def test_prediction_follows_its_definition(
    posterior: GaussianProcessPosterior, data: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> None:
    """More points than one block holds, against the textbook's formula."""
    (X, z), new = data, rng.random((300, 4))
    kernel, theta = posterior.factor.kernel, posterior.theta
    design, new_design = kernel.design(X), kernel.design(new)
    K = kernel.covariance(design, design, theta) + (kernel.unpack(theta).noise + JITTER) * np.eye(len(z))
    k = kernel.covariance(new_design, design, theta)
    mean, sd = posterior.predict(new)
    np.testing.assert_allclose(mean, k @ np.linalg.solve(K, z), rtol=1e-6, atol=1e-8)
    variance = kernel.variance(new_design, theta) - np.sum(k * np.linalg.solve(K, k.T).T, axis=1)
    np.testing.assert_allclose(sd**2, variance, rtol=1e-5)


def test_posterior_interpolates_where_there_is_little_noise(data: tuple[np.ndarray, np.ndarray]) -> None:
    """What was measured exactly is known exactly."""
    mean, sd = _posterior(data, log_noise=np.log(1e-9)).predict(data[0])
    np.testing.assert_allclose(mean, data[1], atol=1e-4)
    assert sd.max() < 1e-3


def test_incumbent_is_the_lowest_loss(
    posterior: GaussianProcessPosterior, data: tuple[np.ndarray, np.ndarray]
) -> None:
    """Improvements are measured from it."""
    assert posterior.incumbent == data[1].min()


def test_gradient_agrees_with_finite_differences(
    posterior: GaussianProcessPosterior, rng: np.random.Generator
) -> None:
    """The polish of the best candidate follows it."""
    h = 1e-6
    for x in rng.random((10, 4)):
        found = posterior.predict_gradient(x)
        mean, sd = posterior.predict(x[None])
        np.testing.assert_allclose([found.mean, found.sd], [mean[0], sd[0]], rtol=1e-9)
        for d in (0, 2):
            up, down = (posterior.predict((x + sign * h * np.eye(4)[d])[None]) for sign in (1, -1))
            expected = [(up.mean[0] - down.mean[0]) / (2 * h), (up.sd[0] - down.sd[0]) / (2 * h)]
            np.testing.assert_allclose(
                [found.mean_gradient[d], found.sd_gradient[d]], expected, rtol=1e-5, atol=1e-6
            )


def test_gradient_is_zero_where_a_point_cannot_move(posterior: GaussianProcessPosterior) -> None:
    """Levels and inactive hyperparameters have no direction of ascent."""
    found = posterior.predict_gradient(np.array([0.2, 0.5, np.nan, 0.5]))
    assert found.mean_gradient[0] != 0
    assert (found.mean_gradient[1:] == 0).all()
    assert (found.sd_gradient[1:] == 0).all()


def test_conditioning_equals_refitting_on_believed_losses(
    posterior: GaussianProcessPosterior, data: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> None:
    """The kriging believer of Ginsbourger et al. (2010), by its definition."""
    (X, z), pending, new = data, rng.random((3, 4)), rng.random((50, 4))
    believed = posterior.predict(pending).mean
    refitted = GaussianProcessPosterior.from_data(
        posterior.factor.kernel, posterior.theta, np.vstack([X, pending]), np.concatenate([z, believed])
    )
    conditioned = posterior.condition(pending)
    for found, expected in zip(conditioned.predict(new), refitted.predict(new), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    assert conditioned.incumbent == pytest.approx(refitted.incumbent)


def test_conditioning_step_by_step_equals_conditioning_at_once(
    posterior: GaussianProcessPosterior, rng: np.random.Generator
) -> None:
    """Proposals of one batch must not depend on how the batch was cut."""
    pending, new = rng.random((4, 4)), rng.random((20, 4))
    at_once = posterior.condition(pending)
    step_by_step = posterior.condition(pending[:1]).condition(pending[1:])
    for found, expected in zip(step_by_step.predict(new), at_once.predict(new), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_conditioning_leaves_the_mean_and_lowers_the_uncertainty(
    posterior: GaussianProcessPosterior, rng: np.random.Generator
) -> None:
    """A running trial must repel the next proposal without pretending to a result."""
    pending, new = rng.random((2, 4)), rng.random((50, 4))
    before, after = posterior.predict(new), posterior.condition(pending).predict(new)
    np.testing.assert_allclose(after.mean, before.mean, atol=1e-12)
    assert (after.sd <= before.sd + 1e-9).all()
    assert posterior.condition(pending).predict(pending).sd.max() < 0.1


def test_repeated_points_are_survived() -> None:
    """Users do evaluate a configuration twice."""
    X = np.full((12, 4), 0.5)
    posterior = _posterior((X, np.arange(12.0)), log_noise=np.log(1e-12))
    assert np.isfinite(posterior.predict(X).mean).all()
