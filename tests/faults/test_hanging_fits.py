"""Fits that never return: they are stopped with their workers, and the search goes on."""

import os
import sys
import time

import joblib
import pytest

from skhpo import GridSearchCV, RandomizedSearchCV
from skhpo.evaluation._processes import end_idle_workers
from skhpo.exceptions import FitTimeoutError
from tests.faults._estimators import Hazard, X, Y, is_running, processes_of

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning"),
    pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning"),
]


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_fit_that_hangs_costs_its_own_row(n_jobs):
    """One solver that never converges must not cost the night."""
    started, now = time.monotonic(), time.time()
    search = GridSearchCV(Hazard(), {"x": [1, "hangs", 2]}, cv=3, n_jobs=n_jobs, fit_timeout=1.0).fit(X, Y)
    assert [trial.status for trial in search.trials_] == ["complete", "failed", "complete"]
    (trial,) = (trial for trial in search.trials_ if trial.error)
    assert trial.error.type == "FitTimeout" and "fit_timeout=1)" in trial.error.message
    # The other folds of the configuration are not waited for, one after the other.
    assert len(trial.measurements) == 1 and 1.0 <= trial.seconds < 5
    assert trial.measurements[0].started >= now and trial.measurements[0].worker in (0, 1)
    assert time.monotonic() - started < 60


def test_error_score_raise_raises_the_timeout():
    """By a name that can be caught."""
    search = GridSearchCV(Hazard(), {"x": ["hangs"]}, cv=2, fit_timeout=0.2, error_score="raise")
    with pytest.raises(FitTimeoutError, match="fit_timeout=0.2"):
        search.fit(X, Y)


@pytest.mark.parametrize("backend", ["threading", "multiprocessing"])
def test_backends_whose_workers_cannot_be_stopped_are_refused(backend):
    """A limit that is silently not kept is worse than none."""
    search = GridSearchCV(Hazard(), {"x": [1]}, cv=2, n_jobs=2, fit_timeout=1.0)
    message = f"The 'fit_timeout' parameter of GridSearchCV needs worker processes.*Got the joblib backend '{backend}'"
    with joblib.parallel_config(backend), pytest.raises(ValueError, match=message):
        search.fit(X, Y)


@pytest.mark.integration
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_search_of_twenty_configurations():
    """One configuration hangs, one kills its workers, 18 rows are complete, and nothing is left behind."""
    choices = [*range(1, 10), "hangs", "killed", *range(10, 19)]
    end_idle_workers()
    before = set(processes_of(os.getpid()))
    search = RandomizedSearchCV(
        Hazard(seconds=0.5), {"x": choices}, n_iter=20, cv=3, n_jobs=2, random_state=0
    )
    started = time.monotonic()
    search.set_params(fit_timeout=3.0, refit=False).fit(X, Y)
    wall = time.monotonic() - started
    busy = sum(m.fit_time + m.score_time for trial in search.trials_ for m in trial.measurements)
    statuses = [trial.status for trial in search.trials_]
    assert statuses.count("complete") == 18 and statuses.count("failed") == 2
    # Loosely, as starting workers takes as long as some fits here; `benchmarks/faults.py` measures it.
    assert busy / (2 * wall) > 0.5
    end_idle_workers()
    trackers = [pid for pid in processes_of(os.getpid()) if "tracker" in _command(pid)]
    assert not [pid for pid in set(processes_of(os.getpid())) - before - set(trackers) if is_running(pid)]


def _command(pid):
    with open(f"/proc/{pid}/cmdline") as file:
        return file.read()
