"""Dimensions that list their values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.decomposition import PCA

from skhpo.exceptions import InvalidConfigurationError, InvalidSpaceError
from skhpo.space import Categorical, Ordinal


def test_repeated_choices_are_merged_and_others_are_not():
    """A choice written twice would be drawn twice as often; True is not 1."""
    choices = [1, True, 1.0, 1, math.nan, float("nan"), "1", PCA(2), PCA(2), PCA(3), [1], [1]]
    dimension = Categorical(choices)
    assert len(dimension.choices) == dimension.n_values == 8
    assert dimension.choices[0] is choices[0] and dimension.choices[5] is choices[7]


def test_equal_values_are_recognised_and_decoded_to_the_users_object():
    """A configuration given by hand holds equal objects, not the same ones."""
    pca, array = PCA(2), np.arange(3)
    dimension = Categorical([pca, array, None, (1, [2])])
    decoded = dimension.decode(dimension.encode([PCA(2), np.arange(3), None, (1, [2])]))
    assert all(value is choice for value, choice in zip(decoded, dimension.choices, strict=True))
    assert not dimension.contains(PCA(3)) and not dimension.contains(np.arange(4))


def test_changing_the_list_afterwards_changes_nothing():
    """A space would change under a running search."""
    choices = ["a", "b"]
    dimension = Categorical(choices)
    choices.append("c")
    dimension.arguments()["choices"].append("d")
    assert dimension.choices == ("a", "b") and dimension.n_values == 2


def test_equality_looks_at_order_and_kind():
    """Encoded points of one space would be read by another."""
    assert Categorical(["a", "b"]) != Categorical(["b", "a"])
    assert Categorical(["a", "b"]) != Ordinal(["a", "b"])
    assert Categorical([1]) != Categorical([True])


def test_many_choices_are_found_fast():
    """A range of a hundred thousand choices must not be compared one by one."""
    dimension = Categorical(range(100_000))
    assert dimension.decode(dimension.encode([99_999])) == [99_999]


@pytest.mark.parametrize("kind", [Categorical, Ordinal])
@pytest.mark.parametrize(
    "choices", ["abc", {1, 2}, {"a": 1}, [], (), None, 3, np.ones((2, 2)), (x for x in "ab")]
)
def test_choices_must_be_a_list(kind, choices):
    """A string would be searched letter by letter, a set in no fixed order."""
    message = f"The 'choices' of {kind.__name__} must be a non-empty list of values. Got .* instead."
    with pytest.raises(InvalidSpaceError, match=message):
        kind(choices)


def test_message_of_a_wrong_value_lists_the_choices():
    """A user would have to look the choices up."""
    with pytest.raises(InvalidConfigurationError) as error:
        Categorical(["rbf", None]).encode(["linear"])
    assert str(error.value) == "The value must be one of ['rbf', None]. Got 'linear' instead."
