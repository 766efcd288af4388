"""Numerical dimensions: intervals of floats and of integers."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from skhpo.exceptions import InvalidSpaceError
from skhpo.space._dimension import Column, Dimension
from skhpo.space._levels import Array, Levels, clip_unit, integer_levels
from skhpo.space._values import short_repr

PRIORS = ("uniform", "log-uniform")


class Real(Dimension):
    """A float in a closed interval.

    Parameters
    ----------
    low, high : float
        Bounds, both included.
    prior : {"uniform", "log-uniform"}, default="uniform"
        Whether equal distances or equal ratios are equally likely.
    when : dict of str to list, default=None
        Active only where each of these hyperparameters has one of the given values.

    Examples
    --------
    >>> C = Real(1e-3, 1e3, prior="log-uniform")
    >>> C.encode([1.0])
    array([[0.5]])
    >>> C.contains(2000.0)
    False
    """

    low: float
    high: float
    prior: str
    _start: float
    _span: float

    def __init__(
        self,
        low: float,
        high: float,
        prior: str = "uniform",
        *,
        when: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        for name, bound in (("low", low), ("high", high)):
            if not is_number(bound) or not math.isfinite(bound):
                raise InvalidSpaceError(
                    f"The '{name}' of Real must be a finite number. Got {short_repr(bound)} instead."
                )
        low, high = float(low), float(high)
        _check_range("Real", low, high, prior)
        start, end = (low, high) if prior == "uniform" else (math.log(low), math.log(high))
        if not (math.isfinite(end - start) and end > start):
            raise InvalidSpaceError(
                "The 'low' and 'high' of Real must differ by a finite number that can be told from 0. "
                f"Got low={low!r} and high={high!r} instead."
            )
        attributes = {"low": low, "high": high, "prior": prior, "_start": start, "_span": end - start}
        self._store(attributes, (Column("continuous", None),), None, when)

    def arguments(self) -> dict[str, Any]:
        """Give the arguments of the constructor other than `when`."""
        return {"low": self.low, "high": self.high, "prior": self.prior}

    def encode_value(self, value: Any) -> Sequence[float]:
        """Encode one value."""
        if type(value) is not float and not is_number(value):
            self._reject(value)
        if not self.low <= value <= self.high:
            self._reject(value)
        position = float(value) if self.prior == "uniform" else math.log(value)
        unit = (position - self._start) / self._span
        # also turns -0.0 into 0.0, so that equal values give equal bytes
        return (min(unit, 1.0) if unit > 0.0 else 0.0,)

    def decode_units(self, units: Sequence[float]) -> float:
        """Decode one row."""
        unit = units[0]
        if unit >= 1.0:
            return self.high
        if not unit > 0.0:
            return self.low
        position = self._start + unit * self._span
        value = position if self.prior == "uniform" else math.exp(position)
        return min(max(value, self.low), self.high)

    def canonical(self, array: Array) -> Array:
        """Clip to the unit interval."""
        return clip_unit(np.asarray(array, dtype=float))

    def describe(self) -> str:
        """Name the domain for error messages."""
        return f"a float in [{self.low!r}, {self.high!r}]" + _describe_prior(self.prior)


class Integer(Dimension):
    """An integer in a closed interval.

    Parameters
    ----------
    low, high : int
        Bounds, both included.
    prior : {"uniform", "log-uniform"}, default="uniform"
        Whether equal distances or equal ratios are equally likely. Log-uniform integers beyond 2**43 are told apart
        to 43 binary digits.
    when : dict of str to list, default=None
        Active only where each of these hyperparameters has one of the given values.

    Examples
    --------
    >>> import numpy as np
    >>> Integer(1, 4).encode([1, 4])
    array([[0.125],
           [0.875]])
    >>> Integer(1, 1000, prior="log-uniform").decode(np.array([[0.5]]))
    [22]
    """

    low: int
    high: int
    prior: str
    _levels: Levels

    def __init__(
        self, low: int, high: int, prior: str = "uniform", *, when: Mapping[str, Sequence[Any]] | None = None
    ) -> None:
        for name, bound in (("low", low), ("high", high)):
            if not is_integer(bound):
                raise InvalidSpaceError(
                    f"The '{name}' of Integer must be an int. Got {short_repr(bound)} instead."
                )
        low, high = int(low), int(high)
        _check_range("Integer", low, high, prior)
        if high - low > 2**53:
            raise InvalidSpaceError(
                "The 'high' of Integer must be at most low + 2**53, the integers that floats can tell apart. "
                f"Got low={low} and high={high} instead."
            )
        levels, n_levels = integer_levels(low, high, prior == "log-uniform")
        attributes = {"low": low, "high": high, "prior": prior, "_levels": levels}
        self._store(attributes, (Column("ordered", n_levels),), high - low + 1, when)

    def arguments(self) -> dict[str, Any]:
        """Give the arguments of the constructor other than `when`."""
        return {"low": self.low, "high": self.high, "prior": self.prior}

    def encode_value(self, value: Any) -> Sequence[float]:
        """Encode one value."""
        if type(value) is not int and not is_integer(value):
            self._reject(value)
        if not self.low <= value <= self.high:
            self._reject(value)
        return (self._levels.unit(int(value) - self.low),)

    def decode_units(self, units: Sequence[float]) -> int:
        """Decode one row."""
        return self.low + self._levels.level(units[0])

    def canonical(self, array: Array) -> Array:
        """Snap to the position of the nearest integer."""
        return self._levels.snap(np.asarray(array, dtype=float))

    def describe(self) -> str:
        """Name the domain for error messages."""
        return f"an int in [{self.low}, {self.high}]" + _describe_prior(self.prior)

    def _iterate(self) -> Iterator[int]:
        return iter(range(self.low, self.high + 1))


def is_number(value: Any) -> bool:
    """Tell whether a value is a real number other than a bool."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def is_integer(value: Any) -> bool:
    """Tell whether a value is an integer, of Python or NumPy, other than a bool."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _check_range(owner: str, low: float, high: float, prior: Any) -> None:
    if not isinstance(prior, str) or prior not in PRIORS:
        raise InvalidSpaceError(
            f"The 'prior' of {owner} must be 'uniform' or 'log-uniform'. Got {short_repr(prior)} instead."
        )
    if low >= high:
        raise InvalidSpaceError(
            f"The 'low' of {owner} must be less than its 'high'. Got low={low!r} and high={high!r} instead."
        )
    if prior == "log-uniform" and low <= 0:
        raise InvalidSpaceError(
            f"The 'low' of {owner} must be greater than 0 for the prior 'log-uniform'. Got {low!r} instead."
        )


def _describe_prior(prior: str) -> str:
    return "" if prior == "uniform" else f" ({prior})"
