"""Importances of hyperparameters: ours against Optuna's evaluators, on known functions and on real searches.

Shares are compared after all methods were scaled to sum to 1, as Optuna's do: half of the sum of absolute differences
from the truth, from 0 to 1. On real tasks the truth is not known; there it is the variance of means over bins of many
random configurations, which no method sees.
"""

from __future__ import annotations

import argparse
import math
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
from _optimisers import our_dimension
from _problems import Condition, Configuration, Parameter, choice, draw, integer, real
from _real_tasks import TASKS, measure
from scipy.stats import spearmanr

from skhpo import Study
from skhpo.inspection import importances

try:
    import optuna
except ImportError:
    optuna = None

Shares = dict[str, float]
Trials = list[tuple[Configuration, float]]
REAL = ("logistic_wine", "svc_digits", "svr_diabetes", "mlp_breast_cancer")
NOISE = 0.2  # of the standard deviation of a known function
N_BINS = 8


class Known(NamedTuple):
    """A function whose decomposition is known: parts of its variance by name, and by pair."""

    name: str
    parameters: tuple[Parameter, ...]
    score: Callable[[Configuration], float]
    alone: Shares
    pairs: dict[tuple[str, str], float]
    variance: float


def reals(n: int) -> tuple[Parameter, ...]:
    """Return n hyperparameters between 0 and 1."""
    return tuple(real(f"x{i}", 0.0, 1.0) for i in range(n))


def ishigami(c: Configuration) -> float:
    """The textbook function of sensitivity analysis."""
    a, b, d = ((2.0 * c[f"x{i}"] - 1.0) * math.pi for i in range(3))
    return math.sin(a) + 7.0 * math.sin(b) ** 2 + 0.1 * d**4 * math.sin(a)


def g_function(c: Configuration) -> float:
    """Sobol's product, of decreasing importance."""
    return math.prod((abs(4.0 * c[f"x{i}"] - 2.0) + a) / (1.0 + a) for i, a in enumerate(G))


def steps(c: Configuration) -> float:
    """A choice, a step and a slope."""
    return {"a": -1.0, "b": 0.0, "c": 1.0}[c["kind"]] + 2.0 * (c["x0"] > 0.7) + c["x1"]


def rates(c: Configuration) -> float:
    """A learning rate with an optimum, a depth with a slope, and a seed."""
    return -((math.log10(c["rate"]) + 2.0) ** 2) + 0.2 * c["depth"]


def branches(c: Configuration) -> float:
    """A hyperparameter that is active in one of two branches."""
    branch = 1.0 + math.sqrt(12.0) * (c["b"] - 0.5) if c["kind"] == "x" else 0.0
    return branch + 0.5 * math.sqrt(12.0) * (c["c"] - 0.5)


G = (0.0, 0.5, 1.0, 3.0, 9.0, 99.0)
G_PARTS = [1.0 / (3.0 * (1.0 + a) ** 2) for a in G]
KNOWN = (
    Known(
        "additive, 5", reals(5), lambda c: sum((4 - i) * c[f"x{i}"] for i in range(5)),
        {f"x{i}": (4 - i) ** 2 / 12 for i in range(5)}, {}, 30 / 12,
    ),
    Known(
        "product, 4", reals(4), lambda c: 2 * (c["x0"] - 0.5) + 4 * (c["x1"] - 0.5) * (c["x2"] - 0.5),
        {"x0": 4 / 12}, {("x1", "x2"): 16 / 144}, 4 / 12 + 16 / 144,
    ),
    Known("Ishigami, 3", reals(3), ishigami, {"x0": 0.3139, "x1": 0.4424}, {("x0", "x2"): 0.2437}, 1.0),
    Known(
        "g, 6", reals(6), g_function, {f"x{i}": part for i, part in enumerate(G_PARTS)},
        {(f"x{i}", f"x{j}"): G_PARTS[i] * G_PARTS[j] for i, j in combinations(range(6), 2)},
        math.prod(1.0 + part for part in G_PARTS) - 1.0,
    ),
    Known(
        "steps, 3", (choice("kind", "a", "b", "c"), *reals(2)), steps,
        {"kind": 2 / 3, "x0": 4 * 0.21, "x1": 1 / 12}, {}, 2 / 3 + 0.84 + 1 / 12,
    ),
    Known(
        "rates, 3", (real("rate", 1e-4, 1.0, log=True), integer("depth", 1, 10), integer("seed", 0, 99)), rates,
        {"rate": 256 / 180, "depth": 0.04 * 99 / 12}, {}, 256 / 180 + 0.33,
    ),
    Known(
        "branches, 3 (one conditional)",
        (choice("kind", "x", "y"), real("b", 0, 1, when=Condition("kind", ("x",))), real("c", 0, 1)), branches,
        {"kind": 0.25, "b": 0.5, "c": 0.25}, {}, 1.0,
    ),
)  # fmt: skip


