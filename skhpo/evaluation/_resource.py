"""What a search may ration: samples, epochs, or an integer parameter of the estimator; the table `RESOURCES`.

A resource says which rows of a split's training part an amount stands for, and sets an estimator up for an amount. It
is checked against the estimator and the data before the first fit.

The test part of a split stays whole whatever the amount, unlike in scikit-learn's halving: the scores of the lower
rungs are the noisy ones, and they would be noisier still on a part of it.
"""

from dataclasses import dataclass
from functools import partial
from inspect import signature
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline
from sklearn.utils.multiclass import type_of_target

from skhpo.evaluation._subsets import nested_order

PLACEHOLDERS = (
    None,
    "passthrough",
    "drop",
)  # a configuration puts a step there: it cannot be checked beforehand
NOTHING = object()


@dataclass(frozen=True, eq=False)
class Resource:
    """What all resources can do; this one is an integer parameter of the estimator.

    Attributes
    ----------
    name : str
        "n_samples", "epochs" or the parameter's name.
    n_min : int
        Smallest amount that makes sense by itself, as in scikit-learn's halving.
    n_max : int or None
        Largest amount there is; None without a limit.
    """

    name: str
    n_min: int = 1
    n_max: int | None = None

    @classmethod
    def make(cls, name, task, seed, owner):
        """Check that the estimator has this resource; see `make_resource`."""
        step, _, parameter = name.rpartition("__")
        holder = {**task.estimator.get_params(deep=True), "": task.estimator}.get(step, NOTHING)
        if holder in PLACEHOLDERS:
            return cls(name)
        if not _has_parameter(holder, parameter):
            raise ValueError(_unsupported(name, task.estimator, "it has no such parameter"))
        value = holder.get_params(deep=False).get(parameter)
        # Other values, such as a text in place of a number, are the estimator's business.
        if isinstance(value, bool | Real) and (not isinstance(value, Integral) or isinstance(value, bool)):
            raise ValueError(
                f"The 'resource' parameter of {owner} must be 'n_samples', 'epochs' or the name of a parameter of "
                f"the estimator whose value is an int. Got {name!r} instead, whose value is {value!r}."
            )
        return cls(name)

    def rows(self, split, train, amount, number=0):
        """Return the rows that are trained on.

        Parameters
        ----------
        split : int
            Index of the split.
        train : ndarray of int
            Its training part.
        amount : int
            How much of the resource is given.
        number : int, default=0
            That of the trial.

        Returns
        -------
        ndarray of int
            `train`, or a part of it in the same order.
        """
        return train

    def prepare(self, estimator, amount):
        """Set an estimator up to be trained with an amount."""
        estimator.set_params(**{self.name: amount})

    def check_amount(self, amount, parameter, owner):
        """Refuse an amount that cannot be given.

        Parameters
        ----------
        amount : object
            What the user asks for.
        parameter : str
            Name of the argument it was given by.
        owner : str
            Class named in error messages.

        Returns
        -------
        int
            The amount.

        Raises
        ------
        ValueError
            If it is not an int between 1 and what there is.
        """
        is_int = isinstance(amount, Integral) and not isinstance(amount, bool)
        if is_int and amount >= 1 and (self.n_max is None or amount <= self.n_max):
            return int(amount)
        limit = "inf)" if self.n_max is None else f"{self.n_max}], as there are {self.n_max} samples"
        raise ValueError(
            f"The {parameter!r} parameter of {owner} must be an int in the range [1, {limit}. "
            f"Got {amount!r} instead."
        )


