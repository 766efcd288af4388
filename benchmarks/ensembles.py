"""Ensembles of a search's trials against its best configuration, on rows that the search has not seen.

Every cell is one search of 30 trials over several kinds of models on at most 400 rows of a real table with five folds;
all ensembles are made from the same search and scored, as it was, on up to 2000 other rows. What is finished is kept in
a CSV file: a run that was stopped goes on. The public tables are named in `_real_tasks.py`.
"""

from __future__ import annotations

import argparse
import csv
import warnings
from _statistics import bootstrap_interval, holm, sign_flip_p
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from _real_tasks import BUNDLED, split
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from skhpo import BayesSearchCV, EnsembleSelection, EnsembleStacking
from skhpo.defaults import default_space

CLASSIFIERS: list[BaseEstimator] = [
    LogisticRegression(max_iter=500),
    KNeighborsClassifier(),
    GaussianNB(),
    RandomForestClassifier(n_estimators=50, random_state=0),
    ExtraTreesClassifier(n_estimators=50, random_state=0),
    HistGradientBoostingClassifier(max_iter=30, random_state=0),
]
REGRESSORS: list[BaseEstimator] = [
    Ridge(),
    KNeighborsRegressor(),
    SVR(),
    RandomForestRegressor(n_estimators=50, random_state=0),
    ExtraTreesRegressor(n_estimators=50, random_state=0),
    HistGradientBoostingRegressor(max_iter=30, random_state=0),
]
CLASSIFICATION = [
    *("iris", "breast_cancer", "digits_parity", "wine"),
    *("banknote_authentication", "ecoli", "phoneme"),
]
REGRESSION = ["diabetes", "winequality-red", "abalone"]
GROUPS = [
    *(("log loss", "neg_log_loss", True), ("accuracy", "accuracy", True)),
    ("RMSE", "neg_root_mean_squared_error", False),
]
N_TRIALS = 30
EQUAL = 2e-6  # the file holds six digits
BEST, OURS = "best trial, refitted", "selection, models of the folds"


class Single:
    """The models of the best trial, one for each fold, averaged."""

    @staticmethod
    def from_search(search: Any, X: np.ndarray, y: np.ndarray) -> Any:
        """Make an ensemble of one member."""
        return EnsembleSelection.from_search(search, X, y, n_best=1, n_bags=0)


VARIANTS: dict[str, Callable[[Any, np.ndarray, np.ndarray], Any]] = {
    BEST: lambda search, X, y: search,
    "best trial, models of the folds": Single.from_search,
    OURS: lambda *fitted: EnsembleSelection.from_search(*fitted, random_state=0),
    "the same without bags": lambda *fitted: EnsembleSelection.from_search(*fitted, n_bags=0),
    "selection, refitted": lambda *fitted: EnsembleSelection.from_search(*fitted, random_state=0, refit=True),
    "stacking, models of the folds": lambda *fitted: EnsembleStacking.from_search(*fitted),
    "stacking, refitted": lambda *fitted: EnsembleStacking.from_search(*fitted, refit=True),
}


def cells(arguments: argparse.Namespace) -> Iterator[tuple[str, str, bool, str, int]]:
    """Go through all metrics and tables."""
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
        for group, scoring, is_classification in GROUPS:
            for table in CLASSIFICATION if is_classification else REGRESSION:
                if table in BUNDLED or arguments.tabular:
                    yield group, scoring, is_classification, table, seed


def measure(
    scoring: str, is_classification: bool, table: str, seed: int, path: str | None
) -> dict[str, tuple[float, int]]:
    """Return the held-out score of every variant, and how many configurations it is made of."""
    X, y, X_test, y_test = split(table, is_classification, path, seed)
    if not is_classification:
        mean, sd = y.mean(), y.std()
        y, y_test = (y - mean) / sd, (y_test - mean) / sd
    models = CLASSIFIERS if is_classification else REGRESSORS
    pipeline = Pipeline([("scale", StandardScaler()), ("model", models[0])])
    space = default_space(pipeline, X, choices={"model": models})
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = BayesSearchCV(
            pipeline, space, n_iter=N_TRIALS, scoring=scoring, keep="models", random_state=seed
        ).fit(X, y)
        for name, make in VARIANTS.items():
            ensemble = make(search, X, y)
            n_members = len(getattr(ensemble, "trial_numbers_", [None]))
            if ensemble is search:
                found[name] = search.score(X_test, y_test), n_members
            else:
                found[name] = search.scorer_(ensemble, X_test, y_test), n_members
    return found


