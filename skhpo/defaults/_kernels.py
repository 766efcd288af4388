"""Default spaces of support vector machines, kernel methods and nearest neighbours."""

from __future__ import annotations

from typing import Any

from skhpo.defaults._entry import Entry, Size
from skhpo.defaults._linear import balanced
from skhpo.space import Categorical, Dimension, Integer, Real

_TUNABILITY = "Probst, Boulesteix & Bischl (2019), Tunability: importance of hyperparameters"


def _support_vectors(estimator: Any, size: Size) -> dict[str, Dimension]:
    space: dict[str, Dimension] = {"C": Real(1e-2, 1e4, prior="log-uniform")}
    if estimator.kernel in ("rbf", "poly", "sigmoid"):
        # Of scaled features; wide data need a narrow one.
        space["gamma"] = Real(1e-3 / size.n_features, 1e2 / size.n_features, prior="log-uniform")
    return space


def _svc(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {**_support_vectors(estimator, size), "class_weight": balanced()}


def _svr(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {**_support_vectors(estimator, size), "epsilon": Real(1e-3, 1.0, prior="log-uniform")}


def _linear_svr(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"C": Real(1e-4, 1e3, prior="log-uniform"), "epsilon": Real(0.0, 1.0)}


def _kernel_ridge(estimator: Any, size: Size) -> dict[str, Dimension]:
    space: dict[str, Dimension] = {"alpha": Real(1e-6, 1e2, prior="log-uniform")}
    if estimator.kernel in ("rbf", "laplacian", "poly", "polynomial", "sigmoid"):
        space["gamma"] = Real(1e-3 / size.n_features, 1e2 / size.n_features, prior="log-uniform")
    return space


def _neighbors(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "n_neighbors": Integer(1, max(size.at_most(100, 0.5), 5), prior="log-uniform"),
        "weights": Categorical(["uniform", "distance"]),
        "p": Categorical([1, 2]),
    }


def _nystroem(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "n_components": Integer(10, max(size.at_most(500, 0.5), 100), prior="log-uniform"),
        "gamma": Real(1e-3 / size.n_features, 1e2 / size.n_features, prior="log-uniform"),
    }


def _one_over_features(size: Size) -> float:
    """What "scale" and "auto" mean for scaled features."""
    return 1.0 / size.n_features


_START = {"gamma": _one_over_features}

KERNELS: dict[str, Entry] = {
    "KNeighborsClassifier": Entry(_neighbors, source=_TUNABILITY),
    "KNeighborsRegressor": Entry(_neighbors, source=_TUNABILITY),
    "KernelRidge": Entry(_kernel_ridge, _START, _TUNABILITY),
    "LinearSVR": Entry(_linear_svr, source=_TUNABILITY),
    "Nystroem": Entry(_nystroem, _START, _TUNABILITY),
    "SVC": Entry(_svc, _START, _TUNABILITY),
    "SVR": Entry(_svr, _START, _TUNABILITY),
}
