"""Print what stopping rules save of searches of 100 trials, and what they cost.

Each search of `BayesSearchCV` on a real task (five-fold CV, at most 400 rows, the default sampler) is done once and
kept with `--runs`; every rule is then replayed on it. A search that was ended is compared with the whole one: the CV
score of the winner, and its score on rows held out. Noise is the standard error of the CV score, as `RegretBound`
computes it, of the ten best configurations. The rule's defaults were chosen on every other task, and confirmed on the
rest.
"""

from __future__ import annotations

import argparse
from _statistics import bootstrap_interval
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _real_models import TASKS
from _regret_runs import BY_KEY, N_TRIALS, Recorded, collect, space_of, trials_of

from skhpo.schedulers import FullScheduler
from skhpo.stopping import MaxTrials, Patience, RegretBound, StoppingRule
from skhpo.trial import Trial

RULES: dict[str, StoppingRule] = {
    "RegretBound()": RegretBound(),
    "RegretBound(0.3)": RegretBound(0.3),
    "RegretBound(1.0)": RegretBound(1.0),
    "RegretBound(1.0, 20, n_checks=1), as published": RegretBound(1.0, 20, n_checks=1),
    "Patience(20)": Patience(20),
    "Patience(30)": Patience(30),
    "n_iter=40": MaxTrials(40),
    "n_iter=60": MaxTrials(60),
}
N_BEST = 10
HEAD = (
    "| stopped by | trials, median (mean) | CPU time saved, median (mean) | CV score lost | in units of its noise | "
    "held-out score lost | in units of the noise | runs that lose half the noise |"
)


class Outcome(NamedTuple):
    """What a rule saves of one search, and what it costs."""

    n_trials: float
    time_saved: float
    cv_lost: float
    cv_lost_in_noise: float
    test_lost: float
    test_lost_in_noise: float


class Replay:
    """One recorded search, on which rules are replayed."""

    def __init__(self, record: Recorded) -> None:
        self.record = record
        self.trials = trials_of(record)
        self._space = space_of(BY_KEY[record.task])
        best = sorted((t for t in self.trials if t.status == "complete"), key=lambda t: -t.score)[:N_BEST]
        errors = [RegretBound().standard_error(t.measurements[0].fold_scores) for t in best]
        self._noise = float(np.sqrt(np.mean(np.square(errors))))

    def outcome(self, rule: StoppingRule) -> Outcome:
        """Return what a rule saves and costs."""
        stops = rule.bound_to(self._space, FullScheduler(), None)
        n = next((n for n in range(1, N_TRIALS) if stops(self.trials[:n])), len(self.trials))
        ended, whole = self._winner(n), self._winner(len(self.trials))
        seconds = self.record.seconds
        cv_lost = whole.score - ended.score
        tests = self.record.tests
        test_lost = tests[str(whole.number)] - tests[str(ended.number)]
        noise = self._noise or np.inf
        saved = 1.0 - sum(seconds[:n]) / sum(seconds)
        return Outcome(n, saved, cv_lost, cv_lost / noise, test_lost, test_lost / noise)

    def _winner(self, n: int) -> Trial:
        complete = [trial for trial in self.trials[:n] if trial.status == "complete"]
        return max(complete, key=lambda trial: trial.score)


def interval(by_task: np.ndarray, column: int, digits: int) -> str:
    """Write a mean over tasks with its 95 % interval."""
    values = by_task[:, column]
    low, high = bootstrap_interval(values)
    return f"{values.mean():.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def row(name: str, rule: StoppingRule, replays: Sequence[Replay]) -> str:
    """Return the line of a rule."""
    found: dict[str, list[Outcome]] = {}
    for replay in replays:
        found.setdefault(replay.record.task, []).append(replay.outcome(rule))
    runs = np.array([outcome for outcomes in found.values() for outcome in outcomes])
    by_task = np.array([np.mean(outcomes, axis=0) for outcomes in found.values()])
    (n, saved), (mean_n, mean_saved) = np.median(runs[:, :2], axis=0), runs[:, :2].mean(axis=0)
    cells = [
        f"`{name}`",
        f"{n:.0f} ({mean_n:.0f})",
        f"{100 * saved:.0f} % ({100 * mean_saved:.0f} %)",
        *(interval(by_task, column, digits) for column, digits in ((2, 4), (3, 2), (4, 4), (5, 2))),
        f"{100 * np.mean(runs[:, 3] > 0.5):.0f} %",
    ]
    return "| " + " | ".join(cells) + " |"


def show(title: str, replays: Sequence[Replay], is_wanted: Callable[[int], bool]) -> None:
    """Print the table of some of the tasks, by their positions."""
    position = {task.key: i for i, task in enumerate(TASKS)}
    chosen = [replay for replay in replays if is_wanted(position[replay.record.task])]
    if not chosen:
        return
    n_tasks = len({replay.record.task for replay in chosen})
    print(f"## {title}\n\n{n_tasks} tasks, {len(chosen)} searches of {N_TRIALS} trials.\n")
    print(HEAD)
    print("|---|" + "---|" * (HEAD.count("|") - 2))
    for name, rule in RULES.items():
        print(row(name, rule, chosen), flush=True)
    print()


def main() -> None:
    """Record what is missing, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tabular", help="folder with the tables that are not bundled with scikit-learn")
    parser.add_argument(
        "--runs", type=Path, default=Path("regret_runs.jsonl"), help="where searches are kept"
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=60, help="for searches that are not recorded yet")
    arguments = parser.parse_args()
    records = collect(arguments.runs, arguments.tabular, arguments.seeds, arguments.minutes)
    replays = [Replay(record) for record in records if record.seed < arguments.seeds]
    show("All tasks", replays, lambda position: True)
    show("The tasks that the defaults were chosen on", replays, lambda position: position % 2 == 0)
    show("The tasks that they were confirmed on", replays, lambda position: position % 2 == 1)


if __name__ == "__main__":
    main()
