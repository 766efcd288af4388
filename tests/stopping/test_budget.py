"""The budgets that are kept in mid-trial."""

import math

import pytest

from skhpo.stopping import TimeBudget
from skhpo.trial import Measurement, Trial


def test_time_budget_sets_the_refit_aside():
    """A search that uses up its time on fits would overrun with the refit."""
    measurements = tuple(Measurement(split, {"score": 0.9}, fit_time=4.0) for split in range(5))
    best = Trial(0, {}, status="complete", score=0.9, measurements=measurements)
    budget = TimeBudget(60.0, n_splits=5, reserve_refit=True)
    assert budget.remaining(best, elapsed=10.0) == pytest.approx(60 - 10 - 4 * 5 / 4)
    assert budget.remaining(None, elapsed=10.0) == 50.0
    assert TimeBudget(60.0, 5, reserve_refit=False).remaining(best, elapsed=10.0) == 50.0


def test_a_fit_whose_time_is_not_known_does_not_spoil_the_budget():
    """A time of NaN would compare as false with everything: the search would never end."""
    told = (Measurement(0, {"score": 0.9}), Measurement(1, {"score": 0.9}, fit_time=3.0))
    best = Trial(0, {}, status="complete", score=0.9, measurements=told)
    assert TimeBudget(60.0, 2, reserve_refit=True).expected_refit(best) == 6.0
    assert TimeBudget(math.inf, 2, reserve_refit=True).remaining(best, 1e9) == math.inf


def on_rungs(*rungs):
    """A paused trial of two splits, from pairs of a resource and the seconds of its fits."""
    told = [
        Measurement(split, {"score": 0.9}, fit_time=seconds + split, resource=resource)
        for resource, seconds in rungs
        for split in range(2)
    ]
    return Trial(0, {}, status="paused", measurements=tuple(told), resource=rungs[-1][0])


def test_the_refit_of_a_winner_on_few_rows_takes_as_long_as_all_rows_do():
    """A search that ends on the first rung refits on all rows, which are many times as many."""
    budget = TimeBudget(60.0, 2, reserve_refit=True, n_rows=90)
    assert budget.expected_refit(on_rungs((10, 1.0))) == pytest.approx(2.0 * 9 * 2)
    assert budget.expected_refit(on_rungs((10, 1.0), (30, 4.0))) == pytest.approx(5.0 * 3 * 2)


def test_the_refit_repeats_what_was_trained_on_from_rung_to_rung():
    """Only the last iterations are in the time of the last fit."""
    assert TimeBudget(60.0, 2, reserve_refit=True).expected_refit(on_rungs((10, 1.0), (30, 4.0))) == 7.0 * 2
    # A population's winner was trained on from step to step, by itself or by its ancestors.
    population = TimeBudget(60.0, 2, reserve_refit=True, step=10)
    assert population.expected_refit(on_rungs((30, 4.0))) == pytest.approx(5.0 * 3 * 2)
