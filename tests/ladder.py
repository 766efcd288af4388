"""A rung after the other of one trial, as a search trains it; shared by the tests of continued training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.datasets import load_digits

from skhpo.evaluation import Keeper, Task, make_resource
from skhpo.evaluation._continue import Training
from skhpo.trial import Job

RUNGS = (2, 6, 18)
_X, _Y = load_digits(return_X_y=True)
X, Y = _X[:400], _Y[:400]
TRAIN, TEST = np.arange(300), np.arange(300, 400)


def task_of(estimator, X=X, y=Y, **changes):
    """A task with one split."""
    task = Task(estimator, X, y, [(TRAIN, TEST)], len_of_test, {}, {}, False, "raise")
    return replace(task, **changes)


def len_of_test(model, X, y=None):
    """Score, cheaply."""
    return float(len(X))


def train(task, job, params=None):
    """One fit of a job; returns the model, and what it went on from."""
    training = Training(task, job)
    started_from = training.trained
    rows = task.training_rows(job)
    training.run(task.X[rows], None if task.y is None else task.y[rows], params or {})
    training.keep()
    return training.estimator, started_from


def climb(estimator, name, configuration=None, y=Y, X=X, rungs=RUNGS):
    """Train up the rungs; returns the last model, what each fit went on from, and the model trained in one go."""
    task = task_of(estimator, X, y)
    task = replace(task, resource=make_resource(name, task))
    configuration = configuration or {}
    with Keeper(most=rungs[-1]) as keeper:
        kept = replace(task, keeper=keeper)
        fits = [train(kept, Job(0, configuration, 0, amount)) for amount in rungs]
    in_one_go, _ = train(task, Job(0, configuration, 0, rungs[-1]))
    return fits[-1][0], [started for _, started in fits], in_one_go


def outputs(model, X=X):
    """What a model says, as finely as it can."""
    for name in ("predict_proba", "decision_function", "score_samples", "predict", "transform"):
        if hasattr(model, name):
            return np.asarray(getattr(model, name)(X), dtype=float)
    raise TypeError(model)
