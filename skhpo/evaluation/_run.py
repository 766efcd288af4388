"""The loop that joins a study to its workers: ask until they are busy, tell what comes back."""

import time
import warnings
from contextlib import nullcontext

from skhpo.evaluation._executor import Executor
from skhpo.evaluation._fit_and_score import fit_and_score, lost_fit
from skhpo.evaluation._interrupts import Interrupts
from skhpo.exceptions import InterruptedWarning


class RunMonitor:
    """Follows a run: what has to happen around every fit, besides fitting.

    The methods do nothing here; a search overrides what it needs.
    """

    def extra_arguments(self, job):
        """Return further arguments for `fit_and_score`, called when a job is handed out."""
        return ()

    def on_outcome(self, outcome):
        """Look at the outcome of a fit before the study is told."""

    def on_trial(self, trial, measurement, trials):
        """Take note of a trial after one of its fits, and of all trials."""


def run(study, task, *, n_jobs=None, pre_dispatch=None, budget=None, started=None, monitor=None, limits=None):
    """Fit what a study asks for until it has stopped.

    Ctrl-C stops the study, as soon as one of its trials is complete: what is finished is kept, what is running is
    given up.

    Parameters
    ----------
    study : Study
        Decides.
    task : Task
        What all fits share.
    n_jobs : int or None, default=None
        Number of workers, as everywhere in scikit-learn.
    pre_dispatch : int, str or None, default=None
        Fits that may be submitted and not told yet, as in joblib; None for one more than there are workers, so that
        none idles while a result travels, and decisions are taken as late as possible.
    budget : TimeBudget or None, default=None
        Time the search may take. The first trial is finished in any case.
    started : float or None, default=None
        When the search began, on the clock ``time.monotonic``; None for now.
    monitor : RunMonitor or None, default=None
        Follows the run.
    limits : Limits or None, default=None
        What the workers have to see to.

    Raises
    ------
    KeyboardInterrupt
        At Ctrl-C, if no trial is complete, or if this happens in a fit of another search, which is to end then.
    """
    clock = _Clock(budget, time.monotonic() if started is None else started)
    executor = Executor(fit_and_score, task, n_jobs, limits=limits, on_loss=lost_fit)
    loop = _Loop(study, task, RunMonitor() if monitor is None else monitor, clock, executor)
    try:
        with Interrupts(executor.wake) as interrupts, executor:
            loop.go_round(executor.capacity(pre_dispatch), interrupts)
    except KeyboardInterrupt:
        if Interrupts.are_held_back() or not any(_has_result(trial) for trial in study.trials):
            raise
        study.stop()
        n_finished = sum(trial.status != "running" for trial in study.trials)
        warnings.warn(
            f"The search was interrupted: the results are those of its {n_finished} finished trials.",
            InterruptedWarning,
            stacklevel=4,
        )


def _has_result(trial):
    """Whether a trial has a row with a score; on a rung it may have one before it is complete."""
    return trial.status == "complete" or (trial.resource is not None and trial.status in ("paused", "pruned"))


class _Loop:
    """Asks until the workers are busy, tells what comes back, and so on."""

    def __init__(self, study, task, monitor, clock, executor):
        self._study = study
        self._task = task
        self._monitor = monitor
        self._clock = clock
        self._executor = executor
        self._is_asked_to_stop = False

    def go_round(self, capacity, interrupts):
        """Run until nothing more is to be done. Ctrl-C strikes while a fit is chosen or waited for, nowhere else."""
        executor, study = self._executor, self._study
        while not self._clock.is_over(executor.is_in_process):
            self._hand_out(capacity, interrupts)
            if study.is_stopped or executor.n_pending == 0:
                break
            # Where workers are waited for, Ctrl-C ends the waiting, and no result can be lost.
            with interrupts.allowed() if executor.is_in_process else nullcontext():
                completed = executor.wait(self._clock.remaining())
            if interrupts.is_set:
                self._collect(completed)
                interrupts.strike()
            if completed is not None:
                self._tell(*completed)

    def _hand_out(self, capacity, interrupts):
        while self._executor.n_pending < capacity:
            with interrupts.allowed():
                job = self._study.ask()
            if job is None:
                return
            self._executor.submit(job, *self._monitor.extra_arguments(job))

    def _collect(self, completed):
        """Tell what has come back by now."""
        while completed is not None:
            self._tell(*completed)
            completed = None if self._executor.is_in_process else self._executor.wait(0.0)

    def _tell(self, job, outcome):
        study, measurement = self._study, outcome.measurement
        self._monitor.on_outcome(outcome)
        trial = study.record(job, measurement)
        if measurement.error is not None and measurement.error.is_fatal:
            self._executor.cancel(lambda other: other.number == job.number)
        if self._task.keeper is not None:
            self._task.keeper.forget_all(study.scheduler.spent(study.trials))
        self._clock.take_note(trial, measurement)
        self._monitor.on_trial(trial, measurement, study.trials)
        self._is_asked_to_stop |= outcome.stop
        if self._is_asked_to_stop and self._clock.has_finished_trial:
            study.stop()


class _Clock:
    """How much of the budget of time is left; the rules about it are in `TimeBudget`."""

    def __init__(self, budget, started):
        self._budget = budget
        self._started = started
        self._best = None
        self._longest = 0.0
        self.has_finished_trial = False

    def take_note(self, trial, measurement):
        # A paused trial has all its scores, too.
        self.has_finished_trial |= trial.status != "running"
        if trial.status == "complete" and (self._best is None or trial.score > self._best.score):
            self._best = trial
        self._longest = max(self._longest, measurement.fit_time + measurement.score_time)

    def remaining(self):
        """Seconds left, None without a limit."""
        if self._budget is None or not self.has_finished_trial:
            return None
        return max(self._budget.remaining(self._best, time.monotonic() - self._started), 0.0)

    def is_over(self, is_in_process):
        """Whether nothing more can be done in time."""
        remaining = self.remaining()
        # A fit in this process cannot be cut short, so it only starts if it should end in time.
        needed = self._longest if is_in_process else 0.0
        return remaining is not None and remaining <= needed
