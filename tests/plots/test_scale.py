"""The scales of hyperparameters: logarithmic where the space or the values are, and levels for anything else."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from scipy import stats
from sklearn.svm import SVC

from skhpo import Categorical, Distribution, Integer, Ordinal, Real
from skhpo.plots._scale import level_labels, make_scale
from skhpo.storage import StoredObject


@pytest.mark.parametrize(
    ("dimension", "is_log"),
    [
        (Real(1e-3, 1e3, "log-uniform"), True),
        (Real(1e-3, 1e3), False),
        (Integer(1, 1000, "log-uniform"), True),
        (Integer(1, 1000), False),
        (Real(2.0, 4.0, "log-uniform"), True),
        (Real(-1.0, 1.0), False),
        (Distribution(stats.loguniform(1e-4, 1e2)), True),
        (Distribution(stats.norm(10, 1)), False),
    ],
)
def test_scale_is_logarithmic_where_the_space_is(dimension, is_log):
    """On an even axis all learning rates below 0.01 are one point."""
    scale = make_scale("a", dimension.sample(np.random.default_rng(0), 5), [dimension])
    assert scale.is_log == is_log
    assert scale.is_numeric


@pytest.mark.parametrize(
    ("values", "is_log"),
    [([0.001, 0.01, 0.1, 1.0], True), ([1, 2, 3, 4], False), ([0.0, 1.0, 100.0], False), ([5], False)],
)
def test_scale_of_values_alone_is_guessed(values, is_log):
    """A grid of powers of ten is meant to be seen as such, also where the file does not say where it came from."""
    assert make_scale("a", values).is_log == is_log
    assert make_scale("a", [], [Categorical(values)]).is_log == is_log


@pytest.mark.parametrize(
    "choices",
    [["rbf", "linear"], [True, False], [None, 3], ["sqrt", 0.5], [(50,), (50, 50)], [SVC(), SVC(C=2)]],
)
def test_choices_are_levels_in_their_order(choices):
    """Categories on an axis of numbers would suggest distances that are none."""
    scale = make_scale("a", choices[1:], [Categorical(choices)])
    assert [scale.place(choice) for choice in choices] == [0.0, 1.0]
    assert not scale.is_numeric and not scale.is_ordered
    assert len(set(scale.labels)) == 2


def test_ordinal_choices_stay_levels():
    """They are evenly spaced by definition, and their neighbours alike."""
    scale = make_scale("a", [8], [Ordinal([1, 8, 512])])
    assert scale.levels == [1, 8, 512] and scale.is_ordered


def test_objects_of_a_file_are_shown_by_their_text():
    """Of an estimator that was a choice a file knows the text only."""
    values = [StoredObject("StandardScaler()", 0), "passthrough"]
    assert sorted(make_scale("scale", values).labels) == ["StandardScaler()", "passthrough"]


def test_labels_that_were_cut_alike_stay_distinct():
    """Two levels with one name cannot be told apart."""
    labels = level_labels([f"a very long beginning {i} and the same very long end" for i in range(3)])
    assert len(set(labels)) == 3


@given(
    st.floats(1e-6, 1e6),
    st.floats(1.1, 1e6),
    st.booleans(),
    st.floats(0, 1),
)
def test_numbers_keep_their_places(low, ratio, is_log, unit):
    """A trial has to be drawn where it is."""
    dimension = Real(low, low * ratio, "log-uniform" if is_log else "uniform")
    (value,) = dimension.decode(np.array([[unit]]))
    scale = make_scale("a", [value], [dimension])
    assert scale.is_log == is_log
    assert math.isclose(scale.unit(value), unit, abs_tol=1e-6)
    assert math.isclose(float(scale.to_place(scale.unit(value))), value, rel_tol=1e-6)
    places, texts = scale.ticks()
    assert 1 <= len(places) == len(texts) <= 8
    assert all(scale.low * (1 - 0.01) <= place <= scale.high * (1 + 0.01) for place in places)


@pytest.mark.parametrize(
    "dimension", [Integer(1, 12), Integer(1, 4096, "log-uniform"), Integer(0, 1), Integer(3, 5)]
)
def test_ticks_of_integers_are_integers(dimension):
    """There is no depth of 2.5."""
    places, texts = make_scale("a", [dimension.low], [dimension]).ticks()
    assert all(
        float(place).is_integer() and dimension.contains(int(text))
        for place, text in zip(places, texts, strict=True)
    )


def test_axis_takes_the_scale():
    """The picture has to be logarithmic too, with values written beside the ticks."""
    ax = Figure().subplots()
    make_scale("a", [1.0], [Real(1e-3, 1e3, "log-uniform")]).apply(ax.xaxis)
    make_scale("b", ["x"], [Categorical(["x", "y"])]).apply(ax.yaxis)
    assert ax.get_xscale() == "log" and ax.get_xlim()[0] < 1e-3 < 1e3 < ax.get_xlim()[1]
    assert "0.001" in [label.get_text() for label in ax.get_xticklabels()]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["x", "y"]


def test_a_single_value_is_a_scale_too():
    """One trial, or a hyperparameter that was fixed, must not divide by zero."""
    scale = make_scale("a", [3.0])
    assert scale.unit(3.0) == 0.5
    ax = Figure().subplots()
    scale.apply(ax.xaxis)
    assert ax.get_xlim()[0] < 3.0 < ax.get_xlim()[1]
