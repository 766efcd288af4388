"""Runs a study over training loops: generators that yield a score after each epoch, suspended, resumed and closed.

What is here fits nothing itself and knows no estimator; the study and its scheduler decide who is trained how far. A
suspended loop is a cache: a lost one is trained again from its beginning.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import chain
from numbers import Integral
from os import PathLike
from typing import Any

from sklearn.exceptions import FitFailedWarning

from skhpo._arguments import told_measurement
from skhpo.exceptions import StorageError
from skhpo.schedulers import mean_score
from skhpo.storage import Storage, with_objects
from skhpo.study import Study
from skhpo.trial import Job, Measurement, Trial

Objective = Callable[[dict[str, Any]], Any]


def run_study(
    study: Study,
    objective: Objective,
    *,
    max_suspended: int | None = 10,
    raise_errors: bool = False,
    storage: str | PathLike[str] | None = None,
) -> Study:
    """Train what a study asks for, one at a time in this process, until it is over.

    A training loop is written as a generator function that yields a score after each epoch. It is trained as far as the
    study's scheduler says, left suspended at its ``yield``, and goes on from there if its trial is given more epochs.
    As soon as that cannot happen any more it is closed, so that its ``finally`` blocks run; at the end, after an error
    and after an interrupt all of them are.

    Parameters
    ----------
    study : Study
        Decides. A scheduler with a resource, such as `HyperbandScheduler`, counts it in epochs; with any other one each
        loop runs to its end. Jobs that were asked for and not told are done first: a study whose run was
        interrupted goes on when it is run again.
    objective : callable
        ``objective(configuration)`` with a dict. A generator (any iterator will do) yields a score after each epoch,
        greater is better: a number, or a dict of several metrics. The latest one counts, also for all further epochs
        if the loop ends early. A function that returns a score is a loop of one epoch.
    max_suspended : int or None, default=10
        How many loops may be suspended at a time, for each one keeps its model in memory; None for any number. Beyond
        it the one that is least likely to be resumed is closed, and trained again from the beginning if it is resumed
        after all.
    raise_errors : bool, default=False
        Whether an exception in a loop ends the run. Otherwise its trial fails and keeps the traceback, and the search
        goes on.
    storage : str, path or None, default=None
        An SQLite file to which every score is written as soon as it is there. If it exists, the study, which must have
        no trials yet, goes on from what is in it; loops that were suspended are trained again. See `skhpo.load`.

    Returns
    -------
    Study
        The same one. The measurements of its trials hold the scores of the epochs at which the scheduler decided.

    Raises
    ------
    TypeError, ValueError
        If an argument is not valid, something else than a score is yielded, the study and its scheduler name
        different metrics, or every trial has failed.
    StorageError
        If the file is that of another study, or cannot be used.

    Warns
    -----
    FitFailedWarning
        At the end, if some loops have failed.
    RuntimeWarning
        If closing a loop fails.

    Notes
    -----
    All loops share one process. Let each draw from a generator of its own, or seed the global one at the beginning of
    each epoch; and do not yield within a block that changes what holds for all, such as ``with torch.no_grad():``.

    Examples
    --------
    >>> from skhpo import Study, run_study
    >>> from skhpo.schedulers import HyperbandScheduler, hyperband_plan
    >>> def train(configuration):
    ...     w = 0.0
    ...     for epoch in range(27):
    ...         w -= configuration["learning_rate"] * 2 * (w - 3)
    ...         yield -((w - 3) ** 2)
    >>> space = {"learning_rate": (1e-4, 10.0, "log-uniform")}
    >>> scheduler = HyperbandScheduler(plan=hyperband_plan(1, 27))
    >>> study = run_study(Study(space, scheduler=scheduler, random_state=0), train)
    >>> len(study.trials), study.best_trial.resource, study.best_score > -1e-3
    (49, 27, True)
    """
    _check_arguments(study, objective, max_suspended)
    n_failed = 0
    with closing(_Loops(study, objective, max_suspended)) as loops, _File(storage, study) as file:
        for job in chain(_open_jobs(study), iter(study.ask, None)):
            watch = _Watch()
            try:
                score = loops.train(job)
            except Exception as error:
                n_failed += 1
                study.record(job, watch.measurement(study, job, error=error))
                file.save()
                if raise_errors:
                    raise
            else:
                study.record(job, watch.measurement(study, job, _check_yielded(score)))
                file.save()
            loops.close_needless()
    _report_failures(study.trials, n_failed)
    return study


class _Watch:
    """Takes the time of a fit from now on."""

    def __init__(self) -> None:
        self._began, self._start = time.time(), time.perf_counter()

    def measurement(
        self, study: Study, job: Job, score: Any = None, error: BaseException | None = None
    ) -> Measurement:
        """Return what `Study.tell` would record, and when and by whom it was made."""
        seconds = time.perf_counter() - self._start
        told = told_measurement(job, score, error, seconds, study.metric)
        return replace(told, started=self._began, worker=0)


class _File:
    """The storage file of a study, or nothing if there is no path."""

    def __init__(self, path: str | PathLike[str] | None, study: Study) -> None:
        self._study = study
        self._started = time.monotonic()
        self._storage = None if path is None else Storage(path)

    def __enter__(self) -> _File:
        if self._storage is not None:
            try:
                self._go_on(self._storage)
            except BaseException:
                self._storage.close()
                raise
        return self

    def __exit__(self, error_type: object, error: object, traceback: object) -> None:
        if self._storage is not None:
            self._storage.close()

    def save(self) -> None:
        """Write what has changed."""
        if self._storage is not None:
            elapsed = time.monotonic() - self._started
            self._storage.save(self._study.take_changes(), len(self._study.trials), elapsed)

    def _go_on(self, storage: Storage) -> None:
        study, record = self._study, storage.record
        space = None if study.space is None else study.space.to_dict()
        if record is not None:
            if record.info.get("fingerprint") != {"space": space, "metric": study.metric}:
                raise StorageError(
                    "The storage file is that of another study: its space or its metric differs."
                )
            try:
                study.restore(with_objects(record.trials, study.space, study.initial_configurations))
            except ValueError as error:
                raise StorageError(f"The storage file is that of another study: {error}") from error
            self._started -= float(record.info.get("elapsed", 0.0))
        storage.begin({"fingerprint": {"space": space, "metric": study.metric}}, [], study.space)
        if record is None:
            self.save()


class _Loops:
    """The training loops of a study that may have to go on."""

    def __init__(self, study: Study, objective: Objective, max_suspended: int | None) -> None:
        self._study = study
        self._objective = objective
        self._max_suspended = max_suspended
        self._loops: dict[tuple[int, int], _Loop] = {}

    def train(self, job: Job) -> Any:
        """Train as far as a job says; returns the latest score."""
        key = job.number, job.split
        if key not in self._loops:
            self._loops[key] = _Loop(self._objective(dict(job.configuration)))
        try:
            return self._loops[key].train(job.resource)
        except Exception:
            # It cannot go on, and would look like one that has ended early.
            self._close(key)
            raise

    def close_needless(self) -> None:
        """Close the loops that will not be resumed, and those that are too many."""
        trials = self._study.trials
        for key in list(self._loops):
            if not self._may_go_on(trials, key[0]):
                self._close(key)
        suspended = [key for key, loop in self._loops.items() if not loop.has_ended]
        n_too_many = 0 if self._max_suspended is None else len(suspended) - self._max_suspended
        if n_too_many > 0:
            for key in self._by_prospect(suspended)[:n_too_many]:
                self._close(key)

    def close(self) -> None:
        """Close all loops, the others as well if closing one is interrupted."""
        with ExitStack() as stack:
            for key in list(self._loops):
                stack.callback(self._close, key)

    def _close(self, key: tuple[int, int]) -> None:
        try:
            self._loops.pop(key).close()
        except Exception as error:
            warnings.warn(
                f"The training loop of trial {key[0]} could not be closed properly: {error!r}",
                RuntimeWarning,
                stacklevel=4,
            )

    def _may_go_on(self, trials: tuple[Trial, ...], number: int) -> bool:
        if self._study.is_stopped or number >= len(trials):
            return False
        is_revivable = self._study.scheduler.revives and trials[number].status == "pruned"
        return is_revivable or not trials[number].is_finished

    def _by_prospect(self, keys: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Sort loops by how good they are among all that got as far; of equals the shorter training comes first.

        One that has been chosen to go on, and waits for it, is among the best of its peers, and so comes last.
        """
        trials = self._study.trials
        peers = {
            resource: [self._score_at(trial, resource) for trial in trials if trial.measured_at(resource)]
            for resource in {trials[number].resource for number, _ in keys}
        }

        def prospect(key: tuple[int, int]) -> tuple[float, int, int]:
            trial = trials[key[0]]
            scores = peers[trial.resource]
            own = self._score_at(trial, trial.resource)
            share_better = sum(score > own for score in scores) / max(len(scores), 1)
            return -share_better, trial.resource or 0, -trial.number

        return sorted(keys, key=prospect)

    def _score_at(self, trial: Trial, resource: int | None) -> float:
        return mean_score([one.value_of(self._study.metric) for one in trial.measured_at(resource)])


