"""Functional analysis of variance [1]_ of what a surrogate predicts, by projections over the whole space.

The prediction f is a sum of parts that each depend on some columns: a constant, main effects f_j(x_j), effects of
pairs f_jk(x_j, x_k), and so on, each of mean zero in every one of its columns, and hence uncorrelated with the others.
The variances of the parts are shares of the variance of f. With orthonormal functions phi_p of each column (polynomials
of numbers, contrasts of choices)

    f_j = sum_p c_p phi_p(x_j),     c_p = mean of f phi_p(x_j),     variance of f_j = sum_p c_p^2

and in the same way for pairs with the products of two such functions; the means are over many points that fill the
space evenly [2]_. A column that is not always active has an effect where it is active only: its functions have mean
zero there and count as zero elsewhere. Its share is thus the variance within the part of the space in which it is
active, times the size of this part, and what its parent is worth by itself remains the parent's.

References
----------
.. [1] Hutter, F., Hoos, H. & Leyton-Brown, K. (2014). An efficient approach for assessing hyperparameter importance.
       Proceedings of the 31st International Conference on Machine Learning.
.. [2] Li, G., Wang, S.-W. & Rabitz, H. (2002). Practical approaches to construct RS-HDMR component functions.
       The Journal of Physical Chemistry A 106(37).
"""

from itertools import combinations

import numpy as np

_DEGREE, _PAIR_DEGREE = 16, 5
# Of columns that are active more rarely than in so many points nothing is said.
_FEWEST_POINTS = 50


def decompose(points, kinds, values):
    """Return the variances of main effects and of effects of pairs.

    Parameters
    ----------
    points : ndarray of shape (n, n_columns)
        Points that fill the space evenly, NaN in inactive columns.
    kinds : sequence of str
        Those of the columns, see `Column`.
    values : ndarray of shape (n, n_functions)
        One or several functions there.

    Returns
    -------
    dict of tuple of int to ndarray of shape (n_functions,)
        Shares of the variance of each function: of ``(j,)`` for each column, of ``(j, k)`` for each pair. They are 0 if
        the function is constant.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.stats import qmc
    >>> x = qmc.Sobol(2, seed=0).random(4096) - 0.5
    >>> values = x[:, :1] + np.sqrt(12) * x[:, :1] * x[:, 1:]
    >>> shares = decompose(x + 0.5, ["continuous", "continuous"], values)
    >>> {columns: round(float(share[0]), 2) for columns, share in shares.items()}
    {(0,): 0.5, (1,): 0.0, (0, 1): 0.5}
    """
    bases = _Bases(points, kinds)
    rest = values - values.mean(axis=0)
    total = rest.var(axis=0)
    scale = np.where(total > 0, total, 1.0)
    shares, fitted = {}, np.zeros_like(rest)
    for j in range(points.shape[1]):
        rows = bases.rows(j)
        functions = bases.on(j, rows, _DEGREE)
        coefficients = functions.T @ rest[rows] / max(len(rows), 1)
        fitted[rows] += functions @ coefficients
        error = total / len(points)
        found = np.maximum(np.sum(coefficients**2 - error, axis=0), 0.0)
        shares[(j,)] = len(rows) / len(points) * found / scale
    rest = rest - fitted
    for pair in combinations(range(points.shape[1]), 2):
        shares[pair] = _pair_variance(bases, pair, rest) / scale
    return shares


def _pair_variance(bases, pair, rest):
    rows = np.intersect1d(*map(bases.rows, pair), assume_unique=True)
    if len(rows) < _FEWEST_POINTS:
        return np.zeros(rest.shape[1])
    first, second = (bases.on(column, rows, _PAIR_DEGREE) for column in pair)
    here = rest[rows]
    # Coefficients have an error, whose square is taken off.
    error = here.var(axis=0) / len(rows)
    result = np.zeros(rest.shape[1])
    for function in first.T:
        coefficients = second.T @ (here * function[:, None]) / len(rows)
        result += np.sum(coefficients**2 - error, axis=0)
    return len(rows) / bases.n_points * np.maximum(result, 0.0)


class _Bases:
    """Orthonormal functions of each column at the points where some columns are active."""

    def __init__(self, points, kinds):
        self.n_points = len(points)
        self._points = points
        self._kinds = kinds
        self._rows = [np.flatnonzero(~np.isnan(column)) for column in points.T]
        self._known = {}

    def rows(self, column):
        """Return where a column is active; nowhere if that is too rare."""
        rows = self._rows[column]
        return rows if len(rows) >= _FEWEST_POINTS else rows[:0]

    def on(self, column, rows, degree):
        """Return the functions of a column at some points, of shape (n_rows, n_functions)."""
        key = column, len(rows), degree
        is_whole = len(rows) == self.n_points
        if is_whole and key in self._known:
            return self._known[key]
        functions = _orthonormal(self._points[rows, column], self._kinds[column], degree)
        if is_whole:
            self._known[key] = functions
        return functions


def _orthonormal(units, kind, degree):
    """Return functions of mean 0 and variance 1 that are uncorrelated, at positions in [0, 1]."""
    levels = np.unique(units)
    if len(levels) < 2:
        return np.zeros((len(units), 0))
    if kind == "unordered":
        functions = (units[:, None] == levels[:-1]).astype(np.float64)
    else:
        functions = np.polynomial.legendre.legvander(2.0 * units - 1.0, min(degree, len(levels) - 1))[:, 1:]
    orthogonal, _ = np.linalg.qr(np.column_stack([np.ones(len(units)), functions]))
    return orthogonal[:, 1:] * np.sqrt(len(units))
