"""When to stop a trial after some of its folds: rules replayed on score matrices of real models.

Searches are sequential, over 40 random configurations in many orders; each has its own order of the folds. The
incumbent is the complete trial of the best mean; a stopped trial never becomes one. Rules were tuned on half of the
new cases; the other half and the cases of the first measurement confirm. That asked for a smaller constant than the
tuning half did, so the last word is that of fresh cases. Nothing is fitted once the scores are kept.
"""

from __future__ import annotations

import argparse
import tempfile
from _statistics import bootstrap_interval
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from _racing_replay import Outcome, replay
from _racing_rules import (
    Floats,
    Knowledge,
    Predictive,
    Rule,
    as_is,
    either,
    forgiving,
    hardest_first,
    largest_effect_first,
    lossless,
    margin,
    never,
    noisiest_first,
    paired,
    steadiest_first,
)
from _racing_scores import CASES, FOLDS, Matrix, compute, read

CHOSEN = Predictive(0.005, "improvement", "pooled", share=0.5)
CHOSEN_NAME = "**improvement 0.005, or lossless**"
TUNED_NAME = "improvement 0.015 (best in tuning)"
RULES: dict[str, Rule] = {
    "none": never,
    "lossless": lossless,
    "forgiving": forgiving,
    "margin 2 sd/sqrt(j)": margin(2),
    "margin 1 sd/sqrt(j)": margin(1),
    "paired z=2, 3 folds": paired(2, 3),
    "paired z=1, 2 folds": paired(1, 2),
    "margin 2, or lossless": either(lossless, margin(2)),
    "finite z=2, s of the incumbent": either(lossless, Predictive(2, "finite", "incumbent")),
    "finite z=2, s pooled": either(lossless, Predictive(2)),
    "the same, own variance (nu0=5)": either(lossless, Predictive(2, prior=5)),
    "the same, fold effects half": either(lossless, Predictive(2, weight=0.5)),
    "the same, fold effects only": either(lossless, Predictive(2, weight=0.0)),
    "finite z=2, s of both": either(lossless, Predictive(2, share=0.5)),
    "finite z=2, s of both, nu0=5": either(lossless, Predictive(2, prior=5, share=0.5)),
    "root z=1.5, s of both": either(lossless, Predictive(1.5, "root", share=0.5)),
    "improvement 0.002": either(lossless, CHOSEN._replace(z=0.002)),
    CHOSEN_NAME: either(lossless, CHOSEN),
    "improvement 0.01": either(lossless, CHOSEN._replace(z=0.01)),
    TUNED_NAME: either(lossless, CHOSEN._replace(z=0.015)),
    "improvement 0.03": either(lossless, CHOSEN._replace(z=0.03)),
    "improvement 0.005 alone": CHOSEN,
    "improvement 0.005, 2 folds": either(lossless, CHOSEN._replace(minimum=2)),
    "improvement 0.005, nu0=10": either(lossless, CHOSEN._replace(prior=10)),
}
FOLD_ORDERS: dict[str, Callable[[Knowledge], Floats]] = {
    "as it is": as_is,
    "lowest effect first": hardest_first,
    "largest effect first": largest_effect_first,
    "least residual variance first": steadiest_first,
    "largest residual variance first": noisiest_first,
}
GROUPS = {
    "old": ("old",),
    "new, tuning": ("tuning",),
    "new, confirmation": ("confirmation",),
    "fresh": ("fresh",),
    "all": ("old", "tuning", "confirmation", "fresh"),
}
HEADER = (
    " folds skipped, % | same winner, % | worst case | mean loss, sd | worst case | worst search |\n"
    "|---|--:|--:|--:|--:|--:|--:|"
)


def interval(values: Floats, digits: int) -> str:
    """Write a mean with its 95 % interval over cases."""
    low, high = bootstrap_interval(values)
    return f"{values.mean():.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def row(name: str, outcomes: Sequence[Outcome]) -> str:
    """Write a rule's line."""
    skipped, same, _, loss, worst = np.array(outcomes).T
    return (
        f"| {name} | {interval(100 * skipped, 1)} | {interval(100 * same, 1)} | {100 * same.min():.1f} | "
        f"{interval(loss, 4)} | {loss.max():.3f} | {worst.max():.2f} |"
    )


