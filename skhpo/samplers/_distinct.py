"""Configurations that have not been tried yet: the part of sampling that every sampler shares.

Whether two configurations are the same is decided on their canonical encoded points, whose bytes serve as keys.
Nothing here looks at scores.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo.space import SearchSpace
from skhpo.trial import Trial

Array = NDArray[np.float64]
Propose = Callable[[np.random.Generator, int], Array]

# Rounding to this many decimals makes keys immune to the last bits, in which one point that was encoded alone and once
# more among others may differ (numpy has several code paths for logarithms).
_DECIMALS = 12
# Draws before the next source is asked (a proposer, the space itself, the grid), or before an infinite space is given
# up. The second one matters only for spaces that are infinite in name, such as a Poisson distribution of mean 0.001
# whose first values have been tried.
_DRAWS = 256
_DRAWS_INFINITE = 1 << 14
_CHUNK = 512


def point_keys(points: Array) -> list[bytes]:
    """Return one key per canonical point; equal configurations have equal keys.

    Parameters
    ----------
    points : ndarray of shape (n, n_columns)
        Canonical encoded points, NaN in inactive columns.

    Returns
    -------
    list of bytes
        Keys, one per row.

    Examples
    --------
    >>> import numpy as np
    >>> first, second, third = point_keys(np.array([[0.5, np.nan], [0.5, np.nan], [0.5, 0.1]]))
    >>> first == second, first == third
    (True, False)
    """
    rounded = np.round(points, _DECIMALS) + 0.0  # + 0.0 turns -0.0 into 0.0
    rounded[np.isnan(rounded)] = -1.0
    if rounded.shape[1] == 0:
        return [b""] * len(rounded)
    data, width = rounded.tobytes(), rounded.itemsize * rounded.shape[1]
    return [data[i : i + width] for i in range(0, len(data), width)]


def trial_points(trials: Sequence[Trial], n_columns: int) -> Array:
    """Stack the encoded points of the trials that have one, in order.

    Parameters
    ----------
    trials : sequence of Trial
        Trials; those without a point are left out.
    n_columns : int
        Number of encoded columns, for the shape of an empty result.

    Returns
    -------
    ndarray of shape (n, n_columns)
        One row per trial that has a point.
    """
    points = [trial.point for trial in trials if trial.point is not None]
    return np.array(points, dtype=np.float64).reshape(len(points), n_columns)


def tried_keys(space: SearchSpace, trials: Sequence[Trial]) -> set[bytes]:
    """Return the keys of everything in `trials`, whatever became of it, but for trials of other studies.

    Parameters
    ----------
    space : SearchSpace
        The space the points are encoded in.
    trials : sequence of Trial
        Trials of any status.

    Returns
    -------
    set of bytes
        Keys as `point_keys` makes them.
    """
    own = [trial for trial in trials if trial.origin != "prior"]
    return set(point_keys(trial_points(own, len(space.columns))))


def first_untried(points: Array, tried: Collection[bytes], n: int) -> list[int]:
    """Return the indices of the first `n` rows that are neither tried nor repeated.

    Parameters
    ----------
    points : ndarray of shape (m, n_columns)
        Canonical points, the most wanted first.
    tried : collection of bytes
        Keys not wanted; a set for speed. It is not changed.
    n : int
        How many are wanted.

    Returns
    -------
    list of int
        At most `n` indices, ascending.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.array([[0.1], [0.2], [0.2], [0.3]])
    >>> first_untried(points, set(point_keys(points[:1])), 2)
    [1, 3]
    """
    seen: set[bytes] = set()
    found: list[int] = []
    for i, key in enumerate(point_keys(points)):
        if len(found) == n:
            break
        if key not in tried and key not in seen:
            seen.add(key)
            found.append(i)
    return found


def untried_points(
    space: SearchSpace,
    tried: Collection[bytes],
    n: int,
    rng: np.random.Generator,
    propose: Propose | None = None,
) -> Array:
    """Draw `n` distinct canonical points whose keys are not in `tried`.

    Draws that are not new are rejected: those of `propose` first and, if it keeps repeating itself, the space's own.
    Where this does not yield enough, a finite space is enumerated lazily until enough untried configurations are seen
    to choose from, so nothing untried is ever missed.

    Parameters
    ----------
    space : SearchSpace
        Where to look.
    tried : collection of bytes
        Keys not wanted, see `tried_keys`. It is not changed.
    n : int
        How many points are wanted.
    rng : numpy.random.Generator
        Source of randomness.
    propose : callable, optional
        ``propose(rng, m)`` returns `m` points of the unit cube, canonical or not; the most wanted first.

    Returns
    -------
    ndarray of shape (m, n_columns)
        Canonical points; fewer than `n` only if the space has no more untried ones.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.space import SearchSpace
    >>> space = SearchSpace({"kernel": ["rbf", "poly", "linear"]})
    >>> tried = set(point_keys(space.encode([{"kernel": "rbf"}])))
    >>> points = untried_points(space, tried, 5, np.random.default_rng(0))
    >>> sorted(configuration["kernel"] for configuration in space.decode(points))
    ['linear', 'poly']
    """
    found, refused, few = np.empty((0, len(space.columns))), set(tried), _DRAWS + 4 * n
    if propose is not None:
        found = _draw_new(found, refused, n, lambda m: space.canonical(propose(rng, m)), few)
    # Not `canonical` of uniform points, which favours some sub-spaces where others are closed.
    limit = _DRAWS_INFINITE if space.size is None else few
    found = _draw_new(found, refused, n, lambda m: space.encode(space.sample(rng, m)), limit)
    if len(found) < n and space.size is not None:
        left = _left_on_grid(space, refused, n - len(found))
        found = _extend(found, rng.permutation(left), refused, n)
    return found


def _draw_new(found: Array, refused: set[bytes], n: int, draw: Callable[[int], Array], limit: int) -> Array:
    """Append draws that are new until there are `n` rows in all, or about `limit` points have been drawn."""
    n_draws = 0
    while len(found) < n and n_draws < limit:
        m = max(n - len(found), n_draws)
        found, n_draws = _extend(found, draw(m), refused, n), n_draws + m
    return found


def _extend(found: Array, points: Array, refused: set[bytes], n: int) -> Array:
    """Append the usable ones of `points` up to `n` rows in all, and refuse them from now on."""
    kept = points[first_untried(points, refused, n - len(found))]
    refused.update(point_keys(kept))
    return np.concatenate([found, kept])


def _left_on_grid(space: SearchSpace, refused: set[bytes], n: int) -> Array:
    """Return untried points in grid order: all of them, or at least `n` plus a chunk to choose from."""
    left, n_left = [np.empty((0, len(space.columns)))], 0
    for points, _ in grid_chunks(space, space.grid()):
        new = points[first_untried(points, refused, len(points))]
        left.append(new)
        n_left += len(new)
        if n_left >= n + _CHUNK:
            break
    return np.concatenate(left)


def grid_chunks(
    space: SearchSpace, grid: Iterable[dict[str, Any]], size: int = _CHUNK
) -> Iterator[tuple[Array, list[dict[str, Any]]]]:
    """Encode a lazy sequence of configurations piece by piece.

    Parameters
    ----------
    space : SearchSpace
        The space the configurations belong to.
    grid : iterable of dict
        Configurations.
    size : int, default=512
        Length of a piece.

    Yields
    ------
    points : ndarray of shape (m, n_columns)
        Encoded configurations.
    configurations : list of dict
        The configurations themselves.
    """
    iterator = iter(grid)
    for first in iterator:
        configurations = list(chain([first], islice(iterator, size - 1)))
        yield space.encode(configurations), configurations


def always_new(space: SearchSpace) -> bool:
    """Whether a blind draw never repeats itself: every configuration has a continuous hyperparameter.

    Parameters
    ----------
    space : SearchSpace
        Any space.

    Returns
    -------
    bool
        False also where a continuous hyperparameter exists but is not active in every configuration.

    Examples
    --------
    >>> from skhpo.space import Real, SearchSpace
    >>> always_new(SearchSpace({"C": (0.1, 1.0), "kernel": ["rbf", "linear"]}))
    True
    >>> always_new(SearchSpace({"C": Real(0.1, 1.0, when={"kernel": ["rbf"]}), "kernel": ["rbf", "linear"]}))
    False
    """
    for subspace in space.subspaces:
        for dimension in subspace.dimensions.values():
            if not dimension.when and dimension.columns[0].kind == "continuous":
                break
        else:
            return False
    return True
