"""Tuning of neural networks on twelve tables: surrogates of real studies (LCBench, as packed by YAHPO Gym).

The data are public: https://github.com/slds-lmu/yahpo_data, folder `lcbench` (Apache-2.0; made from LCBench, Zimmer,
Lindauer and Hutter, 2021). The objective is the validation accuracy after the last epoch, in percent.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from _problems import Configuration, Evaluation, Parameter, Problem, Reference, integer, real

TASKS = (7593, 167185, 167190, 3945, 34539, 126026, 146212, 167104, 168330, 168868, 189354, 189862)
#: In the order of the surrogate's inputs; the epoch comes before them.
NAMES = ("batch_size", "learning_rate", "momentum", "weight_decay", "num_layers", "max_units", "max_dropout")
LAST_EPOCH = 52
VAL_ACCURACY = 1
N_RANDOM = 50_000


@lru_cache
def session(path: str) -> Any:
    """Load the surrogate once per process."""
    onnxruntime = importlib.import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(Path(path) / "model.onnx"), options)


@lru_cache
def codes(path: str) -> dict[str, int]:
    """Read by which number the surrogate knows a task."""
    return json.loads((Path(path) / "encoding.json").read_text())["OpenML_task_id"]


@lru_cache
def parameters(path: str) -> tuple[Parameter, ...]:
    """Read the seven hyperparameters."""
    described = json.loads((Path(path) / "config_space.json").read_text())["hyperparameters"]
    by_name = {one["name"]: one for one in described}
    return tuple(
        (integer if one["type"] == "uniform_int" else real)(name, one["lower"], one["upper"], one["log"])
        for name, one in ((name, by_name[name]) for name in NAMES)
    )


def accuracies(path: str, task: int, values: np.ndarray, n_epochs: int = LAST_EPOCH) -> np.ndarray:
    """Return the accuracy of many configurations, one a row, in natural units."""
    epochs = np.full((len(values), 1), n_epochs)
    inputs = {
        "x_cat": np.full((len(values), 1), codes(path)[str(task)], dtype=np.int32),
        "x_cont": np.hstack([epochs, values]).astype(np.float32),
    }
    return session(path).run(None, inputs)[0][:, VAL_ACCURACY].astype(float)


def natural(space: tuple[Parameter, ...], unit: np.ndarray) -> np.ndarray:
    """Turn positions in the unit cube into values, column by column."""
    columns = []
    for parameter, position in zip(space, unit.T, strict=True):
        margin = 0.499 if parameter.kind == "integer" else 0.0
        ends = np.array([parameter.low - margin, parameter.high + margin])
        low, high = np.log(ends) if parameter.log else ends
        value = low + position * (high - low)
        value = np.exp(value) if parameter.log else value
        value = np.rint(value) if parameter.kind == "integer" else value
        columns.append(np.clip(value, parameter.low, parameter.high))
    return np.stack(columns, axis=1)


def neighbours(points: np.ndarray, step: float, rng: np.random.Generator) -> np.ndarray:
    """Return 100 changes of each point: most small ones, some to anywhere, some to the border."""
    shape = (len(points), 100, points.shape[1])
    changed = np.where(rng.random(shape) < 2 / points.shape[1], rng.normal(0, step, shape), 0.0)
    near = np.clip(points[:, None] + changed, 0, 1)
    near = np.where(rng.random(shape) < 0.03, rng.random(shape), near)
    return np.where(rng.random(shape) < 0.03, rng.integers(0, 2, shape), near)


def refer(path: str, task: int) -> Reference:
    """Look long for the best: random configurations, then a local search from 60 of the better ones."""
    space, rng = parameters(path), np.random.default_rng(task)
    points = rng.random((N_RANDOM, len(space)))
    scores = accuracies(path, task, natural(space, points))
    best_of_random, median = float(scores.max()), float(np.median(scores))
    order = np.argsort(-scores)
    first = np.concatenate([order[:20], rng.choice(order[20:5000], 40, replace=False)])
    points, scores = points[first], scores[first]
    for step in 0.25 * 0.92 ** np.arange(80):
        near = neighbours(points, step, rng)
        found = accuracies(path, task, natural(space, near.reshape(-1, len(space)))).reshape(len(points), -1)
        winner = (np.arange(len(points)), found.argmax(axis=1))
        better = found[winner] > scores
        points = np.where(better[:, None], near[winner], points)
        scores = np.where(better, found[winner], scores)
    return Reference(float(scores.max()), best_of_random, median)


def build(path: str, task: int) -> Problem:
    """Make a problem of one task."""

    def evaluate(configuration: Configuration, seed: int, number: int) -> Evaluation:
        values = np.array([[configuration[name] for name in NAMES]], dtype=float)
        return Evaluation(float(accuracies(path, task, values)[0]))

    return Problem(f"lcbench_{task}", "lcbench", parameters(path), evaluate, lambda: refer(path, task))


def problems(path: str | None) -> dict[str, Callable[[], Problem]]:
    """Return builders of the tasks by name; none, with a line, where data or onnxruntime are missing."""
    try:
        if path is None:
            raise ImportError("--lcbench PATH is not given")
        importlib.import_module("onnxruntime")
    except ImportError as error:
        print(f"skipped: LCBench ({error}); data: https://github.com/slds-lmu/yahpo_data, folder lcbench")
        return {}
    return {f"lcbench_{task}": lambda task=task: build(path, task) for task in TASKS}
