"""What is left of the budgets: measured fits, and those that are running."""

import math
import time
from types import SimpleNamespace

import pytest

from skhpo.evaluation._clock import Clock
from skhpo.evaluation._executor import GRACE_SECONDS
from skhpo.stopping import TimeBudget
from skhpo.trial import Job, Measurement, Trial


@pytest.fixture
def now(monkeypatch):
    """The time, which stands still until a test moves it."""
    clock = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(time, "monotonic", lambda: clock.seconds)
    return clock


def measured(number, *seconds, status="complete", score=0.5):
    """A trial whose fits took so long."""
    told = tuple(
        Measurement(i, {"score": score}, fit_time=one, score_time=0.0) for i, one in enumerate(seconds)
    )
    return Trial(number, {}, status=status, score=score, measurements=told)


def make(budget, n_workers=2, trials=(), is_in_process=False):
    """A clock of a search that began at 100."""
    executor = SimpleNamespace(n_workers=n_workers, is_in_process=is_in_process)
    return Clock(budget, 100.0, executor, trials)


def fits(seconds):
    """A budget of fit seconds alone."""
    return TimeBudget(math.inf, 2, reserve_refit=True, fit_seconds=seconds)


def test_without_a_budget_nothing_is_waited_for_in_part():
    """A limit nobody asked for would end searches."""
    clock = make(None)
    clock.end(Job(0, {}, 0), measured(0, 9.0).measurements[0], [measured(0, 9.0)])
    assert clock.remaining() is None
    assert not clock.is_over()


def test_fits_that_run_use_up_fit_seconds_side_by_side(now):
    """Two workers spend two seconds a second: who pays for ten gets five of the clock."""
    clock = make(fits(10.0), trials=[measured(0, 1.0, 1.0)])
    clock.begin(Job(1, {}, 0))
    assert clock.remaining() == 8.0
    clock.begin(Job(1, {}, 1))
    assert clock.remaining() == 4.0
    now.seconds += 3.0
    assert clock.remaining() == 1.0
    assert not clock.is_over()
    now.seconds += 1.0
    assert clock.remaining() == 0.0
    assert clock.is_over()


def test_fits_that_wait_for_a_worker_use_up_nothing(now):
    """One more fit is submitted than there are workers."""
    clock = make(fits(10.0), n_workers=1, trials=[measured(0, 1.0, 1.0)])
    clock.begin(Job(1, {}, 0))
    clock.begin(Job(1, {}, 1))
    now.seconds += 3.0
    assert clock.remaining() == 5.0
    clock.end(
        Job(1, {}, 0), Measurement(0, {}, fit_time=2.5, score_time=0.0), [measured(0, 1.0, 1.0), Trial(1, {})]
    )
    assert clock.remaining() == 5.5  # as measured from here on, the second one has just begun
    now.seconds += 2.0
    assert clock.remaining() == 3.5


def test_fits_that_are_taken_back_have_used_what_they_used(now):
    """A configuration that kills its workers takes its other folds with it: for the budget they cost nothing."""
    clock = make(fits(10.0), trials=[measured(0, 1.0, 1.0)])
    clock.begin(Job(1, {}, 0))
    clock.begin(Job(1, {}, 1))
    now.seconds += 3.0
    clock.drop(Job(1, {}, 0))
    lost = Measurement(0, {}, fit_time=3.0, score_time=0.0)
    clock.end(Job(1, {}, 0), lost, [measured(0, 1.0, 1.0), measured(1, 3.0, status="failed")])
    clock.begin(Job(2, {}, 0))
    assert clock.remaining() == 2.0


def test_a_fit_whose_time_was_not_measured_counts_as_long_as_it_ran(now):
    """A killed worker measures nothing, and has used up time all the same."""
    clock = make(fits(10.0), trials=[measured(0, 1.0, 1.0)])
    clock.begin(Job(1, {}, 0))
    now.seconds += 3.0
    clock.end(Job(1, {}, 0), Measurement(0, {}), [measured(0, 1.0, 1.0), Trial(1, {})])
    clock.begin(Job(1, {}, 1))
    assert clock.remaining() == 5.0


