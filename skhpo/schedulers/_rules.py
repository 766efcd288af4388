"""When a trial is hopeless after some of its folds: the rules of racing."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

Scores = tuple[float, ...]

# More would cost time at every fit and change nothing.
_N_RIVALS = 100


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

    Examples
    --------
    >>> from skhpo.schedulers import Lossless, Race
    >>> race = Race(scores=(0.2, 0.1), n_splits=3, incumbent=(0.9, 0.8, 0.9))
    >>> Lossless(best_score=1.0).is_hopeless(race)
    True
    """

    scores: Scores
    n_splits: int
    incumbent: Scores
    is_older: bool = True
    rivals: Sequence[Scores] = ()


class RacingRule(ABC):
    """Decides whether a trial is worth its remaining folds; a pure function.

    Examples
    --------
    >>> from skhpo import GridSearchCV
    >>> from skhpo.schedulers import RacingRule
    >>> class Worse(RacingRule):
    ...     def is_hopeless(self, race):
    ...         pairs = list(zip(race.scores, race.incumbent))
    ...         return len(pairs) > 1 and all(own < best for own, best in pairs)
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> search = GridSearchCV(SVC(), {"C": [1.0, 1e-3]}, racing=Worse()).fit(*load_iris(return_X_y=True))
    >>> search.cv_results_["n_splits_evaluated"].tolist()
    [5, 2]
    """

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
        _check_number(self.best_score, "best_score", "Lossless")

    def is_hopeless(self, race: Race) -> bool:
        """Whether even the best possible scores would not be enough."""
        if self.best_score is None:
            return False
        missing = (float(self.best_score),) * (race.n_splits - len(race.scores))
        # Sums of floats are monotone in their terms where they are added in the same order, as they are here.
        bound, record = mean((*race.scores, *missing)), mean(race.incumbent)
        return bound < record or (bound == record and race.is_older)


@dataclass(frozen=True)
class Margin(RacingRule):
    """Stop a trial that is so far behind the incumbent that its remaining folds are hardly worth their while.

    Let d be the mean difference to the incumbent on the j folds measured so far of k. The difference on all of them is
    taken to be normal with mean d and standard deviation sigma = s sqrt(1/j - 1/k), as the remaining folds are drawn
    from a finite number. A trial is stopped if the improvement to be expected, sigma (phi(u) - u Phi(-u)) with
    u = -d / sigma ([1]_, equation 8), is less than `tolerance` standard errors s / sqrt(k) of a cross-validated score,
    or if it cannot win any more (see `Lossless`). s^2 is half the variance of the incumbent's scores and half that of
    the other trials' differences to it, averaged over the complete ones.

    ``benchmarks/racing.py`` compares it with other rules: with 10 folds it skips 54 % of the fits of 52 real cases, and
    finds the winner of the full evaluation in 99.8 % of the searches.

    Parameters
    ----------
    tolerance : float, default=0.005
        How much of a standard error an expected improvement may be for a trial to be stopped.
    best_score : float or None, default=None
        See `Lossless`; None also where no bound is known.

    Raises
    ------
    ValueError
        If `tolerance` is not a number of at least 0, or `best_score` is not a number.

    References
    ----------
    .. [1] Jones, D. R., Schonlau, M. & Welch, W. J. (1998). Efficient global optimization of expensive black-box
       functions. Journal of Global Optimization 13.

    Examples
    --------
    >>> from skhpo.schedulers import Margin, Race
    >>> incumbent = (0.90, 0.92, 0.88, 0.90)
    >>> Margin().is_hopeless(Race((0.80,), 4, incumbent)), Margin().is_hopeless(Race((0.89,), 4, incumbent))
    (True, False)
    """

    tolerance: float = 0.005
    best_score: float | None = None

    def __post_init__(self) -> None:
        _check_number(self.best_score, "best_score", "Margin")
        if not isinstance(self.tolerance, int | float) or not self.tolerance >= 0:
            raise ValueError(
                "The 'tolerance' parameter of Margin must be a float in the range [0, inf). "
                f"Got {self.tolerance!r} instead."
            )

    def is_hopeless(self, race: Race) -> bool:
        """Whether too little improvement is to be expected."""
        if Lossless(self.best_score).is_hopeless(race):
            return True
        j, k = len(race.scores), race.n_splits
        difference = float(np.mean(np.subtract(race.scores, race.incumbent[:j])))
        variance = _variance(race)
        if difference >= 0 or variance <= 0:
            return difference < 0
        sigma = math.sqrt(variance * (1 / j - 1 / k))
        u = -difference / sigma
        density, tail = math.exp(-0.5 * u * u) / math.sqrt(2 * math.pi), 0.5 * math.erfc(u / math.sqrt(2))
        return sigma * (density - u * tail) < self.tolerance * math.sqrt(variance / k)


def _variance(race: Race) -> float:
    """Return s^2 of `Margin`; the latest complete trials are enough for it."""
    own = float(np.var(race.incumbent, ddof=1))
    others = [scores for scores in race.rivals[-_N_RIVALS:] if scores is not race.incumbent]
    if not others:
        return own
    pooled = float(np.mean(np.var(np.subtract(others, race.incumbent), axis=1, ddof=1)))
    return 0.5 * (own + pooled)


def _check_number(value: object, name: str, owner: str) -> None:
    is_number = isinstance(value, int | float) and not math.isnan(value)
    if value is not None and not is_number:
        raise ValueError(f"The {name!r} parameter of {owner} must be a float or None. Got {value!r} instead.")


def mean(scores: Sequence[float]) -> float:
    """Return the mean as scikit-learn computes it, bit for bit; NaN if it is not finite."""
    with np.errstate(all="ignore"):
        value = float(np.average(np.array([scores], dtype=np.float64), axis=1)[0])
    return value if math.isfinite(value) else math.nan


RACING: dict[str, type[Lossless] | type[Margin]] = {"lossless": Lossless, "margin": Margin}
