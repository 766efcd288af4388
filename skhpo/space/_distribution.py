"""Dimensions whose prior is any scipy.stats distribution."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from skhpo.exceptions import InvalidSpaceError
from skhpo.space._dimension import Column, Dimension
from skhpo.space._levels import Array, TableLevels, clip_unit
from skhpo.space._numeric import is_integer, is_number
from skhpo.space._values import short_repr, value_to_json

_TAIL = 1e-9
_MAX_LEVELS = 2**17
_LEAST_MASS = 1e-13
_LEAST_TOTAL = 0.99


class Distribution(Dimension):
    """A number with a given prior, positioned on the unit interval by its cumulative probability.

    Tails of probability 1e-9 are left out where the distribution has no bounds. Of a discrete distribution the values
    with a noticeable probability are kept, at most 131 072 around the median.

    Parameters
    ----------
    rv : frozen scipy.stats distribution
        Continuous or discrete.
    when : dict of str to list, default=None
        Active only where each of these hyperparameters has one of the given values.

    Examples
    --------
    >>> import numpy as np, scipy.stats
    >>> dimension = Distribution(scipy.stats.norm(10, 2))
    >>> dimension.decode(np.array([[0.5]]))
    [10.0]
    """

    rv: Any
    low: float
    high: float
    _ends: tuple[float, float]
    _levels: TableLevels | None
    _support: tuple[int, ...]
    _positions: dict[int, int]

    def __init__(self, rv: Any, *, when: Mapping[str, Sequence[Any]] | None = None) -> None:
        if not is_distribution(rv):
            raise InvalidSpaceError(
                f"The 'rv' of Distribution must be a frozen scipy.stats distribution. Got {short_repr(rv)} instead."
            )
        if not math.isfinite(rv.median()):
            raise InvalidSpaceError(
                f"The 'rv' of Distribution must have valid parameters. Got {_show(rv)} instead."
            )
        if hasattr(getattr(rv, "dist", rv), "pmf"):
            support, levels = _tabulate(rv)
            ends, column = (0.0, 1.0), Column("ordered", len(support))
            bounds: tuple[float, float] = (support[0], support[-1])
        else:
            support, levels, column = (), None, Column("continuous", None)
            bounds = (float(rv.support()[0]), float(rv.support()[1]))
            ends = (
                0.0 if math.isfinite(bounds[0]) else _TAIL,
                1.0 if math.isfinite(bounds[1]) else 1.0 - _TAIL,
            )
        positions = {value: level for level, value in enumerate(support)}
        attributes = {"rv": rv, "low": bounds[0], "high": bounds[1], "_ends": ends, "_levels": levels}
        attributes.update(_support=support, _positions=positions)
        self._store(attributes, (column,), len(support) or None, when)

    def arguments(self) -> dict[str, Any]:
        """Give the arguments of the constructor other than `when`."""
        return {"rv": self.rv}

    def encode_value(self, value: Any) -> Sequence[float]:
        """Encode one value."""
        if self._levels is not None:
            level = self._positions.get(int(value)) if is_integer(value) else None
            if level is None:
                self._reject(value)
            return (self._levels.unit(level),)
        if not is_number(value) or not math.isfinite(value) or not self.low <= value <= self.high:
            self._reject(value)
        return (min(max(float(self.rv.cdf(value)), self._ends[0]), self._ends[1]) + 0.0,)

    def decode_units(self, units: Sequence[float]) -> Any:
        """Decode one row."""
        if self._levels is not None:
            return self._support[self._levels.level(units[0])]
        unit = units[0]
        unit = min(max(unit if unit > 0.0 else 0.0, self._ends[0]), self._ends[1])
        return float(min(max(float(self.rv.ppf(unit)), self.low), self.high))

    def canonical(self, array: Array) -> Array:
        """Clip to the part of the unit interval that is used, or snap to the levels."""
        array = np.asarray(array, dtype=float)
        if self._levels is not None:
            return self._levels.snap(array)
        return np.asarray(np.clip(clip_unit(array), *self._ends))

    def describe(self) -> str:
        """Name the domain for error messages."""
        kind = "a float" if self._levels is None else "an int"
        return f"{kind} in [{self.low!r}, {self.high!r}] ({_show(self.rv)})"

    def _iterate(self) -> Iterator[int]:
        return iter(self._support)

    def _identity(self) -> dict[str, Any]:
        # quantiles tell apart distributions that share a name, such as histograms
        quantiles = np.asarray(self.rv.ppf([0.1, 0.25, 0.5, 0.75, 0.9]), dtype=float).tolist()
        return {"rv": _show(self.rv), "quantiles": quantiles}

    def _describe_arguments(self) -> dict[str, Any]:
        return {name: value_to_json(value) for name, value in self._identity().items()}

    def _show_arguments(self) -> dict[str, str]:
        return {"rv": _show(self.rv)}


def is_distribution(value: Any) -> bool:
    """Tell whether a value is a frozen scipy.stats distribution (or one without parameters, as a histogram)."""
    if isinstance(value, type):
        return False
    bases = {base.__name__ for base in type(value).__mro__ if base.__module__.split(".")[0] == "scipy"}
    return bool(bases & {"rv_frozen", "rv_histogram"})


def _show(rv: Any) -> str:
    name = getattr(getattr(rv, "dist", rv), "name", None) or type(rv).__name__
    arguments = [repr(_plain(value)) for value in getattr(rv, "args", ())]
    arguments += [f"{key}={_plain(value)!r}" for key, value in sorted(getattr(rv, "kwds", {}).items())]
    return f"scipy.stats.{name}({', '.join(arguments)})"


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _tabulate(rv: Any) -> tuple[tuple[int, ...], TableLevels]:
    """List the values of a discrete distribution and divide the unit interval among them by their probabilities."""
    # around the median by the probability function alone: the quantiles of heavy tails are found by summing up to them
    low, high = rv.support()
    first = int(max(low, rv.median() - _MAX_LEVELS // 2))
    values = np.arange(first, int(min(high, first + _MAX_LEVELS - 1)) + 1)
    mass = np.asarray(rv.pmf(values), dtype=float)
    if mass.sum() < _LEAST_TOTAL:
        raise InvalidSpaceError(
            f"The 'rv' of Distribution must have at most {_MAX_LEVELS} values with a noticeable probability. "
            f"Got {_show(rv)} instead."
        )
    values, mass = values[mass > _LEAST_MASS], mass[mass > _LEAST_MASS]
    edges = np.cumsum(mass) / mass.sum()
    units = edges - mass / mass.sum() / 2.0
    return tuple(values.tolist()), TableLevels(units, edges[:-1])
