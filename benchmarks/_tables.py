"""The tables of `sample_efficiency.py`: regret, ranks and cost, then ours against every peer, paired."""

from __future__ import annotations

import argparse
from _statistics import (
    bootstrap_interval,
    holm,
    mean_ranks,
    normalised_regret,
    paired_t_p,
    sign_flip_p,
    trace,
    win_tie_loss,
)
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from _optimisers import OPTIMISERS
from _problems import Reference
from _runs import Run, RunFile

CHECKPOINTS = {"lcbench": (10, 25, 50, 100), "real": (10, 20, 40), "constructed": (10, 25, 50, 100)}
Cell = tuple[str, int]


class View(NamedTuple):
    """Runs of one group, looked at in one way.

    Attributes
    ----------
    title : str
        Heading of the tables.
    checkpoints : tuple of int
        Numbers of evaluations that are shown.
    regrets : dict
        Optimiser to (problem, seed) to regret after each evaluation.
    runs : dict
        Optimiser to its runs.
    """

    title: str
    checkpoints: tuple[int, ...]
    regrets: dict[str, dict[Cell, np.ndarray]]
    runs: dict[str, list[Run]]

    @property
    def complete(self) -> list[str]:
        """Optimisers that have run everything which any of them has."""
        n_cells = len({cell for cells in self.regrets.values() for cell in cells})
        return [key for key, cells in self.regrets.items() if len(cells) == n_cells]


def regret_of(run: Run, reference: Reference, clipped: bool) -> np.ndarray:
    """Return the normalised regret of a run; with noise, that of the truth."""
    values = trace(run.scores, run.tests or run.scores)
    if clipped:
        values = np.minimum(values, reference.best_of_random)
    best = reference.best_of_random if clipped else reference.best
    return normalised_regret(values, best, reference.median)


def known_scale(runs: list[Run], references: dict[str, Reference], clipped: bool) -> Iterator[np.ndarray]:
    """Yield the regrets where the scale of a problem is known."""
    for run in runs:
        yield regret_of(run, references[run.problem], clipped)


def common_scale(runs: list[Run], held_out: bool) -> Iterator[np.ndarray]:
    """Yield regrets on the scale of all runs on the same split: their best, and the median of the random ones."""
    pools, medians = defaultdict(list), defaultdict(list)
    for run in runs:
        found = [value for value in (run.tests if held_out else run.scores) if np.isfinite(value)]
        pools[run.cell] += found
        medians[run.cell, run.optimiser == "random"] += found
    for run in runs:
        values = trace(run.scores, run.tests if held_out else run.scores)
        pool = medians[run.cell, True] or pools[run.cell]
        yield normalised_regret(values, max(pools[run.cell], default=np.nan), float(np.median(pool)))


def view(title: str, runs: list[Run], regrets: Iterator[np.ndarray]) -> View:
    """Sort regrets by optimiser."""
    table: dict[str, dict[Cell, np.ndarray]] = defaultdict(dict)
    by_optimiser = defaultdict(list)
    for run, regret in zip(runs, regrets, strict=True):
        table[run.optimiser][run.cell] = regret
        by_optimiser[run.optimiser].append(run)
    shortest = min(len(run.scores) for run in runs)
    points = tuple(n for n in CHECKPOINTS[runs[0].group] if n <= shortest) or (shortest,)
    order = [key for key in OPTIMISERS if key in table]
    return View(title, points, {key: table[key] for key in order}, {key: by_optimiser[key] for key in order})


def views(file: RunFile, group: str, runs: list[Run]) -> Iterator[View]:
    """Yield what is reported of a group."""
    if group == "real":
        yield view("real tasks, CV score", runs, common_scale(runs, False))
        yield view("real tasks, held-out score", runs, common_scale(runs, True))
        return
    yield view(group, runs, known_scale(runs, file.references, False))
    if group == "lcbench":
        clipped = known_scale(runs, file.references, True)
        yield view("lcbench, clipped to the best of 50,000 random configurations", runs, clipped)


