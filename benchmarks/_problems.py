"""What every optimiser of `sample_efficiency.py` is given: hyperparameters, a problem, the score of a configuration.

Scores are greater-is-better; NaN is a failure. The parameters are written without any package's own classes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

Configuration = dict[str, Any]


class Condition(NamedTuple):
    """When a hyperparameter is active: for these values of another one."""

    parent: str
    values: tuple[Any, ...]


class Parameter(NamedTuple):
    """One hyperparameter."""

    name: str
    kind: str  # "real", "integer" or "choice"
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    choices: tuple[Any, ...] = ()
    when: Condition | None = None


def real(name: str, low: float, high: float, log: bool = False, when: Condition | None = None) -> Parameter:
    """Write a range of floats."""
    return Parameter(name, "real", float(low), float(high), log, (), when)


def integer(name: str, low: int, high: int, log: bool = False, when: Condition | None = None) -> Parameter:
    """Write a range of integers, both ends included."""
    return Parameter(name, "integer", low, high, log, (), when)


def choice(name: str, *choices: Any, when: Condition | None = None) -> Parameter:
    """Write unordered choices."""
    return Parameter(name, "choice", choices=choices, when=when)


class Evaluation(NamedTuple):
    """What one evaluation yields."""

    score: float
    test: float = math.nan  # held-out score, or the truth behind a noisy score
    seconds: float = 0.0  # CPU seconds which it cost
    folds: tuple[float, ...] = ()  # scores of the folds whose mean is the score


class Reference(NamedTuple):
    """The scale of a problem's regret."""

    best: float  # the highest score that is known
    best_of_random: float  # the highest of a large number of random configurations
    median: float  # of random configurations


@dataclass(frozen=True)
class Problem:
    """A search space and its objective.

    Attributes
    ----------
    key, group : str
        Its name, and the group which it is reported in.
    parameters : tuple of Parameter
        The space; a parent comes before its children.
    evaluate : callable
        From (configuration, seed of the run, number of the evaluation) to an `Evaluation`.
    refer : callable or None
        Computes the reference; None where it comes from the runs themselves.
    default : dict or None
        The estimator's own parameters; None where one of them is outside the space.
    """

    key: str
    group: str
    parameters: tuple[Parameter, ...]
    evaluate: Callable[[Configuration, int, int], Evaluation]
    refer: Callable[[], Reference] | None = None
    default: Configuration | None = None

    @property
    def is_conditional(self) -> bool:
        """Whether some hyperparameters are not always active."""
        return any(parameter.when for parameter in self.parameters)


def code(text: str) -> int:
    """Return the same number for the same text, in every process."""
    return crc32(text.encode())


def is_active(parameter: Parameter, configuration: Configuration) -> bool:
    """Tell whether a hyperparameter counts, given its parents' values."""
    when = parameter.when
    return when is None or (when.parent in configuration and configuration[when.parent] in when.values)


def only_active(parameters: Sequence[Parameter], flat: Configuration) -> Configuration:
    """Leave out what is not active, for optimisers that know no conditions."""
    configuration: Configuration = {}
    for parameter in parameters:
        if is_active(parameter, configuration):
            configuration[parameter.name] = flat[parameter.name]
    return configuration


def from_unit(parameter: Parameter, position: float) -> Any:
    """Return the value at a position between 0 and 1."""
    if parameter.kind == "choice":
        return parameter.choices[min(int(position * len(parameter.choices)), len(parameter.choices) - 1)]
    margin = 0.499 if parameter.kind == "integer" else 0.0
    low, high = parameter.low - margin, parameter.high + margin
    if parameter.log:
        value = math.exp(math.log(low) + position * (math.log(high) - math.log(low)))
    else:
        value = low + position * (high - low)
    return round(value) if parameter.kind == "integer" else min(max(value, parameter.low), parameter.high)


def draw(parameters: Sequence[Parameter], rng: np.random.Generator) -> Configuration:
    """Draw one configuration at random."""
    positions = rng.random(len(parameters))
    flat = {one.name: from_unit(one, u) for one, u in zip(parameters, positions, strict=True)}
    return only_active(parameters, flat)
