"""Searches of 100 trials on the real tasks, kept trial by trial, so that stopping rules can be replayed on them.

A run is a line of a JSON file: configurations in the order of proposal, scores of the five folds, CPU seconds, and the
held-out score of each configuration that was the best one for a time.
"""

from __future__ import annotations

import json
import math
import time
import warnings
from pathlib import Path
from typing import NamedTuple

from _optimisers import our_dimension
from _real_models import TASKS, Task
from _real_tasks import BUNDLED, split
from sklearn.base import clone
from sklearn.model_selection import KFold, StratifiedKFold

import skhpo
from skhpo.schedulers import mean_score
from skhpo.space import SearchSpace
from skhpo.trial import Measurement, Trial

N_TRIALS, N_FOLDS = 100, 5
BY_KEY = {task.key: task for task in TASKS}


class Recorded(NamedTuple):
    """One search.

    Attributes
    ----------
    task : str
        The key of the task.
    seed : int
        Of the search, the rows and the folds.
    configurations : list of dict
        In the order of proposal.
    folds : list of list of float
        The scores of each configuration; empty where it failed.
    seconds : list of float
        CPU seconds of the fits and scorings of each.
    tests : dict of str to float
        Held-out scores, by the number of the trial.
    """

    task: str
    seed: int
    configurations: list[dict]
    folds: list[list[float]]
    seconds: list[float]
    tests: dict[str, float]


def space_of(task: Task) -> SearchSpace:
    """Return the search space of a task."""
    return SearchSpace.from_spec({one.name: our_dimension(one) for one in task.parameters})


def available(tabular: str | None) -> list[Task]:
    """Return the tasks whose table is there."""
    return [
        task
        for task in TASKS
        if task.table in BUNDLED or (tabular and (Path(tabular) / f"{task.table}.csv").exists())
    ]


def search(task: Task, tabular: str | None, seed: int) -> Recorded:
    """Do one search, as `BayesSearchCV` does it with one worker."""
    X, y, X_test, y_test = split(task.table, task.is_classification, tabular, seed)
    kind = StratifiedKFold if task.is_classification else KFold
    folds = list(kind(N_FOLDS, shuffle=True, random_state=seed).split(X, y))
    first = [task.default] if task.default else None
    study = skhpo.Study(
        space_of(task), n_iter=N_TRIALS, initial_configurations=first, random_state=seed, lookahead=1
    )
    record, best = Recorded(task.key, seed, [], [], [], {}), -math.inf
    while (job := study.ask()) is not None:
        start, scores = time.process_time(), []
        try:
            estimator = task.build(job.configuration)
            for train, test in folds:
                model = clone(estimator).fit(X[train], y[train])
                scores.append(float(model.score(X[test], y[test])))
            trial = study.tell(job, score=scores)
        except ValueError as error:  # what some configurations rightly raise
            scores = []
            trial = study.tell(job, error=error)
        record.seconds.append(time.process_time() - start)
        record.configurations.append(job.configuration)
        record.folds.append(scores)
        if trial.score > best:
            best = trial.score
            record.tests[str(trial.number)] = float(clone(estimator).fit(X, y).score(X_test, y_test))
    return record


def trials_of(record: Recorded) -> list[Trial]:
    """Return a recorded search as finished trials."""
    points = space_of(BY_KEY[record.task]).encode(record.configurations)
    trials = []
    for number, (configuration, folds, seconds) in enumerate(
        zip(record.configurations, record.folds, record.seconds, strict=True)
    ):
        score = mean_score(folds) if folds else math.nan
        status = "complete" if math.isfinite(score) else "failed"
        told = Measurement(0, {"score": score}, fit_time=seconds, score_time=0.0, fold_scores=tuple(folds))
        point = tuple(points[number].tolist())
        trials.append(Trial(number, configuration, point, "model", status, (told,), (), score))
    return trials


def load(path: Path) -> list[Recorded]:
    """Read what has been recorded."""
    return [Recorded(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def collect(path: Path, tabular: str | None, n_seeds: int, minutes: float) -> list[Recorded]:
    """Do the searches that are missing, seed by seed, for so many minutes; returns all that are there."""
    records, deadline = load(path), time.monotonic() + 60 * minutes
    done = {(record.task, record.seed) for record in records}
    for seed in range(n_seeds):
        for task in available(tabular):
            if (task.key, seed) in done or time.monotonic() > deadline:
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                records.append(search(task, tabular, seed))
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a") as lines:
                lines.write(json.dumps(records[-1]._asdict()) + "\n")
    return records
