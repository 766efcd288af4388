"""What the default spaces are worth: the score of each estimator with its defaults, and after 30 trials.

Every cell is one search over `search_spaces="auto"` on at most 400 rows of a real table with five folds, the defaults
first, and is written to a CSV file at once: a run that was stopped goes on. Scores are accuracy or R2, also on up to
2000 rows that the search has not seen. The public tables are named in `_real_tasks.py`.
"""

from __future__ import annotations

import argparse
import csv
import warnings
from _statistics import bootstrap_interval
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from _real_tasks import split
from sklearn.base import BaseEstimator
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skhpo import BayesSearchCV

CLASSIFIERS: list[BaseEstimator] = [
    LogisticRegression(max_iter=500),
    SGDClassifier(random_state=0),
    LinearDiscriminantAnalysis(),
    QuadraticDiscriminantAnalysis(),
    GaussianNB(),
    KNeighborsClassifier(),
    SVC(),
    DecisionTreeClassifier(random_state=0),
    RandomForestClassifier(random_state=0),
    ExtraTreesClassifier(random_state=0),
    GradientBoostingClassifier(random_state=0),
    HistGradientBoostingClassifier(random_state=0),
    MLPClassifier(random_state=0),
]
REGRESSORS: list[BaseEstimator] = [
    Ridge(),
    ElasticNet(),
    KernelRidge(kernel="rbf"),
    KNeighborsRegressor(),
    SVR(),
    DecisionTreeRegressor(random_state=0),
    RandomForestRegressor(random_state=0),
    ExtraTreesRegressor(random_state=0),
    GradientBoostingRegressor(random_state=0),
    HistGradientBoostingRegressor(random_state=0),
]
N_TRIALS = 30


def cells(arguments: argparse.Namespace) -> Iterator[tuple[BaseEstimator, str, bool, int]]:
    """Go through all estimators on all tables."""
    for seed in range(arguments.seeds):
        for is_classification, models, tables in (
            (True, CLASSIFIERS, arguments.classification),
            (False, REGRESSORS, arguments.regression),
        ):
            for model in models:
                if not arguments.estimators or type(model).__name__ in arguments.estimators:
                    yield from ((model, table, is_classification, seed) for table in tables)


def measure(
    model: BaseEstimator, table: str, is_classification: bool, seed: int, path: str | None
) -> list[float]:
    """Return the CV scores of the defaults and of the winner, and the same on rows held out."""
    X, y, X_test, y_test = split(table, is_classification, path, seed)
    if not is_classification:
        # Targets of all sizes: some parameters are in their unit.
        mean, sd = y.mean(), y.std()
        y, y_test = (y - mean) / sd, (y_test - mean) / sd
    pipeline = make_pipeline(StandardScaler(), model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            search = BayesSearchCV(pipeline, n_iter=N_TRIALS, cv=5, random_state=seed).fit(X, y)
            default = pipeline.fit(X, y).score(X_test, y_test)
        except (ValueError, np.linalg.LinAlgError):  # some models fail on some tables
            return [np.nan] * 4
        return [search.trials_[0].score, search.best_score_, default, search.score(X_test, y_test)]


def report(rows: list[dict[str, Any]]) -> None:
    """Print the table, a line for each estimator."""
    print("| estimator | cells | CV, defaults | 30 trials | held out, defaults | 30 trials | gain held out |")
    print("|:--|--:|--:|--:|--:|--:|:--|")
    for name in dict.fromkeys(row["estimator"] for row in rows):
        found = np.array([[float(row[key]) for key in KEYS] for row in rows if row["estimator"] == name])
        gains = found[:, 3] - found[:, 2]
        gains = gains[np.isfinite(gains)]
        low, high = bootstrap_interval(gains)
        means = " | ".join(f"{value:.3f}" for value in np.nanmean(found, axis=0))
        print(f"| {name} | {len(found)} | {means} | {gains.mean():+.3f} [{low:+.3f}, {high:+.3f}] |")


KEYS = ("cv_default", "cv_tuned", "test_default", "test_tuned")


def main() -> None:
    """Measure what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tabular", help="folder with the public tables")
    parser.add_argument("--classification", nargs="+", default=["breast_cancer", "digits", "wine"])
    parser.add_argument("--regression", nargs="+", default=["diabetes"])
    parser.add_argument("--estimators", nargs="+")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--csv", type=Path, default=Path(__file__).parent / "results" / "default_spaces.csv")
    arguments = parser.parse_args()
    rows = list(csv.DictReader(arguments.csv.open())) if arguments.csv.exists() else []
    known = {(row["estimator"], row["table"], int(row["seed"])) for row in rows}
    with arguments.csv.open("a", newline="") as file:
        writer = csv.DictWriter(file, ["estimator", "table", "seed", *KEYS])
        if not rows:
            writer.writeheader()
        for model, table, is_classification, seed in cells(arguments):
            name = type(model).__name__
            if (name, table, seed) in known:
                continue
            scores = measure(model, table, is_classification, seed, arguments.tabular)
            row = {"estimator": name, "table": table, "seed": seed}
            row |= {key: f"{score:.5f}" for key, score in zip(KEYS, scores, strict=True)}
            writer.writerow(row)
            file.flush()
            rows.append(row)
    report(rows)


if __name__ == "__main__":
    main()
