"""What all searches share: reproducibility, budgets, failures, estimators that are left alone."""

import pickle
import random
import time

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

import skhpo.evaluation._run
from skhpo import (
    BayesSearchCV,
    GridSearchCV,
    HyperbandSearchCV,
    Patience,
    RandomizedSearchCV,
    Real,
    RegretBound,
)
from skhpo.evaluation._threads import share_of_cores
from skhpo.samplers import SAMPLERS
from skhpo.search._base import lookahead

X, Y = make_classification(60, random_state=0)
SPACE = {"C": (1e-2, 1e2, "log-uniform"), "gamma": Real(1e-3, 1.0, "log-uniform", when={"kernel": ["rbf"]})}
SPACE["kernel"] = ["linear", "rbf"]
SEARCHES = [
    BayesSearchCV(SVC(), SPACE, n_iter=6, cv=3, random_state=0),
    RandomizedSearchCV(SVC(), {"C": [0.1, 1, 10]}, n_iter=2, cv=3, random_state=0),
    GridSearchCV(SVC(), {"C": [0.1, 1, 10]}, cv=3),
]
NAMES = [type(search).__name__ for search in SEARCHES]


class Picky(ClassifierMixin, BaseEstimator):
    """A classifier that fails, or scores nonsense, for some values."""

    def __init__(self, x=1.0):
        self.x = x

    def fit(self, X, y):
        """Fail for negative values."""
        if self.x < 0:
            raise RuntimeError("x is negative")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        """Always the first class."""
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        """Infinite for large values."""
        return np.inf if self.x > 100 else -self.x


class ScrambledExecutor:
    """Stands in for workers whose results come back in random order."""

    is_in_process = False
    n_workers = 4
    order = random.Random(0)

    def __init__(self, function, shared, n_jobs, **limits):
        self.function, self.shared, self.pending = function, shared, []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    @property
    def n_pending(self):
        return len(self.pending)

    def capacity(self, pre_dispatch):
        return self.n_workers + 1

    def wake(self):
        pass

    def submit(self, job, *extra):
        self.pending.append(job)

    def wait(self, timeout):
        job = self.pending.pop(self.order.randrange(len(self.pending)))
        return job, self.function(self.shared, job)


def without_times(results):
    """The columns that a seed determines, as text."""
    return {key: repr(column) for key, column in results.items() if "time" not in key}


@pytest.mark.parametrize("sampler", sorted(SAMPLERS))
def test_a_seed_gives_the_same_results_in_any_order_of_completion(sampler, monkeypatch):
    """On many cores the fits never come back in the same order twice; the result must not notice."""
    space = {"C": [0.01, 0.1, 1.0, 10.0], "kernel": ["linear", "rbf"]} if sampler == "grid" else SPACE
    search = BayesSearchCV(SVC(), space, n_iter=12, cv=3, sampler=sampler, random_state=0, n_jobs=2)
    with joblib.parallel_config("threading"):
        real = clone(search).fit(X, Y).cv_results_
    monkeypatch.setattr(skhpo.evaluation._run, "Executor", ScrambledExecutor)
    # As many threads as a search with workers leaves to its sampler: sums depend on them in the last bit.
    with threadpool_limits(limits=share_of_cores(2)):
        for seed in range(3):
            ScrambledExecutor.order.seed(seed)
            assert without_times(clone(search).fit(X, Y).cv_results_) == without_times(real)


@pytest.mark.parametrize("sampler", sorted(SAMPLERS))
def test_two_parallel_runs_with_a_seed_are_equal(sampler):
    """The same, with real processes."""
    space = {"C": [0.01, 0.1, 1.0, 10.0], "kernel": ["linear", "rbf"]} if sampler == "grid" else SPACE
    search = BayesSearchCV(SVC(), space, n_iter=8, cv=3, sampler=sampler, random_state=0, n_jobs=2)
    first, second = (clone(search).fit(X, Y).cv_results_ for _ in range(2))
    assert without_times(first) == without_times(second)


@pytest.mark.parametrize("sampler", ["random", "sobol"])
def test_samplers_that_do_not_learn_ignore_n_jobs(sampler):
    """Random and grid search give the same answer on a laptop and on a server."""
    search = BayesSearchCV(SVC(), SPACE, n_iter=8, cv=3, sampler=sampler, random_state=0)
    with joblib.parallel_config("threading"):
        results = [clone(search).set_params(n_jobs=n).fit(X, Y).cv_results_ for n in (1, 2, 4)]
    assert without_times(results[0]) == without_times(results[1]) == without_times(results[2])


