"""What a worker process of our own does: it keeps one task, makes one call at a time, and ends with its parent.

Messages to a worker are pickled tuples that begin with what they are: ("task", token, call, address, place) for what is
shared by all calls to come, ("call", token, key, arguments) and ("end", token). It answers with (token, kind, key,
content): "ready" and "broken" after a task, "done" and "raised" after a call. The token says which task is meant, so
that answers to a search that is over are not mistaken for those to the next one. Where a guard stands between the two,
it understands ("kill", token, key) as well, and answers "died" for a worker that did not.
"""

import gc
import os
import pickle
import queue
import signal
import sys
import threading
import traceback
from contextlib import suppress

from skhpo.evaluation._parcel import cloudpickle

IDLE_SECONDS = 300.0
GC_SECONDS = 1.0  # collecting takes a while, and the next search should not wait for it


def work(connection, idle_seconds=IDLE_SECONDS):
    """Do what comes through a pipe until it is closed, or nothing has come for a while.

    Parameters
    ----------
    connection : Connection
        The worker's end of a pipe to its parent.
    idle_seconds : float, default=300.0
        How long a worker without a task waits for the next one.
    """
    leave_interrupts_to_parent()
    inbox, is_busy = queue.SimpleQueue(), threading.Event()
    threading.Thread(target=_receive, args=(connection, inbox, is_busy), daemon=True).start()
    bench = Bench(connection)
    while (message := bench.wait(lambda seconds: inbox.get(timeout=seconds), idle_seconds)) is not None:
        is_busy.set()
        bench.handle(message)
        is_busy.clear()


def leave_interrupts_to_parent():
    """Take no notice of Ctrl-C, and have a process group, so that what fits start can be ended with this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if hasattr(os, "setpgid"):
        with suppress(OSError):
            os.setpgid(0, 0)


def _receive(connection, inbox, is_busy):
    """Hand messages on; this process ends with its parent, in the middle of a call too."""
    try:
        while True:
            inbox.put(connection.recv_bytes())
    except (EOFError, OSError):
        if is_busy.is_set():
            os._exit(1)
        inbox.put(None)


class Bench:
    """The task at hand.

    Parameters
    ----------
    connection : Connection
        Where answers go.
    """

    def __init__(self, connection):
        self._connection = connection
        self._token = self._call = self._shared = None

    def wait(self, get, idle_seconds):
        """Return the next message, None to end; what is left of the last task is cleared away in the meantime.

        Parameters
        ----------
        get : callable
            Given a number of seconds or None, returns a message, or raises `queue.Empty`.
        idle_seconds : float or None
            How long to wait without a task.
        """
        if self._token is not None:
            return get(None)
        for seconds in (GC_SECONDS, idle_seconds):
            with suppress(queue.Empty):
                return get(seconds)
            gc.collect()
        return None

    def handle(self, message):
        """Do what a message says, and answer."""
        kind, token, *content = pickle.loads(message)
        if kind == "task":
            self._begin(token, *content)
        elif kind == "call":
            self._answer(token, *self._made(*content))
        else:
            self._token = self._call = self._shared = None

    def _begin(self, token, call, address, place):
        self._token = token
        try:
            sys.path[:], directory, environment = place
            os.environ.update(environment)
            if directory is not None:
                with suppress(OSError):
                    os.chdir(directory)
            self._call, self._shared = pickle.loads(call), address.open()
            answer = "ready", None, b""
        except Exception as error:
            answer = "broken", None, _pickled_error(error)
        self._answer(token, *answer)

    def _made(self, key, arguments):
        try:
            job, extra = pickle.loads(arguments)
            value = self._call(self._shared, job, extra)
            return "done", key, cloudpickle.dumps(value)
        except Exception as error:
            return "raised", key, _pickled_error(error)
        except BaseException as error:
            _end_process(error)
        finally:
            _flush()

    def _answer(self, *answer):
        with suppress(BrokenPipeError):  # the parent is gone: the receiving thread ends this process
            self._connection.send_bytes(pickle.dumps(answer))


def _pickled_error(error):
    """Return an error with its traceback as a note, which survives pickling; another one if it cannot be pickled."""
    note = "".join(["\nIn a worker process:\n", *traceback.format_exception(error)])
    error.add_note(note)
    try:
        pickled = cloudpickle.dumps(error)
        pickle.loads(pickled)
    except Exception:
        other = RuntimeError(f"{type(error).__name__}: {error}")
        other.add_note(note)
        return cloudpickle.dumps(other)
    return pickled


def _end_process(error):
    """End this process as an error wants that is no `Exception`: `sys.exit` in a fit is taken at its word."""
    code = error.code if isinstance(error, SystemExit) else 1
    if not isinstance(code, int | None):
        sys.stderr.write(f"{code}\n")
        code = 1
    _flush()
    os._exit(code or 0)


def _flush():
    """Show what was printed; a worker may be killed at any time."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
