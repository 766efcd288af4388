"""Shares of the cores."""

import threading

import joblib
import pytest
from threadpoolctl import threadpool_info

from skhpo.evaluation._threads import limit_this_worker, native_threads_limited, share_of_cores


@pytest.mark.parametrize(("cores", "workers", "share"), [(8, 2, 4), (8, 3, 2), (2, 4, 1), (4, 0, 4)])
def test_share_divides_the_cores(cores, workers, share, monkeypatch):
    """Too large a share oversubscribes, too small a one idles."""
    monkeypatch.setattr(joblib, "cpu_count", lambda: cores)
    assert share_of_cores(workers) == share


def test_limits_of_worker_threads_end_with_the_search():
    """BLAS of the user's own process must not stay at one thread after a search with threads."""
    before = [pool["num_threads"] for pool in threadpool_info()]
    with native_threads_limited(1):
        worker = threading.Thread(target=limit_this_worker, args=(1,))
        worker.start()
        worker.join()
        assert {pool["num_threads"] for pool in threadpool_info()} <= {1}
    assert [pool["num_threads"] for pool in threadpool_info()] == before
