"""What parallel workers cost in quality: regret at equal numbers of completed evaluations, by simulation of the events.

Every worker asks for a configuration as soon as it is free, and an evaluation takes a lognormal time; nobody sleeps
and no process is started. A search on several workers knows less when it chooses. Here is how much regret that costs
against the same search on one worker, with the same seed: the ratio of (normalised regret + 0.01), its geometric mean
over the evaluations from --first to the last one. With --folds, an evaluation consists of several fits, which the
workers share as in `skhpo.BayesSearchCV`: the folds of one before the next one starts. Two marks to judge by: "lag" is
the sequential search itself, had it been W - 1 evaluations behind; with --blind-start, a search on one worker that
starts W trials before it sees a result is measured besides.
"""

from __future__ import annotations

import argparse
import csv
import heapq
import math
import time
import warnings
from _statistics import N_RESAMPLES, normalised_regret, trace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _execute import Places, builders, problem_of
from _optimisers import OPTIMISERS, Optimiser, Ours, installed
from _problems import Evaluation, Problem, Reference, code
from _runs import RunFile
from joblib import Parallel, delayed

GROUPS = ("lcbench", "constructed")
SPREAD, WITHIN = (
    0.6,
    0.2,
)  # standard deviations of the logarithm of a time: between evaluations, between folds
OFFSET = 0.01
SCALES = Path(__file__).parent / "results" / "sample_efficiency.csv"


class Plan(NamedTuple):
    """One run: how an optimiser is used on a problem.

    Attributes
    ----------
    n_workers : int
        Fits that run at the same time.
    n_blind : int
        Trials that are started before the first result counts; at least as many as there are workers.
    n_folds : int
        Fits of an evaluation; those of one are handed out before the next one starts.
    """

    group: str
    problem: str
    optimiser: str
    seed: int
    n_workers: int
    n_blind: int
    n_folds: int = 1


class Outcome(NamedTuple):
    """A finished run: normalised regret after each completed evaluation, and CPU ms of a suggestion."""

    plan: Plan
    regrets: np.ndarray
    cpu_ms: float


def searcher(problem: Problem, plan: Plan, n_evaluations: int) -> Optimiser:
    """Make the optimiser of a plan."""
    make = OPTIMISERS[plan.optimiser].make
    if plan.n_folds > 1:
        make = type("Folded", (make,), {"n_folds": plan.n_folds})
    return make(problem, plan.seed, n_evaluations)


def draw_seconds(plan: Plan, n: int) -> np.ndarray:
    """Draw how long the fits of `n` evaluations take; the same for any number of workers."""
    rng = np.random.default_rng([code(plan.problem), plan.seed])
    between = rng.lognormal(0.0, SPREAD, (n, 1))
    return between * rng.lognormal(0.0, WITHIN if plan.n_folds > 1 else 0.0, (n, plan.n_folds))


def simulate(problem: Problem, plan: Plan, n_evaluations: int) -> tuple[list[Evaluation], float]:
    """Return the evaluations in the order of completion, and the CPU ms of a suggestion."""
    search, seconds = searcher(problem, plan, n_evaluations), draw_seconds(plan, 10 * n_evaluations)
    running: list[tuple[float, int, int, Any]] = []  # end, number of the fit, number of the evaluation, token
    found: list[Evaluation] = []
    n_left: list[int] = []  # fits of each evaluation that are not finished
    completed: list[Evaluation] = []
    now, cpu, n_fits = 0.0, 0.0, 0
    n_wanted = max(plan.n_blind, plan.n_workers)
    while len(completed) < n_evaluations:
        while len(running) < n_wanted:
            start = time.process_time()
            token, configuration = search.ask()
            cpu += time.process_time() - start
            number = token.number if plan.n_folds > 1 else len(found)
            if number == len(found):
                found.append(problem.evaluate(configuration, plan.seed, number))
                n_left.append(plan.n_folds)
            fold = n_fits % plan.n_folds  # the folds of one evaluation come one after the other
            heapq.heappush(running, (now + seconds[number, fold], n_fits, number, token))
            n_fits += 1
        n_wanted = plan.n_workers if len(running) == plan.n_workers else len(running) - 1
        now, _, number, token = heapq.heappop(running)
        search.tell(token, found[number])
        n_left[number] -= 1
        if n_left[number] == 0:
            completed.append(found[number])
    return completed, 1000 * cpu / len(found)


