"""The posterior of a Gaussian process with given hyperparameters.

Notation
--------
X : (n, n_columns)  points observed or believed
z : (n,)            their transformed losses
L                   lower Cholesky factor of K + noise I
alpha : (n,)        (K + noise I)^-1 z
k : (m, n)          covariance of m new points with X

    mean = k alpha,     var = k** - |L^-1 k|^2        ([1]_, equations 2.25 and 2.26)

L^-1 is kept explicitly: a product is faster than a triangular solve for a thousand candidates.

References
----------
.. [1] Rasmussen, C. E. & Williams, C. K. I. (2006). Gaussian processes for machine learning. MIT Press.
.. [2] Ginsbourger, D., Le Riche, R. & Carraro, L. (2010). Kriging is well-suited to parallelize optimization.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import blas, lapack

from skhpo.models._kernels import (
    Design,
    Hyperparameters,
    Kernel,
    combine,
    lift_columns,
    lift_rows,
    matern32,
    squared_distances,
    warp_slope,
)
from skhpo.models._layout import Array
from skhpo.models._likelihood import JITTER
from skhpo.models._surrogate import Posterior, Prediction, PredictionGradient

_MIN_VARIANCE = 1e-10
_ROOT_3 = math.sqrt(3.0)
# Points are predicted in blocks whose covariances stay in the processor's cache.
_BLOCK = 128


@dataclass(frozen=True, eq=False)
class GaussianProcessPosterior(Posterior):
    """A Gaussian process given observations; see the notation above.

    Attributes
    ----------
    kernel : Kernel
        The covariance function.
    theta : ndarray
        Its hyperparameters.
    design : Design
        The points X as the kernel sees them.
    inverse_factor : ndarray of shape (n, n)
        L^-1.
    alpha : ndarray of shape (n,)
        Weights of the mean.
    incumbent : float
        The lowest loss observed or believed.
    """

    kernel: Kernel
    theta: Array
    design: Design
    inverse_factor: Array
    alpha: Array
    incumbent: float

    @classmethod
    def from_data(cls, kernel: Kernel, theta: Array, X: Array, z: Array) -> GaussianProcessPosterior:
        """Condition the process on transformed losses."""
        design = kernel.design(X)
        K = kernel.covariance(design, design, theta)
        inverse = _inverse_factor(K, kernel.unpack(theta).noise + JITTER)
        return cls(kernel, theta, design, inverse, inverse.T @ (inverse @ z), float(z.min()))

    def predict(self, X: Array) -> Prediction:
        """Predict the loss at points of shape (m, n_columns)."""
        design = self.kernel.design(X)
        Z = lift_rows(self.kernel.features(design, self._hyper))
        mean, variance = np.empty(len(X)), self.kernel.variance(design, self.theta)
        for start in range(0, len(X), _BLOCK):
            rows = slice(start, start + _BLOCK)
            k = self._covariance(Z[rows], design.basis[rows])
            mean[rows] = k @ self.alpha
            projected = blas.dtrmm(1.0, self.inverse_factor, k.T, lower=1, overwrite_b=1)
            variance[rows] -= np.einsum("ij,ij->j", projected, projected)
        return Prediction(mean, np.sqrt(np.maximum(variance, _MIN_VARIANCE)))

    def predict_gradient(self, x: Array) -> PredictionGradient:
        """Predict the loss at one point of shape (n_columns,), with derivatives by its continuous columns."""
        design, hyper = self.kernel.design(x[None]), self._hyper
        gaps, own = self._Z - self.kernel.features(design, hyper), design.basis[0]
        matern, decay = matern32(np.einsum("ij,ij->i", gaps, gaps))
        P, P_own = self.design.basis @ own, float(own @ own)
        k = combine(matern, P, hyper)
        projected = self.inverse_factor @ k
        variance = hyper.s2 + (hyper.v1 + hyper.v2 * P_own) * P_own - float(projected @ projected)
        sd = math.sqrt(max(variance, _MIN_VARIANCE))
        # d mean = dk alpha, and d var = dk** - 2 dk K^-1 k.
        weights = np.empty((2, len(k)))
        weights[0], weights[1] = self.alpha, self.inverse_factor.T @ projected
        P *= 2.0 * hyper.v2
        P += hyper.v1
        by_basis = (weights * P) @ self.design.basis
        decay *= hyper.s2
        weights *= decay
        # dt^2 / dz is -2 gaps, and s2 dM / dt^2 is -decay / 2.
        by_features = weights @ gaps[:, : design.positions.shape[1]]
        by_basis[1] -= (hyper.v1 + 2.0 * hyper.v2 * P_own) * own
        by_mean, by_half_variance = self._by_columns(x, design.positions[0], by_features, by_basis)
        return PredictionGradient(float(k @ self.alpha), sd, by_mean, by_half_variance / -sd)

    def condition(self, X: Array) -> GaussianProcessPosterior:
        """Return the posterior after points whose losses are believed to be their means [2]_.

        The mean function does not change by this: new points have weight 0. The variance near them vanishes.
        """
        design = self.kernel.design(X)
        k = self._covariance(lift_rows(self.kernel.features(design, self._hyper)), design.basis)
        believed = k @ self.alpha
        B = k @ self.inverse_factor.T
        schur = self.kernel.covariance(design, design, self.theta) - B @ B.T
        corner = _inverse_factor(schur, self._hyper.noise + JITTER)
        # The inverse of [[L, 0], [B, C]] is [[L^-1, 0], [-C^-1 B L^-1, C^-1]].
        n, m = len(self.alpha), len(X)
        inverse = np.zeros((n + m, n + m), order="F")
        inverse[:n, :n], inverse[n:, n:] = self.inverse_factor, corner
        inverse[n:, :n] = -corner @ B @ self.inverse_factor
        joined = Design(*(np.concatenate(pair) for pair in zip(self.design, design, strict=True)))
        alpha = np.concatenate([self.alpha, np.zeros(m)])
        incumbent = min(self.incumbent, float(believed.min(initial=np.inf)))
        return GaussianProcessPosterior(self.kernel, self.theta, joined, inverse, alpha, incumbent)

    @cached_property
    def _hyper(self) -> Hyperparameters:
        return self.kernel.unpack(self.theta)

    @cached_property
    def _Z(self) -> Array:
        return self.kernel.features(self.design, self._hyper)

    @cached_property
    def _lifted(self) -> Array:
        return lift_columns(self._Z)

    def _covariance(self, rows: Array, basis: Array) -> Array:
        """Return k of shape (m, n) from the lifted features and the basis of m points."""
        t2 = squared_distances(rows, self._lifted)
        return combine(matern32(t2)[0], basis @ self.design.basis.T, self._hyper)

    def _by_columns(self, x: Array, u: Array, by_features: Array, by_basis: Array) -> Array:
        """Return derivatives by the columns of x, of shape (2, n_columns); 0 where it cannot move.

        Given are those by the numeric features and by the basis, which holds 2 (u - 1/2) and 4 (u - 1/2)^2 - 1/3 over
        the root of D.
        """
        hyper, p = self._hyper, len(u)
        by_u = by_basis[:, p : 2 * p] * (8.0 * u - 4.0)
        by_u += 2.0 * by_basis[:, :p]
        by_u /= np.sqrt(max(len(self.kernel.layout.varying), 1))
        by_u += by_features * (warp_slope(u, hyper.a, hyper.b) * _ROOT_3 / hyper.lengthscale[:p])
        by_column = np.zeros((2, len(x)))
        by_column[:, self.kernel.layout.numeric] = by_u
        by_column[:, self.kernel.layout.discrete] = 0.0
        by_column[:, np.isnan(x)] = 0.0
        return by_column


def _inverse_factor(K: Array, diagonal: float) -> Array:
    """Return the inverse of the Cholesky factor of K + diagonal I, adding jitter until there is one."""
    indices, jitter = np.diag_indices(len(K)), 0.0
    while True:
        A = K.copy()
        A[indices] += diagonal + jitter
        L, info = lapack.dpotrf(A, lower=1, clean=1)
        if info == 0:
            inverse: Array = lapack.dtrtri(L, lower=1)[0]
            return inverse
        jitter = max(10.0 * jitter, JITTER)
