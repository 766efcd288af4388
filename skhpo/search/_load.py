"""A look into a storage file, also while the search runs: its trials, as a table as well."""

from functools import cached_property
from pathlib import Path

from skhpo.search._results import trials_frame
from skhpo.search._trials import Trials
from skhpo.storage import read_record


class StoredSearch:
    """What a storage file holds of a search, as it was when it was loaded; it reads like a fitted one.

    Parameters
    ----------
    path : str or Path
        The file.

    Attributes
    ----------
    path : Path
        The file.
    trials_ : tuple of Trial
        Everything about every trial. Values of hyperparameters that are objects are known by their text only.
    best_trial_ : Trial
        The complete trial with the best score, the first one of equals.
    best_params_ : dict
        Its configuration.
    best_score_ : float
        Its score.
    fingerprint : dict
        What makes the search the one it is: its settings, space, estimator, scoring, splits and hashes of the data.
    versions : dict of str to str
        The versions of Python and of the packages that it was run with last.
    seed : int or None
        What was drawn where no `random_state` was given.
    splits : list of (ndarray of int, ndarray of int)
        Train and test indices of the cross-validation splits; with ``reshuffle=True``, those of the first trial.
    elapsed : float
        Seconds that it has taken so far.

    Examples
    --------
    See :func:`skhpo.load`, which makes these.

    >>> from skhpo.search import StoredSearch
    >>> StoredSearch("nowhere.db")
    Traceback (most recent call last):
    ...
    FileNotFoundError: There is no storage file 'nowhere.db'.
    """

    def __init__(self, path):
        record = read_record(path)
        self.path = Path(path).expanduser()
        self.trials_ = Trials(record.trials)
        self.splits = record.splits
        self.fingerprint = record.info.get("fingerprint", {})
        self.versions = record.info.get("versions", {})
        self.seed = record.info.get("seed")
        self.elapsed = record.info.get("elapsed", 0.0)

    @cached_property
    def best_trial_(self):
        """The complete trial with the best score; raises ValueError if none is complete."""
        complete = [trial for trial in self.trials_ if trial.status == "complete"]
        if not complete:
            raise ValueError(f"No trial in {str(self.path)!r} is complete yet.")
        return max(complete, key=lambda trial: trial.score)

    @property
    def best_params_(self):
        """The configuration of the best trial."""
        return self.best_trial_.configuration

    @property
    def best_score_(self):
        """The score of the best trial."""
        return self.best_trial_.score

    def trials_frame(self):
        """Return all trials as a table: origins, states, scores, times and errors.

        Returns
        -------
        pandas.DataFrame
            One row a trial, indexed by its number; the hyperparameters are in columns ``param_*``.
        """
        return trials_frame(self.trials_)

    def __repr__(self):
        return f"<StoredSearch {str(self.path)!r}: {self.trials_!r}>"


def load(path):
    """Look into a storage file without changing it, also while a search writes to it.

    Nothing that the file holds is run: see the page on security. To go on with the search, give the file to a search as
    its `storage`.

    Parameters
    ----------
    path : str or Path
        What a search was given as `storage`.

    Returns
    -------
    StoredSearch
        Trials and table, as they are at this moment.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    StorageError
        If it is no storage file, damaged, or of a newer version.

    Examples
    --------
    >>> import tempfile
    >>> import skhpo
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> X, y = load_iris(return_X_y=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/study.db"
    ...     search = skhpo.BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, n_iter=3, storage=path).fit(X, y)
    ...     stored = skhpo.load(path)
    >>> stored.trials_
    Trials(3 complete)
    >>> stored.best_params_ == search.best_params_
    True
    """
    return StoredSearch(path)
