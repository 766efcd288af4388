"""The models of a search's fits, kept for an ensemble: those of the best trials, in memory or as files."""

import pickle
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

# So many bytes may be held in memory; what goes beyond is written to a temporary directory.
_MOST_HELD = 2**28


class FoldModels(Mapping):
    """The models of the best trials, by the number of the trial: a list with a model for each split.

    They are held pickled, and rebuilt whenever they are looked up. Files, if there are any, are gone with this object;
    its copies and pickles hold all.

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
            models[split] = self._put(number, split, pickled)

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
        if self._n_best is not None and len(self._scores) > self._n_best:
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
        return sum(
            len(one) if isinstance(one, bytes) else one.stat().st_size
            for number in self
            for one in self._kept[number].values()
        )

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

    def _put(self, number, split, pickled):
        if self._n_held + len(pickled) > _MOST_HELD:
            path = Path(self._place(), f"{number}-{split}")
            path.write_bytes(pickled)
            return path
        self._n_held += len(pickled)
        return pickled

    def _place(self):
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="skhpo-models-")
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    def _remove(self, one):
        if isinstance(one, bytes):
            self._n_held -= len(one)
        elif one is not None:
            one.unlink(missing_ok=True)


def _read(one):
    return one if isinstance(one, bytes) else one.read_bytes()
