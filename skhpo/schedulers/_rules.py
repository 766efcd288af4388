"""When a trial is hopeless after some of its folds: the rules of racing."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

Scores = tuple[float, ...]


class Race(NamedTuple):
    """What a rule decides on.

    Attributes
    ----------
    scores : tuple of float
        The trial's scores on its first folds, at least one and not all; greater is better.
    n_splits : int
        Number of folds.
    incumbent : tuple of float
        The scores of the best complete trial on all folds.
    is_older : bool
        Whether the incumbent was proposed before the trial, and so wins a tie.
    rivals : sequence of tuple of float
        The scores of all complete trials, in the order of their numbers.
    """

    scores: Scores
    n_splits: int
    incumbent: Scores
    is_older: bool = True
    rivals: Sequence[Scores] = ()


class RacingRule(ABC):
    """Decides whether a trial is worth its remaining folds; a pure function."""

    @abstractmethod
    def is_hopeless(self, race: Race) -> bool:
        """Whether a trial is stopped.

        Parameters
        ----------
        race : Race
            The trial's scores so far, and those of its rivals.

        Returns
        -------
        bool
            True if it is not worth its remaining folds.
        """


@dataclass(frozen=True)
class Lossless(RacingRule):
    """Stop a trial that cannot become the best one, whatever its remaining folds bring.

    The winner is that of the full evaluation, ties included: the mean over all folds cannot exceed the mean with the
    best possible score in place of the missing ones.

    Parameters
    ----------
    best_score : float or None, default=None
        The best score that the metric can reach. None for scikit-learn's metrics, of which it is known: 1 for the
        accuracy, the area under the ROC curve, F1, R2 and their like, 0 for every ``neg_*`` loss.

    Raises
    ------
    ValueError
        If `best_score` is not a number.

    Examples
    --------
    >>> from skhpo.schedulers import Lossless, Race
    >>> rule = Lossless(best_score=1.0)
    >>> rule.is_hopeless(Race((0.6,), 3, incumbent=(0.9, 0.9, 0.9)))
    True
    >>> rule.is_hopeless(Race((0.8,), 3, incumbent=(0.9, 0.9, 0.9)))
    False
    """

    best_score: float | None = None

    def __post_init__(self) -> None:
        is_number = isinstance(self.best_score, int | float) and not math.isnan(self.best_score)
        if self.best_score is not None and not is_number:
            raise ValueError(
                f"The 'best_score' parameter of Lossless must be a float or None. Got {self.best_score!r} instead."
            )

    def is_hopeless(self, race: Race) -> bool:
        """Whether even the best possible scores would not be enough."""
        if self.best_score is None:
            return False
        missing = (float(self.best_score),) * (race.n_splits - len(race.scores))
        # Sums of floats are monotone in their terms where they are added in the same order, as they are here.
        bound, record = mean((*race.scores, *missing)), mean(race.incumbent)
        return bound < record or (bound == record and race.is_older)


def mean(scores: Sequence[float]) -> float:
    """Return the mean as scikit-learn computes it, bit for bit; NaN if it is not finite."""
    with np.errstate(all="ignore"):
        value = float(np.average(np.array([scores], dtype=np.float64), axis=1)[0])
    return value if math.isfinite(value) else math.nan


RACING: dict[str, type[RacingRule]] = {"lossless": Lossless}