def print_table(title: str, first: str, outcomes: dict[str, list[Outcome]], keep: Floats) -> None:
    """Print the lines of some cases."""
    print(f"### {title}, {int(keep.sum())} cases\n\n| {first} |{HEADER}")
    for name, found in outcomes.items():
        print(row(name, [one for one, is_kept in zip(found, keep, strict=True) if is_kept]))
    print()


def print_groups(matrices: list[Matrix], n_folds: int, n_orders: int) -> None:
    """Print the tables of the rules."""
    outcomes = {name: [replay(m, rule, n_orders) for m in matrices] for name, rule in RULES.items()}
    for title, halves in GROUPS.items():
        keep = np.array([m.half in halves for m in matrices])
        if keep.any():
            print_table(f"cv={n_folds}, {title}", "rule", outcomes, keep)


def print_fold_orders(matrices: list[Matrix], n_folds: int, n_orders: int) -> None:
    """Print what the order of the folds does to two rules."""
    for name in ("lossless", CHOSEN_NAME):
        outcomes = {
            title: [replay(m, RULES[name], n_orders, order) for m in matrices]
            for title, order in FOLD_ORDERS.items()
        }
        print_table(
            f"cv={n_folds}, order of the folds, {name}", "order", outcomes, np.ones(len(matrices), bool)
        )


def print_first_measurement(matrices: list[Matrix], n_orders: int) -> None:
    """Print the old cases as they were measured first: one order of the folds, losses of accuracy."""
    old = [m for m in matrices if m.half == "old"]
    print("### cv=10, old, the splitter's order of the folds in every search\n")
    print("| rule | folds skipped, % | same winner, % | mean loss | worst case |\n|---|--:|--:|--:|--:|")
    for name in [*list(RULES)[:8], CHOSEN_NAME, TUNED_NAME]:
        found = np.array([replay(m, RULES[name], n_orders, shuffle_folds=False) for m in old])
        skipped, same, loss = found[:, 0].mean(), found[:, 1].mean(), found[:, 2]
        print(f"| {name} | {100 * skipped:.1f} | {100 * same:.1f} | {loss.mean():.5f} | {loss.max():.5f} |")
    print()


def print_cases(by_folds: dict[int, list[Matrix]], n_orders: int) -> None:
    """Print the chosen rule's skipped folds and same winners, case by case."""
    print("### case by case: folds skipped, % / same winner, %\n")
    columns = [(k, name) for k in by_folds for name in ("lossless", CHOSEN_NAME)]
    print("| case | half |" + "".join(f" cv={k}, {name} |" for k, name in columns))
    print("|---|---|" + "--:|" * len(columns))
    for i, matrix in enumerate(by_folds[FOLDS[0]]):
        found = [replay(by_folds[k][i], RULES[name], n_orders) for k, name in columns]
        cells = "".join(f" {100 * one.skipped:.0f} / {100 * one.same:.1f} |" for one in found)
        print(f"| {matrix.key} | {matrix.half} |{cells}")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tabular", metavar="PATH", help="folder of the tables that are not bundled")
    parser.add_argument(
        "--scores",
        metavar="PATH",
        default=str(Path(tempfile.gettempdir()) / "skhpo_racing_scores.json"),
        help="the score matrices, computed where they are missing (%(default)s)",
    )
    parser.add_argument("--orders", type=int, default=200, help="searches per case")
    return parser.parse_args()


def main() -> None:
    """Compute what is missing, then print the tables."""
    arguments = parse()
    path = Path(arguments.scores)
    compute(path, arguments.tabular)
    by_folds = {k: read(path, k) for k in FOLDS}
    print(f"{len(by_folds[FOLDS[0]])} of {len(CASES)} cases, {arguments.orders} searches each.\n")
    for k in reversed(FOLDS):
        print_groups(by_folds[k], k, arguments.orders)
    print_first_measurement(by_folds[10], arguments.orders)
    for k in reversed(FOLDS):
        print_fold_orders(by_folds[k], k, arguments.orders)
    print_cases(by_folds, arguments.orders)


if __name__ == "__main__":
    main()
