"""The workers of a search: any joblib backend, one call at a time, without barriers.

joblib's own `Parallel` wants all calls up front. A search knows its next call only after results have come back, so
the calls go to the backend one by one, through the interface that joblib defines for the authors of backends
(`submit` with a callback on completion). The backend is configured by a `Parallel` object, so that `n_jobs`,
``joblib.parallel_config`` and nesting mean here what they mean everywhere. The joblib internals that this takes are
all in this file; checked on joblib 1.5 and 1.6.
"""

import math
import queue
import time
import warnings
from contextlib import ExitStack
from functools import partial

import joblib
import sklearn
from joblib._utils import eval_expr
from joblib.parallel import BatchedCalls

from skhpo.evaluation._parcel import Parcel, cloudpickle, freeze_modules, unpack
from skhpo.evaluation._threads import InnerThreads, limit_this_worker, native_threads_limited, share_of_cores

GRACE_SECONDS = 0.5  # calls that end within it need no worker to be killed
POLL_SECONDS = 0.5  # waiting in slices keeps Ctrl-C alive where a lock cannot be interrupted (Windows)


class Executor:
    """Calls one function of a shared object and a job, on the workers of the active joblib backend.

    Parameters
    ----------
    function : callable
        Called as ``function(shared, job, *extra)``; importable by name, as processes may have to find it.
    shared : object
        First argument of every call; sent to every worker once.
    n_jobs : int or None, default=None
        As everywhere in scikit-learn.

    Attributes
    ----------
    n_workers : int
        How many calls run at the same time.
    n_pending : int
        Calls submitted and not returned by `wait` yet.
    is_in_process : bool
        Whether there are no workers: a call runs in this process, when it is waited for.
    """

    def __init__(self, function, shared, n_jobs=None):
        self._function = function
        self._shared = shared
        self._parallel = joblib.Parallel(n_jobs=n_jobs)
        self._completed = queue.SimpleQueue()
        self._pending = {}
        self._n_submitted = 0
        self._stack = ExitStack()

    @property
    def n_pending(self):
        """Calls submitted and not returned by `wait` yet."""
        return len(self._pending)

    def __enter__(self):
        self._parallel.__enter__()
        self._stack.callback(self._parallel.__exit__, None, None, None)
        self._backend = self._parallel._backend
        self.n_workers = self._parallel._effective_n_jobs()
        self.is_in_process = isinstance(self._backend, joblib.parallel.SequentialBackend)
        self._is_loky = type(self._backend).__name__ == "LokyBackend"
        if not self.is_in_process:
            try:
                self._start()
            except BaseException:
                self._stack.close()
                raise
        return self

    def __exit__(self, error_type, error, traceback):
        try:
            if not self.is_in_process:
                self._give_up(0.0 if error_type is KeyboardInterrupt else GRACE_SECONDS)
        finally:
            self._pending.clear()
            self._stack.close()

    def _give_up(self, grace):
        """Get rid of what is pending: wait for short calls, stop long ones with their workers."""
        if self._is_loky:
            # What has not begun never will. Other backends do not let a call be taken back.
            for _, handle in self._pending.values():
                handle.cancel()
        deadline = time.monotonic() + grace
        while self._pending and (completed := self._next_completed(deadline)) is not None:
            self._pending.pop(completed[0], None)
        if self._pending:
            self._backend.abort_everything(ensure_ready=False)

    def capacity(self, pre_dispatch=None):
        """Return how many calls may be pending.

        Parameters
        ----------
        pre_dispatch : int, str or None, default=None
            A number, an expression of ``n_jobs`` or "all", as in joblib; None for one more than there are workers.

        Returns
        -------
        float
            At least 1; infinity for "all".
        """
        if self.is_in_process:
            return 1
        if pre_dispatch is None:
            return self.n_workers + 1
        if pre_dispatch == "all":
            return math.inf
        if isinstance(pre_dispatch, str):
            pre_dispatch = eval_expr(pre_dispatch.replace("n_jobs", str(self.n_workers)))
        return max(int(pre_dispatch), 1)

    def submit(self, job, *extra):
        """Have a job done.

        Parameters
        ----------
        job : Job
            Second argument of the call.
        *extra : object
            Further arguments.
        """
        key, self._n_submitted = self._n_submitted, self._n_submitted + 1
        self._pending[key] = (job, None)
        if self.is_in_process:
            self._completed.put((key, partial(self._function, self._shared, job, *extra)))
            return
        handle = self._backend.submit(self._packed(job, extra), callback=partial(self._on_completion, key))
        self._pending[key] = (job, handle)
        if hasattr(handle, "add_done_callback"):
            # The dask backend calls back on success only.
            handle.add_done_callback(partial(self._on_failure, key))

    def wait(self, timeout=None):
        """Wait for any of the pending calls.

        Parameters
        ----------
        timeout : float or None, default=None
            Seconds to wait at most. A call that runs in this process cannot be waited for in part.

        Returns
        -------
        (Job, object) or None
            A job with the result of its call; None if the time is up.

        Raises
        ------
        Exception
            What the call raised, or what broke the workers.
        """
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        while (completed := self._next_completed(deadline)) is not None:
            if completed[0] in self._pending:
                return self._finish(*completed)
        return None

    def _next_completed(self, deadline):
        """Return the key and the result of the next call to end, None if there is none before the deadline."""
        while True:
            left = deadline - time.monotonic()
            try:
                return self._completed.get(timeout=max(min(left, POLL_SECONDS), 0.0))
            except queue.Empty:
                if left <= 0:
                    return None

    def _finish(self, key, result):
        job, handle = self._pending.pop(key)
        if self.is_in_process:
            return job, result()
        if isinstance(result, _Broken):
            raise result.error
        if getattr(self._backend, "supports_retrieve_callback", False):
            (value,) = self._backend.retrieve_result_callback(result)
        else:
            (value,) = self._backend.retrieve_result(handle)
        return job, value

    def _start(self):
        backend, parallel = self._backend, self._parallel
        backend.start_call()
        parallel._calling = True  # has it call `stop_call` when it is left
        self._stack.enter_context(backend.retrieval_context())
        is_dask = type(backend).__name__ == "DaskDistributedBackend"
        share = share_of_cores(self.n_workers)
        # Dask runs what is nested on the cluster, and limits threads when it starts a worker; loky does the latter.
        inner = InnerThreads(share, nesting_level=(backend.nesting_level or 0) + 1), None
        self._nested = backend.get_nested_backend() if is_dask else inner
        self._reducer_callback = (
            partial(_use_temporary_folder_of, backend, parallel) if self._is_loky else None
        )
        config = sklearn.get_config()
        shares_memory = getattr(backend, "supports_sharedmem", False)
        # Beside workers in other processes one thread here is enough, and it makes proposals the same to the last bit.
        self._stack.enter_context(native_threads_limited(share if shares_memory else 1))
        if shares_memory:
            self._call = partial(_call_in_thread, self._function, config, share, self._shared)
            self._arguments = ()
        else:
            limit = None if is_dask or self._is_loky else share
            call = _call_in_loky_worker if self._is_loky else _call_in_process
            self._call = partial(call, self._function, config, _warning_filters(), limit)
            self._arguments = Parcel(self._shared).arguments

    def _packed(self, job, extra):
        # Parcels travel as plain arguments because that is where backends look for large arrays.
        if extra and self._arguments:
            # Pickled now: the callbacks' contexts change while the backend's own thread is pickling.
            extra = cloudpickle.dumps(extra)
        call = (self._call, [job, extra, *self._arguments], {})
        return BatchedCalls([call], self._nested, self._reducer_callback, {})

    def _on_completion(self, key, result=None):
        self._completed.put((key, result))

    def _on_failure(self, key, future):
        if not future.cancelled() and future.exception() is not None:
            self._completed.put((key, _Broken(future.exception())))


class _Broken:
    """An error of the backend rather than of the call."""

    def __init__(self, error):
        self.error = error


def _call_in_thread(function, config, share, shared, job, extra):
    limit_this_worker(share)
    with sklearn.config_context(**config):
        return function(shared, job, *extra)


def _call_in_process(function, config, filters, limit, job, extra, *parcel):
    if limit is not None:
        limit_this_worker(limit)
    with sklearn.config_context(**config), warnings.catch_warnings():
        warnings.resetwarnings()
        warnings.filters.extend(filters)
        return function(unpack(*parcel), job, *(cloudpickle.loads(extra) if extra else ()))


def _call_in_loky_worker(function, config, filters, limit, job, extra, token, *content):
    freeze_modules(*content)
    return _call_in_process(function, config, filters, limit, job, extra, token, *content)


def _warning_filters():
    """Return the caller's warning filters; they are kept elsewhere in free-threaded Python."""
    return list(getattr(warnings, "_get_filters", lambda: warnings.filters)())


def _use_temporary_folder_of(backend, parallel):
    """Have loky put memory-mapped arrays where they are removed when this search is over."""
    backend._workers._temp_folder_manager.set_current_context(parallel._id)
