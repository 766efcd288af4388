"""A search is logged while it runs, and whatever goes wrong there does not touch it."""

from __future__ import annotations

import logging
import math
import os
import threading

import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

import skhpo
from skhpo import BayesSearchCV
from skhpo.tracking import follow

X, Y = load_iris(return_X_y=True)
SECONDS = 30  # for what happens at once, unless it is broken


class Waiting(DecisionTreeClassifier):
    """Fits from the third one on when it was seen by the log."""

    seen = threading.Event()
    n_fits = 0

    def fit(self, X, y, sample_weight=None, check_input=True):
        type(self).n_fits += 1
        if self.n_fits > 2 and not self.seen.wait(SECONDS):
            raise RuntimeError("the log was never called")
        return super().fit(X, y, sample_weight, check_input)


def _search(path, estimator=None):
    estimator = DecisionTreeClassifier(random_state=0) if estimator is None else estimator
    return BayesSearchCV(
        estimator, {"max_depth": (1, 8)}, n_iter=3, cv=2, random_state=0, storage=path, error_score="raise"
    )


def test_trials_are_logged_while_the_search_runs(tmp_path) -> None:
    """A user would see the first result of a search of hours when it is over."""
    path = tmp_path / "study.db"
    Waiting.n_fits = 0
    Waiting.seen.clear()
    counts = []

    def log(given):
        counts.append(len(skhpo.load(given).trials_frame()))
        if skhpo.load(given).trials_[0].is_finished:
            Waiting.seen.set()

    with follow(path, log, interval=0.01):
        search = _search(path, Waiting(random_state=0)).fit(X, Y)
    assert counts[0] < counts[-1] == len(search.trials_) == 3


def test_a_log_that_recovers_is_made_good_in_silence(tmp_path, caplog) -> None:
    """A tracking server that is away for a minute would end the search, or leave a gap."""
    path = tmp_path / "study.db"
    _search(path).fit(X, Y)
    tried = threading.Event()
    seen = []

    def log(given):
        if not tried.is_set():
            tried.set()
            raise ConnectionError("the server is away")
        seen.append(given)

    with caplog.at_level(logging.WARNING, "skhpo"), follow(str(path), log, interval=0.01):
        assert tried.wait(SECONDS)
    assert seen == [path]
    assert "the server is away" in caplog.text


def test_a_log_that_fails_to_the_end_is_a_warning(tmp_path) -> None:
    """The results of a search would be lost to an error of its log, or the gap in the log would go unnoticed."""
    path = tmp_path / "study.db"

    def log(given):
        raise ConnectionError("the server is away")

    message = "not logged to its end.*the server is away.*can be logged again"
    with pytest.warns(UserWarning, match=message), follow(path, log):
        search = _search(path).fit(X, Y)
    assert search.best_score_ > 0.5


def test_an_interrupted_search_is_logged_as_far_as_it_got(tmp_path) -> None:
    """After Ctrl-C the last trials would be missing from the log."""
    path, seen = tmp_path / "study.db", []
    with pytest.raises(KeyboardInterrupt), follow(path, seen.append):
        _search(path).fit(X, Y)
        raise KeyboardInterrupt
    assert seen == [path]


def test_a_file_that_has_not_changed_is_not_logged_again(tmp_path) -> None:
    """A search with long fits would ask the tracking server for everything every few seconds."""
    path, seen = tmp_path / "study.db", []
    _search(path).fit(X, Y)
    os.utime(path, (1e9, 1e9))  # long ago
    logged = threading.Event()

    def log(given):
        seen.append(given)
        logged.set()

    with follow(path, log, interval=0.01):
        assert logged.wait(SECONDS)
    assert len(seen) == 1


def test_what_is_written_within_a_tick_is_not_missed(tmp_path) -> None:
    """The last trial would be missing where the clock of the file system cannot tell it from the one before."""
    path, seen = tmp_path / "study.db", []
    path.write_text("first")
    written, logged = path.stat().st_mtime_ns, threading.Event()

    def log(given):
        seen.append(given.read_text())
        logged.set()

    with follow(path, log, interval=0.01):
        assert logged.wait(SECONDS)
        path.write_text("other")
        os.utime(path, ns=(written, written))
    assert seen[-1] == "other"


def test_a_wrong_path_is_noticed(tmp_path) -> None:
    """A mistyped name would end in an empty log without a word."""
    message = "no storage file.*other.db.*nothing was logged"
    with pytest.warns(UserWarning, match=message), follow(tmp_path / "other.db", print):
        _search(tmp_path / "study.db").fit(X, Y)


@pytest.mark.parametrize("interval", [0, -1.0, math.inf, math.nan, "10", None])
def test_intervals_are_checked(interval) -> None:
    """A thread would spin, or never look."""
    message = "The 'interval' parameter of follow must be a float in the range"
    with pytest.raises(ValueError, match=message), follow("study.db", print, interval=interval):
        pass


def test_what_is_to_log_is_checked() -> None:
    """The mistake would come to light when the search is over."""
    message = "The 'log' parameter of follow must be callable. Got 'mlflow' instead"
    with pytest.raises(TypeError, match=message), follow("study.db", "mlflow"):
        pass
