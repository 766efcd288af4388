"""A search in which one fit hangs and one configuration kills its workers: what is left, and who waited.

20 configurations, 3 folds, 2 workers. A fit takes half a second, one hangs until `fit_timeout`, and one configuration
kills the process that it is fitted in. Every fit writes when it begins and ends; a worker is idle otherwise.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from skhpo import RandomizedSearchCV

X, Y = np.arange(60.0).reshape(-1, 1), np.arange(60) % 2
HANGS, KILLS = 7, 11


class Hazard(ClassifierMixin, BaseEstimator):
    """Fits for a while; hangs in its first split, or kills its process, if that is its parameter."""

    def __init__(self, x=0, seconds=0.5, log=None):
        self.x = x
        self.seconds = seconds
        self.log = log

    def fit(self, X, y):
        """Fit, or not."""
        self._write("begin")
        if self.x == KILLS:
            self._write("end")
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(3600 if self.x == HANGS and X[0, 0] > 0 else self.seconds)
        self.classes_ = np.unique(y)
        self._write("end")
        return self

    def predict(self, X):
        """Always the first class."""
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        """Prefer the greatest."""
        return self.x / 100

    def _write(self, what):
        with open(self.log, "a") as file:
            file.write(f"{what} {os.getpid()} {time.monotonic()} {self.x}\n")


def intervals(log: Path, fit_timeout: float) -> list[tuple[float, float, int]]:
    """Return begin, end and hyperparameter of every fit."""
    begun: dict[str, tuple[float, int]] = {}
    found = []
    for line in log.read_text().splitlines():
        what, pid, seconds, x = line.split()
        if what == "begin":
            begun[pid] = float(seconds), int(x)
        else:
            found.append((begun[pid][0], float(seconds), begun.pop(pid)[1]))
    return found + [(begin, begin + fit_timeout, x) for begin, x in begun.values()]


def busy(fits: list[tuple[float, float, int]], begin: float, end: float) -> float:
    """Return the seconds of fits within a window, over all workers."""
    return sum(max(min(one[1], end) - max(one[0], begin), 0.0) for one in fits)


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit-timeout", type=float, default=5.0)
    parser.add_argument("--seconds", type=float, default=0.5, help="what a good fit takes")
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    print("| run | rows | busy, both workers | busy, the healthy one while the other hung |")
    print("|--:|---|--:|--:|")
    for run in range(arguments.repetitions):
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            log = Path(folder, "log")
            search = RandomizedSearchCV(
                Hazard(seconds=arguments.seconds, log=str(log)), {"x": list(range(20))}, n_iter=20, cv=3, n_jobs=2,
                random_state=run, refit=False, fit_timeout=arguments.fit_timeout,
            ).fit(X, Y)  # fmt: skip
            fits = intervals(log, arguments.fit_timeout)
        rows = Counter(trial.status for trial in search.trials_)
        begin, end = min(one[0] for one in fits), max(one[1] for one in fits)
        hung = next(one for one in fits if one[2] == HANGS and one[1] - one[0] >= arguments.fit_timeout)
        others = [one for one in fits if one is not hung]
        healthy = busy(others, *hung[:2]) / (min(hung[1], end) - hung[0])
        share = busy(fits, begin, end) / (2 * (end - begin))
        print(f"| {run} | {dict(rows)} | {share:.3f} | {healthy:.3f} |", flush=True)


if __name__ == "__main__":
    main()
