"""One product of dimensions with conditions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from strategies import finite_spaces

from skhpo.space import Categorical, Integer, Real, SubSpace


@settings(max_examples=60, deadline=None)
@given(first=finite_spaces(max_size=60), second=finite_spaces(max_size=60))
def test_may_overlap_never_misses_a_common_configuration(first, second):
    """A configuration of two sub-spaces would be counted and fitted twice."""
    one, other = first.subspaces[0], second.subspaces[0]
    if any(map(other.contains, one.grid())):
        assert one.may_overlap(other) and other.may_overlap(one)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"k": Categorical(["a"])}, {"k": Categorical(["b"])}, False),
        ({"k": Categorical(["a"])}, {"k": Categorical(["a", "b"])}, True),
        ({"k": Categorical([1.5])}, {"k": Real(1, 2)}, True),
        ({"k": Categorical([1])}, {"j": Categorical([1])}, False),
        ({"k": Categorical([1])}, {"k": Categorical([1]), "j": Integer(1, 2)}, False),
        ({"k": Categorical([1, 2])}, {"k": Categorical([1]), "j": Integer(1, 2, when={"k": [1]})}, True),
    ],
)
def test_may_overlap(first, second, expected):
    """The common lists of grids must be recognised as disjoint, or every canonical point costs a decoding."""
    assert SubSpace(first).may_overlap(SubSpace(second)) is expected


def test_equality_looks_at_the_order_and_the_budget():
    """Columns follow the order of the names."""
    a, b = Integer(1, 2), Integer(1, 3)
    assert SubSpace({"a": a, "b": b}) == SubSpace({"a": a, "b": b})
    assert SubSpace({"a": a, "b": b}) != SubSpace({"b": b, "a": a})
    assert SubSpace({"a": a}) != SubSpace({"a": a}, 5) and SubSpace({"a": a}) != {"a": a}
    assert repr(SubSpace({"a": a}, 5)).endswith("n_iter=5)")
