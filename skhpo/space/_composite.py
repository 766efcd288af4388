"""Composite dimensions: tuples whose length and entries are hyperparameters."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from skhpo.exceptions import InvalidSpaceError
from skhpo.space._convert import to_dimension
from skhpo.space._dimension import Column, Dimension
from skhpo.space._levels import Array, EvenLevels
from skhpo.space._numeric import is_integer
from skhpo.space._values import short_repr

MAX_LENGTH = 1000  # each entry is a column of the space


class Tuple(Dimension):
    """A tuple of one to several entries of the same kind, such as the sizes of the hidden layers of a network.

    Parameters
    ----------
    entry : Dimension, or anything that a search space accepts in its place
        The domain of every entry.
    length : tuple (shortest, longest) or int, default=(1, 3)
        How many entries there may be, both included.
    when : dict of str to list, default=None
        Active only where each of these hyperparameters has one of the given values.

    Examples
    --------
    >>> layers = Tuple((8, 256, "log-uniform"), length=(1, 2))
    >>> layers.contains((64,)), layers.contains((64, 1000))
    (True, False)
    >>> layers.encode([(8,)]).round(3)
    array([[0.25 , 0.018,   nan]])
    """

    entry: Dimension
    length: tuple[int, int]
    _levels: EvenLevels
    _width: int

    def __init__(
        self,
        entry: Any,
        length: tuple[int, int] | int = (1, 3),
        *,
        when: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        dimension = to_dimension(entry)
        if dimension.when:
            raise InvalidSpaceError(
                f"The 'entry' of Tuple must be without conditions. Got {dimension!r} instead."
            )
        shortest, longest = _check_length(length)
        n_lengths = longest - shortest + 1
        attributes = {
            "entry": dimension,
            "length": (shortest, longest),
            "_levels": EvenLevels(n_lengths),
            "_width": len(dimension.columns),
        }
        columns = (Column("ordered", n_lengths), *(dimension.columns * longest))
        n = dimension.n_values
        n_values = None if n is None else sum(n**size for size in range(shortest, longest + 1))
        self._store(attributes, columns, n_values, when)

    def arguments(self) -> dict[str, Any]:
        """Give the arguments of the constructor other than `when`."""
        return {"entry": self.entry, "length": self.length}

    def encode_value(self, value: Any) -> Sequence[float]:
        """Encode one value."""
        shortest, longest = self.length
        if not isinstance(value, tuple) or not shortest <= len(value) <= longest:
            self._reject(value)
        if not all(map(self.entry.contains, value)):
            self._reject(value)
        row = [self._levels.unit(len(value) - shortest)]
        row.extend(itertools.chain.from_iterable(map(self.entry.encode_value, value)))
        row.extend([math.nan] * (len(self.columns) - len(row)))
        return row

    def decode_units(self, units: Sequence[float]) -> tuple[Any, ...]:
        """Decode one row."""
        size = self.length[0] + self._levels.level(units[0])
        starts = range(1, 1 + size * self._width, self._width)
        return tuple(self.entry.decode_units(units[start : start + self._width]) for start in starts)

    def canonical(self, array: Array) -> Array:
        """Snap the length and the entries; NaN beyond the length."""
        array = np.asarray(array, dtype=float)
        lengths = self._levels.snap(array[:, :1])
        longest = self.length[1]
        sizes = self.length[0] + np.floor(lengths * self._levels.n)
        entries = self.entry.canonical(array[:, 1:].reshape(-1, self._width))
        entries = entries.reshape(len(array), longest * self._width)
        used = np.repeat(np.arange(longest) < sizes, self._width, axis=1)
        return np.hstack([lengths, np.where(used, entries, np.nan)])

    def describe(self) -> str:
        """Name the domain for error messages."""
        shortest, longest = self.length
        sizes = f"{shortest}" if shortest == longest else f"{shortest} to {longest}"
        return f"a tuple of {sizes} entries, each {self.entry.describe()}"

    def _iterate(self) -> Iterator[tuple[Any, ...]]:
        for size in range(self.length[0], self.length[1] + 1):
            yield from itertools.product(*(self.entry.values() for _ in range(size)))

    def _describe_arguments(self) -> dict[str, Any]:
        return {"entry": self.entry.to_dict(), "length": list(self.length)}


def _check_length(length: Any) -> tuple[int, int]:
    bounds = (length, length) if is_integer(length) else length
    is_pair = isinstance(bounds, tuple | list) and len(bounds) == 2 and all(map(is_integer, bounds))
    if not is_pair or not 0 <= bounds[0] <= bounds[1] <= MAX_LENGTH or bounds[1] == 0:
        raise InvalidSpaceError(
            "The 'length' of Tuple must be a positive int or a pair (shortest, longest) of ints with "
            f"0 <= shortest <= longest <= {MAX_LENGTH}. Got {short_repr(length)} instead."
        )
    return int(bounds[0]), int(bounds[1])
