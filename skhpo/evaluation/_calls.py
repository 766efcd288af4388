"""What surrounds a call in a worker: scikit-learn's configuration, warning filters, share of cores, limit of memory."""

import os
import platform
import sys
import threading
import warnings
from contextlib import contextmanager
from typing import Any, NamedTuple

import joblib
import sklearn

from skhpo.evaluation._parcel import cloudpickle, unpack
from skhpo.evaluation._threads import InnerThreads, limit_this_worker

if sys.platform == "linux":
    import resource


class Call(NamedTuple):
    """A function as it is called in a worker process of our own.

    Attributes
    ----------
    function : callable
        Called as ``function(shared, job, *extra)``.
    config : dict
        scikit-learn's configuration of the caller.
    filters : list
        The caller's warning filters.
    share : int
        Number of threads that parallelism inside the call may use.
    memory : int or None
        Bytes that the call may need beyond what the process has.
    """

    function: Any
    config: dict
    filters: list
    share: int
    memory: int | None = None

    def __call__(self, shared, job, extra):
        """Return what the function returns."""
        inner = InnerThreads(self.share, nesting_level=1)
        with (
            joblib.parallel_config(backend=inner, n_jobs=None),
            configured_as(self.config, self.filters),
            memory_limited(self.memory),
        ):
            return self.function(shared, job, *extra)


def call_in_thread(function, config, share, shared, job, extra):
    """Call in a thread of this process, whose warning filters are the caller's anyway.

    Returns what the function returns, and what tells this worker from the others.
    """
    limit_this_worker(share)
    with sklearn.config_context(**config):
        return function(shared, job, *extra), _here()


def call_in_process(function, config, filters, limit, job, extra, *parcel):
    """Call in a process of a joblib backend; returns the same."""
    if limit is not None:
        limit_this_worker(limit)
    with configured_as(config, filters):
        return function(unpack(*parcel), job, *(cloudpickle.loads(extra) if extra else ())), _here()


def _here():
    # Processes of some backends have several workers, each a thread.
    return platform.node(), os.getpid(), threading.get_ident()


@contextmanager
def configured_as(config, filters):
    """Have scikit-learn and warnings behave as they do where the search was started."""
    with sklearn.config_context(**config), warnings.catch_warnings():
        warnings.resetwarnings()
        warnings.filters.extend(filters)
        yield


def warning_filters():
    """Return the caller's warning filters; they are kept elsewhere in free-threaded Python."""
    return list(getattr(warnings, "_get_filters", lambda: warnings.filters)())


@contextmanager
def memory_limited(n_bytes):
    """Let this process's address space grow by so many bytes at most; None for no limit.

    It is the address space and not what is resident that can be limited: an allocation that is too large fails
    at once, with a ``MemoryError``, before the kernel has to kill anybody.
    """
    if n_bytes is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = min(_address_space() + n_bytes, sys.maxsize)
    limits = [one for one in (most, soft, hard) if one != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space():
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
