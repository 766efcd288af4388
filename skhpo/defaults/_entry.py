"""What an entry of the table of default spaces is: from the size of the data to dimensions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from skhpo.space import Dimension, Ordinal


@dataclass(frozen=True)
class Size:
    """How large the data are that an estimator is fitted to.

    Attributes
    ----------
    n_samples : int
        Number of samples of the smallest part that is trained on.
    n_features : int
        Number of columns.

    Examples
    --------
    >>> from skhpo.defaults import Size
    >>> Size(n_samples=60).at_most(50)
    6
    """

    n_samples: int = 1000
    n_features: int = 20

    def at_most(self, n: int, share: float = 0.1) -> int:
        """Return a number of samples: `n`, or less where that is more than a share of all; at least 2.

        Parameters
        ----------
        n : int
            How many there may be at most.
        share : float, default=0.1
            How large a part of all samples, at most.
        """
        return max(min(n, int(self.n_samples * share)), 2)


@dataclass(frozen=True)
class Entry:
    """The default space of a class of estimators.

    Attributes
    ----------
    make : callable
        ``make(estimator, size)`` returns the dimensions by the names of the parameters.
    start : mapping of str to object
        Values in the space that stand for the class's own defaults where those are not in it, such as a number for
        "scale".
    source : str
        Where the ranges come from.

    Examples
    --------
    >>> from skhpo import Real
    >>> from skhpo.defaults import SPACES, Entry, Size
    >>> entry = Entry(lambda estimator, size: {"alpha": Real(0.0, 1.0)}, source="a guess")
    >>> entry.make(None, Size())
    {'alpha': Real(low=0.0, high=1.0, prior='uniform')}
    """

    make: Callable[[Any, Size], Mapping[str, Dimension]]
    start: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""


def shares_of_features(size: Size, default: Any) -> Ordinal:
    """Return the dimension of a `max_features` whose default is a name or None, put where it belongs in the order."""
    meaning = {
        "sqrt": 1 / math.sqrt(size.n_features),
        "log2": math.log2(size.n_features + 1) / size.n_features,
    }
    shares: list[Any] = [0.1, 0.2, 0.3, 0.5, 0.7, 0.85, 1.0]
    if default is None or default == 1.0:
        return Ordinal([*shares[:-1], default])
    return Ordinal(
        sorted([*shares, default], key=lambda one: meaning.get(one, one) if isinstance(one, str) else one)
    )
