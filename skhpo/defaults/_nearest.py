"""What a value comes to in a range that does not hold it: names are numbers, counts are shares, and bounds are kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

from skhpo.defaults._default_space import size_of
from skhpo.defaults._entry import Size
from skhpo.space import Dimension

# Integers are numbers of these there, and floats their shares.
_COUNTED = {
    "max_features": "n_features",
    "max_samples": "n_samples",
    "min_samples_leaf": "n_samples",
    "min_samples_split": "n_samples",
}
# What names mean, and None: of gamma for columns of variance 1.
_MEANINGS: dict[tuple[str, Any], Callable[[Size], float]] = {
    ("batch_size", "auto"): lambda size: min(200, size.n_samples),
    ("gamma", "auto"): lambda size: 1 / size.n_features,
    ("gamma", "scale"): lambda size: 1 / size.n_features,
    ("max_depth", None): lambda size: math.inf,
    ("max_features", "log2"): lambda size: math.log2(size.n_features),
    ("max_features", "sqrt"): lambda size: math.sqrt(size.n_features),
    ("max_features", None): lambda size: size.n_features,
    ("max_leaf_nodes", None): lambda size: math.inf,
    ("max_samples", None): lambda size: size.n_samples,
}


def nearest_value(name: str, value: Any, dimension: Dimension, X: Any = None) -> Any:
    """Return what is nearest to a value in the range of a hyperparameter.

    Parameters
    ----------
    name : str
        The hyperparameter, with or without the names of the steps.
    value : object
        The value, as an estimator has it.
    dimension : Dimension
        The domain.
    X : array-like of shape (n_samples, n_features), default=None
        The data, for what means a share of their columns or rows.

    Returns
    -------
    object
        The value itself if it is in the domain, or if nothing in there is near to it.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo import Integer, Real
    >>> from skhpo.defaults import nearest_value
    >>> X = np.zeros((100, 16))
    >>> nearest_value("n_estimators", 100, Integer(5, 25))
    25
    >>> nearest_value("forest__max_features", "sqrt", Real(0.1, 1.0), X)
    0.25
    >>> nearest_value("min_samples_split", 2, Real(0.005, 0.3), X)
    0.02
    >>> nearest_value("hidden_layer_sizes", (100,), Integer(8, 128))
    100
    """
    bounds = dimension.arguments()
    if not {"low", "high"} <= bounds.keys():
        return value
    low, high = bounds["low"], bounds["high"]
    is_whole = isinstance(low, Integral)
    # An integer in a range of floats may be a count.
    if dimension.contains(value) and isinstance(value, Integral) <= is_whole:
        return value
    number = _as_number(name.rpartition("__")[2], value, size_of(X), is_whole)
    if number is None:
        return value
    moved = min(max(number, low), high)
    return round(moved) if is_whole else float(moved)


def _as_number(name: str, value: Any, size: Size, is_whole: bool) -> float | None:
    """Return a value as a count, if that is what the range holds, or else as a share; None if it is neither."""
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]  # a single hidden layer
    total = getattr(size, _COUNTED[name]) if name in _COUNTED else None
    if value is None or isinstance(value, str):
        if (name, value) not in _MEANINGS:
            return None
        number = _MEANINGS[name, value](size)
        return number / total if total and not is_whole else number
    if not isinstance(value, Real) or isinstance(value, bool) or not math.isfinite(value):
        return None
    if isinstance(value, Integral) == is_whole:
        return float(value)
    if total:
        return float(value * total if is_whole else value / total)
    return None if is_whole else float(value)
