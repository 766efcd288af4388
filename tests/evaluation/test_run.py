"""The loop: workers are kept busy, and time is kept."""

import threading
import time
from dataclasses import replace

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

import skhpo.evaluation._run
from skhpo import Study
from skhpo.evaluation import RunMonitor, Task, run
from skhpo.evaluation._fit_and_score import Outcome
from skhpo.schedulers import FullScheduler
from skhpo.stopping import TimeBudget
from skhpo.trial import Measurement

X = np.arange(20.0).reshape(-1, 1)
N_SPLITS = 2
SPLITS = [(np.arange(10), np.arange(10, 20)), (np.arange(10, 20), np.arange(10))]


class Gate(ClassifierMixin, BaseEstimator):
    """Fits when it is let through; shared between threads, never copied."""

    before_fit = staticmethod(lambda model, X: None)

    def __init__(self, x=0.0):
        self.x = x

    def fit(self, X, y):
        """Call the hook of the test."""
        type(self).before_fit(self, X)
        self.classes_ = np.unique(y)
        return self

    def score(self, X, y):
        """A score that depends on the configuration and the split."""
        return -abs(self.x - 0.3) + 0.01 * X[0, 0]


@pytest.fixture
def before_fit(monkeypatch):
    """Set what happens in every fit."""
    return lambda hook: monkeypatch.setattr(Gate, "before_fit", staticmethod(hook))


def task():
    """Two splits of almost no data."""
    return Task(
        estimator=Gate(),
        X=X,
        y=np.arange(20) % 2,
        splits=SPLITS,
        scorer=lambda model, X, y: model.score(X, y),
        fit_params={},
        score_params={},
        return_train_score=False,
        error_score="raise",
    )


def study(**arguments):
    """A study of one number."""
    arguments = {"sampler": "random", "n_iter": 8, "random_state": 0, **arguments}
    return Study({"x": (0.0, 1.0)}, scheduler=FullScheduler(N_SPLITS), **arguments)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_every_fit_is_done_once(n_jobs):
    """The result of a search is complete, whatever the number of workers."""
    one = study()
    with joblib.parallel_config("threading"):
        run(one, task(), n_jobs=n_jobs)
    assert len(one.trials) == 8
    assert all([m.split for m in trial.measurements] == [0, 1] for trial in one.trials)


def test_no_barrier_between_trials(before_fit):
    """While one fit takes hours, the other worker goes through the rest of the search."""
    last_began = threading.Event()
    lock, n_begun = threading.Lock(), []

    def hook(model, X):
        with lock:
            n_begun.append(1)
            position = len(n_begun)
        if position == 8 * N_SPLITS:
            last_began.set()
        if position == 1:
            # Ends only after the very last fit of the search has begun on the other worker.
            assert last_began.wait(timeout=60)

    before_fit(hook)
    one = study()
    with joblib.parallel_config("threading"):
        run(one, task(), n_jobs=2)
    assert all(trial.status == "complete" for trial in one.trials)


def test_budget_of_time_ends_the_search(monkeypatch):
    """A user who has an hour must not wait for two."""
    clock = iter(np.arange(0.0, 1000.0, 1.0))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    one = study(n_iter=100)
    run(one, task(), budget=TimeBudget(30.0, N_SPLITS, reserve_refit=True), started=0.0)
    assert 1 <= len(one.trials) < 30


def test_the_first_trial_is_finished_in_any_case():
    """A search without any result would be of no use to anybody."""
    one = study()
    run(one, task(), budget=TimeBudget(1e-9, N_SPLITS, reserve_refit=True))
    assert [trial.status for trial in one.trials] == ["complete"]


def test_failed_trials_use_up_time_too(before_fit):
    """A budget that waits for the first success would never end where everything fails."""

    def fail(model, X):
        raise RuntimeError("no")

    before_fit(fail)
    one = study()
    run(one, replace(task(), error_score=np.nan), budget=TimeBudget(1e-9, N_SPLITS, reserve_refit=True))
    assert [trial.status for trial in one.trials] == ["failed"]


def test_an_outcome_that_asks_to_stop_is_obeyed():
    """scikit-learn's callbacks can end a search."""

    class Stopper(RunMonitor):
        """Ends the study with the first finished trial."""

        def on_trial(self, trial, measurement, finished):
            if trial.is_finished:
                one.stop()

    one = study()
    run(one, task(), monitor=Stopper())
    assert len(one.trials) == 1


@pytest.mark.parametrize(
    "budget",
    [
        TimeBudget(0.5, N_SPLITS, reserve_refit=False),
        TimeBudget(np.inf, N_SPLITS, reserve_refit=False, fit_seconds=0.5),
    ],
)
def test_a_budget_ends_the_search_in_mid_trial(before_fit, budget):
    """A fit that goes on for hours must not keep a search whose time is up."""
    released = threading.Event()

    def hook(model, X):
        if model.x != 0.3:
            released.wait(timeout=60)

    before_fit(hook)
    one, started = study(initial_configurations=[{"x": 0.3}]), time.monotonic()
    try:
        with joblib.parallel_config("threading"):
            run(one, task(), n_jobs=2, budget=budget)
        assert time.monotonic() - started < 30
    finally:
        released.set()
    assert [trial.status for trial in one.trials][:2] == ["complete", "running"]


def test_fit_seconds_end_a_search_in_this_process_before_they_are_exceeded(monkeypatch):
    """What cannot be cut short must not begin."""

    def two_seconds(task, job):
        return Outcome(Measurement(job.split, {"score": 0.5}, fit_time=1.5, score_time=0.5))

    monkeypatch.setattr(skhpo.evaluation._run, "fit_and_score", two_seconds)
    one = study(n_iter=100)
    run(one, task(), budget=TimeBudget(np.inf, N_SPLITS, reserve_refit=True, fit_seconds=11.0))
    assert [trial.status for trial in one.trials] == ["complete", "complete", "running"]
    assert sum(len(trial.measurements) for trial in one.trials) == 5


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_fits_say_when_they_began_and_who_made_them(n_jobs):
    """Nobody could see afterwards whether the workers had waited for each other."""
    one, before = study(), time.time()
    with joblib.parallel_config("threading"):
        run(one, task(), n_jobs=n_jobs)
    fits = [m for trial in one.trials for m in trial.measurements]
    assert {m.worker for m in fits} <= set(range(n_jobs))
    assert all(before <= m.started <= time.time() for m in fits)
    if n_jobs == 1:
        ordered = sorted(fits, key=lambda m: m.started)
        ends = [m.started + m.fit_time + m.score_time for m in ordered]
        # The two clocks of a computer do not run exactly alike.
        assert all(end <= m.started + 0.05 for end, m in zip(ends, ordered[1:], strict=False))


def test_a_failed_fit_says_when_it_began(before_fit):
    """Failures have taken time of the workers, too."""

    def fail(model, X):
        raise ValueError("no")

    before_fit(fail)
    one = study(n_iter=1)
    run(one, replace(task(), error_score=np.nan))
    assert all(m.started is not None and m.worker == 0 for m in one.trials[0].measurements)
