"""What continued training saves: CPU time of a halving ladder, refitted at every rung over trained on.

27 trials get an amount m of the resource, 9 of them 3 m, 3 of them 9 m, one 27 m: factor 3, 4 rungs. Every rung costs
27 m when refitted; those who go on pay 2/3 of that on all rungs but the first, so that the arithmetic limit of the
ratio is 4/3. Writing and reading the kept models is in the figures. Rows with "refitted" are of estimators for which
the table of families says so: there, both ladders do the same.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import sklearn
from sklearn.datasets import load_digits, make_classification
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import Perceptron, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from sklearn.utils._testing import ignore_warnings

from skhpo.evaluation import Keeper, Task, make_resource
from skhpo.evaluation._continue import Training, can_go_on
from skhpo.trial import Job

FACTOR, N_RUNGS = 3, 4


class Case(NamedTuple):
    """One row of the table."""

    label: str
    estimator: Any
    resource: str
    lowest: int
    data: str


CASES = [
    Case("GradientBoosting", GradientBoostingClassifier(), "n_estimators", 4, "digits"),
    Case("GradientBoosting", GradientBoostingClassifier(), "n_estimators", 2, "5000 x 60"),
    Case(
        "GradientBoosting, subsample=0.5",
        GradientBoostingClassifier(subsample=0.5),
        "n_estimators",
        2,
        "5000 x 60",
    ),
    Case(
        "HistGradientBoosting", HistGradientBoostingClassifier(early_stopping=False), "max_iter", 4, "digits"
    ),
    Case(
        "HistGradientBoosting",
        HistGradientBoostingClassifier(early_stopping=False),
        "max_iter",
        10,
        "20000 x 60",
    ),
    Case("RandomForest", RandomForestClassifier(), "n_estimators", 8, "digits"),
    Case("RandomForest, max_depth=8", RandomForestClassifier(max_depth=8), "n_estimators", 1, "20000 x 60"),
    Case("ExtraTrees", ExtraTreesClassifier(), "n_estimators", 8, "digits"),
    Case("Bagging", BaggingClassifier(), "n_estimators", 8, "digits"),
    Case("MLP", MLPClassifier(), "epochs", 3, "digits"),
    Case("MLP", MLPClassifier(), "epochs", 1, "20000 x 60"),
    Case("GaussianNB", GaussianNB(), "epochs", 3, "20000 x 60"),
    Case(
        "Pipeline: scaler, HistGradientBoosting",
        make_pipeline(StandardScaler(), HistGradientBoostingClassifier(early_stopping=False)),
        "histgradientboostingclassifier__max_iter",
        10,
        "20000 x 60",
    ),
    Case(
        "Pipeline: quantiles, GradientBoosting",
        make_pipeline(QuantileTransformer(), GradientBoostingClassifier()),
        "gradientboostingclassifier__n_estimators",
        2,
        "5000 x 60",
    ),
    Case("Pipeline: scaler, MLP", make_pipeline(StandardScaler(), MLPClassifier()), "epochs", 3, "digits"),
    Case("SGD", SGDClassifier(), "epochs", 3, "digits"),
    Case("SGD", SGDClassifier(), "epochs", 3, "20000 x 60"),
    Case("Perceptron", Perceptron(), "epochs", 3, "20000 x 60"),
    Case("SGD, max_iter, tol=None", SGDClassifier(tol=None), "max_iter", 3, "20000 x 60"),
    Case("MLP, max_iter", MLPClassifier(), "max_iter", 3, "digits"),
]


def data_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the data of a row."""
    if name == "digits":
        return load_digits(return_X_y=True)
    n_rows, n_columns = map(int, name.split(" x "))
    return make_classification(n_rows, n_columns, n_informative=15, random_state=0)


def rungs(lowest: int) -> list[tuple[int, int]]:
    """Return (amount, number of trials) of each rung."""
    return [(lowest * FACTOR**i, FACTOR ** (N_RUNGS - 1 - i)) for i in range(N_RUNGS)]


