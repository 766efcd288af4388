"""A forest as a surrogate: randomised trees on transformed losses, unsure where they disagree and far from data.

Notation
--------
X : (n, n_columns)   points, NaN in inactive columns
E : (n, n_features)  the points as trees see them
z : (n,)             their transformed losses
B                    number of trees
mu_b, v_b            mean and variance of the losses in the leaf of tree b that a point falls into
w : (n_features,)    importances of the features, which sum to 1
d^2                  squared distance to the nearest point measured, sum_j w_j (e_j - E_ij)^2, at most 1
k(x, p)              share of the trees in which x and p fall into the same leaf

    mean = avg_b mu_b,     var = avg_b v_b + var_b mu_b + SLOPE d^2 + FLOOR

The first two terms are the law of total variance [1]_. Trees are extremely randomised [2]_: each split is the best of
one random position per feature. They go on as constants where there are no data, and agree there; hence the others.

References
----------
.. [1] Hutter, F., Xu, L., Hoos, H. H. & Leyton-Brown, K. (2014). Algorithm runtime prediction: methods and
       evaluation. Artificial Intelligence 206.
.. [2] Geurts, P., Ernst, D. & Wehenkel, L. (2006). Extremely randomized trees. Machine Learning 63.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.tree import DecisionTreeRegressor

from skhpo.models._layout import Array, ColumnLayout, Indices
from skhpo.models._surrogate import Posterior, Prediction, PredictionGradient, Surrogate
from skhpo.models._transform import softyj

Features = NDArray[np.float32]

# Where an inactive column lies: outside of the unit interval, so that one split tells active from inactive.
_INACTIVE = -1.0
_MIN_VARIANCE = 1e-10
_N_TREES = 30
# For losses of variance 1. Without them the search often stays in the first good branch of a conditional space; on
# eight constructed problems, 3 seeds each, half of the slope and one and a half of it were no different.
_SLOPE, _FLOOR = 2.0, 0.005


def tree_features(X: Array, layout: ColumnLayout) -> Features:
    """Return points as trees see them: positions of numeric columns, an indicator for each level of the others.

    An inactive numeric column lies outside of the unit interval, and all indicators of an inactive column are 0.

    Examples
    --------
    >>> import numpy as np
    >>> layout = ColumnLayout.from_columns([("continuous", None), ("unordered", 3)])
    >>> tree_features(np.array([[0.5, 0.9], [np.nan, np.nan]]), layout).tolist()
    [[0.5, 0.0, 0.0, 1.0], [-1.0, 0.0, 0.0, 0.0]]
    """
    numeric = X[:, layout.numeric]
    blocks = [np.where(np.isnan(numeric), _INACTIVE, numeric)]
    for d in layout.categorical:
        levels = np.arange(layout.n_levels[d] or 0)
        # NaN is no level.
        level = np.minimum(np.floor(X[:, d] * len(levels)), len(levels) - 1)
        blocks.append((level[:, None] == levels).astype(np.float64))
    if len(layout.varying) == 0:
        # Trees want at least one feature.
        blocks = [np.zeros((len(X), 1))]
    return np.concatenate(blocks, axis=1, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class ForestPosterior(Posterior):
    """What a forest believes; see the notation above.

    Attributes
    ----------
    layout : ColumnLayout
        What the columns of the points are.
    trees : sequence of DecisionTreeRegressor
        The fitted trees.
    first : ndarray of shape (B,)
        Where the nodes of each tree begin in the two arrays below.
    means, variances : ndarray of shape (n_nodes,)
        Those of the losses in each node of all trees.
    measured : ndarray of shape (n, n_features)
        The points measured, E sqrt(w).
    weights : ndarray of shape (n_features,)
        sqrt(w).
    pending : ndarray of shape (n_pending, B)
        The leaves of the points whose results are still to come.
    incumbent : float
        The lowest loss observed or believed.
    """

    is_smooth: ClassVar[bool] = False

    layout: ColumnLayout
    trees: Sequence[DecisionTreeRegressor]
    first: Indices
    means: Array
    variances: Array
    measured: Array
    weights: Array
    pending: Indices
    incumbent: float

    @classmethod
    def from_data(
        cls, layout: ColumnLayout, trees: Sequence[DecisionTreeRegressor], E: Features, z: Array
    ) -> ForestPosterior:
        """Collect what the trees say that were fitted to the data."""
        n_nodes = [tree.tree_.node_count for tree in trees]
        weights = np.sqrt(np.mean([tree.feature_importances_ for tree in trees], axis=0))
        return cls(
            layout,
            trees,
            first=np.cumsum([0, *n_nodes[:-1]]),
            means=np.concatenate([tree.tree_.value[:, 0, 0] for tree in trees]),
            variances=np.concatenate([tree.tree_.impurity for tree in trees]),
            measured=E * weights,
            weights=weights,
            pending=np.empty((0, len(trees)), dtype=np.intp),
            incumbent=float(z.min()),
        )

    def predict(self, X: Array) -> Prediction:
        """Predict the loss at points of shape (m, n_columns)."""
        E = tree_features(X, self.layout)
        leaves = self._leaves(E)
        mu = self.means[leaves]
        variance = self.variances[leaves].mean(axis=1) + mu.var(axis=1)
        variance += _SLOPE * self._squared_distances(E) + _FLOOR
        for believed in self.pending:
            variance *= 1.0 - np.mean(leaves == believed, axis=1)
        return Prediction(mu.mean(axis=1), np.sqrt(np.maximum(variance, _MIN_VARIANCE)))

    def predict_gradient(self, x: Array) -> PredictionGradient:
        """Predict the loss at one point of shape (n_columns,); the derivatives of a step function are 0."""
        mean, sd = self.predict(x[None])
        return PredictionGradient(float(mean[0]), float(sd[0]), np.zeros(len(x)), np.zeros(len(x)))

    def condition(self, X: Array) -> ForestPosterior:
        """Return the posterior after points whose losses are believed to be their means.

        As for a Gaussian process, the mean function does not change by this and the variance near the points vanishes:
        at x it is multiplied by 1 - k(x, p) for each of them.
        """
        believed = float(self.predict(X).mean.min(initial=np.inf))
        pending = np.concatenate([self.pending, self._leaves(tree_features(X, self.layout))])
        return replace(self, pending=pending, incumbent=min(self.incumbent, believed))

    def _leaves(self, E: Features) -> Indices:
        """Return the nodes where points end, of shape (m, B)."""
        return np.stack([tree.apply(E, check_input=False) for tree in self.trees], axis=1) + self.first

    def _squared_distances(self, E: Features) -> Array:
        """Return d^2, of shape (m,)."""
        Q = E * self.weights
        # |q - r|^2 = |q|^2 + |r|^2 - 2 q r
        products = np.einsum("ij,ij->i", self.measured, self.measured) - 2.0 * Q @ self.measured.T
        nearest: Array = products.min(axis=1) + np.einsum("ij,ij->i", Q, Q)
        return np.clip(nearest, 0.0, 1.0)


class Forest(Surrogate):
    """A forest of extremely randomised trees over transformed losses.

    Parameters
    ----------
    layout : ColumnLayout
        What the columns of the points are.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(0, 1, 9)[:, None]
    >>> forest = Forest(ColumnLayout.from_columns([("continuous", None)]))
    >>> posterior = forest.fit(X, scores=-((X[:, 0] - 0.6) ** 2))
    >>> float(X[posterior.predict(X).mean.argmin(), 0])
    0.625
    """

    def __init__(self, layout: ColumnLayout) -> None:
        self.layout = layout

    def fit(
        self, X: Array, scores: Array, noisiness: Array | None = None, n_settled: int | None = None
    ) -> ForestPosterior:
        """Return the posterior given measured points; see `Surrogate.fit`."""
        E, z = tree_features(X, self.layout), softyj(-scores)
        # A seed of its own for every number of points: what one forest overlooks, the next one sees.
        weight = None if noisiness is None else 1.0 / noisiness
        forest = ExtraTreesRegressor(_N_TREES, random_state=len(X)).fit(E, z, sample_weight=weight)
        return ForestPosterior.from_data(self.layout, forest.estimators_, E, z)
