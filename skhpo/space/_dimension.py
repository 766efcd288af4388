"""The contract of dimensions: the domain of one hyperparameter, and its columns on the unit interval.

Consumers see columns and their kinds, never the class of a dimension: a new kind of dimension is one file and one line
in the table `DIMENSIONS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

import numpy as np

from skhpo.exceptions import InvalidConfigurationError, InvalidSpaceError
from skhpo.space._levels import Array
from skhpo.space._values import equal_values, short_repr, value_to_json


class Column(NamedTuple):
    """What one encoded column holds.

    Attributes
    ----------
    kind : {"continuous", "ordered", "unordered"}
        Whether distances mean something, and whether there are levels.
    n_levels : int or None
        Number of levels; None if continuous or countless.

    Examples
    --------
    >>> from skhpo.space import Column, Integer, Real
    >>> Real(0.0, 1.0).columns == (Column("continuous", None),)
    True
    >>> Integer(1, 8).columns
    (Column(kind='ordered', n_levels=8),)
    """

    kind: str
    n_levels: int | None


class Dimension(ABC):
    """Immutable domain of one hyperparameter.

    Attributes
    ----------
    when : mapping of str to tuple
        The dimension is active only where each of these hyperparameters has one of the given values.
    columns : tuple of Column
        One entry for each encoded column.
    n_values : int or None
        Number of distinct values; None if not finite.

    Examples
    --------
    >>> from skhpo.space import Dimension, Ordinal
    >>> size = Ordinal([16, 32, 64])
    >>> isinstance(size, Dimension), size.encode([16, 64]).tolist(), size.contains(48)
    (True, [[0.16666666666666666], [0.8333333333333334]], False)
    """

    when: Mapping[str, tuple[Any, ...]]
    columns: tuple[Column, ...]
    n_values: int | None

    @abstractmethod
    def arguments(self) -> dict[str, Any]:
        """Give the arguments of the constructor other than `when`; they define equality, repr and pickling."""

    @abstractmethod
    def encode_value(self, value: Any) -> Sequence[float]:
        """Encode one value, an entry for each column; InvalidConfigurationError if it is not in the domain.

        Parameters
        ----------
        value : object
            A value of the domain.
        """

    @abstractmethod
    def decode_units(self, units: Sequence[float]) -> Any:
        """Decode one row of floats in [0, 1] to a plain Python value, or to the user's own object.

        Parameters
        ----------
        units : sequence of float
            An entry for each column.
        """

    @abstractmethod
    def canonical(self, array: Array) -> Array:
        """Compute ``encode(decode(array))`` for a whole array at once.

        Parameters
        ----------
        array : ndarray of shape (n, number of columns)
            Entries in [0, 1].
        """

    @abstractmethod
    def describe(self) -> str:
        """Name the domain for error messages, such as "a float in [0.1, 10.0]"."""

    def _iterate(self) -> Iterator[Any]:
        """Go through the values of a finite domain."""
        raise InvalidSpaceError(
            f"The values of {self!r} cannot be listed, because they are not finitely many."
        )

    def values(self) -> Iterator[Any]:
        """Go through every value in order.

        Raises
        ------
        InvalidSpaceError
            If the domain is not finite.
        """
        return Dimension._iterate(self) if self.n_values is None else self._iterate()

    def encode(self, values: Sequence[Any]) -> Array:
        """Encode values as an array of shape (n, number of columns) in [0, 1]; NaN in columns a value does not use.

        Parameters
        ----------
        values : sequence of object
            Values of the domain.
        """
        rows = [self.encode_value(value) for value in values]
        return np.array(rows, dtype=float).reshape(len(rows), len(self.columns))

    def decode(self, array: Array) -> list[Any]:
        """Decode an array of shape (n, number of columns) with any entries in [0, 1] to a list of values.

        Parameters
        ----------
        array : ndarray of shape (n, number of columns)
            Entries in [0, 1].
        """
        return [self.decode_units(row) for row in np.asarray(array, dtype=float).tolist()]

    def sample(self, rng: np.random.Generator, n: int) -> list[Any]:
        """Draw `n` values from the prior.

        Parameters
        ----------
        rng : numpy.random.Generator
            The only source of randomness.
        n : int
            How many.
        """
        return self.decode(rng.random((n, len(self.columns))))

    def contains(self, value: Any) -> bool:
        """Tell whether a value belongs to the domain.

        Parameters
        ----------
        value : object
            Any value.
        """
        try:
            self.encode_value(value)
        except InvalidConfigurationError:
            return False
        return True

    def to_dict(self) -> dict[str, Any]:
        """Describe the dimension by what JSON can hold."""
        description = {"type": type(self).__name__, **self._describe_arguments()}
        if self.when:
            description["when"] = {
                parent: [value_to_json(v) for v in self.when[parent]] for parent in self.when
            }
        return description

    def _describe_arguments(self) -> dict[str, Any]:
        return {name: value_to_json(value) for name, value in self.arguments().items()}

    def same_domain(self, other: Dimension) -> bool:
        """Tell whether two dimensions have the same values and encode them alike, whatever their conditions.

        Parameters
        ----------
        other : Dimension
            The other one.
        """
        return type(self) is type(other) and equal_values(self._identity(), other._identity())

    def _identity(self) -> dict[str, Any]:
        return self.arguments()

    def _store(
        self,
        attributes: dict[str, Any],
        columns: tuple[Column, ...],
        n_values: int | None,
        when: Mapping[str, Sequence[Any]] | None,
    ) -> None:
        """Set all attributes, once, from the constructor."""
        conditions = MappingProxyType(_check_when(when, type(self).__name__))
        self.__dict__.update(attributes, columns=columns, n_values=n_values, when=conditions)

    def _reject(self, value: Any) -> NoReturn:
        raise InvalidConfigurationError(
            f"The value must be {self.describe()}. Got {short_repr(value)} instead."
        )

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name!r} cannot be set.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name!r} cannot be deleted.")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dimension):
            return NotImplemented
        return self.same_domain(other) and equal_values(dict(self.when), dict(other.when))

    def __hash__(self) -> int:
        # choices need not be hashable, so that only what equal dimensions surely share is used
        return hash((type(self), self.columns, self.n_values, tuple(sorted(self.when))))

    def __repr__(self) -> str:
        arguments = [f"{name}={text}" for name, text in self._show_arguments().items()]
        if self.when:
            arguments.append(f"when={dict(self.when)!r}")
        return f"{type(self).__name__}({', '.join(arguments)})"

    def _show_arguments(self) -> dict[str, str]:
        return {name: repr(value) for name, value in self.arguments().items()}

    def __deepcopy__(self, memo: dict[int, Any]) -> Dimension:
        # scikit-learn's clone copies parameters deeply; the user's objects must stay the ones that were passed
        return self

    def __copy__(self) -> Dimension:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # rebuilt by the constructor, because lookups by identity do not survive pickling
        return _rebuild, (type(self), self.arguments(), dict(self.when))


def _rebuild(kind: Callable[..., Dimension], arguments: dict[str, Any], when: dict[str, Any]) -> Dimension:
    return kind(**arguments, when=when or None)


def _check_when(when: Any, owner: str) -> dict[str, tuple[Any, ...]]:
    """Check the form of conditions; whether they fit their parents is the search space's to check."""
    expected = (
        f"The 'when' of {owner} must be a dict from names of hyperparameters to non-empty lists of values."
    )
    if when is None:
        return {}
    if not isinstance(when, Mapping):
        raise InvalidSpaceError(f"{expected} Got {short_repr(when)} instead.")
    for parent, values in when.items():
        if not isinstance(parent, str) or not isinstance(values, list | tuple) or not values:
            raise InvalidSpaceError(f"{expected} Got {short_repr({parent: values})} instead.")
    return {parent: tuple(values) for parent, values in when.items()}
