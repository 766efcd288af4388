"""Best held-out score as a function of CPU time: racing, Hyperband and halving beside full searches and the peers.

Three families of models on six real tables; at most 400 rows are searched, with five folds. Two more families, which
are trained for long, are run if they are asked for; up to 600 rows are searched then. The yardstick is scikit-learn's
random search with 40 trials. Every search runs in one process with one thread; its clock is the CPU
time of the process, its own overhead included. A callable as `scoring` notes the time of each score, so that all are
clocked alike. A configuration counts from its last score with the largest amount of the resource that the search
gives. Its CV score is the search's own where all folds had the whole resource, else it is computed again, off the
clock; so is the held-out score of the model that is refitted on all searched rows. Finished runs are kept in a CSV
file and not repeated.
"""

from __future__ import annotations

import argparse
import importlib
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _fidelity import (
    ENTRIES,
    FAMILIES,
    N_FOLDS,
    SHORT_FAMILIES,
    TABLES,
    YARDSTICK,
    Problem,
    Request,
    problem_of,
)
from _fidelity_runs import Run, RunFile
from _fidelity_tables import print_report
from _problems import Configuration
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import cross_val_score

NEAR = 1e-9  # sums of the same scores in another order
LOWEST = -10.0  # a diverged network's R2 is not a number, and has to be one for OptunaSearchCV


class Clock:
    """A scorer that notes when each configuration was scored last."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self.ends: dict[tuple[Any, ...], float] = {}
        self.start = time.process_time()

    def key(self, parameters: Configuration) -> tuple[Any, ...]:
        """Return what tells a configuration from others."""
        return tuple(parameters[name] for name in self._names)

    def __call__(self, estimator: BaseEstimator, X: np.ndarray, y: np.ndarray) -> float:
        """Return the estimator's own score."""
        score = own_score(estimator, X, y)
        self.ends[self.key(estimator.get_params())] = time.process_time() - self.start
        return score


def own_score(estimator: BaseEstimator, X: np.ndarray, y: np.ndarray) -> float:
    """Return accuracy or R2; predictions that are not finite have the lowest."""
    try:
        return max(float(estimator.score(X, y)), LOWEST)
    except ValueError:
        return LOWEST


class Found(NamedTuple):
    """A configuration that a search has measured as well as it measures any."""

    seconds: float
    score: float
    is_whole: bool  # all folds with all of the resource
    params: Configuration


def found_by(search: Any, clock: Clock, problem: Problem) -> list[Found]:
    """Return what may become the winner, in the order of time."""
    if hasattr(search, "study_") and hasattr(search, "n_trials_"):  # Optuna's
        complete = [one for one in search.trials_ if one.state.name == "COMPLETE"]
        rows = [(one.params, one.value, True) for one in complete]
    else:
        rows = list(
            measured_rows(search, len(problem.X) if problem.family.most is None else problem.family.most)
        )
    kept = [
        Found(clock.ends[clock.key(params)], float(score), is_whole, params)
        for params, score, is_whole in rows
        if np.isfinite(score)
    ]
    return sorted(kept, key=lambda one: one.seconds)


def measured_rows(search: Any, whole: int) -> Iterator[tuple[Configuration, float, bool]]:
    """Yield the rows with the largest resource, less those whose race was stopped."""
    results = search.cv_results_
    n_rows = len(results["params"])
    amounts = np.asarray(results.get("n_resources", np.full(n_rows, whole)))
    status = np.asarray(results.get("status", np.full(n_rows, "complete")))
    for i in np.flatnonzero((amounts == amounts.max()) & (status != "pruned")):
        yield results["params"][i], results["mean_test_score"][i], bool(amounts[i] == whole)


