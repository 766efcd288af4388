"""Has a storage file logged again and again while a search writes to it."""

from __future__ import annotations

import logging
import math
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Real
from os import PathLike
from pathlib import Path
from typing import Any

from skhpo.exceptions import StorageError
from skhpo.space import short_repr

logger = logging.getLogger("skhpo")

_TICK = 2 * 10**9  # nanoseconds, the coarsest of file systems in use


@contextmanager
def follow(path: str | PathLike[str], log: Callable[[Path], Any], interval: float = 10.0) -> Iterator[None]:
    """Log a search while it runs, as a context manager around it.

    The storage file of the search is looked at from time to time, in a thread of its own, and logged whenever it has
    changed, for the last time at the end. The search itself knows nothing of this: what goes wrong in `log` does not
    end it.

    Parameters
    ----------
    path : str or Path
        What the search is given as `storage`. The file need not exist yet.
    log : callable
        Called as ``log(path)``: :func:`log_to_mlflow`, :func:`to_optuna`, with further arguments by
        ``functools.partial``, or a function of yours.
    interval : float, default=10.0
        Seconds between two looks.

    Warns
    -----
    UserWarning
        If the last call of `log` fails, or there is no file. Errors of earlier calls go to the logger "skhpo", and the
        next call makes them good.

    Examples
    --------
    >>> import tempfile
    >>> import skhpo
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo.tracking import follow
    >>> X, y = load_iris(return_X_y=True)
    >>> def write_table(path):
    ...     skhpo.load(path).trials_frame().to_csv(path.with_suffix(".csv"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     search = skhpo.BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, n_iter=3, storage=f"{folder}/study.db")
    ...     with follow(search.storage, write_table):
    ...         search = search.fit(X, y)
    ...     with open(f"{folder}/study.csv") as table:
    ...         print(table.readline()[:26])
    number,origin,status,score
    """
    if not callable(log):
        raise TypeError(f"The 'log' parameter of follow must be callable. Got {short_repr(log)} instead.")
    if not isinstance(interval, Real) or not 0 < interval < math.inf:
        raise ValueError(
            f"The 'interval' parameter of follow must be a float in the range (0, inf). Got {interval!r} instead."
        )
    follower = _Follower(Path(path), log, float(interval))
    follower.start()
    try:
        yield
    finally:
        follower.finish()


class _Follower(threading.Thread):
    """Calls `log` when the file has changed."""

    def __init__(self, path: Path, log: Callable[[Path], Any], interval: float) -> None:
        super().__init__(name="skhpo-follow", daemon=True)
        self._path = path
        self._log = log
        self._interval = interval
        self._is_over = threading.Event()
        self._logged: list[tuple[int, int] | None] | None = None

    def run(self) -> None:
        """Look until the search is over."""
        while not self._is_over.wait(self._interval):
            try:
                self._look()
            except Exception as error:  # a tracking server that is down must not matter to the search
                if self._logged is None and isinstance(error, StorageError):
                    continue  # the file is just being made
                logger.warning("%s was not logged and will be tried again", self._path, exc_info=error)

    def finish(self) -> None:
        """Wait for a call that is under way, and log what has changed since."""
        self._is_over.set()
        self.join()
        if not self._path.is_file():
            warnings.warn(
                f"There is no storage file {str(self._path)!r}: nothing was logged. Is it the 'storage' of the search?",
                UserWarning,
                stacklevel=4,
            )
            return
        try:
            self._look()
        except Exception as error:
            warnings.warn(
                f"The search was not logged to its end: {error!r}. Nothing is lost: its trials are in "
                f"{str(self._path)!r}, which can be logged again at any time.",
                UserWarning,
                stacklevel=4,
            )

    def _look(self) -> None:
        state = [_state(self._path), _state(self._path.with_name(f"{self._path.name}-wal"))]
        now = time.time_ns()
        if state[0] is not None and state != self._logged:
            self._log(self._path)
            # What is written within one tick of the file system's clock looks the same: only an old state is final.
            is_recent = any(one is not None and abs(now - one[0]) < _TICK for one in state)
            self._logged = [] if is_recent else state


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
