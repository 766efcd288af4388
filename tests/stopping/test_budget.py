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
