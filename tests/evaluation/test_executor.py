"""Calls on the workers of joblib's backends, one by one."""

import os
import threading
import warnings

import joblib
import numpy as np
import pytest
import sklearn
from threadpoolctl import threadpool_info

from skhpo.evaluation import Executor
from skhpo.evaluation._threads import InnerThreads

BACKENDS = ["loky", "threading", "multiprocessing"]


def double(shared, job):
    """The simplest call."""
    return 2 * job + shared


def refuse(shared, job):
    """A call that raises."""
    raise KeyError(f"job {job}")


def report_worker(shared, job):
    """Which process this is, what the data are and whether they could be changed."""
    return os.getpid(), id(shared), shared["X"].flags.writeable, float(shared["X"][job, 0])


def report_configuration(shared, job):
    """scikit-learn's configuration as a fit would see it."""
    return sklearn.get_config()["enable_metadata_routing"]


def report_warnings(shared, job):
    """How many warnings a fit would show."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.warn("announced", UserWarning, stacklevel=1)
    return len(caught)


def report_inner_workers(shared, job):
    """How many workers an estimator with n_jobs=-1 inside a fit would get."""
    return joblib.effective_n_jobs(-1)


def wait_for_turn(shared, job):
    """Return only when the next job has begun."""
    shared["begun"][job].set()
    if job + 1 in shared["begun"]:
        shared["begun"][job + 1].wait(timeout=30)
    return job


def run_all(executor, jobs):
    """Submit all jobs and collect the results by job."""
    for job in jobs:
        executor.submit(job)
    return dict(executor.wait() for _ in jobs)


@pytest.mark.parametrize("backend", BACKENDS)
def test_results_say_which_worker_they_come_from(backend):
    """The timeline would show one worker that does everything at once, or a new one for every fit."""
    jobs = range(2 if backend == "threading" else 6)
    turns = {"begun": {job: threading.Event() for job in jobs}}
    function, shared = (wait_for_turn, turns) if backend == "threading" else (double, 0)
    with (
        joblib.parallel_config(backend),
        Executor(function, shared, n_jobs=2, label=lambda result, worker: worker) as executor,
    ):
        workers = run_all(executor, jobs)
    assert set(workers.values()) <= {0, 1}
    if backend == "threading":  # where both are known to have run at the same time
        assert sorted(workers.values()) == [0, 1]


def test_calls_in_this_process_come_from_the_only_worker():
    """Without workers a search has a timeline as well."""
    with Executor(double, 1, label=lambda result, worker: (result, worker)) as executor:
        assert run_all(executor, [3]) == {3: (7, 0)}


@pytest.mark.parametrize("backend", BACKENDS)
def test_calls_run_on_every_backend(backend):
    """Users choose the backend with joblib.parallel_config and expect every search to follow."""
    with joblib.parallel_config(backend), Executor(double, 1, n_jobs=2) as executor:
        assert executor.n_workers == 2
        assert not executor.is_in_process
        assert run_all(executor, range(5)) == {0: 1, 1: 3, 2: 5, 3: 7, 4: 9}
        assert executor.n_pending == 0


def test_one_worker_means_this_process():
    """A debugger and a profiler see the fits of a search with n_jobs=1."""
    with Executor(lambda shared, job: os.getpid(), None) as executor:
        assert executor.is_in_process
        assert run_all(executor, [0]) == {0: os.getpid()}


@pytest.mark.parametrize("backend", [None, *BACKENDS])
def test_errors_of_calls_are_raised(backend):
    """error_score="raise" has to bring the estimator's own error to the user."""
    n_jobs = 1 if backend is None else 2
    with (
        joblib.parallel_config(backend or "loky"),
        pytest.raises(KeyError, match="job 7"),
        Executor(refuse, None, n_jobs=n_jobs) as executor,
    ):
        run_all(executor, [7])


@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_large_data_are_memory_mapped_and_unpacked_once(backend):
    """Sending gigabytes with every fit would take longer than fitting."""
    data = {"X": np.arange(2_000_000.0).reshape(-1, 2)}
    with joblib.parallel_config(backend), Executor(report_worker, data, n_jobs=2) as executor:
        results = run_all(executor, range(6))
    assert {job: value for job, (*_, value) in results.items()} == {job: 2.0 * job for job in range(6)}
    # Memory-mapped arrays are read-only, copies that came through a pipe are not.
    assert {writeable for _, _, writeable, _ in results.values()} == {False}
    copies = {(pid, identity) for pid, identity, _, _ in results.values()}
    assert len(copies) == len({pid for pid, _ in copies})


