"""Searches on joblib's distributed back ends: dask and ray give what one process gives."""

from __future__ import annotations

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from skhpo import BayesSearchCV, RandomizedSearchCV

# Both packages warn of their own dependencies, at import and in threads of theirs.
pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore")]

SPACE = {"max_depth": [1, 2, 3, 4], "min_samples_leaf": list(range(1, 20))}


@pytest.fixture(scope="module")
def dask_backend():
    """Start a cluster of two worker processes on this machine."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster),
    ):
        yield "dask"


@pytest.fixture(scope="module")
def ray_backend():
    """Start ray with two workers on this machine."""
    ray = pytest.importorskip("ray")
    from ray.util.joblib import register_ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    register_ray()
    yield "ray"
    ray.shutdown()


@pytest.fixture(params=["dask", "ray"])
def backend(request) -> str:
    """Return the name of a back end that has been started."""
    return request.getfixturevalue(f"{request.param}_backend")


def _search(search_class, **arguments):
    return search_class(
        DecisionTreeClassifier(random_state=0), SPACE, n_iter=8, cv=3, random_state=0, n_jobs=2, **arguments
    )


def _rows(search) -> list[tuple[dict, float]]:
    return list(zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True))


@pytest.mark.parametrize("search_class", [BayesSearchCV, RandomizedSearchCV])
def test_results_are_those_of_local_processes(backend, search_class) -> None:
    """A cluster makes a search faster and changes nothing else."""
    X, y = load_iris(return_X_y=True)
    here = _search(search_class).fit(X, y)
    with joblib.parallel_config(backend=backend, n_jobs=2):
        there = _search(search_class).fit(X, y)
    assert _rows(there) == _rows(here)


class FailsWhenDeep(DecisionTreeClassifier):
    def fit(self, X, y, sample_weight=None):
        if self.max_depth == 4:
            raise ValueError("too deep")
        return super().fit(X, y, sample_weight)


def test_a_failing_configuration_costs_one_row(backend) -> None:
    """An error on a remote worker neither ends the search nor leaves it waiting for ever."""
    X, y = load_iris(return_X_y=True)
    search = RandomizedSearchCV(
        FailsWhenDeep(random_state=0), {"max_depth": [1, 4]}, n_iter=2, cv=3, random_state=0, n_jobs=2
    )
    with joblib.parallel_config(backend=backend, n_jobs=2):
        search.fit(X, y)
    assert sorted(np.isnan(search.cv_results_["mean_test_score"])) == [False, True]
    (failed,) = (trial for trial in search.trials_ if trial.error)
    assert failed.error.message == "too deep"
