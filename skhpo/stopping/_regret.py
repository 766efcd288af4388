"""The rule that ends a search when what can still be gained is smaller than the noise of cross-validation.

Notation
--------
n           number of trials
y : (n,)    their losses, lower is better
z : (n,)    the same on the scale of the posterior
d           number of hyperparameters, as columns that vary
beta        by how much the posterior may be wrong: confidence bounds are sqrt(beta) standard deviations wide
regret      how much worse the best trial is than the best configuration of the space, at most
k, rho      number of splits, rows tested on per row trained on

With high probability the regret is below the lowest upper bound of a trial minus the lowest lower bound in the space
([1]_, equation 3), where beta = 2 log(d n^2 pi^2 / (6 delta)) / 5 and delta = 0.1. The variance of the cross-validated
score is (1 / k + rho) times that of the scores of its folds ([2]_), because training parts overlap.

References
----------
.. [1] Makarova, A., Shen, H., Perrone, V., Klein, A., Faddoul, J. B., Krause, A., Seeger, M. & Archambeau, C. (2022).
       Automatic termination for hyperparameter optimization. AutoML-Conf.
.. [2] Nadeau, C. & Bengio, Y. (2003). Inference for the generalization error. Machine Learning 52.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skhpo.models import (
    ColumnLayout,
    ConfidentGain,
    FitCache,
    GaussianProcess,
    Posterior,
    Region,
    losses_at,
    maximise,
    softyj,
)
from skhpo.schedulers import PopulationScheduler, Scheduler
from skhpo.space import SearchSpace
from skhpo.stopping._rule import Rule, StoppingRule, is_int, is_number
from skhpo.trial import Trial

Array = NDArray[np.float64]

_DELTA = 0.1
_SCALING = 5.0
_N_CENTRES = 10
_FEWEST_SCORES = 5


@dataclass(frozen=True)
class RegretBound(StoppingRule):
    """Stop when the score can hardly be improved by more than its noise.

    What can still be gained is bounded by a Gaussian process of the scores so far: the best that it thinks possible
    anywhere in the space, minus what the best trials have for certain [1]_. It is compared with the standard error of
    the best trial's cross-validated score, which allows for training parts that overlap. The first look is after
    `min_trials`, and each further one after a tenth more. One look may be wrong, so that several in a row have to
    agree; with ``RegretBound(1.0, 20, n_checks=1)`` the rule is that of [1]_, which ends much sooner.

    It needs scores of at least two folds, and a search space: lists of candidates have none. Searches that give trials
    different resources are refused. Where all folds of the best trial have the same score it never ends a search.

    Parameters
    ----------
    factor : float, default=0.5
        The search ends when no more than so many standard errors can be gained; less searches on for longer.
    min_trials : int, default=30
        Trials before the first look.
    n_checks : int, default=3
        How many looks in a row have to say so.
    test_ratio : float or None, default=None
        Rows that are tested on per row that is trained on; None for what the splits of the search say, and
        ``1 / (k - 1)`` for `k` folds of a `Study`.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    .. [1] Makarova, A. et al. (2022). Automatic termination for hyperparameter optimization. AutoML-Conf.

    Examples
    --------
    >>> from skhpo import RegretBound, Study
    >>> study = Study({"x": (-5.0, 5.0)}, n_iter=100, stopping="regret_bound", random_state=0)
    >>> while (job := study.ask()) is not None:
    ...     loss = job.configuration["x"] ** 2
    ...     trial = study.tell(job, score=[-loss - 0.1, -loss, -loss + 0.1])
    >>> len(study.trials) < 50, study.best_score > -0.1
    (True, True)
    """

    factor: float = 0.5
    min_trials: int = 30
    n_checks: int = 3
    test_ratio: float | None = None

    def __post_init__(self) -> None:
        if not is_number(self.factor) or self.factor <= 0:
            raise ValueError(
                "The 'factor' parameter of RegretBound must be a float in the range (0, inf). "
                f"Got {self.factor!r} instead."
            )
        for name in ("min_trials", "n_checks"):
            if not is_int(getattr(self, name)) or getattr(self, name) < 1:
                raise ValueError(
                    f"The {name!r} parameter of RegretBound must be an int in the range [1, inf). "
                    f"Got {getattr(self, name)!r} instead."
                )
        if self.test_ratio is not None and (not is_number(self.test_ratio) or self.test_ratio <= 0):
            raise ValueError(
                "The 'test_ratio' parameter of RegretBound must be a float in the range (0, inf) or None. "
                f"Got {self.test_ratio!r} instead."
            )

    def __call__(self, trials: Sequence[Trial]) -> bool:
        """Refuse: without a space nothing can be said; see `bound_to`."""
        raise ValueError("RegretBound has to be bound to a study, which knows the space: see its 'bound_to'.")

    def for_splits(self, splits: Sequence[tuple[Any, Any]], owner: str) -> RegretBound:
        """Return the rule with the ratio of these splits; see `StoppingRule.for_splits`."""
        if len(splits) < 2:
            raise ValueError(
                f"With stopping by RegretBound, the 'cv' parameter of {owner} must yield at least 2 splits: the noise "
                f"of the score is judged by how they differ. Got {len(splits)} instead."
            )
        if self.test_ratio is not None:
            return self
        ratios = [len(test) / max(len(train), 1) for train, test in splits]
        return replace(self, test_ratio=float(np.mean(ratios)))

    def bound_to(self, space: SearchSpace | None, scheduler: Scheduler, metric: str | None) -> Rule:
        """Return the rule for a study; see `StoppingRule.bound_to`."""
        if space is None:
            raise ValueError(
                "RegretBound needs a search space, in which it looks for what can still be gained; a list of "
                "candidates has none. Write ranges as Real(low, high) or Integer(low, high), or stop by Patience."
            )
        if scheduler.promotes or isinstance(scheduler, PopulationScheduler):
            raise ValueError(
                "RegretBound compares trials that are measured on the same data: it cannot end a search that gives "
                "them different resources. Stop by Patience."
            )
        return _BoundRule(self, space, scheduler, metric)

    def gain_left(
        self, trials: Sequence[Trial], space: SearchSpace, scheduler: Scheduler, metric: str | None = None
    ) -> Gain | None:
        """Return what can still be gained after some trials, however few, and how uncertain the best score is.

        Parameters
        ----------
        trials : sequence of Trial
            Finished ones.
        space : SearchSpace
            Where they come from.
        scheduler : Scheduler
            What decided which fits they were given.
        metric : str or None, default=None
            Which score was optimised; None for the first one.

        Returns
        -------
        (bound, standard_error) or None
            None if too little is known.

        Examples
        --------
        >>> from skhpo import RegretBound, Study
        >>> study = Study({"x": (-5.0, 5.0)}, n_iter=20, random_state=0)
        >>> while (job := study.ask()) is not None:
        ...     loss = job.configuration["x"] ** 2
        ...     trial = study.tell(job, score=[-loss - 0.1, -loss, -loss + 0.1])
        >>> RegretBound().gain_left(study.trials, study.space, study.scheduler).bound < 0.1
        True
        """
        if scheduler.promotes or isinstance(scheduler, PopulationScheduler):
            return None
        return _BoundRule(self, space, scheduler, metric).gain(trials)

    def standard_error(self, folds: Sequence[float]) -> float:
        """Return the standard error of the mean of the scores of folds, NaN for less than two.

        Parameters
        ----------
        folds : sequence of float
            The scores.

        Examples
        --------
        >>> from skhpo.stopping import RegretBound
        >>> round(RegretBound().standard_error([0.8, 0.9, 1.0]), 4)
        0.0913
        """
        k = len(folds)
        if k < 2:
            return math.nan
        ratio = 1.0 / (k - 1) if self.test_ratio is None else self.test_ratio
        return math.sqrt(1.0 / k + ratio) * float(np.std(folds, ddof=1))


class Gain(NamedTuple):
    """What can still be gained, and how uncertain the best score is."""

    bound: float
    standard_error: float


class _BoundRule:
    """The rule of a study. It remembers its last looks and fits of hyperparameters, which changes no answer."""

    def __init__(
        self, rule: RegretBound, space: SearchSpace, scheduler: Scheduler, metric: str | None
    ) -> None:
        self._rule = rule
        self._space = space
        self._scheduler = scheduler
        self._metric = metric
        self._layout = ColumnLayout.from_columns(space.columns)
        self._cache = FitCache()
        self._looks: dict[int, tuple[list[Trial], bool]] = {}

    def __call__(self, trials: Sequence[Trial]) -> bool:
        """Whether what could be gained was little, the last times it was looked at."""
        first = next((trial for trial in trials if trial.status == "complete"), None)
        if first is not None and len(fold_scores(first, self._metric)) < 2:
            raise ValueError(
                "RegretBound judges the noise of a score by how the folds differ: tell the study the scores of all "
                "folds, as a sequence, and not their mean. Or stop by Patience."
            )
        sizes = check_sizes(len(trials), self._rule.min_trials)[-self._rule.n_checks :]
        if len(sizes) < self._rule.n_checks:
            return False
        self._looks = {n: look for n, look in self._looks.items() if n in sizes}
        return all(self._look(list(trials[:n])) for n in reversed(sizes))

    def _look(self, trials: list[Trial]) -> bool:
        known, answer = self._looks.get(len(trials), ((), False))
        # Trials are frozen: the same object is the same trial.
        if not known or not all(map(operator.is_, known, trials)):
            gain = self.gain(trials)
            answer = gain is not None and gain.bound < self._rule.factor * gain.standard_error
            self._looks[len(trials)] = trials, answer
        return answer

    def gain(self, trials: Sequence[Trial]) -> Gain | None:
        """Return what can still be gained after these trials, None if too little is known."""
        viewed = self._scheduler.view(trials, self._layout.width)
        known = [trial for trial in viewed if trial.point is not None and not trial.is_unknown]
        complete = [i for i, trial in enumerate(known) if trial.status == "complete"]
        if len(complete) < _FEWEST_SCORES:
            return None
        X = np.array([trial.point for trial in known], dtype=np.float64)
        scores = np.array([trial.score for trial in known], dtype=np.float64)
        noisiness = np.array([trial.noisiness for trial in known], dtype=np.float64)
        losses, z = -scores[complete], softyj(-scores)[complete]
        if np.ptp(z) == 0:
            return None
        posterior = GaussianProcess(self._layout, self._cache).fit(X, scores, noisiness)
        order = np.argsort(losses, kind="stable")
        bounds = np.array(self._bounds(posterior, X[complete][order], len(trials)))
        folds = fold_scores(known[complete[order[0]]], self._metric)
        with np.errstate(over="ignore", invalid="ignore"):
            low, high = losses_at(bounds, losses, z)
            return Gain(float(high - low), self._rule.standard_error(folds))

    def _bounds(self, posterior: Posterior, X: Array, n: int) -> tuple[float, float]:
        """Return the lowest lower bound in the space, and the lowest upper bound of the points, best ones first."""
        width = confidence_width(len(self._layout.varying), n)
        acquisition = ConfidentGain(posterior, width)
        highest = float(acquisition(X).max())
        region = Region(self._layout, self._space.canonical, _anywhere)
        point = maximise(acquisition, region, X[:_N_CENTRES], np.random.default_rng(n))
        if point is not None:
            highest = max(highest, float(acquisition(point[None])[0]))
        mean, sd = posterior.predict(X)
        return -highest, float((mean + width * sd).min())


def _anywhere(points: Array) -> NDArray[np.bool_]:
    return np.ones(len(points), dtype=np.bool_)


def confidence_width(n_hyperparameters: int, n_trials: int) -> float:
    """Return how many standard deviations from the mean the confidence bounds are.

    Examples
    --------
    >>> round(confidence_width(2, 20), 2), round(confidence_width(10, 100), 2)
    (1.95, 2.39)
    """
    beta = 2.0 * math.log(max(n_hyperparameters, 1) * n_trials**2 * math.pi**2 / (6.0 * _DELTA))
    return math.sqrt(max(beta, 0.0) / _SCALING)


def check_sizes(n: int, first: int) -> list[int]:
    """Return the numbers of trials, up to `n`, after which the rule looks at them.

    Examples
    --------
    >>> check_sizes(50, first=20)
    [20, 22, 24, 26, 28, 30, 33, 36, 39, 42, 46, 50]
    """
    sizes, size = [], first
    while size <= n:
        sizes.append(size)
        size += max(size // 10, 1)
    return sizes


def fold_scores(trial: Trial, metric: str | None) -> tuple[float, ...]:
    """Return the scores of a complete trial on its folds, whoever averaged them.

    Examples
    --------
    >>> from skhpo.trial import Measurement, Trial
    >>> told = (Measurement(0, {"score": 0.8}, fold_scores=(0.7, 0.9)),)
    >>> fold_scores(Trial(0, {}, status="complete", measurements=told), None)
    (0.7, 0.9)
    """
    measured = trial.measured_at(trial.resource)
    if len(measured) == 1 and measured[0].fold_scores:
        return measured[0].fold_scores
    return tuple(measurement.value_of(metric) for measurement in measured)
