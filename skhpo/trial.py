"""Trials, measurements and jobs: the frozen records that are the whole state of a search.

Nothing here decides, evaluates or writes. Scores follow scikit-learn's convention, greater is better.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from skhpo._packed import PackedScores

ONE_METRIC = "score"  # name of the only metric, where there is one

#: Types of the errors that cost a worker.
FATAL = ("WorkerDied", "FitTimeout")


@dataclass(frozen=True, slots=True)
class FitError:
    """Why a fit failed, as text, so that it survives pickling, storage and other machines.

    Attributes
    ----------
    type : str
        Name of the exception's class.
    message : str
        The exception as text.
    traceback : str
        The formatted traceback; empty if there was no exception (a score that is not finite).
    stage : {"fit", "score"}
        What was being done.

    Examples
    --------
    >>> from skhpo.trial import FitError
    >>> FitError.from_exception(ValueError("C must be positive")).message
    'C must be positive'
    """

    type: str
    message: str
    traceback: str
    stage: str = "fit"

    @property
    def is_fatal(self) -> bool:
        """Whether the trial ends with it: the other fits of the configuration would cost another worker each."""
        return self.type in FATAL

    @classmethod
    def from_exception(cls, error: BaseException, stage: str = "fit") -> FitError:
        """Describe an exception that has been caught.

        Parameters
        ----------
        error : BaseException
            The exception.
        stage : {"fit", "score"}, default="fit"
            What was being done.
        """
        text = "".join(traceback.format_exception(error))
        return cls(type(error).__name__, str(error), text, stage)


@dataclass(frozen=True, slots=True)
class Measurement:
    """All that was measured in one fit.

    Attributes
    ----------
    split : int
        Index of the cross-validation split.
    scores : mapping of str to float
        Score of each metric on the split's test part; greater is better, NaN where it failed.
    train_scores : mapping of str to float, or None
        The same on the split's training part, if asked for.
    fit_time, score_time : float
        Seconds.
    error : FitError or None
        Why the fit or its scoring failed.
    fold_scores : tuple of float
        The scores behind `scores`, where an objective outside of this package averaged over folds of its own.
    resource : int or None
        How much of the resource (samples, iterations, epochs) the fit was given; None where none is rationed.
    n_iterations : int or None
        The best number of iterations, where the fit was stopped early by data that were not trained on.
    started : float or None
        When the fit began, in seconds since the epoch; None where that is not known. Two measurements that differ in
        this and in `worker` only are equal.
    worker : int, str or None
        Which worker made the fit, counted from 0 in each run; None where that is not known.

    Examples
    --------
    >>> from skhpo.trial import Measurement
    >>> Measurement(0, {"accuracy": 0.9, "f1": 0.8}, fit_time=1.5).value_of("f1")
    0.8
    """

    split: int
    scores: Mapping[str, float]
    train_scores: Mapping[str, float] | None = None
    fit_time: float = math.nan
    score_time: float = math.nan
    error: FitError | None = None
    fold_scores: tuple[float, ...] = ()
    resource: int | None = None
    n_iterations: int | None = None
    # For people: nothing that decides or compares may depend on them.
    started: float | None = field(default=None, compare=False)
    worker: int | str | None = field(default=None, compare=False)

    def value_of(self, metric: str | None) -> float:
        """Return the score of a metric, of the first one if None is given; NaN where there is none.

        Parameters
        ----------
        metric : str or None
            Its name.
        """
        scores = self.scores
        if metric is None or len(scores) <= 1:
            return next(iter(scores.values()), math.nan)
        return scores[metric]


# Around the slots that the dataclass has made.
for _name in ("scores", "train_scores"):
    setattr(Measurement, _name, PackedScores(getattr(Measurement, _name), ONE_METRIC))


@dataclass(frozen=True, slots=True)
class Job:
    """One fit to be done: a configuration on one split.

    Attributes
    ----------
    number : int
        Number of the trial this fit belongs to.
    configuration : dict
        Hyperparameters by name, accepted by ``set_params``.
    split : int
        Index of the cross-validation split; 0 where there is only one.
    resource : int or None
        How much of the resource (samples, iterations, epochs) the fit is given; None where none is rationed.
    source : int or None
        The trial whose model on this split is trained on, if there is one; None for the trial itself. Where there is
        no such model, training begins anew.
    history : tuple of (int, dict)
        Where hyperparameters change in mid-training: how the model came about, as pairs of the resource up to which it
        was trained and the configuration it was trained with, the first one first.

    Examples
    --------
    >>> from skhpo import Study
    >>> Study({"C": [0.5]}).ask()
    Job(number=0, configuration={'C': 0.5}, split=0, resource=None, source=None, history=())
    """

    number: int
    configuration: dict[str, Any]
    split: int = 0
    resource: int | None = None
    source: int | None = None
    history: tuple[tuple[int | None, dict[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """One configuration and all that is known of it.

    Attributes
    ----------
    number : int
        Position in the order of proposal, from 0.
    configuration : dict
        Active hyperparameters by name.
    point : tuple of float, or None
        The configuration encoded by its `SearchSpace`, NaN in inactive columns; None without a space.
    origin : {"default", "near default", "user", "portfolio", "initial design", "model", "random", "grid", "given", \
"continued", "explored", "prior"}
        Where the configuration comes from; "near default" is the one in the space nearest to the estimator's own,
        "prior" one of another study. In a population, "continued" is that of the trial itself one generation
        earlier, and "explored" that of a better trial, changed.
    status : {"running", "paused", "complete", "pruned", "failed"}
        A trial is pruned if it was stopped early, and failed if the optimised score of any split is not finite. A
        paused one has been measured on all splits with the resource it was given, and may be given more.
    measurements : tuple of Measurement
        In the order of their resources and splits.
    pending : tuple of int
        Splits whose fits have been handed out and not been told yet.
    score : float
        Mean over all splits of the optimised metric; NaN unless the trial is complete.
    resource : int or None
        How much of the resource the latest fits were given; None where none is rationed.
    bracket : int
        The bracket of Hyperband or the generation of a population that the trial belongs to.
    noisiness : float
        By what factor the variance of the score's noise exceeds that of a trial which is measured on all splits.
    parent : int or None
        The trial whose models this one goes on from; None where its own begin.
    discarded : tuple of Measurement
        Fits that do not count, as the trial had been stopped before they were told. Which these are is up to chance.

    Examples
    --------
    >>> from skhpo.trial import Trial
    >>> trial = Trial(0, {"C": 0.5}, status="complete", score=0.9)
    >>> trial.is_finished, trial.error is None
    (True, True)
    """

    number: int
    configuration: dict[str, Any]
    point: tuple[float, ...] | None = None
    origin: str = "model"
    status: str = "running"
    measurements: tuple[Measurement, ...] = ()
    pending: tuple[int, ...] = ()
    score: float = math.nan
    resource: int | None = None
    bracket: int = 0
    noisiness: float = 1.0
    parent: int | None = None
    discarded: tuple[Measurement, ...] = field(default=(), compare=False, repr=False)

    @property
    def is_finished(self) -> bool:
        """Whether nothing of this trial is still to be measured."""
        return self.status not in ("running", "paused")

    @property
    def is_lost(self) -> bool:
        """Whether it still runs although one of its fits has met with a fatal error."""
        fatal = any(m.error is not None and m.error.is_fatal for m in self.measurements)
        return fatal and not self.is_finished

    @property
    def is_unknown(self) -> bool:
        """Whether it was stopped and nothing is known of how good it is."""
        return self.status == "pruned" and math.isnan(self.score)

    def after(self, measurement: Measurement) -> Trial:
        """Return the trial after one of its pending fits.

        Parameters
        ----------
        measurement : Measurement
            What was measured in it.
        """
        measurements = sorted((*self.measurements, measurement), key=_by_resource_and_split)
        pending = tuple(split for split in self.pending if split != measurement.split)
        return replace(self, measurements=tuple(measurements), pending=pending)

    def measured_at(self, resource: int | None) -> tuple[Measurement, ...]:
        """Return the measurements with that much of the resource, in the order of their splits.

        Parameters
        ----------
        resource : int or None
            How much of it.
        """
        return tuple(m for m in self.measurements if m.resource == resource)

    @property
    def seconds(self) -> float:
        """What its fits and their scoring took so far, all together; NaN where that is not known."""
        return sum(m.fit_time + m.score_time for m in self.measurements) if self.measurements else math.nan

    @property
    def error(self) -> FitError | None:
        """The first error of this trial in the order of splits, if there was one."""
        return next((m.error for m in self.measurements if m.error is not None), None)


def _by_resource_and_split(measurement: Measurement) -> tuple[int, int]:
    """The order of measurements in a trial."""
    return measurement.resource or 0, measurement.split


def lineage(trials: Sequence[Trial], number: int) -> list[Trial]:
    """Return a trial and all that its models have come from, the first one first.

    Examples
    --------
    >>> from skhpo.trial import Trial, lineage
    >>> trials = [Trial(0, {"lr": 0.1}), Trial(1, {"lr": 0.2}), Trial(2, {"lr": 0.3}, parent=0)]
    >>> [trial.number for trial in lineage(trials, 2)]
    [0, 2]
    """
    line = [trials[number]]
    while line[-1].parent is not None:
        line.append(trials[line[-1].parent])
    return line[::-1]


class TrialLog(list[Trial]):
    """The trials of a study in the order of their numbers, which knows how many of the first ones are finished.

    Attributes
    ----------
    n_settled : int
        The trials before this one are all finished.
    history : object
        The same object for as long as the settled trials stay what they are and only become more: what is known of
        them may be remembered by it.

    Examples
    --------
    >>> from skhpo.trial import Trial, TrialLog
    >>> log = TrialLog([Trial(0, {}, status="complete"), Trial(1, {}), Trial(2, {}, status="failed")])
    >>> log.n_settled, [trial.number for trial in log.unfinished()]
    (1, [1])
    """

    __slots__ = ("_changed", "_unfinished", "history", "n_settled")

    def __init__(self, trials: Iterable[Trial] = ()) -> None:
        super().__init__(trials)
        self.history, self.n_settled = object(), 0
        self._changed: set[int] = set()
        self._unfinished = {number for number, trial in enumerate(self) if not trial.is_finished}
        self._settle()

    def append(self, trial: Trial) -> None:
        """Add a trial that has been started."""
        super().append(trial)
        self._changed.add(trial.number)
        self._note(trial)

    def put(self, trial: Trial) -> None:
        """Replace a trial by what has become of it."""
        if trial.number < self.n_settled and trial != self[trial.number]:
            self.history = object()
        self[trial.number] = trial
        self._changed.add(trial.number)
        self._note(trial)

    def cut(self, n: int) -> list[Trial]:
        """Remove all trials but the first `n`, and return those."""
        removed = self[n:]
        del self[n:]
        self.history = object()
        self._unfinished = {number for number in self._unfinished if number < n}
        self._settle()
        return removed

    def as_known_of(self, n_known: int) -> TrialLog:
        """Return the trials with the results of the first ones only, which have settled."""
        log = TrialLog()
        log.extend(self[:n_known])
        log.extend(_as_proposed(trial) for trial in self[n_known:])
        log._unfinished = set(range(n_known, len(self)))
        log.history, log.n_settled = self.history, n_known
        return log

    def unfinished(self) -> list[Trial]:
        """Return the trials that are not finished, the oldest first."""
        return [self[number] for number in sorted(self._unfinished)]

    def take_changes(self) -> list[Trial]:
        """Return the trials that were added or replaced since the last call, in the order of their numbers."""
        changed, self._changed = self._changed, set()
        return [self[number] for number in sorted(changed) if number < len(self)]

    def _note(self, trial: Trial) -> None:
        if trial.is_finished:
            self._unfinished.discard(trial.number)
        else:
            self._unfinished.add(trial.number)
        self._settle()

    def _settle(self) -> None:
        """Count the trials at the start that are finished."""
        self.n_settled = min(self._unfinished, default=len(self))


def unfinished(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials that are not finished, the oldest first; of a `TrialLog` without looking at all of them."""
    if isinstance(trials, TrialLog):
        return trials.unfinished()
    return [trial for trial in trials if not trial.is_finished]


def _as_proposed(trial: Trial) -> Trial:
    """The trial as it looked when it had just been proposed."""
    return replace(trial, status="running", measurements=(), pending=(), score=math.nan)
