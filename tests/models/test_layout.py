"""Tests of the description of columns that models are given."""

from __future__ import annotations

from skhpo.models import ColumnLayout


def test_columns_are_sorted_into_numeric_and_categorical_ones() -> None:
    """A category treated as a number would make the model believe in an order that is not there."""
    columns = [("unordered", 3), ("continuous", None), ("ordered", 4), ("ordered", None), ("unordered", 2)]
    layout = ColumnLayout.from_columns(columns)
    assert layout.width == 5
    assert layout.numeric.tolist() == [1, 2, 3]
    assert layout.categorical.tolist() == [0, 4]
    assert layout.continuous.tolist() == [1]
    assert layout.varying.tolist() == [1, 2, 3, 0, 4]


def test_columns_with_a_single_level_are_no_dimensions() -> None:
    """A fixed hyperparameter in the space must not change the model of the others."""
    layout = ColumnLayout.from_columns([("unordered", 1), ("ordered", 1), ("continuous", None)])
    assert layout.varying.tolist() == [2]


def test_layouts_are_equal_by_content() -> None:
    """Remembered fits are found by the layout, which is made anew for every proposal."""
    columns = [("unordered", 3), ("continuous", None)]
    assert ColumnLayout.from_columns(columns) == ColumnLayout.from_columns(list(columns))
