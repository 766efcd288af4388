"""How much is left of the budgets of a run, the fits that are running included."""

import math
import time

from skhpo.evaluation._executor import GRACE_SECONDS
from skhpo.stopping import measured_seconds

_LARGEST_SHARE = 0.05  # of the time, for ending the workers' fits


class Clock:
    """Keeps the budgets of a run; the rules about them are in `TimeBudget`.

    Parameters
    ----------
    budget : TimeBudget or None
        The budgets; None for none.
    started : float
        When the search began, on the clock ``time.monotonic``.
    executor : Executor
        Says how many fits run at the same time, and whether they run in this process.
    trials : sequence of Trial, default=()
        What a study that goes on knows already.
    """

    def __init__(self, budget, started, executor, trials=()):
        self._budget = budget
        self._started = started
        self._n_workers = executor.n_workers
        self._is_in_process = executor.is_in_process
        self._running = {}  # when each fit began, as far as can be told from here
        self._waiting = []
        self._unfinished = set()  # numbers of the trials with fits
        self._used = measured_seconds(trials)
        self._best = None
        self._longest = 0.0
        self.has_finished_trial = False
        for trial in trials:
            self._take_note(trial)

    def begin(self, job):
        """Take note that a fit was submitted: it runs as soon as a worker is free."""
        self._unfinished.add(job.number)
        self._waiting.append(_key(job))
        self._start_waiting()

    def end(self, job, measurement, trials):
        """Take note of what was measured, and of the trials that were finished by it."""
        now = time.monotonic()
        began = self._running.pop(_key(job), now)
        self._start_waiting()
        seconds = measurement.fit_time + measurement.score_time
        if math.isnan(seconds):
            seconds = now - began
        self._used += seconds
        self._longest = max(self._longest, seconds)
        # Results of one trial may finish another one.
        for number in [
            one for one in self._unfinished if one >= len(trials) or trials[one].status != "running"
        ]:
            self._unfinished.remove(number)
            if number < len(trials):
                self._take_note(trials[number])

    def drop(self, job):
        """Forget the other fits of a trial, which were taken back; what they have used is used."""
        now = time.monotonic()
        dropped = [key for key in self._running if key[0] == job.number and key != _key(job)]
        for key in dropped:
            self._used += now - self._running.pop(key)
        self._waiting = [key for key in self._waiting if key[0] != job.number]
        self._start_waiting()

    @property
    def elapsed(self):
        """Seconds since the search began."""
        return time.monotonic() - self._started

    def remaining(self):
        """Return the seconds left to wait for fits, None without a limit."""
        left = self._time_left()
        fits_left = self._fits_left()
        if self._running and not self._is_in_process:
            left = min(left, fits_left / len(self._running))
        elif fits_left <= 0.0:
            left = 0.0
        return None if left == math.inf else max(left, 0.0)

    def is_over(self):
        """Whether nothing more can be done in time."""
        # A fit in this process cannot be cut short, so it only starts if it should end in time.
        needed = self._longest if self._is_in_process else 0.0
        return min(self._time_left(), self._fits_left()) <= needed

    def _time_left(self):
        if self._budget is None or not self.has_finished_trial:
            return math.inf
        grace = 0.0 if self._is_in_process else min(GRACE_SECONDS, _LARGEST_SHARE * self._budget.seconds)
        return self._budget.remaining(self._best, self.elapsed + grace)

    def _fits_left(self):
        if self._budget is None or self._budget.fit_seconds == math.inf or not self.has_finished_trial:
            return math.inf
        now = time.monotonic()
        return self._budget.fit_seconds - self._used - sum(now - began for began in self._running.values())

    def _start_waiting(self):
        while self._waiting and len(self._running) < self._n_workers:
            self._running[self._waiting.pop(0)] = time.monotonic()

    def _take_note(self, trial):
        # A paused trial has all its scores, too.
        self.has_finished_trial |= trial.status != "running"
        best = self._best
        if trial.status == "complete":
            if best is None or best.status == "paused" or trial.score > best.score:
                self._best = trial
        elif trial.status == "paused" and self._budget is not None:
            # Any of them may win if the time ends on this rung.
            refit = self._budget.expected_refit
            if best is None or (best.status == "paused" and refit(trial) > refit(best)):
                self._best = trial


def _key(job):
    return job.number, job.split, job.resource
