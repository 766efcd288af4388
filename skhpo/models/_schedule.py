"""The Gaussian process as a surrogate: when its hyperparameters are fitted, from where, and to which points.

Hyperparameters are a function of the data alone, never of what was fitted before: at the sizes of `last_checkpoint`
they are fitted from the mean of the prior to that many of the first points, and between two checkpoints a short fit to
the points at hand starts from the earlier one. `refit_size` thins out these fits as they become expensive and matter
less. Between two fits the posterior's factor grows by a point at a time, see `training_points`. Whatever a cache
remembers can be computed again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from skhpo.models._factor import Factor
from skhpo.models._gaussian_process import GaussianProcessPosterior
from skhpo.models._kernels import Kernel
from skhpo.models._layout import Array, ColumnLayout, Indices
from skhpo.models._likelihood import maximum_a_posteriori, prior
from skhpo.models._surrogate import Surrogate
from skhpo.models._transform import softyj

FIRST_CHECKPOINT = 5
MAX_POINTS = 300
_LONG_FIT = 50
# Eight iterations from the checkpoint reach the log posterior of fifteen to about a tenth.
_SHORT_FIT = 8
_CACHE_SIZE = 64
# Beyond 300 points the subset changes when so many new ones have come.
_CHANGE = 25
# Where many trials run side by side, many end before older ones; so many of them are learned from.
MAX_LOOSE, _FEW = 75, 8


def last_checkpoint(n: int) -> int:
    """Return the largest of 5, 8, 12, 16, 24, 32, 48, 64, ... that is at most `n`; 0 if there is none.

    Examples
    --------
    >>> [last_checkpoint(n) for n in (4, 5, 11, 12, 100, 200)]
    [0, 5, 8, 12, 96, 192]
    """
    if n < 8:
        return FIRST_CHECKPOINT if n >= FIRST_CHECKPOINT else 0
    power = 1 << (n.bit_length() - 1)
    return power + power // 2 if n >= power + power // 2 else power


def refit_size(n: int) -> int:
    """Return how many of `n` points the hyperparameters are fitted to: all up to 40, then every few more.

    Examples
    --------
    >>> [refit_size(n) for n in (39, 40, 41, 42, 59, 60, 61, 62, 63)]
    [39, 40, 40, 42, 58, 60, 60, 60, 63]
    """
    size = min(n, 20)
    while (following := size + max(size // 20, 1)) <= n and size >= 20:
        size = following
    return size


def lowest(z: Array, n: int) -> Indices:
    """Return the indices of the `n` lowest values, of equal ones the first; they need not be sorted all.

    Examples
    --------
    >>> lowest(np.array([3.0, 1.0, 2.0, 1.0, 2.0]), 3)
    array([1, 2, 3])
    """
    limit = np.partition(z, n - 1)[n - 1]
    below, equal = np.flatnonzero(z < limit), np.flatnonzero(z == limit)
    return np.sort(np.concatenate([below, equal[: n - len(below)]]))


def training_subset(z: Array, n_points: int = MAX_POINTS) -> Indices:
    """Return at most `n_points` indices: the best half, the newest eighth and a random choice of the others.

    The choice changes every 25 points, so that no point is left out for long.
    """
    n = len(z)
    if n <= n_points:
        return np.arange(n)
    chosen = np.zeros(n, dtype=bool)
    chosen[lowest(z, n_points // 2)] = True
    chosen[n - n_points // 8 :] = True
    others = np.flatnonzero(~chosen)
    rng = np.random.default_rng(n // _CHANGE)
    chosen[rng.choice(others, n_points - int(chosen.sum()), replace=False)] = True
    return np.flatnonzero(chosen)


class TrainingPoints(NamedTuple):
    """The points of a posterior.

    Attributes
    ----------
    indices : ndarray of int
        Which ones.
    n_base : int
        So many, the first ones, are factorised at once.
    n_grown : int
        Up to so many the factor grows by one at a time; the others follow at once.
    """

    indices: Indices
    n_base: int
    n_grown: int


def training_points(z: Array, n_settled: int) -> TrainingPoints:
    """Choose the points of a posterior such that most posteriors take up a single point, which is cheap.

    The base stays the same for a while, and the points that came later follow it one by one. Up to 300 points the base
    is what the hyperparameters were fitted to. Points that have not settled in their places are taken up anew each
    time; they are at most 75 of the best, the newest and others.
    """
    n = len(z)
    if n <= MAX_POINTS:
        return TrainingPoints(np.arange(n), refit_size(n_settled), n_settled)
    size = n_settled - n_settled % _CHANGE
    # Of those that run, too, there are many then.
    room = _CHANGE if n - n_settled < _FEW else 2 * MAX_LOOSE
    base = training_subset(z[:size], MAX_POINTS - room)
    loose = n_settled + training_subset(z[n_settled:], MAX_LOOSE)
    indices = np.concatenate([base, np.arange(size, n_settled), loose])
    return TrainingPoints(indices, len(base), len(indices) - len(loose))


class FitCache:
    """The hyperparameters of the most recently used fits, by the data they were fitted to, and the last factor.

    Nothing but time depends on it; it is empty after pickling.

    Examples
    --------
    >>> cache = FitCache()
    >>> cache.get_or_fit(b"data", lambda: np.zeros(2))
    array([0., 0.])
    >>> cache.get_or_fit(b"data", lambda: np.ones(2))
    array([0., 0.])
    """

    def __init__(self) -> None:
        self._fits: OrderedDict[bytes, Array] = OrderedDict()
        self._last: _Grown | None = None

    def __getstate__(self) -> dict[str, object]:
        return {"_fits": OrderedDict(), "_last": None}

    def __len__(self) -> int:
        return len(self._fits)

    def get_or_fit(self, key: bytes, fit: Callable[[], Array]) -> Array:
        """Return what is stored under `key`, or else store what `fit` returns."""
        theta = self._fits.pop(key, None)
        if theta is None:
            theta = fit()
        self._fits[key] = theta
        if len(self._fits) > _CACHE_SIZE:
            self._fits.popitem(last=False)
        return theta

    def grow_factor(self, kernel: Kernel, theta: Array, X: Array, omega: Array, n_base: int) -> Factor:
        """Return the factor of the first `n_base` points, grown by the others one by one.

        The same steps are made, and the same bits come out, whether the last factor can be used or not.
        """
        grown = self._last
        if grown is None or not grown.leads_to(kernel, theta, X, omega, n_base):
            base = Factor.of_points(kernel, theta, X[:n_base], omega[:n_base])
            grown = _Grown(base, X[:n_base], n_base)
        factor = grown.factor
        for i in range(len(grown.X), len(X)):
            factor = factor.grown(X[i : i + 1], omega[i : i + 1])
        self._last = _Grown(factor, X, n_base)
        return factor


class _Grown(NamedTuple):
    """A factor, its points, and how many of them were its base."""

    factor: Factor
    X: Array
    n_base: int

    def leads_to(self, kernel: Kernel, theta: Array, X: Array, omega: Array, n_base: int) -> bool:
        """Whether growing goes on to the factor of more points."""
        known = self.factor
        if not np.array_equal(known.design.noisiness, omega[: len(self.X)]):
            return False
        if n_base != self.n_base or kernel != known.kernel or not np.array_equal(theta, known.theta):
            return False
        return np.array_equal(self.X, X[: len(self.X)], equal_nan=True)


class GaussianProcess(Surrogate):
    """A Gaussian process with polynomial trend and warped inputs over transformed losses.

    Parameters
    ----------
    layout : ColumnLayout
        What the columns of the points are.
    cache : FitCache, optional
        Shared by surrogates that are fitted to growing data.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(0, 1, 9)[:, None]
    >>> process = GaussianProcess(ColumnLayout.from_columns([("continuous", None)]))
    >>> posterior = process.fit(X, scores=-((X[:, 0] - 0.6) ** 2))
    >>> float(X[posterior.predict(X).mean.argmin(), 0])
    0.625
    """

    def __init__(self, layout: ColumnLayout, cache: FitCache | None = None) -> None:
        self.layout = layout
        self.cache = FitCache() if cache is None else cache

    def fit(
        self, X: Array, scores: Array, noisiness: Array | None = None, n_settled: int | None = None
    ) -> GaussianProcessPosterior:
        """Return the posterior given measured points; see `Surrogate.fit`."""
        omega = np.ones(len(X)) if noisiness is None else noisiness
        n_settled = len(X) if n_settled is None else n_settled
        n = refit_size(n_settled)
        theta = self._hyperparameters(X[:n], scores[:n], omega[:n])
        z = softyj(-scores)
        chosen, n_base, n_grown = training_points(z, n_settled)
        X, omega, kernel = X[chosen], omega[chosen], self._kernel(X)
        factor = self.cache.grow_factor(kernel, theta, X[:n_grown], omega[:n_grown], n_base)
        if n_grown < len(X):
            factor = factor.grown(X[n_grown:], omega[n_grown:])
        return GaussianProcessPosterior.from_factor(factor, z[chosen])

    def _hyperparameters(self, X: Array, scores: Array, omega: Array) -> Array:
        """Return the hyperparameters of a checkpoint, or those of a short fit that starts from the last one."""
        checkpoint = last_checkpoint(len(X))
        if checkpoint == 0:
            return prior(self._kernel(X)).mean

        def fit() -> Array:
            start, n_iterations = prior(self._kernel(X)).mean, _LONG_FIT
            if checkpoint < len(X):
                known = X[:checkpoint], scores[:checkpoint], omega[:checkpoint]
                start, n_iterations = self._hyperparameters(*known), _SHORT_FIT
            z = softyj(-scores)
            chosen = training_subset(z)
            kernel = self._kernel(X)
            return maximum_a_posteriori(kernel, X[chosen], z[chosen], start, n_iterations, omega[chosen])

        return self.cache.get_or_fit(self._key(X, scores, omega), fit)

    def _kernel(self, X: Array) -> Kernel:
        """Return a kernel with indicators for the columns that are not always active."""
        return Kernel(self.layout, tuple(bool(column.any()) for column in np.isnan(X).T))

    def _key(self, *data: Array) -> bytes:
        digest = blake2b(repr(self.layout).encode())
        for array in data:
            digest.update(np.ascontiguousarray(array).ravel().data)
        return digest.digest()
