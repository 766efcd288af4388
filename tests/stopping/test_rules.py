"""Stopping rules, what users may write for them, and the budget of time."""

import math

import pytest

from skhpo.stopping import STOPPING, Patience, Target, TimeBudget, check_stopping
from skhpo.trial import Measurement, Trial


def trials_of(scores):
    """Finished trials with these scores; NaN means failed."""
    return [
        Trial(i, {}, status="failed" if math.isnan(score) else "complete", score=score)
        for i, score in enumerate(scores)
    ]


@pytest.mark.parametrize(
    ("scores", "stops"),
    [
        ([], False),
        ([0.5, 0.4], False),
        ([0.5, 0.4, 0.5, 0.3], True),
        ([0.5, 0.4, 0.5, 0.6], False),
        ([math.nan, math.nan, math.nan], True),
        ([0.5, math.nan, math.nan, 0.6], False),
    ],
)
def test_patience_counts_trials_without_a_gain(scores, stops):
    """A search that stops too early misses the best configuration; failed trials are no gain."""
    assert Patience(3)(trials_of(scores)) is stops


def test_patience_ignores_gains_below_min_delta():
    """Tiny gains would keep a search going for ever."""
    scores = [0.5, 0.501, 0.502, 0.503]
    assert Patience(3, min_delta=0.01)(trials_of(scores))
    assert not Patience(3)(trials_of(scores))


def test_target_stops_at_the_score_itself():
    """A user who asks for 0.9 is content with 0.9."""
    assert Target(0.9)(trials_of([0.2, 0.9]))
    assert not Target(0.9)(trials_of([0.2, math.nan]))


def test_every_notation_of_stopping_is_understood():
    """Rules, names, callables and lists of them are all documented."""

    def never(trials):
        return False

    assert check_stopping(None) == ()
    assert check_stopping({"patience": 3, "target": 0.5}) == (Patience(3), Target(0.5))
    assert check_stopping([Target(1), {"patience": 2}, never]) == (Target(1), Patience(2), never)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: Patience(0),
            ValueError,
            "'n_trials' parameter of Patience must be an int in the range [1, inf)",
        ),
        (lambda: Patience(True), ValueError, "Got True instead."),
        (lambda: Patience(2, -1.0), ValueError, "'min_delta' parameter of Patience"),
        (
            lambda: Target("high"),
            ValueError,
            "'score' parameter of Target must be a float. Got 'high' instead.",
        ),
        (lambda: Target(math.nan), ValueError, "Got nan instead."),
        (
            lambda: check_stopping({"patiense": 3}),
            ValueError,
            f"must be among {sorted(STOPPING)}. Got 'patiense'",
        ),
        (lambda: check_stopping(5, "BayesSearchCV"), TypeError, "'stopping' parameter of BayesSearchCV"),
        (lambda: check_stopping(Patience), TypeError, "must be None, a callable"),
        (lambda: check_stopping("patience"), TypeError, "Got 'patience' instead."),
    ],
)
def test_bad_rules_say_what_was_expected(make, error, message):
    """A misspelt rule that is silently ignored would cost hours of computing."""
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_time_budget_sets_the_refit_aside():
    """A search that uses up its time on fits would overrun with the refit."""
    measurements = tuple(Measurement(split, {"score": 0.9}, fit_time=4.0) for split in range(5))
    best = Trial(0, {}, status="complete", score=0.9, measurements=measurements)
    budget = TimeBudget(60.0, n_splits=5, reserve_refit=True)
    assert budget.remaining(best, elapsed=10.0) == pytest.approx(60 - 10 - 4 * 5 / 4)
    assert budget.remaining(None, elapsed=10.0) == 50.0
    assert TimeBudget(60.0, 5, reserve_refit=False).remaining(best, elapsed=10.0) == 50.0
