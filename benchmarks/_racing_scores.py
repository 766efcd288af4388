"""The score matrices of `racing.py`: random configurations by folds, of real models on small real tables.

Each is computed once and kept in a JSON file. The old cases are those of the first measurement; the others are split
in two halves: rules are tuned on one and confirmed on the other, with the old ones. What was learnt from confirming is
confirmed again on fresh ones: other configurations, rows and folds of the models and tables of both.
"""

from __future__ import annotations

import json
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _problems import code, draw
from _real_models import FOREST, SCALER, SGD, SVM, SVM_ITERATIONS, TASKS, Task, scaled
from _real_tasks import BUNDLED, table
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.svm import SVC

N_CONFIGURATIONS, N_ROWS, FOLDS = 40, 500, (5, 10)
LOG_LOSS, MSE, MAE = "neg_log_loss", "neg_mean_squared_error", "neg_mean_absolute_error"


class Case(NamedTuple):
    """A model on a table, and how it is scored."""

    key: str
    half: str  # "old", "tuning", "confirmation" or "fresh"
    task: Task
    scoring: str
    n_rows: int = N_ROWS
    seed: int = 0  # of the rows and the folds

    @property
    def bound(self) -> float:
        """The metric's best possible value."""
        return 0.0 if self.scoring.startswith("neg_") else 1.0


class Matrix(NamedTuple):
    """The scores of one case with one number of folds."""

    key: str
    half: str
    bound: float
    scores: np.ndarray  # (n_configurations, n_folds)


BY_KEY = {task.key: task for task in TASKS}
OLD_MODELS = {
    "svc": ((SCALER, *SVM), scaled(SVC, max_iter=SVM_ITERATIONS)),
    "forest": (FOREST, scaled(RandomForestClassifier, random_state=0)),
    "sgd": (SGD, scaled(SGDClassifier, max_iter=30, random_state=0)),
}


def old(model: str, name: str) -> Case:
    """Return a case of the first measurement: accuracy on at most 600 rows."""
    key = f"{model}_{name}"
    return Case(key, "old", Task(key, name, True, *OLD_MODELS[model]), "accuracy", 600)


def new(task_key: str, half: str, scoring: str, other_table: str = "") -> Case:
    """Return a case of a real task, or of its model on another table."""
    task = BY_KEY[task_key]
    name = other_table or task.table
    model = task_key.split("_")[0]
    return Case(f"{model}_{name}_{scoring}", half, task._replace(table=name), scoring)


FIRST: tuple[Case, ...] = (
    *(old(model, name) for model in OLD_MODELS for name in ("breast_cancer", "wine", "digits")),
    new("logistic_wine", "tuning", LOG_LOSS),
    new("logistic_ecoli", "confirmation", "accuracy"),
    new("sgd_phoneme", "tuning", "roc_auc"),
    new("neighbours_ecoli", "confirmation", LOG_LOSS),
    new("boosting_banknote", "tuning", LOG_LOSS),
    new("forest_phoneme", "confirmation", "roc_auc"),
    new("mlp_breast_cancer", "tuning", "roc_auc"),
    new("choice_breast_cancer", "confirmation", "accuracy"),
    new("choice_phoneme", "tuning", "accuracy"),
    new("elasticnet_wine_quality", "confirmation", MSE),
    new("ridge_diabetes", "tuning", "r2"),
    new("svr_diabetes", "confirmation", MSE),
    new("boosting_wine_quality", "tuning", MSE),
    new("trees_abalone", "confirmation", "r2"),
    new("mlp_abalone", "tuning", "r2"),
    new("choice_abalone", "confirmation", MSE),
    new("neighbours_ecoli", "tuning", "roc_auc", "phoneme"),
    new("logistic_wine", "confirmation", LOG_LOSS, "breast_cancer"),
    new("forest_phoneme", "tuning", "accuracy", "ecoli"),
    new("mlp_breast_cancer", "confirmation", "accuracy", "digits"),
    new("trees_abalone", "tuning", MAE, "diabetes"),
    new("boosting_banknote", "confirmation", "accuracy", "phoneme"),
    new("svr_diabetes", "tuning", "r2", "winequality-red"),
    new("elasticnet_wine_quality", "confirmation", "r2", "abalone"),
)
# Slow ones are not drawn again.
FRESH = tuple(
    case._replace(key=f"{case.key}_fresh", half="fresh", seed=1)
    for case in FIRST
    if case.half in ("old", "confirmation")
    and case.key not in ("forest_phoneme_roc_auc", "mlp_digits_accuracy")
)
CASES = FIRST + FRESH


def load(case: Case, tabular: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the case's rows."""
    X, y = table(case.task.table, tabular, case.task.is_classification)
    if len(X) <= case.n_rows:
        return X, y
    strata = y if case.task.is_classification else None
    X, _, y, _ = train_test_split(X, y, train_size=case.n_rows, stratify=strata, random_state=case.seed)
    return X, y


def score(case: Case, X: np.ndarray, y: np.ndarray) -> dict[int, list[list[float]]]:
    """Cross-validate random configurations, by number of folds; those that raise or score NaN are drawn again."""
    kind = StratifiedKFold if case.task.is_classification else KFold
    splits = {k: list(kind(k, shuffle=True, random_state=case.seed).split(X, y)) for k in FOLDS}
    scorer = get_scorer(case.scoring)
    rng = np.random.default_rng([code(case.key), 0])
    found: dict[int, list[list[float]]] = {k: [] for k in FOLDS}
    while len(found[FOLDS[0]]) < N_CONFIGURATIONS:
        estimator = case.task.build(draw(case.task.parameters, rng))
        try:
            rows = {
                k: [float(scorer(clone(estimator).fit(X[a], y[a]), X[b], y[b])) for a, b in pairs]
                for k, pairs in splits.items()
            }
        except ValueError:  # what some configurations rightly raise
            continue
        if np.all(np.isfinite([value for row in rows.values() for value in row])):
            for k, row in rows.items():
                found[k].append(row)
    return found


def compute(path: Path, tabular: str | None) -> None:
    """Compute the matrices that the file lacks; tables which are missing are skipped with a line."""
    known = json.loads(path.read_text()) if path.exists() else {}
    for case in CASES:
        if case.key in known:
            continue
        name = case.task.table
        if name not in BUNDLED and not (tabular and (Path(tabular) / f"{name}.csv").exists()):
            print(f"skipped: {case.key} (--tabular PATH); data: https://archive.ics.uci.edu")
            continue
        X, y = load(case, tabular)
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            known[case.key] = {str(k): rows for k, rows in score(case, X, y).items()}
        seconds = time.process_time() - start
        print(f"{case.key}: {seconds:.1f} s, {1000 * seconds / N_CONFIGURATIONS / sum(FOLDS):.0f} ms per fit")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(known))


def read(path: Path, n_folds: int) -> list[Matrix]:
    """Return the matrices with so many folds."""
    known = json.loads(path.read_text())
    return [
        Matrix(case.key, case.half, case.bound, np.array(known[case.key][str(n_folds)]))
        for case in CASES
        if case.key in known
    ]
