"""Parzen estimator: a density over encoded points, as a mixture of one product kernel per observed point.

Notation
--------
x : a point; m : an observed point, the centre of a kernel; j : a column
C : number of levels of an unordered column
s : bandwidth of a kernel in a column; in an unordered column the probability of another level than the centre's
n : number of kernels; D : number of columns

The last component of the mixture is the prior, uniform over the unit cube. Conditional spaces need no model of their
own: a column that is inactive in `x` contributes the factor 1, one that is active in `x` but not in `m` the prior's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr, ndtri

from skhpo.samplers._distinct import Array
from skhpo.space import Column

_LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)
_TINY = 1e-300


class ParzenEstimator:
    """A density that can be evaluated and drawn from.

    Parameters
    ----------
    columns : sequence of Column
        The encoded columns.
    centres : ndarray of shape (n, D)
        Canonical points, NaN in inactive columns; there may be none.
    weights : ndarray of shape (n,)
        Weights of the kernels, relative to the weight 1 of the prior.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.space import SearchSpace
    >>> space = SearchSpace({"C": (0.0, 1.0)})
    >>> density = ParzenEstimator(space.columns, np.array([[0.2], [0.3]]), np.ones(2))
    >>> low, high = density.log_density(np.array([[0.25], [0.9]]))
    >>> bool(low > high)
    True
    """

    def __init__(self, columns: Sequence[Column], centres: Array, weights: Array) -> None:
        self._columns = columns
        self._centres = centres
        bandwidths = [_bandwidths(column, centres[:, j]) for j, column in enumerate(columns)]
        self._bandwidths = np.stack(bandwidths, axis=1) if bandwidths else np.empty_like(centres)
        with_prior = np.append(weights, 1.0)
        self._weights = with_prior / with_prior.sum()

    def log_density(self, points: Array) -> Array:
        """Compute the logarithm of the density.

        Parameters
        ----------
        points : ndarray of shape (p, D)
            Canonical points, NaN in inactive columns.

        Returns
        -------
        ndarray of shape (p,)
            Log densities; probabilities, as far as unordered columns are concerned.
        """
        total = np.zeros((len(points), len(self._centres) + 1))
        for j, column in enumerate(self._columns):
            x, m, s = points[:, j, None], self._centres[None, :, j], self._bandwidths[None, :, j]
            if column.kind == "unordered":
                prior, kernels = -math.log(column.n_levels or 1), _log_level_kernel(column, x, m, s)
            else:
                prior, kernels = 0.0, _log_truncated_normal(x, m, s)
            is_active = ~np.isnan(x)
            total[:, :-1] += np.where(is_active, np.where(np.isnan(m), prior, kernels), 0.0)
            total[:, -1] += np.where(is_active[:, 0], prior, 0.0)
        densities: Array = logsumexp(total + np.log(self._weights), axis=1)
        return densities

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """Draw points.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness.
        n : int
            How many points are wanted.

        Returns
        -------
        ndarray of shape (n, D)
            Points of the unit cube, not canonical.
        """
        component = rng.choice(len(self._weights), size=n, p=self._weights)
        points = rng.random((n, len(self._columns)))
        rows = np.flatnonzero(component < len(self._centres))
        for j, column in enumerate(self._columns):
            u, m = points[rows, j], self._centres[component[rows], j]
            s = self._bandwidths[component[rows], j]
            drawn = _draw_level(column, u, m, s) if column.kind == "unordered" else _draw_normal(u, m, s)
            points[rows, j] = np.where(np.isnan(m), u, drawn)
        return points


def _bandwidths(column: Column, centres: Array) -> Array:
    """Return the bandwidth of each kernel in one column; anything valid where the centre is inactive."""
    bandwidths = np.full(len(centres), 0.5)
    active = np.flatnonzero(~np.isnan(centres))
    n = len(active)
    if column.kind == "unordered":
        n_levels = column.n_levels or 1
        # Aitchison and Aitken's kernel, smoothed by counts, of which the prior is one.
        bandwidths[active] = (n_levels - 1) / (n + 1 + n_levels)
        return bandwidths
    # Bergstra et al. (2011): the distance to the farther one of the two neighbours, which adapts to where the points
    # are. Their "magic clipping" from below keeps up exploration while there are few kernels.
    order = active[np.argsort(centres[active], kind="stable")]
    gaps = np.diff(np.concatenate([[0.0], centres[order], [1.0]]))
    if n >= 2:  # the ends of the interval are not neighbours
        gaps[0], gaps[-1] = gaps[1], gaps[-2]
    least = 1.0 / min(100, n + 2)
    if column.n_levels is not None:
        least = max(least, 0.25 / column.n_levels)
    bandwidths[order] = np.clip(np.maximum(gaps[:-1], gaps[1:]), least, 1.0)
    return bandwidths


def _levels(column: Column, units: Array) -> NDArray[np.float64]:
    """Return the levels of an unordered column; NaN stays NaN."""
    levels: Array = np.floor(units * (column.n_levels or 1))
    return levels


def _log_level_kernel(column: Column, x: Array, m: Array, s: Array) -> Array:
    """Compute the log probability of a level under Aitchison and Aitken's kernel."""
    other = np.log(np.maximum(s, _TINY) / max((column.n_levels or 1) - 1, 1))
    return np.where(_levels(column, x) == _levels(column, m), np.log1p(-s), other)


def _log_truncated_normal(x: Array, m: Array, s: Array) -> Array:
    """Compute the log density of a normal distribution truncated to [0, 1]."""
    log_mass = np.log(ndtr((1.0 - m) / s) - ndtr(-m / s))
    result: Array = -0.5 * ((x - m) / s) ** 2 - np.log(s) - _LOG_SQRT_2PI - log_mass
    return result


def _draw_level(column: Column, u: Array, m: Array, s: Array) -> Array:
    """Turn uniform numbers into levels: the centre's, or with probability `s` one of the others."""
    n_levels = column.n_levels or 1
    step = 1.0 + np.floor(u / np.maximum(s, _TINY) * (n_levels - 1))
    level = _levels(column, m) + np.where(u < s, step, 0.0)
    drawn: Array = (level % n_levels + 0.5) / n_levels
    return drawn


def _draw_normal(u: Array, m: Array, s: Array) -> Array:
    """Turn uniform numbers into normal ones truncated to [0, 1]."""
    low, high = ndtr(-m / s), ndtr((1.0 - m) / s)
    drawn: Array = np.clip(m + s * ndtri(low + u * (high - low)), 0.0, 1.0)
    return drawn
