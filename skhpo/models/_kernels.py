"""The covariance of the Gaussian process and its derivatives.

Notation
--------
n, m         numbers of points
D            dimensions (columns that vary): p numeric ones, then the categorical ones
u : (n, p)   positions of the numeric columns, 1/2 where not active
w : (n, p)   u after Kumaraswamy's warping, w = 1 - (1 - u^a)^b [1]_
Z : (n, F)   features: w, then one-hot codes / sqrt(2), then 0.3 where a conditional column is active, all
             times sqrt(3) / l
Phi : (n, G) basis of the polynomial part, not warped and not scaled
omega : (n,) how many times noisier the points are than one that is measured on all folds
theta        log l (D), log a (p), log b (p), log s2, log noise, log v1, log v2

    K = s2 M(t) + v1 P + v2 P*P + noise diag(omega),     t_ij = |Z_i - Z_j|,     P = Phi Phi^T

where M(t) = (1 + t) exp(-t) is the Matern function of order 3/2 ([2]_, equation 4.17), and P*P is elementwise. P
extrapolates quadratic trends, P*P also interactions of columns. Differences of one-hot codes are Hamming distances.
Derivatives use dM / d(t^2) = -exp(-t) / 2 and need products of (n, n) with (n, F) matrices only: for symmetric Q,
sum_ij Q_ij (z_i - z_j)^2 = 2 (rowsum(Q) . z^2 - z . Q z).

References
----------
.. [1] Snoek, J., Swersky, K., Zemel, R. & Adams, R. (2014). Input warping for Bayesian optimization of
       non-stationary functions. ICML. (With the distribution function of Kumaraswamy (1980) for that of Beta.)
.. [2] Rasmussen, C. E. & Williams, C. K. I. (2006). Gaussian processes for machine learning. MIT Press.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from skhpo.models._layout import Array, ColumnLayout, Indices

Pullback = Callable[[Array], Array]

_EDGE = 1e-6
_ACTIVE = 0.3
_ROOT_3 = np.sqrt(3.0)
_ROOT_HALF = 1.0 / np.sqrt(2.0)


class Design(NamedTuple):
    """What does not depend on theta of n points: positions u, fixed features, the basis Phi and omega."""

    positions: Array
    fixed: Array
    basis: Array
    noisiness: Array


class Hyperparameters(NamedTuple):
    """The components of theta, by name; lengthscales and the exponents a and b are arrays."""

    lengthscale: Array
    a: Array
    b: Array
    s2: float
    noise: float
    v1: float
    v2: float


def lift_rows(Z: Array) -> Array:
    """Return the rows (Z_i, 1, |Z_i|^2), whose products with `lift_columns` are squared distances."""
    return np.concatenate([Z, np.ones((len(Z), 1)), np.einsum("ij,ij->i", Z, Z)[:, None]], axis=1)


def lift_columns(Y: Array) -> Array:
    """Return the columns (-2 Y_j, |Y_j|^2, 1)."""
    return np.vstack([-2.0 * Y.T, np.einsum("ij,ij->i", Y, Y), np.ones(len(Y))])


def squared_distances(rows: Array, columns: Array) -> Array:
    """Return |Z_i - Y_j|^2 of shape (n, m), never negative, from lifted Z and Y."""
    t2: Array = rows @ columns
    return np.maximum(t2, 0.0, out=t2)


def matern32(t2: Array) -> tuple[Array, Array]:
    """Return the Matern function of order 3/2 of t^2, and exp(-t); the argument is overwritten."""
    t = np.sqrt(t2, out=t2)
    decay = np.negative(t)
    np.exp(decay, out=decay)
    t += 1.0
    t *= decay
    return t, decay


def warp(u: Array, a: Array, b: Array) -> Array:
    """Return Kumaraswamy's distribution function, 1 - (1 - u^a)^b, of positions of shape (n, p)."""
    warped: Array = 1.0 - (1.0 - u**a) ** b
    return warped


