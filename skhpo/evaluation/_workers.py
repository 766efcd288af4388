"""A pool of worker processes of our own, of which each has a pipe: whatever happens to one, the others never notice.

A thread of this process looks after them: it hands out calls, notices deaths and fits that take too long, and replaces
workers. Only that thread touches them, so that nothing which happens to the main thread, Ctrl-C included, can leave
them in disorder.
"""

import math
import multiprocessing
import os
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from functools import partial
from multiprocessing import connection
from uuid import uuid4

from skhpo.evaluation._parcel import StoredParcel, cloudpickle
from skhpo.evaluation._processes import Worker, describe_exit, end_all, hire, retire
from skhpo.exceptions import FitTimeoutError, WorkerDiedError

LONGEST_WAIT = 3600.0  # seconds; the operating system counts its milliseconds with 31 bits
N_STARTS = 3  # so many workers in a row may die before they are at work


class Lost:
    """What there is in place of the result of a call that was lost.

    Attributes
    ----------
    error : WorkerDiedError or FitTimeoutError
        What happened.
    seconds : float
        How long the call had been running, the first time included if it was made twice.
    worker : int or None
        The number of its worker; None if it is not known.
    """

    def __init__(self, error, seconds, worker=None):
        self.error = error
        self.seconds = seconds
        self.worker = worker


