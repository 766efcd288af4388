"""Keeps the tests that use a search, marks the excluded ones, and provides the fixtures of scikit-learn's own suite."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn_suite._excluded import exclusion
from sklearn_suite._uses import uses
from threadpoolctl import threadpool_limits

COLLECTED = pytest.StashKey[list]()


def pytest_configure(config):
    """Register the marks of scikit-learn's suite."""
    for mark in ("parallel_threads(n)", "iterations(n)", "thread_unsafe", "no_check_spmatrix"):
        config.addinivalue_line("markers", f"{mark}: used by scikit-learn's tests, without effect here")


def _uses_a_search(item):
    targets = getattr(getattr(item, "module", None), "REPLACEMENTS", None)
    if targets is None:
        return True
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    return uses((item.function, parameters), targets, item.function.__module__)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Drop tests which use no search of ours; an excluded test must fail, or its exclusion is not needed any more."""
    here = [item for item in items if "sklearn_suite" in item.path.parts]
    dropped = {item for item in here if not _uses_a_search(item)}
    items[:] = [item for item in items if item not in dropped]
    here = [item for item in here if item not in dropped]
    config.stash[COLLECTED] = [item.nodeid for item in here if hasattr(item.module, "REPLACEMENTS")]
    for item in here:
        entry = exclusion(item.nodeid)
        if entry is not None:
            item.add_marker(pytest.mark.xfail(reason=entry.reason, strict=not entry.by_chance))


@pytest.fixture
def collected(request):
    """Return the ids of all tests of scikit-learn that are run against our classes, excluded ones among them."""
    ids = request.config.stash[COLLECTED]
    if len({one.partition("::")[0] for one in ids}) < 4 or any("::" in one for one in request.config.args):
        pytest.skip("judges the directory as a whole, of which only a part was selected")
    return ids


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Keep the many small fits from fighting over the cores."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def global_random_seed():
    """Return the seed which scikit-learn's suite uses by default."""
    return 42


@pytest.fixture
def global_dtype():
    """Return the type of floats which scikit-learn's suite uses by default."""
    return np.float64


@pytest.fixture
def pyplot():
    """Skip what draws."""
    return pytest.skip("draws a picture, which no search does")
