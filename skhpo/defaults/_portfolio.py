"""Portfolios: for each estimator a few configurations that were good on many tables, the best ones first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import product, zip_longest
from typing import Any

from sklearn.base import clone

from skhpo.defaults._default_space import entry_of, free_dimensions, parts_of, size_of
from skhpo.defaults._entry import Size
from skhpo.space import Dimension, equal_values

Configuration = dict[str, Any]
#: These belong to data of one column: of more they are that share.
_PER_FEATURE = frozenset(["gamma"])


def portfolio(
    estimator: Any, X: Any = None, *, choices: Mapping[str, Sequence[Any]] | None = None
) -> list[Configuration]:
    """Return configurations that are worth a try after the defaults, because they were good on other data.

    Each one changes a single part of the estimator: the hyperparameters that are missing keep their values.

    Parameters
    ----------
    estimator : estimator
        As for `default_space`. What has been set to another value than the class's own default is left as it is.
    X : array-like of shape (n_samples, n_features), default=None
        The data, to whose size some values are adapted.
    choices : mapping of str to sequence of estimator, default=None
        Steps that are to be chosen, as for `default_space`: each estimator is tried with its defaults first.

    Returns
    -------
    list of dict
        The most promising ones first. They are in `default_space` as soon as the defaults are added. Empty if there is
        no portfolio for any part of the estimator.

    Notes
    -----
    Portfolios are built greedily, as in Auto-sklearn 2.0 [1]_, from runs on tables of R packages:
    ``benchmarks/portfolio.py``. An estimator has none if it did not help on tables that it was not made from. Columns
    and targets had mean 0 and variance 1 there.

    References
    ----------
    .. [1] Feurer, M., Eggensperger, K., Falkner, S., Lindauer, M. & Hutter, F. (2022). Auto-sklearn 2.0: hands-free
       AutoML via meta-learning. JMLR 23(261).

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpo.defaults import portfolio
    >>> configurations = portfolio(make_pipeline(StandardScaler(), KNeighborsClassifier(weights="distance")))
    >>> sorted(configurations[0])
    ['kneighborsclassifier__n_neighbors', 'kneighborsclassifier__p']
    """
    size = size_of(X)
    if choices is None:
        return _in_turn([_of_part(prefix, part, size) for prefix, part in parts_of(estimator)])
    found = []
    for chosen in product(*choices.values()):
        picked = dict(zip(choices, chosen, strict=True))
        own = portfolio(clone(estimator).set_params(**clone(picked, safe=False)), X)
        found.append([picked | one for one in ({}, *own)])
    return _in_turn(found)


def _of_part(prefix: str, part: Any, size: Size) -> list[Configuration]:
    dimensions = free_dimensions(part, size)
    own = part.get_params(deep=False)
    found: list[Configuration] = []
    for member in _members(part):
        adapted = {
            name: _adapted(name, value, dimensions[name], size)
            for name, value in member.items()
            if name in dimensions
        }
        active = {
            name: value for name, value in adapted.items() if _is_active(dimensions[name], own | adapted)
        }
        if active and not any(equal_values(active, one) for one in found):
            found.append(active)
    return [{f"{prefix}{name}": value for name, value in one.items()} for one in found]


def _members(part: Any) -> list[Configuration]:
    if entry_of(part) is None:
        return []
    known = portfolios()
    name = next((base.__name__ for base in type(part).__mro__ if base.__name__ in known), None)
    return [] if name is None else known[name]


@cache
def portfolios() -> dict[str, list[Configuration]]:
    """Return all portfolios, by the names of the classes.

    Examples
    --------
    >>> from skhpo.defaults import portfolios
    >>> len(portfolios()["LogisticRegression"])
    6
    """
    found: dict[str, list[Configuration]] = json.loads(
        files("skhpo.defaults").joinpath("portfolios.json").read_text(encoding="utf-8")
    )
    return found


def _adapted(name: str, value: Any, dimension: Dimension, size: Size) -> Any:
    """Return a value for data of another size: numbers beyond the bounds are moved there."""
    if name in _PER_FEATURE:
        value = value / size.n_features
    value = tuple(value) if isinstance(value, list) else value
    if dimension.contains(value) or not isinstance(value, int | float):
        return value
    arguments = dimension.arguments()
    return min(max(value, arguments["low"]), arguments["high"]) if "low" in arguments else value


def _is_active(dimension: Dimension, values: Configuration) -> bool:
    return all(
        any(equal_values(values.get(parent), one) for one in allowed)
        for parent, allowed in dimension.when.items()
    )


def _in_turn(lists: list[list[Configuration]]) -> list[Configuration]:
    """Return the first of each list, then the second of each."""
    return [one for ones in zip_longest(*lists) for one in ones if one is not None]
