"""The bias-corrected score of the winner, in simulated searches: its error, and the coverage of its interval.

Each search is on a fresh sample from a known distribution, and scores of many further rows of it are the truth. The
error of the best cross-validated score is compared with that of the corrected one: first against the refitted winner,
which is trained on more data than the models of the folds and therefore better, then against the winner's models of the
folds, which leaves the optimism of the choice alone.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import loguniform, randint
from sklearn.base import clone, is_regressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skhpo import RandomizedSearchCV
from skhpo.inspection import corrected_score

N_TEST, N_FOLDS = 20_000, 5
Data = tuple[np.ndarray, np.ndarray]


class Setting(NamedTuple):
    """Where searches are simulated."""

    name: str
    n_rows: int
    draw: Callable[[np.random.Generator, int], Data]
    model: Any
    space: dict[str, Any]
    scoring: str | None = None


def nothing(rng: np.random.Generator, n: int) -> Data:
    """Draw labels that depend on nothing."""
    return rng.standard_normal((n, 10)), rng.integers(2, size=n)


def boundary(rng: np.random.Generator, n: int) -> Data:
    """Draw labels with a curved boundary and a tenth of wrong ones."""
    X = rng.standard_normal((n, 8))
    y = (X[:, 0] + X[:, 1] ** 2 - 1.0 + 0.5 * X[:, 2] * X[:, 3] > 0) ^ (rng.random(n) < 0.1)
    return X, y.astype(int)


def curve(rng: np.random.Generator, n: int) -> Data:
    """Draw numbers around a smooth function."""
    X = rng.standard_normal((n, 6))
    return X, np.sin(2.0 * X[:, 0]) + 0.5 * X[:, 1] + 0.7 * rng.standard_normal(n)


TREE = {"max_depth": randint(1, 12), "min_samples_leaf": randint(1, 30), "max_features": randint(1, 6)}
NEIGHBOURS = {"n_neighbors": randint(1, 30), "p": [1, 2, 3], "weights": ["uniform", "distance"]}
SETTINGS = (
    Setting("no signal, neighbours", 80, nothing, KNeighborsClassifier(), NEIGHBOURS),
    Setting("no signal, trees", 80, nothing, DecisionTreeClassifier(random_state=0), TREE),
    Setting("boundary, trees", 100, boundary, DecisionTreeClassifier(random_state=0), TREE),
    Setting("boundary, trees, AUC", 100, boundary, DecisionTreeClassifier(random_state=0), TREE, "roc_auc"),
    Setting(
        "boundary, logistic", 60, boundary, LogisticRegression(max_iter=200), {"C": loguniform(1e-4, 1e3)}
    ),
    Setting("curve, trees, R2", 100, curve, DecisionTreeRegressor(random_state=0), TREE),
    Setting(
        "curve, ridge, MAE", 60, curve, Ridge(), {"alpha": loguniform(1e-3, 1e4)}, "neg_mean_absolute_error"
    ),
)


def simulate(
    setting: Setting, n_iter: int, n_bootstraps: int, reshuffle: bool, seed: int
) -> tuple[float, ...]:
    """Search once; return two truths, uncorrected and corrected score, and the ends of the interval."""
    rng = np.random.default_rng(seed)
    X, y = setting.draw(rng, setting.n_rows)
    kind = KFold if is_regressor(setting.model) else StratifiedKFold
    cv = kind(N_FOLDS, shuffle=True, random_state=seed)
    search = RandomizedSearchCV(
        setting.model,
        setting.space,
        n_iter=n_iter,
        scoring=setting.scoring,
        cv=cv,
        reshuffle=reshuffle,
        random_state=seed,
        keep="predictions",
    ).fit(X, y)
    X_test, y_test = setting.draw(rng, N_TEST)
    winner = clone(setting.model).set_params(**search.best_params_)
    of_folds = [
        search.scorer_(clone(winner).fit(X[train], y[train]), X_test, y_test) for train, _ in cv.split(X, y)
    ]
    found = corrected_score(search, y, n_bootstraps=n_bootstraps, random_state=seed)
    truths = search.score(X_test, y_test), float(np.mean(of_folds))
    return *truths, search.best_score_, found.score, *found.interval


def rows(settings: list[Setting], seeds: range, run: Callable[..., tuple[float, ...]]) -> Iterator[str]:
    """Simulate all settings, a line each."""
    yield "| setting, rows | runs | best, refit | corrected | covered | best, folds | corrected | covered | length |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    everything = []
    for setting in settings:
        found = np.array([run(setting, seed=seed) for seed in seeds])
        everything.append(found)
        yield line(f"{setting.name}, {setting.n_rows}", found)
    yield line("**all**", np.concatenate(everything))


def line(name: str, found: np.ndarray) -> str:
    """Summarise searches."""
    *truths, best, corrected, low, high = found.T
    cells = [name, str(len(found))]
    for truth in truths:
        covered = np.mean((low <= truth) & (truth <= high))
        cells += [with_error(best - truth), with_error(corrected - truth), f"{covered:.1%}"]
    return f"| {' | '.join(cells)} | {(high - low).mean():.3f} |"


def with_error(errors: np.ndarray) -> str:
    """Write a mean with its standard error."""
    return f"{errors.mean():+.4f} ± {errors.std(ddof=1) / np.sqrt(len(errors)):.4f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--searches", type=int, default=100, help="of each setting")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--reshuffle", action="store_true", help="splits of each configuration's own")
    parser.add_argument("--n-iter", type=int, default=50, help="configurations of each search")
    parser.add_argument("--bootstraps", type=int, default=300)
    parser.add_argument("--settings", nargs="+", default=[one.name for one in SETTINGS])
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    chosen = [one for one in SETTINGS if one.name in arguments.settings]
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.searches)
    run = partial(
        simulate,
        n_iter=arguments.n_iter,
        n_bootstraps=arguments.bootstraps,
        reshuffle=arguments.reshuffle,
    )
    for text in rows(chosen, seeds, run):
        print(text, flush=True)


if __name__ == "__main__":
    main()
