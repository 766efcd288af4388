"""A process that has everything imported and forks the worker: the successor of one that died is there at once.

Starting Python and importing scikit-learn takes a second or more of a core; a fork takes some hundredths. The guard
itself imports what skhpo does, and never loads a task or computes anything, so that it has nothing which does not
survive a fork. It passes messages on in both directions. On Linux only; elsewhere workers are started one by one.
"""

import ctypes
import gc
import os
import pickle
import queue
import signal
import warnings
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import wait

import numpy as np

from skhpo.evaluation._worker import IDLE_SECONDS, Bench, leave_interrupts_to_parent

EXIT_SECONDS = 0.5  # what an idle worker has for its own clearing up
_PR_SET_PDEATHSIG = 1


def can_guard():
    """Whether this platform has what a guard needs."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


def guard(connection, idle_seconds=IDLE_SECONDS):
    """Have a worker, again and again, until the pipe to the parent is closed or nothing has come for a while.

    Parameters
    ----------
    connection : Connection
        This end of the pipe to the parent.
    idle_seconds : float, default=300.0
        How long to wait for a task.
    """
    leave_interrupts_to_parent()
    gc.freeze()
    _Guard(connection, idle_seconds).run()


class _Guard:
    def __init__(self, parent, idle_seconds):
        self._parent = parent
        self._idle_seconds = idle_seconds
        self._token = self._task = None
        self._is_busy = False
        self._key = None
        self._pid = 0

    def run(self):
        """Go on until there is nothing more to do; in the worker, return when that has come to its end."""
        try:
            is_worker = self._fork()
            while not is_worker:
                limit = None if self._task else self._idle_seconds
                ready = wait([self._parent, self._worker, self._pidfd], limit)
                if self._worker in ready:
                    self._pass_answers_on()
                if self._pidfd in ready:
                    is_worker = self._replace()
                elif self._parent in ready:
                    is_worker = self._obey(self._parent.recv_bytes())
                elif not ready:
                    break
        except (EOFError, OSError):
            pass  # the parent is gone
        finally:
            if self._pid:
                self._end()

    def _fork(self):
        """Start a worker; returns whether this is it."""
        self._worker, end = Pipe()
        with warnings.catch_warnings():
            # Python warns of other threads, which are those of OpenBLAS: it sees to forks itself.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._pid = os.fork()
        if self._pid == 0:
            self._worker.close()
            self._parent.close()
            _serve(end)
            return True
        end.close()
        self._pidfd = os.pidfd_open(self._pid)
        self._is_busy, self._key = False, None
        if self._task is not None:
            self._tell(self._task)
        return False

    def _tell(self, message):
        with suppress(OSError):  # its end is noticed elsewhere
            self._worker.send_bytes(message)

    def _pass_answers_on(self):
        while True:
            try:
                if not self._worker.poll():
                    return
                answer = self._worker.recv_bytes()
            except (EOFError, OSError):
                _kill(self._pid)  # nothing can be said to it any more
                wait([self._pidfd])
                return
            self._is_busy = False
            self._parent.send_bytes(answer)

    def _obey(self, message):
        kind, token, *content = pickle.loads(message)
        if kind == "kill":
            # If that worker has died by itself meanwhile, its death has been told, and this one is innocent.
            return content[0] == self._key and self._replace()
        self._key = content[0] if kind == "call" else None
        self._is_busy = kind != "end"
        self._token, self._task = token, {"task": message, "end": None}.get(kind, self._task)
        self._tell(message)
        return False

    def _replace(self):
        """Say that the worker has died, if need be by our hand, and start another one."""
        code = self._reap()
        self._parent.send_bytes(pickle.dumps((self._token, "died", None, code)))
        return self._fork()

    def _reap(self):
        _kill(self._pid)
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0  # its number may be another's from now on, and the parent may be gone when it is told
        os.close(self._pidfd)
        self._worker.close()
        return os.waitstatus_to_exitcode(status)

    def _end(self):
        """End with the worker; one that is idle is given time to clear up."""
        self._worker.close()
        if not self._is_busy:
            wait([self._pidfd], EXIT_SECONDS)
        self._reap()


def _kill(pid):
    """Kill a worker and what it has started; it has not been waited for yet, so that its number is its own."""
    for kill in (os.killpg, os.kill):
        with suppress(OSError):
            kill(pid, signal.SIGKILL)


def _serve(connection):
    """Be a worker."""
    os.setpgid(0, 0)
    with suppress(Exception):
        # Should the guard itself be killed, its worker is not to stay behind.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    np.random.seed()  # noqa: NPY002 - or every successor would draw what the first one did
    bench = Bench(connection)

    def get(seconds):
        try:
            if connection.poll(seconds):
                return connection.recv_bytes()
        except (EOFError, OSError):
            return None
        raise queue.Empty

    while (message := bench.wait(get, None)) is not None:
        bench.handle(message)
