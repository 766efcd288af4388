"""The models of a search's fits, kept for an ensemble: those of the best trials, in memory or as files."""

import itertools
import os
import pickle
import platform
import shutil
import tempfile
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from skhpo.exceptions import StorageInUseError
from skhpo.storage import FileLock

# So many bytes may be held in memory; what goes beyond is written to a temporary directory.
_MOST_HELD = 2**28
# On some file systems each machine knows its own locks only.
_PREFIX, _LOCK = f"skhpo-models-{platform.node()}-", "-lock"
_YOUNG_SECONDS = 60.0


class FoldModels(Mapping):
    """The models of the best trials, by the number of the trial: a list with a model for each split.

    They are held pickled, and rebuilt whenever they are looked up. A shallow copy shares what it holds with the
    original, and files, if there are any, are gone with the last of them; pickles hold all.

    Parameters
    ----------
    n_best : int or None
        So many trials are kept; None for all.
    n_splits : int
        How many models a trial has.

    Attributes
    ----------
    n_bytes : int
        What the models take.

    Examples
    --------
    >>> import pickle
    >>> from skhpo.search import FoldModels
    >>> models = FoldModels(n_best=1, n_splits=2)
    >>> for number, score in ((0, 0.8), (1, 0.9)):
    ...     for split in range(2):
    ...         models.add(number, split, pickle.dumps(f"model {split} of trial {number}"))
    ...     models.rank(number, score)
    >>> dict(models)
    {1: ['model 0 of trial 1', 'model 1 of trial 1']}
    """

    def __init__(self, n_best, n_splits):
        self._n_best, self._n_splits = n_best, n_splits
        self._kept = {}  # number to split to the pickled model, or the file that it is in
        self._scores = {}  # of trials that are complete
        self._n_held = 0
        self._folder = None

    def add(self, number, split, pickled):
        """Keep the model of a fit, in place of an earlier one, unless there is no room left for it.

        Parameters
        ----------
        number, split : int
            The trial and the split.
        pickled : bytes
            The model.
        """
        models = self._kept.setdefault(number, {})
        self._remove(models.pop(split, None))
        with suppress(OSError):
            models[split] = self._put(pickled)

    def rank(self, number, score):
        """Give a trial that is complete its score, and part with the worst if they are too many.

        Parameters
        ----------
        number : int
            The trial; it is forgotten if it lacks the model of a split.
        score : float
            Greater is better.
        """
        if len(self._kept.get(number, ())) < self._n_splits:
            self.forget(number)
            return
        self._scores[number] = score
        self.limit(self._n_best)

    def limit(self, n_best):
        """Part with the worst trials if they are too many, now and from now on.

        Parameters
        ----------
        n_best : int or None
            So many trials are kept; None for all.
        """
        self._n_best = n_best
        while n_best is not None and len(self._scores) > n_best:
            # The younger one of equals goes.
            self.forget(min(self._scores, key=lambda one: (self._scores[one], -one)))

    def forget(self, number):
        """Part with the models of a trial.

        Parameters
        ----------
        number : int
            The trial; it may have none.
        """
        self._scores.pop(number, None)
        for one in self._kept.pop(number, {}).values():
            self._remove(one)

    def only(self, numbers):
        """Part with all trials but some, and return this object.

        Parameters
        ----------
        numbers : collection of int
            Trials that are complete.
        """
        for number in set(self._kept).difference(numbers):
            self.forget(number)
        return self

    @property
    def n_bytes(self):
        """What the models take."""
        return sum(len(one) for number in self for one in self._kept[number].values())

    def __getitem__(self, number):
        if number not in self._scores:
            raise KeyError(number)
        models = self._kept[number]
        return [pickle.loads(_read(models[split])) for split in sorted(models)]

    def __contains__(self, number):
        return number in self._scores

    def __iter__(self):
        return iter(sorted(self._scores))

    def __len__(self):
        return len(self._scores)

    def __repr__(self):
        return f"<models of {len(self)} trials on {self._n_splits} splits, {self.n_bytes / 2**20:.1f} MiB>"

    def __copy__(self):
        other = FoldModels(self._n_best, self._n_splits)
        other._kept = {number: dict(models) for number, models in self._kept.items()}
        other._scores, other._n_held, other._folder = dict(self._scores), self._n_held, self._folder
        return other

    def __getstate__(self):
        kept = {
            number: {split: _read(one) for split, one in models.items()}
            for number, models in self._kept.items()
        }
        return {**self.__dict__, "_kept": kept, "_folder": None}

    def __setstate__(self, state):
        self.__dict__.update(state, _kept={}, _n_held=0)
        for number, models in state["_kept"].items():
            for split, pickled in models.items():
                self.add(number, split, pickled)
        # There may be less room than where they come from.
        for number in [one for one in self if len(self._kept.get(one, ())) < self._n_splits]:
            self.forget(number)

    def _put(self, pickled):
        if self._n_held + len(pickled) > _MOST_HELD:
            if self._folder is None or not self._folder.is_usable:
                self._folder = _Folder()
            return _File(self._folder, pickled)
        self._n_held += len(pickled)
        return pickled

    def _remove(self, one):
        if isinstance(one, bytes):
            self._n_held -= len(one)


def remove_orphans():
    """Remove what is left in the temporary directory of processes that were killed: nobody has the lock of it."""
    with suppress(OSError):  # there may be no such directory
        for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}????????{_LOCK}"):
            _remove_orphan(path)


def _remove_orphan(path):
    with suppress(OSError, StorageInUseError):
        # Between making the file and locking it is a moment.
        if time.time() - path.stat().st_mtime > _YOUNG_SECONDS:
            folder = path.with_name(path.name.removesuffix(_LOCK))
            _remove(folder, FileLock(folder), os.getpid())


class _Folder:
    """A temporary directory, gone with the last one in its process who refers to it."""

    def __init__(self):
        self.path, lock = Path(tempfile.mkdtemp(prefix=_PREFIX)), None
        with suppress(OSError, StorageInUseError):  # there are file systems without locks, and wrong clocks
            # A fork may read the models after its parent is gone.
            lock = FileLock(self.path, is_inherited=True)
        self.names, self.process = itertools.count(), os.getpid()
        weakref.finalize(self, _remove, self.path, lock, self.process)

    @property
    def is_usable(self):
        """Whether there is such a directory of this process: of a fork it is not, and systems tidy up after days."""
        return self.process == os.getpid() and self.path.is_dir()


def _remove(folder, lock, process):
    if process != os.getpid():  # a fork has but a copy
        return
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        lock.release()


class _File:
    """A model in a file, gone with the last one who refers to it."""

    def __init__(self, folder, pickled):
        self._folder = folder  # for as long as there are files in it
        self._size = len(pickled)
        self.path = folder.path / str(next(folder.names))
        # Before it is written: what a full disk has left of it is to go as well. At the exit, all go with the folder.
        weakref.finalize(self, _unlink, self.path, folder.process).atexit = False
        self.path.write_bytes(pickled)

    def __len__(self):
        return self._size


def _unlink(path, process):
    with suppress(OSError):
        if process == os.getpid():
            path.unlink()


def _read(one):
    return one if isinstance(one, bytes) else one.path.read_bytes()
