"""What the finished trials of a race say, read once each in the order of their numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skhpo.schedulers._rules import Scores
from skhpo.trial import Trial


class Entry(NamedTuple):
    """A trial that was measured on all folds."""

    scores: Scores
    mean: float
    number: int


#: By number: a trial that was stopped, how many complete ones were known, and what it is seen as.
Estimates = dict[int, tuple[Trial, int, Trial]]


class Standings:
    """The complete trials among the first ones, and how those that were stopped are seen in their light.

    Parameters
    ----------
    n_splits : int
        Number of cross-validation splits.
    base : Standings or None, default=None
        What these begin with; it is not changed.
    n_base : int, default=0
        With how many trials of it.

    Examples
    --------
    >>> from skhpo.schedulers._standings import Entry, Standings
    >>> standings = Standings(2)
    >>> standings.read(Trial(0, {}), Entry((0.7, 0.9), 0.8, 0), (0.7, 0.9))
    >>> standings.best(0), standings.best(1).mean
    (None, 0.8)
    """

    def __init__(self, n_splits: int, base: Standings | None = None, n_base: int = 0) -> None:
        self._n_splits = n_splits
        self._base, self._n_base = base, n_base
        # Of the complete trials: their scores, and the sum of what these differ from their means.
        self._scores: list[Scores] = []
        self._sum: NDArray[np.float64] = np.zeros(n_splits) if base is None else base._sum
        self._best = [None if base is None else base.best(n_base)]
        self._n_complete = [0 if base is None else base.n_complete(n_base)]
        self._viewed: list[Trial] = []
        # Trials that were stopped: position, scores, and the sum and the number of complete ones before.
        self._stopped: list[tuple[int, Scores, NDArray[np.float64], int]] = []
        self._first_stopped: list[tuple[int, Scores]] = []

    def __len__(self) -> int:
        return self._n_base + len(self._viewed)

    def read(self, trial: Trial, entry: Entry | None, scores: Scores) -> None:
        """Take note of the next trial: its entry if it is complete, and the scores of its measurements."""
        n_complete, best = self._n_complete[-1], self._best[-1]
        if trial.status == "pruned" and n_complete:
            self._stopped.append((len(self._viewed), scores, self._sum, n_complete))
        elif trial.status == "pruned":
            self._first_stopped.append((len(self), scores))
        if entry is not None:
            n_complete += 1
            self._scores.append(entry.scores)
            self._sum = self._sum + np.subtract(entry.scores, entry.mean)
            best = entry if best is None or entry.mean > best.mean else best
        self._best.append(best)
        self._n_complete.append(n_complete)
        self._viewed.append(trial)

    def best(self, n: int) -> Entry | None:
        """Return the best complete one of the first `n` trials, the first one of equals."""
        return (
            self._base.best(n)
            if self._base is not None and n < self._n_base
            else self._best[n - self._n_base]
        )

    def n_complete(self, n: int) -> int:
        """Return how many of the first `n` trials are complete."""
        if self._base is not None and n < self._n_base:
            return self._base.n_complete(n)
        return self._n_complete[n - self._n_base]

    def scores(self, n: int) -> list[Scores]:
        """Return the scores of the complete ones of the first `n` trials."""
        n_complete = self.n_complete(n)
        if self._base is None:
            return self._scores[:n_complete]
        n_before = self._n_complete[0]
        return self._base._scores[: min(n_complete, n_before)] + self._scores[: max(n_complete - n_before, 0)]

    def view(self, estimates: Estimates) -> list[Trial]:
        """Return the trials with estimates of the scores of those that were stopped; known ones are not made again."""
        viewed, first_stopped = self._own_view(estimates), self._first_stopped
        if self._base is not None:
            viewed = self._base._own_view(estimates)[: self._n_base] + viewed
            first_stopped = self._base._first_stopped + first_stopped
        n_complete = self._n_complete[-1]
        for position, scores in first_stopped if n_complete else ():
            if position < len(viewed):
                viewed[position] = self._estimated(viewed[position], scores, self._sum / n_complete)
        return viewed

    def _own_view(self, estimates: Estimates) -> list[Trial]:
        """Return the trials after those of the base, as they are seen."""
        for position, scores, differences, n_complete in self._stopped:
            trial = self._viewed[position]
            known, n_known, viewed = estimates.get(trial.number, (None, 0, trial))
            if known is not trial or n_known != n_complete:
                viewed = self._estimated(trial, scores, differences / n_complete)
                estimates[trial.number] = trial, n_complete, viewed
            self._viewed[position] = viewed
            if self._base is None:
                del estimates[trial.number]
        self._stopped.clear()
        return self._viewed.copy()

    def _estimated(self, trial: Trial, scores: Scores, effects: NDArray[np.float64]) -> Trial:
        """Allow for folds on which everybody does better or worse."""
        splits = [measurement.split for measurement in trial.measurements]
        score = float(np.mean(np.subtract(scores, effects[splits])))
        return replace(trial, score=score, noisiness=self._n_splits / len(splits))
