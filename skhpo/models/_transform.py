"""The output transform: from losses of any scale and skew to values that a Gaussian process can explain.

Notation
--------
y : (n,)    losses, lower is better
m           their median
s           m - min(y), the spread of the better half
lambda      exponent of the Yeo-Johnson transform

The bad half is compressed logarithmically, since how bad a bad configuration is does not matter, and the rest of the
skew is removed by a power transform [1]_ whose exponent maximises its profile likelihood times a N(1, 1) prior.

References
----------
.. [1] Yeo, I.-K. & Johnson, R. (2000). A new family of power transformations to improve normality or symmetry.
       Biometrika 87(4).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from skhpo.models._layout import Array

_EXPONENTS = np.linspace(-1.0, 3.0, 33)
# Losses that differ by less than this share of their size differ by rounding only.
_ROUNDING = 1e-14
_HUGE = 1e150
_ENOUGH = 1000


def softyj(losses: Array) -> Array:
    """Return losses on a scale of mean 0 and variance 1, in the same order.

    Parameters
    ----------
    losses : ndarray of shape (n,)
        Lower is better; what is not finite counts as the worst finite one.

    Returns
    -------
    ndarray of shape (n,)
        Increasing in the losses; zeros if they are all the same.

    Examples
    --------
    >>> import numpy as np
    >>> softyj(np.array([3.0, 3.0, np.nan])).tolist()
    [-0.707..., -0.707..., 1.414...]
    >>> bool(np.abs(softyj(np.array([1.0, 2.0, 3.0, 1e12]))).max() < 2)
    True
    """
    y = _finite(np.asarray(losses, dtype=np.float64))
    if np.ptp(y) <= _ROUNDING * np.abs(y).max(initial=0.0):
        return np.zeros_like(y)
    return _standardise(_yeo_johnson(_standardise(_compress(y))))


def losses_at(values: Array, losses: Array, transformed: Array) -> Array:
    """Return the losses that values on the transformed scale stand for.

    Between losses that were observed it is interpolated. Beyond them it goes on straight: the power transform has no
    inverse everywhere.

    Parameters
    ----------
    values : ndarray of shape (m,)
        Where, on the transformed scale.
    losses, transformed : ndarray of shape (n,)
        Losses, finite and not all the same, and what `softyj` made of them.

    Returns
    -------
    ndarray of shape (m,)
        Losses.

    Examples
    --------
    >>> import numpy as np
    >>> losses = np.array([1.0, 2.0, 4.0, 9.0])
    >>> z = softyj(losses)
    >>> losses_at(np.array([2 * z[0] - z[1], z[2]]), losses, z).round(6).tolist()
    [0.0, 4.0]
    """
    z, first = np.unique(transformed, return_index=True)
    y = losses[first]
    found: Array = np.interp(values, z, y)
    # The slope at an end is that of the outer quarter, because neighbours may differ by rounding only.
    j = max(len(z) // 4, 1)
    below, above = values < z[0], values > z[-1]
    found[below] = y[0] + (values[below] - z[0]) * (y[j] - y[0]) / (z[j] - z[0])
    found[above] = y[-1] + (values[above] - z[-1]) * (y[-1] - y[-1 - j]) / (z[-1] - z[-1 - j])
    return found


def _finite(y: Array) -> Array:
    """Replace failures by the worst loss, or by a worse one if nothing else tells them from successes."""
    failed = ~np.isfinite(y)
    if failed.all():
        return np.zeros_like(y)
    best, worst = float(y[~failed].min()), float(y[~failed].max())
    scale = max(abs(best), abs(worst))
    if scale > _HUGE:
        # Differences of the largest numbers would overflow.
        return _finite(y / scale)
    return np.where(failed, worst if worst > best else best + (scale or 1.0), y)


def _compress(y: Array) -> Array:
    """Return z = (y - m) / s, and log(1 + z) where this is positive."""
    gaps = y - np.median(y)
    spread = float(-gaps.min())
    if spread <= 0:
        # At least half of the losses are tied for the best: the others give the scale.
        spread = float(np.median(gaps[gaps > 0]))
    with np.errstate(over="ignore"):
        z = np.minimum(gaps / spread, _HUGE)
    return np.where(z > 0, np.log1p(np.maximum(z, 0.0)), z)


def _yeo_johnson(z: Array) -> Array:
    """Return the Yeo-Johnson transform of z whose exponent has the highest posterior density [1]_."""
    # An exponent needs no more than so many of them, evenly spread over the order in which they came.
    sample = z[:: -(-len(z) // _ENOUGH)]
    logs = np.log1p(np.abs(sample))
    transformed = _power(sample, logs, _EXPONENTS[:, None])
    # [1], equation 3.1, maximised over mean and variance.
    log_likelihood = -0.5 * len(sample) * np.log(np.maximum(transformed.var(axis=1), 1e-300))
    log_likelihood += (_EXPONENTS - 1.0) * np.sum(np.where(sample >= 0, logs, -logs))
    log_prior = -0.5 * (_EXPONENTS - 1.0) ** 2
    best = int(np.argmax(log_likelihood + log_prior))
    if len(sample) == len(z):
        found: Array = transformed[best]
        return found
    return _power(z, np.log1p(np.abs(z)), _EXPONENTS[best])


def _power(z: Array, logs: Array, exponent: Any) -> Array:
    """Return the Yeo-Johnson transform of z by given exponents; `logs` are log(1 + |z|)."""
    positive = z >= 0
    # [1], equation 2.1: ((1 + z)^lambda - 1) / lambda above zero, the mirror image with 2 - lambda below.
    power = np.where(positive, exponent, 2.0 - exponent)
    safe = np.where(power == 0, 1.0, power)
    size = np.where(power == 0, logs, np.expm1(safe * logs) / safe)
    return np.where(positive, size, -size)


def _standardise(z: Array) -> Array:
    """Return z with mean 0 and variance 1; zeros if it does not vary."""
    sd = z.std()
    standardised: Array = np.zeros_like(z) if sd < 1e-12 else (z - z.mean()) / sd
    return standardised
