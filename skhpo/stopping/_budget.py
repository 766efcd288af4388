"""The budgets that are kept in mid-trial: of time, and of fit seconds.

Nothing here reads a clock: elapsed time is passed in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from skhpo.trial import Trial


@dataclass(frozen=True)
class TimeBudget:
    """Seconds that a search may take, its final refit included, and those that its fits may take.

    Parameters
    ----------
    seconds : float
        The budget of time; infinite where there is none.
    n_splits : int
        Number of cross-validation splits; a refit sees ``n_splits / (n_splits - 1)`` times as much data as a fit.
    reserve_refit : bool
        Whether the search ends with a refit.
    step : int or None, default=None
        How much of the resource a fit adds, where models are trained on and the refit repeats it all; None where every
        fit is whole.
    fit_seconds : float, default=inf
        Seconds that all fits may take with their scorings, those of all workers together, without the refit.
    n_rows : int or None, default=None
        Rows of the data, where the resource is a number of them and the refit is given all; None where it is
        something else.

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
    fit_seconds: float = math.inf
    n_rows: int | None = None

    def remaining(self, best: Trial | None, elapsed: float) -> float:
        """Seconds left for fits after `elapsed` seconds, the time for refitting the best trial set aside."""
        left = self.seconds - elapsed
        return left - self.expected_refit(best) if self.reserve_refit and best is not None else left

    def expected_refit(self, best: Trial) -> float:
        """Seconds that fitting a trial on all data should take: those of its slowest fit, in proportion to the data."""
        by_split: dict[int, list[float]] = {}
        for measurement in best.measurements:
            if not math.isnan(measurement.fit_time):
                by_split.setdefault(measurement.split, []).append(measurement.fit_time)
        times = by_split.values()
        if self.n_rows is not None and best.resource is not None:
            seconds = max((one[-1] for one in times), default=0.0) * self.n_rows / best.resource
        elif self.step is not None and best.resource is not None:
            seconds = max(map(max, times), default=0.0) * best.resource / self.step
        else:
            # The refit repeats what was trained on from rung to rung.
            seconds = max(map(sum, times), default=0.0)
        return seconds * self.n_splits / max(self.n_splits - 1, 1)
