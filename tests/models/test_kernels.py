"""Tests of the covariance function: definition, identities and derivatives."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo.models import ColumnLayout
from skhpo.models._kernels import (
    Kernel,
    lift_columns,
    lift_rows,
    matern32,
    squared_distances,
    warp,
    warp_derivatives,
    warp_slope,
)
from skhpo.models._likelihood import prior

COLUMNS = [("continuous", None), ("unordered", 3), ("continuous", None), ("ordered", 9), ("unordered", 1)]


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(0)


@pytest.fixture
def kernel() -> Kernel:
    """A kernel over columns of every kind."""
    return Kernel(ColumnLayout.from_columns(COLUMNS), (False, True, True, False, False))


@pytest.fixture
def X(rng: np.random.Generator) -> np.ndarray:
    """Points, some with inactive columns."""
    X = rng.random((30, len(COLUMNS)))
    X[::3, 1] = X[::4, 2] = np.nan
    return X


def _theta(kernel: Kernel, rng: np.random.Generator) -> np.ndarray:
    believed = prior(kernel)
    return np.clip(
        believed.mean + 0.5 * rng.standard_normal(kernel.n_parameters), believed.low, believed.high
    )


def test_distances_and_matern_function_follow_their_definitions(rng: np.random.Generator) -> None:
    """The shortcuts that make them fast must not change them."""
    Z, Y = rng.normal(size=(7, 3)), rng.normal(size=(5, 3))
    t2 = squared_distances(lift_rows(Z), lift_columns(Y))
    np.testing.assert_allclose(t2, ((Z[:, None] - Y) ** 2).sum(axis=2))
    t = np.sqrt(t2)
    np.testing.assert_allclose(matern32(t2)[0], (1 + t) * np.exp(-t))


def test_covariance_follows_its_definition() -> None:
    """One wrong constant would pass every identity below and still model badly."""
    kernel = Kernel(ColumnLayout.from_columns([("continuous", None), ("unordered", 2)]), (True, False))
    l1, l2, s2, v1, v2 = 0.7, 1.3, 0.9, 0.4, 0.2
    a, b = 1.2, 0.8
    theta = np.log([l1, l2, a, b, s2, 1e-3, v1, v2])
    x, y = np.array([[0.3, 0.25]]), np.array([[np.nan, 0.75]])
    w = [1 - (1 - u**a) ** b for u in (0.3, 0.5)]
    # Two categories are at distance 1, and being active or not is a difference of 0.3.
    t = np.sqrt(3 * (((w[0] - w[1]) ** 2 + 0.3**2) / l1**2 + 1 / l2**2))
    P = (2 * -0.2 * 0 + (4 * 0.04 - 1 / 3) * (-1 / 3)) / 2
    expected = s2 * (1 + t) * np.exp(-t) + v1 * P + v2 * P**2
    np.testing.assert_allclose(kernel.covariance(kernel.design(x), kernel.design(y), theta), expected)


def test_covariance_is_symmetric_and_positive_semidefinite(
    kernel: Kernel, X: np.ndarray, rng: np.random.Generator
) -> None:
    """Anything else is not a covariance, and its Cholesky factor does not exist."""
    design, theta = kernel.design(X), _theta(kernel, rng)
    K = kernel.covariance(design, design, theta)
    np.testing.assert_allclose(K, K.T, rtol=1e-12)
    assert np.linalg.eigvalsh(K).min() > -1e-10
    np.testing.assert_allclose(np.diag(K), kernel.variance(design, theta), rtol=1e-6)


def test_linearised_covariance_has_the_right_value_and_derivative(
    kernel: Kernel, X: np.ndarray, rng: np.random.Generator
) -> None:
    """A gradient that is slightly wrong makes every fit stop early, in silence."""
    design, theta = kernel.design(X), _theta(kernel, rng)
    P = design.basis @ design.basis.T
    M = rng.normal(size=P.shape)
    M += M.T

    def contraction(theta: np.ndarray) -> float:
        K = kernel.linearise(design, P, theta)[0] + kernel.unpack(theta).noise * np.eye(len(P))
        return float(np.vdot(M, K))

    K, pullback = kernel.linearise(design, P, theta)
    np.testing.assert_allclose(K, kernel.covariance(design, design, theta))
    steps = 1e-5 * np.eye(len(theta))
    expected = [(contraction(theta + h) - contraction(theta - h)) / 2e-5 for h in steps]
    np.testing.assert_allclose(pullback(M), expected, rtol=1e-5, atol=1e-5)


def test_warping_is_monotone_with_the_right_derivatives() -> None:
    """The warped positions must stay in order, and polishing follows their derivatives."""
    u = np.linspace(0.01, 0.99, 200)[:, None]
    for a, b in ((0.5, 2.0), (1.0, 1.0), (3.0, 0.4)):
        w = warp(u, np.array([a]), np.array([b]))
        assert (np.diff(w[:, 0]) > 0).all()
        by_u = warp_slope(u, np.array([a]), np.array([b]))
        by_log_a, by_log_b = warp_derivatives(u, np.array([a]), np.array([b]))
        h = 1e-6
        np.testing.assert_allclose(by_u, (warp(u + h, a, b) - warp(u - h, a, b)) / (2 * h), rtol=1e-5)
        for derivative, up, down in (
            (by_log_a, warp(u, a * np.exp(h), b), warp(u, a * np.exp(-h), b)),
            (by_log_b, warp(u, a, b * np.exp(h)), warp(u, a, b * np.exp(-h))),
        ):
            np.testing.assert_allclose(derivative, (up - down) / (2 * h), rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(warp(u, np.ones(1), np.ones(1)), u)


def test_unused_columns_do_not_matter(kernel: Kernel, X: np.ndarray, rng: np.random.Generator) -> None:
    """Columns of a single level carry no information, whatever number stands in them."""
    other, theta = X.copy(), _theta(kernel, rng)
    other[:, 4] = np.nan
    first, second = kernel.design(X), kernel.design(other)
    np.testing.assert_array_equal(
        kernel.covariance(first, first, theta), kernel.covariance(second, second, theta)
    )