@pytest.mark.parametrize(
    ("n_jobs", "n_splits", "expected"), [(1, 5, 1), (2, 5, 2), (2, 3, 3), (4, 1, 9), (16, 5, 8)]
)
def test_lookahead_grows_with_workers_per_split(n_jobs, n_splits, expected):
    """Too small a lag leaves cores idle, too large a one lets the model go stale."""
    assert lookahead(n_jobs, n_splits) == expected


@pytest.mark.parametrize(
    ("n_jobs", "n_trials", "expected"),
    [(2, 10**6, 2), (8, 100, 5), (8, 200, 7), (256, 1000, 104), (256, 10**4, 453)],
)
def test_lookahead_grows_with_the_length_of_a_search(n_jobs, n_trials, expected):
    """With hundreds of workers one long trial left half of them idle; a short search cannot do without the results."""
    with joblib.parallel_config("threading"):
        assert lookahead(n_jobs, 5, n_trials=n_trials) == expected


@pytest.mark.parametrize("search", SEARCHES, ids=NAMES)
def test_one_failing_configuration_costs_one_row(search):
    """Hours of results must not be lost to one bad configuration."""
    name = next(
        name for name in ("search_spaces", "param_distributions", "param_grid") if hasattr(search, name)
    )
    search = clone(search).set_params(estimator=Picky(), **{name: {"x": [-1.0, 1.0, 2.0]}})
    search.set_params(**({"n_iter": 3} if hasattr(search, "n_iter") else {}))
    with pytest.warns(UserWarning, match="non-finite"), pytest.warns(FitFailedWarning, match="3 fits failed"):
        search.fit(X, Y)
    assert search.best_params_ == {"x": 1.0}
    assert np.isnan(search.cv_results_["mean_test_score"]).sum() == 1
    failed = search.trials_frame().query("status == 'failed'")
    assert list(failed["error"]) == ["RuntimeError: x is negative"]
    assert "RuntimeError" in failed["traceback"].iloc[0]


def test_an_infinite_score_is_a_failed_one():
    """Elsewhere a metric that divides by zero wins the search."""
    with pytest.warns(UserWarning, match="non-finite"):
        search = GridSearchCV(Picky(), {"x": [1.0, 1000.0]}).fit(X, Y)
    assert search.best_params_ == {"x": 1.0}
    assert np.isnan(search.cv_results_["split0_test_score"][1])
    assert search.trials_[1].error.type == "NonFiniteScore"


@pytest.mark.parametrize(("value", "reason"), [(-1.0, "x is negative"), (1000.0, "is inf")])
def test_if_nothing_succeeds_fit_says_why(value, reason):
    """A model that was never tuned must not be handed out as the best one."""
    search = GridSearchCV(Picky(), {"x": [value]})
    with pytest.raises(ValueError, match=reason):
        clone(search).set_params(error_score=0.0).fit(X, Y)
    with pytest.raises(ValueError, match=reason):
        search.fit(X, Y)
    assert [trial.status for trial in search.trials_] == ["failed"]
    assert not hasattr(search, "best_estimator_")


@pytest.mark.parametrize("search_class", [BayesSearchCV, GridSearchCV])
def test_a_fold_on_which_everything_fails_is_explained(search_class):
    """A fold without a class ended in an IndexError, because only errors of scoring were looked at."""
    folds = [(np.flatnonzero(Y == 0), np.arange(20)), (np.arange(20, 60), np.arange(20))]
    with (
        pytest.warns(FitFailedWarning),
        pytest.raises(ValueError, match="has a finite score on every split. The first error was ValueError"),
    ):
        search_class(LogisticRegression(), {"C": [0.1, 1.0]}, cv=folds).fit(X, Y)
    with pytest.warns(FitFailedWarning):
        search = search_class(LogisticRegression(), {"C": [0.1, 1.0]}, cv=folds, error_score=0.0).fit(X, Y)
    assert list(search.cv_results_["split0_test_score"]) == [0.0, 0.0]


def test_a_scorer_that_returns_nothing_is_named():
    """An empty dict of scores ended in an IndexError too, and with verbose=1 in an AttributeError."""
    search = GridSearchCV(Picky(), {"x": [1.0]}, cv=2, scoring=lambda model, X, y: {}, refit=False, verbose=1)
    with pytest.raises(ValueError, match=r"finite score on every split\. The scorer returned nothing\."):
        search.fit(X, Y)


