"""Workers that die in the middle of a fit: nobody else's work is lost, and the row says what happened."""

import signal
import sys

import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning

from skhpo import BayesSearchCV, GridSearchCV
from skhpo.exceptions import WorkerDiedError
from tests.faults._estimators import Hazard, X, Y

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="kills with POSIX signals"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning"),
    pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning"),
]


def test_configurations_that_kill_their_workers_cost_their_own_rows(tmp_path):
    """Hours of results must not depend on the one configuration that the kernel shoots."""
    choices = [1, "killed", 2, "exits", 3, "once", 4]
    search = GridSearchCV(Hazard(folder=str(tmp_path)), {"x": choices}, cv=2, n_jobs=2).fit(X, Y)
    status = {trial.configuration["x"]: trial.status for trial in search.trials_}
    assert status == dict.fromkeys([1, 2, 3, 4, "once"], "complete") | dict.fromkeys(
        ["killed", "exits"], "failed"
    )
    errors = {trial.configuration["x"]: trial.error for trial in search.trials_ if trial.error}
    assert {(error.type, error.stage) for error in errors.values()} == {("WorkerDied", "fit")}
    assert "SIGKILL" in errors["killed"].message and "memory" in errors["killed"].message
    assert "exit code 139" in errors["exits"].message
    assert search.best_params_ == {"x": "once"}


def test_isolation_protects_a_search_with_one_worker():
    """The user's own process, with everything else that is in it, survives what a fit does."""
    search = BayesSearchCV(
        Hazard(), {"x": [1, "leaves"]}, n_iter=2, cv=2, sampler="grid", isolation="process", random_state=0
    )
    search.set_params(initial_configurations=None)
    with pytest.warns(FitFailedWarning, match="WorkerDiedError"):
        search.fit(X, Y)
    assert sorted(trial.status for trial in search.trials_) == ["complete", "failed"]
    np.testing.assert_array_equal(np.isnan(search.cv_results_["mean_test_score"]), [False, True])


def test_error_score_raise_raises_the_death():
    """A user who wants to hear of the first failure hears of this one, too, by a name that can be caught."""
    search = GridSearchCV(Hazard(), {"x": ["killed"]}, cv=2, isolation="process", error_score="raise")
    with pytest.raises(WorkerDiedError, match=signal.SIGKILL.name):
        search.fit(X, Y)


def test_a_number_for_error_score_fills_the_whole_row():
    """What scikit-learn does for fits that raise, in the splits too that were not tried any more."""
    search = GridSearchCV(Hazard(), {"x": [1, "exits"]}, cv=3, isolation="process", error_score=-1.0)
    search.fit(X, Y)
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], [0.01, -1.0])
    assert search.best_params_ == {"x": 1}
