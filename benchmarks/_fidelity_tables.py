"""The tables of `fidelity.py`: time to the yardstick's last score, final scores, and the curve of held-out scores."""

from __future__ import annotations

from _statistics import bootstrap_interval, mean_ranks, median_interval, normalised_regret, win_tie_loss
from collections import defaultdict
from collections.abc import Callable

import numpy as np
from _fidelity import ENTRIES, FAMILIES, YARDSTICK
from _fidelity_runs import Run

SHARES = (0.125, 0.25, 0.5, 1.0)
NEAR = 1e-9  # sums of the same scores in another order

Problem = tuple[str, str]  # family, table
Cell = tuple[str, str, int]  # family, table, seed
Values = dict[str, dict[Cell, float]]  # entry to cell to a number


class Results:
    """Runs on problems and seeds that the yardstick has run, and the scale of each."""

    def __init__(self, runs: list[Run]) -> None:
        by_cell: dict[Cell, dict[str, Run]] = defaultdict(dict)
        for run in runs:
            by_cell[run.family, run.table, run.seed][run.entry] = run
        self.cells = {cell: found for cell, found in sorted(by_cell.items()) if YARDSTICK in found}

    def values(self, of: Callable[[Run, dict[str, Run]], float], family: str | None = None) -> Values:
        """Return a number of each run, given all runs on the same cell."""
        table: Values = {key: {} for key in ENTRIES}
        for cell, found in self.cells.items():
            if family in (None, cell[0]):
                for key, run in found.items():
                    table[key][cell] = of(run, found)
        return {key: column for key, column in table.items() if column}


def share_of_time(column: str) -> Callable[[Run, dict[str, Run]], float]:
    """Return a function: time until an incumbent has what the yardstick ends with, over the yardstick's whole time."""

    def of(run: Run, found: dict[str, Run]) -> float:
        random = found[YARDSTICK]
        target = getattr(random, column)[-1] - NEAR
        pairs = zip(run.seconds, getattr(run, column), strict=True)
        return min((seconds for seconds, value in pairs if value >= target), default=np.inf) / random.total

    return of


def total_share(run: Run, found: dict[str, Run]) -> float:
    """Return the whole time over the yardstick's."""
    return run.total / found[YARDSTICK].total


def regret(column: str, share: float = np.inf) -> Callable[[Run, dict[str, Run]], float]:
    """Return a function: normalised regret of "scores" or "tests" after a share of the yardstick's time.

    0 is the best that any incumbent of the cell has, 1 the yardstick's median configuration, or worse, or none yet.
    """

    def of(run: Run, found: dict[str, Run]) -> float:
        random = found[YARDSTICK]
        best = max(max(getattr(one, column), default=-np.inf) for one in found.values())
        typical = random.typical_score if column == "scores" else random.typical_test
        held = [
            value
            for seconds, value in zip(run.seconds, getattr(run, column), strict=True)
            if seconds <= share * random.total
        ]
        return float(normalised_regret(np.array(held[-1:] or [np.nan]), best, typical)[0])

    return of


def by_problem(column: dict[Cell, float]) -> list[list[float]]:
    """Return the numbers of each problem, over its seeds."""
    groups: dict[Problem, list[float]] = defaultdict(list)
    for (family, table, _), value in column.items():
        groups[family, table].append(value)
    return list(groups.values())


def text(value: float) -> str:
    """Write a share; infinity is never."""
    return f"{value:.2f}" if np.isfinite(value) else "never"


def print_times(results: Results, family: str | None) -> None:
    """Print how soon the yardstick's last scores are reached."""
    tables = [results.values(share_of_time(column), family) for column in ("scores", "tests")]
    totals = results.values(total_share, family)
    print(
        "| search | CV: median [95 % interval] | reached in | held out: median | reached in | whole search | runs |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|")
    for key, spent in totals.items():
        columns = []
        for table in tables:
            values = np.array(list(table[key].values()))
            low, high = median_interval(by_problem(table[key]))
            columns.append(f"{text(float(np.median(values)))} [{text(low)}, {text(high)}]")
            columns.append(f"{100 * np.mean(np.isfinite(values)):.0f} %")
        columns += [f"{np.mean(list(spent.values())):.2f}", str(len(spent))]
        print(f"| {ENTRIES[key].label} | " + " | ".join(columns) + " |")


def against_yardstick(table: Values, key: str) -> str:
    """Return the difference from the yardstick, its interval over problems, and wins, ties and losses."""
    differences = {cell: value - table[YARDSTICK][cell] for cell, value in table[key].items()}
    means = np.array([np.mean(values) for values in by_problem(differences)])
    low, high = bootstrap_interval(means)
    return (
        f"{means.mean():+.3f} [{low:+.3f}, {high:+.3f}] {win_tie_loss(np.array(list(differences.values())))}"
    )


def print_ends(results: Results, family: str | None) -> None:
    """Print regret and ranks at the end of the searches."""
    scores, tests = (results.values(regret(column), family) for column in ("scores", "tests"))
    complete = [key for key in scores if len(scores[key]) == len(scores[YARDSTICK])]
    ranks = [
        mean_ranks(np.array([[table[key][cell] for key in complete] for cell in table[YARDSTICK]]))
        for table in (scores, tests)
    ]
    print(
        "| search | CV | CV, less random's | held out | held out, less random's | rank CV | rank held out |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|")
    for key in scores:
        columns = []
        for table in (scores, tests):
            columns += [f"{np.mean(list(table[key].values())):.3f}", against_yardstick(table, key)]
        at = complete.index(key) if key in complete else None
        columns += ["-" if at is None else f"{means[at]:.2f}" for means in ranks]
        print(f"| {ENTRIES[key].label} | " + " | ".join(columns) + " |")


def print_curves(results: Results, family: str | None) -> None:
    """Print the regret of the held-out score after shares of the yardstick's time."""
    tables = [results.values(regret("tests", share), family) for share in SHARES]
    print("| search | " + " | ".join(f"{share:g}" for share in SHARES) + " |\n|---|" + "--:|" * len(SHARES))
    for key in tables[0]:
        means = [f"{np.mean(list(table[key].values())):.3f}" for table in tables]
        print(f"| {ENTRIES[key].label} | " + " | ".join(means) + " |")


def print_report(runs: list[Run]) -> None:
    """Print all tables, over all families and for each."""
    results = Results(runs)
    print(", ".join(sorted({run.package for run in runs})))
    for family in (None, *FAMILIES):
        n_runs = sum(family in (None, cell[0]) for cell in results.cells)
        if not n_runs:
            continue
        title = "all families" if family is None else family
        print(f"\n## {title}: {n_runs} problems times seeds\n")
        print(
            "CPU time to the CV score with which random search ends, over its whole time; lower is better.\n"
        )
        print_times(results, family)
        print(
            "\nNormalised regret at the end of each search (0: best known, 1: median random configuration).\n"
        )
        print_ends(results, family)
        print("\nNormalised regret of the held-out score after a share of random search's CPU time.\n")
        print_curves(results, family)
