"""Constructed problems, each with one difficulty and an optimum that is known: its score is 0.

The optima lie in the interior, at positions which no grid and no design of points hits by chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from _problems import (
    Condition,
    Configuration,
    Evaluation,
    Parameter,
    Problem,
    Reference,
    choice,
    code,
    draw,
    integer,
    real,
)

Loss = Callable[[Configuration], float]


def unit_reals(n: int, prefix: str = "x") -> tuple[Parameter, ...]:
    """Return reals between 0 and 1."""
    return tuple(real(f"{prefix}{i}", 0.0, 1.0) for i in range(n))


def optimum_of(key: str, n: int) -> np.ndarray:
    """Return where a problem has its optimum: the same in every run, well inside of the box."""
    return np.random.default_rng(code(key)).uniform(0.2, 0.8, n)


def offsets(configuration: Configuration, target: np.ndarray) -> np.ndarray:
    """Return how far x0, x1, ... are from their optimum."""
    return np.array([configuration[f"x{i}"] for i in range(len(target))]) - target


def ties_steps(configuration: Configuration) -> float:
    """Distance in four dimensions, in steps of an eighth: wide plateaus of equal scores."""
    return math.floor(8 * np.linalg.norm(offsets(configuration, optimum_of("ties_steps", 4)))) / 8


def ties_flat(configuration: Configuration) -> float:
    """Mostly one plateau, with a terraced pit that takes up a small part of the box."""
    distance = np.linalg.norm(offsets(configuration, optimum_of("ties_flat", 3)))
    return min(1.0, math.floor(distance / 0.07) / 6)


def ties_mixed(configuration: Configuration) -> float:
    """Like an accuracy on a small set: hundredths, a log-scaled strength and two choices."""
    strength = (math.log10(configuration["C"]) - 0.7) / 3
    loss = 0.08 * strength**2 + 0.03 * (configuration["scaler"] != "standard")
    loss += 0.02 * (configuration["weight"] == "balanced") + 0.01 * abs(configuration["degree"] - 3)
    return math.floor(100 * loss) / 100


def interaction_rotated(configuration: Configuration) -> float:
    """Ellipsoid of condition 1000 whose axes cross all five hyperparameters."""
    rotation, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(5, 5)))
    turned = rotation @ offsets(configuration, optimum_of("interaction_rotated", 5))
    return float(np.sum(10 ** np.linspace(0, 3, 5) * turned**2))


def interaction_valley(configuration: Configuration) -> float:
    """Rosenbrock's curved valley in four dimensions, optimum at 3/4 of each range."""
    x = np.array([4 * configuration[f"x{i}"] - 2 for i in range(4)])
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def interaction_switch(configuration: Configuration) -> float:
    """Two choices decide together where the optimum of three reals is; no choice is good by itself."""
    combination = (3 * "abc".index(configuration["a"]) + "xyz".index(configuration["b"])) % 9
    target = np.random.default_rng(900 + combination).uniform(0.2, 0.8, 3)
    penalty = (combination * 4 + 5) % 9 / 9  # 0 for one of the nine
    return float(np.sum(offsets(configuration, target) ** 2)) + 0.3 * penalty


def tree_models(configuration: Configuration) -> float:
    """Four models, each with hyperparameters of its own; the best one is not the best when untuned."""
    model = configuration["model"]
    if model == "svm":
        loss = 0.05 * (math.log10(configuration["C"]) - 1.2) ** 2
        if configuration["kernel"] == "rbf":
            return loss + 0.1 * (math.log10(configuration["gamma"]) + 1.6) ** 2
        return loss + 0.15 + 0.05 * abs(configuration["degree"] - 2)
    if model == "forest":
        return 0.12 + 0.1 * (configuration["features"] - 0.37) ** 2 + 0.002 * configuration["leaf"]
    if model == "boosting":
        rate = math.log10(configuration["rate"]) + 1.1
        return 0.04 + 0.08 * rate**2 + 0.01 * abs(math.log2(configuration["leaves"] / 12))
    return 0.3


