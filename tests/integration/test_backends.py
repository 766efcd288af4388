"""Searches on joblib's distributed back ends: dask and ray give what one process gives."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time

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
    workers = {m.worker for trial in there.trials_ for m in trial.measurements}
    assert workers <= {0, 1} and 0 in workers


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


class LeavesTraces(DecisionTreeClassifier):
    """Writes a file at every fit, so that the test knows when the search is in its middle."""

    def __init__(self, folder="", max_depth=None, min_samples_leaf=1):
        super().__init__(max_depth=max_depth, min_samples_leaf=min_samples_leaf, random_state=0)
        self.folder = folder

    def fit(self, X, y, sample_weight=None):
        handle, _ = tempfile.mkstemp(dir=self.folder)
        os.close(handle)
        time.sleep(0.05)  # a fit that can be interrupted
        return super().fit(X, y, sample_weight)


def test_workers_leave_and_join_in_mid_search(tmp_path) -> None:
    """Machines of a cluster come and go; a search of hours must neither end with one nor ignore a new one."""
    distributed = pytest.importorskip("distributed")
    X, y = load_iris(return_X_y=True)

    def make(folder):
        return BayesSearchCV(LeavesTraces(folder=str(folder)), SPACE, n_iter=20, cv=3, random_state=0)

    def disturb(cluster, pids, folder):
        while len(os.listdir(folder)) < 10:
            time.sleep(0.01)
        os.kill(pids[0], signal.SIGKILL)
        cluster.scale(3)

    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        joblib.parallel_config("dask", n_jobs=2),
    ):
        here = make(tmp_path / "here").set_params(n_jobs=2)
        with joblib.parallel_config("loky"):
            here.fit(X, y)
        pids = list(client.run(os.getpid).values())
        disturber = threading.Thread(target=disturb, args=(cluster, pids, tmp_path / "there"), daemon=True)
        disturber.start()
        there = make(tmp_path / "there").fit(X, y)
        disturber.join()
        client.wait_for_workers(3, timeout=60)
    assert _rows(there) == _rows(here)
    assert {trial.status for trial in there.trials_} == {"complete"}
