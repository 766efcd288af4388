"""What a trial should cost: a ridge regression of the logarithm of the seconds that trials took.

Notation
--------
n, G         numbers of trials and of basis functions
Phi : (n, G) basis of the polynomial part of the kernel (see `Kernel`), centred
y : (n,)     log(seconds + overhead), centred
w : (G,)     weights: y = Phi w + noise, w ~ N(0, v I), noise ~ N(0, r v I)
U s V^T      singular value decomposition of Phi, with k = min(n, G) singular values; lambda = s^2
a : (k,)     U^T y, and rest = |y|^2 - |a|^2

Costs multiply, as those of twice the trees of twice the depth, so their logarithms add up, and the basis needs no
products of columns. The evidence of r with the best v, and the mean of w, are ([1]_, equations 2.8 and 5.8, up to
constants; n - k eigenvalues of Phi Phi^T are 0)

    log p(y | r) = -(n log v + sum_i log(lambda_i + r) + (n - k) log r) / 2
    v = (sum_i a_i^2 / (lambda_i + r) + rest / r) / n,     w = V (s a / (lambda + r))

Times that no hyperparameter explains lead to a large r, hence to a prediction that is nearly the same everywhere.

References
----------
.. [1] Rasmussen, C. E. & Williams, C. K. I. (2006). Gaussian processes for machine learning. MIT Press.
.. [2] Snoek, J., Larochelle, H. & Adams, R. (2012). Practical Bayesian optimization of machine learning algorithms.
       NeurIPS. (Expected improvement per second.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skhpo.models._kernels import Kernel
from skhpo.models._layout import Array, ColumnLayout
from skhpo.models._maximise import Acquisition

# Seconds that go with a trial besides its fits: what differs by less is not worth steering for.
_OVERHEAD = 0.02
# Costs beyond this factor of the median count as this factor: a machine that was asleep explains nothing.
_WIDEST = np.log(1e3)
_RATIOS = np.geomspace(1e-3, 1e3, 25)
# A log-normal prior of r, wide, for when there are very few trials.
_RATIO_MEAN, _RATIO_SD = np.log(0.3), 2.0


@dataclass(frozen=True, eq=False)
class CostModel:
    """Predicts the logarithm of what a trial costs, relative to a typical one.

    Attributes
    ----------
    kernel : Kernel
        Provides the basis.
    centre : ndarray of shape (G,)
        Mean of the basis over the trials.
    weights : ndarray of shape (G,)
        The weights w.
    low, high : float
        Predictions stay within what was seen.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(0, 1, 6)[:, None]
    >>> model = CostModel.fit(ColumnLayout.from_columns([("continuous", None)]), X, seconds=100.0 ** X[:, 0])
    >>> cheap, dear = model.log_cost(np.array([[0.25], [0.75]]))
    >>> round(float(np.exp(dear - cheap)))
    10
    """

    kernel: Kernel
    centre: Array
    weights: Array
    low: float
    high: float

    @classmethod
    def fit(cls, layout: ColumnLayout, X: Array, seconds: Array) -> CostModel | None:
        """Return the model of what trials took, or None if all that is known took the same.

        Parameters
        ----------
        layout : ColumnLayout
            What the columns of the points are.
        X : ndarray of shape (n, n_columns)
            Points.
        seconds : ndarray of shape (n,)
            What they took; not finite where it is not known.

        Returns
        -------
        CostModel or None
            A function of the arguments alone.
        """
        known = np.isfinite(seconds)
        y = np.log(np.maximum(seconds[known], 0.0) + _OVERHEAD)
        if len(y) == 0 or np.ptp(y) <= 1e-9:
            return None
        middle = np.median(y)
        y = np.clip(y, middle - _WIDEST, middle + _WIDEST)
        y -= y.mean()
        kernel = Kernel(layout, (False,) * layout.width)
        basis = kernel.design(X[known]).basis
        centre = basis.mean(axis=0)
        return cls(kernel, centre, _weights(basis - centre, y), float(y.min()), float(y.max()))

    def log_cost(self, X: Array) -> Array:
        """Return the predictions at points of shape (n, n_columns)."""
        predicted = (self.kernel.design(X).basis - self.centre) @ self.weights
        return np.clip(predicted, self.low, self.high)

    def gradient(self, x: Array) -> tuple[float, Array]:
        """Return the prediction at one point of shape (n_columns,), and its derivatives by the numeric columns."""
        layout, by_column = self.kernel.layout, np.zeros(len(x))
        predicted = float((self.kernel.design(x[None]).basis[0] - self.centre) @ self.weights)
        if self.low < predicted < self.high:
            # The basis holds 2 (u - 1/2) and 4 (u - 1/2)^2 - 1/3 over the root of the number of columns that vary.
            p, u = len(layout.numeric), np.nan_to_num(x[layout.numeric], nan=0.5)
            linear, quadratic = self.weights[:p], self.weights[p : 2 * p]
            by_u = (2.0 * linear + 8.0 * (u - 0.5) * quadratic) / np.sqrt(max(len(layout.varying), 1))
            by_column[layout.numeric] = by_u
            by_column[np.isnan(x)] = 0.0
        return min(max(predicted, self.low), self.high), by_column


def _weights(Phi: Array, y: Array) -> Array:
    """Return the mean of w with the most probable r."""
    U, s, Vt = np.linalg.svd(Phi, full_matrices=False)
    a, n = U.T @ y, len(y)
    rest = max(float(y @ y - a @ a), 0.0)
    totals = s * s + _RATIOS[:, None]
    v = (np.sum(a * a / totals, axis=1) + rest / _RATIOS) / n
    log_posterior = -0.5 * (n * np.log(v) + np.sum(np.log(totals), axis=1) + (n - len(s)) * np.log(_RATIOS))
    log_posterior -= 0.5 * ((np.log(_RATIOS) - _RATIO_MEAN) / _RATIO_SD) ** 2
    weights: Array = Vt.T @ (s * a / totals[np.argmax(log_posterior)])
    return weights


@dataclass(frozen=True, eq=False)
class PerCost:
    """An acquisition on a logarithmic scale, such as the log expected improvement, per cost [2]_.

    Attributes
    ----------
    acquisition : Acquisition
        What is divided.
    cost : CostModel
        What it is divided by.
    power : float
        Exponent of the cost: 0 ignores it.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.models import GaussianProcess, LogExpectedImprovement
    >>> layout = ColumnLayout.from_columns([("continuous", None)])
    >>> X = np.linspace(0, 1, 6)[:, None]
    >>> acquisition = LogExpectedImprovement(GaussianProcess(layout).fit(X, scores=-((X[:, 0] - 0.5) ** 2)))
    >>> cost = CostModel.fit(layout, X, seconds=100.0 ** X[:, 0])
    >>> low, high = PerCost(acquisition, cost, power=1.0)(np.array([[0.45], [0.55]]))
    >>> bool(low > high)
    True
    """

    acquisition: Acquisition
    cost: CostModel
    power: float

    @property
    def is_smooth(self) -> bool:
        """Whether its gradient leads anywhere, as that of the acquisition does."""
        return self.acquisition.is_smooth

    def __call__(self, X: Array) -> Array:
        """Return the values at points of shape (n, n_columns)."""
        return self.acquisition(X) - self.power * self.cost.log_cost(X)

    def gradient(self, x: Array) -> tuple[float, Array]:
        """Return the value at one point of shape (n_columns,), and its derivatives by the continuous columns."""
        value, by_column = self.acquisition.gradient(x)
        log_cost, log_cost_by_column = self.cost.gradient(x)
        return value - self.power * log_cost, by_column - self.power * log_cost_by_column
