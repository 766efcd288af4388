"""What the default spaces and the portfolios are worth: each estimator with its defaults, and after 30 trials.

Every cell is two searches over `search_spaces="auto"` on at most 400 rows of a real table with three folds, the
defaults first, without and with the portfolio of the estimator next. It is written to a CSV file at once: a run that
was stopped goes on. Scores are accuracy or R2, also on up to 2000 rows that the search has not seen. The tables are
named in `_real_tasks.py`; portfolios were made from others (`portfolio.py`). Estimators without one are searched once.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import time
import warnings
from _statistics import bootstrap_interval
from collections.abc import Iterator
from contextlib import suppress
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
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skhpo import BayesSearchCV
from skhpo.defaults import portfolio

CLASSIFIERS: list[BaseEstimator] = [
    LogisticRegression(max_iter=500),
    SGDClassifier(random_state=0),
    LinearDiscriminantAnalysis(),
    QuadraticDiscriminantAnalysis(),
    GaussianNB(),
    KNeighborsClassifier(),
    SVC(),
    DecisionTreeClassifier(random_state=0),
    # Half of the usual trees: their number is a matter of time.
    RandomForestClassifier(n_estimators=50, random_state=0),
    ExtraTreesClassifier(n_estimators=50, random_state=0),
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
    RandomForestRegressor(n_estimators=50, random_state=0),
    ExtraTreesRegressor(n_estimators=50, random_state=0),
    GradientBoostingRegressor(random_state=0),
    HistGradientBoostingRegressor(random_state=0),
    MLPRegressor(random_state=0),
]
BOOSTERS = {
    "XGBClassifier": ("xgboost", {"n_jobs": 1, "random_state": 0}),
    "XGBRegressor": ("xgboost", {"n_jobs": 1, "random_state": 0}),
    "LGBMClassifier": ("lightgbm", {"n_jobs": 1, "random_state": 0, "verbose": -1}),
    "LGBMRegressor": ("lightgbm", {"n_jobs": 1, "random_state": 0, "verbose": -1}),
}
N_TRIALS, N_FOLDS, EARLY = 30, 3, (5, 10)


def estimators(names: list[str] | None) -> dict[bool, list[BaseEstimator]]:
    """Return classifiers and regressors, with those of packages that are installed."""
    found = {True: list(CLASSIFIERS), False: list(REGRESSORS)}
    for name, (module, arguments) in BOOSTERS.items():
        with suppress(ImportError):
            found["Classifier" in name].append(getattr(importlib.import_module(module), name)(**arguments))
    return {
        kind: [one for one in ones if not names or type(one).__name__ in names]
        for kind, ones in found.items()
    }


def cells(arguments: argparse.Namespace) -> Iterator[tuple[BaseEstimator, str, bool, int]]:
    """Go through all estimators on all tables."""
    models = estimators(arguments.estimators)
    tables = {True: arguments.classification, False: arguments.regression}
    for seed in range(arguments.seeds):
        for kind in (True, False):
            yield from ((model, table, kind, seed) for model in models[kind] for table in tables[kind])


def measure(
    model: BaseEstimator, table: str, is_classification: bool, seed: int, path: str | None
) -> list[float]:
    """Return the scores by the names of `KEYS`."""
    X, y, X_test, y_test = split(table, is_classification, path, seed)
    if not is_classification:
        # Targets of all sizes: some parameters are in their unit.
        mean, sd = y.mean(), y.std()
        y, y_test = (y - mean) / sd, (y_test - mean) / sd
    pipeline = make_pipeline(StandardScaler(), model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            plain = searched(pipeline, [], X, y, seed)
            ours = searched(pipeline, "default", X, y, seed) if portfolio(pipeline, X) else plain
        except (ValueError, np.linalg.LinAlgError) as error:  # some models fail on some tables
            print(f"{type(model).__name__} on {table}: {error!r}"[:300], flush=True)
            return [np.nan] * len(KEYS)
        default = np.nan
        # Discriminant analysis fails where columns depend on each other.
        with suppress(ValueError, np.linalg.LinAlgError):
            default = pipeline.fit(X, y).score(X_test, y_test)
        cv = [early(one, n) for n in (*EARLY, N_TRIALS) for one in (plain, ours)]
        return [plain.trials_[0].score, *cv, default, plain.score(X_test, y_test), ours.score(X_test, y_test)]


def searched(pipeline: BaseEstimator, initial: Any, X: np.ndarray, y: np.ndarray, seed: int) -> BayesSearchCV:
    """Search the default space."""
    kind = KFold if y.dtype.kind == "f" else StratifiedKFold
    folds = kind(N_FOLDS, shuffle=True, random_state=seed)
    search = BayesSearchCV(
        pipeline, n_iter=N_TRIALS, cv=folds, initial_configurations=initial, random_state=seed
    )
    return search.fit(X, y)


def early(search: BayesSearchCV, n: int) -> float:
    """Return the best score of the first n trials."""
    return float(np.nanmax([trial.score for trial in search.trials_[:n]]))


def report(rows: list[dict[str, Any]]) -> None:
    """Print the table, a line for each estimator."""
    print(
        "| estimator | cells | CV: defaults | 5 trials, without / with portfolio | 10 trials | 30 trials "
        "| held out: defaults | 30 trials, without / with | gain over defaults "
        "| gain by portfolio: CV, 5 trials | CV, 10 trials | CV, 30 trials | held out |"
    )
    print("|:--|--:|--:|--:|--:|--:|--:|--:|:--|:--|:--|:--|:--|")
    for name in dict.fromkeys(row["estimator"] for row in rows):
        print(line(name, [row for row in rows if row["estimator"] == name]))
    helped = {row["estimator"] for row in rows if row["test"] != row["test_portfolio"]}
    for kind, models in estimators(None).items():
        names = helped & {type(model).__name__ for model in models}
        label = f"all {'classifiers' if kind else 'regressors'} with a portfolio"
        print(line(label, [row for row in rows if row["estimator"] in names]))


def line(label: str, rows: list[dict[str, Any]]) -> str:
    """Return a line of the table."""
    values = {key: np.array([float(row[key]) for row in rows]) for key in KEYS}
    tables = np.array([row["table"] for row in rows])
    mean = {key: f"{np.nanmean(one):.3f}" for key, one in values.items()}
    return (
        f"| {label} | {len(rows)} | {mean['cv_default']} "
        f"| {mean['cv5']} / {mean['cv5_portfolio']} | {mean['cv10']} / {mean['cv10_portfolio']} "
        f"| {mean['cv30']} / {mean['cv30_portfolio']} | {mean['test_default']} "
        f"| {mean['test']} / {mean['test_portfolio']} "
        f"| {gain(values['test_portfolio'] - values['test_default'], tables)} "
        f"| {gain(values['cv5_portfolio'] - values['cv5'], tables)} "
        f"| {gain(values['cv10_portfolio'] - values['cv10'], tables)} "
        f"| {gain(values['cv30_portfolio'] - values['cv30'], tables)} "
        f"| {gain(values['test_portfolio'] - values['test'], tables)} |"
    )


def gain(differences: np.ndarray, tables: np.ndarray) -> str:
    """Return the mean over tables, and its interval."""
    if not np.any(np.nan_to_num(differences)):
        return "–"
    kept = np.isfinite(differences)
    means = np.array([differences[kept & (tables == table)].mean() for table in dict.fromkeys(tables[kept])])
    low, high = bootstrap_interval(means)
    return f"{means.mean():+.3f} [{low:+.3f}, {high:+.3f}]"


KEYS = (
    *("cv_default", "cv5", "cv5_portfolio", "cv10", "cv10_portfolio", "cv30", "cv30_portfolio"),
    *("test_default", "test", "test_portfolio"),
)


def main() -> None:
    """Measure what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tabular", help="folder with the public tables")
    parser.add_argument("--classification", nargs="+", default=["breast_cancer", "digits", "wine"])
    parser.add_argument("--regression", nargs="+", default=["diabetes"])
    parser.add_argument("--estimators", nargs="+")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--csv", type=Path, default=Path(__file__).parent / "results" / "default_spaces.csv")
    arguments = parser.parse_args()
    until = time.monotonic() + 60 * arguments.minutes
    rows = list(csv.DictReader(arguments.csv.open())) if arguments.csv.exists() else []
    known = {(row["estimator"], row["table"], int(row["seed"])) for row in rows}
    with arguments.csv.open("a", newline="") as file:
        writer = csv.DictWriter(file, ["estimator", "table", "seed", *KEYS], lineterminator="\n")
        if not rows:
            writer.writeheader()
        for model, table, is_classification, seed in cells(arguments):
            name = type(model).__name__
            if (name, table, seed) in known or time.monotonic() > until:
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
