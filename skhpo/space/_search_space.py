"""The search space: sub-spaces side by side, with one encoded array for all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from skhpo.exceptions import InvalidConfigurationError, InvalidSpaceError
from skhpo.space._dimension import Column, Dimension
from skhpo.space._levels import Array, EvenLevels
from skhpo.space._read import read_subspaces
from skhpo.space._sub_space import SubSpace
from skhpo.space._values import short_repr

_MAX_LISTED = 100_000


class SearchSpace:
    """All configurations that a search may try.

    With several sub-spaces the first column is the index of the sub-space. Hyperparameters that have the same domain
    in several sub-spaces share their columns, so that what is learnt in one of them serves the others.

    Parameters
    ----------
    spec : dict, or list of dicts or of (dict, n_iter) pairs
        Domains by name of the hyperparameter; each is a (low, high) or (low, high, prior) tuple, a list of choices, a
        Dimension or a frozen scipy.stats distribution.
    tuples_are_choices : bool, default=False
        Read tuples as lists of choices, as scikit-learn's own searches do.

    Attributes
    ----------
    names : tuple of str
        Names of all hyperparameters.
    subspaces : tuple of SubSpace
        The sub-spaces, one at least.
    columns : tuple of Column
        What each encoded column holds.
    column_names : tuple of str
        Name of the hyperparameter each column belongs to; "" for the index of the sub-space.

    Examples
    --------
    >>> from skhpo.space import Real
    >>> gamma = Real(1e-4, 1.0, prior="log-uniform", when={"kernel": ["rbf"]})
    >>> space = SearchSpace({"kernel": ["linear", "rbf"], "gamma": gamma})
    >>> space.encode([{"kernel": "rbf", "gamma": 0.01}, {"kernel": "linear"}])
    array([[0.75, 0.5 ],
           [0.25,  nan]])
    """

    def __init__(self, spec: Any, tuples_are_choices: bool = False) -> None:
        self._build(read_subspaces(spec, tuples_are_choices))

    @classmethod
    def from_spec(cls, spec: Any, tuples_are_choices: bool = False) -> SearchSpace:
        """Build a search space, or return `spec` itself if it is one.

        Parameters
        ----------
        spec : object
            A notation of a space, or a `SearchSpace`.
        tuples_are_choices : bool, default=False
            As in the constructor.
        """
        return spec if isinstance(spec, SearchSpace) else cls(spec, tuples_are_choices)

    def _build(self, subspaces: tuple[SubSpace, ...], is_open: tuple[int, ...] | None = None) -> None:
        columns: list[Column] = []
        names: list[str] = []
        self._levels = EvenLevels(len(subspaces))
        if len(subspaces) > 1:
            columns.append(Column("unordered", len(subspaces)))
            names.append("")
        self._maps = _share_columns(subspaces, columns, names)
        self.subspaces = subspaces
        self.columns, self.column_names = tuple(columns), tuple(names)
        self.names = tuple(dict.fromkeys(name for subspace in subspaces for name in subspace.dimensions))
        self._open = tuple(range(len(subspaces))) if is_open is None else is_open
        every = range(len(subspaces))
        self._rivals = {index: self._find_overlaps(index, range(index)) for index in self._open}
        self._hosts = {i: self._find_overlaps(i, self._open) for i in every if i not in self._open}
        self._size: int | None = None

    @property
    def size(self) -> int | None:
        """Number of distinct configurations; None if not finite.

        Where sub-spaces overlap and are too large to be listed, what they have in common is counted repeatedly.
        """
        if self._size is None and all(self.subspaces[index].size is not None for index in self._open):
            self._size = sum(map(self._count_own, self._open))
        return self._size

    def encode(self, configurations: Sequence[Mapping[str, Any]]) -> Array:
        """Encode configurations.

        Parameters
        ----------
        configurations : sequence of dict
            Active hyperparameters by name.

        Returns
        -------
        ndarray of shape (n, number of columns)
            Entries in [0, 1], NaN in inactive columns. Equal configurations give rows of equal bytes.

        Raises
        ------
        InvalidConfigurationError
            If one is not in the space; the message names the hyperparameter.
        """
        rows = [self._encode_row(configuration) for configuration in configurations]
        return np.array(rows, dtype=float).reshape(len(rows), len(self.columns))

    def decode(self, array: Array) -> list[dict[str, Any]]:
        """Decode any points of the unit cube; inactive hyperparameters are absent.

        Parameters
        ----------
        array : ndarray of shape (n, number of columns)
            Entries in [0, 1].
        """
        return [self._decode_row(row) for row in np.asarray(array, dtype=float).tolist()]

    def canonical(self, array: Array) -> Array:
        """Snap points of the unit cube to the encodings of their configurations, NaN in inactive columns.

        Parameters
        ----------
        array : ndarray of shape (n, number of columns)
            Entries in [0, 1].
        """
        array = np.asarray(array, dtype=float)
        if len(self.subspaces) == 1:
            return self.subspaces[0].canonical(array)
        result = np.full_like(array, np.nan)
        chosen = np.floor(self._levels.snap(array[:, 0]) * len(self.subspaces)).astype(np.intp)
        for index in np.unique(chosen).tolist():
            rows = np.flatnonzero(chosen == index)
            if index not in self._open:
                rows = self._keep_hosted(array, result, rows.tolist(), index)
                index = self._remap(index)
            cells = np.ix_(rows, self._maps[index])
            result[cells] = self.subspaces[index].canonical(array[cells])
            result[rows, 0] = self._levels.unit(index)
            if self._rivals[index]:
                self._move_to_rivals(result, rows.tolist(), index)
        return result

    def sample(self, rng: np.random.Generator, n: int) -> list[dict[str, Any]]:
        """Draw `n` configurations from the priors; sub-spaces are equally likely.

        Parameters
        ----------
        rng : numpy.random.Generator
            The only source of randomness.
        n : int
            How many.
        """
        array = rng.random((n, len(self.columns)))
        if len(self.subspaces) > 1:
            opened = np.array([self._levels.unit(index) for index in self._open])
            array[:, 0] = opened[np.floor(array[:, 0] * len(opened)).astype(int)]
        return self.decode(array)

    def contains(self, configuration: Mapping[str, Any]) -> bool:
        """Tell whether a configuration belongs to the space.

        Parameters
        ----------
        configuration : dict
            Hyperparameters by name.
        """
        try:
            self.check(configuration)
        except InvalidConfigurationError:
            return False
        return True

    def check(self, configuration: Mapping[str, Any]) -> None:
        """Raise InvalidConfigurationError if a configuration does not belong, naming the hyperparameter.

        Parameters
        ----------
        configuration : dict
            Hyperparameters by name.
        """
        self._encode_row(configuration)

    def grid(self) -> Iterator[dict[str, Any]]:
        """Go lazily through every distinct configuration once, in a fixed order.

        Raises
        ------
        InvalidSpaceError
            If a dimension is not finite; the message names it.
        """
        for index in self._open:
            self.subspaces[index].check_finite()
        return self._grid()

    def open_to(self, indices: Sequence[int]) -> SearchSpace:
        """Restrict the space to some of its sub-spaces, without changing the columns.

        Points of closed sub-spaces are decoded in open ones; `encode` still knows all configurations.

        Parameters
        ----------
        indices : sequence of int
            Positions in `subspaces`.

        Returns
        -------
        SearchSpace
            A space with the same columns.
        """
        opened = tuple(sorted(set(indices)))
        if not opened or not set(opened) <= set(range(len(self.subspaces))):
            raise InvalidSpaceError(
                f"The 'indices' of open_to must be positions of the {len(self.subspaces)} sub-spaces. "
                f"Got {indices!r} instead."
            )
        if opened == self._open:
            return self
        space = SearchSpace.__new__(SearchSpace)
        space._build(self.subspaces, opened)
        return space

    def to_dict(self) -> list[dict[str, Any]]:
        """Describe the space by what JSON can hold."""
        return [subspace.to_dict() for subspace in self.subspaces]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SearchSpace):
            return NotImplemented
        return self.subspaces == other.subspaces and self._open == other._open

    def __hash__(self) -> int:
        return hash((self.subspaces, self._open))

    def __repr__(self) -> str:
        parts = [(dict(s.dimensions), s.n_iter) if s.n_iter else dict(s.dimensions) for s in self.subspaces]
        return f"SearchSpace({parts[0] if len(parts) == 1 and isinstance(parts[0], dict) else parts!r})"

    def __deepcopy__(self, memo: dict[int, Any]) -> SearchSpace:
        # clones share the space, as they share the user's own objects in it
        return self

    def _encode_row(self, configuration: Mapping[str, Any]) -> list[float]:
        if not isinstance(configuration, Mapping):
            raise InvalidConfigurationError(
                f"A configuration must be a dict of hyperparameters. Got {short_repr(configuration)} instead."
            )
        if len(self.subspaces) == 1:
            return self.subspaces[0].encode_row(configuration)
        reasons = []
        for index, subspace in enumerate(self.subspaces):
            try:
                return self._spread(index, subspace.encode_row(configuration))
            except InvalidConfigurationError as error:
                reasons.append(f"In sub-space {index}: {error}")
        raise InvalidConfigurationError(
            f"The configuration must belong to one of the {len(reasons)} sub-spaces. " + " ".join(reasons)
        )

    def _spread(self, index: int, units: Sequence[float]) -> list[float]:
        """Put the columns of a sub-space into a row of the whole space."""
        row = [math.nan] * len(self.columns)
        row[0] = self._levels.unit(index)
        for column, unit in zip(self._maps[index], units, strict=True):
            row[column] = unit
        return row

    def _decode_row(self, row: list[float]) -> dict[str, Any]:
        if len(self.subspaces) == 1:
            return self.subspaces[0].decode_row(row)
        index = self._levels.level(row[0])
        if index not in self._open:
            hosted = self._decode_hosted(row, index)
            if hosted is not None:
                return hosted
            index = self._remap(index)
        return self.subspaces[index].decode_row([row[column] for column in self._maps[index]])

    def _decode_hosted(self, row: Sequence[float], index: int) -> dict[str, Any] | None:
        """Decode a row of a closed sub-space if its configuration belongs to an open one as well."""
        if not self._hosts[index]:
            return None
        configuration = self.subspaces[index].decode_row([row[column] for column in self._maps[index]])
        is_hosted = any(self.subspaces[host].contains(configuration) for host in self._hosts[index])
        return configuration if is_hosted else None

    def _keep_hosted(
        self, array: Array, result: Array, rows: Sequence[int], index: int
    ) -> np.ndarray[Any, np.dtype[np.intp]]:
        """Encode what `_decode_hosted` decodes, and give the rows that are left."""
        left = []
        for row in rows:
            configuration = self._decode_hosted(array[row].tolist(), index)
            if configuration is None:
                left.append(row)
            else:
                result[row] = self._encode_row(configuration)
        return np.array(left, dtype=np.intp)

    def _remap(self, index: int) -> int:
        return self._open[index % len(self._open)]

    def _find_overlaps(self, index: int, others: Iterable[int]) -> tuple[int, ...]:
        """List the sub-spaces among others that a configuration of this one may belong to as well.

        Only finite ones matter: elsewhere a configuration of both is improbable, and would move by rounding.
        """
        subspace = self.subspaces[index]
        if subspace.size is None:
            return ()
        finite = [i for i in others if self.subspaces[i].size is not None]
        return tuple(i for i in finite if self.subspaces[i].may_overlap(subspace))

    def _move_to_rivals(self, result: Array, rows: Sequence[int], index: int) -> None:
        """Encode configurations that an earlier sub-space contains where `encode` puts them."""
        for row in rows:
            units = result[row, self._maps[index]].tolist()
            configuration = self.subspaces[index].decode_row(units)
            for rival in self._rivals[index]:
                if self.subspaces[rival].contains(configuration):
                    result[row] = self._spread(rival, self.subspaces[rival].encode_row(configuration))
                    break

    def _own(self, index: int) -> Iterator[dict[str, Any]]:
        """Go through the configurations of a sub-space that no earlier open one contains."""
        rivals = [self.subspaces[i] for i in self._rivals[index] if i in self._open]
        for configuration in self.subspaces[index].grid():
            if not any(rival.contains(configuration) for rival in rivals):
                yield configuration

    def _grid(self) -> Iterator[dict[str, Any]]:
        for index in self._open:
            yield from self._own(index)

    def _count_own(self, index: int) -> int:
        size = self.subspaces[index].size or 0
        if not self._rivals[index] or size > _MAX_LISTED:
            return size
        return sum(1 for _ in self._own(index))


def _share_columns(
    subspaces: Sequence[SubSpace], columns: list[Column], names: list[str]
) -> tuple[list[int], ...]:
    """Append the columns of all sub-spaces, equal domains of one name only once; list each sub-space's columns."""
    placed: list[tuple[str, Dimension, range]] = []
    maps: list[list[int]] = []
    for subspace in subspaces:
        own: list[int] = []
        for name, dimension in subspace.dimensions.items():
            place = next((p for n, d, p in placed if n == name and d.same_domain(dimension)), None)
            if place is None:
                place = range(len(columns), len(columns) + len(dimension.columns))
                placed.append((name, dimension, place))
                columns.extend(dimension.columns)
                names.extend([name] * len(dimension.columns))
            own.extend(place)
        maps.append(own)
    return tuple(maps)