def test_an_error_in_a_scorer_of_several_metrics_costs_one_row():
    """The first fit decided that there was one metric only, and every other row was lost."""

    def scores(model, X, y):
        if model.x == 1.0:
            raise ValueError("no score")
        return {"accuracy": -model.x, "other": 0.0}

    search = BayesSearchCV(Picky(x=1.0), {"x": [1.0, 2.0, 3.0]}, cv=2, scoring=scores, refit="accuracy")
    with pytest.warns(UserWarning, match="non-finite"), pytest.warns(UserWarning, match="Scoring failed"):
        search.fit(X, Y)
    assert search.best_params_ == {"x": 2.0}
    assert np.isnan(search.cv_results_["mean_test_accuracy"]).sum() == 1


def test_a_failed_configuration_never_wins_a_model_based_search():
    """With error_score=0 and a metric below zero, the configuration that failed was the best one."""
    search = BayesSearchCV(Picky(), {"x": [-1.0, 1.0, 2.0]}, cv=2, error_score=0.0, random_state=0)
    with pytest.warns(FitFailedWarning):
        search.fit(X, Y)
    assert search.best_params_ == {"x": 1.0}
    (failed,) = [i for i, params in enumerate(search.cv_results_["params"]) if params["x"] < 0]
    assert search.cv_results_["rank_test_score"][failed] == 3


@pytest.mark.filterwarnings("ignore:overflow encountered", "ignore:One or more of the test scores")
def test_huge_scores_are_failures_and_not_crashes():
    """A mean beyond the range of floats raised OverflowError and lost every row."""

    class Huge(Picky):
        def score(self, X, y):
            return 1e308 if self.x == 2.0 else self.x

    search = BayesSearchCV(Huge(), {"x": [1.0, 2.0]}, cv=3, random_state=0).fit(X, Y)
    assert search.best_params_ == {"x": 1.0}


def test_clones_of_a_search_know_the_same_choices():
    """In an outer loop the choices were copied and the conditions were not, and no longer fitted together."""

    class Choice:
        """A value that is equal to nothing but itself."""

    one = Choice()
    space = {"x": Real(0.0, 1.0, when={"y": [one]}), "y": [one, None]}

    class TwoParameters(Picky):
        def __init__(self, x=1.0, y=None):
            super().__init__(x)
            self.y = y

    search = BayesSearchCV(
        TwoParameters(), space, n_iter=4, cv=2, initial_configurations=[{"y": one, "x": 0.5}], random_state=0
    )
    assert clone(search).fit(X, Y).trials_[1].configuration["y"] is one
    assert len(cross_val_score(search, X, Y, cv=2, error_score="raise")) == 2


def test_timeout_counts_failures_too():
    """Where everything failed the time was not looked at, and all fits were done."""

    class Slow(Picky):
        def fit(self, X, y):
            time.sleep(0.01)
            raise RuntimeError("no")

    search = BayesSearchCV(Slow(), {"x": (0.0, 1.0)}, cv=2, n_iter=10**5, sampler="random", timeout=0.05)
    with pytest.raises(ValueError, match="fits failed"):
        search.fit(X, Y)
    assert len(search.trials_) < 100


def test_the_grid_sampler_refuses_a_continuum_before_the_first_fit():
    """It failed only after the default configuration had been fitted."""
    search = BayesSearchCV(Picky(), {"x": (0.0, 1.0)}, sampler="grid")
    with pytest.raises(ValueError, match="parameter 'x' must be a list of choices or a range of integers"):
        search.fit(X, Y)
    assert not hasattr(search, "trials_")


def test_stopping_early_leaves_no_noise_behind(capfd):
    """Killing workers that had calls in their queue printed a traceback of loky's in every third search."""
    for seed in range(4):
        BayesSearchCV(
            SVC(),
            {"C": (0.1, 10.0)},
            cv=2,
            sampler="random",
            random_state=seed,
            stopping=Patience(2),
            n_jobs=2,
        ).fit(X, Y)
    assert "Traceback" not in capfd.readouterr().err


def test_frame_of_an_unfitted_search_says_so():
    """An AttributeError would look like a bug."""
    with pytest.raises(NotFittedError):
        SEARCHES[0].trials_frame()