def test_in_this_process_nothing_begins_that_is_not_expected_to_end_in_time():
    """A fit here cannot be cut short."""
    trials = [measured(0, 3.0, 3.0)]
    clock = make(fits(10.0), n_workers=1, is_in_process=True)
    for split in range(2):
        clock.begin(Job(0, {}, split))
        clock.end(Job(0, {}, split), trials[0].measurements[split], trials)
    assert not clock.is_over()
    trials.append(Trial(1, {}))
    clock.begin(Job(1, {}, 0))
    clock.end(Job(1, {}, 0), Measurement(0, {}, fit_time=1.0, score_time=0.0), trials)
    assert clock.is_over()


def test_the_first_trial_is_waited_for_in_any_case(now):
    """A search without any result would be of no use to anybody."""
    clock = make(TimeBudget(1.0, 2, reserve_refit=True, fit_seconds=1.0))
    clock.begin(Job(0, {}, 0))
    now.seconds += 1000.0
    assert clock.remaining() is None
    assert not clock.is_over()


def test_what_a_study_knows_already_counts(now):
    """Whoever goes on with a search tomorrow has the budget for both days."""
    assert make(fits(10.0), trials=[measured(0, 6.0, 6.0)]).is_over()
    assert not make(fits(10.0), trials=[measured(0, 4.0, 4.0)]).is_over()
    # The refit of the best trial so far is set aside: 2 seconds for each half of the data, twice that for all.
    known = [measured(0, 2.0, 2.0)]
    assert make(TimeBudget(10.0, 2, True), trials=known, is_in_process=True).remaining() == 10.0 - 4.0


def test_a_trial_that_another_ones_result_has_finished_is_noticed(now):
    """In a race one result may finish several trials: the refit of the best of them has to be set aside."""
    clock = make(TimeBudget(60.0, 2, reserve_refit=True))
    for number in range(2):
        clock.begin(Job(number, {}, 0))
    last = measured(1, 1.0, score=0.1)
    before = [Trial(0, {}), last]
    clock.end(Job(1, {}, 0), last.measurements[0], before)
    clock.end(Job(0, {}, 0), Measurement(0, {}, fit_time=1.0, score_time=0.0), [Trial(0, {}), last])
    assert clock.remaining() == 60.0 - 2.0 - GRACE_SECONDS
    clock.begin(Job(2, {}, 0))
    finished = [measured(0, 5.0, score=0.9), last, measured(2, 1.0, score=0.2)]
    clock.end(Job(2, {}, 0), finished[2].measurements[0], finished)
    assert clock.remaining() == 60.0 - 10.0 - GRACE_SECONDS


def test_time_for_ending_workers_is_set_aside(now):
    """What runs when time is up gets half a second to end by itself: the refit would begin too late."""
    known = [measured(0, 0.0, 0.0)]
    assert make(TimeBudget(60.0, 2, False), trials=known).remaining() == 60.0 - GRACE_SECONDS
    assert make(TimeBudget(1.0, 2, False), trials=known).remaining() == 0.95
    assert make(TimeBudget(60.0, 2, False), trials=known, is_in_process=True).remaining() == 60.0


def test_the_refit_is_set_aside_on_the_first_rung_too(now):
    """Where time ends before a trial has got everything, one of those that wait for more is refitted."""
    paused = [
        measured(0, 2.0, status="paused"),
        measured(1, 7.0, status="paused"),
        measured(2, 3.0, status="paused"),
    ]
    budget = TimeBudget(60.0, 2, reserve_refit=True)
    assert make(budget, trials=paused, is_in_process=True).remaining() == 60.0 - 14.0
    whole = [*paused, measured(3, 5.0)]
    assert make(budget, trials=whole, is_in_process=True).remaining() == 60.0 - 10.0
