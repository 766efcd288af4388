"""The Gaussian process given all points, and functions drawn from it: for explanations, where time is less scarce.

Notation
--------
U : (a, n_columns)   anchors, spread over the space
C : (a, a)           posterior covariance of the anchors, C = L L^T
c : (m, a)           posterior covariance of other points with the anchors
e : (a,)             standard normal numbers

    f = mean + c C^-1 (L e)

is a draw of the values at the anchors, and in between what is expected given them.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import lapack, solve_triangular

from skhpo.models._gaussian_process import GaussianProcessPosterior
from skhpo.models._layout import Array, ColumnLayout
from skhpo.models._schedule import MAX_POINTS, GaussianProcess
from skhpo.models._transform import softyj

_MOST = 1200
_JITTER = 1e-6


def fit_to_all(layout: ColumnLayout, X: Array, scores: Array) -> GaussianProcessPosterior:
    """Return a Gaussian process given all points, of more than 1,200 of them an evenly spread choice.

    `GaussianProcess` prefers good points where there are many, as its purpose is to find better ones.

    Parameters
    ----------
    layout : ColumnLayout
        What the columns are.
    X : ndarray of shape (n, n_columns)
        The points.
    scores : ndarray of shape (n,)
        Their scores, greater is better.

    Returns
    -------
    GaussianProcessPosterior
        It predicts transformed losses, see `softyj`.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(0, 1, 9)[:, None]
    >>> posterior = fit_to_all(ColumnLayout.from_columns([("continuous", None)]), X, -((X[:, 0] - 0.6) ** 2))
    >>> float(X[posterior.predict(X).mean.argmin(), 0])
    0.625
    """
    posterior = GaussianProcess(layout).fit(X, scores)
    if len(X) <= MAX_POINTS:
        return posterior
    chosen = np.linspace(0, len(X) - 1, min(len(X), _MOST)).astype(np.intp)
    z = softyj(-scores)
    return GaussianProcessPosterior.from_data(posterior.factor.kernel, posterior.theta, X[chosen], z[chosen])


def sample_paths(
    posterior: GaussianProcessPosterior, X: Array, anchors: Array, n: int, rng: np.random.Generator
) -> Array:
    """Draw functions from a posterior; see the notation above.

    Parameters
    ----------
    posterior : GaussianProcessPosterior
        What is believed.
    X : ndarray of shape (m, n_columns)
        Where the functions are evaluated.
    anchors : ndarray of shape (a, n_columns)
        Points spread over the space; what is finer than their distances is not drawn.
    n : int
        How many functions.
    rng : Generator
        For the draws.

    Returns
    -------
    ndarray of shape (m, n)
        Losses on the scale of the posterior.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(0, 1, 9)[:, None]
    >>> posterior = fit_to_all(ColumnLayout.from_columns([("continuous", None)]), X, -((X[:, 0] - 0.6) ** 2))
    >>> paths = sample_paths(posterior, np.array([[0.5]]), X, 100, np.random.default_rng(0))
    >>> bool(abs(paths.mean() - posterior.predict(np.array([[0.5]])).mean[0]) < 0.1)
    True
    """
    factor, theta = posterior.factor, posterior.theta
    kernel = factor.kernel
    at_anchors, at_points = kernel.design(anchors), kernel.design(X)
    explained = factor.inverse @ kernel.covariance(factor.design, at_anchors, theta)
    C = kernel.covariance(at_anchors, at_anchors, theta) - explained.T @ explained
    weights = solve_triangular(_lower_factor(C), rng.standard_normal((len(anchors), n)), lower=True, trans=1)
    c = kernel.covariance(at_points, at_anchors, theta)
    c -= (factor.inverse @ kernel.covariance(factor.design, at_points, theta)).T @ explained
    paths: Array = posterior.predict(X).mean[:, None] + c @ weights
    return paths


def _lower_factor(C: Array) -> Array:
    """Return the Cholesky factor of C with as much added to its diagonal as it takes."""
    jitter = _JITTER
    while True:
        L, info = lapack.dpotrf(C + jitter * np.eye(len(C)), lower=1, clean=1)
        if info == 0:
            factor: Array = L
            return factor
        jitter *= 10.0
