"""What costs that are heeded gain at equal spent time, by simulation: nothing sleeps.

Constructed problems times ways in which the cost of a configuration depends on it. The budget is 40 times the mean
cost of a random configuration; a trial counts if it ends in time. Regret is 0 for the optimum and 1 for the median of
random configurations. "aware" always expects the improvement per second, "timeout" as a search with a `timeout` and 50
trials at most. Columns "less gp's": the difference [95 % interval over problems] wins/ties/losses.
"""

from __future__ import annotations

import argparse
import time
from _statistics import bootstrap_interval, normalised_regret, trace, win_tie_loss
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import _constructed
import numpy as np
from _optimisers import our_dimension
from _problems import Configuration, Evaluation, Parameter, Problem, code, draw, real
from joblib import Parallel, delayed

import skhpo
from skhpo.samplers import GaussianProcessSampler, RandomSampler, Sampler

PROBLEMS = (
    "ties_mixed", "interaction_rotated", "interaction_switch", "tree_models", "tree_deep", "sparse_30",
    "failures_crash", "failures_heavy", "interior_hartmann", "interior_ackley", "interior_bowl", "noisy_bowl",
)  # fmt: skip
COSTS = (
    "constant",
    "noise",
    "idle hyperparameter",
    "one hyperparameter",
    "better is dearer",
    "better is cheaper",
)
N_TIMES_MEAN, N_REFERENCE = 40, 500
MEAN_SECONDS = 10.0
SHARES = (0.25, 0.5, 1.0)
IDLE = real("idle", 0.0, 1.0)  # a hyperparameter that costs time and changes nothing

Cell = tuple[str, str, str, int]  # cost, sampler, problem, seed
Cost = Callable[[Configuration, np.random.Generator], float]
N_ITER = 50  # the default of BayesSearchCV
BUDGET = N_TIMES_MEAN * MEAN_SECONDS
#: The expected improvement of a trial, and that of a second: always, and as a search with `timeout` and `n_iter` does.
SAMPLERS: dict[str, Callable[[], Sampler]] = {
    "random": RandomSampler,
    "gp": lambda: GaussianProcessSampler(cost_aware=False),
    "aware": lambda: GaussianProcessSampler(cost_aware=True),
    "timeout": lambda: GaussianProcessSampler().with_time_limit(BUDGET, N_ITER),
}


def position(parameter: Parameter, configuration: Configuration) -> float:
    """Return where in its range a hyperparameter is, in the middle if it is not active."""
    if parameter.name not in configuration:
        return 0.5
    value = configuration[parameter.name]
    if parameter.kind == "choice":
        return parameter.choices.index(value) / (len(parameter.choices) - 1)
    low, high = parameter.low, parameter.high
    if parameter.log:
        value, low, high = np.log([value, low, high])
    return float((value - low) / (high - low))


def costs(problem: Problem, references: list[Evaluation]) -> dict[str, Cost]:
    """Return costs as functions of a configuration and a generator, not scaled yet."""
    known = np.sort([-np.inf if np.isnan(one.score) else one.score for one in references])

    def quality(configuration: Configuration) -> float:
        score = problem.evaluate(configuration, 0, 0).score
        return 0.0 if np.isnan(score) else float(np.mean(known <= score))

    first = next(one for one in problem.parameters if one.kind != "choice")
    return {
        "constant": lambda c, rng: 1.0,
        "noise": lambda c, rng: float(np.exp(0.5 * rng.standard_normal())),
        "idle hyperparameter": lambda c, rng: 100.0 ** c["idle"],
        "one hyperparameter": lambda c, rng: 100.0 ** position(first, c),
        "better is dearer": lambda c, rng: 100.0 ** quality(c),
        "better is cheaper": lambda c, rng: 100.0 ** (1.0 - quality(c)),
    }


class Case:
    """A problem with a way of costing."""

    def __init__(self, key: str, cost: str) -> None:
        self.problem = _constructed.problems()[key]()
        rng = np.random.default_rng(code(key))
        drawn = [draw((*self.problem.parameters, IDLE), rng) for _ in range(N_REFERENCE)]
        references = [self.problem.evaluate(one, 0, i) for i, one in enumerate(drawn)]
        self.reference = self.problem.refer()
        self._cost = costs(self.problem, references)[cost]
        self._scale = MEAN_SECONDS / float(np.mean([self._cost(one, rng) for one in drawn]))
        if cost == "idle hyperparameter":
            self.problem = replace(self.problem, parameters=(*self.problem.parameters, IDLE))

    def seconds(self, configuration: Configuration, seed: int, number: int) -> float:
        """Return what a trial costs."""
        return self._scale * self._cost(configuration, np.random.default_rng([seed, number]))


