"""What a new kind of dimension gets from its base class."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo.exceptions import InvalidSpaceError
from skhpo.space import Column, Dimension, SearchSpace


class Angle(Dimension):
    """The smallest dimension that can be written."""

    def __init__(self, *, when=None):
        self._store({}, (Column("continuous", None),), None, when)

    def arguments(self):
        return {}

    def encode_value(self, value):
        if not isinstance(value, float) or not 0.0 <= value <= 360.0:
            self._reject(value)
        return (value / 360.0,)

    def decode_units(self, units):
        return units[0] * 360.0

    def canonical(self, array):
        return array

    def describe(self):
        return "an angle"


def test_a_dimension_of_a_users_own_works_in_a_space():
    """A new kind must be one file: nothing may depend on the classes known here."""
    space = SearchSpace({"a": Angle(), "k": [1, 2]})
    assert space.decode(space.encode([{"a": 90.0, "k": 2}])) == [{"a": 90.0, "k": 2}]
    assert repr(Angle()) == "Angle()" and Angle() == Angle() and Angle().to_dict() == {"type": "Angle"}
    assert Angle().sample(np.random.default_rng(0), 1)[0] < 360.0
    with pytest.raises(InvalidSpaceError, match=r"The values of Angle\(\) cannot be listed"):
        Angle().values()
