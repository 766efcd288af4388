"""Workers that exist on paper: they take the place of a search's executor and let a clock run instead of fitting.

The loop of a search and all that it calls are the real ones. The processor time which they take is charged to the
clock: no other result is attended to in the meantime.
"""

from __future__ import annotations

import heapq
import pickle
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from skhpo.evaluation import Outcome
from skhpo.trial import Job, Measurement

Fit = Callable[[Job], tuple[float, float]]
TO_SCORE = 0.02  # of the time of a fit


class SimulatedExecutor:
    """Workers that take so many seconds of a simulated clock for a fit.

    Parameters
    ----------
    n_workers : int
        How many there are.
    fit : callable
        Returns the score and the seconds of a job.
    dispatch : float
        Seconds that handing out a fit and taking its result back cost the driver, which is simulated as well.

    Attributes
    ----------
    now : float
        The simulated time.
    driver, submitted : list of float
        Processor time of the driver, and the simulated time, at the first fit of each trial.
    intervals : list of (float, float)
        When each fit began and ended.
    """

    is_in_process = False

    def __init__(self, n_workers: int, fit: Fit, dispatch: float) -> None:
        self._fit, self._dispatch = fit, dispatch
        self.n_workers, self.n_pending, self.now = n_workers, 0, 0.0
        self.driver: list[float] = []
        self.submitted: list[float] = []
        self.intervals: list[tuple[float, float]] = []
        self.last_submit = 0.0
        self._spent = 0.0
        self._n_submitted = 0
        self._idle = n_workers
        self._running: list[tuple[float, int, Job, bytes]] = []
        self._waiting: deque[Job] = deque()
        self._completed: deque[tuple[Job, bytes]] = deque()

    def __enter__(self) -> SimulatedExecutor:
        self._mark = time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self._charge()

    def capacity(self, pre_dispatch: object = None) -> int:
        """Return how many fits may be submitted and not told yet, as in the real one."""
        return self.n_workers + 1

    def wake(self) -> None:
        """Have nothing to interrupt."""

    def submit(self, job: Job, *_: object) -> None:
        """Give a fit to a free worker, or to the first one that will be."""
        self._charge()
        if job.number == len(self.driver):
            self.driver.append(self._spent)
            self.submitted.append(self.now)
        self.now += self._dispatch
        self._run_until(self.now)
        self.n_pending += 1
        self.last_submit = self.now
        if self._idle:
            self._idle -= 1
            self._begin(job, self.now)
        else:
            self._waiting.append(job)
        self._mark = time.process_time()

    def wait(self, timeout: float | None = None) -> tuple[Job, Any]:
        """Return the next fit that has ended, letting the clock run if there is none yet."""
        self._charge()
        self._run_until(self.now)
        if not self._completed:
            self._run_until(self._running[0][0])
        job, parcel = self._completed.popleft()
        self.n_pending -= 1
        outcome = pickle.loads(parcel)  # as results come from another process
        self._mark = time.process_time()
        return job, outcome

    def _charge(self) -> None:
        spent = time.process_time() - self._mark
        self._spent += spent
        self.now += spent

    def _begin(self, job: Job, start: float) -> None:
        score, seconds = self._fit(job)
        end = start + seconds
        times = (1 - TO_SCORE) * seconds, TO_SCORE * seconds
        measurement = Measurement(job.split, {"score": score}, None, *times, resource=job.resource)
        self._n_submitted += 1
        heapq.heappush(
            self._running, (end, self._n_submitted, job, pickle.dumps(Outcome(measurement, False)))
        )
        self.intervals.append((start, end))

    def _run_until(self, now: float) -> None:
        """End the fits that are over by then; whose worker is free goes on with what waits."""
        while self._running and self._running[0][0] <= now:
            end, _, job, parcel = heapq.heappop(self._running)
            self._completed.append((job, parcel))
            if self._waiting:
                self._begin(self._waiting.popleft(), end)
            else:
                self._idle += 1
        self.now = max(self.now, now)

    def busy(self, first: int = 0) -> float:
        """Return the share of the workers' time that went into fits, from a trial on as long as there were any."""
        begin, end = self.submitted[first], self.last_submit
        spent = sum(min(max(to, begin), end) - min(max(start, begin), end) for start, to in self.intervals)
        return spent / (self.n_workers * (end - begin))
