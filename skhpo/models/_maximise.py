"""The search for the point with the highest acquisition.

Many random points and perturbations of good observations, a greedy local search from the best of them (a beam that
narrows), and, where the acquisition is smooth, a quasi-Newton polish of the continuous columns. Only canonical points
are compared: a search space of integers and conditions is not continuous, and a surrogate must not be asked between
its points.

Notation
--------
m      number of points
D      number of columns that vary
scale  standard deviation of a perturbation
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import fmin_l_bfgs_b

from skhpo.models._layout import Array, ColumnLayout, Indices

N_UNIFORM = 500
N_LOCAL = 500
N_CENTRES = 10
_SCALES = np.array([0.3, 0.1, 0.03])
_BEAM = 10
_SMALLEST_BEAM = 3
_ROUNDS = 4
_RATES_AT_ENDS, _OTHER_END = (0.3, 0.6), 0.3
_CHILDREN = 24
_POLISH_ITERATIONS = 15
# Iterations that gain less than 1e-6 of the acquisition are the last; in scipy's unit, the machine's precision.
_POLISH_FACTOR = 1e-6 / np.finfo(np.float64).eps


class Acquisition(Protocol):
    """How promising points are; greater is better."""

    @property
    def is_smooth(self) -> bool:
        """Whether its gradient leads anywhere."""

    def __call__(self, X: Array, /) -> Array:
        """Return the values at points of shape (n, n_columns)."""

    def gradient(self, x: Array, /) -> tuple[float, Array]:
        """Return the value at one point of shape (n_columns,), and its derivatives by the continuous columns."""


@dataclass(frozen=True)
class Region:
    """Where the maximum is looked for.

    Attributes
    ----------
    layout : ColumnLayout
        What the columns are.
    canonical : callable
        Moves points of the unit cube, shape (m, n_columns), to the nearest ones that stand for a configuration.
    is_new : callable
        Says which of some canonical points may be proposed, as a mask of shape (m,).

    Examples
    --------
    >>> import numpy as np
    >>> layout = ColumnLayout.from_columns([("continuous", None)])
    >>> region = Region(layout, canonical=lambda X: X, is_new=lambda X: np.ones(len(X), dtype=bool))
    >>> region.layout.width
    1
    """

    layout: ColumnLayout
    canonical: Callable[[Array], Array]
    is_new: Callable[[Array], NDArray[np.bool_]]


def maximise(
    acquisition: Acquisition,
    region: Region,
    centres: Array,
    rng: np.random.Generator,
    share_at_ends: float = 0.0,
) -> Array | None:
    """Return a new canonical point with a high acquisition.

    Parameters
    ----------
    acquisition : Acquisition
        What is maximised.
    region : Region
        Where, and what must not be proposed again.
    centres : ndarray of shape (k, n_columns)
        Good observed points, around which more candidates are tried.
    rng : numpy.random.Generator
        Source of randomness.
    share_at_ends : float, default=0.0
        So many of the random points have some of their numeric columns at an end of the range, see `at_ends`.

    Returns
    -------
    ndarray of shape (n_columns,), or None
        None if no new point was met, as in a finite space that is nearly exhausted.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.models import GaussianProcess, LogExpectedImprovement
    >>> layout = ColumnLayout.from_columns([("continuous", None)])
    >>> X = np.linspace(0, 1, 8)[:, None]
    >>> posterior = GaussianProcess(layout).fit(X, scores=-((X[:, 0] - 0.36) ** 2))
    >>> region = Region(layout, canonical=lambda X: X, is_new=lambda X: np.ones(len(X), dtype=bool))
    >>> point = maximise(LogExpectedImprovement(posterior), region, X[2:4], np.random.default_rng(0))
    >>> bool(abs(point[0] - 0.36) < 0.05)
    True
    """
    candidates = _candidates(region.layout, centres, rng)
    points = region.canonical(at_ends(candidates, share_at_ends, region.layout, rng))
    values, best = _best_new(region, points, acquisition(points), _first)
    points, values = points[best], values[best]
    for r in range(_ROUNDS):
        scales = 0.15 * 0.6**r * rng.choice([1.0, 0.3], size=len(points) * _CHILDREN)
        parents = np.repeat(points, _CHILDREN, axis=0)
        children = region.canonical(perturb(parents, scales, region.layout, rng))
        child_values, best = _best_new(region, children, acquisition(children), _first_of_each)
        points, values = _select(points, values, children[best], child_values[best])
        if r > 0:
            n_kept = max(_SMALLEST_BEAM, len(points) // 2)
            points, values = points[:n_kept], values[:n_kept]
    if values[0] == -np.inf:
        return None
    chosen: Array = points[0]
    if acquisition.is_smooth:
        polished = region.canonical(_polish(acquisition, region.layout, chosen)[None])
        if acquisition(polished)[0] > values[0] and region.is_new(polished)[0]:
            chosen = polished[0]
    return chosen


def _best_new(
    region: Region, points: Array, values: Array, choose: Callable[[Array], Indices]
) -> tuple[Array, Indices]:
    """Return values that are -inf for points which are not new, as far as it matters, and what is chosen by them.

    Only the chosen points are asked about at first, because nearly always they are new.
    """
    chosen = choose(values)
    if not region.is_new(points[chosen]).all():
        values = np.where(region.is_new(points), values, -np.inf)
        chosen = choose(values)
    return values, chosen


def _first(values: Array) -> Indices:
    """Return the indices of the best values of all, best first."""
    best: Indices = np.argsort(-values, kind="stable")[:_BEAM]
    return best


def _first_of_each(values: Array) -> Indices:
    """Return the index of the best child of each parent."""
    by_parent = values.reshape(-1, _CHILDREN)
    best: Indices = np.arange(len(by_parent)) * _CHILDREN + by_parent.argmax(axis=1)
    return best


def perturb(points: Array, scales: Array, layout: ColumnLayout, rng: np.random.Generator) -> Array:
    """Move every point in some of its active columns.

    Parameters
    ----------
    points : ndarray of shape (m, n_columns)
        Points; columns that are not active become uniform, in case that they are activated.
    scales : ndarray of shape (m,)
        Standard deviations of the steps.
    layout : ColumnLayout
        What the columns are.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of shape (m, n_columns)
        Points of the unit cube.
    """
    (m, width), D = points.shape, max(len(layout.varying), 1)
    active = ~np.isnan(points)
    # A column is hit if its key is below the rate; the one with the lowest key always is.
    keys = np.full((m, width), 2.0)
    keys[:, layout.varying] = rng.random((m, len(layout.varying)))
    keys[~active] = 2.0
    rates = rng.choice(np.minimum([1.0, 2.0, 4.0, D], D) / D, size=m)
    hit = (keys < rates[:, None]) | (keys == keys.min(axis=1, keepdims=True))
    fresh = rng.random((m, width))
    moved = _reflect(points + scales[:, None] * rng.standard_normal((m, width)))
    moved[:, layout.categorical] = fresh[:, layout.categorical]
    hit[:, layout.categorical] &= rng.random((m, len(layout.categorical))) < 0.5
    return np.where(active, np.where(hit, moved, points), fresh)


def at_ends(points: Array, share: float, layout: ColumnLayout, rng: np.random.Generator) -> Array:
    """Move some points to the boundary: one, a third or two thirds of their numeric columns to an end.

    In many dimensions hardly any random point is near an end in more than one column, and a local search from inside
    does not lead to where several columns are.

    Parameters
    ----------
    points : ndarray of shape (m, n_columns)
        Points of the unit cube.
    share : float
        Share of the points that are moved.
    layout : ColumnLayout
        What the columns are.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of shape (m, n_columns)
        The points, those that are moved at the nearer end of a range or, less often, at the other one.
    """
    columns, m = layout.numeric, len(points)
    rates = rng.choice([1.0 / max(len(columns), 1), *_RATES_AT_ENDS], size=m) * (rng.random(m) < share)
    hit = rng.random((m, len(columns))) < rates[:, None]
    is_upper = (points[:, columns] > 0.5) ^ (rng.random(hit.shape) < _OTHER_END)
    moved = points.copy()
    moved[:, columns] = np.where(hit, is_upper, points[:, columns])
    return moved


def _candidates(layout: ColumnLayout, centres: Array, rng: np.random.Generator) -> Array:
    """Return uniform points, and perturbations of the centres."""
    uniform = rng.random((N_UNIFORM, layout.width))
    if len(centres) == 0:
        return uniform
    around = centres[rng.integers(len(centres), size=N_LOCAL)]
    return np.concatenate([uniform, perturb(around, rng.choice(_SCALES, size=N_LOCAL), layout, rng)])


def _select(points: Array, values: Array, children: Array, child_values: Array) -> tuple[Array, Array]:
    """Replace each point by its child where this is better; the best point comes first."""
    better = child_values > values
    points = np.where(better[:, None], children, points)
    values = np.where(better, child_values, values)
    order = np.argsort(-values, kind="stable")
    return points[order], values[order]


def _polish(acquisition: Acquisition, layout: ColumnLayout, point: Array) -> Array:
    """Climb from a point in its active continuous columns."""
    columns = layout.continuous[~np.isnan(point[layout.continuous])]
    if len(columns) == 0:
        return point

    def placed(position: Array) -> Array:
        moved = point.copy()
        moved[columns] = position
        return moved

    def objective(position: Array) -> tuple[float, Array]:
        value, gradient = acquisition.gradient(placed(position))
        return -value, -gradient[columns]

    # This function of scipy's, rather than `minimize`, because it spends less time on its arguments.
    best, _, _ = fmin_l_bfgs_b(
        objective,
        point[columns],
        bounds=np.tile([0.0, 1.0], (len(columns), 1)),
        factr=_POLISH_FACTOR,
        pgtol=1e-4,
        maxiter=_POLISH_ITERATIONS,
    )
    return placed(np.clip(best, 0.0, 1.0))


def _reflect(x: Array) -> Array:
    """Return positions beyond the edges of [0, 1] to the inside, as a mirror would."""
    return np.clip(1.0 - np.abs(1.0 - np.abs(x)), 0.0, 1.0)