def tree_deep(configuration: Configuration) -> float:
    """Five levels of choices, each opens two reals; leaving the path early costs less and less."""
    total, level = 0.0, 0
    while f"x{level}" in configuration:
        target = optimum_of(f"tree_deep{level}", 2)
        total += (configuration[f"x{level}"] - target[0]) ** 2 + (configuration[f"y{level}"] - target[1]) ** 2
        if f"go{level}" not in configuration or configuration[f"go{level}"] == "stop":
            break
        level += 1
    return total + 0.25 * (4 - level)


def sparse(key: str, n_active: int) -> Loss:
    """Return a loss that depends on the first few hyperparameters only, the first ones most."""

    def loss(configuration: Configuration) -> float:
        away = offsets(configuration, optimum_of(key, n_active))
        return float(np.sum(away**2 / (1 + np.arange(n_active))) + abs(away[0] * away[1]))

    return loss


def sparse_mixed(configuration: Configuration) -> float:
    """Return a loss in which one choice, one integer and two reals of thirty hyperparameters matter."""
    away = offsets(configuration, optimum_of("sparse_mixed", 2))
    return (
        float(np.sum(away**2))
        + 0.2 * ("abcd".index(configuration["c0"]) != 2)
        + 0.02 * abs(configuration["n0"] - 13)
    )


def failures_crash(configuration: Configuration) -> float:
    """Half of the box fails, and the optimum lies close to the border of it."""
    away = offsets(configuration, optimum_of("failures_crash", 4))
    return math.nan if away[0] + 0.5 * away[1] > 0.04 else float(np.sum(away**2))


def failures_heavy(configuration: Configuration) -> float:
    """One of four configurations is worse by something that has no finite mean, up to millions."""
    away = offsets(configuration, optimum_of("failures_heavy", 4))
    ripple = math.sin(37 * configuration["x0"]) * math.sin(41 * configuration["x1"])
    near = float(np.sum(away**2))
    heavy = abs(math.tan(1e4 * ripple)) ** 3 if ripple > 0.3 and near > 0.01 else 0.0
    return near + heavy


HARTMANN_A = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
HARTMANN_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def interior_hartmann(configuration: Configuration) -> float:
    """Hartmann's function of six dimensions, a broad pit and narrower ones."""
    x = np.array([configuration[f"x{i}"] for i in range(6)])
    inner = np.sum(HARTMANN_A * (x - HARTMANN_P) ** 2, axis=1)
    return 3.322368011415515 - float(np.array([1.0, 1.2, 3.0, 3.2]) @ np.exp(-inner))


def interior_ackley(configuration: Configuration) -> float:
    """Ackley's function of five dimensions: a hole among many local optima."""
    away = 20 * offsets(configuration, optimum_of("interior_ackley", 5))
    hole = 20 - 20 * math.exp(-0.2 * math.sqrt(np.mean(away**2)))
    return hole + math.e - math.exp(float(np.mean(np.cos(2 * math.pi * away))))


def interior_bowl(configuration: Configuration) -> float:
    """Bowl over the seven kinds of scales that a learning rate and its friends have."""
    return (
        0.2 * (math.log10(configuration["rate"]) + 2.3) ** 2
        + 0.05 * (math.log2(configuration["batch"]) - 6) ** 2
        + (configuration["momentum"] - 0.71) ** 2
        + 2 * (configuration["dropout"] - 0.28) ** 2
        + 0.04 * (configuration["layers"] - 3) ** 2
    )


MODELS = (
    choice("model", "svm", "forest", "boosting", "dummy"),
    real("C", 1e-3, 1e4, True, Condition("model", ("svm",))),
    choice("kernel", "rbf", "poly", when=Condition("model", ("svm",))),
    real("gamma", 1e-5, 1e2, True, Condition("kernel", ("rbf",))),
    integer("degree", 1, 6, when=Condition("kernel", ("poly",))),
    real("features", 0.05, 1.0, when=Condition("model", ("forest",))),
    integer("leaf", 1, 30, True, Condition("model", ("forest",))),
    real("rate", 1e-3, 1.0, True, Condition("model", ("boosting",))),
    integer("leaves", 2, 128, True, Condition("model", ("boosting",))),
)
SCALES = (
    real("rate", 1e-5, 1.0, True),
    integer("batch", 8, 512, True),
    real("momentum", 0.0, 1.0),
    real("dropout", 0.0, 0.9),
    integer("layers", 1, 8),
)
ACCURACY = (
    real("C", 1e-4, 1e4, True),
    choice("scaler", "none", "standard", "minmax", "robust"),
    choice("weight", "none", "balanced"),
    integer("degree", 1, 6),
)


