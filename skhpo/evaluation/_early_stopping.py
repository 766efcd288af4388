"""Early stopping of boosters on data they are not trained on: the test part of a fold, or a part of its training part.

Each booster takes the data in its own way; the table `BOOSTERS` knows them by name, so that nothing is imported. In a
pipeline the data go through the fitted steps first.
"""

import copy
from collections.abc import Callable
from inspect import signature
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import GroupShuffleSplit, train_test_split
from sklearn.pipeline import Pipeline

from skhpo._sklearn import safe_split
from skhpo.evaluation._continue import LastStep


class Booster(NamedTuple):
    """How one kind of booster stops early.

    Attributes
    ----------
    base : str
        Name of a class it is derived from.
    is_ready : callable
        From an estimator to whether its parameters ask for early stopping.
    arguments : callable
        From the data to look at, X and y, to arguments of ``fit``.
    best : callable
        From the fitted model to its best number of iterations.
    n_iterations : str
        The parameter that is this number.
    off : dict
        Parameters that switch early stopping off.
    hint : str
        What to set for early stopping.
    """

    base: str
    is_ready: Callable[[Any], bool]
    arguments: Callable[[Any, Any], dict]
    best: Callable[[Any], int]
    n_iterations: str
    off: dict
    hint: str


def _has_any(*names):
    def is_ready(model):
        parameters = model.get_params()
        return any(parameters.get(name) for name in names)

    return is_ready


_ROUNDS = ("early_stopping_rounds", "early_stopping_round", "n_iter_no_change")

BOOSTERS = (
    Booster(
        "XGBModel",
        _has_any("early_stopping_rounds"),
        lambda X, y: {"eval_set": [(X, y)], "verbose": False},
        lambda model: model.best_iteration + 1,
        "n_estimators",
        {"early_stopping_rounds": None},
        "early_stopping_rounds",
    ),
    Booster(
        "LGBMModel",
        _has_any(*_ROUNDS),
        lambda X, y: {"eval_set": [(X, y)]},
        lambda model: model.best_iteration_ or model.n_estimators,
        "n_estimators",
        {},
        "early_stopping_round",
    ),
    Booster(
        "CatBoost",
        _has_any("early_stopping_rounds", "od_wait"),
        lambda X, y: {"eval_set": (X, y), "verbose": False},
        lambda model: model.get_best_iteration() + 1,
        "iterations",
        {},
        "early_stopping_rounds",
    ),
    Booster(
        "BaseHistGradientBoosting",
        lambda model: model.early_stopping is True and "X_val" in signature(model.fit).parameters,
        lambda X, y: {"X_val": X, "y_val": y},
        # The first score is that of no iteration at all.
        lambda model: max(int(np.argmax(model.validation_score_)), 1),
        "max_iter",
        {"early_stopping": False},
        "early_stopping=True (scikit-learn 1.7 or newer)",
    ),
)


class EarlyStopping:
    """Trains boosters with data to look at, which are set aside once for each split.

    Parameters
    ----------
    share : "fold" or float
        Whether it is the fold's test part that is looked at, or which share of its training part.
    parts : list of (ndarray of int, ndarray of int)
        The rows to train on and those to look at, for each split of the first trial.
    """

    def __init__(self, share, parts):
        self._share = share
        self._parts = parts

    @classmethod
    def make(cls, share, task, owner):
        """Set rows aside, or say why the estimator cannot stop early.

        Parameters
        ----------
        share : "fold" or float
            Whether it is the fold's test part that is looked at, or which share of its training part.
        task : Task
            The data side of the search.
        owner : str
            Class named in error messages.

        Returns
        -------
        EarlyStopping
            What trains.

        Raises
        ------
        ValueError
            If the estimator is no booster, or its parameters do not ask for early stopping.
        """
        last = task.estimator
        while isinstance(last, Pipeline):
            last = last.steps[-1][1]
        booster = booster_of(last)
        if booster is None and hasattr(last, "fit"):
            raise ValueError(
                f"The 'early_stopping' parameter of {owner} needs a booster that can be given data to stop by: "
                f"XGBoost, LightGBM, CatBoost or scikit-learn's histogram gradient boosting. Got {last!r} instead."
            )
        if booster is not None and not booster.is_ready(last):
            raise ValueError(
                f"The 'early_stopping' parameter of {owner} needs {booster.hint} to be set in {last!r}."
            )
        return cls(share, [_part(task, split, share, i) for i, split in enumerate(task.splits)])

    def parts(self, task, job):
        """Return the rows to train on and those to look at.

        Parameters
        ----------
        task, job : Task, Job
            The data, the trial and the split.

        Returns
        -------
        (ndarray of int, ndarray of int)
            The same ones whenever they are asked for.
        """
        if task.reshuffle is None:
            return self._parts[job.split]
        return _part(task, task.splits_of(job.number)[job.split], self._share, job.split)

    def train(self, estimator, task, job, X, y, params):
        """Train an estimator on the rows of a job.

        Parameters
        ----------
        estimator : estimator
            The booster, or a pipeline that ends with it; fitted in place.
        task, job : Task, Job
            The data and the split.
        X, y : indexable
            The training rows.
        params : dict
            Further arguments of ``fit``.

        Returns
        -------
        int or None
            The best number of iterations; None for a model that is no booster, which is fitted as it is.
        """
        rows, seen = self.parts(task, job)
        return _train(estimator, X, y, params, *safe_split(estimator, task.X, task.y, seen, rows))


