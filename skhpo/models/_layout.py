"""What the columns of encoded points are: all that models know of a search space.

A point is a row of positions in [0, 1], one per column, NaN where the column is not active.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class ColumnLayout:
    """Kinds and numbers of levels of the columns of encoded points.

    A column with one level only says nothing about a point and belongs to none of the groups below.

    Attributes
    ----------
    kinds : tuple of {"continuous", "ordered", "unordered"}
        One per column.
    n_levels : tuple of (int or None)
        Number of values of each column; None where it is continuous or countless.

    Examples
    --------
    >>> layout = ColumnLayout.from_columns([("continuous", None), ("ordered", 9), ("unordered", 3)])
    >>> layout.numeric, layout.categorical, layout.continuous
    (array([0, 1]), array([2]), array([0]))
    """

    kinds: tuple[str, ...]
    n_levels: tuple[int | None, ...]

    @classmethod
    def from_columns(cls, columns: Iterable[tuple[str, int | None]]) -> ColumnLayout:
        """Describe columns given as (kind, number of levels)."""
        pairs = tuple(columns)
        return cls(tuple(kind for kind, _ in pairs), tuple(n for _, n in pairs))

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.kinds)

    @cached_property
    def numeric(self) -> Indices:
        """Columns whose order means something, and unordered ones whose levels cannot be counted."""
        return self._where([n != 1 and not self._is_categorical(d) for d, n in enumerate(self.n_levels)])

    @cached_property
    def categorical(self) -> Indices:
        """Unordered columns."""
        return self._where([n != 1 and self._is_categorical(d) for d, n in enumerate(self.n_levels)])

    @cached_property
    def continuous(self) -> Indices:
        """Numeric columns that take every value between 0 and 1."""
        return self._where([kind == "continuous" and n is None for kind, n in self._columns])

    @cached_property
    def discrete(self) -> Indices:
        """All columns but the continuous ones."""
        return np.setdiff1d(np.arange(self.width), self.continuous)

    @cached_property
    def varying(self) -> Indices:
        """Numeric columns, then categorical ones: the dimensions of a surrogate, in its order."""
        return np.concatenate([self.numeric, self.categorical])

    @property
    def _columns(self) -> list[tuple[str, int | None]]:
        return list(zip(self.kinds, self.n_levels, strict=True))

    def _is_categorical(self, d: int) -> bool:
        return self.kinds[d] == "unordered" and self.n_levels[d] is not None

    def _where(self, mask: list[bool]) -> Indices:
        return np.flatnonzero(np.array(mask, dtype=bool))