def deep_parameters() -> tuple[Parameter, ...]:
    """Return the space of `tree_deep`."""
    parameters: list[Parameter] = []
    for level in range(5):
        when = Condition(f"go{level - 1}", ("on",)) if level else None
        parameters += [real(f"{name}{level}", 0.0, 1.0, when=when) for name in "xy"]
        if level < 4:
            parameters.append(choice(f"go{level}", "stop", "on", when=when))
    return tuple(parameters)


def mixed_parameters() -> tuple[Parameter, ...]:
    """Return the thirty hyperparameters of `sparse_mixed`."""
    choices = tuple(choice(f"c{i}", *"abcd") for i in range(6))
    integers = tuple(integer(f"n{i}", 1, 20) for i in range(6))
    return unit_reals(18) + choices + integers


SWITCH = (choice("a", *"abc"), choice("b", *"xyz"), *unit_reals(3))

#: Name, space, loss, and the standard deviation of the noise as a share of what random configurations differ by.
TABLE: tuple[tuple[str, tuple[Parameter, ...], Loss, float], ...] = (
    ("ties_steps", unit_reals(4), ties_steps, 0.0),
    ("ties_flat", unit_reals(3), ties_flat, 0.0),
    ("ties_mixed", ACCURACY, ties_mixed, 0.0),
    ("interaction_rotated", unit_reals(5), interaction_rotated, 0.0),
    ("interaction_valley", unit_reals(4), interaction_valley, 0.0),
    ("interaction_switch", SWITCH, interaction_switch, 0.0),
    ("tree_models", MODELS, tree_models, 0.0),
    ("tree_deep", deep_parameters(), tree_deep, 0.0),
    ("sparse_30", unit_reals(30), sparse("sparse_30", 3), 0.0),
    ("sparse_60", unit_reals(60), sparse("sparse_60", 5), 0.0),
    ("sparse_mixed", mixed_parameters(), sparse_mixed, 0.0),
    ("failures_crash", unit_reals(4), failures_crash, 0.0),
    ("failures_heavy", unit_reals(4), failures_heavy, 0.0),
    ("interior_hartmann", unit_reals(6), interior_hartmann, 0.0),
    ("interior_ackley", unit_reals(5), interior_ackley, 0.0),
    ("interior_bowl", SCALES, interior_bowl, 0.0),
    ("noisy_hartmann", unit_reals(6), interior_hartmann, 0.3),
    ("noisy_bowl", SCALES, interior_bowl, 0.3),
    ("noisy_tree", MODELS, tree_models, 0.2),
)


def build(key: str, parameters: tuple[Parameter, ...], loss: Loss, noise: float) -> Problem:
    """Make a problem of a line of the table."""
    rng = np.random.default_rng(code(key))
    losses = np.array([loss(draw(parameters, rng)) for _ in range(2000)])
    finite = losses[np.isfinite(losses)]
    quartiles = np.percentile(finite, [25, 50, 75])
    deviation = noise * float(quartiles[2] - quartiles[0])
    reference = Reference(0.0, -float(finite.min()), -float(quartiles[1]))

    def evaluate(configuration: Configuration, seed: int, number: int) -> Evaluation:
        truth = -loss(configuration)
        if not deviation:
            return Evaluation(truth)
        draws = np.random.default_rng([code(key), seed, number])
        return Evaluation(truth + deviation * draws.normal(), truth)

    return Problem(key, "constructed", parameters, evaluate, lambda: reference)


def problems() -> dict[str, Callable[[], Problem]]:
    """Return builders of all constructed problems by name."""
    return {line[0]: lambda line=line: build(*line) for line in TABLE}
