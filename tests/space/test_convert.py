"""Notations: what users write for a hyperparameter, and the dimension it becomes."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from skhpo.exceptions import InvalidDimensionTypeError, InvalidSpaceError
from skhpo.space import Categorical, Distribution, Integer, Ordinal, Real, SearchSpace
from skhpo.space._convert import to_dimension


def foreign(module, name, **attributes):
    """An instance of a class that looks as if another package had defined it."""
    return type(name, (SimpleNamespace,), {"__module__": module})(**attributes)


@pytest.mark.parametrize(
    ("notation", "expected"),
    [
        ((1, 10), Integer(1, 10)),
        ((np.int64(1), 10), Integer(1, 10)),
        ((1, 10.0), Real(1, 10)),
        ((1, 10, "log-uniform"), Integer(1, 10, "log-uniform")),
        ((0.1, 10, "log-uniform"), Real(0.1, 10, "log-uniform")),
        ([1, 10], Categorical([1, 10])),
        ([3], Categorical([3])),
        (range(3), Categorical([0, 1, 2])),
        (np.array([1, 2]), Categorical([1, 2])),
        (np.array(["a", "b"]), Categorical(["a", "b"])),
        (pd.Series([1.5, 2.5]), Categorical([1.5, 2.5])),
        (pd.Index(["a"]), Categorical(["a"])),
        (pd.RangeIndex(2), Categorical([0, 1])),
        (Ordinal([1, 2]), Ordinal([1, 2])),
        (scipy.stats.uniform(1, 4), Real(1, 5)),
        (scipy.stats.loguniform(1e-2, 1e2), Real(1e-2, 1e2, "log-uniform")),
        (scipy.stats.reciprocal(1e-2, 1e2), Real(1e-2, 1e2, "log-uniform")),
        (scipy.stats.randint(1, 5), Integer(1, 4)),
        (scipy.stats.randint(low=1, high=5, loc=2), Integer(3, 6)),
        (scipy.stats.randint(3, 4), Distribution(scipy.stats.randint(3, 4))),
        (scipy.stats.loguniform(1, 10, loc=5), Distribution(scipy.stats.loguniform(1, 10, loc=5))),
        (scipy.stats.norm(1, 2), Distribution(scipy.stats.norm(1, 2))),
    ],
)
def test_notations(notation, expected):
    """A notation that is misread searches another space than the user meant."""
    dimension = to_dimension(notation)
    assert dimension == expected and dimension.to_dict() == expected.to_dict()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (foreign("skopt.space.space", "Real", low=1, high=2, prior="log-uniform"), Real(1, 2, "log-uniform")),
        (foreign("skopt.space.space", "Integer", low=1, high=2, prior="uniform"), Integer(1, 2)),
        (foreign("skopt.space.space", "Categorical", categories=("a", 1)), Categorical(["a", 1])),
        (
            foreign("optuna.distributions", "FloatDistribution", low=0.1, high=0.5, log=True, step=None),
            Real(0.1, 0.5, "log-uniform"),
        ),
        (
            foreign("optuna.distributions", "FloatDistribution", low=0.1, high=0.55, log=False, step=0.1),
            Ordinal([0.1, 0.2, 0.3, 0.4, 0.5]),
        ),
        (
            foreign("optuna.distributions", "IntDistribution", low=1, high=9, log=False, step=1),
            Integer(1, 9),
        ),
        (
            foreign("optuna.distributions", "IntDistribution", low=2, high=9, log=False, step=3),
            Ordinal([2, 5, 8]),
        ),
        (
            foreign("optuna.distributions", "IntDistribution", low=2, high=2, log=False, step=1),
            Categorical([2]),
        ),
        (
            foreign("optuna.distributions", "CategoricalDistribution", choices=(None, "a")),
            Categorical([None, "a"]),
        ),
    ],
)
def test_dimensions_of_other_packages(value, expected):
    """Users of scikit-optimize and Optuna keep their spaces."""
    assert to_dimension(value) == expected


@pytest.mark.parametrize(
    "value",
    [1.0, None, "rbf", {1, 2}, {"a": 1}, np.array(3), np.ones((2, 2)), object(), Real, len,
     scipy.stats.norm, (x for x in [1])],
)  # fmt: skip
def test_other_values_are_no_domains(value):
    """A string would be searched letter by letter, a set in no fixed order."""
    with pytest.raises(InvalidDimensionTypeError) as error:
        SearchSpace({"C": value})
    assert isinstance(error.value, TypeError)
    assert str(error.value).startswith(
        "The search space of parameter 'C' must be a (low, high) tuple, a list of choices, a Dimension or a "
        "scipy.stats distribution. Got "
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (("a", "b"), "write a list for choices. Got ('a', 'b') instead."),
        ((), "write a list for choices. Got () instead."),
        ((1,), "must be (low, high) or (low, high, prior) with two numbers"),
        ((1, 2, 3), "must be (low, high) or (low, high, prior) with two numbers"),
        ((None, 5), "must be (low, high) or (low, high, prior) with two numbers"),
        ((5, 1), "The 'low' of Integer must be less than its 'high'. Got low=5 and high=1 instead."),
        ((0.0, math.inf), "The 'high' of Real must be a finite number. Got inf instead."),
        ((math.nan, 1.0), "The 'low' of Real must be a finite number. Got nan instead."),
        ((True, False), "The 'low' of Real must be a finite number. Got True instead."),
        ((0, 10, "log-uniform"), "The 'low' of Integer must be greater than 0 for the prior 'log-uniform'."),
        ((1, 10, "log"), "The 'prior' of Integer must be 'uniform' or 'log-uniform'. Got 'log' instead."),
        ([], "The 'choices' of Categorical must be a non-empty list of values. Got [] instead."),
        (np.array([]), "The 'choices' of Categorical must be a non-empty list of values."),
        (scipy.stats.norm(0, -1), "The 'rv' of Distribution must have valid parameters."),
    ],
)
def test_impossible_domains_are_named(value, message):
    """A user would have to guess which parameter's range is wrong."""
    with pytest.raises(InvalidSpaceError) as error:
        SearchSpace({"svc__C": value})
    assert str(error.value).startswith("The search space of parameter 'svc__C' is not valid. ")
    assert message in str(error.value)