class WorkerPool:
    """Makes calls in worker processes.

    Parameters
    ----------
    call : Call
        What is called, as ``call(shared, job, extra)``.
    shared : object
        Loaded by every worker once.
    n_workers : int
        How many calls are made at the same time.
    envs : list of dict
        Environment variables of the workers, in turn.
    completed : queue.SimpleQueue
        Where results are put: pairs of the key of a call, None for all of them, and a `Lost`, or a function that
        returns the value of the call and the number of its worker, or raises its error.
    timeout : float or None, default=None
        Seconds that a call may take.
    is_reusable : bool, default=True
        Whether the workers may be used for another search.
    folder : str or None, default=None
        For `StoredParcel`.
    """

    def __init__(
        self, call, shared, n_workers, envs, completed, *, timeout=None, is_reusable=True, folder=None
    ):
        self._envs = [envs[i % len(envs)] for i in range(n_workers)]
        self._completed = completed
        self._timeout = math.inf if timeout is None else timeout
        self._is_reusable = is_reusable
        self._token = uuid4().hex
        self._calls = {}  # the pickled arguments, until the call has come to an end
        self._queue = deque()
        self._suspects = {}  # calls whose worker has died once, and how long they had been running
        self._workers = [None] * n_workers
        self._n_failed_starts = 0
        self._is_open = True
        self._commands = deque()
        self._parcel = StoredParcel(shared, folder)
        self._task = "task", self._token, cloudpickle.dumps(call), self._parcel.address
        self._place = _place()
        self._wake_up, self._bell = multiprocessing.Pipe(duplex=False)
        self._thread = threading.Thread(target=self._serve, daemon=True, name="skhpo-workers")
        self._thread.start()

    def submit(self, key, job, extra):
        """Have a call made. The arguments are pickled now: callbacks' contexts change later on."""
        self._command(self._add, key, cloudpickle.dumps((job, extra)))

    def cancel(self, keys):
        """Forget calls; where one is running, its worker is replaced. Nothing is put out for them from then on."""
        self._command(self._drop, set(keys))

    def cancel_waiting(self):
        """Forget the calls that have not begun."""
        self._command(self._drop_waiting)

    def close(self):
        """End what is running, keep the idle workers for the next search, and remove all files."""
        self._command(self._leave)
        self._thread.join()
        self._parcel.close()
        self._wake_up.close()
        self._bell.close()

    def _command(self, *command):
        self._commands.append(command)
        self._bell.send_bytes(b"")

    # From here on everything is done by the thread.

    def _serve(self):
        try:
            while self._is_open:
                self._hand_out()
                ready = connection.wait(self._watched(), self._seconds_left())
                if self._wake_up in ready:
                    self._obey()
                for i, worker in enumerate(self._workers):
                    if worker is not None and (worker.connection in ready or worker.sentinel in ready):
                        self._listen(i, worker)
                self._end_overdue()
        except BaseException as error:
            self._completed.put((None, partial(_raise, error)))
            self._leave()

    def _obey(self):
        while self._wake_up.poll():
            self._wake_up.recv_bytes()
            function, *arguments = self._commands.popleft()
            function(*arguments)

    def _add(self, key, arguments):
        self._calls[key] = arguments
        self._queue.append(key)

    def _drop(self, keys):
        for key in keys & self._calls.keys():
            del self._calls[key]
            self._suspects.pop(key, None)
        self._queue = deque(key for key in self._queue if key not in keys)
        for i, worker in enumerate(self._workers):
            if worker is not None and worker.key in keys:
                self._stop(i, worker)

    def _drop_waiting(self):
        for key in self._queue:
            self._complete(key, None)
        self._queue.clear()

    def _leave(self):
        self._is_open = False
        left = []
        for i, worker in enumerate(self._workers):
            if worker is not None and worker.key is not None:
                self._stop(i, worker)
            if self._workers[i] is not None:
                worker.send("end", self._token)
                left.append(worker)
        (retire if self._is_reusable else end_all)(left)

    def _hand_out(self):
        """Give waiting calls to workers without one, and start workers if there are not enough."""
        waiting = [one for one in self._workers if one is not None and one.is_ready and one.key is None]
        while self._queue and waiting:
            worker, key = waiting.pop(), self._queue.popleft()
            worker.key, worker.began = key, time.monotonic()
            worker.send("call", self._token, key, self._calls[key])
        n_starting = sum(worker is not None and not worker.is_ready for worker in self._workers)
        vacant = [i for i, worker in enumerate(self._workers) if worker is None]
        for i in vacant[: max(len(self._queue) - n_starting, 0)]:
            env = self._envs[i]
            self._workers[i] = hire(env) if self._is_reusable else Worker(env)
            path, directory, environment = self._place
            self._workers[i].send(*self._task, (path, directory, environment | env))

    def _watched(self):
        present = [worker for worker in self._workers if worker is not None]
        return [self._wake_up, *(w.connection for w in present), *(w.sentinel for w in present)]

    def _seconds_left(self):
        began = [worker.began for worker in self._workers if worker is not None and worker.key is not None]
        if not began or self._timeout == math.inf:
            return None
        return min(max(min(began) + self._timeout - time.monotonic(), 0.0), LONGEST_WAIT)

    def _listen(self, i, worker):
        # Looked at first: what it sent before it died is in the pipe then.
        is_over = bool(connection.wait([worker.sentinel], 0))
        for message in worker.receive():
            if message is None:
                is_over = True
                break
            token, kind, key, content = message
            if token == self._token:
                self._take(i, worker, kind, key, content)
        if is_over:
            self._bury(i, worker)

    def _take(self, i, worker, kind, key, content):
        if kind == "ready":
            worker.is_ready = True
            self._n_failed_starts = 0
        elif kind == "died":
            self._replaced(i, worker, content)
        elif kind == "broken":
            self._completed.put((None, partial(_raise_pickled, content)))
        else:
            worker.key = None
            self._complete(key, partial(_RETRIEVE[kind], content, i))

    def _complete(self, key, result):
        if self._calls.pop(key, None) is not None:
            self._suspects.pop(key, None)
            self._completed.put((key, result))

    def _bury(self, i, worker):
        """See to the call of a worker that has died: it is made once more, as a death may have other reasons."""
        self._take_blame(i, worker, self._end(i, worker))

    def _replaced(self, i, worker, code):
        """The same, where the successor is there already."""
        if not worker.is_dying:
            self._take_blame(i, worker, code)
        worker.release()

    def _take_blame(self, i, worker, code):
        how, key, seconds = describe_exit(code), worker.key, time.monotonic() - worker.began
        if not worker.is_ready:
            self._n_failed_starts += 1
            if self._n_failed_starts == N_STARTS:
                message = (
                    f"{N_STARTS} worker processes in a row did not begin their work: the last one {how}."
                )
                self._completed.put((None, partial(_raise, WorkerDiedError(message))))
        elif key in self._calls:
            if key in self._suspects:
                seconds += self._suspects[key]
                self._complete(key, Lost(WorkerDiedError(_describe_death(how)), seconds, i))
            else:
                self._suspects[key] = seconds
                self._queue.appendleft(key)

    def _end_overdue(self):
        now = time.monotonic()
        for i, worker in enumerate(self._workers):
            if worker is not None and worker.key is not None and now - worker.began >= self._timeout:
                key, seconds = worker.key, now - worker.began
                self._stop(i, worker)
                message = f"The fit was stopped after {seconds:.3g} seconds (fit_timeout={self._timeout:g})."
                seconds += self._suspects.get(key, 0.0)
                self._complete(key, Lost(FitTimeoutError(message), seconds, i))

    def _stop(self, i, worker):
        """End what a worker is doing."""
        if not worker.is_guarded:
            self._end(i, worker)
            return
        worker.send("kill", self._token, worker.key)
        worker.release()
        worker.is_dying = True

    def _end(self, i, worker):
        self._workers[i] = None
        return worker.end()


def _place():
    """Return what may have changed since an idle worker was started.

    It is where modules and files are looked for, and the environment.
    """
    directory = None
    with suppress(OSError):  # it may have been removed
        directory = os.getcwd()
    return list(sys.path), directory, dict(os.environ)


def _describe_death(how):
    hint = ""
    if "SIGKILL" in how:
        hint = " It may have run out of memory: fewer workers need less, and `fit_memory` limits what one fit takes."
    return f"The worker process {how} during the fit, and the one that had tried before ended, too.{hint}"


def _raise(error):
    raise error


def _raise_pickled(content, worker=None):
    raise cloudpickle.loads(content)


def _loaded(content, worker):
    return cloudpickle.loads(content), worker


_RETRIEVE = {"done": _loaded, "raised": _raise_pickled}
