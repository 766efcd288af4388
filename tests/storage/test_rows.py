"""Rows of the file: what is written comes back, whatever a fit measured and whatever a hyperparameter may be."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo.space import SearchSpace, equal_values
from skhpo.storage import StoredObject
from skhpo.storage._rows import (
    STATUSES,
    digest,
    measurement_from_json,
    measurement_to_json,
    trial_from_json,
    trial_to_json,
)
from skhpo.trial import FitError, Measurement, Trial

TEXT = st.text(max_size=20)
FLOATS = st.floats()
SECONDS = st.one_of(st.just(math.nan), st.floats(0, 1e9))
SCORES = st.dictionaries(TEXT, FLOATS, max_size=3)
ERRORS = st.builds(FitError, TEXT, TEXT, TEXT, st.sampled_from(["fit", "score"]))
COUNTS = st.integers(0, 2**40)
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    FLOATS,
    TEXT,
    st.builds(np.int64, st.integers(-(2**62), 2**62)),
    st.builds(np.float32, st.floats(width=32)),
    st.builds(np.bool_, st.booleans()),
    st.builds(np.str_, TEXT.filter(lambda text: "\0" not in text)),
)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=5)
MEASUREMENTS = st.builds(
    Measurement,
    split=st.integers(0, 20),
    scores=SCORES,
    train_scores=st.one_of(st.none(), SCORES),
    fit_time=SECONDS,
    score_time=SECONDS,
    error=st.one_of(st.none(), ERRORS),
    fold_scores=st.lists(FLOATS, max_size=3).map(tuple),
    resource=st.one_of(st.none(), st.integers(1, 2**40)),
    n_iterations=st.one_of(st.none(), COUNTS),
    started=st.one_of(st.none(), st.floats(0, 1e10)),
    worker=st.one_of(st.none(), st.integers(0, 999), TEXT),
)
TRIALS = st.builds(
    Trial,
    number=COUNTS,
    configuration=st.dictionaries(TEXT, VALUES, max_size=4),
    point=st.one_of(st.none(), st.lists(FLOATS, max_size=4).map(tuple)),
    origin=TEXT,
    status=st.sampled_from(STATUSES),
    measurements=st.lists(MEASUREMENTS, max_size=3).map(tuple),
    pending=st.lists(st.integers(0, 20), max_size=3).map(tuple),
    score=FLOATS,
    resource=st.one_of(st.none(), COUNTS),
    bracket=COUNTS,
    noisiness=FLOATS,
    parent=st.one_of(st.none(), COUNTS),
    discarded=st.lists(MEASUREMENTS, max_size=2).map(tuple),
)


def as_dict(record):
    """Return a frozen record as a dict, so that NaN equals NaN."""
    names = record.__dataclass_fields__
    return {name: _plain(getattr(record, name)) for name in names}


def _plain(value):
    if isinstance(value, Measurement | FitError):
        return as_dict(value)
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def round_trip(trial, space=None):
    """Write a trial and its measurements, and read them."""
    measurements = [
        measurement_from_json(m.split, m.resource, json.loads(measurement_to_json(m)))
        for m in trial.measurements
    ]
    return trial_from_json(trial.number, json.loads(trial_to_json(trial, space)), measurements)


@given(TRIALS)
def test_trials_come_back_as_they_were(trial):
    """A search would go on from other results than it has had."""
    assert equal_values(as_dict(round_trip(trial)), as_dict(trial))


@pytest.mark.parametrize(
    "value", [b"bytes", {1, 2}, [1, 2], (1, b"x"), len, object(), np.array([1.0]), 1 + 2j]
)
def test_objects_are_written_as_their_place_and_a_text(value):
    """Nothing but numbers and texts may come out of a file."""
    space = SearchSpace({"x": ["another", value]})
    stored = round_trip(Trial(0, {"x": value}, (1.0,)), space).configuration["x"]
    assert isinstance(stored, StoredObject)
    assert stored.place == 1
    assert stored.text in repr(value).replace("\n", " ")
    assert stored == StoredObject(stored.text, 1) != StoredObject(stored.text, 0)
    assert hash(stored) == hash(StoredObject(stored.text, 1))
    assert stored != stored.text


GOOD = json.loads(trial_to_json(Trial(0, {"C": 1.0}, (0.5,)), None))


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("configuration", [1]),
        ("configuration", {"C": {"float": 3}}),
        ("configuration", {"C": {"float": "three"}}),
        ("configuration", {"C": {"numpy": "object", "value": 1}}),
        ("configuration", {"C": {"numpy": "M8[s]", "value": 1}}),
        ("configuration", {"C": {"numpy": "int8", "value": 1000}}),
        ("configuration", {"C": {"repr": 5, "choice": 0}}),
        ("configuration", {"C": {"repr": "x", "choice": -1}}),
        ("configuration", {"C": {}}),
        ("point", 0.5),
        ("point", [True]),
        ("status", "won"),
        ("pending", [-1]),
        ("pending", [0.0]),
        ("score", "high"),
        ("resource", -3),
        ("bracket", None),
        ("n_measurements", 1),
        ("parent", "0"),
    ],
)
def test_contents_of_another_form_are_noticed(entry, value):
    """A crafted row would reach the samplers, and fail there in ways that nobody understands."""
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError, OverflowError)):
        trial_from_json(0, GOOD | {entry: value}, [])


def test_digests_tell_neighbouring_rows_apart():
    """A row that was moved to another place would not be noticed."""
    assert digest(1, 23) != digest(12, 3)
    assert digest(0, "a") == digest(0, "a") != digest(1, "a")
