"""What time is worth to a sampler: the cost of trials, and how much of it to heed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skhpo.models import ColumnLayout, CostModel
from skhpo.samplers._distinct import Array, trial_points
from skhpo.trial import Trial


class TimeLimit(NamedTuple):
    """When a search ends: after so many seconds on so many workers, or after so many trials, whichever comes first."""

    seconds: float
    n_iter: int | None = None
    n_workers: int = 1


class Price(NamedTuple):
    """How the cost of a trial counts: an expected improvement is divided by a power of the cost."""

    cost: CostModel
    power: float

    def favour(self, points: Array, rng: np.random.Generator) -> Array:
        """Return one of some points, of shape (1, n_columns), the cheaper the likelier."""
        odds = np.exp(-self.power * self.cost.log_cost(points))
        return points[rng.choice(len(points), size=1, p=odds / odds.sum())]


def price(layout: ColumnLayout, trials: Sequence[Trial], limit: TimeLimit | None) -> Price | None:
    """Return how costs count for the next trial, or None if they do not, or none are known.

    Parameters
    ----------
    layout : ColumnLayout
        What the columns of the trials' points are.
    trials : sequence of Trial
        All trials so far.
    limit : TimeLimit or None
        When the search ends; None to count costs in full.
    """
    finished = [trial for trial in trials if trial.is_finished]
    power = 1.0 if limit is None else scarcity(limit, finished, len(trials))
    if power <= 0.0:
        return None
    placed = [trial for trial in finished if trial.point is not None]
    seconds = _with_equal_resources(placed)
    seconds = _as_if_complete(seconds, np.array([trial.status == "complete" for trial in placed], dtype=bool))
    model = CostModel.fit(layout, trial_points(placed, layout.width), seconds)
    return None if model is None else Price(model, power)


def _with_equal_resources(trials: Sequence[Trial]) -> Array:
    """Return what each trial would have taken with the most of the resource: to go on is no fault of a trial."""
    most = max((trial.resource or 0 for trial in trials), default=0)
    seconds = [trial.seconds * (most / trial.resource if trial.resource else 1.0) for trial in trials]
    return np.array(seconds, dtype=np.float64)


def _as_if_complete(seconds: Array, is_complete: NDArray[np.bool_]) -> Array:
    """Count a trial that failed as at least a typical one: to fail soon is no bargain."""
    known = seconds[is_complete & np.isfinite(seconds)]
    typical = np.median(known) if len(known) else 0.0
    return np.where(is_complete, seconds, np.maximum(seconds, typical))


def scarcity(limit: TimeLimit, finished: Sequence[Trial], n_started: int) -> float:
    """Return how scarce time is: 0 if it suffices for all trials that may come, 1 if for half of them at most.

    Examples
    --------
    >>> from skhpo.trial import Measurement
    >>> trial = Trial(
    ...     0, {}, status="complete", measurements=(Measurement(0, {}, fit_time=10.0, score_time=0.0),)
    ... )
    >>> [scarcity(TimeLimit(100.0, n_iter), [trial], n_started=1) for n_iter in (10, 14, 50, None)]
    [0.0, 0.444..., 1.0, 1.0]
    """
    seconds = np.array([trial.seconds for trial in finished], dtype=np.float64)
    seconds = seconds[np.isfinite(seconds)]
    if limit.n_iter is None or len(seconds) == 0:
        return 1.0
    capacity = limit.n_workers * limit.seconds
    mean = float(np.mean(np.minimum(seconds, capacity)))
    # Trials that run, or whose times are not known, should take what the others took.
    left = capacity - mean * n_started
    needed = mean * (limit.n_iter - n_started)
    return float(np.clip(needed / left - 1.0, 0.0, 1.0)) if left > 0.0 else 1.0
