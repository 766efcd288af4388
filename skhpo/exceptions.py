"""Errors and warnings of the package; every message says what was expected and what came."""


class InvalidSpaceError(ValueError):
    """A search space that cannot be searched; the message names the hyperparameter."""


class InvalidConfigurationError(ValueError):
    """A configuration outside the search space; the message names the hyperparameter."""


class InvalidDimensionTypeError(InvalidSpaceError, TypeError):
    """A value in a search space that is not a domain at all, such as a bare number."""


class WorkerDiedError(RuntimeError):
    """A worker process ended in the middle of its work; the message says by which signal or exit code."""


class FitTimeoutError(RuntimeError):
    """A fit took longer than `fit_timeout`."""


class InterruptedWarning(UserWarning):
    """A search or a refit was ended by Ctrl-C; what had been finished is kept."""
