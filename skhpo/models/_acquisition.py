"""Acquisition functions: how promising a point is, given what a posterior predicts there.

Notation
--------
mu, sd  mean and standard deviation of the loss at a point
margin  by how much a loss has to be below the incumbent to be an improvement
z       (incumbent - margin - mu) / sd
h(z)    phi(z) + z Phi(z), with the density phi and the distribution function Phi of the standard normal distribution

Expected improvement is sd h(z); its logarithm [1]_ has useful values and gradients also where it underflows.

References
----------
.. [1] Ament, S., Daulton, S., Eriksson, D., Balandat, M. & Bakshy, E. (2023). Unexpected improvements to expected
       improvement for Bayesian optimization. NeurIPS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr

from skhpo.models._layout import Array
from skhpo.models._surrogate import Posterior

_LOG_ROOT_2PI = 0.5 * np.log(2.0 * np.pi)
_ROOT_HALF = np.sqrt(0.5)
_ROOT_HALF_PI = np.sqrt(0.5 * np.pi)


def log_h(z: Array) -> Array:
    """Return log(phi(z) + z Phi(z)) without underflow ([1]_, equation 9 and appendix A).

    Parameters
    ----------
    z : ndarray of shape (n,)
        Any finite numbers.

    Returns
    -------
    ndarray of shape (n,)
        Increasing in z.

    Examples
    --------
    >>> import numpy as np
    >>> log_h(np.array([-1e4, -10.0, 0.0])).round(4).tolist()
    [-50000019.3396, -55.5531, -0.9189]
    """
    direct, tail = z > -1.0, z < -60.0
    middle = ~direct & ~tail
    out = np.empty_like(z)
    out[direct], out[middle], out[tail] = _direct(z[direct]), _middle(z[middle]), _tail(z[tail])
    return out


def _direct(z: Any) -> Any:
    """Return log h(z) as it is written."""
    return np.log(np.exp(_log_phi(z)) + z * ndtr(z))


def _middle(z: Any) -> Any:
    """Return log h(z) with phi(z) factored out: Phi(z) = phi(z) sqrt(pi / 2) erfcx(-z / sqrt(2))."""
    return _log_phi(z) + np.log1p(_ROOT_HALF_PI * z * erfcx(-_ROOT_HALF * z))


def _tail(z: Any) -> Any:
    """Return log h(z) by the expansion of the sum, which cancels, as (1 - 3 / z^2 + 15 / z^4) / z^2."""
    x = 1.0 / (z * z)
    return _log_phi(z) + np.log(x) + np.log1p(-3.0 * x + 15.0 * x * x)


def _log_phi(z: Any) -> Any:
    return -0.5 * z * z - _LOG_ROOT_2PI


@dataclass(frozen=True, eq=False)
class LogExpectedImprovement:
    """Logarithm of the expected improvement on the incumbent of a posterior.

    Attributes
    ----------
    posterior : Posterior
        What is believed.
    margin : float
        Improvements on the incumbent count from here on, on the scale of the posterior.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.models import ColumnLayout, GaussianProcess
    >>> layout = ColumnLayout.from_columns([("continuous", None)])
    >>> posterior = GaussianProcess(layout).fit(np.array([[0.1], [0.9]]), scores=np.array([1.0, 2.0]))
    >>> values = LogExpectedImprovement(posterior)(np.array([[0.1], [0.95]]))
    >>> int(values.argmax())
    1
    """

    posterior: Posterior
    margin: float = 0.0

    @property
    def is_smooth(self) -> bool:
        """Whether its gradient leads anywhere, as that of the posterior does."""
        return self.posterior.is_smooth

    def __call__(self, X: Array) -> Array:
        """Return the values at points of shape (n, n_columns)."""
        mean, sd = self.posterior.predict(X)
        return np.log(sd) + log_h((self._target - mean) / sd)

    def gradient(self, x: Array) -> tuple[float, Array]:
        """Return the value at one point of shape (n_columns,), and its derivatives."""
        mean, sd, mean_gradient, sd_gradient = self.posterior.predict_gradient(x)
        z = (self._target - mean) / sd
        log_of_h = float((_direct if z > -1.0 else _middle if z >= -60.0 else _tail)(z))
        # d(sd h) / d mu = -Phi(z) and d(sd h) / d sd = phi(z), over sd h.
        by_mean = -np.exp(log_ndtr(z) - log_of_h) / sd
        by_sd = np.exp(_log_phi(z) - log_of_h) / sd
        return float(np.log(sd)) + log_of_h, by_mean * mean_gradient + by_sd * sd_gradient

    @property
    def _target(self) -> float:
        """The loss below which an improvement begins."""
        return self.posterior.incumbent - self.margin


@dataclass(frozen=True, eq=False)
class ConfidentGain:
    """How low the loss may be at most: the lower confidence bound of a posterior, turned around.

    Attributes
    ----------
    posterior : Posterior
        What is believed.
    width : float
        Number of standard deviations between the mean and the bound.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.models import ColumnLayout, GaussianProcess
    >>> layout = ColumnLayout.from_columns([("continuous", None)])
    >>> posterior = GaussianProcess(layout).fit(np.array([[0.1], [0.9]]), scores=np.array([1.0, 2.0]))
    >>> near, between = ConfidentGain(posterior, width=2.0)(np.array([[0.1], [0.7]]))
    >>> bool(near < between)
    True
    """

    posterior: Posterior
    width: float

    @property
    def is_smooth(self) -> bool:
        """Whether its gradient leads anywhere, as that of the posterior does."""
        return self.posterior.is_smooth

    def __call__(self, X: Array) -> Array:
        """Return the values at points of shape (n, n_columns)."""
        mean, sd = self.posterior.predict(X)
        return self.width * sd - mean

    def gradient(self, x: Array) -> tuple[float, Array]:
        """Return the value at one point of shape (n_columns,), and its derivatives."""
        mean, sd, mean_gradient, sd_gradient = self.posterior.predict_gradient(x)
        return self.width * sd - mean, self.width * sd_gradient - mean_gradient
