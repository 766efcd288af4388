"""The workers of a search: one call at a time, without barriers.

Calls are made in this process, in worker processes of our own, or on the workers of the joblib backend that the user
has chosen: `Executor` is the one face of the three.
"""

import math
import queue
import time
from collections import Counter, deque
from contextlib import ExitStack
from functools import partial

import sklearn

from skhpo.evaluation._calls import Call, warning_filters
from skhpo.evaluation._joblib import ActiveBackend, JoblibWorkers, eval_expr, most_attempts
from skhpo.evaluation._limits import Limits
from skhpo.evaluation._threads import native_threads_limited, share_of_cores
from skhpo.evaluation._workers import Lost, WorkerPool
from skhpo.exceptions import WorkerDiedError

GRACE_SECONDS = 0.5  # calls that end within it need no worker to be killed
POLL_SECONDS = 0.5  # waiting in slices keeps Ctrl-C alive where a lock cannot be interrupted (Windows)


class Executor:
    """Calls one function of a shared object and a job.

    With joblib's default backend, and where `limits` ask for it, the calls are made in worker processes of our own;
    with any other backend on its workers.

    Parameters
    ----------
    function : callable
        Called as ``function(shared, job, *extra)``; importable by name, as processes may have to find it.
    shared : object
        First argument of every call; sent to every worker once.
    n_jobs : int or None, default=None
        As everywhere in scikit-learn.
    limits : Limits, optional
        What the workers have to see to.
    on_loss : callable or None, default=None
        Called as ``on_loss(shared, job, error, seconds)`` for a call that was lost with its worker, which may be for
        the second time; what it returns counts as the result of the call. None to raise the error.
    label : callable or None, default=None
        Called as ``label(result, worker)`` for every result, with the number of the worker that it comes from, None if
        that is not known; what it returns is the result. None to leave results as they are.

    Attributes
    ----------
    n_workers : int
        How many calls run at the same time.
    n_pending : int
        Calls submitted and not returned by `wait` yet.
    is_in_process : bool
        Whether there are no workers: a call runs in this process, when it is waited for.
    """

    def __init__(self, function, shared, n_jobs=None, *, limits=None, on_loss=None, label=None):
        self._function = function
        self._shared = shared
        self._n_jobs = n_jobs
        self._limits = Limits() if limits is None else limits
        self._on_loss = _raise_loss if on_loss is None else on_loss
        self._label = _as_it_is if label is None else label
        self._completed = queue.SimpleQueue()
        self._pending = {}
        self._n_submitted = 0
        # Calls that joblib backends have lost with their workers: how often, which wait, and which is made again.
        self._attempts, self._suspects, self._repeated = Counter(), deque(), None
        self._pool = self._joblib = None
        self._stack = ExitStack()

    @property
    def n_pending(self):
        """Calls submitted and not returned by `wait` yet."""
        return len(self._pending)

    def __enter__(self):
        active = ActiveBackend(self._n_jobs)
        self.n_workers = active.n_workers
        self._limits.check_backend(active.backend, active.n_workers)
        self.is_in_process = False
        try:
            if self._limits.needs_processes or (active.is_loky and active.n_workers > 1):
                self._start_pool(active)
            else:
                self._joblib = JoblibWorkers(active, self._function, self._shared, self._completed)
                self._stack.callback(self._joblib.close)
                self.n_workers, self.is_in_process = self._joblib.n_workers, self._joblib.is_in_process
        except BaseException:
            self._stack.close()
            raise
        return self

    def _start_pool(self, active):
        limits, n_workers = self._limits, active.n_workers
        if n_workers > 1:
            # One thread here is enough beside the workers, and makes proposals the same to the last bit.
            self._stack.enter_context(native_threads_limited(1))
        share = share_of_cores(n_workers)
        call = Call(self._function, sklearn.get_config(), warning_filters(), share, limits.fit_memory)
        self._pool = WorkerPool(
            call,
            self._shared,
            n_workers,
            limits.environments(active.env),
            self._completed,
            timeout=limits.fit_timeout,
            is_reusable=limits.devices is None,
            folder=active.folder,
        )
        self._stack.callback(self._pool.close)

    def __exit__(self, error_type, error, traceback):
        try:
            if not self.is_in_process:
                self._give_up(0.0 if error_type is KeyboardInterrupt else GRACE_SECONDS)
        finally:
            self._pending.clear()
            self._stack.close()

    def _give_up(self, grace):
        """Get rid of what is pending: wait for short calls, stop long ones with their workers."""
        if self._pool is not None:
            # What has not begun never will. Other backends do not let a call be taken back.
            self._pool.cancel_waiting()
        deadline = time.monotonic() + grace
        while self._pending and (completed := self._next_completed(deadline)) is not None:
            self._pending.pop(completed[0], None)
        if self._pending and self._joblib is not None:
            self._joblib.stop()

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
        self._pending[key] = job, extra
        if self.is_in_process:
            self._completed.put((key, partial(self._call_here, job, *extra)))
        else:
            (self._pool or self._joblib).submit(key, job, extra)

    def cancel(self, is_unwanted):
        """Take calls back, as far as that is possible: `wait` does not return those.

        Parameters
        ----------
        is_unwanted : callable
            Whether a job is.
        """
        if self._pool is None:
            return
        keys = [key for key, (job, _) in self._pending.items() if is_unwanted(job)]
        for key in keys:
            del self._pending[key]
        if keys:
            self._pool.cancel(keys)

    def wake(self):
        """Have `wait` return at once; may be called within a signal handler."""
        self._completed.put((None, None))

    def wait(self, timeout=None):
        """Wait for any of the pending calls.

        Parameters
        ----------
        timeout : float or None, default=None
            Seconds to wait at most. A call that runs in this process cannot be waited for in part.

        Returns
        -------
        (Job, object) or None
            A job with the result of its call; None if the time is up, or `wake` was called.

        Raises
        ------
        Exception
            What the call raised, or what broke the workers.
        """
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        while (completed := self._next_completed(deadline)) is not None:
            key, result = completed
            if key is None:
                return None if result is None else result()
            if key in self._pending and (finished := self._finish(key, result)) is not None:
                return finished
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
        """Return a job and what came out; None if the call is made once more."""
        job, _ = self._pending[key]
        try:
            if not isinstance(result, Lost):
                return job, self._label(*result())
        except Exception as error:
            most = None if self._joblib is None or self.is_in_process else most_attempts(error)
            if most is None:
                raise
            self._attempts[key] += 1
            if self._attempts[key] < most:
                self._suspects.append(key)
                return None
            died = WorkerDiedError(f"The joblib backend has lost the worker: {type(error).__name__}: {error}")
            result = Lost(died, math.nan)
        finally:
            self._settle(key)
        return job, self._label(self._on_loss(self._shared, job, result.error, result.seconds), result.worker)

    def _call_here(self, job, *extra):
        return self._function(self._shared, job, *extra), 0

    def _settle(self, key):
        """Take note of the end of a call, and make one of those again that lost their worker, if none is made yet."""
        if key not in self._suspects:
            del self._pending[key]
        if key == self._repeated:
            self._repeated = None
        if self._repeated is None and self._suspects:
            self._repeated = self._suspects.popleft()
            self._joblib.submit_again(self._repeated, *self._pending[self._repeated])


def _as_it_is(result, worker):
    return result


def _raise_loss(shared, job, error, seconds):
    raise error