def climb(task: Task, case: Case, seed: int, *, is_continued: bool) -> float:
    """Return the CPU seconds of the ladder."""
    most = rungs(case.lowest)[-1][0]
    train, _ = task.splits[0]
    X, y = task.X[train], task.y[train]
    names = [name for name in task.estimator.get_params() if name.rpartition("__")[2] == "random_state"]
    with Keeper(most=most) as keeper:
        task = replace(task, keeper=keeper if is_continued else None)
        start = time.process_time()
        for amount, n_trials in rungs(case.lowest):
            for number in range(n_trials):
                training = Training(task, Job(number, dict.fromkeys(names, 100 * seed + number), 0, amount))
                training.run(X, y, {})
                training.keep()
        return time.process_time() - start


def call_by_call(estimator: Any, task: Task, case: Case, *, is_continued: bool) -> float:
    """Return the CPU seconds of a ladder of SGD: one `partial_fit` for each new epoch, or a fit at every rung."""
    train, _ = task.splits[0]
    X, y = task.X[train], task.y[train]
    models = [sklearn.clone(estimator) for _ in range(FACTOR ** (N_RUNGS - 1))]
    classes, done = np.unique(y), 0
    start = time.process_time()
    for amount, n_trials in rungs(case.lowest):
        for model in models[:n_trials]:
            if is_continued:
                for _ in range(amount - done):
                    model.partial_fit(X, y, classes=classes)
            else:
                model.set_params(max_iter=amount, tol=None).fit(X, y)
        done = amount
    return time.process_time() - start


def ratios(run: Callable[..., float], repetitions: int) -> tuple[list[float], list[float]]:
    """Return refitted over continued, and the seconds of refitting; which comes first alternates."""
    quotients, refitted = [], []
    for seed in range(repetitions):
        order = (False, True) if seed % 2 else (True, False)
        seconds = {is_continued: run(seed, is_continued=is_continued) for is_continued in order}
        quotients.append(seconds[False] / seconds[True])
        refitted.append(seconds[False])
    return quotients, refitted


def print_row(label: str, case: Case, how: str, run: Callable[..., float], repetitions: int) -> None:
    """Print one row."""
    quotients, refitted = ratios(run, repetitions)
    top = rungs(case.lowest)[-1][0]
    print(
        f"| {label} | {case.data} | {case.resource.rpartition('__')[2]} {case.lowest}..{top} | {how} | "
        f"{median(refitted):.2f} s | {median(quotients):.2f} | {min(quotients):.2f} | {max(quotients):.2f} |",
        flush=True,
    )


@ignore_warnings(category=Warning)
def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5, help="the median of these is shown")
    parser.add_argument("--cases", nargs="+", help="only rows whose label begins with one of these")
    arguments = parser.parse_args()
    print("CPU time of refitting at every rung / training on; 27, 9, 3 and 1 trials, the limit is 1.33")
    print(f"scikit-learn {sklearn.__version__}, numpy {np.__version__}\n")
    print("| estimator | data | resource | how | refitting takes | ratio | lowest | highest |")
    print("|---|---|---|---|--:|--:|--:|--:|")
    for case in CASES:
        if arguments.cases and not case.label.startswith(tuple(arguments.cases)):
            continue
        X, y = data_of(case.data)
        is_train = np.random.default_rng(0).random(len(X)) < 0.8
        split = np.flatnonzero(is_train), np.flatnonzero(~is_train)
        task = Task(case.estimator, X, y, [split], None, {}, {}, False, "raise")
        task = replace(task, resource=make_resource(case.resource, task))
        how = "continued" if can_go_on(case.estimator, case.resource, {}) else "refitted"

        def run(seed: int, *, is_continued: bool, task: Task = task, case: Case = case) -> float:
            return climb(task, case, seed, is_continued=is_continued)

        print_row(case.label, case, how, run, arguments.repetitions)
        if case.label == "SGD":

            def by_call(seed: int, *, is_continued: bool, task: Task = task, case: Case = case) -> float:
                model = sklearn.clone(case.estimator).set_params(random_state=seed)
                return call_by_call(model, task, case, is_continued=is_continued)

            print_row("SGD, were it continued", case, "partial_fit", by_call, arguments.repetitions)


if __name__ == "__main__":
    main()
