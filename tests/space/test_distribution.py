"""Dimensions whose prior is a scipy.stats distribution."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from skhpo.exceptions import InvalidSpaceError
from skhpo.space import Column, Distribution


def test_samples_follow_the_distribution():
    """The user's prior would be ignored. False alarm: 1e-6 (Kolmogorov-Smirnov, fixed seed)."""
    rv = scipy.stats.gamma(2.0, scale=3.0)
    values = Distribution(rv).sample(np.random.default_rng(0), 2000)
    assert scipy.stats.kstest(values, rv.cdf).pvalue > 1e-6


def test_discrete_samples_follow_the_distribution():
    """The user's prior would be ignored. False alarm below 1e-6 (5 standard deviations)."""
    values = Distribution(scipy.stats.poisson(3.0)).sample(np.random.default_rng(0), 4000)
    assert all(type(value) is int for value in values)
    assert abs(np.mean(values) - 3.0) < 5 * np.sqrt(3.0 / 4000)


def test_columns_and_values():
    """A bounded discrete distribution is a finite range; a continuous one is not."""
    dimension = Distribution(scipy.stats.binom(3, 0.5))
    assert dimension.columns == (Column("ordered", 4),) and list(dimension.values()) == [0, 1, 2, 3]
    assert Distribution(scipy.stats.norm()).columns == (Column("continuous", None),)


def test_infinite_tails_are_left_out():
    """An infinite hyperparameter fails in every estimator."""
    low, high = Distribution(scipy.stats.norm()).decode(np.array([[0.0], [1.0]]))
    assert -7 < low < -5 and 5 < high < 7
    assert Distribution(scipy.stats.zipf(2.0)).n_values > 100


def test_histograms_are_told_apart():
    """Two empirical distributions share a name; only their quantiles differ."""
    first = Distribution(scipy.stats.rv_histogram(np.histogram([1, 1, 2, 5], bins=4)))
    second = Distribution(scipy.stats.rv_histogram(np.histogram([1, 4, 5, 5], bins=4)))
    assert first != second and first.to_dict() != second.to_dict()
    assert Distribution(scipy.stats.norm(1, 2)) == Distribution(scipy.stats.norm(1, 2))


@pytest.mark.parametrize("rv", [scipy.stats.norm, scipy.stats.norm.rvs, 3, None, [1], object])
def test_only_frozen_distributions(rv):
    """An unfrozen family has no parameters to draw with."""
    with pytest.raises(InvalidSpaceError, match="must be a frozen scipy.stats distribution"):
        Distribution(rv)


def test_impossible_parameters_and_too_many_values():
    """NaN would be proposed, or memory exhausted."""
    with pytest.raises(InvalidSpaceError, match=r"must have valid parameters. Got scipy.stats.norm\(0, -1\)"):
        Distribution(scipy.stats.norm(0, -1))
    with pytest.raises(InvalidSpaceError, match="at most 131072 values with a noticeable probability"):
        Distribution(scipy.stats.randint(0, 10**7))
