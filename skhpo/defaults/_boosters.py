"""Default spaces of XGBoost, LightGBM and CatBoost, none of which has to be installed."""

from __future__ import annotations

from typing import Any

from skhpo.defaults._entry import Entry, Size
from skhpo.space import Dimension, Integer, Real

_TABREPO = "Salinas & Erickson (2024), TabRepo: a large scale repository of tabular model evaluations"
_BOOSTING = "Grinsztajn, Oyallon & Varoquaux (2022), Why do tree-based models still outperform deep learning"


def _xgboost(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "learning_rate": Real(0.005, 0.5, prior="log-uniform"),
        "n_estimators": Integer(50, 1000, prior="log-uniform"),
        "max_depth": Integer(1, 12),
        "min_child_weight": Real(0.1, 100.0, prior="log-uniform"),
        "subsample": Real(0.4, 1.0),
        "colsample_bytree": Real(0.3, 1.0),
        "reg_lambda": Real(1e-3, 100.0, prior="log-uniform"),
        "reg_alpha": Real(1e-4, 10.0, prior="log-uniform"),
    }


def _lightgbm(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "learning_rate": Real(0.005, 0.5, prior="log-uniform"),
        "n_estimators": Integer(50, 1000, prior="log-uniform"),
        "num_leaves": Integer(4, 256, prior="log-uniform"),
        "min_child_samples": Integer(1, max(size.at_most(100), 20), prior="log-uniform"),
        "colsample_bytree": Real(0.3, 1.0),
        "reg_lambda": Real(1e-4, 100.0, prior="log-uniform"),
        "reg_alpha": Real(1e-4, 10.0, prior="log-uniform"),
    }


def _catboost(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "learning_rate": Real(0.01, 0.5, prior="log-uniform"),
        "iterations": Integer(100, 1000, prior="log-uniform"),
        "depth": Integer(3, 10),
        "l2_leaf_reg": Real(0.5, 30.0, prior="log-uniform"),
        "random_strength": Real(0.1, 10.0, prior="log-uniform"),
    }


_XGBOOST_START = {
    "learning_rate": 0.3,
    "n_estimators": 100,
    "max_depth": 6,
    "min_child_weight": 1.0,
    "subsample": 1.0,
    "colsample_bytree": 1.0,
    "reg_lambda": 1.0,
    "reg_alpha": 1e-4,
}
_LIGHTGBM_START = {"reg_lambda": 1e-4, "reg_alpha": 1e-4}
_CATBOOST_START = {
    "learning_rate": 0.05,
    "iterations": 1000,
    "depth": 6,
    "l2_leaf_reg": 3.0,
    "random_strength": 1.0,
}

BOOSTERS: dict[str, Entry] = {
    "CatBoostClassifier": Entry(_catboost, _CATBOOST_START, _TABREPO),
    "CatBoostRegressor": Entry(_catboost, _CATBOOST_START, _TABREPO),
    "LGBMClassifier": Entry(_lightgbm, _LIGHTGBM_START, _BOOSTING),
    "LGBMRegressor": Entry(_lightgbm, _LIGHTGBM_START, _BOOSTING),
    "XGBClassifier": Entry(_xgboost, _XGBOOST_START, _BOOSTING),
    "XGBRegressor": Entry(_xgboost, _XGBOOST_START, _BOOSTING),
}
