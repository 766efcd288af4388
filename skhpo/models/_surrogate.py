"""The contract of surrogates: cheap models of the score, fitted to what was measured.

Points are encoded (see `ColumnLayout`) and scores are as everywhere in the package, greater is better. A surrogate
flips and rescales them inside itself: what its posterior predicts is a *loss* on a scale of its own, lower is better.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

from skhpo.models._layout import Array


class Prediction(NamedTuple):
    """Mean and standard deviation of the loss at some points, each of shape (n,)."""

    mean: Array
    sd: Array


class PredictionGradient(NamedTuple):
    """Mean and standard deviation of the loss at one point, and their derivatives by its columns.

    The derivatives have shape (n_columns,) and are 0 in columns that are not continuous or not active.
    """

    mean: float
    sd: float
    mean_gradient: Array
    sd_gradient: Array


class Posterior(ABC):
    """What a surrogate believes after having seen some points; immutable.

    Attributes
    ----------
    incumbent : float
        The lowest loss among the points it was fitted to or conditioned on.
    is_smooth : bool
        Whether derivatives lead anywhere; those of a piecewise constant model are 0.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.models import ColumnLayout, GaussianProcess
    >>> layout = ColumnLayout.from_columns([("continuous", None)])
    >>> posterior = GaussianProcess(layout).fit(np.array([[0.1], [0.9]]), scores=np.array([1.0, 2.0]))
    >>> posterior.incumbent
    -1.0
    >>> mean, sd = posterior.predict(np.array([[0.1], [0.5], [0.9]]))
    >>> bool(mean[2] < mean[0]), bool(sd[1] > sd[0])
    (True, True)
    >>> bool(posterior.condition(np.array([[0.5]])).predict(np.array([[0.5]])).sd < sd[1])
    True
    """

    incumbent: float
    is_smooth: ClassVar[bool] = True

    @abstractmethod
    def predict(self, X: Array) -> Prediction:
        """Predict the loss at points of shape (n, n_columns)."""

    @abstractmethod
    def predict_gradient(self, x: Array) -> PredictionGradient:
        """Predict the loss at one point of shape (n_columns,), with derivatives."""

    @abstractmethod
    def condition(self, X: Array) -> Posterior:
        """Return the posterior after points of shape (n, n_columns) whose results are still to come."""


class Surrogate(ABC):
    """A model of the score over encoded points.

    Examples
    --------
    >>> from skhpo.models import ColumnLayout, GaussianProcess
    >>> isinstance(GaussianProcess(ColumnLayout.from_columns([("continuous", None)])), Surrogate)
    True
    """

    @abstractmethod
    def fit(
        self, X: Array, scores: Array, noisiness: Array | None = None, n_settled: int | None = None
    ) -> Posterior:
        """Return the posterior given measured points.

        Parameters
        ----------
        X : ndarray of shape (n, n_columns)
            Canonical points in the order in which they were proposed, `n` at least 1.
        scores : ndarray of shape (n,)
            Greater is better; not finite where an evaluation failed, which counts as the worst score.
        noisiness : ndarray of shape (n,) or None, default=None
            By how much the variance of the noise of each score exceeds that of a score which is measured on all
            folds, as a factor; None for 1 everywhere.
        n_settled : int or None, default=None
            Among the first so many points hardly any more will be put in. What is expensive should rest on them, so
            that it need not be done again; None for all.

        Returns
        -------
        Posterior
            A function of the arguments alone, whatever was fitted before.
        """