def test_error_score_raise_shows_the_estimators_own_error():
    """Debugging starts from the original error."""
    for n_jobs in (1, 2):
        with pytest.raises(RuntimeError, match="x is negative"):
            GridSearchCV(Picky(), {"x": [-1.0]}, error_score="raise", n_jobs=n_jobs).fit(X, Y)


def test_a_finite_error_score_fills_the_row():
    """Some users prefer a bad number to NaN in their tables."""
    with pytest.warns(FitFailedWarning):
        search = GridSearchCV(Picky(), {"x": [-1.0, 1.0]}, error_score=-9.0, return_train_score=True).fit(
            X, Y
        )
    assert list(search.cv_results_["mean_test_score"]) == [-9.0, -1.0]
    assert list(search.cv_results_["mean_train_score"]) == [-9.0, -1.0]


@pytest.mark.parametrize("search", SEARCHES, ids=NAMES)
def test_searches_are_estimators(search):
    """They go into pipelines, into outer cross-validation, into files, and stay what they were."""
    assert is_classifier(search)
    assert clone(search).get_params().keys() == search.get_params().keys()
    fitted = clone(search).fit(X, Y)
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.predict(X), fitted.predict(X))
    assert len(cross_val_score(make_pipeline(StandardScaler(), search), X, Y, cv=3)) == 3
    assert not hasattr(search, "cv_results_")


def test_searches_can_be_nested():
    """The honest score of a tuned model comes from an outer loop, on all cores."""
    inner = BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, n_iter=3, cv=2, random_state=0, n_jobs=2)
    outer = GridSearchCV(make_pipeline(inner), {"bayessearchcv__n_iter": [1, 2]}, cv=2, n_jobs=2).fit(X, Y)
    assert len(outer.cv_results_["params"]) == 2


def test_inactive_hyperparameters_are_absent_and_masked():
    """A gamma reported for a linear kernel would be read as if it mattered."""
    results = (
        BayesSearchCV(SVC(), SPACE, n_iter=8, cv=2, sampler="random", random_state=0).fit(X, Y).cv_results_
    )
    for params, is_masked in zip(results["params"], results["param_gamma"].mask, strict=True):
        assert is_masked == ("gamma" not in params) == (params["kernel"] == "linear")


def test_timeout_leaves_time_for_the_refit():
    """A job that is killed at the end of its hour leaves no model."""
    search = BayesSearchCV(
        SVC(),
        {"C": (0.1, 10.0)},
        n_iter=10**6,
        cv=2,
        sampler="random",
        timeout=0.3,
        initial_configurations=None,
    )
    started = time.monotonic()
    search.fit(X, Y)
    assert 1 <= len(search.trials_) < 10**5
    assert hasattr(search, "best_estimator_")
    assert time.monotonic() - started < 30


def test_stopping_rules_end_the_search():
    """Trials after the score has converged are wasted."""
    for n_jobs in (1, 2):
        search = BayesSearchCV(
            SVC(),
            SPACE,
            n_iter=500,
            cv=2,
            sampler="random",
            stopping=Patience(5),
            random_state=0,
            n_jobs=n_jobs,
        )
        with joblib.parallel_config("threading"):
            search.fit(X, Y)
        assert len(search.trials_) == len(search.cv_results_["params"]) < 100


def test_the_regret_bound_ends_the_search_with_one_worker_with_two_and_in_a_race():
    """Trials that cannot gain more than the noise of cross-validation are wasted."""
    for arguments in ({}, {"n_jobs": 2}, {"racing": "margin"}):
        search = BayesSearchCV(
            SVC(),
            {"C": (0.1, 10.0, "log-uniform")},
            n_iter=100,
            cv=3,
            stopping=RegretBound(min_trials=12),
            random_state=0,
            **arguments,
        )
        with joblib.parallel_config("threading"):
            search.fit(X, Y)
        assert 14 <= len(search.trials_) < 60


@pytest.mark.parametrize(
    ("search", "message"),
    [
        (
            BayesSearchCV(
                Picky(), {"x": (0.0, 1.0)}, cv=[(range(20), range(20, 30))], stopping="regret_bound"
            ),
            "'cv' parameter of BayesSearchCV must yield at least 2 splits",
        ),
        (GridSearchCV(Picky(), {"x": [0.1, 0.2]}, stopping="regret_bound"), "needs a search space"),
        (
            HyperbandSearchCV(Picky(), {"x": (0.0, 1.0)}, stopping={"regret_bound": 1.0}),
            "different resources",
        ),
        (GridSearchCV(Picky(), {"x": [0.1, 0.2]}, stopping="target"), "'stopping' parameter of GridSearchCV"),
    ],
)
def test_rules_that_cannot_work_are_refused_before_the_first_fit(search, message, monkeypatch):
    """After hours of fits it would be too late to learn that nothing has ended them."""
    monkeypatch.setattr(Picky, "fit", lambda self, X, y: pytest.fail("a model was trained"))
    with pytest.raises(ValueError, match=message):
        search.fit(X, Y)


