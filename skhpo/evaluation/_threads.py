"""Keeps the threads of fits that run side by side from outnumbering the cores."""

import threading
from contextlib import contextmanager

import joblib
from joblib.parallel import ThreadingBackend
from threadpoolctl import threadpool_limits

_limited = threading.local()


class InnerThreads(ThreadingBackend):
    """Backend for parallelism inside a fit that never starts more than its share of threads.

    Without it an estimator with ``n_jobs=-1`` in each of 4 workers starts 4 times as many threads as there are cores.

    Parameters
    ----------
    share : int, default=1
        Number of threads a fit may use.
    nesting_level : int or None, default=None
        As in joblib.
    """

    def __init__(self, share=1, nesting_level=None):
        super().__init__(nesting_level=nesting_level)
        self.share = share

    def effective_n_jobs(self, n_jobs):
        """Return how many threads run for `n_jobs`, at most the share."""
        return min(super().effective_n_jobs(n_jobs), self.share)


def share_of_cores(n_workers):
    """Return the number of threads that each of `n_workers` may use on this machine, at least 1."""
    return max(joblib.cpu_count() // max(n_workers, 1), 1)


def limit_this_worker(share):
    """Limit the native thread pools (BLAS, OpenMP) of a worker process or thread, once.

    OpenMP keeps its limit per thread, so each worker thread has to set its own.
    """
    if getattr(_limited, "share", None) != share:
        threadpool_limits(limits=share)
        _limited.share = share


@contextmanager
def native_threads_limited(share):
    """Limit the native thread pools of this process, and put them back to their sizes afterwards.

    OpenBLAS belongs to the first thread that limits it: that has to be the caller, who puts the limit back.
    """
    with threadpool_limits(limits=share):
        yield
