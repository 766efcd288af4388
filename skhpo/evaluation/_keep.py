"""Keeps trained models as files for the time of a search, so that any worker can train them on.

The files are a cache: where one cannot be written or read, on another machine or because a model does not pickle, it
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
    """A temporary directory with a file for each trial, split and amount.

    It is made and closed by the search, as a context manager; its copies in workers write and read.

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

    def __enter__(self):
        return self

    def __exit__(self, error_type, error, traceback):
        self.close()

    def close(self):
        """Remove everything. A worker that is still training cannot bring it back."""
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
        """Keep a model, if that is possible.

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
        with suppress(Exception):
            handle, path = tempfile.mkstemp(dir=self.folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    cloudpickle.dump(Kept(amount, configuration, estimator), file, protocol=5)
                # Readers see a whole file or none.
                os.replace(path, Path(self.folder, f"{number}-{split}-{amount}"))
            except BaseException:
                os.unlink(path)
                raise

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
        amounts = [self._amount(path) for path in Path(self.folder).glob(f"{number}-{split}-*")]
        amount = max((one for one in amounts if one <= at_most), default=None)
        if amount is None:
            return None
        # A model that is gone, or of a class unknown here.
        with suppress(Exception), open(Path(self.folder, f"{number}-{split}-{amount}"), "rb") as file:
            return pickle.load(file)
        return None

    def forget(self, number, below=None):
        """Remove the models of a trial that will not be trained on.

        Parameters
        ----------
        number : int
            The trial.
        below : int or None, default=None
            Only those that were trained with less than this; None for all.
        """
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
