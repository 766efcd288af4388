"""Default spaces of neural networks."""

from __future__ import annotations

from typing import Any

from skhpo.defaults._entry import Entry, Size
from skhpo.space import Categorical, Dimension, Ordinal, Real

_NETWORKS = "Gorishniy et al. (2021), Revisiting deep learning models for tabular data"


def _perceptron(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "hidden_layer_sizes": Categorical([(25,), (50,), (100,), (200,), (50, 50), (100, 100), (200, 200)]),
        "alpha": Real(1e-6, 10.0, prior="log-uniform"),
        "learning_rate_init": Real(1e-4, 0.05, prior="log-uniform"),
        "activation": Categorical(["relu", "tanh"]),
        "early_stopping": Categorical([False, True]),
    }


def _skorch(estimator: Any, size: Size) -> dict[str, Dimension]:
    # What the module's own arguments may be, only its author knows.
    space: dict[str, Dimension] = {
        "lr": Real(1e-4, 0.3, prior="log-uniform"),
        "batch_size": Ordinal([16, 32, 64, 128, 256]),
    }
    if (
        "weight_decay"
        in getattr(getattr(estimator, "optimizer", None), "__init__", _skorch).__code__.co_varnames
    ):
        space["optimizer__weight_decay"] = Real(1e-7, 0.1, prior="log-uniform")
    return space


_SKORCH_START = {"optimizer__weight_decay": 1e-7}

NETWORKS: dict[str, Entry] = {
    "MLPClassifier": Entry(_perceptron, source=_NETWORKS),
    "MLPRegressor": Entry(_perceptron, source=_NETWORKS),
    "NeuralNetBinaryClassifier": Entry(_skorch, _SKORCH_START, _NETWORKS),
    "NeuralNetClassifier": Entry(_skorch, _SKORCH_START, _NETWORKS),
    "NeuralNetRegressor": Entry(_skorch, _SKORCH_START, _NETWORKS),
}
