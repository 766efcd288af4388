"""When to stop: rules that look at the trials, and the budget of time.

A rule is a pure function of the finished trials. Nothing here reads a clock: elapsed time is passed in.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from skhpo.trial import Trial

Rule = Callable[[Sequence[Trial]], bool]


class StoppingRule(ABC):
    """A rule that ends a search."""

    @abstractmethod
    def __call__(self, trials: Sequence[Trial]) -> bool:
        """Whether the search ends after these finished trials, given in the order of their numbers."""


@dataclass(frozen=True)
class Patience(StoppingRule):
    """Stop when the best score has not improved for a number of trials.

    Parameters
    ----------
    n_trials : int, default=20
        How many finished trials in a row may fail to improve the best score.
    min_delta : float, default=0.0
        An improvement has to be larger than this.

    Raises
    ------
    ValueError
        If `n_trials` is not a positive integer or `min_delta` is not a number >= 0.

    Examples
    --------
    >>> from skhpo.stopping import Patience
    >>> from skhpo.trial import Trial
    >>> trials = [Trial(i, {}, status="complete", score=s) for i, s in enumerate([0.8, 0.9, 0.7, 0.9])]
    >>> Patience(2)(trials), Patience(3)(trials)
    (True, False)
    """

    n_trials: int = 20
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        if not _is_int(self.n_trials) or self.n_trials < 1:
            raise ValueError(
                "The 'n_trials' parameter of Patience must be an int in the range [1, inf). "
                f"Got {self.n_trials!r} instead."
            )
        if not _is_number(self.min_delta) or self.min_delta < 0:
            raise ValueError(
                "The 'min_delta' parameter of Patience must be a float in the range [0, inf). "
                f"Got {self.min_delta!r} instead."
            )

    def __call__(self, trials: Sequence[Trial]) -> bool:
        """Whether the last `n_trials` trials brought nothing."""
        best, last_gain = -math.inf, 0
        # Who did not go on from a lower rung had no chance to improve on those with the whole resource.
        counted = [trial for trial in trials if trial.status != "pruned" or trial.resource is None]
        for position, trial in enumerate(counted, start=1):
            if trial.score > best + self.min_delta:
                best, last_gain = trial.score, position
        return len(counted) - last_gain >= self.n_trials


@dataclass(frozen=True)
class Target(StoppingRule):
    """Stop when a trial reaches a score.

    Parameters
    ----------
    score : float
        The score to reach; greater is better.

    Raises
    ------
    ValueError
        If `score` is not a number.

    Examples
    --------
    >>> from skhpo.stopping import Target
    >>> from skhpo.trial import Trial
    >>> Target(0.9)([Trial(0, {}, status="complete", score=0.93)])
    True
    """

    score: float

    def __post_init__(self) -> None:
        if not _is_number(self.score):
            raise ValueError(f"The 'score' parameter of Target must be a float. Got {self.score!r} instead.")

    def __call__(self, trials: Sequence[Trial]) -> bool:
        """Whether one of the trials is good enough."""
        return any(trial.score >= self.score for trial in trials)


STOPPING: dict[str, Callable[[Any], StoppingRule]] = {"patience": Patience, "target": Target}


def check_stopping(stopping: object, owner: str = "Study") -> tuple[Rule, ...]:
    """Turn what a user writes into a tuple of rules.

    Parameters
    ----------
    stopping : None, callable, mapping or sequence of these
        A rule, a callable of the finished trials that returns whether to stop, or a mapping from the names in
        `STOPPING` to their first argument, such as ``{"patience": 20, "target": 0.95}``. Of several rules the first
        to fire ends the search.
    owner : str, default="Study"
        Class named in error messages.

    Returns
    -------
    tuple of callable
        The rules.

    Raises
    ------
    ValueError
        If a name or an argument is unknown.
    TypeError
        If something else was given.

    Examples
    --------
    >>> from skhpo.stopping import check_stopping
    >>> check_stopping({"patience": 5, "target": 0.95})
    (Patience(n_trials=5, min_delta=0.0), Target(score=0.95))
    """
    if stopping is None:
        return ()
    if isinstance(stopping, Mapping):
        return tuple(_named_rule(name, argument, owner) for name, argument in stopping.items())
    if isinstance(stopping, Sequence) and not isinstance(stopping, str):
        return tuple(rule for entry in stopping for rule in check_stopping(entry, owner))
    if callable(stopping) and not isinstance(stopping, type):
        return (stopping,)
    raise TypeError(
        f"The 'stopping' parameter of {owner} must be None, a callable, a dict with keys among {sorted(STOPPING)} or "
        f"a list of these. Got {stopping!r} instead."
    )


def _named_rule(name: str, argument: object, owner: str) -> Rule:
    if name not in STOPPING:
        raise ValueError(
            f"The keys of the 'stopping' parameter of {owner} must be among {sorted(STOPPING)}. Got {name!r} instead."
        )
    return STOPPING[name](argument)


@dataclass(frozen=True)
class TimeBudget:
    """Seconds that a search may take, its final refit included.

    Parameters
    ----------
    seconds : float
        The budget.
    n_splits : int
        Number of cross-validation splits; a refit sees ``n_splits / (n_splits - 1)`` times as much data as a fit.
    reserve_refit : bool
        Whether the search ends with a refit.
    step : int or None, default=None
        How much of the resource a fit adds, where models are trained on and the refit repeats it all; None where every
        fit is whole.

    Examples
    --------
    >>> from skhpo.stopping import TimeBudget
    >>> TimeBudget(60.0, n_splits=5, reserve_refit=True).remaining(None, elapsed=20.0)
    40.0
    """

    seconds: float
    n_splits: int
    reserve_refit: bool
    step: int | None = None

    def remaining(self, best: Trial | None, elapsed: float) -> float:
        """Seconds left for fits after `elapsed` seconds, the time for refitting the best trial set aside."""
        left = self.seconds - elapsed
        return left - self.expected_refit(best) if self.reserve_refit and best is not None else left

    def expected_refit(self, best: Trial) -> float:
        """Seconds that fitting a trial on all data should take: those of its slowest fit, in proportion to the data."""
        slowest = max(measurement.fit_time for measurement in best.measurements)
        n_steps = 1 if self.step is None or best.resource is None else best.resource / self.step
        return slowest * n_steps * self.n_splits / max(self.n_splits - 1, 1)


def _is_int(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and not math.isnan(value)