def space_of(parameters: tuple[Parameter, ...]) -> dict[str, object]:
    """Write a space for skhpo."""
    return {one.name: our_dimension(one) for one in parameters}


def random_trials(
    parameters: tuple[Parameter, ...], score: Callable[[Configuration], float], n: int, seed: int
) -> Trials:
    """Evaluate random configurations."""
    rng = np.random.default_rng(seed)
    drawn = [draw(parameters, rng) for _ in range(n)]
    return [(configuration, score(configuration)) for configuration in drawn]


def searched_trials(
    parameters: tuple[Parameter, ...],
    score: Callable[[Configuration], float],
    n: int,
    seed: int,
    sampler: str = "tpe",
) -> Trials:
    """Evaluate what a search proposes, most of it good."""
    study = Study(space_of(parameters), sampler=sampler, random_state=seed)
    found = []
    for _ in range(n):
        job = study.ask()
        found.append((job.configuration, score(job.configuration)))
        study.tell(job, score=found[-1][1]) if math.isfinite(found[-1][1]) else study.tell(
            job, error=ValueError("failed")
        )
    return found


def ours(method: str) -> Callable[[tuple[Parameter, ...], Trials, int], object]:
    """Return a function that computes our importances."""

    def compute(parameters: tuple[Parameter, ...], trials: Trials, seed: int) -> object:
        study = Study(
            space_of(parameters),
            sampler="random",
            initial_configurations=[c for c, _ in trials],
            n_iter=len(trials),
            random_state=0,
        )
        scores = {repr(c): s for c, s in trials}
        while (job := study.ask()) is not None:
            study.tell(job, score=scores[repr(job.configuration)])
        start = time.process_time()
        found = importances(study, method=method, random_state=seed)
        return found.importances, time.process_time() - start, found

    return compute


def optunas(name: str) -> Callable[[tuple[Parameter, ...], Trials, int], object]:
    """Return a function that computes Optuna's importances."""

    def compute(parameters: tuple[Parameter, ...], trials: Trials, seed: int) -> object:
        evaluator = getattr(optuna.importance, f"{name}ImportanceEvaluator")
        evaluator = evaluator() if name == "PedAnova" else evaluator(seed=seed)
        study = optuna.create_study(direction="maximize")
        kinds = {one.name: distribution(one) for one in parameters}
        for configuration, score in trials:
            study.add_trial(
                optuna.create_trial(
                    params=configuration, distributions={k: kinds[k] for k in configuration}, value=score
                )
            )
        start = time.process_time()
        found = optuna.importance.get_param_importances(study, evaluator=evaluator)
        return found, time.process_time() - start, None

    return compute


def distribution(one: Parameter) -> object:
    """Write a hyperparameter for Optuna."""
    if one.kind == "choice":
        return optuna.distributions.CategoricalDistribution(one.choices)
    kind = (
        optuna.distributions.IntDistribution
        if one.kind == "integer"
        else optuna.distributions.FloatDistribution
    )
    return kind(one.low, one.high, log=one.log)


DESIGNS = {"random": random_trials, "searched": searched_trials}
METHODS = {"fanova": ours("fanova"), "ped-anova": ours("ped-anova")}
if optuna is not None:
    METHODS |= {
        "Optuna fANOVA": optunas("Fanova"),
        "Optuna PED-ANOVA": optunas("PedAnova"),
        "Optuna MDI": optunas("MeanDecreaseImpurity"),
    }


