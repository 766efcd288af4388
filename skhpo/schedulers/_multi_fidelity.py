"""What schedulers share that give trials a resource in rungs: what they remember, and what a sampler is shown."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import NamedTuple

import numpy as np

from skhpo.schedulers._rungs import score_at
from skhpo.schedulers._scheduler import Scheduler
from skhpo.trial import Measurement, Trial

# Too few results for a model of every hyperparameter say less than more results with less of the resource.
# But a model of results with a large resource is begun as soon as a model would be without rungs.
_N_BEYOND_COLUMNS, _N_ENOUGH = 2, 5
# How much noisier a score is that was not measured with the resource for which it stands.
_NOISINESS = 10.0

#: Resources, and what to add to a score with each of them.
Gains = Sequence[tuple[int, float]]


class Row(NamedTuple):
    """A trial on a rung."""

    trial: Trial
    resource: int
    rung: int


class MultiFidelityScheduler(Scheduler):
    """What schedulers share that give trials a resource in rungs: what a sampler is shown.

    Parameters
    ----------
    n_splits : int
        Number of cross-validation splits.
    metric : str or None
        The score that is optimised; None for the first one.
    """

    promotes = True

    @abstractmethod
    def table(self, trials: Sequence[Trial]) -> list[Row]:
        """Return who was given how much, in the order of brackets and rungs, and on each in that of its plan.

        Parameters
        ----------
        trials : sequence of Trial
            All trials so far.
        """

    def __init__(self, n_splits: int, metric: str | None) -> None:
        self.n_splits = n_splits
        self.metric = metric
        # Remembered are functions of the trials, which change no decision.
        self._views: dict[tuple[int, int | None], tuple[Trial, float, Trial]] = {}
        self._scores: dict[tuple[int, int | None], tuple[tuple[Measurement, ...], float | None]] = {}

    def view(self, trials: Sequence[Trial], n_columns: int) -> Sequence[Trial]:
        """Return the trials as they are with the largest resource of which there are enough results.

        Scores with different resources cannot be compared, and one with a large resource says most [1]_. Only the two
        largest are put on one scale: who has not been given the largest counts as with the one below, plus the median
        of what that adds, and as noisier.

        References
        ----------
        .. [1] Falkner, S., Klein, A. & Hutter, F. (2018). BOHB: robust and efficient hyperparameter optimization at
           scale. ICML.
        """
        resources = sorted({m.resource for t in trials for m in t.measurements if m.resource is not None})
        if not resources:
            return trials
        needed = min(n_columns + _N_BEYOND_COLUMNS, _N_ENOUGH)
        enough = (resource for resource in reversed(resources) if self._n_known(trials, resource) >= needed)
        resource = next(enough, resources[0])
        if len(resources) > 1 and resource in resources[-2:]:
            lower, upper = resources[-2:]
            gain = self._gain(trials, lower, upper)
            if gain is not None:
                viewed = [
                    self._viewed(trial, upper, 0.0)
                    if self.score_at(trial, upper) is not None
                    else self._viewed(trial, lower, gain)
                    for trial in trials
                ]
                return self._with_races(viewed, trials, ((lower, gain), (upper, 0.0)))
        viewed = [self._viewed(trial, resource, 0.0) for trial in trials]
        return self._with_races(viewed, trials, ((resource, 0.0),))

    def _n_known(self, trials: Sequence[Trial], resource: int) -> int:
        return sum(self.score_at(trial, resource) is not None for trial in trials)

    def _gain(self, trials: Sequence[Trial], lower: int, upper: int) -> float | None:
        """Return the median of what a larger resource adds, None if nobody has been given both."""
        pairs = [(self.score_at(trial, lower), self.score_at(trial, upper)) for trial in trials]
        gains = [high - low for low, high in pairs if low is not None and high is not None]
        known = [gain for gain in gains if math.isfinite(gain)]
        return median(known) if known else None

    def score_at(self, trial: Trial, resource: int | None) -> float | None:
        """Return a trial's mean score with that much of the resource, None while a split is missing.

        Parameters
        ----------
        trial : Trial
            The trial.
        resource : int or None
            How much of the resource.
        """
        measurements, score = self._scores.get((trial.number, resource), (None, None))
        # Every decision asks for the scores of all trials, most of which are what they were.
        if measurements is not trial.measurements:
            score = score_at(trial, resource, self.n_splits, self.metric)
            self._scores[trial.number, resource] = trial.measurements, score
        return score

    def next_split(self, trial: Trial, resource: int) -> int | None:
        """Return the first split that is neither measured nor handed out with that much of the resource.

        Parameters
        ----------
        trial : Trial
            The trial.
        resource : int
            How much of the resource.
        """
        if self.score_at(trial, resource) is not None:
            return None
        taken = {m.split for m in trial.measured_at(resource)}
        if trial.resource == resource:
            taken.update(trial.pending)
        return next((split for split in range(self.n_splits) if split not in taken), None)

    def _viewed(self, trial: Trial, resource: int, gain: float) -> Trial:
        """Return a trial with its score with a resource; a gain is a guess, so that the score is noisier."""
        known, known_gain, viewed = self._views.get((trial.number, resource), (None, 0.0, trial))
        if known is not trial or known_gain != gain:
            score = self.score_at(trial, resource)
            if score is not None and score == score:
                noisiness = trial.noisiness * (_NOISINESS if gain else 1.0)
                viewed = replace(trial, status="complete", score=score + gain, noisiness=noisiness)
            elif trial.status in ("running", "failed"):
                viewed = trial
            else:
                viewed = replace(trial, status="pruned", score=float("nan"))
            self._views[trial.number, resource] = trial, gain, viewed
        return viewed

    def _with_races(self, viewed: Sequence[Trial], trials: Sequence[Trial], gains: Gains) -> Sequence[Trial]:
        """Return the trials as they are seen, those that were stopped in a race with estimates of their scores.

        What is estimated is the mean over all splits: splits on which everybody did better or worse are allowed for, as
        those show them that were measured on all.
        """
        seen = list(viewed)
        for resource, gain in gains:
            stopped = [i for i, trial in enumerate(trials) if self._is_stopped_at(trial, resource)]
            known = (
                [t.measured_at(resource) for t in trials if self._is_known(t, resource)] if stopped else []
            )
            if not known:
                continue
            scores = np.array([[m.value_of(self.metric) for m in measured] for measured in known])
            effects = (scores - scores.mean(axis=1, keepdims=True)).mean(axis=0)
            for i in stopped:
                trial = trials[i]
                own = [m.value_of(self.metric) - effects[m.split] for m in trial.measured_at(resource)]
                noisiness = trial.noisiness * (_NOISINESS if gain else 1.0) * self.n_splits / len(own)
                seen[i] = replace(trial, score=float(np.mean(own)) + gain, noisiness=noisiness)
        return seen

    def _is_stopped_at(self, trial: Trial, resource: int) -> bool:
        """Whether a trial was stopped on that rung before it was measured on all splits."""
        is_there = trial.status == "pruned" and trial.resource == resource
        return is_there and self.score_at(trial, resource) is None and bool(trial.measured_at(resource))

    def _is_known(self, trial: Trial, resource: int) -> bool:
        score = self.score_at(trial, resource)
        return score is not None and score == score
