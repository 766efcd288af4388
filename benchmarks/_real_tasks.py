"""Tuning of scikit-learn's models on small real tables: three-fold CV scores, noisy as everybody's are.

Each seed has its own split: at most 400 rows are searched on, up to 2000 others are held out. The tables which are not
bundled with scikit-learn are public: https://archive.ics.uci.edu (phoneme: https://www.openml.org/d/1489), as CSV
without a header and with the target in the last column.
"""

from __future__ import annotations

import json
import sqlite3
import time
import warnings
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _problems import Configuration, Evaluation, Problem
from _real_models import TASKS, Task
from sklearn import datasets
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

N_TRAIN, N_HELD_OUT, N_FOLDS = 400, 2000, 3


def digits_parity(return_X_y: bool) -> tuple[np.ndarray, np.ndarray]:
    """Load the digits, with two classes: even and odd."""
    X, y = datasets.load_digits(return_X_y=return_X_y)
    return X, y % 2


BUNDLED = {
    "breast_cancer": datasets.load_breast_cancer,
    "digits": datasets.load_digits,
    "digits_parity": digits_parity,
    "wine": datasets.load_wine,
    "iris": datasets.load_iris,
    "diabetes": datasets.load_diabetes,
}
SCHEMA = "CREATE TABLE IF NOT EXISTS scores (key TEXT PRIMARY KEY, folds TEXT, test REAL, seconds REAL)"


@lru_cache
def table(name: str, path: str | None, is_classification: bool) -> tuple[np.ndarray, np.ndarray]:
    """Load a table as numbers; classes with less than 20 rows are left out."""
    if name in BUNDLED:
        return BUNDLED[name](return_X_y=True)
    frame = pd.read_csv(Path(path or "") / f"{name}.csv", header=None)
    target = frame.pop(frame.columns[-1])
    if not is_classification:
        return pd.get_dummies(frame).to_numpy(float), target.to_numpy(float)
    frequent = target.map(target.value_counts()).to_numpy() >= 20
    codes = pd.factorize(target[frequent], sort=True)[0]
    return pd.get_dummies(frame[frequent]).to_numpy(float), codes


@lru_cache(maxsize=4)
def split(
    name: str, is_classification: bool, path: str | None, seed: int, n_train: int = N_TRAIN
) -> tuple[np.ndarray, ...]:
    """Return the searched part, of at most so many rows, and the held-out part: X, y, X, y."""
    X, y = table(name, path, is_classification)
    n_train = min(n_train, int(0.6 * len(X)))
    n_held_out = min(N_HELD_OUT, len(X) - n_train)
    strata = y if is_classification else None
    X, X_test, y, y_test = train_test_split(
        X, y, train_size=n_train, test_size=n_held_out, stratify=strata, random_state=seed
    )
    return X, y, X_test, y_test


def cross_validate(estimator: BaseEstimator, X: np.ndarray, y: np.ndarray, folds: Any) -> tuple[float, ...]:
    """Return the score on each fold; raises if one fails."""
    return tuple(
        float(clone(estimator).fit(X[train], y[train]).score(X[test], y[test]))
        for train, test in folds.split(X, y)
    )


def measure(task: Task, path: str | None, configuration: Configuration, seed: int) -> Evaluation:
    """Cross-validate a configuration, then fit it on all searched rows and score it on those held out."""
    X, y, X_test, y_test = split(task.table, task.is_classification, path, seed)
    kind = StratifiedKFold if task.is_classification else KFold
    folds = kind(N_FOLDS, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.process_time()
        try:
            estimator = task.build(configuration)
            scores = cross_validate(estimator, X, y, folds)
            seconds = time.process_time() - start
            test = float(clone(estimator).fit(X, y).score(X_test, y_test))
        except ValueError:  # what some configurations rightly raise
            return Evaluation(np.nan, np.nan, time.process_time() - start)
        return Evaluation(float(np.mean(scores)), test, seconds, scores)


@lru_cache
def store(path: str) -> sqlite3.Connection:
    """Open the scores that have been measured before."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    connection.execute(SCHEMA)
    return connection


def evaluate(
    task: Task, tabular: str | None, scores: str, configuration: Configuration, seed: int, number: int
) -> Evaluation:
    """Look a configuration up, or measure it and remember it."""
    key = json.dumps([task.key, seed, configuration], sort_keys=True)
    row = store(scores).execute("SELECT folds, test, seconds FROM scores WHERE key = ?", (key,)).fetchone()
    if row:
        folds = tuple(json.loads(row[0]))
        return Evaluation(
            float(np.mean(folds)) if folds else np.nan, row[1] if folds else np.nan, row[2], folds
        )
    found = measure(task, tabular, configuration, seed)
    test = found.test if found.folds else None
    values = (key, json.dumps(found.folds), test, found.seconds)
    store(scores).execute("INSERT OR REPLACE INTO scores VALUES (?, ?, ?, ?)", values)
    return found


def build(task: Task, tabular: str | None, scores: str) -> Problem:
    """Make a problem of a task."""
    run = partial(evaluate, task, tabular, scores)
    return Problem(task.key, "real", task.parameters, run, default=task.default)


def problems(tabular: str | None, scores: str) -> dict[str, Callable[[], Problem]]:
    """Return builders of the tasks by name; those whose table is missing are skipped with a line."""
    found, missing = {}, set()
    for task in TASKS:
        if task.table in BUNDLED or (tabular and (Path(tabular) / f"{task.table}.csv").exists()):
            found[task.key] = partial(build, task, tabular, scores)
        else:
            missing.add(task.table)
    if missing:
        names = ", ".join(sorted(missing))
        print(f"skipped: tasks on {names} (--tabular PATH); data: https://archive.ics.uci.edu")
    return found
