"""CPU time which a search adds to each trial: beyond cross-validating the same configurations by hand.

The estimator is nearly free and has four hyperparameters; three folds, one process.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import numpy as np
from _peers import PEERS, Request, configurations, fit, installed, versions
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import StratifiedKFold

SPACE = {name: (0.0, 1.0, "uniform") for name in "abcd"}
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(60, 2)), np.arange(60) % 2


class FreeClassifier(ClassifierMixin, BaseEstimator):
    """Learns nothing; its score is a smooth function of its hyperparameters."""

    def __init__(self, a=0.5, b=0.5, c=0.5, d=0.5):
        self.a = a
        self.b = b
        self.c = c
        self.d = d

    def fit(self, X, y):
        """Learn nothing."""
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X):
        """Answer always the same."""
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        """Score by the distance from a point, and by the data a little."""
        distance = (self.a - 0.3) ** 2 + (self.b - 0.6) ** 2 + abs(self.c - 0.2) + 0.1 * self.d
        return -distance + 0.01 * float(X[0, 0])


def by_hand(candidates: list[dict]) -> float:
    """CPU seconds of cross-validating some configurations in a plain loop."""
    start = time.process_time()
    splits = list(StratifiedKFold(3).split(X, Y))
    for configuration in candidates:
        for train, test in splits:
            estimator = clone(FreeClassifier()).set_params(**configuration)
            estimator.fit(X[train], Y[train]).score(X[test], Y[test])
    return time.process_time() - start


def overhead(key: str, n_trials: int, seed: int) -> float:
    """Return CPU milliseconds per trial beyond cross-validating by hand, of one search."""
    search = PEERS[key].build(Request(FreeClassifier(), SPACE, n_trials, seed))
    start = time.process_time()
    fit(search, X, Y)
    spent = time.process_time() - start
    return 1000 * (spent - by_hand(configurations(search))) / n_trials


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[50, 100, 200, 500])
    parser.add_argument("--repetitions", type=int, default=3, help="the median of these is shown")
    parser.add_argument("--searches", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument(
        "--skopt-trials",
        type=int,
        default=50,
        help="most trials of scikit-optimize (minutes at 200, an hour at 500)",
    )
    return parser.parse_args()


def main() -> None:
    """Print one table."""
    arguments = parse()
    rows = list(installed(arguments.searches))
    print(f"CPU ms per trial beyond cross-validating by hand; median of {arguments.repetitions}")
    print(versions(key for key, _ in rows))
    print("| search |" + "".join(f" {n} trials |" for n in arguments.trials))
    print("|---|" + "--:|" * len(arguments.trials))
    for key, _ in rows:
        overhead(key, 5, 0)  # imports and first calls are not counted
    for key, peer in rows:
        cells = []
        for n_trials in arguments.trials:
            if key == "skopt" and n_trials > arguments.skopt_trials:
                cells.append("not run")
                continue
            cells.append(
                f"{median(overhead(key, n_trials, seed) for seed in range(arguments.repetitions)):.2f}"
            )
        print(f"| {peer.label} | " + " | ".join(cells) + " |", flush=True)
    hand = median(by_hand([dict.fromkeys(SPACE, 0.5)] * 200) for _ in range(arguments.repetitions)) / 200
    print(f"Cross-validating by hand: {1000 * hand:.2f} ms per trial")


if __name__ == "__main__":
    main()