Values = dict[tuple[str, str], dict[str, np.ndarray]]


def losses(rows: list[dict[str, str]]) -> Values:
    """Return the losses of the variants over the seeds, by metric and table."""
    found: dict[tuple[str, str], dict[str, list[float]]] = {}
    for row in rows:
        loss = (row["metric"] == "accuracy") - float(row["score"])
        found.setdefault((row["metric"], row["table"]), {}).setdefault(row["variant"], []).append(loss)
    return {cell: {name: np.array(one) for name, one in own.items()} for cell, own in found.items()}


def lower_by(values: Values, name: str) -> np.ndarray:
    """Return by how much the mean loss of a variant is lower than that of the best trial, by table."""
    means = np.array([[own[BEST].mean(), own[name].mean()] for own in values.values()])
    return 1.0 - means[:, 1] / np.where(means[:, 0] > 0, means[:, 0], np.inf)


def report(rows: list[dict[str, str]]) -> None:
    """Print all metrics together, each of them, and each table; p by Holm over the variants."""
    values = losses(rows)
    members = {
        name: np.mean([int(row["members"]) for row in rows if row["variant"] == name]) for name in VARIANTS
    }
    print_comparison(values, members)
    for metric in dict.fromkeys(metric for metric, _ in values):
        print(f"\n## {metric}\n")
        print_comparison({cell: own for cell, own in values.items() if cell[0] == metric}, None)
    print("\n## Table by table\n")
    shown = [BEST, OURS, "selection, refitted", "stacking, models of the folds"]
    print("| metric | table | seeds | " + " | ".join(f"loss: {name}" for name in shown) + " |")
    print("|:--|:--|--:|" + "--:|" * len(shown))
    for (metric, table), own in values.items():
        means = " | ".join(f"{own[name].mean():.4f}" for name in shown)
        print(f"| {metric} | {table} | {len(own[BEST])} | {means} |")


def print_comparison(values: Values, members: dict[str, Any] | None) -> None:
    """Print a line for each variant, against the best trial."""
    names = [name for name in VARIANTS if name != BEST]
    p_values = holm([sign_flip_p(lower_by(values, name)) for name in names])
    head = "" if members is None else " configurations |"
    print(f"| ensemble |{head} better or equal: tables | runs | loss lower by | p (Holm) |")
    print("|:--|" + "--:|" * (members is not None) + "--:|--:|:--|--:|")
    for name, p in zip(names, p_values, strict=True):
        gains = lower_by(values, name)
        wins = np.concatenate([own[name] <= own[BEST] + EQUAL for own in values.values()])
        n_wins = sum(own[name].mean() <= own[BEST].mean() + EQUAL for own in values.values())
        low, high = bootstrap_interval(gains)
        count = "" if members is None else f" {members[name]:.1f} |"
        print(
            f"| {name} |{count} {n_wins} of {len(gains)} | {wins.mean():.0%} of {len(wins)} | "
            f"{gains.mean():.1%} [{low:.1%}, {high:.1%}] | {p:.3f} |"
        )


def main() -> None:
    """Measure what is missing, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tabular", help="folder with the public tables")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--report-only", action="store_true")
    parser.add_argument("--csv", type=Path, default=Path(__file__).parent / "results" / "ensembles.csv")
    arguments = parser.parse_args()
    rows = list(csv.DictReader(arguments.csv.open())) if arguments.csv.exists() else []
    known = {(row["metric"], row["table"], int(row["seed"])) for row in rows}
    if not arguments.report_only:
        with arguments.csv.open("a", newline="") as file:
            writer = csv.DictWriter(
                file, ["metric", "table", "seed", "variant", "members", "score"], lineterminator="\n"
            )
            if not file.tell():
                writer.writeheader()
            for group, scoring, is_classification, table, seed in cells(arguments):
                if (group, table, seed) in known:
                    continue
                found = measure(scoring, is_classification, table, seed, arguments.tabular)
                for name, (score, n_members) in found.items():
                    row = {"metric": group, "table": table, "seed": str(seed), "variant": name}
                    row |= {"members": str(n_members), "score": f"{score:.6f}"}
                    writer.writerow(row)
                    rows.append(row)
                file.flush()
    report(rows)


if __name__ == "__main__":
    main()
