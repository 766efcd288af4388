"""Default spaces of trees, forests and scikit-learn's boosting."""

from __future__ import annotations

from typing import Any

from skhpo.defaults._entry import Entry, Size, shares_of_features
from skhpo.defaults._linear import balanced
from skhpo.space import Categorical, Dimension, Integer, Ordinal, Real

_TUNABILITY = "Probst, Boulesteix & Bischl (2019), Tunability: importance of hyperparameters"
_FOREST = "Probst, Wright & Boulesteix (2019), Hyperparameters and tuning strategies for random forest"
_BOOSTING = "Grinsztajn, Oyallon & Varoquaux (2022), Why do tree-based models still outperform deep learning"
_DEPTHS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, None]


def _tree(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "max_depth": Ordinal(_DEPTHS),
        "min_samples_leaf": Integer(1, size.at_most(100), prior="log-uniform"),
        "max_features": shares_of_features(size, estimator.max_features),
    }


def _tree_classifier(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        **_tree(estimator, size),
        "criterion": Categorical(["gini", "entropy"]),
        "class_weight": balanced(),
    }


def _forest(estimator: Any, size: Size) -> dict[str, Dimension]:
    # More trees are never worse: their number is a matter of time, not of tuning.
    space: dict[str, Dimension] = {
        "max_features": shares_of_features(size, estimator.max_features),
        "min_samples_leaf": Integer(1, size.at_most(50), prior="log-uniform"),
        "max_depth": Ordinal(_DEPTHS[2:]),
    }
    if estimator.bootstrap:
        space["max_samples"] = Ordinal([0.2, 0.35, 0.5, 0.65, 0.8, None])
    return space


def _forest_classifier(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        **_forest(estimator, size),
        "criterion": Categorical(["gini", "entropy"]),
        "class_weight": balanced(),
    }


def _histogram_boosting(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "learning_rate": Real(0.01, 0.5, prior="log-uniform"),
        "max_iter": Integer(30, 500, prior="log-uniform"),
        "max_leaf_nodes": Integer(4, 128, prior="log-uniform"),
        "min_samples_leaf": Integer(1, max(size.at_most(100), 20), prior="log-uniform"),
        "l2_regularization": Ordinal([0.0, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0]),
        "max_features": Real(0.2, 1.0),
    }


def _gradient_boosting(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "learning_rate": Real(0.01, 0.5, prior="log-uniform"),
        "n_estimators": Integer(30, 500, prior="log-uniform"),
        "max_depth": Integer(1, 8),
        "min_samples_leaf": Integer(1, size.at_most(50), prior="log-uniform"),
        "subsample": Real(0.4, 1.0),
        "max_features": shares_of_features(size, estimator.max_features),
    }


def _ada_boost(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "n_estimators": Integer(20, 500, prior="log-uniform"),
        "learning_rate": Real(0.01, 2.0, prior="log-uniform"),
    }


def _bagging(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"max_samples": Real(0.3, 1.0), "max_features": Real(0.3, 1.0)}


TREES: dict[str, Entry] = {
    "AdaBoostClassifier": Entry(_ada_boost, source=_BOOSTING),
    "AdaBoostRegressor": Entry(_ada_boost, source=_BOOSTING),
    "BaggingClassifier": Entry(_bagging, {"max_samples": 1.0}, _FOREST),
    "BaggingRegressor": Entry(_bagging, {"max_samples": 1.0}, _FOREST),
    "DecisionTreeClassifier": Entry(_tree_classifier, source=_TUNABILITY),
    "DecisionTreeRegressor": Entry(_tree, source=_TUNABILITY),
    "ExtraTreesClassifier": Entry(_forest_classifier, source=_FOREST),
    "ExtraTreesRegressor": Entry(_forest, source=_FOREST),
    "GradientBoostingClassifier": Entry(_gradient_boosting, source=_BOOSTING),
    "GradientBoostingRegressor": Entry(_gradient_boosting, source=_BOOSTING),
    "HistGradientBoostingClassifier": Entry(_histogram_boosting, source=_BOOSTING),
    "HistGradientBoostingRegressor": Entry(_histogram_boosting, source=_BOOSTING),
    "RandomForestClassifier": Entry(_forest_classifier, source=_FOREST),
    "RandomForestRegressor": Entry(_forest, source=_FOREST),
}
