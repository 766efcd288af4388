"""Ctrl-C while a search is running: it must not strike while results are being recorded."""

import signal
import threading


class Interrupts:
    """Holds Ctrl-C back, except where it is allowed to strike; a context manager.

    The handler that the user's program has installed is asked what Ctrl-C means: it is held back if that handler raises
    ``KeyboardInterrupt``, as Python's own does. In threads other than the main one nothing is done, as signals
    never arrive there.

    Parameters
    ----------
    wake : callable, default=int
        Called without arguments when Ctrl-C is held back, within a signal handler. The default does nothing.

    Attributes
    ----------
    is_set : bool
        Whether a Ctrl-C is being held back.
    strikes : bool
        Whether it is not held back at the moment.
    is_nested : bool
        Whether this goes on within a run already, such as that of an outer search.
    """

    def __init__(self, wake=int):
        self._wake = wake
        self.strikes = False
        self._region = _Region(self)
        self._before = None
        self.is_set = self.is_nested = False

    def __enter__(self):
        before = signal.getsignal(signal.SIGINT)
        self.is_nested = self.are_held_back()
        if threading.current_thread() is threading.main_thread() and callable(before):
            self._before = before
            signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, error_type, error, traceback):
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if error_type is None:
            self.strike()

    def allowed(self):
        """Return a context manager within which Ctrl-C strikes at once, as it does elsewhere."""
        return self._region

    def strike(self):
        """Raise ``KeyboardInterrupt`` if a Ctrl-C was held back."""
        if self.is_set:
            self.is_set = False
            raise KeyboardInterrupt

    def forget(self):
        """Take no more notice of a Ctrl-C that was held back: there is nothing left to end."""
        self.is_set = False

    @staticmethod
    def are_held_back():
        """Whether this is going on within a run already, such as that of an outer search."""
        return isinstance(getattr(signal.getsignal(signal.SIGINT), "__self__", None), Interrupts)

    def _handle(self, number, frame):
        try:
            self._before(number, frame)
        except KeyboardInterrupt:
            if self.strikes:
                raise
            self.is_set = True
            self._wake()


class _Region:
    """The part of a run in which Ctrl-C strikes. A class, as it is entered twice for every fit."""

    def __init__(self, interrupts):
        self._interrupts = interrupts

    def __enter__(self):
        self._interrupts.strike()
        self._interrupts.strikes = True

    def __exit__(self, error_type, error, traceback):
        self._interrupts.strikes = False
