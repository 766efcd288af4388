"""Population-based training beside searches for fixed hyperparameters, at as many epochs of training.

Every search may train its models for 600 epochs in all, 30 at most for each: a population of 20 in 10 generations of 3
epochs, 20 random configurations, or Hyperband with the brackets that fit. Random search is run twice: with constant
learning rates, and with scikit-learn's own schedules among the hyperparameters. Up to 1000 rows are searched on, with
one split; the refitted winner is scored on up to 2000 other rows. A row of the table is the mean over data sets and
seeds of the validation and the test accuracy, and its difference from the first row with a bootstrap interval over the
pairs of a data set and a seed. Tables as in ``_real_tasks.py``.
"""

from __future__ import annotations

import argparse
import time
import warnings
from _statistics import bootstrap_interval
from collections.abc import Callable
from typing import Any

import numpy as np
from _real_tasks import table
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import ShuffleSplit, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import HyperbandSearchCV, PopulationSearchCV, RandomizedSearchCV, Real
from skhpo.samplers import EXPLOIT, EXPLORE

N_MEMBERS, N_GENERATIONS, STEP = 20, 10, 3
EPOCHS = N_GENERATIONS * STEP
N_TRAIN, N_TEST = 1000, 2000

RATE = Real(1e-4, 1.0, prior="log-uniform")
PENALTY = Real(1e-6, 1e-1, prior="log-uniform")
SCHEDULES = ["constant", "invscaling", "adaptive"]
MODELS: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
    "MLPClassifier": (
        MLPClassifier((32,), solver="sgd", batch_size=32, max_iter=EPOCHS, tol=0.0, n_iter_no_change=10_000),
        {"learning_rate_init": RATE, "momentum": Real(0.0, 0.99), "alpha": PENALTY},
        {"learning_rate": SCHEDULES, "power_t": Real(0.1, 1.0)},
    ),
    "SGDClassifier": (
        SGDClassifier(loss="log_loss", learning_rate="constant", eta0=0.01, max_iter=EPOCHS, tol=None),
        {"eta0": RATE, "alpha": PENALTY},
        {"learning_rate": [*SCHEDULES, "optimal"], "power_t": Real(0.1, 1.0)},
    ),
}


def population(exploit: str, explore: str) -> Callable[..., Any]:
    """Return a maker of population searches."""

    def make(estimator: Any, space: dict[str, Any], _: dict[str, Any], **common: Any) -> Any:
        return PopulationSearchCV(
            estimator,
            space,
            population_size=N_MEMBERS,
            n_generations=N_GENERATIONS,
            step=STEP,
            exploit=exploit,
            explore=explore,
            initial_configurations=None,
            **common,
        )

    return make


def random_constant(estimator: Any, space: dict[str, Any], _: dict[str, Any], **common: Any) -> Any:
    """Search at random with constant learning rates."""
    return RandomizedSearchCV(estimator, space, n_iter=N_MEMBERS, **common)


def random_schedules(estimator: Any, space: dict[str, Any], schedules: dict[str, Any], **common: Any) -> Any:
    """Search at random with scikit-learn's own schedules."""
    return RandomizedSearchCV(estimator, space | schedules, n_iter=N_MEMBERS, **common)


def hyperband(estimator: Any, space: dict[str, Any], _: dict[str, Any], **common: Any) -> Any:
    """Search with Hyperband, with constant learning rates."""
    search = HyperbandSearchCV(
        estimator, space, resource="epochs", max_resources=EPOCHS, sampler="random", **common
    )
    return search.set_params(initial_configurations=None)


SEARCHES: dict[str, Callable[..., Any]] = {
    f"population, {exploit}, {explore}": population(exploit, explore)
    for exploit in sorted(EXPLOIT, reverse=True)
    for explore in sorted(EXPLORE)
} | {
    "random": random_constant,
    "random, schedules": random_schedules,
    "Hyperband": hyperband,
}


def prefixed(model: Any, space: dict[str, Any]) -> dict[str, Any]:
    """Return a space for the model as the step of a pipeline."""
    return {f"{type(model).__name__.lower()}__{name}": value for name, value in space.items()}


def n_epochs(search: Any) -> int:
    """Count the epochs that a search has paid for."""
    if isinstance(search, PopulationSearchCV):
        return sum(STEP for _ in search.trials_)
    return sum(trial.resource or EPOCHS for trial in search.trials_)


def run(model: str, data: str, seed: int, name: str, path: str) -> tuple[float, float, float, float]:
    """Run one search; returns validation and test accuracy, epochs and CPU seconds."""
    estimator, space, schedules = MODELS[model]
    X, y = table(data, path, True)
    n_train = min(N_TRAIN, int(0.6 * len(X)))
    X, X_test, y, y_test = train_test_split(
        X,
        y,
        train_size=n_train,
        test_size=min(N_TEST, len(X) - n_train),
        stratify=y,
        random_state=seed,
    )
    search = SEARCHES[name](
        make_pipeline(StandardScaler(), estimator.set_params(random_state=seed)),
        prefixed(estimator, space),
        prefixed(estimator, schedules),
        cv=ShuffleSplit(1, test_size=0.3, random_state=seed),
        random_state=seed,
    )
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    return search.best_score_, search.score(X_test, y_test), n_epochs(search), time.process_time() - started


def main() -> None:
    """Print a table for each model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", default=".", help="folder of the CSV files")
    parser.add_argument("--data", nargs="+", default=["digits", "phoneme", "winequality-red"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--searches", nargs="+", default=list(SEARCHES))
    arguments = parser.parse_args()
    cells = [(data, seed) for data in arguments.data for seed in range(arguments.seeds)]
    for model in arguments.models:
        print(f"### {model}: {', '.join(arguments.data)}, {arguments.seeds} seeds\n")
        print(
            "| search | validation | test | test, difference | epochs | CPU seconds |\n|---|---|---|---|---|---|"
        )
        first = None
        for name in arguments.searches:
            results = np.array([run(model, *cell, name, arguments.tables) for cell in cells])
            first = results if first is None else first
            validation, test, epochs, seconds = results.mean(axis=0)
            differences = results[:, 1] - first[:, 1]
            low, high = bootstrap_interval(differences)
            print(
                f"| {name} | {validation:.4f} | {test:.4f} | {differences.mean():+.4f} [{low:+.4f}, {high:+.4f}] "
                f"| {epochs:.0f} | {seconds:.1f} |",
                flush=True,
            )
        print()


if __name__ == "__main__":
    main()