@pytest.mark.parametrize("backend", BACKENDS)
def test_workers_see_the_configuration_of_the_caller(backend):
    """Metadata routing that is on in the caller and off in the workers fails silently."""
    with (
        joblib.parallel_config(backend),
        sklearn.config_context(enable_metadata_routing=True),
        Executor(report_configuration, None, n_jobs=2) as executor,
    ):
        assert run_all(executor, [0]) == {0: True}


@pytest.mark.parametrize(("action", "n_shown"), [("ignore", 0), ("always", 1)])
def test_worker_processes_see_the_warning_filters_of_the_caller(action, n_shown):
    """A user who silenced a warning does not want it a thousand times from the workers."""
    with warnings.catch_warnings():
        warnings.simplefilter(action, UserWarning)
        with Executor(report_warnings, None, n_jobs=2) as executor:
            assert run_all(executor, [0]) == {0: n_shown}


@pytest.mark.parametrize("backend", BACKENDS)
def test_parallelism_inside_a_fit_gets_its_share_of_the_cores(backend):
    """A forest with n_jobs=-1 in each of 2 workers would start twice as many threads as there are cores."""
    cores = joblib.cpu_count()
    n_jobs = max(cores, 2)
    with joblib.parallel_config(backend), Executor(report_inner_workers, None, n_jobs=n_jobs) as executor:
        assert run_all(executor, [0]) == {0: 1}


def test_inner_threads_never_exceed_their_share():
    """More threads than cores make every one of them slower."""
    backend = InnerThreads(share=3, nesting_level=1)
    assert [backend.effective_n_jobs(n) for n in (1, 2, 8)] == [1, 2, 3]


def test_results_come_in_the_order_of_completion():
    """A search that waits for the oldest fit leaves cores idle."""
    shared = {"begun": {job: threading.Event() for job in range(3)}}
    with joblib.parallel_config("threading"), Executor(wait_for_turn, shared, n_jobs=2) as executor:
        executor.submit(0)  # ends only after 1 has begun, and 1 only after 2
        executor.submit(1)
        assert executor.wait()[0] == 0
        executor.submit(2)
        assert {executor.wait()[0], executor.wait()[0]} == {1, 2}


def test_waiting_has_a_limit():
    """A budget of time has to be kept while a fit is running."""
    shared = {"begun": {0: threading.Event(), 1: threading.Event()}}
    with joblib.parallel_config("threading"), Executor(wait_for_turn, shared, n_jobs=2) as executor:
        executor.submit(0)
        assert executor.wait(timeout=0.01) is None
        shared["begun"][1].set()
        assert executor.wait()[0] == 0


@pytest.mark.parametrize(
    ("pre_dispatch", "capacity"),
    [(None, 3), ("2*n_jobs", 4), ("all", float("inf")), (1, 1), ("n_jobs", 2), (0, 1)],
)
def test_capacity_follows_pre_dispatch(pre_dispatch, capacity):
    """pre_dispatch is how users of scikit-learn bound memory."""
    with joblib.parallel_config("threading"), Executor(double, 0, n_jobs=2) as executor:
        assert executor.capacity(pre_dispatch) == capacity


def test_leaving_early_gives_up_what_is_pending():
    """After an error nobody waits for fits whose results are not wanted."""
    release = threading.Event()
    shared = {"begun": {0: threading.Event(), 1: release}}
    with joblib.parallel_config("threading"), Executor(wait_for_turn, shared, n_jobs=2) as executor:
        executor.submit(0)
        shared["begun"][0].wait(timeout=30)
        release.set()
    assert executor.n_pending == 0


def test_what_cannot_be_pickled_is_refused_and_nothing_stays_open():
    """A search that fails at its start must leave the threads of this process as they were."""
    before = [pool["num_threads"] for pool in threadpool_info()]
    with pytest.raises(TypeError, match="pickle"), Executor(double, threading.Lock(), n_jobs=2):
        pass
    assert [pool["num_threads"] for pool in threadpool_info()] == before
