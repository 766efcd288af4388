"""What a search goes on from, in its file or in memory, and where its trials are written."""

import json
import warnings
from dataclasses import dataclass
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from skhpo.evaluation import seed_of_splits
from skhpo.exceptions import InvalidConfigurationError, StorageError, StorageInUseError
from skhpo.search._fingerprint import difference, fingerprint, versions
from skhpo.storage import Storage, indices, with_objects


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
    kept : KeptPredictions or None
        Predictions and models that were kept; a file has none.
    """

    info: Any
    splits: Any
    trials: Any
    elapsed: float = 0.0
    extent: int = 0
    candidates: Any = ()
    is_stored: bool = False
    kept: Any = None


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
    kept : KeptPredictions or None
        What they have kept.
    trials : sequence of Trial
        Those that it goes on from.
    """

    kept = None
    extent = 0
    trials = ()
    candidates = ()
    elapsed = 0.0
    _elapsed_before = 0.0

    def __init__(self, random_state=None):
        self.random_state = random_state

    def __enter__(self):
        return self

    def __exit__(self, error_type, error, traceback):
        pass

    def splits(self, drawn):
        """Return the splits to be used: `drawn`, unless earlier ones are to be used again."""
        return drawn

    def split_seed(self, cv):
        """Return what the splits of each trial are drawn with, unless it was another seed."""
        return seed_of_splits(cv, self.random_state)

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
        super().__init__(_begin_drawing(getattr(search, "random_state", None)))
        self._owner = type(search).__name__
        self._n_samples = _num_samples(X)
        self._info = {
            # As it will be read back: JSON has no tuples.
            "fingerprint": json.loads(json.dumps(fingerprint(search, X, y, params))),
            "versions": versions(search.estimator),
            "seed": _describe_drawing(self.random_state),
        }
        self._study = None
        self._is_warm = getattr(search, "warm_start", False)
        self._earlier = getattr(search, "_earlier", None) if self._is_warm else None
        prior = getattr(search, "prior_observations", None)
        self._storage = None if search.storage is None else self._open(search.storage, prior)
        try:
            self._take_over()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(self, error_type, error, traceback):
        if self._storage is None:
            return
        self._storage.close()
        if isinstance(error, ValueError) and self._study is not None and _all_failed(self._study.trials):
            # Whoever mends the estimator and starts again would be shown the same errors.
            error.add_note(
                f"{self._where()} keeps these failures, and they are not repeated: remove it when their cause is gone."
            )

    def splits(self, drawn):
        """Return the earlier splits if there are any; raises if they are to be others."""
        if self._earlier is None:
            return drawn
        kept = self._earlier.splits
        # A splitter that draws without a seed would draw others now; all others are compared.
        is_fixed = "split_seed" in self._info or self._info["fingerprint"]["cv"] == "an iterable of splits"
        if len(kept) != len(drawn) or (is_fixed and not _same_splits(kept, drawn)):
            raise StorageError(f"{self._where()} is of another search: the splits of cv are others.")
        n = self._n_samples
        if any(len(part) and (part.min() < -n or part.max() >= n) for one in kept for part in one):
            raise StorageError(f"{self._where()} is damaged: its splits are not of these data.")
        return kept

    def split_seed(self, cv):
        """Return the earlier seed if there is one."""
        seed = super().split_seed(cv)
        if self._earlier is not None:
            seed = self._earlier.info.get("split_seed")
            if type(seed) is not int or seed < 0:
                raise StorageError(f"{self._where()} is damaged: the seed of its splits is {seed!r}.")
        self._info["split_seed"] = seed
        return seed

    def lookahead(self, resolved):
        """Return the earlier number if there is one."""
        if self._earlier is not None and "lookahead" in self._earlier.info:
            resolved = self._earlier.info["lookahead"]
            if resolved is not None and not (type(resolved) is int and resolved >= 1):
                raise StorageError(f"{self._where()} is damaged: its lookahead is {resolved!r}.")
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
        self._task, self._study = task, study
        if self._storage is not None:
            self._storage.begin(self._info, task.splits, study.space)
            if study.trials and not self._earlier.is_stored:
                self._storage.save(study.trials, len(study.trials), self._elapsed_before)

    def save(self, study, elapsed):
        """Write what has changed, if there is a file."""
        if self._storage is not None:
            elapsed += self._elapsed_before
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

    def _open(self, path, prior):
        if isinstance(prior, str | PathLike) and _is_same_file(prior, path):
            raise ValueError(
                f"The 'prior_observations' parameter of {self._owner} must be another file than its 'storage', whose "
                f"trials it goes on from anyway. Got {str(path)!r} for both."
            )
        try:
            storage = Storage(path)
        except StorageInUseError:
            raise
        except OSError as error:
            raise StorageError(
                f"The 'storage' parameter of {self._owner} must be the path of a file in a folder that can be written "
                f"to. Got {str(path)!r} instead: {error.strerror}."
            ) from error
        self._path = path
        return storage

    def _take_over(self):
        """Use what the earlier run used, after a look at whether it was this search."""
        record = None if self._storage is None else self._storage.record
        if record is not None:
            elapsed = float(record.info.get("elapsed", 0.0))
            stored = Earlier(record.info, record.splits, record.trials, elapsed, is_stored=True)
            own = "Give each search a file of its own, and so each fold of an outer cross-validation."
            self._check(stored.info, self._where(), own)
            if self._earlier is None:
                self._earlier = stored
            else:
                self._elapsed_before = elapsed
                self._check_beginning(record.trials)
        earlier = self._earlier
        if earlier is None:
            return
        if not earlier.is_stored:
            self._check(earlier.info, "The fit before", "Set warm_start=False to begin anew.")
        self._warn_of_versions(earlier.info.get("versions", {}))
        self.extent, self.elapsed, self.candidates = earlier.extent, earlier.elapsed, earlier.candidates
        self.kept = earlier.kept
        self.trials = earlier.trials
        self._info["seed"] = earlier.info.get("seed")
        if self._info["seed"] is not None:
            try:
                self.random_state = _go_on_drawing(self._info["seed"])
            except (TypeError, ValueError, IndexError, OverflowError) as error:
                raise StorageError(f"{self._where()} is damaged: its seed is none.") from error

    def _check(self, info, where, advice):
        found = difference(info.get("fingerprint"), self._info["fingerprint"])
        if found is not None:
            raise StorageError(f"{where} is of another search: {found}. {advice}")

    def _check_beginning(self, stored):
        """Refuse a file that does not hold the beginning of the fit before."""
        trials = self._earlier.trials
        pairs = zip(stored, trials, strict=False)
        if len(stored) > len(trials) or any(
            one.point != own.point for one, own in pairs if one.point == one.point
        ):
            raise StorageError(
                f"{self._where()} is of another search: its trials are not those of the fit before."
            )

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


