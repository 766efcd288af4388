"""Dimensions that list their values: without an order, or in the order given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from skhpo.exceptions import InvalidSpaceError
from skhpo.space._dimension import Column, Dimension
from skhpo.space._levels import Array, EvenLevels
from skhpo.space._values import equal_values, short_repr

_SIMPLE = frozenset({str, int, bool, bytes, type(None)})


class Categorical(Dimension):
    """One of several values without an order.

    Values may be any objects; the object that was passed comes back. A value is recognised if it is that object, or
    of the same type and equal. Repeated values are merged.

    Parameters
    ----------
    choices : list
        The values. Tuples, ranges, one-dimensional arrays, pandas Series and Index are accepted as well.
    when : dict of str to list, default=None
        Active only where each of these hyperparameters has one of the given values.

    Examples
    --------
    >>> weights = Categorical([None, "balanced"])
    >>> weights.contains(None), weights.contains("none")
    (True, False)
    >>> weights.encode(["balanced"])
    array([[0.75]])
    """

    kind: ClassVar[str] = "unordered"
    choices: tuple[Any, ...]
    _index: _Index
    _levels: EvenLevels

    def __init__(self, choices: Sequence[Any], *, when: Mapping[str, Sequence[Any]] | None = None) -> None:
        index = _Index(_list_choices(choices, type(self).__name__))
        n = len(index.values)
        attributes = {"choices": index.values, "_index": index, "_levels": EvenLevels(n)}
        self._store(attributes, (Column(self.kind, n),), n, when)

    def arguments(self) -> dict[str, Any]:
        """Give the arguments of the constructor other than `when`."""
        return {"choices": list(self.choices)}

    def encode_value(self, value: Any) -> Sequence[float]:
        """Encode one value."""
        level = self._index.find(value)
        if level is None:
            self._reject(value)
        return (self._levels.unit(level),)

    def decode_units(self, units: Sequence[float]) -> Any:
        """Decode one row to the object that was passed."""
        return self.choices[self._levels.level(units[0])]

    def canonical(self, array: Array) -> Array:
        """Snap to the position of the level."""
        return self._levels.snap(np.asarray(array, dtype=float))

    def describe(self) -> str:
        """Name the domain for error messages."""
        return f"one of {short_repr(list(self.choices))}"

    def _iterate(self) -> Iterator[Any]:
        return iter(self.choices)


class Ordinal(Categorical):
    """One of several values in the given order, for which neighbours are expected to behave alike.

    Parameters
    ----------
    choices : list
        The values from one end to the other, as in `Categorical`.
    when : dict of str to list, default=None
        Active only where each of these hyperparameters has one of the given values.

    Examples
    --------
    >>> import numpy as np
    >>> Ordinal(["small", "medium", "large"]).decode(np.array([[0.9]]))
    ['large']
    """

    kind: ClassVar[str] = "ordered"


class _Index:
    """Distinct values and where they are: found by identity, by hash where equality is plain, else one by one."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._by_identity: dict[int, int] = {}
        self._by_value: dict[tuple[type, Any], int] = {}
        self._others: list[tuple[int, Any]] = []
        self.values: tuple[Any, ...] = ()
        distinct: list[Any] = []
        for value in values:
            if self.find(value) is None:
                self._add(len(distinct), value)
                distinct.append(value)
        # the values are kept here, so that an identity is never taken over by another object
        self.values = tuple(distinct)

    def _add(self, level: int, value: Any) -> None:
        self._by_identity[id(value)] = level
        if type(value) in _SIMPLE:
            self._by_value[type(value), value] = level
        else:
            self._others.append((level, value))

    def find(self, value: Any) -> int | None:
        """Give the position of a value, None if it is not there."""
        level = self._by_identity.get(id(value))
        if level is not None:
            return level
        if type(value) in _SIMPLE:
            return self._by_value.get((type(value), value))
        return next((level for level, other in self._others if equal_values(other, value)), None)


def _list_choices(choices: Any, owner: str) -> list[Any]:
    values = as_list(choices)
    if values is None and isinstance(choices, tuple):
        values = list(choices)
    if not values:
        raise InvalidSpaceError(
            f"The 'choices' of {owner} must be a non-empty list of values. Got {short_repr(choices)} instead."
        )
    return values


def as_list(choices: Any) -> list[Any] | None:
    """Turn a list, range, 1-d array, pandas Series or Index into a list; None if it is none of these."""
    if isinstance(choices, list | range):
        return list(choices)
    is_pandas = any(
        base.__name__ in ("Series", "Index") and base.__module__.split(".")[0] == "pandas"
        for base in type(choices).__mro__
    )
    if is_pandas or (isinstance(choices, np.ndarray) and choices.ndim == 1):
        return list(choices.tolist())
    return None