def print_means(shown: View) -> None:
    """Print mean regrets, mean ranks and the cost of a suggestion; ranks only of those that have run everything."""
    points, complete = shown.checkpoints, shown.complete
    cells = sorted({cell for table in shown.regrets.values() for cell in table})
    ranks = {}
    for n in points:
        at = np.array([[shown.regrets[key][cell][n - 1] for key in complete] for cell in cells])
        ranks[n] = dict(zip(complete, mean_ranks(at), strict=True)) if complete else {}
    print(f"\n### {shown.title}: mean normalised regret, mean rank, CPU\n")
    heads = [f"@{n}" for n in points] + [f"rank @{n}" for n in points] + ["CPU ms per suggestion", "runs"]
    print("| optimiser | " + " | ".join(heads) + " |")
    print("|---|" + "--:|" * len(heads))
    for key, table in shown.regrets.items():
        means = [f"{np.mean([regret[n - 1] for regret in table.values()]):.4f}" for n in points]
        places = [f"{ranks[n][key]:.2f}" if key in ranks[n] else "-" for n in points]
        cpu = np.mean(np.concatenate([run.cpu_ms for run in shown.runs[key]]))
        cells_of_row = [OPTIMISERS[key].label, *means, *places, f"{cpu:.1f}", str(len(table))]
        print("| " + " | ".join(cells_of_row) + " |")


class Comparison(NamedTuple):
    """Ours against a peer after some evaluations."""

    ours: str
    peer: str
    n: int
    n_problems: int
    counts: str
    mean: float
    interval: tuple[float, float]
    p: float


def compare(shown: View, ours: str, peer: str, n: int) -> Comparison | None:
    """Compare on the problems and seeds that both have run."""
    by_problem, differences = defaultdict(list), []
    for cell in sorted(shown.regrets[ours].keys() & shown.regrets[peer].keys()):
        differences.append(shown.regrets[ours][cell][n - 1] - shown.regrets[peer][cell][n - 1])
        by_problem[cell[0]].append(differences[-1])
    if not differences:
        return None
    means = np.array([np.mean(values) for values in by_problem.values()])
    counts = win_tie_loss(np.array(differences))
    interval = bootstrap_interval(means)
    return Comparison(ours, peer, n, len(means), counts, float(means.mean()), interval, sign_flip_p(means))


