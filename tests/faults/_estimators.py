"""Estimators that bring down what they run in, and the data for them; imported by the workers, too."""

import os
import signal
import sys
import time

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

X, Y = np.arange(60.0).reshape(-1, 1), np.arange(60) % 2


class Hazard(ClassifierMixin, BaseEstimator):
    """Does what its parameter says: 0 to 99 are good, and the greater the better.

    Parameters
    ----------
    x : int or str, default=0
        The hyperparameter.
    folder : str or None, default=None
        Where "once" leaves a mark.
    seconds : float, default=0.0
        What a good fit takes.
    """

    def __init__(self, x=0, folder=None, seconds=0.0):
        self.x = x
        self.folder = folder
        self.seconds = seconds

    def fit(self, X, y):
        """Fit, or not."""
        act = getattr(self, f"_{self.x}", None)
        if act is not None:
            act()
        time.sleep(self.seconds)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        """Always the first class."""
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        """Return the parameter; what does not end before this is reached is good."""
        return self.x / 100 if isinstance(self.x, int) else 0.5

    def _killed(self):
        os.kill(os.getpid(), signal.SIGKILL)

    def _exits(self):
        os._exit(139)

    def _hangs(self):
        os.write(1, f"hanging {os.getpid()}\n".encode())
        time.sleep(3600)

    def _greedy(self):
        np.ones(2**28)

    def _interrupted(self):
        signal.raise_signal(signal.SIGINT)

    def _raises(self):
        raise RuntimeError("x is bad")

    def _leaves(self):
        sys.exit("as if this were a script")

    def _once(self):
        """Kill the process the first time only."""
        try:
            os.close(os.open(os.path.join(self.folder, "mark"), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


def processes_of(parent):
    """Return the numbers of the processes that a process has started, as far as they are there."""
    with open(f"/proc/{parent}/task/{parent}/children") as file:
        return [int(number) for number in file.read().split()]


def is_running(pid):
    """Whether there is such a process and it has not ended."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False