def warp_slope(u: Array, a: Array, b: Array) -> Array:
    """Return the derivative of `warp` by u."""
    power = u**a
    slope: Array = a * b * (1.0 - power) ** (b - 1.0) * power / u
    return slope


def warp_derivatives(u: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """Return the derivatives of `warp` by log a and log b."""
    power = u**a
    rest = 1.0 - power
    outer = b * rest ** (b - 1.0)
    # The power b of the rest is that of b - 1 times the rest.
    return outer * power * a * np.log(u), -outer * rest * np.log(rest)


@dataclass(frozen=True)
class Kernel:
    """The covariance function over the points of a layout.

    Attributes
    ----------
    layout : ColumnLayout
        The columns.
    conditional : tuple of bool
        Which columns tell the kernel whether they are active.

    Examples
    --------
    >>> import numpy as np
    >>> layout = ColumnLayout.from_columns([("continuous", None), ("unordered", 2)])
    >>> kernel = Kernel(layout, (False, False))
    >>> design = kernel.design(np.array([[0.5, 0.25], [0.5, 0.75]]))
    >>> theta = np.zeros(kernel.n_parameters)
    >>> kernel.covariance(design, design, theta).round(3).tolist()
    [[1.399, 0.542], [0.542, 1.399]]
    """

    layout: ColumnLayout
    conditional: tuple[bool, ...]

    @property
    def n_parameters(self) -> int:
        """Length of theta."""
        return len(self.layout.varying) + 2 * len(self.layout.numeric) + 4

    def unpack(self, theta: Array) -> Hyperparameters:
        """Return the components of theta."""
        D, p = len(self.layout.varying), len(self.layout.numeric)
        values = np.exp(theta)
        s2, noise, v1, v2 = values[D + 2 * p :].tolist()
        return Hyperparameters(values[:D], values[D : D + p], values[D + p : D + 2 * p], s2, noise, v1, v2)

    def design(self, X: Array, noisiness: Array | None = None) -> Design:
        """Return what the kernel needs to know of points of shape (n, n_columns), all equally noisy by default."""
        layout, inactive = self.layout, np.isnan(X)
        u = X[:, layout.numeric]
        u[inactive[:, layout.numeric]] = 0.5
        codes = self._one_hot(X)
        centred = u - 0.5
        basis = np.concatenate([2.0 * centred, 4.0 * centred**2 - 1.0 / 3.0, codes], axis=1)
        basis /= np.sqrt(max(len(layout.varying), 1))
        if len(self._indicated):
            codes = np.concatenate([codes, _ACTIVE * ~inactive[:, self._indicated]], axis=1)
        omega = np.ones(len(X)) if noisiness is None else noisiness
        return Design(np.minimum(np.maximum(u, _EDGE), 1.0 - _EDGE), codes, basis, omega)

    def _one_hot(self, X: Array) -> Array:
        """Return the codes of the categorical columns over sqrt(2), side by side; level 0 where not active."""
        columns, n_levels, level = self._codes
        # fmax also turns NaN into 0.
        found = np.fmin(np.floor(np.fmax(X[:, columns], 0.0) * n_levels), n_levels - 1.0)
        code: Array = (found == level) * _ROOT_HALF
        return code

    @cached_property
    def _codes(self) -> tuple[Indices, Array, Array]:
        """For each entry of the one-hot codes: the column, the column's number of levels, and the entry's level."""
        entries = [
            (d, self.layout.n_levels[d] or 1, level)
            for d in self.layout.categorical.tolist()
            for level in range(self.layout.n_levels[d] or 1)
        ]
        columns, n_levels, level = np.array(entries, dtype=np.float64).reshape(-1, 3).T
        return columns.astype(np.intp), n_levels, level

    @cached_property
    def _indicated(self) -> Indices:
        """Columns with an indicator of being active."""
        mask = np.array(self.conditional, dtype=bool)
        indicated: Indices = self.layout.varying[mask[self.layout.varying]]
        return indicated

    @cached_property
    def owners(self) -> Indices:
        """The dimension whose lengthscale scales each feature, of shape (F,)."""
        p, n_levels = len(self.layout.numeric), self.layout.n_levels
        coded = [np.full(n_levels[d] or 1, p + i) for i, d in enumerate(self.layout.categorical)]
        dimension = {d: i for i, d in enumerate(self.layout.varying.tolist())}
        indicated = [dimension[d] for d in self._indicated.tolist()]
        return np.concatenate([np.arange(p), *coded, indicated]).astype(np.intp)

    def features(self, design: Design, hyper: Hyperparameters) -> Array:
        """Return Z of shape (n, F)."""
        warped = warp(design.positions, hyper.a, hyper.b)
        Z: Array = np.concatenate([warped, design.fixed], axis=1)
        Z *= (_ROOT_3 / hyper.lengthscale)[self.owners]
        return Z

    def covariance(self, first: Design, second: Design, theta: Array) -> Array:
        """Return the covariance without noise of the function at n and at m points, of shape (n, m)."""
        hyper = self.unpack(theta)
        rows, columns = lift_rows(self.features(first, hyper)), lift_columns(self.features(second, hyper))
        t2 = squared_distances(rows, columns)
        return combine(matern32(t2)[0], first.basis @ second.basis.T, hyper)

    def variance(self, design: Design, theta: Array) -> Array:
        """Return the diagonal of `covariance` of points with themselves, of shape (n,)."""
        hyper = self.unpack(theta)
        P = np.einsum("ij,ij->i", design.basis, design.basis)
        return combine(np.ones_like(P), P, hyper)

    def linearise(self, design: Design, P: Array, theta: Array) -> tuple[Array, Pullback]:
        """Return the covariance of points with themselves and the transpose of its derivative by theta.

        The latter maps a symmetric M of shape (n, n) to sum_ij M_ij d(K_ij + noise omega_i I_ij) / dtheta.
        """
        hyper = self.unpack(theta)
        Z = self.features(design, hyper)
        scaled, decay = matern32(squared_distances(lift_rows(Z), lift_columns(Z)))
        K = combine(scaled, P, hyper)
        slope = np.multiply(decay, -0.5 * hyper.s2, out=decay)

        def pullback(M: Array) -> Array:
            variances = [
                np.vdot(M, scaled),
                hyper.noise * np.vdot(M.diagonal(), design.noisiness),
                hyper.v1 * np.vdot(M, P),
                hyper.v2 * np.einsum("ij,ij,ij->", M, P, P),
            ]
            return np.concatenate([self._by_features(M * slope, Z, design.positions, hyper), variances])

        return K, pullback

    def _by_features(self, Q: Array, Z: Array, u: Array, hyper: Hyperparameters) -> Array:
        """Return sum_ij Q_ij d(t^2_ij) / d(log l, log a, log b)."""
        p, n_dimensions = len(self.layout.numeric), len(self.layout.varying)
        # sum_j Q_ij (z_i - z_j); the derivative by z_i is 4 times this.
        pull = Q.sum(axis=1)[:, None] * Z
        pull -= Q @ Z
        by_lengthscale = np.bincount(self.owners, -4.0 * np.sum(pull * Z, axis=0), minlength=n_dimensions)
        by_a, by_b = warp_derivatives(u, hyper.a, hyper.b)
        by_w = pull[:, :p] * (4.0 * _ROOT_3 / hyper.lengthscale[:p])
        return np.concatenate([by_lengthscale, np.sum(by_w * by_a, axis=0), np.sum(by_w * by_b, axis=0)])


def combine(matern: Array, P: Array, hyper: Hyperparameters) -> Array:
    """Return s2 M + v1 P + v2 P*P; M is overwritten by s2 M."""
    matern *= hyper.s2
    K: Array = hyper.v2 * P
    K += hyper.v1
    K *= P
    K += matern
    return K