def print_comparisons(shown: View) -> None:
    """Print ours minus each peer, after half of the evaluations and after all; p by Holm over the whole table."""
    mine = [key for key in shown.regrets if OPTIMISERS[key].is_ours]
    peers = [key for key in shown.regrets if not OPTIMISERS[key].is_ours]
    made = [compare(shown, ours, peer, n) for ours in mine for peer in peers for n in shown.checkpoints[-2:]]
    found = [one for one in made if one is not None]
    if not found:
        return
    print(f"\n### {shown.title}: paired, negative is ours lower\n")
    print("| ours | peer | evaluations | win/tie/loss | difference | 95 % interval | p (Holm) | problems |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    for one, p in zip(found, holm([one.p for one in found]), strict=True):
        low, high = one.interval
        print(
            f"| {OPTIMISERS[one.ours].label} | {OPTIMISERS[one.peer].label} | {one.n} | {one.counts} | "
            f"{one.mean:+.4f} | [{low:+.4f}, {high:+.4f}] | {p:.3f} | {one.n_problems} |"
        )


def at_end(shown: View, key: str, problem: str) -> dict[int, float]:
    """Return the last regrets of an optimiser on a problem, by seed."""
    n = shown.checkpoints[-1]
    return {seed: regret[n - 1] for (name, seed), regret in shown.regrets[key].items() if name == problem}


def worse_p(shown: View, ours: str, problem: str) -> float:
    """Return the p-value that ours is worse than the peer which is best on a problem."""
    mine = at_end(shown, ours, problem)
    peers = [at_end(shown, key, problem) for key in shown.regrets if not OPTIMISERS[key].is_ours]
    paired = [peer for peer in peers if peer.keys() & mine.keys()]
    if not paired:
        return 1.0
    best = min(paired, key=lambda peer: float(np.mean(list(peer.values()))))
    seeds = sorted(mine.keys() & best.keys())
    return paired_t_p(np.array([mine[seed] for seed in seeds]), np.array([best[seed] for seed in seeds]))


def print_details(shown: View) -> None:
    """Print a line for every problem; a star where ours is worse than the best peer (p < .05, Holm over the table)."""
    problems = sorted({cell[0] for table in shown.regrets.values() for cell in table})
    tests = {
        (key, problem): worse_p(shown, key, problem)
        for key in shown.regrets
        for problem in problems
        if OPTIMISERS[key].is_ours
    }
    corrected = dict(zip(tests, holm(list(tests.values())), strict=True))
    print(f"\n### {shown.title}: mean regret after {shown.checkpoints[-1]} evaluations, by problem\n")
    print("| problem | " + " | ".join(OPTIMISERS[key].label for key in shown.regrets) + " |")
    print("|---|" + "--:|" * len(shown.regrets))
    for problem in problems:
        cells = []
        for key in shown.regrets:
            values = list(at_end(shown, key, problem).values())
            star = " *" if corrected.get((key, problem), 1.0) < 0.05 else ""
            cells.append(f"{np.mean(values):.4f}{star}" if values else "-")
        print(f"| {problem} | " + " | ".join(cells) + " |")


def share_of_time(run: Run, random: Run, of_suggestions: float = 1.0) -> float:
    """Return the CPU time until a run has what random search ends with, as a share of random's whole time.

    `of_suggestions` is how much the time of the suggestions counts beside that of the fits.
    """
    spent, whole = (
        np.cumsum(one.seconds) + of_suggestions * np.cumsum(one.cpu_ms) / 1000 for one in (run, random)
    )
    reached = trace(run.scores, run.scores) >= np.nanmax(random.scores)
    return float(spent[np.argmax(reached)] / whole[-1]) if reached.any() else np.inf


def print_times(shown: View) -> None:
    """Print how soon the CV score is reached that random search ends with."""
    random = {run.cell: run for run in shown.runs.get("random", [])}
    print("\n### real tasks: CPU time to the CV score at which random search ends, over its whole time\n")
    print("| optimiser | median | median, fits alone | reached in | runs |\n|---|--:|--:|--:|--:|")
    for key, runs in shown.runs.items():
        paired = [(run, random[run.cell]) for run in runs if run.cell in random]
        if paired:
            shares, of_fits = (
                np.array([share_of_time(*pair, counts) for pair in paired]) for counts in (1.0, 0.0)
            )
            reached = f"{100 * np.mean(np.isfinite(shares)):.0f} %"
            medians = f"{np.median(shares):.2f} | {np.median(of_fits):.2f}"
            print(f"| {OPTIMISERS[key].label} | {medians} | {reached} | {len(shares)} |")


def print_report(file: RunFile, arguments: argparse.Namespace) -> None:
    """Print all tables of the chosen groups, problems, optimisers and seeds."""
    for group in arguments.group:
        runs = [
            run
            for run in file.runs.values()
            if run.group == group
            and run.optimiser in arguments.optimisers
            and run.seed < arguments.seeds
            and run.problem in (arguments.problems or [run.problem])
        ]
        if not runs:
            continue
        print(f"\n## {group}: " + ", ".join(sorted({run.package for run in runs})))
        for number, shown in enumerate(views(file, group, runs)):
            print_means(shown)
            print_comparisons(shown)
            if arguments.details:
                print_details(shown)
            if group == "real" and number == 0:
                print_times(shown)
