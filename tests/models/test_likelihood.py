"""Tests of priors and of the maximum a posteriori fit."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo.models import ColumnLayout
from skhpo.models._kernels import Kernel
from skhpo.models._likelihood import JITTER, maximum_a_posteriori, negative_log_posterior, prior

COLUMNS = [("continuous", None), ("ordered", 5), ("unordered", 3), ("continuous", None)]
Problem = tuple[Kernel, np.ndarray, np.ndarray]


@pytest.fixture
def problem() -> Problem:
    """A kernel, points with inactive columns and a function of three of the columns."""
    rng = np.random.default_rng(1)
    X = rng.random((25, 4))
    X[::3, 3] = np.nan
    z = np.sin(4 * X[:, 0]) + (X[:, 2] > 0.6) + 0.1 * rng.normal(size=25)
    return Kernel(ColumnLayout.from_columns(COLUMNS), (False, False, False, True)), X, z - z.mean()


def test_objective_is_the_negative_log_density(problem: Problem) -> None:
    """Written out by definition: differences of the objective are differences of log densities."""
    kernel, X, z = problem
    believed, design = prior(kernel), kernel.design(X)

    def expected(theta: np.ndarray) -> float:
        K = kernel.covariance(design, design, theta)
        K = K + (kernel.unpack(theta).noise + JITTER) * np.eye(len(z))
        log_likelihood = -0.5 * z @ np.linalg.solve(K, z) - 0.5 * np.linalg.slogdet(K)[1]
        return float(-log_likelihood + 0.5 * np.sum(((theta - believed.mean) / believed.sd) ** 2))

    objective = negative_log_posterior(kernel, X, z)
    for theta in (believed.mean, believed.mean + 0.3):
        np.testing.assert_allclose(objective(theta)[0], expected(theta), rtol=1e-9)


@pytest.mark.parametrize("are_equal", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_gradient_agrees_with_finite_differences(problem: Problem, seed: int, are_equal: bool) -> None:
    """L-BFGS-B trusts the gradient blindly, for trials of more or less folds as well."""
    kernel, X, z = problem
    noisiness = None if are_equal else np.random.default_rng(seed).uniform(1.0, 10.0, len(z))
    objective = negative_log_posterior(kernel, X, z, noisiness)
    theta = prior(kernel).mean + 0.4 * np.random.default_rng(seed).standard_normal(kernel.n_parameters)
    steps = 1e-5 * np.eye(len(theta))
    expected = [(objective(theta + h)[0] - objective(theta - h)[0]) / 2e-5 for h in steps]
    gradient = objective(theta)[1]
    assert np.abs(gradient - expected).max() < 1e-5 * np.abs(gradient).max()


def test_fit_improves_on_its_start_inside_the_bounds(problem: Problem) -> None:
    """A fit that ends worse than the prior's mean would be worse than no fit."""
    kernel, X, z = problem
    believed, objective = prior(kernel), negative_log_posterior(kernel, X, z)
    theta = maximum_a_posteriori(kernel, X, z, believed.mean, 50)
    assert objective(theta)[0] < objective(believed.mean)[0] - 1.0
    assert (believed.low <= theta).all()
    assert (theta <= believed.high).all()


def test_a_singular_covariance_is_rejected_not_raised(problem: Problem) -> None:
    """The line search may try absurd hyperparameters; the search for configurations must not die of it."""
    kernel, X, z = problem
    theta = np.full(kernel.n_parameters, 20.0)
    theta[-3] = -60.0
    value, gradient = negative_log_posterior(kernel, np.repeat(X[:1], len(X), axis=0), z)(theta)
    assert value == 1e10
    assert (gradient == 0).all()


def test_columns_that_matter_get_shorter_lengthscales(problem: Problem) -> None:
    """It is what lets the search concentrate on the hyperparameters that count."""
    kernel, _, _ = problem
    X = np.random.default_rng(2).random((60, 4))
    z = np.sin(9 * X[:, 0])
    lengthscale = kernel.unpack(maximum_a_posteriori(kernel, X, z, prior(kernel).mean, 50)).lengthscale
    assert lengthscale[0] < 0.5 * min(lengthscale[1:])
