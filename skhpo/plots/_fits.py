"""When fits were made and by which worker: what the timeline draws."""

import math
from typing import Any, NamedTuple

import numpy as np

# Proposals take less: if nobody works for so long, the search was not running. In seconds, and as a share of its time.
_PAUSE, _SHORT_PAUSE, _SHARE = 60.0, 5.0, 0.1
KINDS = ("complete", "unfinished", "stopped early", "discarded", "failed", "timed out")


class TimedFit(NamedTuple):
    """One fit of a `TimelineDisplay`.

    Attributes
    ----------
    number, split : int
        The trial and the cross-validation split.
    resource : int or None
        How much of the resource it was given.
    worker : int or str
        Which worker made it.
    start : float
        When it began, in seconds since the first of all fits did.
    seconds : float
        What fitting and scoring took.
    kind : {"complete", "unfinished", "stopped early", "discarded", "failed", "timed out"}
        What became of it, or else of its trial. What was discarded did not count, as the trial had been stopped before
        it was there.

    Examples
    --------
    >>> from skhpo.plots import TimedFit
    >>> fit = TimedFit(0, 1, None, "a:1", start=2.5, seconds=1.0, kind="complete")
    >>> fit.start + fit.seconds
    3.5
    """

    number: int
    split: int
    resource: Any
    worker: Any
    start: float
    seconds: float
    kind: str


class Pause(NamedTuple):
    """A time in which the search was not running.

    Attributes
    ----------
    start : float
        When it began, in seconds since the first of all fits did.
    seconds : float
        How long it lasted.

    Examples
    --------
    >>> from skhpo.plots import Pause
    >>> Pause(start=60.0, seconds=3600.0).seconds / 60
    60.0
    """

    start: float
    seconds: float


def timed_fits(source):
    """Return the fits of a source of which it is known when they were made, in the order of their beginning.

    Parameters
    ----------
    source : Source
        The trials.

    Returns
    -------
    list of TimedFit
        Those whose worker is not known are given to as few workers as it takes.

    Raises
    ------
    ValueError
        If it is not known of any fit.

    Examples
    --------
    >>> from skhpo.plots._fits import timed_fits
    >>> from skhpo.plots._source import Source
    >>> from skhpo.trial import Measurement, Trial
    >>> told = [Measurement(i, {}, None, 2.0, 0.5, started=1e9 + i) for i in range(2)]
    >>> [(fit.worker, fit.start) for fit in timed_fits(Source([Trial(0, {}, measurements=tuple(told))]))]
    [(0, 0.0), (1, 1.0)]
    """
    found = [
        TimedFit(trial.number, m.split, m.resource, m.worker, m.started, seconds, kind)
        for trial in source.trials
        for m, kind in _fits_of(trial, source.metric)
        if m.started is not None and math.isfinite(seconds := m.fit_time + m.score_time)
    ]
    if not found:
        raise ValueError(
            "It is not known when the fits of these trials were made: Study.tell does not say it, and older files lack "
            "it. Give Study.record a Measurement with 'started' and 'worker', or use a search or run_study."
        )
    first = min(fit.start for fit in found)
    found = sorted((fit._replace(start=fit.start - first) for fit in found), key=lambda fit: fit.start)
    return _assigned(found)


def find_pauses(fits):
    """Return the times in which the search was not running, as far as can be told from its fits.

    Examples
    --------
    >>> from skhpo.plots._fits import TimedFit, find_pauses
    >>> fits = [
    ...     TimedFit(i, 0, None, 0, start, 9.0, "complete") for i, start in enumerate((0.0, 10.0, 5000.0))
    ... ]
    >>> find_pauses(fits)
    [Pause(start=19.0, seconds=4981.0)]
    """
    starts = np.array([fit.start for fit in fits])
    ends = np.maximum.accumulate([fit.start + fit.seconds for fit in fits])
    gaps = np.maximum(starts[1:] - ends[:-1], 0.0)
    active = ends[-1] - gaps.sum()
    least = max(_SHORT_PAUSE, min(_PAUSE, _SHARE * active))
    return [Pause(float(ends[i]), float(gaps[i])) for i in np.flatnonzero(gaps >= least)]


class Timetable:
    """Where fits lie in the picture: rows of workers, and times without pauses.

    Parameters
    ----------
    fits : list of TimedFit
        In the order of their beginning.
    pauses : list of Pause
        What is left out.

    Attributes
    ----------
    workers : list of int or str
        The worker of each row.
    rows : ndarray of int of shape (n_fits,)
        The row of each fit.
    starts, ends : ndarray of shape (n_fits,)
        Seconds without the pauses; fits of one worker never overlap, as its clock may have been set meanwhile.
    cuts : ndarray
        Where pauses were left out.
    """

    def __init__(self, fits, pauses):
        self.workers = sorted({fit.worker for fit in fits}, key=lambda name: (isinstance(name, str), name))
        place = {worker: row for row, worker in enumerate(self.workers)}
        self.rows = np.array([place[fit.worker] for fit in fits])
        self._pauses = pauses
        starts = self._moved(np.array([fit.start for fit in fits]))
        ends = self._moved(np.array([fit.start + fit.seconds for fit in fits]))
        for row in range(len(self.workers)):
            mine = self.rows == row
            reached = np.maximum.accumulate(ends[mine])
            starts[mine] = np.maximum(starts[mine], np.concatenate([[0.0], reached[:-1]]))
            ends[mine] = reached
        self.starts, self.ends = starts, ends
        self.cuts = self._moved(np.array([pause.start for pause in pauses]))

    @property
    def span(self):
        """Seconds from the beginning of the first fit to the end of the last one."""
        return float(self.ends.max())

    @property
    def busy(self):
        """The share of their time in which workers fitted, of those that fitted anything between two pauses."""
        edges = [0.0, *self.cuts, self.span]
        present = 0.0
        for begin, end in zip(edges, edges[1:], strict=False):
            here = (self.starts < end) & (self.ends > begin)
            present += (end - begin) * len(np.unique(self.rows[here]))
        return float((self.ends - self.starts).sum() / present) if present > 0.0 else 1.0

    def _moved(self, times):
        """Leave the pauses out."""
        moved = times.astype(float)
        for start, seconds in self._pauses:
            moved -= np.clip(times - start, 0.0, seconds)
        return moved


def _fits_of(trial, metric):
    """Yield the fits of a trial, and of which kind they are."""
    yield from ((one, _kind(trial, one, metric)) for one in trial.measurements)
    yield from ((one, "discarded") for one in trial.discarded)


def _kind(trial, measurement, metric):
    error = measurement.error
    if error is not None:
        return "timed out" if error.type == "FitTimeout" else "failed"
    if not math.isfinite(measurement.value_of(metric)):
        return "failed"
    kinds = {"complete": "complete", "pruned": "stopped early", "failed": "failed"}
    return kinds.get(trial.status, "unfinished")


def _assigned(fits):
    """Give fits without a worker to the one who has been free for the shortest time, or to one more."""
    n_known = 1 + max((fit.worker for fit in fits if isinstance(fit.worker, int)), default=-1)
    free, assigned = {}, []
    for fit in fits:
        if fit.worker is None:
            idle = [worker for worker, end in free.items() if end <= fit.start]
            worker = max(idle, key=free.get, default=n_known + len(free))
            free[worker] = fit.start + fit.seconds
            fit = fit._replace(worker=worker)
        assigned.append(fit)
    return assigned
