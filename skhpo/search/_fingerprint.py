"""What makes a search the one it is, as JSON: a file of another search is recognised, and what differs is named."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from numbers import Integral
from platform import python_version

import joblib
import numpy as np
import pandas as pd

from skhpo.exceptions import InvalidSpaceError
from skhpo.space import SearchSpace, short_repr, value_to_json

# Parameters that may change while a search is interrupted: how fits are done, how many, and what is made of them.
_FREE = {
    *(
        "estimator",
        "scoring",
        "cv",
        "n_iter",
        "n_repeats",
        "n_generations",
        "refit",
        "error_score",
        "stopping",
    ),
    *("n_jobs", "pre_dispatch", "verbose", "timeout", "fit_timeout", "fit_memory", "isolation", "devices"),
    *("prior_observations", "storage", "keep", "warm_start"),
}
# Parameters of estimators that say how they work and not what they learn: another machine has others. Where `memory`
# is a number, it is no cache of a pipeline.
_WITHOUT_EFFECT = {"n_jobs": object, "verbose": object, "memory": str | dict | None}
_SPACES = ("search_spaces", "param_distributions", "param_grid")


def fingerprint(search, X, y, params):
    """Describe a search and its data.

    Parameters
    ----------
    search : BaseSearch
        The search.
    X, y : indexable
        The data; `y` may be None.
    params : dict
        Fit parameters.

    Returns
    -------
    dict
        What JSON can hold, the same in every process.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearchCV
    >>> fingerprint(GridSearchCV(SVC(), {"C": [1, 2]}), [[1.0], [2.0]], [0, 1], {})["space"]
    [{'dimensions': {'C': {'type': 'Categorical', 'choices': [1, 2]}}, 'n_iter': None}]
    """
    own = search.get_params(deep=False)
    settings = {
        name: _describe(value) for name, value in own.items() if name not in _FREE and name not in _SPACES
    }
    if not isinstance(own.get("random_state"), Integral):
        settings.pop("random_state", None)  # what is drawn instead is stored
    if not own.get("reshuffle"):
        settings.pop("reshuffle", None)  # files of earlier versions do not have it
    if isinstance(search.refit, str):
        settings["refit"] = search.refit
    return {
        "search": {"class": type(search).__name__, **settings},
        "space": _space(next(own[name] for name in _SPACES if name in own), "search_spaces" not in own),
        "estimator": _describe(search.estimator),
        "scoring": _describe(search.scoring),
        "cv": _cv(search.cv),
        "data": {"X": _data(X), "y": _data(y), **{str(name): _data(value) for name, value in params.items()}},
    }


def difference(there, here, place=""):
    """Say in what two descriptions differ first, None if in nothing.

    Parameters
    ----------
    there, here : object
        Descriptions as `fingerprint` makes them.
    place : str, default=""
        The name of what is described.

    Returns
    -------
    str or None
        A text for people.

    Examples
    --------
    >>> difference({"cv": 5, "scoring": "f1"}, {"cv": 5, "scoring": "roc_auc"})
    "scoring is 'f1' there and 'roc_auc' here"
    """
    if there == here:
        return None
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        compared = _compared(there, here, place)
        places = {name: f"{place}.{name}" if place else str(name) for name in compared}
        found = (difference(there.get(name), here.get(name), places[name]) for name in compared)
        if (first := next(filter(None, found), None)) is not None or all(
            n in there and n in here for n in compared
        ):
            return first
    if isinstance(there, list) and isinstance(here, list) and len(there) == len(here) <= 20:
        pairs = enumerate(zip(there, here, strict=True))
        return next(filter(None, (difference(a, b, f"{place}[{i}]") for i, (a, b) in pairs)), None)
    if place.endswith(".hash"):
        return f"the values of {place.removesuffix('.hash')} are others"
    return f"{place} is {short_repr(there, 100)} there and {short_repr(here, 100)} here"


def _compared(there, here, place):
    """Return the names in two mappings that have to have the same values."""
    names = [*there, *(name for name in here if name not in there)]
    if not place.endswith(".params.dict"):
        return names
    return [name for name in names if not _is_without_effect(name, there, here)]


def _is_without_effect(name, there, here):
    kind = _WITHOUT_EFFECT.get(name, ())
    return isinstance(there.get(name), kind) and isinstance(here.get(name), kind)


def versions(estimator):
    """Return the versions of Python, of this package and those that it needs, and of the estimator's packages.

    Parameters
    ----------
    estimator : estimator
        Its parameters are looked through as well.

    Returns
    -------
    dict of str to str
        By the names under which packages are installed.
    """
    parts = [estimator]
    if hasattr(estimator, "get_params"):
        parts += estimator.get_params(deep=True).values()
    modules = {type(part).__module__.partition(".")[0] for part in parts if hasattr(part, "get_params")}
    known = _distributions()
    names = {name for module in modules for name in known.get(module, ())}
    found = {"python": python_version()}
    for name in sorted({"skhpo", "scikit-learn", "numpy", "scipy", "joblib", "pandas"} | names):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


@cache
def _distributions():
    # Looking through all that is installed takes up to a second.
    return packages_distributions()


def _space(spec, is_drop_in):
    with suppress(InvalidSpaceError):  # scikit-learn takes more than we do, such as any object with an `rvs`
        return SearchSpace.from_spec(spec, tuples_are_choices=is_drop_in).to_dict()
    return _describe(spec)


def _describe(value):
    if isinstance(value, np.ndarray) and value.size > 100:
        return _data(value)
    return value_to_json(value)


def _cv(cv):
    if hasattr(cv, "split"):
        own = sorted(getattr(cv, "__dict__", {}).items())
        attributes = {name: one for name, one in own if not _is_generator(one)}
        return {"class": type(cv).__name__, **{name: _describe(one) for name, one in attributes.items()}}
    if cv is None or isinstance(cv, Integral):
        return None if cv is None else int(cv)
    return "an iterable of splits"  # which are compared themselves


def _is_generator(value):
    return isinstance(value, np.random.RandomState | np.random.Generator)


def _data(value):
    """Describe data by their shape and a hash."""
    if value is None:
        return None
    shape = list(getattr(value, "shape", ())) or ([len(value)] if hasattr(value, "__len__") else [])
    return {"shape": [int(n) for n in shape], "hash": _hash(value)}


def _hash(value):
    if isinstance(value, pd.DataFrame | pd.Series):
        # The layout of a frame in memory depends on how it was made.
        with suppress(TypeError):
            rows = pd.util.hash_pandas_object(value, index=False).to_numpy()
            columns = list(getattr(value, "columns", [value.name] if isinstance(value, pd.Series) else []))
            return joblib.hash((rows, [repr(one) for one in columns]))
    if hasattr(value, "tocsr"):
        matrix = value.tocsr()
        return joblib.hash((matrix.data, matrix.indices, matrix.indptr))
    try:
        return joblib.hash(np.ascontiguousarray(value) if isinstance(value, np.ndarray) else value)
    except Exception:  # what cannot be pickled, such as a callback that holds a lock
        return _describe(value)
