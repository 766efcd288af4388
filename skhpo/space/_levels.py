"""Levels on the unit interval: how the i-th of n ordered values becomes a float, and back.

Scalar and array forms give the same bits, because encoded rows are compared byte by byte to find duplicates. Used by
the dimensions and by nothing else.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Up to here floor((i + .5) / n * n) == i in double precision: two roundings of relative size 2**-53 stay below .5 / n.
_EXACT = 2**50
_TABLE = 2**16
# Significant binary digits of the values of a logarithmic range: more could not be told apart on the unit interval.
_LOG_DIGITS = 43


def clip_unit(array: Array) -> Array:
    """Clip to [0, 1]; NaN, which is allowed where nothing reads it, becomes 0 and -0 becomes +0."""
    return np.asarray(np.fmin(np.fmax(array, 0.0), 1.0) + 0.0)


class Levels(ABC):
    """Positions of n levels in the unit interval."""

    @abstractmethod
    def unit(self, level: int) -> float:
        """Encode a level."""

    @abstractmethod
    def level(self, unit: float) -> int:
        """Decode any float; NaN is read as 0."""

    def snap(self, units: Array) -> Array:
        """Move every float to the position of its level."""
        flat = [self.unit(self.level(unit)) for unit in units.ravel().tolist()]
        return np.array(flat, dtype=float).reshape(units.shape)


class EvenLevels(Levels):
    """Level i at (i + .5) / n."""

    def __init__(self, n: int) -> None:
        self.n = n

    def unit(self, level: int) -> float:
        """Encode a level."""
        return (level + 0.5) / self.n

    def level(self, unit: float) -> int:
        """Decode any float; NaN is read as 0."""
        if unit >= 1.0:
            return self.n - 1
        return min(int(unit * self.n), self.n - 1) if unit > 0.0 else 0

    def snap(self, units: Array) -> Array:
        """Move every float to the position of its level."""
        levels = np.minimum(np.floor(clip_unit(units) * self.n), self.n - 1)
        return np.asarray((levels + 0.5) / self.n)


class WideLevels(Levels):
    """Level i at i / (n - 1), in exact arithmetic, for more levels than `EvenLevels` can tell apart."""

    def __init__(self, n: int) -> None:
        self.last = n - 1

    def unit(self, level: int) -> float:
        """Encode a level."""
        return level / self.last

    def level(self, unit: float) -> int:
        """Decode any float; NaN is read as 0."""
        if unit >= 1.0:
            return self.last
        return round(Fraction(unit) * self.last) if unit > 0.0 else 0


class TableLevels(Levels):
    """Levels at given positions, separated by given edges (one fewer than positions)."""

    def __init__(self, units: Array, edges: Array) -> None:
        self._units, self._edges = units, edges
        self._unit_list, self._edge_list = units.tolist(), edges.tolist()

    def unit(self, level: int) -> float:
        """Encode a level."""
        return float(self._unit_list[level])

    def level(self, unit: float) -> int:
        """Decode any float; NaN is read as 0."""
        return bisect_right(self._edge_list, unit) if unit > 0.0 else 0

    def snap(self, units: Array) -> Array:
        """Move every float to the position of its level."""
        return np.asarray(self._units[np.searchsorted(self._edges, clip_unit(units), side="right")])


class LogLevels(Levels):
    """Integers low..high at equal distances of their logarithms; beyond 2**43 to 43 binary digits."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high
        self._start = math.log(low - 0.5)
        self._span = math.log(high + 0.5) - self._start

    def unit(self, level: int) -> float:
        """Encode a level."""
        return (math.log(self._round(self.low + level)) - self._start) / self._span

    def level(self, unit: float) -> int:
        """Decode any float; NaN is read as 0."""
        if unit >= 1.0:
            return self.high - self.low
        return self._round(round(math.exp(self._start + unit * self._span))) - self.low if unit > 0.0 else 0

    def _round(self, value: int) -> int:
        excess = value.bit_length() - _LOG_DIGITS
        if excess > 0:
            value = ((value >> (excess - 1)) + 1 >> 1) << excess
        return min(max(value, self.low), self.high)


def integer_levels(low: int, high: int, logarithmic: bool) -> tuple[Levels, int | None]:
    """Choose the levels of an integer range, and say how many a consumer can tell apart (None: countless)."""
    n = high - low + 1
    if not logarithmic:
        return (EvenLevels(n) if n <= _EXACT else WideLevels(n)), n
    if n > _TABLE:
        return LogLevels(low, high), (n if high < 2**_LOG_DIGITS else None)
    # so short and so far from 0, a range is evenly spaced in its logarithm to within 1e-8
    if high >= 2**_LOG_DIGITS:
        return EvenLevels(n), n
    start = np.log(low - 0.5)
    span = np.log(high + 0.5) - start
    units = (np.log(np.arange(low, high + 1, dtype=float)) - start) / span
    edges = (np.log(np.arange(low, high, dtype=float) + 0.5) - start) / span
    return TableLevels(units, edges), n
