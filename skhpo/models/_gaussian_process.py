"""The posterior of a Gaussian process with given hyperparameters.

Notation
--------
X : (n, n_columns)  points observed or believed
z : (n,)            their transformed losses
L                   lower Cholesky factor of K + noise I
alpha : (n,)        (K + noise I)^-1 z
k : (m, n)          covariance of m new points with X

    mean = k alpha,     var = k** - |L^-1 k|^2        ([1]_, equations 2.25 and 2.26)

References
----------
.. [1] Rasmussen, C. E. & Williams, C. K. I. (2006). Gaussian processes for machine learning. MIT Press.
.. [2] Ginsbourger, D., Le Riche, R. & Carraro, L. (2010). Kriging is well-suited to parallelize optimization.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import blas

from skhpo.models._factor import Factor
from skhpo.models._kernels import Kernel, combine, lift_rows, matern32, warp_slope
from skhpo.models._layout import Array
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
    factor : Factor
        L^-1 of the points X.
    alpha : ndarray of shape (n,)
        Weights of the mean.
    incumbent : float
        The lowest loss observed or believed.
    """

    factor: Factor
    alpha: Array
    incumbent: float

    @classmethod
    def from_data(cls, kernel: Kernel, theta: Array, X: Array, z: Array) -> GaussianProcessPosterior:
        """Condition the process on transformed losses."""
        return cls.from_factor(Factor.of_points(kernel, theta, X), z)

    @classmethod
    def from_factor(cls, factor: Factor, z: Array) -> GaussianProcessPosterior:
        """Condition the process on transformed losses of the points of a factor."""
        alpha = factor.inverse.T @ (factor.inverse @ z)
        return cls(factor, alpha, float(z.min()))

    @property
    def theta(self) -> Array:
        """The hyperparameters of the kernel."""
        return self.factor.theta

    def predict(self, X: Array) -> Prediction:
        """Predict the loss at points of shape (m, n_columns)."""
        factor, kernel = self.factor, self.factor.kernel
        design = kernel.design(X)
        Z = lift_rows(kernel.features(design, factor.hyper))
        mean, variance = np.empty(len(X)), kernel.variance(design, factor.theta)
        for start in range(0, len(X), _BLOCK):
            rows = slice(start, start + _BLOCK)
            k = factor.covariance(Z[rows], design.basis[rows])
            mean[rows] = k @ self.alpha
            projected = blas.dtrmm(1.0, factor.inverse, k.T, lower=1, overwrite_b=1)
            variance[rows] -= np.einsum("ij,ij->j", projected, projected)
        return Prediction(mean, np.sqrt(np.maximum(variance, _MIN_VARIANCE)))

    def predict_gradient(self, x: Array) -> PredictionGradient:
        """Predict the loss at one point of shape (n_columns,), with derivatives by its continuous columns."""
        factor, hyper = self.factor, self.factor.hyper
        design = factor.kernel.design(x[None])
        gaps, own = factor.Z - factor.kernel.features(design, hyper), design.basis[0]
        matern, decay = matern32(np.einsum("ij,ij->i", gaps, gaps))
        P, P_own = factor.design.basis @ own, float(own @ own)
        k = combine(matern, P, hyper)
        projected = factor.inverse @ k
        variance = hyper.s2 + (hyper.v1 + hyper.v2 * P_own) * P_own - float(projected @ projected)
        sd = math.sqrt(max(variance, _MIN_VARIANCE))
        # d mean = dk alpha, and d var = dk** - 2 dk K^-1 k.
        weights = np.stack([self.alpha, factor.inverse.T @ projected])
        P *= 2.0 * hyper.v2
        P += hyper.v1
        by_basis = (weights * P) @ factor.design.basis
        decay *= hyper.s2
        weights *= decay
        # dt^2 / dz is -2 gaps, and s2 dM / dt^2 is -decay / 2.
        by_features = weights @ gaps[:, : design.positions.shape[1]]
        by_basis[-1] -= (hyper.v1 + 2.0 * hyper.v2 * P_own) * own
        by_mean, by_half_variance = self._by_columns(x, design.positions[0], by_features, by_basis)
        return PredictionGradient(float(k @ self.alpha), sd, by_mean, by_half_variance / -sd)

    def condition(self, X: Array) -> GaussianProcessPosterior:
        """Return the posterior after points whose losses are believed to be their means [2]_.

        The mean function does not change by this: new points have weight 0. The variance near them vanishes.
        """
        believed = self.predict(X).mean
        alpha = np.concatenate([self.alpha, np.zeros(len(X))])
        incumbent = min(self.incumbent, float(believed.min(initial=np.inf)))
        return GaussianProcessPosterior(self.factor.grown(X), alpha, incumbent)

    def _by_columns(self, x: Array, u: Array, by_features: Array, by_basis: Array) -> Array:
        """Return derivatives by the columns of x, one a row; 0 where it cannot move.

        Given are those by the numeric features and by the basis, which holds 2 (u - 1/2) and 4 (u - 1/2)^2 - 1/3 over
        the root of D.
        """
        hyper, layout, p = self.factor.hyper, self.factor.kernel.layout, len(u)
        by_u = by_basis[:, p : 2 * p] * (8.0 * u - 4.0)
        by_u += 2.0 * by_basis[:, :p]
        by_u /= np.sqrt(max(len(layout.varying), 1))
        by_u += by_features * (warp_slope(u, hyper.a, hyper.b) * _ROOT_3 / hyper.lengthscale[:p])
        by_column = np.zeros((len(by_u), len(x)))
        by_column[:, layout.numeric] = by_u
        by_column[:, layout.discrete] = 0.0
        by_column[:, np.isnan(x)] = 0.0
        return by_column
