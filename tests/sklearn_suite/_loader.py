"""Loads the tests of the installed scikit-learn with other search classes in place of its own.

A module of scikit-learn's tests is executed a second time, under a new name, while the names `GridSearchCV` and
`RandomizedSearchCV` are bound to the replacements; nothing of scikit-learn is copied and nothing stays replaced.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
import sklearn.model_selection
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import _search, _search_successive_halving
from sklearn.utils._test_common.instance_generator import INIT_PARAMS
from sklearn_suite._uses import uses

try:
    import cloudpickle
except ModuleNotFoundError:  # joblib < 1.6 brings its own copy.
    from joblib.externals import cloudpickle

#: Where scikit-learn's tests import their search classes from.
SOURCES = (sklearn.model_selection, _search, _search_successive_halving)


@contextmanager
def replaced(classes: Mapping[str, type]) -> Iterator[None]:
    """Bind scikit-learn's public names to other classes, and bind them back whatever happens."""
    originals = [
        (source, name, getattr(source, name))
        for source in SOURCES
        for name in classes
        if hasattr(source, name)
    ]
    # Tests which go through all estimators look up here how each is constructed.
    arguments = {classes[name]: INIT_PARAMS[original] for _, name, original in originals}
    for source, name, _ in originals:
        setattr(source, name, classes[name])
    try:
        with patch.dict(INIT_PARAMS, arguments):
            yield
    finally:
        for source, name, original in originals:
            setattr(source, name, original)


@contextmanager
def silence() -> Iterator[None]:
    """Import modules of scikit-learn's tests, some of which print and warn, under our stricter filters."""
    with warnings.catch_warnings(), redirect_stdout(StringIO()):
        warnings.simplefilter("ignore")
        yield


def fresh_copy(name: str, classes: Mapping[str, type], flavour: str) -> ModuleType | None:
    """Execute a module of the installed scikit-learn with other search classes; None if there is no such module."""
    try:
        # Whatever the module imports must be loaded with scikit-learn's own classes: `RidgeCV` uses one of them.
        original = importlib.import_module(name)
    except ModuleNotFoundError:
        return None
    copy = f"sklearn_suite_{flavour}_{name.rsplit('.', 1)[1]}"
    spec = importlib.util.spec_from_file_location(copy, original.__file__)
    module = importlib.util.module_from_spec(spec)
    sys.modules[copy] = module
    # Worker processes know no module of this name: they are sent its classes and functions themselves.
    cloudpickle.register_pickle_by_value(module)
    with replaced(classes):
        spec.loader.exec_module(module)
    return module


def _with_list(mark: pytest.Mark) -> pytest.Mark:
    if mark.name != "parametrize" or isinstance(mark.args[1], Collection):
        return mark
    return getattr(pytest.mark, mark.name)(
        mark.args[0], list(mark.args[1]), *mark.args[2:], **mark.kwargs
    ).mark


def without_iterators(test: Any) -> Any:
    """Give `parametrize` lists where scikit-learn gives it iterators, of which pytest warns."""
    test.pytestmark = [_with_list(mark) for mark in getattr(test, "pytestmark", [])]
    return test


def collected(module: ModuleType, targets: frozenset[type]) -> Iterator[tuple[str, Any]]:
    """Yield the fixtures of a module, and those of its tests that use one of the target classes."""
    inherited = getattr(module, "pytestmark", [])
    for name, value in vars(module).items():
        if type(value).__name__ == "FixtureFunctionDefinition":
            yield name, value
        elif name.startswith("test_") and callable(value):
            marks = without_iterators(value).pytestmark
            if uses((value, [mark.args for mark in marks]), targets, module.__name__):
                marks += inherited if isinstance(inherited, list) else [inherited]
                yield f"{module.__name__.rpartition('_suite_')[2].partition('_')[2]}__{name}", value


def load(modules: Iterable[str], classes: Mapping[str, type], flavour: str) -> dict[str, Any]:
    """Collect the tests of several modules of scikit-learn for the namespace of a test module.

    Parameters
    ----------
    modules : iterable of str
        Full names; one that the installed scikit-learn does not have is left out.
    classes : mapping of str to type
        The class to put in place of each of scikit-learn's names.
    flavour : str
        Tells apart the copies of one module; one word.

    Returns
    -------
    dict
        Tests, fixtures, `pytestmark`, and `REPLACEMENTS`, by which conftest.py recognises tests that use a search.
    """
    targets = frozenset(classes.values())
    # scikit-learn runs its suites with Python's own warning filters, not with warnings as errors.
    namespace: dict[str, Any] = {
        "pytestmark": [pytest.mark.filterwarnings("default")],
        "REPLACEMENTS": targets,
    }
    for name in modules:
        with silence():
            module = fresh_copy(name, classes, flavour)
        for key, value in collected(module, targets) if module is not None else ():
            if key in namespace:
                raise ValueError(f"{key!r} of {name} is defined by another module of the suite, too.")
            namespace[key] = value
    return namespace
