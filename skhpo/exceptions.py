"""Errors and warnings of the package; every message says what was expected and what came."""


class InvalidSpaceError(ValueError):
    """A search space that cannot be searched; the message names the hyperparameter."""


class InvalidConfigurationError(ValueError):
    """A configuration outside the search space; the message names the hyperparameter."""


class InvalidDimensionTypeError(InvalidSpaceError, TypeError):
    """A value in a search space that is not a domain at all, such as a bare number."""


class StorageError(ValueError):
    """A storage file that cannot be gone on with: of another search, damaged, or of a newer version."""


class StorageInUseError(StorageError):
    """A storage file that another search is writing to at this moment."""


class StorageWarning(UserWarning):
    """A storage file could not be written; the search goes on in memory."""


class WorkerDiedError(RuntimeError):
    """A worker process ended in the middle of its work; the message says by which signal or exit code."""


class FitTimeoutError(RuntimeError):
    """A fit took longer than `fit_timeout`."""


class InterruptedWarning(UserWarning):
    """A search or a refit was ended by Ctrl-C; what had been finished is kept."""