@lru_cache
def case_of(key: str, cost: str) -> Case:
    """Make a case once per process."""
    return Case(key, cost)


def run(key: str, cost: str, sampler: str, seed: int, most: int) -> tuple[Cell, list[float]]:
    """Run one search; return the regret at each share of the budget, the number of trials and the CPU ms of one."""
    case = case_of(key, cost)
    space = {one.name: our_dimension(one) for one in case.problem.parameters}
    n_iter = min(most, N_ITER) if sampler == "timeout" else most
    study = skhpo.Study(space, sampler=SAMPLERS[sampler](), n_iter=n_iter, random_state=seed)
    ends, scores, truths, spent, cpu = [], [], [], 0.0, 0.0
    while True:
        start = time.process_time()
        job = study.ask()
        cpu += time.process_time() - start
        if job is None:
            break
        found = case.problem.evaluate(job.configuration, seed, job.number)
        seconds = case.seconds(job.configuration, seed, job.number)
        spent += seconds
        if spent > BUDGET * (1 + 1e-9):
            break
        ends.append(spent)
        scores.append(found.score)
        truths.append(found.score if np.isnan(found.test) else found.test)
        study.tell(job, score=found.score, seconds=seconds)
    held = np.append(trace(scores, truths), np.nan)
    n_ended = np.searchsorted(ends, np.array(SHARES) * BUDGET * (1 + 1e-9), side="right")
    regrets = normalised_regret(held[n_ended - 1], case.reference.best, case.reference.median)
    return (cost, sampler, key, seed), [*regrets, float(len(ends)), 1000 * cpu / (len(ends) + 1)]


def print_table(results: dict[Cell, list[float]], arguments: argparse.Namespace) -> None:
    """Print one line for each way of costing and each sampler."""
    shares = [f"{share:.0%}" for share in SHARES]
    regrets, gains = (" | ".join(f"{name} @{share}" for share in shares) for name in ("regret", "less gp's"))
    print(f"| cost | sampler | {regrets} | {gains} | trials | CPU ms |")
    print("|---|---|" + "--:|" * (2 * len(SHARES) + 2))
    for cost in arguments.costs:
        plain = np.array([results[cost, "gp", key, seed] for key, seed in cells(arguments)])
        for sampler in arguments.samplers:
            found = np.array([results[cost, sampler, key, seed] for key, seed in cells(arguments)])
            columns = [f"{regret:.3f}" for regret in found[:, : len(SHARES)].mean(axis=0)]
            columns += [compared(found[:, at] - plain[:, at], arguments.seeds) for at in range(len(SHARES))]
            columns += [f"{found[:, -2].mean():.0f}", f"{found[:, -1].mean():.1f}"]
            print(f"| {cost} | {sampler} | {' | '.join(columns)} |")


def cells(arguments: argparse.Namespace) -> list[tuple[str, int]]:
    """Return the problems and seeds; the seeds of a problem are neighbours."""
    return [(key, seed) for key in arguments.problems for seed in range(arguments.seeds)]


def compared(differences: np.ndarray, n_seeds: int) -> str:
    """Return the mean difference of regret, its interval over problems, and wins, ties and losses."""
    if not differences.any():
        return "0"
    low, high = bootstrap_interval(differences.reshape(-1, n_seeds).mean(axis=1))
    return f"{differences.mean():+.3f} [{low:+.3f}, {high:+.3f}] {win_tie_loss(differences)}"


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--costs", nargs="+", choices=COSTS, default=COSTS)
    parser.add_argument(
        "--problems", nargs="+", choices=list(_constructed.problems()), default=list(PROBLEMS)
    )
    parser.add_argument(
        "--samplers", nargs="+", choices=list(SAMPLERS), default=list(SAMPLERS), help="gp is needed"
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--most", type=int, default=100, help="trials in a run at most")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    return parser.parse_args()


def main() -> None:
    """Run everything and print the table."""
    arguments = parse()
    todo = [
        (key, cost, sampler, seed, arguments.most)
        for key in arguments.problems
        for cost in arguments.costs
        for sampler in arguments.samplers
        for seed in range(arguments.seeds)
    ]
    results = dict(Parallel(arguments.jobs)(delayed(run)(*one) for one in todo))
    print(__doc__.rstrip())
    print(
        f"{len(arguments.problems)} problems, {arguments.seeds} seeds, at most {arguments.most} trials in a run.\n"
    )
    print_table(results, arguments)


if __name__ == "__main__":
    main()
