"""Puts the default spaces together: for pipelines, column transformers, meta-estimators and choices of models."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from sklearn.base import clone

from skhpo.defaults._boosters import BOOSTERS
from skhpo.defaults._entry import Entry, Size
from skhpo.defaults._kernels import KERNELS
from skhpo.defaults._linear import LINEAR
from skhpo.defaults._networks import NETWORKS
from skhpo.defaults._preprocessing import PREPROCESSING
from skhpo.defaults._trees import TREES
from skhpo.exceptions import InvalidSpaceError
from skhpo.space import Categorical, Dimension, equal_values

#: By the name of the class; subclasses have the space of the class they come from.
SPACES: dict[str, Entry] = {**BOOSTERS, **KERNELS, **LINEAR, **NETWORKS, **PREPROCESSING, **TREES}

Space = dict[str, Dimension]


def default_space(
    estimator: Any, X: Any = None, *, choices: Mapping[str, Sequence[Any]] | None = None
) -> Space | list[Space]:
    """Return a search space that suits an estimator, to be used as it is or to be changed.

    Parameters
    ----------
    estimator : estimator
        An estimator of the table `SPACES`, or anything made of these: a pipeline, a column transformer, a
        meta-estimator. What has been set to another value than the class's own default is left as it is.
    X : array-like of shape (n_samples, n_features), default=None
        The data, whose size some ranges are adapted to.
    choices : mapping of str to sequence of estimator, default=None
        Steps that are to be chosen, by the names of parameters such as "clf": each estimator has a space of its own.

    Returns
    -------
    dict of str to Dimension, or list of these
        A list, of one space for each combination, if there are choices.

    Raises
    ------
    InvalidSpaceError
        If no hyperparameter is known for any part of the estimator, or all have been set to other values.
    TypeError
        If the choices of a step are no list.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpo.defaults import default_space
    >>> default_space(make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced")))
    {'logisticregression__C': Real(low=0.0001, high=10000.0, prior='log-uniform')}
    """
    size = size_of(X)
    if choices is None:
        space = _space(estimator, size)
        if not space and any(entry_of(part) for _, part in parts_of(estimator)):
            raise InvalidSpaceError(
                f"Nothing of {type(estimator).__name__} is left to be searched: all hyperparameters of its default "
                "space have been set to other values than the class's own. Write a space, as a dict from the names "
                "of hyperparameters to their domains."
            )
        if not space:
            raise InvalidSpaceError(
                f"There is no default space for {type(estimator).__name__}: write one, as a dict from the names of "
                f"hyperparameters to their domains. There are default spaces for {', '.join(sorted(SPACES))}."
            )
        return space
    for name, models in choices.items():
        if not isinstance(models, Sequence) or isinstance(models, str):
            raise TypeError(
                f"The 'choices' of {name!r} must be a list of estimators. Got {models!r} instead."
            )
    spaces = []
    for chosen in product(*choices.values()):
        picked = dict(zip(choices, chosen, strict=True))
        own = _space(clone(estimator).set_params(**clone(picked, safe=False)), size)
        spaces.append({**{name: Categorical([one]) for name, one in picked.items()}, **own})
    return spaces


def default_start(estimator: Any, X: Any = None) -> dict[str, Any]:
    """Return the values that stand for the estimator's own ones in its default space.

    Parameters
    ----------
    estimator : estimator
        The estimator.
    X : array-like of shape (n_samples, n_features), default=None
        The data.

    Returns
    -------
    dict of str to object
        By the names of the hyperparameters; those whose own values are in the space may be missing.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from skhpo.defaults import default_start
    >>> default_start(SVC(), [[0.0, 1.0, 2.0, 3.0]])
    {'gamma': 0.25}
    """
    size = size_of(X)
    return {
        f"{prefix}{name}": value(size) if callable(value) else value
        for prefix, part in parts_of(estimator)
        for name, value in getattr(entry_of(part), "start", {}).items()
    }


def size_of(X: Any) -> Size:
    """Return the size of data, as far as they have one."""
    shape = getattr(X, "shape", None)
    if shape is None and isinstance(X, list) and X:
        shape = (len(X), len(X[0]) if hasattr(X[0], "__len__") and not isinstance(X[0], str) else 1)
    if not shape:
        return Size()
    return replace(Size(), n_samples=int(shape[0]), n_features=int(math.prod(shape[1:])) or 1)


def free_dimensions(part: Any, size: Size) -> Space:
    """Return the dimensions of a single estimator, but for those whose value the user has set."""
    entry = entry_of(part)
    if entry is None:
        return {}
    made = entry.make(part, size)
    free = {name for name in made if _is_untouched(part, name)}
    # What depends on a value that the user has set is left alone as well.
    return {name: one for name, one in made.items() if name in free and free.issuperset(one.when)}


def _space(estimator: Any, size: Size) -> Space:
    return {
        f"{prefix}{name}": _with_prefix(dimension, prefix)
        for prefix, part in parts_of(estimator)
        for name, dimension in free_dimensions(part, size).items()
    }


def parts_of(estimator: Any) -> list[tuple[str, Any]]:
    """Return an estimator and all that it is made of, with the prefixes of their parameters."""
    params = estimator.get_params(deep=True)
    parts = [(f"{name}__", one) for name, one in params.items() if _is_estimator(one)]
    return [("", estimator), *parts]


def _is_estimator(value: Any) -> bool:
    return hasattr(value, "get_params") and not isinstance(value, type)


def entry_of(estimator: Any) -> Entry | None:
    """Return the entry of an estimator's class, or of the class that it comes from."""
    return next((SPACES[base.__name__] for base in type(estimator).__mro__ if base.__name__ in SPACES), None)


def _is_untouched(estimator: Any, name: str) -> bool:
    """Whether a parameter has the value that the class gives it; those of parts, which are classes, are no matter."""
    params = estimator.get_params(deep=False)
    if name not in params:
        return "__" in name or hasattr(type(estimator), "get_xgb_params") or name in _NOT_LISTED
    try:
        own = type(estimator)().get_params(deep=False)
    except TypeError:  # a class with required arguments
        return True
    return equal_values(params[name], own.get(name))


_NOT_LISTED = frozenset(
    ["learning_rate", "iterations", "depth", "l2_leaf_reg", "random_strength"]
)  # by CatBoost


def _with_prefix(dimension: Dimension, prefix: str) -> Dimension:
    if not prefix or not dimension.when:
        return dimension
    when = {f"{prefix}{parent}": list(values) for parent, values in dimension.when.items()}
    make: Any = type(dimension)
    moved: Dimension = make(**dimension.arguments(), when=when)
    return moved
