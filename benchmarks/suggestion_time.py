"""CPU time of a suggestion, asking and telling, after so many observations: mean and largest of consecutive ones.

Ours are told the scores of random configurations first, and then timed over consecutive steps around each number of
observations, so that fits of the model count as often as they occur. Peers run from the start, while they can.
"""

from __future__ import annotations

import argparse
import math
import platform
import time
import warnings
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from _optimisers import OPTIMISERS, installed, our_dimension, version_of
from _problems import Condition, Configuration, Evaluation, Parameter, Problem, choice, draw, integer, real

import skhpo

Evaluate = Callable[[Configuration], float]
NUMBERS = (25, 50, 100, 200, 500, 1000, 10000)


def mixed() -> tuple[Parameter, ...]:
    """Return seven hyperparameters of several kinds."""
    return (
        real("rate", 1e-4, 1.0, log=True),
        real("penalty", 1e-6, 10.0, log=True),
        real("share", 0.1, 1.0),
        real("momentum", 0.0, 0.99),
        integer("depth", 1, 20),
        integer("width", 8, 1024, log=True),
        choice("kind", "a", "b", "c"),
    )


def conditional() -> tuple[Parameter, ...]:
    """Return the same twice, the second half active for one of three choices only."""
    when = Condition("kind", ("a",))
    return mixed() + tuple(one._replace(name=f"{one.name}_a", when=when) for one in mixed())


SPACES = {
    "7 mixed": mixed(),
    "14 conditional": conditional(),
    "60 real": tuple(real(f"x{i}", 0.0, 1.0) for i in range(60)),
}


def smooth_and_noisy(parameters: tuple[Parameter, ...], seed: int) -> Evaluate:
    """Return a function with one optimum, which the first hyperparameters matter most to, with 2 % noise."""
    rng = np.random.default_rng(seed)
    weights = 0.8 ** np.arange(len(parameters))
    optimum = rng.uniform(0.2, 0.8, len(parameters))

    def evaluate(configuration: Configuration) -> float:
        offsets = [
            position(one, configuration[one.name]) - target if one.name in configuration else 0.3
            for one, target in zip(parameters, optimum, strict=True)
        ]
        return -float(weights @ np.square(offsets)) + 0.02 * float(rng.standard_normal())

    return evaluate


def position(parameter: Parameter, value: float | str) -> float:
    """Return where a value lies between 0 and 1."""
    if parameter.choices:
        return parameter.choices.index(value) / len(parameter.choices)
    low, high = parameter.low, parameter.high
    if parameter.log:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return (value - low) / (high - low)


def window(n: int, most: int) -> range:
    """Return the sizes around n at which a suggestion is timed.

    A third of n is as much as lies between two of the expensive fits of our model.
    """
    length = min(max(20, n // 3), most)
    return range(n - length // 2, n - length // 2 + length)


class Timing(NamedTuple):
    """CPU milliseconds."""

    mean: float
    largest: float


def ours(key: str, parameters: tuple[Parameter, ...], n: int, seed: int, most: int) -> Timing:
    """Time a study of ours that has been told random trials."""
    rng, evaluate = np.random.default_rng(seed), smooth_and_noisy(parameters, seed)
    sizes = window(n, most)
    space = {one.name: our_dimension(one) for one in parameters}
    start = [draw(parameters, rng) for _ in range(sizes.start - 1)]
    study = skhpo.Study(space, sampler=key, initial_configurations=start, random_state=seed)

    def step() -> float:
        begin = time.process_time()
        job = study.ask()
        asked = time.process_time()
        score = evaluate(job.configuration)
        evaluated = time.process_time()
        study.tell(job, score)
        return 1000 * (time.process_time() - evaluated + asked - begin)

    # The last one of these proposals makes up for fits that a study which comes here step by step has done before.
    for _ in range(sizes.start):
        step()
    spent = [step() for _ in sizes]
    return Timing(float(np.mean(spent)), max(spent))


def peer(key: str, parameters: tuple[Parameter, ...], n: int, seed: int, most: int) -> Timing:
    """Time a peer from its start."""
    evaluate = smooth_and_noisy(parameters, seed)
    problem = Problem(
        "timing", "timing", parameters, lambda configuration, *_: Evaluation(evaluate(configuration))
    )
    sizes, spent = window(n, most), []
    search = OPTIMISERS[key].make(problem, seed, sizes.stop)
    for number in range(sizes.stop):
        begin = time.process_time()
        token, configuration = search.ask()
        asked = time.process_time()
        found = problem.evaluate(configuration, seed, number)
        evaluated = time.process_time()
        search.tell(token, found)
        spent.append(1000 * (time.process_time() - evaluated + asked - begin))
    return Timing(float(np.mean(spent[sizes.start :])), max(spent[sizes.start :]))


def cells(key: str, arguments: argparse.Namespace, parameters: tuple[Parameter, ...]) -> Iterator[str]:
    """Yield the cells of a row."""
    is_ours = OPTIMISERS[key].is_ours
    for n in arguments.numbers:
        if not is_ours and n > arguments.peer_trials:
            yield "not run"
            continue
        measure = ours if is_ours else peer
        timings = [measure(key, parameters, n, seed, arguments.steps) for seed in range(arguments.seeds)]
        yield f"{np.mean([one.mean for one in timings]):.1f} ({max(one.largest for one in timings):.0f})"


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numbers", type=int, nargs="+", default=NUMBERS, help="of observations")
    parser.add_argument("--spaces", nargs="+", choices=SPACES, default=list(SPACES))
    keys = ("gp", "tpe", "optuna_tpe", "optuna_gp")
    parser.add_argument("--optimisers", nargs="+", choices=OPTIMISERS, default=keys)
    parser.add_argument("--peer-trials", type=int, default=100, help="most trials of the peers")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--steps", type=int, default=300, help="most suggestions that are timed in a row")
    return parser.parse_args()


def main() -> None:
    """Print one table."""
    arguments = parse()
    keys = installed(arguments.optimisers)
    warnings.simplefilter("ignore")
    packages = ", ".join(dict.fromkeys(version_of(key) for key in keys))
    print(f"CPU ms of a suggestion: mean (largest). Python {platform.python_version()}, {packages}")
    print("| hyperparameters | optimiser |" + "".join(f" {n:,} |" for n in arguments.numbers))
    print("|---|---|" + "--:|" * len(arguments.numbers), flush=True)
    for key in keys:
        (ours if OPTIMISERS[key].is_ours else peer)(key, mixed(), 25, 0, 5)  # first calls are not counted
    for name in arguments.spaces:
        for key in keys:
            print(f"| {name} | {OPTIMISERS[key].label} |", end="", flush=True)
            for cell in cells(key, arguments, SPACES[name]):
                print(f" {cell} |", end="", flush=True)
            print(flush=True)


if __name__ == "__main__":
    main()