def _begin_drawing(random_state):
    """Return what everything is drawn with: the user's own, or a seed that can be kept."""
    if random_state is None:
        # No more bits than scikit-learn's ParameterSampler takes.
        return int(np.random.SeedSequence().generate_state(1)[0])
    return random_state


def _describe_drawing(random_state):
    """Return what is kept of it: the seed, or the state that a generator of the user's is in."""
    if isinstance(random_state, Integral):
        return int(random_state)
    if isinstance(random_state, np.random.RandomState):
        name, keys, position, has_gauss, gauss = random_state.get_state()
        return [name, keys.tolist(), position, has_gauss, gauss] if name == "MT19937" else None
    return None


def _go_on_drawing(kept):
    """Return a generator in the state that was kept, or the seed."""
    if type(kept) is int and 0 <= kept < 2**32:
        return kept
    name, keys, position, has_gauss, gauss = kept
    generator = np.random.RandomState()
    generator.set_state((name, np.asarray(keys, dtype=np.uint32), position, has_gauss, gauss))
    return generator


def _all_failed(trials):
    return bool(trials) and all(trial.status == "failed" for trial in trials)


def _same_splits(first, second):
    return len(first) == len(second) and all(
        np.array_equal(indices(a), indices(b))
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def _num_samples(X):
    shape = getattr(X, "shape", ())
    return shape[0] if shape else len(X) if hasattr(X, "__len__") else 0


def _is_same_file(one, other):
    return Path(one).expanduser().resolve() == Path(other).expanduser().resolve()
