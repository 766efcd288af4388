"""Which hyperparameters explain the data: priors and the maximum a posteriori fit.

Notation
--------
z : (n,)     transformed losses
theta : (h,) logarithms of the hyperparameters, see `Kernel`
L            lower Cholesky factor of K + noise I
alpha : (n,) (K + noise I)^-1 z
W : (n, n)   (K + noise I)^-1 - alpha alpha^T

The negative log posterior is z . alpha / 2 + sum_i log L_ii + sum_k ((theta_k - mu_k) / sd_k)^2 / 2 up to a constant,
and its derivative is tr(W dK) / 2 plus that of the prior ([1]_, equations 5.8 and 5.9).

References
----------
.. [1] Rasmussen, C. E. & Williams, C. K. I. (2006). Gaussian processes for machine learning. MIT Press.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg import blas, lapack
from scipy.optimize import fmin_l_bfgs_b

from skhpo.models._kernels import Kernel
from skhpo.models._layout import Array

# Added to the diagonal besides the noise, so that repeated points keep it positive definite.
JITTER = 1e-8
# Priors of log a and log b, log s2, log noise, log v1 and log v2: mean, standard deviation, bounds.
EXPONENT = (0.0, 0.5, -1.5, 1.5)
_SCALE = (0.0, 0.7, -4.0, 4.0)
NOISE = (-6.0, 2.0, np.log(1e-5), 0.0)
TREND = (-1.0, 1.0, -9.0, 3.0)
# The objective where the covariance is not positive definite.
_REJECTED = 1e10
# Iterations that gain less than 1e-6 of the objective are the last; in scipy's unit, the machine's precision.
_FACTOR = 1e-6 / np.finfo(np.float64).eps


class Prior(NamedTuple):
    """Independent normal distributions of the components of theta, cut off at bounds; arrays of shape (h,)."""

    mean: Array
    sd: Array
    low: Array
    high: Array


def prior(kernel: Kernel) -> Prior:
    """Return the prior of a kernel's theta."""
    D, p = len(kernel.layout.varying), len(kernel.layout.numeric)
    # Distances grow with the square root of the dimension, and the lengthscales should with them.
    length = (0.5 * np.log(max(D, 1)) - 0.7, 1.0, np.log(0.03), np.log(100.0))
    rows = [length] * D + [EXPONENT] * (2 * p) + [_SCALE, NOISE, TREND, TREND]
    return Prior(*np.array(rows).T)


def negative_log_posterior(
    kernel: Kernel, X: Array, z: Array, noisiness: Array | None = None
) -> Callable[[Array], tuple[float, Array]]:
    """Return the function from theta to the negative log posterior density, up to a constant, and its gradient.

    Parameters
    ----------
    kernel : Kernel
        The covariance function.
    X : ndarray of shape (n, n_columns)
        Points.
    z : ndarray of shape (n,)
        Transformed losses.
    noisiness : ndarray of shape (n,) or None, default=None
        How many times noisier than usual they are; None for 1.

    Returns
    -------
    callable
        It returns a large constant with gradient 0 where the covariance is not positive definite.
    """
    design, believed = kernel.design(X, noisiness), prior(kernel)
    P = design.basis @ design.basis.T
    diagonal = np.diag_indices(len(z))

    def objective(theta: Array) -> tuple[float, Array]:
        K, pullback = kernel.linearise(design, P, theta)
        K[diagonal] += kernel.unpack(theta).noise * design.noisiness + JITTER
        L, info = lapack.dpotrf(K.T, lower=1, clean=1, overwrite_a=1)
        if info != 0:
            return _REJECTED, np.zeros_like(theta)
        alpha, _ = lapack.dpotrs(L, z, lower=1)
        distance = (theta - believed.mean) / believed.sd
        value = 0.5 * z @ alpha + np.sum(np.log(L[diagonal])) + 0.5 * distance @ distance
        inverse = _symmetric(lapack.dpotri(L, lower=1, overwrite_c=1)[0])
        W = blas.dger(-1.0, alpha, alpha, a=inverse.T, overwrite_a=1)
        return float(value), 0.5 * pullback(W) + distance / believed.sd

    return objective


def maximum_a_posteriori(
    kernel: Kernel, X: Array, z: Array, start: Array, n_iterations: int, noisiness: Array | None = None
) -> Array:
    """Return the theta that L-BFGS-B finds from `start` in at most `n_iterations`."""
    believed = prior(kernel)
    best: Array = fmin_l_bfgs_b(
        negative_log_posterior(kernel, X, z, noisiness),
        start,
        bounds=np.stack([believed.low, believed.high], axis=1),
        m=8,
        factr=_FACTOR,
        pgtol=1e-3,
        maxiter=n_iterations,
    )[0]
    return best


def _symmetric(lower: Array) -> Array:
    """Return the symmetric matrix whose lower triangle is given; the other one holds zeros."""
    full: Array = lower + lower.T
    full[np.diag_indices(len(full))] *= 0.5
    return full
