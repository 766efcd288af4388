"""Counting configurations under conditions."""

from __future__ import annotations

from hypothesis import given, settings
from strategies import finite_spaces

from skhpo.space import Categorical, Integer, SubSpace
from skhpo.space._conditions import count, plan


@settings(max_examples=100, deadline=None)
@given(space=finite_spaces())
def test_count_agrees_with_enumeration(space):
    """A sampler would look for untried configurations that do not exist."""
    for subspace in space.subspaces:
        assert count(plan(subspace.dimensions)) == sum(1 for _ in subspace.grid())


def test_values_that_conditions_do_not_mention_are_counted_together():
    """A range of 2**40 values must not be enumerated."""
    n = Integer(0, 2**40)
    assert SubSpace({"n": n, "x": Integer(1, 3, when={"n": [0, 5]})}).size == 2**40 - 1 + 2 * 3


def test_components_that_meet_in_one_child():
    """Two parents of one child depend on each other through it."""
    dimensions = {
        "a": Categorical([0, 1]),
        "b": Categorical([0, 1], when={"a": [1]}),
        "c": Categorical([0, 1, 2]),
        "d": Integer(1, 5, when={"b": [1], "c": [2]}),
        "e": Integer(1, 7),
    }
    assert SubSpace(dimensions).size == (3 + 3 + 2 + 5) * 7