def run(places: Places, plan: Plan, reference: Reference, n_evaluations: int) -> Outcome:
    """Do one run, in any process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        completed, cpu_ms = simulate(problem_of(places, plan.group, plan.problem), plan, n_evaluations)
    scores = [one.score for one in completed]
    truths = [one.score if math.isnan(one.test) else one.test for one in completed]
    regrets = normalised_regret(trace(scores, truths), reference.best, reference.median)
    return Outcome(plan, regrets, cpu_ms)


def plans(arguments: argparse.Namespace, places: Places) -> Iterator[Plan]:
    """Yield all runs; one seed of every problem comes before the next seed."""
    optimisers = installed(arguments.optimisers)
    keys = [(group, key) for group in arguments.group for key in builders(places, group)]
    uses = [(n, 0) for n in dict.fromkeys((1, *arguments.workers))]
    uses += [(n, 0, arguments.folds) for n in arguments.workers if n > 1 and arguments.folds]
    uses += [(1, n) for n in arguments.workers if n > 1 and arguments.blind_start]
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
        for group, key in keys:
            if key not in (arguments.problems or [key]):
                continue
            for optimiser in optimisers:
                own = [use for use in uses if len(use) < 3 or issubclass(OPTIMISERS[optimiser].make, Ours)]
                yield from (Plan(group, key, optimiser, seed, *use) for use in own)


def references(todo: Iterable[Plan], places: Places) -> dict[str, Reference]:
    """Return the scale of regret of each problem: from the results of `sample_efficiency.py`, or computed."""
    known = RunFile(SCALES).references
    found: dict[str, Reference] = {}
    for plan in todo:
        if plan.problem not in found:
            problem = problem_of(places, plan.group, plan.problem)
            found[plan.problem] = known.get(plan.problem) or problem.refer()
    return found


def log_ratios(
    outcomes: Iterable[Outcome], baseline: dict[tuple[str, int], Outcome], first: int
) -> dict[str, np.ndarray]:
    """Return for each problem the mean log ratio to the sequential run, one a seed."""
    by_problem: dict[str, list[float]] = {}
    for outcome in outcomes:
        plan = outcome.plan
        own, other = (x.regrets[first - 1 :] for x in (outcome, baseline[plan.problem, plan.seed]))
        ratio = float(np.mean(np.log(own + OFFSET) - np.log(other + OFFSET)))
        by_problem.setdefault(plan.problem, []).append(ratio)
    return {problem: np.array(ratios) for problem, ratios in by_problem.items()}


def lagged(outcome: Outcome, n: int) -> Outcome:
    """Return the run as if each result had come `n` evaluations later; until then there is only the first."""
    shifted = np.concatenate([np.repeat(outcome.regrets[:1], n), outcome.regrets])[: len(outcome.regrets)]
    return outcome._replace(regrets=shifted)


def mean_of(by_problem: dict[str, np.ndarray]) -> float:
    """Return the mean log ratio, every problem counting the same."""
    return float(np.mean([ratios.mean() for ratios in by_problem.values()]))


def intervals(by_problem: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return 95 % intervals of the mean log ratio: problems resampled, and runs within problems."""
    rng = np.random.default_rng(0)
    means = np.array([ratios.mean() for ratios in by_problem.values()])
    drawn = means[rng.integers(len(means), size=(N_RESAMPLES, len(means)))].mean(axis=1)
    within = [
        ratios[rng.integers(len(ratios), size=(N_RESAMPLES, len(ratios)))].mean(axis=1)
        for ratios in by_problem.values()
    ]
    return np.percentile(drawn, [2.5, 97.5]), np.percentile(np.mean(within, axis=0), [2.5, 97.5])


