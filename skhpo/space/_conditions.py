"""Conditions between the dimensions of a sub-space: their checks, their order, and how many configurations remain.

A condition is kept as the encoded values of the parent for which it holds, so that one comparison of floats serves
scalars and arrays alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from skhpo.exceptions import InvalidConfigurationError, InvalidSpaceError
from skhpo.space._dimension import Dimension
from skhpo.space._values import short_repr


class Step(NamedTuple):
    """One dimension in the order in which activity is decided, parents first.

    Attributes
    ----------
    name : str
        Name of the hyperparameter.
    dimension : Dimension
        Its domain.
    start, stop : int
        Its columns.
    conditions : tuple of (str, frozenset of float)
        Parents, and their encoded values for which this dimension is active.
    is_parent : bool
        Whether another dimension depends on this one.
    """

    name: str
    dimension: Dimension
    start: int
    stop: int
    conditions: tuple[tuple[str, frozenset[float]], ...]
    is_parent: bool

    def is_active(self, known: Mapping[str, float]) -> bool:
        """Tell whether every condition holds, given the encoded values of the active parents."""
        return all(known.get(parent) in units for parent, units in self.conditions)


def plan(dimensions: Mapping[str, Dimension]) -> tuple[Step, ...]:
    """Check the conditions and put the dimensions into an order in which parents come first.

    Raises
    ------
    InvalidSpaceError
        If a condition cannot be met or decided; the message names the hyperparameter.
    """
    starts, width = {}, 0
    for name, dimension in dimensions.items():
        starts[name], width = width, width + len(dimension.columns)
    parents = {parent for dimension in dimensions.values() for parent in dimension.when}
    return tuple(
        Step(
            name,
            dimensions[name],
            starts[name],
            starts[name] + len(dimensions[name].columns),
            tuple(
                _encode_condition(name, *condition, dimensions) for condition in dimensions[name].when.items()
            ),
            name in parents,
        )
        for name in _order(dimensions)
    )


def _encode_condition(
    name: str, parent: str, values: Sequence[Any], dimensions: Mapping[str, Dimension]
) -> tuple[str, frozenset[float]]:
    domain = dimensions[parent]
    if domain.n_values is None or len(domain.columns) != 1:
        raise InvalidSpaceError(
            f"The 'when' of parameter {name!r} must depend on parameters with a list of choices or a range of "
            f"integers. Got {parent!r}, which is {domain.describe()}, instead."
        )
    units = set()
    for value in values:
        try:
            units.add(domain.encode_value(value)[0])
        except InvalidConfigurationError as error:
            raise InvalidSpaceError(
                f"The 'when' of parameter {name!r} must list values that {parent!r} can have: it is "
                f"{domain.describe()}. Got {short_repr(value)} instead."
            ) from error
    return parent, frozenset(units)


def _order(dimensions: Mapping[str, Dimension]) -> list[str]:
    """Order names such that parents come first, otherwise as given."""
    for name, dimension in dimensions.items():
        for parent in dimension.when:
            if parent not in dimensions:
                raise InvalidSpaceError(
                    f"The 'when' of parameter {name!r} must name parameters of the same search space, which are "
                    f"{short_repr(list(dimensions))}. Got {parent!r} instead."
                )
    order: dict[str, None] = {}
    while len(order) < len(dimensions):
        waiting = [name for name in dimensions if name not in order]
        ready = [name for name in waiting if all(parent in order for parent in dimensions[name].when)]
        if not ready:
            raise InvalidSpaceError(
                f"The 'when' of parameter {waiting[0]!r} must not depend on itself. "
                f"Got a cycle among the parameters {waiting} instead."
            )
        order.update(dict.fromkeys(ready))
    return list(order)


def count(steps: Sequence[Step]) -> int | None:
    """Count the distinct configurations, None if they are not finitely many."""
    if any(step.dimension.n_values is None for step in steps):
        return None
    total = 1
    for group in _components(steps):
        total *= _count(group, {})
    return total


def _components(steps: Sequence[Step]) -> list[list[Step]]:
    """Split the steps into groups without conditions between them, whose counts multiply."""
    groups: list[list[Step]] = []
    for step in steps:
        parents = {parent for parent, _ in step.conditions}
        joined = [group for group in groups if any(other.name in parents for other in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([*(other for group in joined for other in group), step])
    # members of a joined group may have lost the order in which parents come first
    position = {step.name: i for i, step in enumerate(steps)}
    return [sorted(group, key=lambda step: position[step.name]) for group in groups]


def _count(steps: Sequence[Step], known: dict[str, float]) -> int:
    if not steps:
        return 1
    first, rest = steps[0], steps[1:]
    if not first.is_active(known):
        return _count(rest, known)
    n_values = first.dimension.n_values or 0
    if not first.is_parent:
        return n_values * _count(rest, known)
    classes = _classes(units for step in rest for parent, units in step.conditions if parent == first.name)
    mentioned = sum(size for size, _ in classes)
    counts = sum(size * _count(rest, {**known, first.name: unit}) for size, unit in classes)
    return counts + ((n_values - mentioned) * _count(rest, known) if mentioned < n_values else 0)


def _classes(conditions: Iterable[frozenset[float]]) -> list[tuple[int, float]]:
    """Group the values that conditions mention by the conditions that hold for them: size and a representative."""
    sets = list(conditions)
    members: dict[tuple[bool, ...], list[float]] = {}
    for unit in sorted(frozenset().union(*sets)):
        members.setdefault(tuple(unit in units for units in sets), []).append(unit)
    return [(len(units), units[0]) for units in members.values()]
