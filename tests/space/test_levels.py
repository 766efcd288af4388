"""Levels on the unit interval: scalar and array forms must give the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo.space._levels import EvenLevels, LogLevels, TableLevels, WideLevels, integer_levels

UNITS = st.lists(st.floats(-0.5, 1.5) | st.just(float("nan")), min_size=1, max_size=20)
LEVELS = [
    EvenLevels(1),
    EvenLevels(7),
    EvenLevels(2**50),
    WideLevels(2**53 + 1),
    LogLevels(1, 2**53),
    LogLevels(3, 10**7),
    TableLevels(np.array([0.1, 0.5, 0.9]), np.array([0.2, 0.7])),
]


@pytest.mark.parametrize("levels", LEVELS, ids=lambda levels: type(levels).__name__)
@given(units=UNITS)
def test_snap_is_unit_of_level(levels, units):
    """Rows are compared byte by byte to find duplicates."""
    expected = np.array([levels.unit(levels.level(unit)) for unit in units])
    snapped = levels.snap(np.array(units))
    assert snapped.tobytes() == expected.tobytes()
    assert levels.snap(snapped).tobytes() == snapped.tobytes()


@given(level=st.integers(0, 2**50 - 1))
def test_even_levels_are_exact_up_to_their_limit(level):
    """An integer would change between proposal and fit."""
    assert EvenLevels(2**50).level(EvenLevels(2**50).unit(level)) == level


def test_integer_levels_chooses_by_size():
    """Ranges too large for a table or for floats need other arithmetic."""
    kinds = [
        (1, 10, False, EvenLevels, 10),
        (0, 2**53, False, WideLevels, 2**53 + 1),
        (1, 100, True, TableLevels, 100),
        (1, 10**6, True, LogLevels, 10**6),
        (1, 2**50, True, LogLevels, None),
        (2**50, 2**50 + 3, True, EvenLevels, 4),
    ]
    for low, high, logarithmic, kind, n_levels in kinds:
        levels, n = integer_levels(low, high, logarithmic)
        assert type(levels) is kind and n == n_levels
