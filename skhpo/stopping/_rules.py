"""The rules that look at scores, numbers and times alone.

A rule is a pure function of the finished trials. Nothing here reads a clock: elapsed time is passed in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from skhpo.stopping._rule import StoppingRule, is_int, is_number
from skhpo.trial import Trial


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
        if not is_int(self.n_trials) or self.n_trials < 1:
            raise ValueError(
                "The 'n_trials' parameter of Patience must be an int in the range [1, inf). "
                f"Got {self.n_trials!r} instead."
            )
        if not is_number(self.min_delta) or self.min_delta < 0:
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
        if not is_number(self.score):
            raise ValueError(f"The 'score' parameter of Target must be a float. Got {self.score!r} instead.")

    def __call__(self, trials: Sequence[Trial]) -> bool:
        """Whether one of the trials is good enough."""
        return any(trial.score >= self.score for trial in trials)


@dataclass(frozen=True)
class MaxTrials(StoppingRule):
    """Stop after a number of trials, in searches that have no `n_iter` too.

    Parameters
    ----------
    n_trials : int
        How many finished trials there may be.

    Raises
    ------
    ValueError
        If `n_trials` is not a positive integer.

    Examples
    --------
    >>> from skhpo.stopping import MaxTrials
    >>> from skhpo.trial import Trial
    >>> MaxTrials(2)([Trial(0, {}, status="failed"), Trial(1, {}, status="complete", score=0.9)])
    True
    """

    n_trials: int

    def __post_init__(self) -> None:
        if not is_int(self.n_trials) or self.n_trials < 1:
            raise ValueError(
                "The 'n_trials' parameter of MaxTrials must be an int in the range [1, inf). "
                f"Got {self.n_trials!r} instead."
            )

    def __call__(self, trials: Sequence[Trial]) -> bool:
        """Whether so many trials are finished."""
        return len(trials) >= self.n_trials


@dataclass(frozen=True)
class FitSeconds(StoppingRule):
    """Stop when fits and scorings took so many seconds, those of all workers together.

    The searches do not wait for the end of a trial: what runs counts, too, see the user guide. The refit does not.

    Parameters
    ----------
    seconds : float
        The budget.

    Raises
    ------
    ValueError
        If `seconds` is not a positive number.

    Examples
    --------
    >>> from skhpo.stopping import FitSeconds
    >>> from skhpo.trial import Measurement, Trial
    >>> folds = tuple(Measurement(split, {"score": 0.9}, fit_time=4.0, score_time=1.0) for split in range(3))
    >>> trials = [Trial(0, {}, status="complete", score=0.9, measurements=folds)]
    >>> FitSeconds(15)(trials), FitSeconds(16)(trials)
    (True, False)
    """

    seconds: float

    def __post_init__(self) -> None:
        if not is_number(self.seconds) or self.seconds <= 0:
            raise ValueError(
                "The 'seconds' parameter of FitSeconds must be a float in the range (0, inf). "
                f"Got {self.seconds!r} instead."
            )

    def __call__(self, trials: Sequence[Trial]) -> bool:
        """Whether the time is used up."""
        return measured_seconds(trials) >= self.seconds


def measured_seconds(trials: Sequence[Trial]) -> float:
    """Return what all fits and scorings took, as far as it is known.

    Examples
    --------
    >>> from skhpo.trial import Measurement, Trial
    >>> measured_seconds([Trial(0, {}), Trial(1, {}, measurements=(Measurement(0, {}, None, 2.0, 0.5),))])
    2.5
    """
    seconds = (trial.seconds for trial in trials)
    return math.fsum(one for one in seconds if not math.isnan(one))