class Judge:
    """Computes scores off the clock, each once."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem

    def _model(self, params: Configuration) -> BaseEstimator:
        names = [one.name for one in self._problem.family.parameters]
        return clone(self._problem.estimator).set_params(**{name: params[name] for name in names})

    def cross_validate(self, found: Found) -> float:
        """Return the CV score with the whole resource."""
        if found.is_whole:
            return found.score
        X, y = self._problem.X, self._problem.y
        return float(cross_val_score(self._model(found.params), X, y, cv=N_FOLDS, scoring=own_score).mean())

    def held_out(self, found: Found) -> float:
        """Return the held-out score after a refit with the whole resource."""
        problem = self._problem
        model = self._model(found.params).fit(problem.X, problem.y)
        return own_score(model, problem.X_test, problem.y_test)


def incumbents(found: list[Found]) -> list[Found]:
    """Leave out what was no improvement."""
    held: list[Found] = []
    for one in found:
        if not held or one.score > held[-1].score + NEAR:
            held.append(one)
    return held


def run(family: str, table: str, entry: str, seed: int, tabular: str | None) -> Run:
    """Run one search, then judge what it found."""
    problem = problem_of(family, table, tabular, seed)
    clock = Clock([one.name for one in problem.family.parameters])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = ENTRIES[entry].build(Request(problem, clock, seed))
        clock.start = time.process_time()
        search.fit(problem.X, problem.y)
        total = time.process_time() - clock.start
        found, judge = found_by(search, clock, problem), Judge(problem)
        held = incumbents(found)
        lists = (
            tuple(one.seconds for one in held),
            tuple(judge.cross_validate(one) for one in held),
            tuple(judge.held_out(one) for one in held),
        )
        start = (family, table, entry, seed, ENTRIES[entry].version, total, *lists)
        if entry != YARDSTICK:
            return Run(*start)
        tests = [judge.held_out(one) for one in found]
        return Run(*start, float(np.median([one.score for one in found])), float(np.median(tests)))


def installed(entries: list[str]) -> list[str]:
    """Return the entries whose packages are installed, and say which are not."""
    found = []
    for key in entries:
        try:
            for module in ENTRIES[key].modules:
                importlib.import_module(module)
        except ImportError as error:
            print(f"skipped: {ENTRIES[key].label} ({error})")
            continue
        found.append(key)
    return found


def missing(arguments: argparse.Namespace, file: RunFile) -> list[tuple[str, str, str, int]]:
    """Return the runs that are to be done: all searches on one problem, as a machine may be slower later."""
    entries = installed(arguments.entries)
    cells = [
        (family, table, entry, seed)
        for seed in range(arguments.seeds)
        for table in arguments.tables
        for family in arguments.families
        for entry in entries
        if seed < ENTRIES[entry].n_seeds
    ]
    return [cell for cell in cells if cell not in file.runs]


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(SHORT_FAMILIES))
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--entries", nargs="+", choices=ENTRIES, default=list(ENTRIES))
    parser.add_argument("--seeds", type=int, default=5, help="0, 1, ... up to this number")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="start no run after so long")
    parser.add_argument("--tabular", metavar="PATH", help="CSV tables of the UCI repository")
    parser.add_argument("--cache", metavar="PATH", default="benchmarks/results/fidelity.csv")
    parser.add_argument("--forget", nargs="+", choices=ENTRIES, default=[], help="repeat their runs")
    parser.add_argument("--report-only", action="store_true", help="print what the cache holds")
    return parser.parse_args()


def main() -> None:
    """Run what is missing and print the tables."""
    arguments = parse()
    file = RunFile(Path(arguments.cache))
    if arguments.forget:
        file.forget(arguments.forget)
    deadline = time.monotonic() + 60 * arguments.minutes
    todo = [] if arguments.report_only else missing(arguments, file)
    for number, cell in enumerate(todo):
        if time.monotonic() > deadline:
            print(f"{len(todo) - number} of {len(todo)} runs were left for another time (--minutes)\n")
            break
        file.add(run(*cell, arguments.tabular))
    print_report([one for one in file.runs.values() if one.seed < arguments.seeds])


if __name__ == "__main__":
    main()
