"""Errors and warnings of the package; every message says what was expected and what came."""


class InvalidSpaceError(ValueError):
    """A search space that cannot be searched; the message names the hyperparameter.

    Examples
    --------
    >>> from skhpo import InvalidSpaceError, Study
    >>> try:
    ...     study = Study({"C": (1.0, 0.1)})
    ... except InvalidSpaceError as error:
    ...     print(error)
    The search space of parameter 'C' is not valid. The 'low' of Real must be less than its 'high'. Got low=1.0 and
    high=0.1 instead.
    """


class InvalidConfigurationError(ValueError):
    """A configuration outside the search space; the message names the hyperparameter.

    Examples
    --------
    >>> from skhpo import InvalidConfigurationError
    >>> from skhpo.space import SearchSpace
    >>> try:
    ...     SearchSpace({"C": (0.1, 1.0)}).check({"C": 2.0})
    ... except InvalidConfigurationError as error:
    ...     print(error)
    The hyperparameter 'C' must be a float in [0.1, 1.0]. Got 2.0 instead.
    """


class InvalidDimensionTypeError(InvalidSpaceError, TypeError):
    """A value in a search space that is not a domain at all, such as a bare number.

    Examples
    --------
    >>> from skhpo import Study
    >>> try:
    ...     study = Study({"C": 1.0})
    ... except TypeError as error:
    ...     print(type(error).__name__)
    InvalidDimensionTypeError
    """


class StorageError(ValueError):
    """A storage file that cannot be gone on with: of another search, damaged, or of a newer version.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skhpo import StorageError, load
    >>> path = Path(tempfile.mkdtemp()) / "study.db"
    >>> size = path.write_text("something else")
    >>> try:
    ...     stored = load(path)
    ... except StorageError as error:
    ...     print(error)
    '...study.db' cannot be read as a storage file: file is not a database.
    """


class StorageInUseError(StorageError):
    """A storage file that another search is writing to at this moment.

    Examples
    --------
    >>> import tempfile
    >>> from skhpo import BayesSearchCV, StorageInUseError
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> path = tempfile.mkdtemp() + "/study.db"
    >>> search = BayesSearchCV(SVC(), {"C": (0.1, 1.0)}, n_iter=2, storage=path)
    >>> try:
    ...     n_trials = len(search.fit(*load_iris(return_X_y=True)).trials_)
    ... except StorageInUseError:
    ...     n_trials = 0  # the same script runs already
    >>> n_trials
    2
    """


class StorageWarning(UserWarning):
    """A storage file could not be written; the search goes on in memory.

    Examples
    --------
    >>> import warnings
    >>> from skhpo import StorageWarning
    >>> with warnings.catch_warnings():
    ...     # In here a search ends rather than go on without its file.
    ...     warnings.simplefilter("error", StorageWarning)
    """


class WorkerDiedError(RuntimeError):
    """A worker process ended in the middle of its work; the message says by which signal or exit code.

    A search raises it with ``error_score="raise"``. Otherwise the fit costs its configuration a row, and the error of
    the trial is of type "WorkerDied".

    Examples
    --------
    >>> from skhpo import BayesSearchCV, WorkerDiedError
    >>> from sklearn.svm import SVC
    >>> search = BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, error_score="raise", isolation="process")
    >>> def fitted(X, y):
    ...     try:
    ...         return search.fit(X, y)
    ...     except WorkerDiedError:
    ...         return None  # some configuration needs more memory than there is
    """


class FitTimeoutError(RuntimeError):
    """A fit took longer than `fit_timeout`.

    A search raises it with ``error_score="raise"``. Otherwise the fit costs its configuration a row, and the error of
    the trial is of type "FitTimeout".

    Examples
    --------
    >>> from skhpo import BayesSearchCV, FitTimeoutError
    >>> from sklearn.svm import SVC
    >>> search = BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, error_score="raise", fit_timeout=60)
    >>> def fitted(X, y):
    ...     try:
    ...         return search.fit(X, y)
    ...     except FitTimeoutError:
    ...         return None  # some configuration takes longer than a minute
    """


class InterruptedWarning(UserWarning):
    """A search or a refit was ended by Ctrl-C; what had been finished is kept.

    Examples
    --------
    >>> import warnings
    >>> from skhpo import InterruptedWarning
    >>> with warnings.catch_warnings():
    ...     # In here Ctrl-C ends the script, not the search alone.
    ...     warnings.simplefilter("error", InterruptedWarning)
    """