class _Loop:
    """One training loop, which goes on where it was left."""

    def __init__(self, outcome: Any) -> None:
        self._steps = outcome if isinstance(outcome, Iterator) else None
        self._score = outcome if self._steps is None else _NOTHING
        self._n_epochs = 0

    @property
    def has_ended(self) -> bool:
        """Whether there is nothing left to train, so that nothing but its score is kept."""
        return self._steps is None

    def train(self, n_epochs: int | None) -> Any:
        """Train until so many epochs are reached, None for the end; returns the latest score."""
        while self._steps is not None and (n_epochs is None or self._n_epochs < n_epochs):
            score = next(self._steps, _NOTHING)
            if score is _NOTHING:
                self.close()
            else:
                self._score = score
                self._n_epochs += 1
        if self._score is _NOTHING:
            raise ValueError("The training loop has ended before it yielded a score.")
        return self._score

    def close(self) -> None:
        """Give a generator the occasion to clean up."""
        close = getattr(self._steps, "close", None)
        self._steps = None
        if close is not None:
            close()


_NOTHING = object()


def _open_jobs(study: Study) -> Iterator[Job]:
    """Go through the jobs that were asked for and not told."""
    for number in range(len(study.trials)):
        while not study.is_stopped and (trial := study.trials[number]).pending:
            yield Job(number, dict(trial.configuration), trial.pending[0], trial.resource)


