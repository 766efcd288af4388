"""Errors and warnings of the package; every message says what was expected and what came."""


class InvalidSpaceError(ValueError):
    """A search space that cannot be searched; the message names the hyperparameter."""


class InvalidConfigurationError(ValueError):
    """A configuration outside the search space; the message names the hyperparameter."""


class InvalidDimensionTypeError(InvalidSpaceError, TypeError):
    """A value in a search space that is not a domain at all, such as a bare number."""