def scaled(shares: Shares, names: list[str]) -> np.ndarray:
    """Return shares in the order of names, which sum to 1."""
    values = np.array([max(shares.get(name, 0.0), 0.0) for name in names])
    return values / values.sum() if values.sum() > 0 else np.full(len(names), 1.0 / len(names))


def reference(parameters: tuple[Parameter, ...], trials: Trials) -> Shares:
    """Return the variances of the means over bins of each hyperparameter, without what chance adds."""
    shares = {}
    for one in parameters:
        here = [(c[one.name], s) for c, s in trials if one.name in c]
        scores = np.array([s for _, s in here])
        if one.kind == "choice":
            bins = np.array([one.choices.index(value) for value, _ in here])
        else:
            order = np.argsort(np.argsort([value for value, _ in here], kind="stable"))
            bins = order * N_BINS // len(here)
        groups = [scores[bins == i] for i in np.unique(bins)]
        within = sum(np.var(group) * len(group) for group in groups) / max(len(scores) - len(groups), 1)
        between = sum(len(g) * (g.mean() - scores.mean()) ** 2 for g in groups) / len(scores)
        shares[one.name] = max(between - within * (len(groups) - 1) / len(scores), 0.0)
    return shares


class Tally:
    """What is averaged over the known functions: lists by method, number of trials and design."""

    def __init__(self) -> None:
        self.errors, self.seconds, self.ranks = defaultdict(list), defaultdict(list), defaultdict(list)
        self.inside, self.inside_pairs = defaultdict(list), defaultdict(list)

    def add(self, problem: Known, trials: Trials, design: str, seed: int) -> None:
        """Compute the importances of one set of trials by all methods."""
        names = [one.name for one in problem.parameters]
        truth, n = scaled(problem.alone, names), len(trials)
        for method, compute in METHODS.items():
            shares, spent, found = compute(problem.parameters, trials, seed)
            values = scaled(shares, names)
            self.errors[method, n, design, problem.name].append(0.5 * np.abs(values - truth).sum())
            self.seconds[method, n].append(spent)
            if len(set(truth)) > 2:
                self.ranks[method, n].append(np.nan_to_num(spearmanr(values, truth).statistic))
            if method == "fanova":
                note_coverage(problem, found, self.inside[n, design], self.inside_pairs[n, design])

    def error(self, method: str, n: int, design: str, name: str | None = None) -> float:
        """Return the mean error for one function, or for all."""
        names = [one.name for one in KNOWN] if name is None else [name]
        return float(np.mean([self.errors[method, n, design, one] for one in names]))


def noisy(problem: Known, seed: int) -> Callable[[Configuration], float]:
    """Return a function with noise."""
    rng = np.random.default_rng(seed)
    sd = NOISE * math.sqrt(variance_of(problem))
    return lambda configuration: problem.score(configuration) + sd * rng.standard_normal()


def known_rows(sizes: list[int], n_seeds: int) -> Iterator[str]:
    """Compare with what is known."""
    yield "| function | trials | " + " | ".join(METHODS) + " |"
    yield "|---|---|" + "--:|" * len(METHODS)
    tally = Tally()
    for problem, (design, make), n in product(KNOWN, DESIGNS.items(), sizes):
        for seed in range(n_seeds):
            tally.add(problem, make(problem.parameters, noisy(problem, seed), n, seed), design, seed)
        row = " | ".join(f"{tally.error(method, n, design, problem.name):.3f}" for method in METHODS)
        yield f"| {problem.name} | {n} {design} | {row} |"
    yield from summary(sizes, tally)


def variance_of(problem: Known) -> float:
    """Return the variance of a function over its space."""
    rng = np.random.default_rng(0)
    return float(np.var([problem.score(draw(problem.parameters, rng)) for _ in range(2000)]))