def _check_arguments(study: Any, objective: Any, max_suspended: Any) -> None:
    if not isinstance(study, Study):
        raise TypeError(f"The 'study' parameter of run_study must be a Study. Got {study!r} instead.")
    if not callable(objective):
        raise TypeError(
            "The 'objective' parameter of run_study must be a callable that takes a configuration. "
            f"Got {objective!r} instead."
        )
    is_count = isinstance(max_suspended, Integral) and not isinstance(max_suspended, bool)
    if max_suspended is not None and not (is_count and max_suspended >= 0):
        raise ValueError(
            "The 'max_suspended' parameter of run_study must be an int in the range [0, inf) or None. "
            f"Got {max_suspended!r} instead."
        )
    promoted_by = getattr(study.scheduler, "metric", study.metric)
    if promoted_by != study.metric:
        raise ValueError(
            "The 'metric' parameters of the study and of its scheduler must be the same. "
            f"Got {study.metric!r} and {promoted_by!r} instead."
        )


def _check_yielded(score: Any) -> Any:
    if score is None:
        raise TypeError("The objective must yield a score after each epoch, or return one. Got None instead.")
    return score


def _report_failures(trials: tuple[Trial, ...], n_failed: int) -> None:
    """Raise if nothing has succeeded, and warn if something has failed."""
    error = next((trial.error for trial in trials if trial.error is not None), None)
    reason = "The scores are not finite."
    if error is not None:
        reason = f"The first error was {error.type}: {error.message}\n{error.traceback}"
    if trials and all(trial.status == "failed" for trial in trials):
        raise ValueError(f"All {len(trials)} trials have failed. {reason}")
    if n_failed:
        warnings.warn(
            f"{n_failed} training loops have failed, and so have their trials. {reason}",
            FitFailedWarning,
            stacklevel=3,
        )
