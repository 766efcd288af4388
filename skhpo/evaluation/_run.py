"""The loop that joins a study to its workers: ask until they are busy, tell what comes back."""

import time
import warnings
from collections import deque
from contextlib import nullcontext

from skhpo.evaluation._clock import Clock
from skhpo.evaluation._executor import Executor
from skhpo.evaluation._fit_and_score import fit_and_score, lost_fit, made_by
from skhpo.evaluation._interrupts import Interrupts
from skhpo.exceptions import InterruptedWarning


class RunMonitor:
    """Follows a run: what has to happen around every fit, besides fitting.

    The methods do nothing here; a search overrides what it needs.
    """

    def on_start(self, trials):
        """Take note of the trials of an earlier run that is gone on with."""

    def extra_arguments(self, job):
        """Return further arguments for `fit_and_score`, called when a job is handed out."""
        return ()

    def on_outcome(self, outcome):
        """Look at the outcome of a fit before the study is told."""

    def on_trial(self, trial, measurement, finished):
        """Take note of a trial after one of its fits, and of the trials that ended with it."""


def run(
    study,
    task,
    *,
    n_jobs=None,
    pre_dispatch=None,
    budget=None,
    started=None,
    monitor=None,
    limits=None,
    save=None,
):
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
        Time that the search and its fits may take. The first trial is finished in any case.
    started : float or None, default=None
        When the search began, on the clock ``time.monotonic``; None for now.
    monitor : RunMonitor or None, default=None
        Follows the run.
    limits : Limits or None, default=None
        What the workers have to see to.
    save : callable or None, default=None
        Called as ``save(study, elapsed)`` with the seconds since `started`, when the study has been told of a fit and
        before it is asked for another one.

    Raises
    ------
    KeyboardInterrupt
        At Ctrl-C, if no trial is complete, or if this happens in a fit of another search, which is to end then.
    """
    monitor = RunMonitor() if monitor is None else monitor
    monitor.on_start(study.trials)
    executor = Executor(fit_and_score, task, n_jobs, limits=limits, on_loss=lost_fit, label=made_by)
    started = time.monotonic() if started is None else started
    try:
        with Interrupts(executor.wake) as interrupts, executor:
            clock = Clock(budget, started, executor, study.trials)
            loop = _Loop(study, task, monitor, clock, executor, save)
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

    def __init__(self, study, task, monitor, clock, executor, save):
        self._study = study
        self._jobs = _Jobs(study)
        self._task = task
        self._monitor = monitor
        self._clock = clock
        self._executor = executor
        self._save = save
        self._is_asked_to_stop = False

    def go_round(self, capacity, interrupts):
        """Run until nothing more is to be done. Ctrl-C strikes while a fit is chosen or waited for, nowhere else."""
        executor, study = self._executor, self._study
        while not self._clock.is_over():
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
                job = self._jobs.next()
            if job is None:
                return
            self._executor.submit(job, *self._monitor.extra_arguments(job))
            self._clock.begin(job)

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
            self._clock.drop(job)
        if self._task.keeper is not None and study.newly_finished:
            self._task.keeper.forget_all(study.scheduler.spent(study.trials, study.newly_finished))
        self._clock.end(job, measurement, study.trials)
        if self._save is not None:
            self._save(study, self._clock.elapsed)
        self._monitor.on_trial(trial, measurement, study.newly_finished)
        self._is_asked_to_stop |= outcome.stop
        if self._is_asked_to_stop and self._clock.has_finished_trial:
            study.stop()


class _Jobs:
    """The fits to be done: those that an earlier run has not finished, then what the study asks for."""

    def __init__(self, study):
        self._study = study
        self._left_over = deque(study.open_jobs())

    def next(self):
        """Return the next one, None if there is none at present."""
        while self._left_over and not self._study.is_stopped:
            job = self._left_over.popleft()
            trials = self._study.trials
            # Its trial may have been stopped since, or discarded.
            if job.number < len(trials) and job.split in trials[job.number].pending:
                return job
        return self._study.ask()
