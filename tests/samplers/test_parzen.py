"""Parzen estimator: a proper density, and draws that follow it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import trapezoid
from strategies import search_spaces

from skhpo.samplers._parzen import ParzenEstimator
from skhpo.space import Column, Integer, Real, SearchSpace

CONTINUOUS, ORDERED, UNORDERED = Column("continuous", None), Column("ordered", 5), Column("unordered", 4)
LEVELS = (np.arange(4) + 0.5) / 4


@pytest.mark.parametrize("centres", [[], [0.3], [0.0, 1.0], [0.2, 0.2, 0.2], [np.nan, 0.7, 0.71]])
@pytest.mark.parametrize("column", [CONTINUOUS, ORDERED])
def test_density_integrates_to_one(column, centres):
    """Ratios of two mixtures would be off by a factor that depends on where the kernels are."""
    estimator = ParzenEstimator([column], np.reshape(centres, (-1, 1)), np.ones(len(centres)))
    x = np.linspace(0.0, 1.0, 4001)
    assert trapezoid(np.exp(estimator.log_density(x[:, None])), x) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("centres", [[], [0.125], [0.125, 0.125, 0.875], [np.nan, 0.375]])
def test_levels_have_probability_one(centres):
    """The same for choices."""
    estimator = ParzenEstimator([UNORDERED], np.reshape(centres, (-1, 1)), np.ones(len(centres)))
    assert np.exp(estimator.log_density(LEVELS[:, None])).sum() == pytest.approx(1.0)


def test_draws_follow_the_density():
    """Candidates would come from elsewhere than the density they are judged by. False alarm: below 10**-6."""
    centres = np.array([[0.1, 0.125], [0.15, 0.125], [0.9, 0.875], [np.nan, 0.375]])
    estimator = ParzenEstimator([CONTINUOUS, UNORDERED], centres, np.array([1.0, 2.0, 1.0, 1.0]))
    n, n_bins = 40_000, 10
    drawn = estimator.sample(np.random.default_rng(0), n)
    fine = (np.arange(n_bins * 40) + 0.5) / (n_bins * 40)
    for level in LEVELS:
        density = np.exp(estimator.log_density(np.column_stack([fine, np.full(len(fine), level)])))
        expected = n * density.reshape(n_bins, 40).mean(axis=1) / n_bins
        counts, _ = np.histogram(
            drawn[np.floor(drawn[:, 1] * 4) == np.floor(level * 4), 0], bins=n_bins, range=(0.0, 1.0)
        )
        assert np.all(np.abs(counts - expected) < 5.5 * np.sqrt(expected))


def test_inactive_column_of_a_point_does_not_count():
    """Configurations of a branch are compared on what they have only."""
    centres = np.array([[0.2, 0.3], [0.8, np.nan]])
    both = ParzenEstimator([CONTINUOUS, CONTINUOUS], centres, np.ones(2))
    alone = ParzenEstimator([CONTINUOUS], centres[:, :1], np.ones(2))
    x = np.array([[0.25, np.nan], [0.9, np.nan]])
    np.testing.assert_allclose(both.log_density(x), alone.log_density(x[:, :1]))


def test_inactive_column_of_a_kernel_is_the_prior():
    """Trials of other branches know nothing of a hyperparameter, and must not attract it anywhere."""
    estimator = ParzenEstimator([CONTINUOUS], np.array([[np.nan], [np.nan]]), np.ones(2))
    np.testing.assert_allclose(estimator.log_density(np.array([[0.0], [0.4], [1.0]])), 0.0, atol=1e-12)


def test_bandwidth_adapts():
    """Where good trials crowd, the search must become local."""
    crowd = np.linspace(0.29, 0.31, 50)
    estimator = ParzenEstimator([CONTINUOUS], crowd[:, None], np.ones(50))
    drawn = estimator.sample(np.random.default_rng(0), 1000)
    assert np.mean(np.abs(drawn - 0.3) < 0.1) > 0.9


@given(space=search_spaces(), seed=st.integers(0, 2**32 - 1), n=st.integers(0, 12))
def test_finite_on_any_space(space, seed, n):
    """An infinite or undefined density makes the choice among candidates arbitrary."""
    rng = np.random.default_rng(seed)
    centres = space.canonical(rng.random((n, len(space.columns))))
    estimator = ParzenEstimator(space.columns, centres, np.ones(n))
    drawn = estimator.sample(rng, 20)
    assert np.all((drawn >= 0.0) & (drawn <= 1.0))
    assert np.all(np.isfinite(estimator.log_density(space.canonical(drawn))))


def test_branches_keep_their_shares():
    """A conditional space is modelled without a model per branch: most kernels are rbf, so most draws are."""
    gamma = Real(0.0, 1.0, when={"kernel": ["rbf"]})
    space = SearchSpace({"kernel": ["rbf", "linear"], "gamma": gamma, "n": Integer(1, 3)})
    configurations = [{"kernel": "rbf", "gamma": 0.5, "n": 1}] * 9 + [{"kernel": "linear", "n": 3}]
    estimator = ParzenEstimator(space.columns, space.encode(configurations), np.ones(10))
    drawn = space.decode(space.canonical(estimator.sample(np.random.default_rng(0), 1000)))
    assert 700 < sum(configuration["kernel"] == "rbf" for configuration in drawn) < 900
