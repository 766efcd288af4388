"""Fits that need too much memory."""

import sys

import pytest

from skhpo import GridSearchCV
from tests.faults._estimators import Hazard, X, Y


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can limit memory")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_a_fit_beyond_its_memory_fails_like_any_other():
    """Better a failed row than a machine that swaps, or a kernel that shoots the user's editor."""
    search = GridSearchCV(Hazard(), {"x": [1, "greedy", 2]}, cv=2, fit_memory=2**30).fit(X, Y)
    assert [trial.status for trial in search.trials_] == ["complete", "failed", "complete"]
    (trial,) = (trial for trial in search.trials_ if trial.error)
    assert trial.error.type.endswith("MemoryError") and len(trial.measurements) == 2


def test_other_platforms_say_that_they_cannot(monkeypatch):
    """A limit that is silently not kept is worse than none."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(
        ValueError, match="'fit_memory' parameter of GridSearchCV can be enforced on Linux only"
    ):
        GridSearchCV(Hazard(), {"x": [1]}, cv=2, fit_memory=2**30).fit(X, Y)
