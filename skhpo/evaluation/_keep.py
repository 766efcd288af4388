"""Keeps trained models for the time of a search: small ones in memory, others as files, so that any worker can go on.

It is a cache: where a file cannot be written or read, on another machine or because a model does not pickle, the model
is trained from the beginning.
"""

import os
import pickle
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from skhpo.evaluation._parcel import cloudpickle

# So many bytes may be held in memory, as far as the size of the first model of each amount tells.
_MOST_HELD = 2**26


class Kept(NamedTuple):
    """A model to be trained on.

    Attributes
    ----------
    amount : int
        The resource it was trained with.
    configuration : dict
        Its hyperparameters.
    estimator : estimator
        The fitted model, a copy of the reader's own.
    """

    amount: int
    configuration: dict
    estimator: Any


class Keeper:
    """A temporary directory with a file for each trial, split and amount, and models that need no file.

    It is made and closed by the search, as a context manager; its copies in workers write and read files. A search that
    fits in its own process holds models in memory as long as they are small: for those a file takes longer than some
    more training.

    Parameters
    ----------
    most : int or None, default=None
        Largest amount of the search: what was trained with it is not kept.

    Attributes
    ----------
    folder : str
        The directory.

    Examples
    --------
    >>> from skhpo.evaluation import Keeper
    >>> with Keeper(most=9) as keeper:
    ...     keeper.save(0, 2, 3, {"C": 1.0}, "a model")
    ...     keeper.load(0, 2, at_most=9)
    Kept(amount=3, configuration={'C': 1.0}, estimator='a model')
    """

    def __init__(self, most=None):
        self.most = most
        self.folder = tempfile.mkdtemp(prefix="skhpo-")
        self._forgotten = set()
        self._held = {}  # (trial, split) to amount to model
        self._sizes = {}  # amount to bytes of a model

    def __getstate__(self):
        # What is held here, nobody else can reach.
        return {**self.__dict__, "_held": None}

    def __enter__(self):
        return self

    def __exit__(self, error_type, error, traceback):
        self.close()

    def close(self):
        """Remove everything. A worker that is still training cannot bring it back."""
        self._held = None
        gone = f"{self.folder}-gone"
        # Under another name first: nobody adds a file while the directory is being emptied.
        with suppress(OSError):
            os.rename(self.folder, gone)
        shutil.rmtree(gone, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def wants(self, amount):
        """Whether a model of this amount may be trained on."""
        return self.most is None or amount < self.most

    def save(self, number, split, amount, configuration, estimator):
        """Keep a model, if that is possible. It is the keeper's from now on.

        Parameters
        ----------
        number, split : int
            The trial and the split.
        amount : int
            The resource it was trained with.
        configuration : dict
            The trial's hyperparameters.
        estimator : estimator
            The fitted model.
        """
        kept, held = Kept(amount, configuration, estimator), self._held
        if held is not None and self._has_room(held, amount):
            held.setdefault((number, split), {})[amount] = kept
            return
        with suppress(Exception):
            handle, path = tempfile.mkstemp(dir=self.folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    cloudpickle.dump(kept, file, protocol=5)
                    self._sizes.setdefault(amount, file.tell())
                # Readers see a whole file or none.
                os.replace(path, Path(self.folder, f"{number}-{split}-{amount}"))
            except BaseException:
                os.unlink(path)
                raise

    def _has_room(self, held, amount):
        """Whether one more model is small enough to be held."""
        if amount not in self._sizes:
            return False
        n_held = sum(map(len, tuple(held.values())))
        return (n_held + 1) * max(self._sizes.values()) <= _MOST_HELD

    def load(self, number, split, at_most):
        """Return the model of a trial and split that was trained longest, up to an amount.

        Parameters
        ----------
        number, split : int
            The trial and the split.
        at_most : int
            What was trained with more is of no use.

        Returns
        -------
        Kept or None
            None if there is no such model or it cannot be read.
        """
        kept = self._find(number, split, at_most)
        if not isinstance(kept, Kept):
            return _read(kept)
        with suppress(Exception):
            return pickle.loads(cloudpickle.dumps(kept))
        return None

    def take(self, number, split, at_most):
        """Return the same as `load`; the model may be gone then, as its reader trains it on and saves it again."""
        kept = self._find(number, split, at_most)
        if not isinstance(kept, Kept):
            return _read(kept)
        self._held_of(number, split).pop(kept.amount, None)
        return kept

    def _held_of(self, number, split):
        return {} if self._held is None else self._held.get((number, split), {})

    def _find(self, number, split, at_most):
        """Return the longest training up to an amount: what is held, the path of a file, or None."""
        found = {self._amount(path): path for path in Path(self.folder).glob(f"{number}-{split}-*")}
        found |= self._held_of(number, split)
        amount = max((one for one in found if one <= at_most), default=None)
        return found.get(amount)

    def forget(self, number, below=None):
        """Remove the models of a trial that will not be trained on.

        Parameters
        ----------
        number : int
            The trial.
        below : int or None, default=None
            Only those that were trained with less than this; None for all.
        """
        for key in [one for one in tuple(self._held or ()) if one[0] == number]:
            for amount in tuple(self._held[key]):
                if below is None or amount < below:
                    self._held[key].pop(amount, None)
            if not self._held[key]:
                del self._held[key]
        for path in Path(self.folder).glob(f"{number}-*-*"):
            if below is None or self._amount(path) < below:
                with suppress(OSError):
                    path.unlink()

    def forget_all(self, trials):
        """Remove the models of trials that will not be trained on."""
        over = {trial.number for trial in trials} - self._forgotten
        for number in over:
            self.forget(number)
        self._forgotten |= over

    @staticmethod
    def _amount(path):
        return int(path.name.rpartition("-")[2])


def _read(path):
    """Return the model of a file, if there is one."""
    # A model that is gone, or of a class unknown here.
    with suppress(Exception):
        return pickle.loads(Path(path).read_bytes())
    return None
