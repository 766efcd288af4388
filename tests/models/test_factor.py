"""Tests of the inverse Cholesky factor that grows with the points."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo.models import ColumnLayout
from skhpo.models._factor import Factor
from skhpo.models._kernels import Kernel
from skhpo.models._likelihood import prior

LAYOUT = ColumnLayout.from_columns([("continuous", None), ("continuous", None), ("unordered", 3)])


@pytest.mark.parametrize("sizes", [(1,), (1, 1, 1), (4, 2)])
def test_a_grown_factor_is_the_inverse_factor_of_all_points(sizes: tuple[int, ...]) -> None:
    """A wrong factor is a wrong variance, and the search goes where nothing is to be found."""
    X = np.random.default_rng(0).random((20 + sum(sizes), 3))
    kernel = Kernel(LAYOUT, (False,) * 3)
    theta = prior(kernel).mean
    factor, n = Factor.of_points(kernel, theta, X[:20]), 20
    for size in sizes:
        factor, n = factor.grown(X[n : n + size]), n + size
    whole = Factor.of_points(kernel, theta, X)
    np.testing.assert_allclose(factor.inverse, whole.inverse, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(factor.Z, whole.Z)


def test_repeated_points_are_survived() -> None:
    """The same configuration may be told many times; its covariance is singular but for the noise."""
    X = np.full((6, 3), 0.5)
    kernel = Kernel(LAYOUT, (False,) * 3)
    theta = prior(kernel).mean
    factor = Factor.of_points(kernel, theta, X[:2])
    for i in range(2, 6):
        factor = factor.grown(X[i : i + 1])
    assert np.isfinite(factor.inverse).all()
