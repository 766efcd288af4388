"""A search with many workers and trials: what its driver spends on a trial, what it remembers, how busy workers are.

The loop, the study, the sampler and the scheduler are the real ones; the workers are simulated (`_simulated.py`), and
the processor time that the driver takes is charged to their clock. Fits take what scikit-learn's models took in
`results/sample_efficiency.csv`, scaled to a mean; scores are those of a smooth function with noise, seven
hyperparameters, 5 splits.
"""

from __future__ import annotations

import argparse
import csv
import gc
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
from _optimisers import our_dimension
from _problems import draw
from _simulated import SimulatedExecutor
from joblib import parallel_config
from suggestion_time import mixed, smooth_and_noisy

from skhpo import Study
from skhpo.evaluation import _executor, _run
from skhpo.schedulers import (
    AshaScheduler,
    FullScheduler,
    HyperbandScheduler,
    Margin,
    RacingScheduler,
    narrow_plan,
)
from skhpo.search._base import lookahead
from skhpo.trial import Job, Trial

RECORDED = Path(__file__).parent / "results" / "sample_efficiency.csv"
N_SPLITS = 5
# Between the folds of a trial, of the logarithm of the time.
SPREAD_OF_FOLDS = 0.2
LEAST, MOST = 1, 27


class Row(NamedTuple):
    """A search: its name, the sampler, the scheduler for a number of trials and a look-ahead, whether it is seeded."""

    label: str
    sampler: str
    scheduler: Callable[[int, int | None], Any]
    is_seeded: bool = False


def full(n_trials: int, ahead: int | None) -> FullScheduler:
    """Return what BayesSearchCV uses."""
    return FullScheduler(N_SPLITS)


def racing(n_trials: int, ahead: int | None) -> RacingScheduler:
    """Return what BayesSearchCV uses with racing="margin"."""
    return RacingScheduler(N_SPLITS, Margin(best_score=0.2), None, ahead)


def hyperband(n_trials: int, ahead: int | None) -> HyperbandScheduler:
    """Return what HyperbandSearchCV uses, with as many repeats as there are trials for."""
    plan, n_repeats = (), 0
    while sum(bracket[0].n_trials for bracket in plan) < n_trials:
        n_repeats += 1
        plan = narrow_plan(LEAST, MOST, n_repeats=n_repeats)
    return HyperbandScheduler(N_SPLITS, plan)


def asha(n_trials: int, ahead: int | None) -> AshaScheduler:
    """Return what HyperbandSearchCV uses with asynchronous=True."""
    return AshaScheduler(N_SPLITS, (1, 3, 9, 27))


ROWS = {
    "gp": Row("gp", "auto", full),
    "gp_seeded": Row("gp, seeded", "auto", full, is_seeded=True),
    "random": Row("random", "random", full),
    "tpe": Row("tpe", "tpe", full),
    "racing": Row("gp, racing", "auto", racing),
    "racing_seeded": Row("gp, racing, seeded", "auto", racing, is_seeded=True),
    "hyperband": Row("gp, Hyperband", "auto", hyperband),
    "hyperband_random": Row("random, Hyperband", "random", hyperband),
    "asha": Row("gp, asynchronous halving", "auto", asha),
}


class Result(NamedTuple):
    """What one simulated search gave.

    Attributes
    ----------
    last, median : float
        The driver's milliseconds for a trial, all its fits included: the mean of the last tenth, and the median.
    records, all_bytes : float
        Bytes for a trial: of its record, and of everything that the study holds.
    busy : float
        Share of the workers' time.
    """

    last: float
    median: float
    records: float
    all_bytes: float
    busy: float


def recorded_seconds() -> np.ndarray:
    """Return what random configurations of 18 models took, divided by their mean."""
    with RECORDED.open() as file:
        lines = [
            line for line in csv.DictReader(file) if line["group"] == "real" and line["optimiser"] == "random"
        ]
    seconds = np.array([float(one) for line in lines for one in line["seconds"].split()])
    return seconds / seconds.mean()


def fits(recorded: np.ndarray, mean: float, seed: int) -> Callable[[Job], tuple[float, float]]:
    """Return a function of a job: its score and its seconds."""
    evaluate = smooth_and_noisy(mixed(), seed)
    rng = np.random.default_rng([seed, 1])
    of_trials: dict[int, float] = {}

    def fit(job: Job) -> tuple[float, float]:
        seconds = mean * of_trials.setdefault(job.number, float(rng.choice(recorded)))
        share = 1.0 if job.resource is None else job.resource / MOST
        score = evaluate(job.configuration) - 0.1 * (1.0 - share)
        return score, seconds * share * float(np.exp(SPREAD_OF_FOLDS * rng.standard_normal()))

    return fit


