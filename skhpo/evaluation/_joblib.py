"""Calls on the workers of joblib's backends, one at a time.

joblib's own `Parallel` wants all calls up front. A search knows its next call only after results have come back, so
the calls go to the backend one by one, through the interface that joblib defines for the authors of backends
(`submit` with a callback on completion). The backend is configured by a `Parallel` object, so that `n_jobs`,
``joblib.parallel_config`` and nesting mean here what they mean everywhere. The joblib internals that this takes are
all in this file; checked on joblib 1.5 and 1.6.
"""

import os
from contextlib import ExitStack
from functools import partial

import joblib
import sklearn
from joblib._utils import eval_expr
from joblib.parallel import BatchedCalls

from skhpo.evaluation._calls import call_in_process, call_in_thread, warning_filters
from skhpo.evaluation._parcel import Parcel, cloudpickle
from skhpo.evaluation._threads import InnerThreads, native_threads_limited, share_of_cores

__all__ = ["ActiveBackend", "JoblibWorkers", "eval_expr"]

# What distributed backends raise if a worker was lost, and how often the call is made then. Dask has tried some more
# times itself before it says that a call kills workers; calls whose data were lost with a worker are not to blame.
_DEATHS = {
    "KilledWorker": 1,
    "FutureCancelledError": 5,
    "WorkerCrashedError": 2,
    "ActorDiedError": 2,
    "OutOfMemoryError": 2,
}


class ActiveBackend:
    """What ``joblib.parallel_config`` and `n_jobs` say.

    Parameters
    ----------
    n_jobs : int or None
        As everywhere in scikit-learn.

    Attributes
    ----------
    parallel : joblib.Parallel
        Not entered.
    backend : ParallelBackendBase
        The active one.
    n_workers : int
        How many workers it would use.
    """

    def __init__(self, n_jobs):
        self.parallel = joblib.Parallel(n_jobs=n_jobs)
        self.backend = self.parallel._backend
        self.n_workers = self.parallel._effective_n_jobs()

    @property
    def is_loky(self):
        """Whether it is joblib's default."""
        return type(self.backend).__name__ == "LokyBackend"

    @property
    def env(self):
        """Environment variables of workers in processes: the sizes of native thread pools, as joblib sets them."""
        return self.backend._prepare_worker_env(n_jobs=self.n_workers)

    @property
    def folder(self):
        """Where the user wants memory-mapped arrays to be, None if that was not said."""
        asked_for = self.parallel._backend_kwargs.get("temp_folder")
        return asked_for or os.environ.get("JOBLIB_TEMP_FOLDER") or None


class JoblibWorkers:
    """Makes calls on the workers of a backend.

    Parameters
    ----------
    active : ActiveBackend
        The backend.
    function : callable
        Called as ``function(shared, job, *extra)``.
    shared : object
        First argument of every call.
    completed : queue.SimpleQueue
        Where results are put: pairs of the key of a call and a function that returns its value and the number of its
        worker, or raises its error.

    Attributes
    ----------
    n_workers : int
        How many calls run at the same time.
    is_in_process : bool
        Whether there turned out to be no workers.
    """

    def __init__(self, active, function, shared, completed):
        self._parallel = active.parallel
        self._shared = shared
        self._completed = completed
        self._handles = {}
        self._numbers = {}  # of the workers, in the order of their first results
        self._stack = ExitStack()
        self._parallel.__enter__()
        self._stack.callback(self._parallel.__exit__, None, None, None)
        self._backend = self._parallel._backend
        self.n_workers = self._parallel._effective_n_jobs()
        self.is_in_process = isinstance(self._backend, joblib.parallel.SequentialBackend)
        if not self.is_in_process:
            try:
                self._start(function, shared)
            except BaseException:
                self._stack.close()
                raise

    def _start(self, function, shared):
        backend, parallel = self._backend, self._parallel
        backend.start_call()
        parallel._calling = True  # has it call `stop_call` when it is left
        self._stack.enter_context(backend.retrieval_context())
        is_dask = type(backend).__name__ == "DaskDistributedBackend"
        share = share_of_cores(self.n_workers)
        # Dask runs what is nested on the cluster, and limits threads when it starts a worker.
        inner = InnerThreads(share, nesting_level=(backend.nesting_level or 0) + 1), None
        self._nested = backend.get_nested_backend() if is_dask else inner
        config = sklearn.get_config()
        shares_memory = getattr(backend, "supports_sharedmem", False)
        # Beside workers in other processes one thread here is enough, and it makes proposals the same to the last bit.
        self._stack.enter_context(native_threads_limited(share if shares_memory else 1))
        if shares_memory:
            self._call = partial(call_in_thread, function, config, share, shared)
            self._arguments = ()
        else:
            self._call = partial(
                call_in_process, function, config, warning_filters(), None if is_dask else share
            )
            self._arguments = Parcel(shared).arguments

    def submit(self, key, job, extra):
        """Have a call made."""
        # Parcels travel as plain arguments because that is where backends look for large arrays.
        if extra and self._arguments:
            # Pickled now: the callbacks' contexts change while the backend's own thread is pickling.
            extra = cloudpickle.dumps(extra)
        call = (self._call, [job, extra, *self._arguments], {})
        handle = self._backend.submit(
            BatchedCalls([call], self._nested, None, {}), callback=partial(self._on_completion, key)
        )
        self._handles[key] = handle
        if hasattr(handle, "add_done_callback"):
            # The dask backend calls back on success only.
            handle.add_done_callback(partial(self._on_failure, key))

    def submit_again(self, key, job, extra):
        """Have a call made once more whose worker was lost, and with it perhaps the data."""
        if self._arguments:
            self._arguments = Parcel(self._shared).arguments
        self.submit(key, job, extra)

    def stop(self):
        """Have the workers leave their work undone."""
        self._backend.abort_everything(ensure_ready=False)

    def close(self):
        """Leave the backend."""
        self._handles.clear()
        self._stack.close()

    def _on_completion(self, key, result=None):
        self._completed.put((key, partial(self._retrieve, key, result)))

    def _on_failure(self, key, future):
        if not future.cancelled() and future.exception() is not None:
            self._completed.put((key, partial(_raise, future.exception())))

    def _retrieve(self, key, result):
        handle = self._handles.pop(key, None)
        if getattr(self._backend, "supports_retrieve_callback", False):
            ((value, place),) = self._backend.retrieve_result_callback(result)
        else:
            ((value, place),) = self._backend.retrieve_result(handle)
        return value, self._numbers.setdefault(place, len(self._numbers))


def most_attempts(error):
    """Return how often a call is made that a backend has answered with this error; None if no worker was lost."""
    return _DEATHS.get(type(error).__name__)


def _raise(error):
    raise error