@dataclass(frozen=True, eq=False)
class Samples(Resource):
    """A number of samples of the whole data set; of each training part, the same share of it is taken.

    Attributes
    ----------
    subsets : tuple of Subsets
        Nested subsets of each split's training part, the same for every configuration.
    redraw : callable or None
        Where configurations have splits of their own: from the number of the trial, the split and its training part to
        the subsets.
    """

    subsets: tuple = ()
    redraw: Any = None

    @classmethod
    def make(cls, name, task, seed, owner):
        """Draw the subsets: stratified for classifiers, whole groups where the splitter was given groups."""
        n_samples = _n_rows(task.X)
        labels = task.y if is_classifier(task.estimator) and _has_classes(task.y) else None
        draw = partial(_draw_subsets, labels, task.groups, seed)
        subsets = tuple(draw(split, train) for split, (train, _) in enumerate(task.splits))
        # As in scikit-learn's halving: two samples of every class in every split.
        n_classes = 1 if labels is None else len(np.unique(np.asarray(labels)))
        n_min = min(2 * task.n_splits * n_classes, n_samples)
        return cls(name, n_min, n_samples, subsets, None if task.reshuffle is None else draw)

    def rows(self, split, train, amount, number=0):
        """Return the subset of an amount; the training part itself if it is everything."""
        if amount >= self.n_max:
            return train
        subsets = self.subsets[split] if self.redraw is None else self.redraw(split, train, number)
        # Integers throughout: a share that is a float may fall on either side of a whole number.
        return subsets.rows(max(amount * len(subsets.order) // self.n_max, 1))

    def prepare(self, estimator, amount):
        """Do nothing: the estimator is told by the data."""


@dataclass(frozen=True, eq=False)
class Epochs(Resource):
    """Passes of ``partial_fit`` over the training part; of the last step of a pipeline."""

    @classmethod
    def make(cls, name, task, seed, owner):
        """Check that there is a ``partial_fit``."""
        last = task.estimator
        while isinstance(last, Pipeline):
            last = last.steps[-1][1]
        if last not in PLACEHOLDERS and not hasattr(last, "partial_fit"):
            raise ValueError(_unsupported(name, task.estimator, "it has no method partial_fit"))
        return cls(name)

    def prepare(self, estimator, amount):
        """Do nothing: training counts the epochs itself."""


RESOURCES = {"n_samples": Samples, "epochs": Epochs}


def make_resource(name, task, *, seed=0, searched=(), owner="HyperbandSearchCV"):
    """Make the resource of a name, or say why the estimator does not have it.

    Parameters
    ----------
    name : str
        A key of `RESOURCES`, or the name of an integer parameter of the estimator or of a step: "n_estimators",
        "clf__max_iter".
    task : Task
        The data side of the search.
    seed : int, default=0
        Subsets of the samples are a function of it and of the split.
    searched : iterable of str, default=()
        Names of the hyperparameters that are searched.
    owner : str, default="HyperbandSearchCV"
        Class named in error messages.

    Returns
    -------
    Resource
        The resource.

    Raises
    ------
    ValueError
        If the estimator does not have it, or it is searched.
    TypeError
        If it is not a str.
    """
    if not isinstance(name, str):
        raise TypeError(
            f"The 'resource' parameter of {owner} must be an instance of 'str'. Got {name!r} instead."
        )
    if name in searched:
        raise ValueError(
            f"Cannot use parameter {name} as the resource since it is part of the searched parameters."
        )
    return RESOURCES.get(name, Resource).make(name, task, seed, owner)


def _draw_subsets(labels, groups, seed, split, train, *number):
    return nested_order(train, labels, groups, np.random.default_rng([seed, split, *number]))


def _unsupported(name, estimator, reason):
    kind = type(estimator).__name__
    return f"Cannot use resource={name} which is not supported by estimator {kind}: {reason}."


def _has_parameter(holder, parameter):
    """Whether there is such a parameter; CatBoost lists only those that were given."""
    if not hasattr(holder, "get_params"):
        return False
    return parameter in holder.get_params(deep=False) or parameter in signature(type(holder)).parameters


def _has_classes(y):
    return y is not None and type_of_target(y) in ("binary", "multiclass")


def _n_rows(X):
    return X.shape[0] if hasattr(X, "shape") else len(X)