def test_fit_seconds_are_not_exceeded_by_more_than_a_fit():
    """Who pays for computing by the second has a budget of them."""

    class Slow(Picky):
        def fit(self, X, y):
            time.sleep(0.01)
            return super().fit(X, y)

    search = BayesSearchCV(
        Slow(), {"x": (0.0, 1.0)}, cv=2, n_iter=10**5, sampler="random", stopping={"fit_seconds": 0.2}
    ).fit(X, Y)
    seconds = [m.fit_time + m.score_time for trial in search.trials_ for m in trial.measurements]
    assert 0.0 < sum(seconds) <= 0.2 + max(seconds)
    assert len(search.trials_) < 20


def test_a_grid_can_be_given_a_number_of_trials():
    """A grid has no `n_iter`."""
    search = GridSearchCV(SVC(), {"C": [0.1, 1.0, 3.0, 10.0]}, cv=2, stopping={"n_trials": 3}).fit(X, Y)
    assert search.cv_results_["param_C"].tolist() == [0.1, 1.0, 3.0]


def test_verbose_prints_a_line_a_trial_with_the_incumbent(capsys):
    """Somebody who waits wants to know what has been found, and whether it is worth waiting."""
    GridSearchCV(SVC(), {"C": [0.1, 1.0]}, cv=2, verbose=1).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Fitting 2 folds for each of 2 candidates, totalling 4 fits"
    assert lines[1].startswith("[1/2] 0.")
    assert "best 0." in lines[1]
    assert lines[1].endswith("C=0.1")
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("arguments", "last"),
    [
        ({"stopping": {"n_trials": 2}}, "The search was stopped after 2 of at most 3 trials."),
        ({"timeout": 1e-6}, "The time was over after 1 of at most 3 trials."),
        ({"stopping": {"n_trials": 3}}, "[3/3] "),
        ({}, "[3/3] "),
    ],
)
def test_verbose_says_that_a_search_ended_early(arguments, last, capsys):
    """Progress that ends in the middle looks like a crash, and nobody would know that a larger budget is needed."""
    GridSearchCV(SVC(), {"C": [0.1, 1.0, 3.0]}, cv=2, verbose=1, **arguments).fit(X, Y)
    assert capsys.readouterr().out.splitlines()[-1].startswith(last)


def test_verbose_prints_failures(capsys):
    """A line without a score would look like a bug of the search."""
    with pytest.warns(UserWarning, match="non-finite"), pytest.warns(FitFailedWarning):
        GridSearchCV(Picky(), {"x": [-1.0, 1.0]}, cv=2, verbose=3).fit(X, Y)
    out = capsys.readouterr().out
    assert "[1/2] failed (RuntimeError)  best none yet" in out
    assert "[CV 2/2] END x=1; score=-1.000 total time=" in out


def test_splits_are_the_same_for_all_configurations():
    """With an unseeded shuffle every configuration would be scored on other data."""

    class Recorder(LogisticRegression):
        """Scores with a fingerprint of its test data."""

        def score(self, X, y, sample_weight=None):
            return float(X.sum())

    search = BayesSearchCV(Recorder(), {"C": (0.1, 10.0)}, n_iter=4, cv=KFold(3, shuffle=True)).fit(X, Y)
    for split in range(3):
        assert len(set(search.cv_results_[f"split{split}_test_score"])) == 1


def test_trials_frame_has_a_row_for_every_trial():
    """Analysis in pandas starts from one table."""
    search = BayesSearchCV(SVC(C=1.0, kernel="linear"), SPACE, n_iter=4, cv=2, random_state=0).fit(X, Y)
    frame = search.trials_frame()
    assert list(frame.index) == [0, 1, 2, 3]
    assert frame.loc[0, "origin"] == "default"
    assert {"score", "status", "fit_time", "param_C", "param_kernel", "param_gamma", "error"} <= set(
        frame.columns
    )
