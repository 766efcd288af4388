"""The parent's side of one worker process: how it is started, spoken to and ended, and where idle ones wait.

Processes are started as joblib starts those of its loky backend: scripts need no ``if __name__ == "__main__"``, and
environment variables are set before anything is imported. Checked on joblib 1.5 and 1.6.
"""

import atexit
import multiprocessing.resource_tracker
import multiprocessing.util
import os
import pickle
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress

import joblib
from joblib.externals.loky.backend import resource_tracker
from joblib.externals.loky.backend.context import get_context

from skhpo.evaluation._guard import can_guard, guard
from skhpo.evaluation._worker import work

EXIT_SECONDS = 2.0

_idle = []
_lock = threading.Lock()
_at_exit = None


class Worker:
    """A process that makes calls, one at a time.

    Parameters
    ----------
    env : dict of str to str
        Environment variables it has besides those of this process.

    Attributes
    ----------
    env : dict
        The same.
    started : float
        When it was started, on the clock that files go by.
    connection : Connection
        To be waited for: there is a message, or the process has ended.
    sentinel : int
        To be waited for: the process has ended.
    is_ready : bool
        Whether it has loaded the task.
    is_guarded : bool
        Whether it is replaced without our doing if it dies.
    is_dying : bool
        Whether it was told to be killed, and its guard has not answered yet.
    key : int or None
        The call that it is making.
    began : float
        When it began that.
    """

    def __init__(self, env):
        self.env, self.started = env, time.time()
        context = get_context("loky")
        self.connection, other = multiprocessing.Pipe()
        self.is_guarded = can_guard()
        target = guard if self.is_guarded else work
        self._process = context.Process(target=target, args=(other,), env=env)
        try:
            with _interrupts_blocked():
                self._process.start()
        finally:
            other.close()
        self.pid = self._process.pid
        self._is_over = False
        self._pidfd = _open_pidfd(self.pid)
        self.sentinel = self._process.sentinel if self._pidfd is None else self._pidfd
        self.release()

    @property
    def is_alive(self):
        """Whether the process is there."""
        self._is_over |= not self._process.is_alive()
        return not self._is_over

    def send(self, *message):
        """Send a message; nothing happens if the process is gone."""
        with suppress(OSError):
            self.connection.send_bytes(pickle.dumps(message))

    def receive(self):
        """Return the messages that have come; None after the last one if there will be no more."""
        messages = []
        with suppress(EOFError, OSError):
            while self.connection.poll():
                messages.append(pickle.loads(self.connection.recv_bytes()))
            return messages
        return [*messages, None]

    def release(self):
        """Have it without a task and a call again."""
        self.is_ready, self.is_dying, self.key, self.began = False, False, None, 0.0

    def end(self):
        """End the process, with all that it has started itself, and return its exit code."""
        self.dismiss()
        if self.is_guarded or self.key is None:
            self._process.join(EXIT_SECONDS)
            self._is_over |= not self._process.is_alive()
        if not self._is_over:
            _kill_with_group(self._process)
            self._process.join()
            self._is_over = True
        self.close()
        return self._process.exitcode

    def dismiss(self):
        """Have the process end by itself."""
        self.connection.close()

    def close(self):
        """Close what is open here."""
        self.connection.close()
        if self._pidfd is not None:
            with suppress(OSError):
                os.close(self._pidfd)
            self._pidfd = None


def describe_exit(code):
    """Return in words how a process ended.

    Examples
    --------
    >>> from skhpo.evaluation._processes import describe_exit
    >>> describe_exit(-9), describe_exit(139)
    ('was killed by the signal SIGKILL', 'ended with the exit code 139')
    """
    if code is None or code >= 0:
        return f"ended with the exit code {code}"
    with suppress(ValueError):
        return f"was killed by the signal {signal.Signals(-code).name}"
    return f"was killed by the signal {-code}"


def hire(env):
    """Return an idle worker with these environment variables, or a new one."""
    newest = _newest_code()
    with _lock:
        fits = [worker for worker in _idle if worker.env == env]
        while fits:
            worker = fits.pop()
            _idle.remove(worker)
            if worker.is_alive and worker.started > newest:
                return worker
            worker.close()
    return Worker(env)


def _newest_code():
    """Return when the code of a module outside of Python's own folders was changed last.

    Who edits and reloads a module in a notebook would otherwise get scores of the code that idle workers have loaded.
    """
    newest = 0.0
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__dict__", {}).get("__file__")
        # What is defined in the script itself is sent by value.
        if (
            name != "__main__"
            and isinstance(file, str)
            and not file.startswith((sys.prefix, sys.base_prefix))
        ):
            with suppress(OSError):
                newest = max(newest, os.stat(file).st_mtime)
    return newest


def retire(workers):
    """Keep workers for the next search; of those that wait already as many go as there are too many."""
    _see_to_exit()
    with _lock:
        for worker in workers:
            worker.release()
            _idle.append(worker)
        n_kept = len(workers) + joblib.cpu_count()
        surplus, _idle[:] = _idle[: max(len(_idle) - n_kept, 0)], _idle[-n_kept:]
    for worker in surplus:
        worker.close()  # nobody has to wait until they are gone


def _see_to_exit():
    """Have idle workers ended before multiprocessing waits for all children of this process.

    In its own processes that comes before what is registered with `atexit`, and it forgets at a fork what was to be
    done at the end.
    """
    global _at_exit
    if _at_exit is None or not _at_exit.still_active():
        _at_exit = multiprocessing.util.Finalize(None, end_idle_workers, exitpriority=0)


def end_idle_workers():
    """End all workers that wait for a search."""
    with _lock:
        workers, _idle[:] = list(_idle), []
    end_all(workers)


def end_all(workers):
    """End workers, all at the same time."""
    for worker in workers:
        worker.dismiss()
    for worker in workers:
        worker.end()


def _forget_idle_workers():
    """Leave the workers to the parent, in a process that was forked."""
    global _lock
    _lock = threading.Lock()
    while _idle:
        _idle.pop().close()


def _kill_with_group(process):
    """Kill a process and what it has started. It must not have been waited for: its number may be another's then."""
    if not hasattr(os, "killpg"):
        process.terminate()
        return
    for kill in (os.killpg, os.kill):
        with suppress(OSError):
            kill(process.pid, signal.SIGKILL)


@contextmanager
def _interrupts_blocked():
    """Have a new process begin without interrupts, as it takes a while until it can see to that itself."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # A start that started these processes would unblock interrupts again.
    for tracker in (multiprocessing.resource_tracker, resource_tracker):
        tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _open_pidfd(pid):
    """Return a handle that tells of the end of a process, None where there is no such thing.

    The pipe by which multiprocessing tells of it stays open as long as any process lives that was forked by this one.
    """
    with suppress(OSError, AttributeError):
        return os.pidfd_open(pid)
    return None


# Registered after multiprocessing's own, which waits for all children, and therefore called before it.
atexit.register(end_idle_workers)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_idle_workers)