def booster_of(model):
    """Return the row of `BOOSTERS` for a model, None if it is no booster."""
    names = {kind.__name__ for kind in type(model).__mro__}
    return next((booster for booster in BOOSTERS if booster.base in names), None)


def set_iterations(estimator, n_iterations):
    """Give a booster, or the one at the end of a pipeline, a fixed number of iterations, without early stopping."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    booster = booster_of(estimator)
    if booster is None:
        return
    parameters = estimator.get_params()
    # A number of iterations goes by several names, and only one of them may be given.
    given = next(
        (name for name in ("iterations", "n_estimators") if parameters.get(name)), booster.n_iterations
    )
    name = booster.n_iterations if booster.n_iterations in parameters else given
    off = booster.off or {one: 0 for one in (*_ROUNDS, "od_wait") if parameters.get(one)}
    if booster.base == "CatBoost":
        off = {one: None for one in off}
    estimator.set_params(**{name: n_iterations}, **off)


def _train(estimator, X, y, params, X_seen, y_seen):
    if isinstance(estimator, Pipeline):
        return _train_last_step(estimator, X, y, params, X_seen, y_seen)
    booster = booster_of(estimator)
    if booster is None or not booster.is_ready(estimator):
        estimator.fit(X, y, **params)
        return None
    estimator.fit(X, y, **booster.arguments(X_seen, y_seen), **params)
    return int(booster.best(estimator))


def _train_last_step(pipeline, X, y, params, X_seen, y_seen):
    found = []
    shell = copy.copy(pipeline)

    def train(model, Xt, yt, rest):
        # By now the steps before are fitted.
        seen = shell[:-1].transform(X_seen) if len(shell.steps) > 1 else X_seen
        found.append(_train(model, Xt, yt, rest, seen, y_seen))
        return model

    name, last = pipeline.steps[-1]
    shell.steps = [*pipeline.steps[:-1], (name, LastStep(last, train))]
    shell.fit(X, y, **params)
    pipeline.steps = [*shell.steps[:-1], (name, last)]
    return found[0]


def _part(task, split, share, seed):
    """Set a share of the training rows aside: whole groups where there are some, stratified for classifiers."""
    if share == "fold":
        return split
    train = np.asarray(split[0])
    if train.dtype == bool:
        train = np.flatnonzero(train)
    if task.groups is not None:
        groups = np.asarray(task.groups)[train]
        splitter = GroupShuffleSplit(1, test_size=share, random_state=seed)
        ((kept, seen),) = splitter.split(train, groups=groups)
        return train[kept], train[seen]
    labels = np.asarray(task.y)[train] if is_classifier(task.estimator) else None
    if labels is not None and (labels.ndim > 1 or np.unique(labels, return_counts=True)[1].min() < 2):
        labels = None  # what there is one of cannot be on both sides
    return tuple(train_test_split(train, test_size=share, random_state=seed, stratify=labels))
