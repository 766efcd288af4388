"""What a search goes on from, in its file or in memory, and where its trials are written."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from skhpo.exceptions import InvalidConfigurationError, StorageError, StorageInUseError
from skhpo.search._fingerprint import difference, fingerprint, versions
from skhpo.storage import Storage, with_objects


@dataclass(frozen=True)
class Earlier:
    """What a search needs in order to go on.

    Attributes
    ----------
    info : dict
        Its fingerprint, seed and lookahead.
    splits : list of (ndarray of int, ndarray of int)
        Its cross-validation splits.
    trials : sequence of Trial
        What has been measured.
    elapsed : float
        Seconds that it has taken, where they count.
    extent : int
        How much of it there was to be: `n_iter`, or the number of repeats.
    candidates : list of dict
        The rows that there were to be, where they are drawn beforehand.
    is_stored : bool
        Whether the trials come from a file, and lack the user's own objects.
    """

    info: Any
    splits: Any
    trials: Any
    elapsed: float = 0.0
    extent: int = 0
    candidates: Any = ()
    is_stored: bool = False


class Ledger:
    """Keeps the trials of one call of `fit`; this one begins anew and writes nothing.

    Parameters
    ----------
    random_state : int, RandomState instance or None, default=None
        The search's own.

    Attributes
    ----------
    random_state : int, RandomState instance or None
        What everything is to be drawn with.
    extent : int
        How much is added to what the search would do, see `Earlier`.
    candidates : list of dict
        Those of the calls before.
    elapsed : float
        Seconds that earlier runs have taken.
    """

    extent = 0
    candidates = ()
    elapsed = 0.0

    def __init__(self, random_state=None):
        self.random_state = random_state

    def __enter__(self):
        return self

    def __exit__(self, error_type, error, traceback):
        pass

    def splits(self, drawn):
        """Return the splits to be used: `drawn`, unless earlier ones are to be used again."""
        return drawn

    def lookahead(self, resolved):
        """Return the number of trials to lag behind: `resolved`, unless it was another one."""
        return resolved

    def begin(self, study, task):
        """Let the study go on from where it was."""

    def save(self, study, elapsed):
        """Keep what has changed."""

    def earlier(self, plan):
        """Return what another call of `fit` may go on from, None if that is not kept."""
        return None


class KeptLedger(Ledger):
    """Goes on from an earlier run, and writes to a file if there is one.

    Parameters
    ----------
    search : BaseSearch
        The search.
    X, y, params : object
        The data and fit parameters.
    """

    def __init__(self, search, X, y, params):
        random_state = getattr(search, "random_state", None)
        super().__init__(_fresh_seed() if random_state is None else random_state)
        self._owner = type(search).__name__
        self._info = {
            "fingerprint": fingerprint(search, X, y, params),
            "versions": versions(search.estimator),
            "seed": None,
        }
        self._is_warm = getattr(search, "warm_start", False)
        self._earlier = getattr(search, "_earlier", None) if self._is_warm else None
        self._storage = None if search.storage is None else self._open(search.storage)
        try:
            self._take_over(random_state)
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(self, error_type, error, traceback):
        if self._storage is not None:
            self._storage.close()

    def splits(self, drawn):
        """Return the earlier splits if there are any; raises if they are to be others."""
        if self._earlier is None:
            return drawn
        kept = self._earlier.splits
        if self._info["fingerprint"]["cv"] == "an iterable of splits" and not _same_splits(kept, drawn):
            raise StorageError(f"{self._where()} is of another search: the splits of cv are others.")
        return kept

    def lookahead(self, resolved):
        """Return the earlier number if there is one."""
        if self._earlier is not None and "lookahead" in self._earlier.info:
            resolved = self._earlier.info["lookahead"]
        self._info["lookahead"] = resolved
        return resolved

    def begin(self, study, task):
        """Restore the study, and write what is known of it."""
        if self._earlier is not None:
            trials = self._earlier.trials
            if self._earlier.is_stored:
                trials = with_objects(trials, study.space, study.initial_configurations)
            try:
                study.restore(trials)
            except (InvalidConfigurationError, ValueError) as error:
                raise StorageError(f"{self._where()} is of another search: {error}") from error
        self._task = task
        if self._storage is not None:
            self._storage.begin(self._info, task.splits, study.space)
            if study.trials and self._storage.record is None:
                self._storage.save(study.trials, len(study.trials), 0.0)

    def save(self, study, elapsed):
        """Write what has changed, if there is a file."""
        if self._storage is not None:
            self._storage.save(study.take_changes(), len(study.trials), elapsed)

    def earlier(self, plan):
        """Return what another call of `fit` may go on from, if that is asked for."""
        if not self._is_warm:
            return None
        trials = plan.study.trials
        extent = len(trials) if plan.extent is None else plan.extent
        return Earlier(self._info, self._task.splits, trials, extent=extent, candidates=plan.candidates)

    @property
    def unsaved(self):
        """Numbers of the trials that are not in the file as they are now."""
        return [] if self._storage is None else self._storage.unsaved

    def _open(self, path):
        try:
            storage = Storage(path)
        except StorageInUseError:
            raise
        except OSError as error:
            raise StorageError(
                f"The 'storage' parameter of {self._owner} must be the path of a file in a folder that can be written "
                f"to. Got {str(path)!r} instead: {error.strerror}."
            ) from error
        if self._earlier is None and storage.record is not None:
            record = storage.record
            elapsed = float(record.info.get("elapsed", 0.0))
            self._earlier = Earlier(record.info, record.splits, record.trials, elapsed, is_stored=True)
        self._path = path
        return storage

    def _take_over(self, random_state):
        """Use what the earlier run used, after a look at whether it was this search."""
        earlier = self._earlier
        if earlier is not None:
            found = difference(earlier.info.get("fingerprint"), self._info["fingerprint"])
            if found is not None:
                raise StorageError(f"{self._where()} is of another search: {found}.")
            self._warn_of_versions(earlier.info.get("versions", {}))
            self.extent, self.elapsed, self.candidates = earlier.extent, earlier.elapsed, earlier.candidates
            if random_state is None:
                self.random_state = earlier.info.get("seed")
        if random_state is None:
            self._info["seed"] = self.random_state

    def _where(self):
        return "The fit before" if self._storage is None else f"The storage file {str(self._path)!r}"

    def _warn_of_versions(self, before):
        changed = [
            f"{name} {before[name]} (now {now})"
            for name, now in self._info["versions"].items()
            if name in before and before[name] != now
        ]
        if changed:
            warnings.warn(
                f"{self._where()} was written with {', '.join(changed)}. Scores may not be comparable.",
                UserWarning,
                stacklevel=5,
            )


def open_ledger(search, X, y, params):
    """Return the ledger of a call of `fit`, as a context manager.

    Parameters
    ----------
    search : BaseSearch
        The search.
    X, y, params : object
        The data and fit parameters.

    Returns
    -------
    Ledger
        One that keeps something only if the search has a `storage` or is warm-started.

    Raises
    ------
    StorageError
        If the file, or the fit before, is of another search, or the file cannot be used.
    """
    if not getattr(search, "warm_start", False):
        vars(search).pop("_earlier", None)
    if search.storage is None and not getattr(search, "warm_start", False):
        return Ledger(getattr(search, "random_state", None))
    return KeptLedger(search, X, y, params)


def _fresh_seed():
    # No more bits than scikit-learn's ParameterSampler takes.
    return int(np.random.SeedSequence().generate_state(1)[0])


def _same_splits(first, second):
    return len(first) == len(second) and all(
        np.array_equal(a, b)
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    )
