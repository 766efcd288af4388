"""What values come to in ranges that do not hold them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo import Categorical, Integer, Ordinal, Real
from skhpo.defaults import nearest_value

X = np.zeros((100, 16))


@pytest.mark.parametrize(
    ("name", "own", "dimension", "nearest"),
    [
        ("n_estimators", 100, Integer(5, 25), 25),
        ("alpha", 1e-5, Real(1e-3, 1.0, "log-uniform"), 1e-3),
        ("p", 2, Real(1.0, 4.0), 2.0),
        ("model__max_depth", None, Integer(1, 20), 20),
        ("max_leaf_nodes", None, Integer(2, 31), 31),
        ("svc__gamma", "scale", Real(1e-6, 10.0, "log-uniform"), 1 / 16),
        ("batch_size", "auto", Integer(16, 128), 100),
        ("max_features", "sqrt", Real(0.1, 1.0), 0.25),
        ("max_features", "log2", Integer(1, 3), 3),
        ("max_features", None, Real(0.1, 0.9), 0.9),
        ("max_features", 8, Real(0.1, 1.0), 0.5),
        ("max_features", 0.5, Integer(1, 16), 8),
        ("min_samples_split", 2, Real(0.005, 0.3), 0.02),
        ("max_samples", None, Integer(1, 64), 64),
        ("hidden_layer_sizes", (100,), Integer(4, 64), 64),
    ],
)
def test_values_are_moved_into_the_range(name, own, dimension, nearest):
    """The search would have to find by itself where the estimator's author has begun."""
    found = nearest_value(name, own, dimension, X)
    assert found == pytest.approx(nearest) and dimension.contains(found)
    assert type(found) is type(nearest)


@pytest.mark.parametrize(
    ("name", "own", "dimension"),
    [
        ("C", 3.0, Real(1.0, 10.0)),
        ("C", "scale", Real(1.0, 10.0)),
        ("C", None, Real(1.0, 10.0)),
        ("alpha", True, Real(2.0, 10.0)),
        ("alpha", math.nan, Real(2.0, 10.0)),
        ("degree", 2.5, Integer(3, 5)),
        ("hidden_layer_sizes", (50, 20), Integer(4, 64)),
        ("hidden_layer_sizes", ("many",), Integer(4, 64)),
        ("kernel", "rbf", Categorical(["linear", "poly"])),
        ("degree", 7, Ordinal([1, 2, 3])),
    ],
)
def test_what_is_inside_or_means_something_else_stays(name, own, dimension):
    """A value that is made up would pass for the estimator's own."""
    assert nearest_value(name, own, dimension, X) is own


@given(
    own=st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6),
    low=st.integers(-50, 50),
    width=st.integers(1, 50),
    name=st.sampled_from(["alpha", "max_features", "min_samples_leaf"]),
)
def test_numbers_end_up_inside(own, low, width, name):
    """A start outside of the space ends the search with an error before its first fit."""
    for dimension in (Integer(low, low + width), Real(low, low + width)):
        found = nearest_value(name, own, dimension, X)
        is_share_elsewhere = isinstance(dimension, Integer) and isinstance(own, float) and name == "alpha"
        assert dimension.contains(found) or is_share_elsewhere
