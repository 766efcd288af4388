"""What the look-ahead rule costs: share of the cores kept busy, by simulation of the events alone.

A trial's decision sees the trials numbered up to t - L whole, so it waits for them. Fits are handed out as
`skhpo.Study` does it: the folds of the youngest trial first, then the next trial as soon as the rule allows it. Nothing
is fitted and no process is started.
"""

from __future__ import annotations

import argparse
import heapq
import math

import numpy as np


def simulate(times: np.ndarray, n_workers: int, lookahead: float) -> float:
    """Run one search; return the share of the cores' time that went into fits.

    Parameters
    ----------
    times : ndarray of shape (n_trials, n_folds)
        How long each fit takes.
    n_workers : int
        Number of workers.
    lookahead : float
        L of the rule; infinite for a search that never waits.
    """
    n_trials, n_folds = times.shape
    n_left = np.full(n_trials, n_folds)  # fits of each trial that are not finished
    running: list[tuple[float, int]] = []  # (end, trial)
    trial = fold = n_settled = 0  # the trials before n_settled are finished
    now = 0.0
    while n_settled < n_trials:
        # Trial t starts once trials 0 ... t - L are finished.
        while len(running) < n_workers and trial < n_trials and (fold or trial - lookahead < n_settled):
            heapq.heappush(running, (now + times[trial, fold], trial))
            fold += 1
            if fold == n_folds:
                trial, fold = trial + 1, 0
        now, finished = heapq.heappop(running)
        n_left[finished] -= 1
        while n_settled < n_trials and n_left[n_settled] == 0:
            n_settled += 1
    return float(times.sum() / (n_workers * now))


def draw_times(
    rng: np.random.Generator, n_trials: int, n_folds: int, between: float, within: float
) -> np.ndarray:
    """Draw lognormal times: `between` trials (hyperparameters) and `within` a trial (folds, noise of the machine)."""
    trial = rng.normal(0.0, between, size=(n_trials, 1))
    return np.exp(trial + rng.normal(0.0, within, size=(n_trials, n_folds)))


def share_lost(arguments: argparse.Namespace, n_workers: int, n_folds: int, lookahead: int) -> float:
    """Return the mean share of the throughput of free running that the rule costs, in per cent."""
    lost = []
    for repetition in range(arguments.repetitions):
        rng = np.random.default_rng([arguments.seed, repetition])
        times = draw_times(rng, arguments.trials, n_folds, arguments.between, arguments.within)
        free = simulate(times, n_workers, math.inf)
        lost.append(1 - simulate(times, n_workers, lookahead) / free)
    return 100 * float(np.mean(lost))


def rule(arguments: argparse.Namespace, n_workers: int, n_folds: int) -> int:
    """Return the look-ahead of the rule base + ceil(slope * n_workers / n_folds)."""
    base, slope = arguments.rule
    return int(base) + math.ceil(slope * n_workers / n_folds)


def smallest_sufficient(arguments: argparse.Namespace, n_workers: int, n_folds: int) -> int:
    """Return the smallest look-ahead that loses at most the tolerated share."""
    lookahead = 1
    while share_lost(arguments, n_workers, n_folds, lookahead) > arguments.tolerance:
        lookahead += 1
    return lookahead


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 3, 4, 6, 8, 12, 16])
    parser.add_argument("--folds", type=int, nargs="+", default=[1, 3, 5, 10])
    parser.add_argument(
        "--rule",
        type=float,
        nargs=2,
        default=[1, 2],
        metavar=("BASE", "SLOPE"),
        help="L = BASE + ceil(SLOPE * workers / folds)",
    )
    parser.add_argument("--trials", type=int, default=100, help="trials in a search")
    parser.add_argument(
        "--between", type=float, default=1.0, help="standard deviation of log time between trials"
    )
    parser.add_argument("--within", type=float, default=0.2, help="the same between the folds of a trial")
    parser.add_argument("--repetitions", type=int, default=50)
    parser.add_argument("--tolerance", type=float, default=5.0, help="tolerated loss in per cent")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    """Print one table."""
    arguments = parse()
    print("Loss in per cent of the throughput of a search that never waits, for the look-ahead L.")
    print(
        f"Log of the fits' times: standard deviation {arguments.between} between trials, {arguments.within} within; "
        f"{arguments.trials} trials; mean of {arguments.repetitions} draws. The smallest L loses at most "
        f"{arguments.tolerance} %.\n"
    )
    columns = [1, 2, 3, 4, 5, 6, 8, 12]
    print("| workers | folds |" + "".join(f" L={n} |" for n in columns) + " rule L | loss | smallest L |")
    print("|--:|--:|" + "--:|" * (len(columns) + 3))
    for n_workers in arguments.workers:
        for n_folds in arguments.folds:
            losses = [share_lost(arguments, n_workers, n_folds, n) for n in columns]
            own = rule(arguments, n_workers, n_folds)
            row = "".join(f" {loss:.1f} |" for loss in losses)
            row += f" {own} | {share_lost(arguments, n_workers, n_folds, own):.1f} |"
            print(f"| {n_workers} | {n_folds} |{row} {smallest_sufficient(arguments, n_workers, n_folds)} |")


if __name__ == "__main__":
    main()
