"""The inverse Cholesky factor of a Gaussian process' covariance, which grows with the points.

Notation
--------
X : (n, n_columns)  points
L                   lower Cholesky factor of K + noise diag(omega)
B : (m, n)          rows of the factor of n + m points, left of its corner C

The factor of more points is [[L, 0], [B, C]] with B = k L^-T and C C^T = K_new + noise diag(omega) - B B^T, and its
inverse is [[L^-1, 0], [-C^-1 B L^-1, C^-1]]: a further point costs O(n^2), a new factor O(n^3).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import lapack

from skhpo.models._kernels import (
    Design,
    Hyperparameters,
    Kernel,
    combine,
    lift_columns,
    lift_rows,
    matern32,
    squared_distances,
)
from skhpo.models._layout import Array
from skhpo.models._likelihood import JITTER


@dataclass(frozen=True, eq=False)
class Factor:
    """L^-1 of some points, and what the kernel knows of them.

    L^-1 is kept explicitly: a product is faster than a triangular solve for a thousand candidates.

    Attributes
    ----------
    kernel : Kernel
        The covariance function.
    theta : ndarray
        Its hyperparameters.
    design : Design
        The points as the kernel sees them.
    inverse : ndarray of shape (n, n)
        L^-1.
    """

    kernel: Kernel
    theta: Array
    design: Design
    inverse: Array

    @classmethod
    def of_points(cls, kernel: Kernel, theta: Array, X: Array, noisiness: Array | None = None) -> Factor:
        """Factorise the covariance of points; see `Kernel.design`."""
        design = kernel.design(X, noisiness)
        K = kernel.covariance(design, design, theta)
        diagonal = kernel.unpack(theta).noise * design.noisiness + JITTER
        return cls(kernel, theta, design, _inverse_factor(K, diagonal))

    def grown(self, X: Array, noisiness: Array | None = None) -> Factor:
        """Return the factor after further points of shape (m, n_columns)."""
        design = self.kernel.design(X, noisiness)
        k = self.covariance(lift_rows(self.kernel.features(design, self.hyper)), design.basis)
        B = k @ self.inverse.T
        schur = self.kernel.covariance(design, design, self.theta) - B @ B.T
        corner = _inverse_factor(schur, self.hyper.noise * design.noisiness + JITTER)
        n, m = len(self.inverse), len(X)
        inverse = np.zeros((n + m, n + m), order="F")
        inverse[:n, :n], inverse[n:, n:] = self.inverse, corner
        inverse[n:, :n] = -corner @ B @ self.inverse
        joined = Design(*(np.concatenate(pair) for pair in zip(self.design, design, strict=True)))
        return Factor(self.kernel, self.theta, joined, inverse)

    def covariance(self, rows: Array, basis: Array) -> Array:
        """Return k of shape (m, n) from the lifted features and the basis of m points."""
        t2 = squared_distances(rows, self._lifted)
        return combine(matern32(t2)[0], basis @ self.design.basis.T, self.hyper)

    @cached_property
    def hyper(self) -> Hyperparameters:
        """The components of theta."""
        return self.kernel.unpack(self.theta)

    @cached_property
    def Z(self) -> Array:
        """The features of the points."""
        return self.kernel.features(self.design, self.hyper)

    @cached_property
    def _lifted(self) -> Array:
        return lift_columns(self.Z)


def _inverse_factor(K: Array, diagonal: Array) -> Array:
    """Return the inverse of the Cholesky factor of K + diag(diagonal), adding jitter until there is one."""
    indices, jitter = np.diag_indices(len(K)), 0.0
    while True:
        A = K.copy()
        A[indices] += diagonal + jitter
        L, info = lapack.dpotrf(A, lower=1, clean=1)
        if info == 0:
            inverse: Array = lapack.dtrtri(L, lower=1)[0]
            return inverse
        jitter = max(10.0 * jitter, JITTER)
