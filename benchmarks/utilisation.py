"""How well a search keeps its workers busy: wall time over (sum of the fits' times / n_jobs).

Fits sleep for a time that is log-uniform from 10 ms to 1 s. It is a function of the configuration, the same for all its
folds, and so rough a one that no search can learn it: every search gets times of this one distribution.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import numpy as np
from _peers import PEERS, Peer, Request, configurations, fit, installed, versions
from sklearn.base import BaseEstimator, ClassifierMixin

SPACE = {"a": (0.0, 1.0, "uniform"), "b": (0.0, 1.0, "uniform")}
X, Y = np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 2


def seconds(a: float, b: float) -> float:
    """Return how long a configuration takes to fit."""
    return 0.01 * 100 ** (1e6 * (a + b) % 1)


class SleepingClassifier(ClassifierMixin, BaseEstimator):
    """Takes a given time to fit, and no computation."""

    def __init__(self, a=0.5, b=0.5):
        self.a = a
        self.b = b

    def fit(self, X, y):
        """Sleep."""
        time.sleep(seconds(self.a, self.b))
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X):
        """Answer always the same."""
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        """Score by the distance from a point, and by the data a little."""
        return -((self.a - 0.3) ** 2) - (self.b - 0.6) ** 2 + 0.01 * float(X[0, 0])


def one_run(peer: Peer, arguments: argparse.Namespace, seed: int | None) -> float:
    """Return wall time over ideal time of one search whose workers are warm."""
    estimator = SleepingClassifier()
    for n_trials in (2, arguments.trials):  # the first one starts the workers
        request = Request(estimator, SPACE, n_trials, seed, n_jobs=arguments.jobs)
        search = peer.build(request)
        start = time.perf_counter()
        fit(search, X, Y)
        wall = time.perf_counter() - start
    slept = sum(request.cv * seconds(**configuration) for configuration in configurations(search))
    return wall / (slept / arguments.jobs)


def table_rows(keys: list[str]) -> list[tuple[str, Peer, bool]]:
    """Return (label, search, whether it is seeded); our model-based searches are shown both ways."""
    rows = []
    for key, peer in installed(keys):
        rows.append((peer.label, peer, True))
        if key in {"gp", "tpe"}:
            rows[-1] = (f"{peer.label}, seeded", peer, True)
            rows.append((f"{peer.label}, random_state=None", peer, False))
    return rows


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=5, help="the median of these is shown")
    parser.add_argument("--searches", nargs="+", choices=PEERS, default=list(PEERS))
    return parser.parse_args()


def main() -> None:
    """Print one table."""
    arguments = parse()
    rows = table_rows(arguments.searches)
    print(
        f"Wall time / (sum of fit times / n_jobs); {arguments.trials} configurations x 3 folds, "
        f"n_jobs={arguments.jobs}, {arguments.repetitions} runs"
    )
    print(versions(key for key, peer in PEERS.items() if any(peer is row[1] for row in rows)))
    print("| search | median | lowest | highest |")
    print("|---|--:|--:|--:|")
    for label, peer, is_seeded in rows:
        runs = [
            one_run(peer, arguments, seed if is_seeded else None) for seed in range(arguments.repetitions)
        ]
        print(f"| {label} | {median(runs):.3f} | {min(runs):.3f} | {max(runs):.3f} |", flush=True)


if __name__ == "__main__":
    main()
