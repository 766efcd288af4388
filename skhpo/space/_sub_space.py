"""One product of dimensions with conditions, and its own encoded columns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np

from skhpo.exceptions import InvalidConfigurationError, InvalidSpaceError
from skhpo.space._conditions import Step, count, plan
from skhpo.space._dimension import Dimension
from skhpo.space._levels import Array
from skhpo.space._values import short_repr

_FEW = 1000


class SubSpace:
    """Dimensions by name, some of them active only where others have given values.

    Parameters
    ----------
    dimensions : mapping of str to Dimension
        At least one.
    n_iter : int or None, default=None
        How many configurations to try here, where the user said so.

    Attributes
    ----------
    width : int
        Number of encoded columns.
    size : int or None
        Number of distinct configurations; None if not finite.

    Examples
    --------
    >>> from skhpo.space import Categorical, Integer
    >>> kernel = Categorical(["linear", "poly"])
    >>> SubSpace({"kernel": kernel, "degree": Integer(2, 5, when={"kernel": ["poly"]})}).size
    5
    """

    def __init__(self, dimensions: Mapping[str, Dimension], n_iter: int | None = None) -> None:
        self.dimensions: Mapping[str, Dimension] = MappingProxyType(dict(dimensions))
        self.n_iter = n_iter
        self.width = sum(len(dimension.columns) for dimension in dimensions.values())
        self._steps = plan(self.dimensions)
        self._is_reordered = [step.name for step in self._steps] != list(dimensions)
        self.size = count(self._steps)

    def encode_row(self, configuration: Mapping[str, Any]) -> list[float]:
        """Encode one configuration, NaN where inactive; InvalidConfigurationError if it does not belong here."""
        row = [math.nan] * self.width
        known: dict[str, float] = {}
        n_active = 0
        for step in self._steps:
            name, dimension, start, stop, conditions, is_parent = step
            if conditions and not step.is_active(known):
                continue
            if name not in configuration:
                self._explain(configuration, name)
            try:
                units = dimension.encode_value(configuration[name])
            except InvalidConfigurationError:
                _reject(name, dimension, configuration[name])
            row[start:stop] = units
            n_active += 1
            if is_parent:
                known[name] = units[0]
        if n_active != len(configuration):
            self._explain(configuration)
        return row

    def decode_row(self, row: Sequence[float]) -> dict[str, Any]:
        """Decode any row of floats in [0, 1]; inactive hyperparameters are absent."""
        configuration: dict[str, Any] = {}
        known: dict[str, float] = {}
        for step in self._steps:
            name, dimension, start, stop, conditions, is_parent = step
            if conditions and not step.is_active(known):
                continue
            value = configuration[name] = dimension.decode_units(row[start:stop])
            if is_parent:
                known[name] = dimension.encode_value(value)[0]
        return self._in_order(configuration) if self._is_reordered else configuration

    def canonical(self, array: Array) -> Array:
        """Snap rows to levels and put NaN into inactive columns."""
        result = np.empty_like(array)
        for _, dimension, start, stop, conditions, _ in self._steps:
            result[:, start:stop] = dimension.canonical(array[:, start:stop])
            if not conditions:
                continue
            active = np.ones(len(array), dtype=bool)
            for parent, units in conditions:
                # inactive parents hold NaN, which is in no set
                active &= np.isin(result[:, self._start(parent)], list(units))
            result[~active, start:stop] = np.nan
        return result

    def grid(self) -> Iterator[dict[str, Any]]:
        """Go through all configurations lazily; the last dimension varies fastest."""
        for configuration in self._grid(0, {}, {}):
            yield self._in_order(configuration)

    def contains(self, configuration: Mapping[str, Any]) -> bool:
        """Tell whether a configuration belongs here."""
        try:
            self.encode_row(configuration)
        except InvalidConfigurationError:
            return False
        return True

    def may_overlap(self, other: SubSpace) -> bool:
        """Tell whether some configuration may belong to both; False is certain, True is not."""
        names = self.dimensions.keys() | other.dimensions.keys()
        return all(_may_agree(self.dimensions.get(name), other.dimensions.get(name)) for name in names)

    def check_finite(self) -> None:
        """Raise InvalidSpaceError naming the first dimension that is not finite."""
        for name, dimension in self.dimensions.items():
            if dimension.n_values is None:
                raise InvalidSpaceError(
                    f"The search space of parameter {name!r} must be a list of choices or a range of integers for a "
                    f"grid. Got {dimension!r} instead."
                )

    def to_dict(self) -> dict[str, Any]:
        """Describe the sub-space by what JSON can hold."""
        dimensions = {name: dimension.to_dict() for name, dimension in self.dimensions.items()}
        return {"dimensions": dimensions, "n_iter": self.n_iter}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SubSpace):
            return NotImplemented
        return self.n_iter == other.n_iter and list(self.dimensions.items()) == list(other.dimensions.items())

    def __hash__(self) -> int:
        return hash((self.n_iter, tuple(self.dimensions.items())))

    def __repr__(self) -> str:
        return f"SubSpace({dict(self.dimensions)!r}, n_iter={self.n_iter})"

    def __reduce__(self) -> tuple[Any, ...]:
        return SubSpace, (dict(self.dimensions), self.n_iter)

    def _start(self, name: str) -> int:
        return next(step.start for step in self._steps if step.name == name)

    def _in_order(self, configuration: dict[str, Any]) -> dict[str, Any]:
        if not self._is_reordered:
            return configuration
        return {name: configuration[name] for name in self.dimensions if name in configuration}

    def _grid(
        self, position: int, configuration: dict[str, Any], known: dict[str, float]
    ) -> Iterator[dict[str, Any]]:
        if position == len(self._steps):
            yield dict(configuration)
            return
        step = self._steps[position]
        if not step.is_active(known):
            yield from self._grid(position + 1, configuration, known)
            return
        for value in step.dimension.values():
            below = {**configuration, step.name: value}
            deeper = {**known, step.name: step.dimension.encode_value(value)[0]} if step.is_parent else known
            yield from self._grid(position + 1, below, deeper)

    def _explain(self, configuration: Mapping[str, Any], missing: str | None = None) -> NoReturn:
        """Say which names are unknown, inactive or missing."""
        unknown = [name for name in configuration if name not in self.dimensions]
        if unknown:
            raise InvalidConfigurationError(
                f"The hyperparameter {unknown[0]!r} must be one of {short_repr(list(self.dimensions))}."
            )
        if missing is not None:
            domain = self.dimensions[missing].describe()
            raise InvalidConfigurationError(
                f"The hyperparameter {missing!r} must be given: {domain}. Got {short_repr(configuration)} instead."
            )
        self._explain_inactive(configuration)

    def _explain_inactive(self, configuration: Mapping[str, Any]) -> NoReturn:
        known: dict[str, float] = {}
        for step in self._steps:
            active = step.is_active(known)
            if active and step.is_parent:
                known[step.name] = step.dimension.encode_value(configuration[step.name])[0]
            if not active and step.name in configuration:
                break
        raise InvalidConfigurationError(
            f"The hyperparameter {step.name!r} must be absent, because it is active only when "
            f"{_describe_conditions(step)}. Got {short_repr(configuration[step.name])} instead."
        )


def _describe_conditions(step: Step) -> str:
    when = step.dimension.when
    return " and ".join(f"{parent!r} is one of {short_repr(list(when[parent]))}" for parent in when)


def _reject(name: str, dimension: Dimension, value: Any) -> NoReturn:
    raise InvalidConfigurationError(
        f"The hyperparameter {name!r} must be {dimension.describe()}. Got {short_repr(value)} instead."
    )


def _may_agree(first: Dimension | None, second: Dimension | None) -> bool:
    """Tell whether a hyperparameter may have the same value, or be absent, in two sub-spaces."""
    if first is None or second is None:
        present = first if second is None else second
        return present is None or bool(present.when)
    if first.when and second.when:
        return True
    for one, other in ((first, second), (second, first)):
        if one.n_values is not None and one.n_values <= _FEW:
            return any(map(other.contains, one.values()))
    return True
