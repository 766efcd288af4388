"""Regret after so many evaluations: ours and the peers on surrogates of real studies, real tasks and constructed ones.

Groups: lcbench (networks on tables; surrogates, smooth and noise-free), real (scikit-learn's models on small tables,
noisy CV scores) and constructed (one difficulty each, known optimum). Finished runs are kept in a CSV file and not
repeated: interrupt it when you like, and give further optimisers, problems or seeds later.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import _constructed
from _execute import Places, builders, problem_of, run, run_by_name
from _optimisers import OPTIMISERS, installed
from _runs import RunFile
from _tables import print_report
from joblib import Parallel, delayed

COMPARED = [key for key, entry in OPTIMISERS.items() if not entry.is_variant]
GROUPS = ("lcbench", "real", "constructed")
N_EVALUATIONS = {"lcbench": 100, "real": 40, "constructed": 100}


def missing(
    arguments: argparse.Namespace, places: Places, file: RunFile
) -> Iterator[tuple[str, str, str, int, int]]:
    """Yield the runs that are to be done; all problems with one seed come before the next seed."""
    optimisers = installed(arguments.optimisers)
    for group in arguments.group:
        keys = [key for key in builders(places, group) if key in (arguments.problems or [key])]
        n_evaluations = arguments.evaluations or N_EVALUATIONS[group]
        for seed in range(arguments.seeds):
            for key in keys:
                for optimiser in optimisers:
                    if not file.has(key, optimiser, seed, n_evaluations):
                        yield group, key, optimiser, seed, n_evaluations


def refer(arguments: argparse.Namespace, places: Places, file: RunFile) -> None:
    """Compute the scales of regret that are not in the file."""
    for group in arguments.group:
        for key in builders(places, group):
            if key in file.references or key not in (arguments.problems or [key]):
                continue
            problem = problem_of(places, group, key)
            if problem.refer:
                file.add_reference(group, key, problem.refer())


def do_missing(arguments: argparse.Namespace, places: Places, file: RunFile) -> None:
    """Do the runs that are not in the file, and write each as soon as it is finished."""
    todo = list(missing(arguments, places, file))
    deadline = time.monotonic() + 60 * arguments.minutes
    # Runs are handed out only when a process is free, so that a deadline stops them soon.
    jobs = (delayed(run_by_name)(places, *one) for one in todo if time.monotonic() < deadline)
    options = {"pre_dispatch": arguments.jobs, "batch_size": 1, "return_as": "generator_unordered"}
    done = 0
    for finished in Parallel(arguments.jobs, **options)(jobs):
        file.add(finished)
        done += 1
    if done < len(todo):
        print(f"{len(todo) - done} of {len(todo)} runs were left for another time (--minutes)")


def check(optimisers: list[str]) -> None:
    """Run small problems with choices, conditions and failures through every optimiser, twice."""
    usable = installed(optimisers)
    for key in ("interaction_switch", "tree_models", "failures_crash"):
        problem = _constructed.problems()[key]()
        for optimiser in usable:
            first, second = (run(problem, optimiser, 0, 14).scores for _ in range(2))
            repeats = "the same again" if repr(first) == repr(second) else "NOT the same again"
            best = max(score for score in first if math.isfinite(score))
            print(f"{key}: {OPTIMISERS[optimiser].label}: best {best:.4f}, {repeats}")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--group", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--problems", nargs="+", help="only these, by name")
    parser.add_argument("--optimisers", nargs="+", choices=OPTIMISERS, default=COMPARED)
    parser.add_argument("--seeds", type=int, default=5, help="0, 1, ... up to this number")
    parser.add_argument("--evaluations", type=int, help="default: 100; real: 40")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="start no run after so long")
    parser.add_argument("--lcbench", metavar="PATH", help="folder lcbench of slds-lmu/yahpo_data")
    parser.add_argument("--tabular", metavar="PATH", help="CSV tables of the UCI repository")
    parser.add_argument("--cache", metavar="PATH", default="benchmarks/results/sample_efficiency.csv")
    parser.add_argument(
        "--scores",
        metavar="PATH",
        default=str(Path(tempfile.gettempdir()) / "skhpo_cv_scores.sqlite"),
        help="CV scores that have been measured, by configuration (%(default)s)",
    )
    parser.add_argument("--forget", nargs="+", choices=OPTIMISERS, default=[], help="repeat their runs")
    parser.add_argument("--details", action="store_true", help="a line for every problem besides")
    parser.add_argument("--report-only", action="store_true", help="print what the cache holds")
    parser.add_argument("--check", action="store_true", help="only try every optimiser on tiny problems")
    return parser.parse_args()


def main() -> None:
    """Run what is missing and print the tables."""
    arguments = parse()
    if arguments.check:
        check(arguments.optimisers)
        return
    places = Places(arguments.lcbench, arguments.tabular, arguments.scores)
    file = RunFile(Path(arguments.cache))
    if arguments.forget:
        file.forget(arguments.forget)
    if not arguments.report_only:
        refer(arguments, places, file)
        do_missing(arguments, places, file)
    print_report(file, arguments)


if __name__ == "__main__":
    main()
