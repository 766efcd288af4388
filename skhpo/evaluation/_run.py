"""The loop that joins a study to its workers: ask until they are busy, tell what comes back."""

import time
from collections import deque

from skhpo.evaluation._clock import Clock
from skhpo.evaluation._executor import Executor
from skhpo.evaluation._fit_and_score import fit_and_score


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


def run(study, task, *, n_jobs=None, pre_dispatch=None, budget=None, started=None, monitor=None, save=None):
    """Fit what a study asks for until it has stopped.

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
    save : callable or None, default=None
        Called as ``save(study, elapsed)`` with the seconds since `started`, when the study has been told of a fit and
        before it is asked for another one.
    """
    started = time.monotonic() if started is None else started
    monitor = RunMonitor() if monitor is None else monitor
    jobs = _Jobs(study)
    monitor.on_start(study.trials)
    is_asked_to_stop = False
    with Executor(fit_and_score, task, n_jobs) as executor:
        capacity = executor.capacity(pre_dispatch)
        clock = Clock(budget, started, executor, study.trials)
        while not clock.is_over():
            while executor.n_pending < capacity and (job := jobs.next()) is not None:
                executor.submit(job, *monitor.extra_arguments(job))
                clock.begin(job)
            if study.is_stopped or executor.n_pending == 0:
                break
            completed = executor.wait(clock.remaining())
            if completed is not None:
                outcome = _tell(study, task, monitor, clock, *completed)
                if save is not None:
                    save(study, clock.elapsed)
                is_asked_to_stop |= outcome.stop
                if is_asked_to_stop and clock.has_finished_trial:
                    study.stop()


def _tell(study, task, monitor, clock, job, outcome):
    monitor.on_outcome(outcome)
    trial = study.record(job, outcome.measurement)
    if task.keeper is not None and study.newly_finished:
        task.keeper.forget_all(study.scheduler.spent(study.trials, study.newly_finished))
    clock.end(job, outcome.measurement, study.trials)
    monitor.on_trial(trial, outcome.measurement, study.newly_finished)
    return outcome


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
