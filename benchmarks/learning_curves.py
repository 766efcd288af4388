"""Regret after so many full trainings: searches that train most configurations only a little, and full trainings.

Learning curves of networks on twelve tables (LCBench's surrogates). Training goes on from rung to rung, so that a
rung costs the further epochs only. What counts is the accuracy after the last epoch of the configuration that is
the best at the largest number of epochs which anybody has reached so far. Finished runs are kept in a CSV file.
"""

from __future__ import annotations

import argparse
import time
from _statistics import N_RESAMPLES, median_interval, normalised_regret
from importlib.metadata import version
from pathlib import Path

import numpy as np
from _curve_searches import ENTRIES
from _lcbench import LAST_EPOCH, NAMES, TASKS, accuracies, parameters, refer
from _problems import Configuration
from _runs import Run, RunFile

GROUP = "lcbench"
SHOWN = (2, 5, 10, 15, 25)
YARDSTICK = "full_random"
NEAR = 1e-9


def run(path: str, task: int, key: str, seed: int, budget: int) -> Run:
    """Run one search on one table; the scores are those of its incumbent after 1, 2, ... full trainings."""

    def accuracy(configuration: Configuration, n_epochs: int) -> float:
        values = np.array([[configuration[name] for name in NAMES]], dtype=float)
        return float(accuracies(path, task, values, n_epochs)[0])

    start, elsewhere = time.process_time(), 0.0
    search = ENTRIES[key].make(parameters(path), seed)
    trained: dict[int, int] = {}
    spent, top, best, held = 0, 0, -np.inf, np.nan
    values = np.full(budget, np.nan)
    while spent < budget * LAST_EPOCH:
        step = search.ask()
        asked = time.process_time()
        spent += step.n_epochs - trained.get(step.number, 0)
        trained[step.number] = step.n_epochs
        score = accuracy(step.configuration, step.n_epochs)
        if (step.n_epochs, score) > (top, best):
            top, best, held = step.n_epochs, score, accuracy(step.configuration, LAST_EPOCH)
        values[-(-spent // LAST_EPOCH) - 1 :] = held
        elsewhere += time.process_time() - asked
        search.tell(step, score)
    cpu_ms = 1000 * (time.process_time() - start - elsewhere) / len(trained)
    package = f"{ENTRIES[key].package} {version(ENTRIES[key].package)}"
    return Run(GROUP, f"lcbench_{task}", key, seed, package, tuple(values.tolist()), cpu_ms=(cpu_ms,))


def do_missing(arguments: argparse.Namespace, file: RunFile) -> None:
    """Do the runs that are not in the file, and write each as soon as it is finished."""
    deadline = time.monotonic() + 60 * arguments.minutes
    for task in TASKS:
        if f"lcbench_{task}" not in file.references:
            file.add_reference(GROUP, f"lcbench_{task}", refer(arguments.lcbench, task))
    for key in arguments.entries:
        for seed in range(arguments.seeds):
            for task in TASKS:
                if time.monotonic() > deadline:
                    print("some runs were left for another time (--minutes)")
                    return
                if not file.has(f"lcbench_{task}", key, seed, arguments.budget):
                    file.add(run(arguments.lcbench, task, key, seed, arguments.budget))


def regrets(file: RunFile, key: str, n_seeds: int) -> np.ndarray | None:
    """Return the regrets of a search, of shape (tasks, seeds, budgets); None while runs are missing."""
    rows = []
    for task in TASKS:
        problem = f"lcbench_{task}"
        runs = [file.runs.get((problem, key, seed)) for seed in range(n_seeds)]
        if not all(runs):
            return None
        scale = file.references[problem]
        values = np.array([one.scores for one in runs if one])
        rows.append(normalised_regret(values, scale.best, scale.median))
    shortest = min(row.shape[1] for row in rows)
    return np.array([row[:, :shortest] for row in rows])


def ratio_interval(ours: np.ndarray, peer: np.ndarray) -> tuple[float, float]:
    """Return a 95 % interval of the ratio of two mean regrets, by resampling tasks; each is of shape (tasks,)."""
    drawn = np.random.default_rng(0).integers(len(ours), size=(N_RESAMPLES, len(ours)))
    low, high = np.percentile(ours[drawn].mean(axis=1) / peer[drawn].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def print_means(found: dict[str, np.ndarray], file: RunFile) -> None:
    """Print the mean regret of every search."""
    print("| search | " + " | ".join(f"regret @{n}" for n in SHOWN) + " | CPU ms per configuration |")
    print("|---|" + "--:|" * (len(SHOWN) + 1))
    for key, table in found.items():
        cells = [f"{table[:, :, n - 1].mean():.4f}" for n in SHOWN]
        cpu = np.mean([one.cpu_ms for one in file.runs.values() if one.optimiser == key])
        print(f"| {ENTRIES[key].label} | " + " | ".join(cells) + f" | {cpu:.1f} |")


def print_ratios(found: dict[str, np.ndarray]) -> None:
    """Print ours over the best peer, and over our own full trainings."""
    print("\n| ours | full trainings | over | ratio of mean regrets | 95 % interval | tasks lower |")
    print("|---|--:|---|--:|--:|--:|")
    peers = [key for key in found if ENTRIES[key].is_peer]
    for key in [key for key in found if key not in peers]:
        for n in SHOWN:
            mine = found[key][:, :, n - 1].mean(axis=1)
            theirs = {peer: found[peer][:, :, n - 1].mean(axis=1) for peer in peers}
            best = min(theirs, key=lambda peer: float(theirs[peer].mean()))
            for peer in dict.fromkeys([best, "full_gp"] if "full_gp" in found else [best]):
                low, high = ratio_interval(mine, theirs[peer])
                lower = int(np.sum(mine < theirs[peer]))
                ratio = mine.mean() / theirs[peer].mean()
                line = f"{ratio:.2f} | [{low:.2f}, {high:.2f}] | {lower} of {len(mine)}"
                print(f"| {ENTRIES[key].label} | {n} | {ENTRIES[peer].label} | {line} |")


def needed(mine: np.ndarray, yardstick: np.ndarray) -> np.ndarray:
    """Return how many full trainings a search needs to have, and keep, what the yardstick ends with.

    Parameters
    ----------
    mine, yardstick : ndarray of shape (tasks, seeds, budgets)
        Regrets.

    Returns
    -------
    ndarray of shape (tasks, seeds)
        Infinity where that is beyond its budget.
    """
    is_behind = mine > yardstick[:, :, -1:] + NEAR
    n_budgets = mine.shape[2]
    last = np.where(is_behind, np.arange(1, n_budgets + 1), 0).max(axis=2)
    return np.where(last == n_budgets, np.inf, last + 1.0)


def print_needed(found: dict[str, np.ndarray]) -> None:
    """Print how many full trainings each search needs for what random full trainings end with."""
    total = found[YARDSTICK].shape[2]
    print(f"\n## Full trainings to what random search has after {total}\n")
    print(f"| search | median | 95 % interval | share of {total} | reached in |")
    print("|---|--:|--:|--:|--:|")
    for key, table in found.items():
        numbers = needed(table, found[YARDSTICK])
        middle, (low, high) = float(np.median(numbers)), median_interval(numbers.tolist())
        texts = [f"{n:g}" if np.isfinite(n) else f"> {table.shape[2]}" for n in (middle, low, high)]
        share = f"{middle / total:.2f}" if np.isfinite(middle) else f"> {table.shape[2] / total:.2f}"
        columns = [texts[0], f"[{texts[1]}, {texts[2]}]", share, f"{100 * np.isfinite(numbers).mean():.0f} %"]
        print(f"| {ENTRIES[key].label} | " + " | ".join(columns) + " |")


def main() -> None:
    """Run what is missing and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lcbench", metavar="PATH", help="folder lcbench of slds-lmu/yahpo_data")
    parser.add_argument("--entries", nargs="+", choices=ENTRIES, default=list(ENTRIES))
    parser.add_argument("--seeds", type=int, default=5, help="0, 1, ... up to this number")
    parser.add_argument("--budget", type=int, default=SHOWN[-1], help="full trainings (%(default)s)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="start no run after so long")
    parser.add_argument("--cache", metavar="PATH", default="benchmarks/results/learning_curves.csv")
    parser.add_argument("--forget", nargs="+", choices=ENTRIES, default=[], help="repeat their runs")
    arguments = parser.parse_args()
    file = RunFile(Path(arguments.cache))
    file.forget(arguments.forget)
    if arguments.lcbench:
        do_missing(arguments, file)
    tables = {key: regrets(file, key, arguments.seeds) for key in arguments.entries}
    found = {key: table for key, table in tables.items() if table is not None}
    print_means(found, file)
    if any(ENTRIES[key].is_peer for key in found):
        print_ratios(found)
    if YARDSTICK in found:
        print_needed(found)


if __name__ == "__main__":
    main()