def note_coverage(problem: Known, found: object, inside: list[bool], inside_pairs: list[bool]) -> None:
    """Take note of whether the intervals cover the truth."""
    for name, (low, high) in found.intervals.items():
        inside.append(low - 0.005 <= problem.alone.get(name, 0.0) / problem.variance <= high + 0.005)
    for pair, (low, high) in found.interaction_intervals.items():
        truth = problem.pairs.get(pair, problem.pairs.get(pair[::-1], 0.0)) / problem.variance
        inside_pairs.append(low - 0.005 <= truth <= high + 0.005)


def summary(sizes: list[int], tally: Tally) -> Iterator[str]:
    """Average over the functions."""
    for n, design in product(sizes, DESIGNS):
        row = " | ".join(f"**{tally.error(method, n, design):.3f}**" for method in METHODS)
        yield f"| **mean** | {n} {design} | {row} |"
    for n in sizes:
        row = " | ".join(f"{np.mean(tally.ranks[method, n]):.2f}" for method in METHODS)
        yield f"| rank correlation | {n} | {row} |"
    for n in sizes:
        row = " | ".join(f"{np.mean(tally.seconds[method, n]):.2f}" for method in METHODS)
        yield f"| CPU seconds | {n} | {row} |"
    yield ""
    yield "Share of the 90 % intervals of `fanova` that hold the truth (up to 0.005), alone and of pairs:"
    yield ""
    yield "| trials | alone | pairs |"
    yield "|---|--:|--:|"
    for key, inside in tally.inside.items():
        yield f"| {key[0]} {key[1]} | {np.mean(inside):.2f} | {np.mean(tally.inside_pairs[key]):.2f} |"


def real_rows(n: int, n_seeds: int, n_reference: int) -> Iterator[str]:
    """Compare on searches of real models."""
    yield f"| task | {' | '.join(METHODS)} |"
    yield "|---|" + "--:|" * len(METHODS)
    overall = defaultdict(list)
    for key in REAL:
        task = next(one for one in TASKS if one.key == key)

        def score(c: Configuration, task=task) -> float:
            return measure(task, None, c, 0).score

        known = [t for t in random_trials(task.parameters, score, n_reference, 99) if math.isfinite(t[1])]
        names = [one.name for one in task.parameters]
        truth = scaled(reference(task.parameters, known), names)
        shares = defaultdict(list)
        for seed in range(n_seeds):
            trials = searched_trials(task.parameters, score, n, seed, "auto")
            trials = [one for one in trials if math.isfinite(one[1])]
            for method, compute in METHODS.items():
                shares[method].append(scaled(compute(task.parameters, trials, seed)[0], names))
        cells = []
        for method in METHODS:
            error = np.mean([0.5 * np.abs(one - truth).sum() for one in shares[method]])
            spread = np.mean([0.5 * np.abs(a - b).sum() for a, b in combinations(shares[method], 2)])
            rank = np.mean([np.nan_to_num(spearmanr(one, truth).statistic) for one in shares[method]])
            overall[method].append((error, spread, rank))
            cells.append(f"{error:.2f} / {spread:.2f} / {rank:.2f}")
        yield f"| {key}, {len(names)} | {' | '.join(cells)} |"
    means = [np.mean(overall[method], axis=0) for method in METHODS]
    yield "| **mean** | " + " | ".join(f"**{a:.2f} / {b:.2f} / {c:.2f}**" for a, b, c in means) + " |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[30, 100, 300])
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--trials", type=int, default=60, help="of each search of a real model")
    parser.add_argument("--reference", type=int, default=600, help="random configurations of each real model")
    parser.add_argument("--parts", nargs="+", choices=["known", "real"], default=["known", "real"])
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    if optuna is None:
        print("Optuna is not installed: its evaluators are skipped.\n")
    else:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
    if "known" in arguments.parts:
        print(f"## Known functions, noise of {NOISE} standard deviations, {arguments.seeds} seeds: error\n")
        show(known_rows(arguments.sizes, arguments.seeds))
    if "real" in arguments.parts:
        print(
            f"\n## Searches of {arguments.trials} trials of real models, {arguments.seeds} seeds: error / difference "
            f"between seeds / rank correlation, against {arguments.reference} random configurations\n",
        )
        show(real_rows(arguments.trials, arguments.seeds, arguments.reference))


def show(lines: Iterator[str]) -> None:
    """Print lines as soon as they are there."""
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
