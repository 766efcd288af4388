"""The estimators that portfolios are made for, the configurations that are measured, and the file of their scores."""

from __future__ import annotations

import csv
import importlib
import json
import math
import time
import warnings
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _portfolio_tasks import CLASSIFICATION, REGRESSION, PortfolioTask, load, splits
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.metrics import get_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpo.defaults import SPACES, Size
from skhpo.samplers import SobolSampler
from skhpo.space import Dimension, SearchSpace

BLOCK = 16
NOMINAL = Size(n_samples=400, n_features=20)
FIELDS = ("estimator", "table", "block", "digest", "metric", "scores", "seconds")
#: Module, arguments and number of tasks, which is less where fits take long: the first ten have two classes.
_SKLEARN: dict[str, tuple[str, dict[str, Any], int]] = {
    "LogisticRegression": ("linear_model", {"max_iter": 500}, 20),
    "SGDClassifier": ("linear_model", {"random_state": 0}, 20),
    "SVC": ("svm", {}, 20),
    "KNeighborsClassifier": ("neighbors", {}, 20),
    "GaussianNB": ("naive_bayes", {}, 20),
    "DecisionTreeClassifier": ("tree", {"random_state": 0}, 20),
    "Ridge": ("linear_model", {}, 20),
    "ElasticNet": ("linear_model", {}, 20),
    "SVR": ("svm", {}, 20),
    "KNeighborsRegressor": ("neighbors", {}, 20),
    "DecisionTreeRegressor": ("tree", {"random_state": 0}, 20),
    # Half of the usual trees: their number is not searched, and rankings hardly depend on it.
    "RandomForestClassifier": ("ensemble", {"n_estimators": 50, "random_state": 0}, 12),
    "RandomForestRegressor": ("ensemble", {"n_estimators": 50, "random_state": 0}, 12),
    "ExtraTreesClassifier": ("ensemble", {"n_estimators": 50, "random_state": 0}, 12),
    "ExtraTreesRegressor": ("ensemble", {"n_estimators": 50, "random_state": 0}, 12),
    "GradientBoostingClassifier": ("ensemble", {"random_state": 0}, 10),
    "GradientBoostingRegressor": ("ensemble", {"random_state": 0}, 12),
    "HistGradientBoostingClassifier": ("ensemble", {"random_state": 0}, 10),
    "HistGradientBoostingRegressor": ("ensemble", {"random_state": 0}, 12),
    "MLPClassifier": ("neural_network", {"random_state": 0}, 10),
    "MLPRegressor": ("neural_network", {"random_state": 0}, 12),
}
_BOOSTERS: dict[str, tuple[str, dict[str, Any], int]] = {
    "XGBClassifier": ("xgboost", {"n_jobs": 1, "random_state": 0}, 10),
    "XGBRegressor": ("xgboost", {"n_jobs": 1, "random_state": 0}, 12),
    "LGBMClassifier": ("lightgbm", {"n_jobs": 1, "random_state": 0, "verbose": -1}, 10),
    "LGBMRegressor": ("lightgbm", {"n_jobs": 1, "random_state": 0, "verbose": -1}, 12),
}
ESTIMATORS = {name: (f"sklearn.{module}", *rest) for name, (module, *rest) in _SKLEARN.items()} | _BOOSTERS


class Scores(NamedTuple):
    """The scores of a block of configurations on one task, by metric."""

    by_metric: dict[str, list[float]]
    seconds: float


@lru_cache
def make(name: str) -> BaseEstimator:
    """Return an estimator with its own parameters."""
    module, arguments, _ = ESTIMATORS[name]
    return getattr(importlib.import_module(module), name)(**arguments)


def tasks(name: str) -> list[PortfolioTask]:
    """Return the tasks that an estimator is measured on."""
    return (CLASSIFICATION if is_classifier(make(name)) else REGRESSION)[: ESTIMATORS[name][2]]


@lru_cache
def configurations(name: str, n: int) -> list[dict[str, Any]]:
    """Return an estimator's default, as an empty dict, and points of a Sobol sequence in its default space."""
    dimensions = dict(SPACES[name].make(make(name), NOMINAL))
    drawn = SobolSampler().sample(SearchSpace(dimensions), [], 255, np.random.default_rng(0))
    rounded = [
        {parameter: round_in(dimensions[parameter], value) for parameter, value in one.configuration.items()}
        for one in drawn
    ]
    distinct = list({json.dumps(one, sort_keys=True): one for one in rounded}.values())
    return [{}, *distinct][:n]


