"""The notations accepted for a dimension, and how each becomes one.

Dimensions of scikit-optimize and Optuna are recognised by module and class name: nothing optional is imported. A new
notation is one function and one line in `CONVERTERS`.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from skhpo.exceptions import InvalidDimensionTypeError, InvalidSpaceError
from skhpo.space._categorical import Categorical, Ordinal, as_list
from skhpo.space._dimension import Dimension
from skhpo.space._distribution import Distribution, is_distribution
from skhpo.space._numeric import Integer, Real, is_integer
from skhpo.space._values import short_repr

EXPECTED = "a (low, high) tuple, a list of choices, a Dimension or a scipy.stats distribution"


def to_dimension(value: Any, tuples_are_choices: bool = False) -> Dimension:
    """Turn what a user wrote for one hyperparameter into a dimension.

    Parameters
    ----------
    value : object
        See `CONVERTERS`.
    tuples_are_choices : bool, default=False
        Read a tuple as a list of choices, as scikit-learn's own searches do.

    Returns
    -------
    Dimension
        The domain.

    Raises
    ------
    InvalidDimensionTypeError
        If the value is not a domain at all.
    InvalidSpaceError
        If it is one, with bounds or choices that cannot be.

    Examples
    --------
    >>> to_dimension((1e-3, 1e3, "log-uniform"))
    Real(low=0.001, high=1000.0, prior='log-uniform')
    >>> to_dimension((1, 8))
    Integer(low=1, high=8, prior='uniform')
    """
    if tuples_are_choices and isinstance(value, tuple):
        return Categorical(value)
    for convert in CONVERTERS:
        dimension = convert(value)
        if dimension is not None:
            return dimension
    raise InvalidDimensionTypeError(f"It must be {EXPECTED}. Got {short_repr(value)} instead.")


def _from_dimension(value: Any) -> Dimension | None:
    return value if isinstance(value, Dimension) else None


def _from_tuple(value: Any) -> Dimension | None:
    if not isinstance(value, tuple):
        return None
    # bools pass as numbers here, so that the message about them names the bound
    are_numbers = all(isinstance(bound, numbers.Real) for bound in value[:2])
    if not are_numbers or len(value) not in (2, 3) or not all(isinstance(prior, str) for prior in value[2:]):
        raise InvalidDimensionTypeError(
            "A tuple must be (low, high) or (low, high, prior) with two numbers; write a list for choices. "
            f"Got {short_repr(value)} instead."
        )
    return _range(value[0], value[1], *value[2:])


def _range(low: Any, high: Any, prior: Any = "uniform") -> Dimension:
    both_integer = is_integer(low) and is_integer(high)
    return Integer(low, high, prior) if both_integer else Real(low, high, prior)


def _from_choices(value: Any) -> Dimension | None:
    choices = as_list(value)
    return None if choices is None else Categorical(choices)


def _from_scipy(value: Any) -> Dimension | None:
    if not is_distribution(value):
        return None
    name = getattr(getattr(value, "dist", None), "name", "")
    low, high = value.support()
    if name == "randint" and high > low:
        return Integer(int(low), int(high))
    if name == "uniform" and math.isfinite(high - low):
        return Real(float(low), float(high))
    # with a `loc` the distribution is a shifted one, whose logarithm is not uniform
    is_log = name in ("loguniform", "reciprocal")
    if is_log and math.isclose(value.median(), math.sqrt(low) * math.sqrt(high), rel_tol=1e-6):
        return Real(float(low), float(high), "log-uniform")
    return Distribution(value)


def _from_skopt(value: Any) -> Dimension | None:
    kind = _foreign_kind(value, "skopt", ("Real", "Integer", "Categorical"))
    if kind is None:
        return None
    if kind == "Categorical":
        return Categorical(list(value.categories))
    return (Real if kind == "Real" else Integer)(value.low, value.high, value.prior)


def _from_optuna(value: Any) -> Dimension | None:
    kind = _foreign_kind(value, "optuna", ("FloatDistribution", "IntDistribution", "CategoricalDistribution"))
    if kind is None:
        return None
    if kind == "CategoricalDistribution":
        return Categorical(list(value.choices))
    if value.low == value.high:
        return Categorical([value.low])
    step = 1 if value.step is None else value.step
    if value.step is not None and (kind == "FloatDistribution" or step != 1):
        return Ordinal(_steps(value.low, value.high, step))
    prior = "log-uniform" if value.log else "uniform"
    return (Real if kind == "FloatDistribution" else Integer)(value.low, value.high, prior)


def _steps(low: Any, high: Any, step: Any) -> Sequence[Any]:
    """List low, low + step, ... up to high, in decimals as Optuna does, so that 0.1 + 2 * 0.1 is 0.3."""
    first, width = Decimal(str(low)), Decimal(str(step))
    count = int((Decimal(str(high)) - first) // width) + 1
    return [type(low)(first + i * width) for i in range(count)]


def _foreign_kind(value: Any, package: str, names: Sequence[str]) -> str | None:
    """Name the class of another package that a value is an instance of."""
    bases = type(value).__mro__
    found = [base.__name__ for base in bases if base.__module__.split(".")[0] == package]
    return next((name for name in found if name in names), None)


CONVERTERS: tuple[Callable[[Any], Dimension | None], ...] = (
    _from_dimension,
    _from_tuple,
    _from_choices,
    _from_scipy,
    _from_skopt,
    _from_optuna,
)


def convert_named(name: Any, value: Any, tuples_are_choices: bool = False) -> Dimension:
    """Convert the domain of one hyperparameter, naming it in errors."""
    if not isinstance(name, str) or not name:
        raise InvalidSpaceError(
            f"The names of parameters in a search space must be non-empty strings. Got {short_repr(name)} instead."
        )
    try:
        return to_dimension(value, tuples_are_choices)
    except InvalidDimensionTypeError as error:
        reason = str(error).removeprefix("It ")
        verb = " " if reason != str(error) else " is not valid. "
        raise InvalidDimensionTypeError(f"The search space of parameter {name!r}{verb}{reason}") from error
    except InvalidSpaceError as error:
        raise InvalidSpaceError(f"The search space of parameter {name!r} is not valid. {error}") from error
