"""Tuples whose length and entries are hyperparameters."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skhpo.exceptions import InvalidDimensionTypeError, InvalidSpaceError
from skhpo.space import Categorical, Column, Integer, Real, Tuple


def test_columns_are_length_and_entries():
    """A model would take layers that do not exist for layers of size 0."""
    layers = Tuple((1, 4), length=(1, 3))
    assert layers.columns == (Column("ordered", 3), *[Column("ordered", 4)] * 3)
    np.testing.assert_allclose(
        layers.encode([(1, 4), (2,)]), [[0.5, 0.125, 0.875, math.nan], [1 / 6, 0.375, math.nan, math.nan]]
    )
    assert layers.n_values == 4 + 16 + 64


def test_lengths():
    """No hidden layer at all, and a fixed number of them, are both common."""
    assert list(Tuple([5], length=(0, 2)).values()) == [(), (5,), (5, 5)]
    assert list(Tuple([1, 2], length=2).values()) == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert Tuple((0.0, 1.0), length=2).n_values is None


def test_no_rows():
    """A sub-space that no point falls into raised "cannot reshape array of size 0" (found by Hypothesis)."""
    assert Tuple((1, 4)).canonical(np.empty((0, 4))).shape == (0, 4)


def test_entries_may_be_tuples():
    """Composites compose."""
    nested = Tuple(Tuple([1, 2], length=(1, 2)), length=(1, 2))
    values = list(nested.values())
    assert nested.n_values == len(values) == 6 + 36
    assert nested.decode(nested.encode(values)) == values
    assert nested.canonical(nested.encode(values)).tobytes() == nested.encode(values).tobytes()


@pytest.mark.parametrize("value", [[1, 2], (), (1, 2, 3, 4), (0,), (1, 2.0), 1, None, "12"])
def test_values_outside(value):
    """A list or a wrong entry would reach the estimator."""
    assert not Tuple((1, 4)).contains(value)


def test_entry_must_be_a_domain_without_conditions():
    """A condition inside a tuple could not be decided."""
    with pytest.raises(InvalidSpaceError, match="The 'entry' of Tuple must be without conditions"):
        Tuple(Integer(1, 3, when={"a": [1]}))
    with pytest.raises(InvalidDimensionTypeError, match="must be a .low, high. tuple"):
        Tuple(3)


@pytest.mark.parametrize("length", [0, -1, (2, 1), (0, 0), (-1, 2), (1.0, 2), "12", None, (1, 2, 3), True])
def test_length_must_be_possible(length):
    """A slip in the length would surface at the first sample."""
    with pytest.raises(InvalidSpaceError, match="The 'length' of Tuple must be a positive int or a pair"):
        Tuple((1, 4), length=length)


def test_repr_and_describe():
    """Messages and reports must tell what the domain is."""
    layers = Tuple(Categorical([8, 16]), length=2)
    assert repr(layers) == "Tuple(entry=Categorical(choices=[8, 16]), length=(2, 2))"
    assert layers.describe() == "a tuple of 2 entries, each one of [8, 16]"
    assert Tuple(Real(0, 1)).describe() == "a tuple of 1 to 3 entries, each a float in [0.0, 1.0]"