def round_in(dimension: Dimension, value: Any) -> Any:
    """Round a number to two digits, unless that leads out of its dimension."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    digits = 1 - math.floor(math.log10(abs(value))) if value else 0
    rounded = type(value)(round(value, digits))
    return rounded if dimension.contains(rounded) else value


def digest(name: str, block: int) -> str:
    """Return what tells scores of other configurations, or of another estimator, apart."""
    module, arguments, _ = ESTIMATORS[name]
    found = configurations(name, (block + 1) * BLOCK)[block * BLOCK :]
    return sha256(json.dumps([arguments, found], sort_keys=True).encode()).hexdigest()[:8]


def fitted_to(configuration: dict[str, Any], n_features: int) -> dict[str, Any]:
    """Return a configuration for data with so many columns: the width of a kernel is that for one column."""
    found = dict(configuration)
    if "gamma" in found:
        found["gamma"] = found["gamma"] * NOMINAL.n_features / n_features
    return found


def measure(name: str, task: PortfolioTask, block: int) -> Scores:
    """Score a block of configurations on a task."""
    is_classification = is_classifier(make(name))
    X, y = load(task, is_classification)
    metrics = ["r2"]
    if is_classification:
        metrics = ["accuracy", "roc_auc" if y.max() == 1 else "balanced_accuracy"]
    scorers = [get_scorer(metric) for metric in metrics]
    found: list[np.ndarray] = []
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for configuration in configurations(name, (block + 1) * BLOCK)[block * BLOCK :]:
            model = clone(make(name)).set_params(**fitted_to(configuration, X.shape[1]))
            found.append(
                np.mean([score(model, X, y, *one, scorers) for one in splits(y, is_classification)], axis=0)
            )
    by_metric = {metric: [float(one[i]) for one in found] for i, metric in enumerate(metrics)}
    return Scores(by_metric, time.process_time() - start)


def score(
    model: BaseEstimator,
    X: np.ndarray,
    y: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    scorers: list[Any],
) -> list[float]:
    """Fit and score a model once, NaN if it fails."""
    pipeline = make_pipeline(StandardScaler(), clone(model))
    try:
        pipeline.fit(X[train], y[train])
        return [float(scorer(pipeline, X[test], y[test])) for scorer in scorers]
    except ValueError:
        return [np.nan] * len(scorers)


class ScoreFile:
    """A CSV file of scores; lines of configurations that are no more are not used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[tuple[str, str, int, str], list[float]] = {}
        self.seconds: dict[str, float] = {}
        if path.exists():
            with path.open(newline="") as lines:
                for row in csv.DictReader(lines):
                    if row["digest"] == digest(row["estimator"], int(row["block"])):
                        self._keep(row)

    def _keep(self, row: dict[str, Any]) -> None:
        key = row["estimator"], row["table"], int(row["block"]), row["metric"]
        self._rows[key] = [float(value) for value in row["scores"].split()]
        self.seconds[row["estimator"]] = self.seconds.get(row["estimator"], 0.0) + float(row["seconds"])

    def n_blocks(self, name: str, table: str) -> int:
        """Return how many blocks are there."""
        return len({block for one, other, block, _ in self._rows if (one, other) == (name, table)})

    def add(self, name: str, task: PortfolioTask, block: int, scores: Scores) -> None:
        """Append the scores of a block."""
        is_new = not self._path.exists()
        with self._path.open("a", newline="") as lines:
            writer = csv.DictWriter(lines, FIELDS, lineterminator="\n")
            if is_new:
                writer.writeheader()
            for i, (metric, values) in enumerate(scores.by_metric.items()):
                start = (name, task.table, block, digest(name, block), metric)
                seconds = f"{scores.seconds:.1f}" if i == 0 else "0"
                texts = " ".join(f"{value:.4f}" for value in values)
                row = dict(zip(FIELDS, (*start, texts, seconds), strict=True))
                writer.writerow(row)
                self._keep(row)

    def matrix(self, name: str) -> tuple[list[str], np.ndarray]:
        """Return the tables, and the scores by table, metric and configuration, of what all tables have."""
        measured = [task.table for task in tasks(name) if self.n_blocks(name, task.table)]
        n_blocks = min((self.n_blocks(name, table) for table in measured), default=0)
        found = []
        for table in measured:
            metrics = dict.fromkeys(one[3] for one in self._rows if one[:2] == (name, table))
            lines = [sum((self._rows[name, table, b, m] for b in range(n_blocks)), []) for m in metrics]
            found.append(lines)
        return measured, np.array(found)
