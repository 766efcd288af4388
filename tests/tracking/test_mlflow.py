"""What the runs of MLflow are to say; MLflow itself is in the integration tests."""

from __future__ import annotations

import math
import sys

import pytest

from skhpo import Study
from skhpo.tracking import log_to_mlflow
from skhpo.tracking._mlflow import _entry_of_search, _entry_of_trial, _key
from skhpo.tracking._source import Source
from skhpo.trial import FitError, Measurement, Trial


def _source(*trials: Trial, is_over: bool = True) -> Source:
    return Source(trials, "name", None, {}, {"search": "BayesSearchCV"}, {"numpy": "2"}, is_over)


def _complete(number: int, score: float) -> Trial:
    return Trial(number, {"x": number}, status="complete", score=score)


def test_without_mlflow_the_error_says_what_to_install(monkeypatch) -> None:
    """A user would have to find out what is missing and what it is called."""
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(ImportError, match=r'log_to_mlflow needs MLflow: pip install "skhpo\[mlflow\]"'):
        log_to_mlflow(Study({"x": (0.0, 1.0)}))


def test_the_best_score_never_falls() -> None:
    """A slow trial that turns out to be better than its successors would make the curve go down."""
    logged: set[tuple[str, float, int]] = set()
    for trials in ([_complete(1, 0.5)], [_complete(0, 0.7), _complete(1, 0.5)], [_complete(2, 0.6)]):
        entry = _entry_of_search(_source(*trials), logged)
        logged |= {one for one in entry.metrics if one[0] == "best_score"}
    assert sorted(logged) == [("best_score", 0.5, 1), ("best_score", 0.7, 1)]


def test_the_search_says_how_many_trials_ended_how() -> None:
    """One would have to count the nested runs."""
    entry = _entry_of_search(_source(_complete(0, 0.5), Trial(1, {"x": 1}, status="failed")), set())
    assert {("n_complete", 1.0, 2), ("n_pruned", 0.0, 2), ("n_failed", 1.0, 2)} <= entry.metrics
    assert entry.tags["best_trial"] == "0" and entry.tags["best_params"] == "{'x': 0}"
    assert entry.tags["version.numpy"] == "2"


@pytest.mark.parametrize(
    ("status", "is_over", "expected"),
    [
        ("running", False, "RUNNING"),
        ("paused", False, "RUNNING"),
        ("running", True, "KILLED"),
        ("pruned", False, "KILLED"),
        ("failed", False, "FAILED"),
        ("complete", False, "FINISHED"),
    ],
)
def test_every_status_has_its_own(status, is_over, expected) -> None:
    """Trials that a timeout left behind would run for ever in MLflow."""
    trial = Trial(0, {"x": 1}, status=status)
    assert _entry_of_trial(trial, _source(trial, is_over=is_over)).status == expected


def test_a_trial_tells_its_scores_times_and_errors() -> None:
    """The run of a trial that failed would not say why, and scores that are not finite would be refused."""
    fits = (
        Measurement(0, {"score": math.nan}, {"score": 1.0}, 0.5, 0.25, FitError("ValueError", "no", "trace")),
        Measurement(1, {"score": 0.5}, {"score": 1.0}, 0.5, 0.25),
    )
    trial = Trial(0, {"x[0]": (1, 2)}, status="failed", measurements=fits)
    entry = _entry_of_trial(trial, _source(trial))
    assert entry.params == {"x_0_": "(1, 2)"}
    assert entry.metrics == {
        ("split0_train_score", 1.0, 0),
        ("split1_train_score", 1.0, 0),
        ("split1_test_score", 0.5, 0),
        ("fit_time", 1.0, 0),
        ("score_time", 0.5, 0),
    }
    assert entry.tags["error"] == "ValueError: no" and entry.tags["traceback"] == "trace"


def test_names_that_mlflow_refuses_are_changed() -> None:
    """A single odd name would keep a whole search out of MLflow."""
    assert _key("svc__C") == "svc__C"
    assert _key("roc@10%") == "roc_10_"