def dispatch_seconds(n: int = 400) -> float:
    """Return the processor time here of handing a fit to a process and taking its result back."""
    with parallel_config("loky", n_jobs=2), _executor.Executor(answer, None) as executor:
        for number in range(n + 20):
            if number == 20:  # the workers are there
                begin = time.process_time()
            executor.submit(Job(number, {one.name: 0.5 for one in mixed()}))
            executor.wait()
        return (time.process_time() - begin) / n


def answer(shared: None, job: Job) -> Job:
    """Do nothing."""
    return job


def simulate(
    row: Row, n_trials: int, n_workers: int, mean: float, dispatch: float, seed: int, n_proposed: int
) -> Result:
    """Run one search, whose last `n_proposed` trials are proposed by its sampler."""
    n_random = max(n_trials - n_proposed, 0)
    rng = np.random.default_rng([seed, 2])
    with parallel_config("threading", n_jobs=n_workers):
        ahead = lookahead(n_workers, N_SPLITS, row.scheduler is racing, n_trials) if row.is_seeded else None
    study = Study(
        {one.name: our_dimension(one) for one in mixed()},
        sampler=row.sampler,
        scheduler=row.scheduler(n_trials, ahead),
        n_iter=n_trials,
        initial_configurations=[draw(mixed(), rng) for _ in range(n_random)],
        random_state=seed,
        lookahead=ahead,
    )
    executor = SimulatedExecutor(n_workers, fits(recorded_seconds(), mean, seed), dispatch)
    with mock.patch.object(_run, "Executor", lambda *_, **__: executor):
        _run.run(study, mock.Mock(spec=["keeper"], keeper=Forgetful()), n_jobs=n_workers)
    spent = 1000 * np.array(executor.driver)
    n = len(study.trials)
    tenth = max(n // 10, 1)
    last = (spent[-1] - spent[-1 - tenth]) / tenth
    median = float(np.median(np.diff(spent[n_random:])))
    study._initial = []  # what was given is not what the driver remembers
    return Result(last, median, deep_size(study.trials) / n, deep_size(study) / n, executor.busy(n_random))


class Forgetful:
    """Stands for the keeper of models of a search with rungs."""

    def __init__(self) -> None:
        self._forgotten: set[int] = set()

    def forget_all(self, trials: list[Trial]) -> None:
        """Note whose models are gone."""
        self._forgotten |= {trial.number for trial in trials} - self._forgotten


def deep_size(root: object) -> int:
    """Return the bytes of an object and all that it refers to, but code."""
    seen, stack, size = {id(root)}, [root], 0
    while stack:
        one = stack.pop()
        size += sys.getsizeof(one)
        for other in gc.get_referents(one):
            if id(other) not in seen and not isinstance(other, type | ModuleType | FunctionType):
                seen.add(id(other))
                stack.append(other)
    return size


def settings(arguments: argparse.Namespace) -> Iterator[tuple[Row, int, int, float]]:
    """Yield what is simulated: a search, numbers of trials and of workers, the mean of a fit."""
    for key, *rest in itertools.product(
        arguments.searches, arguments.trials, arguments.workers, arguments.seconds
    ):
        yield ROWS[key], *rest


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--searches", nargs="+", choices=ROWS, default=["gp", "gp_seeded"])
    parser.add_argument("--trials", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--workers", type=int, nargs="+", default=[8, 64, 256])
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0], help="mean time of a fit")
    parser.add_argument(
        "--proposed",
        type=int,
        default=10**9,
        metavar="N",
        help="the last N trials are proposed by the sampler, those before are random; all figures are of those N",
    )
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    """Print one table."""
    arguments = parse()
    dispatch = dispatch_seconds()
    print(
        f"Handing out a fit and taking its result back, with processes: {1000 * dispatch:.2f} ms, charged as well.\n"
    )
    print(
        "| search | trials | workers | mean fit, s | driver ms per trial, last tenth | median "
        "| bytes per trial, records | all | workers busy |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    for row, n_trials, n_workers, mean in settings(arguments):
        found = simulate(row, n_trials, n_workers, mean, dispatch, arguments.seed, arguments.proposed)
        print(
            f"| {row.label} | {n_trials:,} | {n_workers} | {mean:g} | {found.last:.1f} | {found.median:.1f} "
            f"| {found.records:,.0f} | {found.all_bytes:,.0f} | {100 * found.busy:.1f} % |",
            flush=True,
        )


if __name__ == "__main__":
    main()
