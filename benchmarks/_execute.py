"""One run of one optimiser on one problem, in any process: workers can import this, unlike a script."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import _constructed
import _lcbench
import _real_tasks
from _optimisers import OPTIMISERS, version_of
from _problems import Problem
from _runs import Run


@dataclass(frozen=True)
class Places:
    """Where data are, and where CV scores are kept."""

    lcbench: str | None
    tabular: str | None
    scores: str


@lru_cache
def builders(places: Places, group: str) -> dict[str, Callable[[], Problem]]:
    """Return the problems of a group, not built yet."""
    if group == "lcbench":
        return _lcbench.problems(places.lcbench)
    if group == "real":
        return _real_tasks.problems(places.tabular, places.scores)
    return _constructed.problems()


@lru_cache(maxsize=4)
def problem_of(places: Places, group: str, key: str) -> Problem:
    """Build a problem once per process."""
    return builders(places, group)[key]()


def run(problem: Problem, optimiser: str, seed: int, n_evaluations: int) -> Run:
    """Run one optimiser on one problem."""
    evaluations, cpu_ms = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.process_time()
        search = OPTIMISERS[optimiser].make(problem, seed, n_evaluations)
        for number in range(n_evaluations):
            token, configuration = search.ask()
            asked = time.process_time()
            evaluations.append(problem.evaluate(configuration, seed, number))
            told = time.process_time()
            search.tell(token, evaluations[-1])
            now = time.process_time()
            cpu_ms.append(1000 * (asked - start + now - told))
            start = now
    scores, tests, seconds, _ = zip(*evaluations, strict=True)
    package = version_of(optimiser)
    return Run(problem.group, problem.key, optimiser, seed, package, scores, tests, seconds, tuple(cpu_ms))


def run_by_name(places: Places, group: str, key: str, optimiser: str, seed: int, n_evaluations: int) -> Run:
    """Run in any process."""
    return run(problem_of(places, group, key), optimiser, seed, n_evaluations)
