"""Equality and JSON form of arbitrary values."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from skhpo.space._values import equal_values, short_repr, value_to_json

NAN = float("nan")


class Silent:
    """An object that does not say how it compares."""


class Hostile:
    """An object that cannot be compared."""

    def __eq__(self, other):
        raise RuntimeError("no")

    __hash__ = None


SAME = Silent()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (NAN, float("nan")),
        (np.float64(NAN), np.float64(NAN)),
        ([1, NAN], [1, float("nan")]),
        ({"a": [1], "b": (2,)}, {"b": (2,), "a": [1]}),
        (np.arange(3), np.arange(3)),
        (np.array([1.0, NAN]), np.array([1.0, NAN])),
        (np.array([None, "a"], dtype=object), np.array([None, "a"], dtype=object)),
        (np.array(["a", "b"]), np.array(["a", "b"])),
        (SVC(C=2.0), SVC(C=2.0)),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]})),
        (SAME, SAME),
        (len, len),
        ({1, 2}, {2, 1}),
        (0.0, -0.0),
    ],
)
def test_equal(first, second):
    """A stored or user-given configuration would not be recognised as one of the choices."""
    assert equal_values(first, second)
    assert json.dumps(value_to_json(first), allow_nan=False) == json.dumps(value_to_json(second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (True, 1),
        (1, 1.0),
        (1.0, np.float64(1.0)),
        ([1], (1,)),
        ([1], [True]),
        ([1], [1, 2]),
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1}, {"b": 1}),
        (np.arange(3), np.arange(4)),
        (np.arange(3), np.arange(3.0)),
        (SVC(C=2.0), SVC(C=3.0)),
        (SVC(), LogisticRegression()),
        (SVC, LogisticRegression),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})),
        (Silent(), Silent()),
        (Hostile(), Hostile()),
        (len, max),
        (None, "None"),
    ],
)
def test_different(first, second):
    """Two choices would be merged, and one of them never tried."""
    assert not equal_values(first, second)


def test_json_form_does_not_depend_on_the_process():
    """A stored search would refuse to resume because an address changed."""
    text = json.dumps(value_to_json([Silent(), len, SVC, math.inf, np.int8(3), lambda: 0, {(1,): 2}, {2, 1}]))
    assert "0x" not in text
    assert "inf" in text and "sklearn.svm" in text
    assert value_to_json(SVC(C=2.0)) != value_to_json(SVC(C=3.0))


def test_short_repr_is_short():
    """An array in a message would hide the message."""
    assert short_repr("a") == "'a'"
    assert len(short_repr(list(range(1000)))) == 200
