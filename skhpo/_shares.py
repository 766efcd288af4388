"""How the trials of a study are shared among its sub-spaces."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from skhpo._arguments import n_promised
from skhpo.space import SearchSpace


class Shares:
    """Counts the trials of every sub-space.

    Parameters
    ----------
    space : SearchSpace
        The space.
    n_iter : int or None
        Largest number of trials.

    Examples
    --------
    >>> from skhpo._shares import Shares
    >>> shares = Shares(SearchSpace([({"a": [1, 2]}, 1), ({"b": [1, 2]}, 1)]), n_iter=2)
    >>> shares.count({"a": 2})
    >>> shares.open_space() is None
    False
    >>> shares.count({"b": 2})
    >>> shares.open_space() is None
    True
    """

    def __init__(self, space: SearchSpace, n_iter: int | None) -> None:
        self._space = space
        self._n_iter = n_iter
        self._n_started: Counter[int] = Counter()

    def open_space(self) -> SearchSpace | None:
        """Return the space less the sub-spaces that have had their share, None if nothing is left."""
        if len(self._space.subspaces) == 1:
            return self._space
        open_ = self._open()
        return self._space.open_to(open_) if open_ else None

    def count(self, configuration: Mapping[str, Any]) -> None:
        """Count a trial for the first sub-space that holds it and has something left."""
        if len(self._space.subspaces) > 1:
            owners = [i for i, sub in enumerate(self._space.subspaces) if sub.contains(configuration)]
            open_ = self._open()
            self._n_started[next((i for i in owners if i in open_), owners[0])] += 1

    def _open(self) -> list[int]:
        """Return the indices of the sub-spaces that may be given another trial."""
        own_share = [i for i, sub in enumerate(self._space.subspaces) if sub.n_iter is not None]
        n_free = math.inf if self._n_iter is None else self._n_iter - n_promised(self._space)
        n_free -= sum(n for i, n in self._n_started.items() if i not in own_share)
        open_ = []
        for i, sub in enumerate(self._space.subspaces):
            left = n_free if sub.n_iter is None else sub.n_iter - self._n_started[i]
            if left > 0 and (sub.size is None or self._n_started[i] < sub.size):
                open_.append(i)
        return open_
