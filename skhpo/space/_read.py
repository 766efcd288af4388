"""The notations of a whole search space: a dict, or a list of them with or without shares of the trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skhpo.exceptions import InvalidSpaceError
from skhpo.space._convert import convert_named
from skhpo.space._numeric import is_integer
from skhpo.space._sub_space import SubSpace
from skhpo.space._values import short_repr


def read_subspaces(spec: Any, tuples_are_choices: bool) -> tuple[SubSpace, ...]:
    """Return the sub-spaces that a user has written.

    Parameters
    ----------
    spec : object
        A dict, or a list of dicts or of (dict, n_iter) pairs.
    tuples_are_choices : bool
        Whether a tuple is a list of choices, not a range.

    Returns
    -------
    tuple of SubSpace
        One at least.

    Raises
    ------
    InvalidSpaceError
        If it is something else.

    Examples
    --------
    >>> [part] = read_subspaces({"C": (0.1, 1.0)}, tuples_are_choices=False)
    >>> part.dimensions["C"]
    Real(low=0.1, high=1.0, prior='uniform')
    """
    if isinstance(spec, Mapping):
        return (_read_subspace(spec, None, tuples_are_choices),)
    if not isinstance(spec, list | tuple) or not spec:
        raise InvalidSpaceError(
            "A search space must be a dict from names of parameters to domains, or a non-empty list of such dicts or "
            f"of (dict, n_iter) pairs. Got {short_repr(spec)} instead."
        )
    return tuple(_read_subspace(*_split_pair(part), tuples_are_choices) for part in spec)


def _split_pair(part: Any) -> tuple[Mapping[Any, Any], int | None]:
    if isinstance(part, Mapping):
        return part, None
    if not isinstance(part, tuple) or len(part) != 2 or not isinstance(part[0], Mapping):
        raise InvalidSpaceError(
            "Each entry of a list of search spaces must be a dict or a (dict, n_iter) pair. "
            f"Got {short_repr(part)} instead."
        )
    if not is_integer(part[1]) or part[1] < 1:
        raise InvalidSpaceError(
            "The 'n_iter' of a (dict, n_iter) pair must be an int in the range [1, inf). "
            f"Got {short_repr(part[1])} instead."
        )
    return part[0], int(part[1])


def _read_subspace(spec: Mapping[Any, Any], n_iter: int | None, tuples_are_choices: bool) -> SubSpace:
    if not spec:
        raise InvalidSpaceError(
            "A search space must be a dict with at least one parameter. Got an empty dict instead."
        )
    return SubSpace(
        {name: convert_named(name, value, tuples_are_choices) for name, value in spec.items()}, n_iter
    )
