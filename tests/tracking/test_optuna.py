"""What Optuna is told of a trial; Optuna itself is in the integration tests."""

from __future__ import annotations

import json
import math
import sys

import pytest

from skhpo import Study
from skhpo.tracking import to_optuna
from skhpo.tracking._optuna import _attributes, _intermediate
from skhpo.tracking._source import Source
from skhpo.trial import FitError, Measurement, Trial


def test_without_optuna_the_error_says_what_to_install(monkeypatch) -> None:
    """A user would have to find out what is missing and what it is called."""
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match=r'to_optuna needs Optuna: pip install "skhpo\[optuna\]"'):
        to_optuna(Study({"x": (0.0, 1.0)}))


def test_attributes_are_strict_json() -> None:
    """Optuna's storages and the page of its dashboard would refuse NaN."""
    fits = (
        Measurement(0, {"score": math.nan}, error=FitError("ValueError", "no", "")),
        Measurement(1, {"score": 1.0}),
    )
    attributes = _attributes(Trial(4, {"x": 1}, status="failed", measurements=fits))
    assert json.loads(json.dumps(attributes, allow_nan=False)) == attributes
    assert attributes["skhpo_number"] == 4
    assert attributes["error"] == "ValueError: no"
    assert attributes["split_test_score"] == [None, 1.0]


def test_a_race_shows_the_mean_of_the_splits_so_far() -> None:
    """A trial that lost its race would have no score in Optuna's pictures."""
    fits = (Measurement(0, {"a": 0.0, "b": 0.4}), Measurement(1, {"a": 0.0, "b": 0.6}))
    trial = Trial(0, {"x": 1}, status="pruned", measurements=fits)
    source = Source((trial,), "name", "b", {}, {}, {}, True)
    assert _intermediate(trial, source) == {1: pytest.approx(0.4), 2: pytest.approx(0.5)}
