"""Tests of the output transform: order, scale and degenerate losses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo.models._transform import losses_at, softyj

LOSSES = st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=30)


@given(LOSSES)
def test_any_losses_become_finite_and_keep_their_order(losses: list[float]) -> None:
    """One overflow in here and every later proposal of a search is lost."""
    y = np.array(losses)
    z = softyj(y)
    assert np.isfinite(z).all()
    finite = np.isfinite(y)
    order = np.argsort(y[finite], kind="stable")
    assert (np.diff(z[finite][order]) >= -1e-9).all()
    if finite.any():
        assert (z[~finite] >= z[finite].max()).all()


@pytest.mark.parametrize("factor", [1e-300, 1e-12, 7.0, 1e300])
def test_the_scale_of_the_losses_does_not_matter(factor: float) -> None:
    """Errors of 1e-6 and of 1e6 are the same problem in other units."""
    y = np.array([0.3, 0.5, 0.1, 2.0, 0.7, 0.2])
    np.testing.assert_allclose(softyj(factor * y), softyj(y), atol=1e-9)


def test_values_are_standardised_and_shifts_do_not_matter() -> None:
    """The prior of the Gaussian process expects mean 0 and variance 1."""
    y = np.random.default_rng(0).gamma(1.0, size=40)
    z = softyj(y)
    np.testing.assert_allclose([z.mean(), z.std()], [0.0, 1.0], atol=1e-12)
    np.testing.assert_allclose(softyj(y + 5.0), z, atol=1e-9)


def test_an_outlier_does_not_flatten_the_others() -> None:
    """One diverged fit must not hide the differences between good configurations."""
    z = softyj(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 1e12]))
    assert np.ptp(z[:5]) > 0.4


def test_normal_losses_are_left_alone() -> None:
    """The exponent's prior prefers no transform where there is no skew to remove in the better half."""
    y = np.linspace(-1.0, 0.0, 21)
    z = softyj(np.concatenate([y, [0.01] * 3]))[:21]
    assert np.corrcoef(y, z)[0, 1] > 0.97


@pytest.mark.parametrize("losses", [[1.0], [3.0, 3.0, 3.0], [np.nan, np.inf], [1.0, 1.0 + 2e-16], [0.0, 0.0]])
def test_losses_that_do_not_differ_become_zeros(losses: list[float]) -> None:
    """Dividing by their spread would turn rounding errors into signal."""
    np.testing.assert_array_equal(softyj(np.array(losses)), np.zeros(len(losses)))


def test_failures_are_worse_than_equal_successes() -> None:
    """With one success, or equal ones, the failures are all that is known about where not to go."""
    z = softyj(np.array([-0.9, np.nan, -0.9, np.nan]))
    assert z[0] == z[2] < z[1] == z[3]


def test_most_losses_tied_for_the_best_keep_the_others_apart() -> None:
    """On a plateau the distances from it are the only information."""
    z = softyj(np.array([0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 4.0]))
    assert len(np.unique(z.round(6))) == 4


def test_losses_are_found_again_and_go_on_beyond_the_best() -> None:
    """What could still be gained lies below everything that was observed."""
    y = np.random.default_rng(0).gamma(1.0, size=40)
    z = softyj(y)
    np.testing.assert_allclose(losses_at(z, y, z), y, atol=1e-9)
    beyond = losses_at(z.min() - np.array([0.0, 1.0, 2.0]), y, z)
    assert beyond[0] == y.min()
    assert (np.diff(beyond) < 0).all()
    assert losses_at(np.array([z.max() + 1.0]), y, z)[0] > y.max()
