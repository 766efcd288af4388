"""Intervals of floats and integers."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import integers, reals

from skhpo.exceptions import InvalidSpaceError
from skhpo.space import Integer, Real


@given(dimension=reals(), unit=st.floats(0.0, 1.0))
def test_real_never_leaves_its_bounds(dimension, unit):
    """An estimator would reject C = 1000.0000000000001 in the middle of a search."""
    (value,) = dimension.decode(np.array([[unit]]))
    assert type(value) is float and dimension.low <= value <= dimension.high
    assert dimension.decode(np.array([[0.0], [1.0]])) == [dimension.low, dimension.high]
    assert dimension.encode([dimension.low, dimension.high]).ravel().tolist() == [0.0, 1.0]


@given(dimension=integers(), unit=st.floats(0.0, 1.0))
def test_integer_stays_a_python_int_within_its_bounds(dimension, unit):
    """`n_estimators` of a numpy type is rejected by some estimators."""
    (value,) = dimension.decode(np.array([[unit]]))
    assert type(value) is int and dimension.low <= value <= dimension.high
    assert dimension.decode(dimension.encode([value])) == [value]
    assert dimension.decode(np.array([[0.0], [1.0]])) == [dimension.low, dimension.high]


@given(value=st.integers(0, 2**53))
def test_integers_up_to_the_limit_of_floats_round_trip(value):
    """A seed drawn from a large range would change between proposal and fit."""
    dimension = Integer(0, 2**53)
    assert dimension.decode(dimension.encode([value])) == [value]


@given(unit=st.floats(0.0, 1.0))
def test_huge_log_integers_are_kept_to_43_digits(unit):
    """Duplicates could not be recognised if decoding and encoding drifted."""
    dimension = Integer(1, 2**53, "log-uniform")
    (value,) = dimension.decode(np.array([[unit]]))
    row = dimension.encode([value])
    assert dimension.decode(row) == [value] and 1 <= value <= 2**53
    assert dimension.canonical(np.array([[unit]])).tobytes() == row.tobytes()
    (back,) = dimension.decode(dimension.encode([2**53 - 12345]))
    assert math.isclose(back, 2**53 - 12345, rel_tol=2**-42)


def test_log_integers_are_equally_likely_per_ratio():
    """Small values would be lost in a uniform sample. False alarm below 1e-6 (5 standard deviations)."""
    for high in (1024, 2**20):
        values = np.array(Integer(1, high, "log-uniform").sample(np.random.default_rng(0), 4000))
        middle = math.log(math.sqrt(high) / 0.5) / math.log((high + 0.5) / 0.5)
        assert abs(np.mean(values < math.sqrt(high)) - middle) < 5 * 0.5 / math.sqrt(4000)


def test_large_offsets_are_exact():
    """Integers far from zero must not be rounded by floats."""
    dimension = Integer(10**30, 10**30 + 5)
    assert list(dimension.values()) == dimension.decode(dimension.encode(list(dimension.values())))
    far = Integer(2**44, 2**44 + 7, "log-uniform")
    assert list(far.values()) == far.decode(far.encode(list(far.values())))


def test_numbers_of_other_types_are_recognised():
    """A user's C=1 or numpy scalar lies in a range of floats."""
    assert Real(0, 2).encode([1, np.float32(1), np.int64(1), Fraction(1)]).ravel().tolist() == [0.5] * 4
    assert Integer(1, 3).encode([np.int64(2), 2]).ravel().tolist() == [0.5, 0.5]
    assert not Integer(1, 3).contains(2.0) and not Integer(0, 3).contains(True)
    assert not Real(0, 2).contains(True) and not Real(0, 2).contains("1")


def test_negative_zero_is_zero():
    """Equal values would be taken for different configurations."""
    for dimension in (Real(0, 1), Real(-1, 0), Real(-1, 1)):
        assert dimension.encode([-0.0]).tobytes() == dimension.encode([0.0]).tobytes()


def test_bounds_become_plain_numbers():
    """A numpy bound would leak into values and the JSON form."""
    assert type(Real(np.float32(0), np.int64(2)).high) is float
    assert type(Integer(np.int64(0), np.int32(2)).high) is int


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1.0, 1.0), "The 'low' of Real must be less than its 'high'. Got low=1.0 and high=1.0 instead."),
        ((2, 1), "Got low=2.0 and high=1.0 instead."),
        ((math.nan, 1), "The 'low' of Real must be a finite number. Got nan instead."),
        ((0, math.inf), "The 'high' of Real must be a finite number. Got inf instead."),
        ((True, 2), "The 'low' of Real must be a finite number. Got True instead."),
        (("0", 2), "The 'low' of Real must be a finite number. Got '0' instead."),
        ((None, 2), "Got None instead."),
        ((0, 1, "log-uniform"), "must be greater than 0 for the prior 'log-uniform'. Got 0.0 instead."),
        ((0, 1, "log"), "The 'prior' of Real must be 'uniform' or 'log-uniform'. Got 'log' instead."),
        ((0, 1, ["uniform"]), "Got ['uniform'] instead."),
        ((-1e308, 1.7e308), "The 'low' and 'high' of Real must differ by a finite number"),
    ],
)
def test_real_rejects(arguments, message):
    """A space that cannot be searched must be refused before the first fit."""
    with pytest.raises(InvalidSpaceError) as error:
        Real(*arguments)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, 3), "The 'low' of Integer must be less than its 'high'. Got low=3 and high=3 instead."),
        ((1.0, 3), "The 'low' of Integer must be an int. Got 1.0 instead."),
        ((1, True), "The 'high' of Integer must be an int. Got True instead."),
        ((0, 3, "log-uniform"), "The 'low' of Integer must be greater than 0"),
        ((0, 3, None), "The 'prior' of Integer must be 'uniform' or 'log-uniform'. Got None instead."),
        ((0, 2**53 + 1), "The 'high' of Integer must be at most low + 2**53"),
    ],
)
def test_integer_rejects(arguments, message):
    """A space that cannot be searched must be refused before the first fit."""
    with pytest.raises(InvalidSpaceError) as error:
        Integer(*arguments)
    assert message in str(error.value)