def per_cent(log_ratio: float) -> str:
    """Write a log ratio as an increase."""
    return f"{100 * math.expm1(log_ratio):+.0f}"


def line(cells: Iterable[object]) -> str:
    """Write one line of a table."""
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def report(outcomes: list[Outcome], arguments: argparse.Namespace) -> None:
    """Print one table, and with --details the problems besides."""
    print(
        line(
            (
                "optimiser",
                "workers",
                "blind",
                "folds",
                "runs",
                "extra, %",
                "problems",
                "seeds",
                "lag, %",
                "CPU ms",
            )
        )
    )
    print("|:--|--:|--:|--:|--:|--:|:-:|:-:|--:|--:|")
    by_use: dict[tuple[str, int, int, int], list[Outcome]] = {}
    for one in outcomes:
        by_use.setdefault((one.plan.optimiser, *one.plan[4:]), []).append(one)
    for (optimiser, n_workers, n_blind, n_folds), chosen in sorted(by_use.items()):
        baseline = {(one.plan.problem, one.plan.seed): one for one in by_use[optimiser, 1, 0, 1]}
        by_problem = log_ratios(chosen, baseline, arguments.first)
        behind = [lagged(one, n_workers - 1) for one in baseline.values()]
        lag = per_cent(mean_of(log_ratios(behind, baseline, arguments.first))) if n_workers > 1 else ""
        spans = [f"[{per_cent(low)}, {per_cent(high)}]" for low, high in intervals(by_problem)]
        label, cpu_ms = OPTIMISERS[optimiser].label, np.mean([one.cpu_ms for one in chosen])
        cells = (
            label,
            n_workers,
            n_blind or "",
            n_folds,
            len(chosen),
            per_cent(mean_of(by_problem)),
            *spans,
            lag,
        )
        print(line((*cells, f"{cpu_ms:.1f}")))
        if arguments.details:
            print("; ".join(f"{key} {per_cent(ratios.mean())}" for key, ratios in by_problem.items()))


def write(outcomes: list[Outcome], path: Path) -> None:
    """Write one line a run."""
    with path.open("w", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow((*Plan._fields, "cpu_ms", "regrets"))
        for one in outcomes:
            regrets = " ".join(f"{regret:.4g}" for regret in one.regrets)
            writer.writerow((*one.plan, f"{one.cpu_ms:.1f}", regrets))


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--group", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--problems", nargs="+", help="only these, by name")
    parser.add_argument("--optimisers", nargs="+", choices=OPTIMISERS, default=["gp"])
    parser.add_argument("--workers", type=int, nargs="+", default=[4, 8, 16])
    parser.add_argument("--blind-start", action="store_true", help="also measure what an empty record costs")
    parser.add_argument(
        "--folds", type=int, help="also measure evaluations of so many fits; our samplers only"
    )
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--evaluations", type=int, default=80)
    parser.add_argument("--first", type=int, default=15, help="regret counts from this evaluation on")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--lcbench", metavar="PATH", help="folder lcbench of slds-lmu/yahpo_data")
    parser.add_argument("--csv", metavar="PATH", type=Path, help="write the runs to this file")
    parser.add_argument("--details", action="store_true", help="a line with every problem besides")
    return parser.parse_args()


def main() -> None:
    """Do the runs and print the table."""
    arguments = parse()
    places = Places(arguments.lcbench, None, "")
    todo = list(plans(arguments, places))
    scales = references(todo, places)
    jobs = (delayed(run)(places, plan, scales[plan.problem], arguments.evaluations) for plan in todo)
    outcomes = list(Parallel(arguments.jobs, batch_size=1)(jobs))
    if arguments.csv:
        write(outcomes, arguments.csv)
    report(outcomes, arguments)


if __name__ == "__main__":
    main()
