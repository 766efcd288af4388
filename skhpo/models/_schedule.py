"""The Gaussian process as a surrogate: when its hyperparameters are fitted, from where, and to which points.

Hyperparameters are a function of the data alone, never of what was fitted before: at the sizes of `last_checkpoint`
they are fitted from the mean of the prior to that many of the first points, and between two checkpoints a short fit to
the points at hand starts from the earlier one. `refit_size` thins out these fits as they become expensive and matter
less. Whatever a cache remembers of them can be computed again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b

import numpy as np

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
    """Return how many of `n` points the hyperparameters are fitted to: all up to 60, then every few more.

    Examples
    --------
    >>> [refit_size(n) for n in (59, 60, 61, 80, 81, 82, 83, 84)]
    [59, 60, 61, 80, 80, 82, 82, 84]
    """
    size = min(n, 60)
    while (following := size + 1 + (size - 60) // 20) <= n and size >= 60:
        size = following
    return size


def training_subset(z: Array) -> Indices:
    """Return at most 300 indices: the best half, the newest eighth and a random choice of the others.

    The choice changes every 25 points, so that no point is left out for long.
    """
    n = len(z)
    if n <= MAX_POINTS:
        return np.arange(n)
    chosen = np.zeros(n, dtype=bool)
    chosen[np.argsort(z, kind="stable")[: MAX_POINTS // 2]] = True
    chosen[n - MAX_POINTS // 8 :] = True
    others = np.flatnonzero(~chosen)
    rng = np.random.default_rng(n // 25)
    chosen[rng.choice(others, MAX_POINTS - int(chosen.sum()), replace=False)] = True
    return np.flatnonzero(chosen)


class FitCache:
    """The hyperparameters of the most recently used fits, by the data they were fitted to.

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

    def __getstate__(self) -> dict[str, OrderedDict[bytes, Array]]:
        return {"_fits": OrderedDict()}

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

    def fit(self, X: Array, scores: Array) -> GaussianProcessPosterior:
        """Return the posterior given measured points; see `Surrogate.fit`."""
        n = refit_size(len(X))
        theta = self._hyperparameters(X[:n], scores[:n])
        kernel, points, z = self._training_data(X, scores)
        return GaussianProcessPosterior.from_data(kernel, theta, points, z)

    def _hyperparameters(self, X: Array, scores: Array) -> Array:
        """Return the hyperparameters of a checkpoint, or those of a short fit that starts from the last one."""
        checkpoint = last_checkpoint(len(X))
        if checkpoint == 0:
            return prior(self._kernel(X)).mean

        def fit() -> Array:
            if checkpoint < len(X):
                start = self._hyperparameters(X[:checkpoint], scores[:checkpoint])
                return maximum_a_posteriori(*self._training_data(X, scores), start, _SHORT_FIT)
            start = prior(self._kernel(X)).mean
            return maximum_a_posteriori(*self._training_data(X, scores), start, _LONG_FIT)

        return self.cache.get_or_fit(self._key(X, scores), fit)

    def _training_data(self, X: Array, scores: Array) -> tuple[Kernel, Array, Array]:
        """Return the kernel, points and transformed losses of the training subset."""
        z = softyj(-scores)
        chosen = training_subset(z)
        return self._kernel(X), X[chosen], z[chosen]

    def _kernel(self, X: Array) -> Kernel:
        """Return a kernel with indicators for the columns that are not always active."""
        return Kernel(self.layout, tuple(bool(column.any()) for column in np.isnan(X).T))

    def _key(self, X: Array, scores: Array) -> bytes:
        digest = blake2b(repr(self.layout).encode())
        digest.update(np.ascontiguousarray(X).tobytes())
        digest.update(np.ascontiguousarray(scores).tobytes())
        return digest.digest()
