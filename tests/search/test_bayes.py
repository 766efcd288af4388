"""Model-based search as a user meets it: spaces of every notation, mistakes that show at once, and a better score."""

import numpy as np
import pytest
from joblib import parallel_config
from scipy.stats import loguniform, randint
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo import BayesSearchCV, Categorical, Integer, InvalidConfigurationError, InvalidSpaceError, Real
from skhpo.samplers import RandomSampler, TPESampler

X, Y = load_iris(return_X_y=True)


class NeverFitted(SVC):
    """Fails the test if it is trained."""

    def fit(self, X, y):
        """Trained too early."""
        raise AssertionError("a model was trained before the mistake was found")


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({}, "at least one parameter"),
        ([], "non-empty list"),
        ({"C": []}, "parameter 'C'"),
        ({"C": (1.0, 1.0)}, "parameter 'C'"),
        ({"C": (2, 1)}, "parameter 'C'"),
        ({"C": (0.0, 1.0, "log-uniform")}, "parameter 'C'"),
        ({"C": (0.1, 1.0, "normal")}, "parameter 'C'"),
        ({"C": (np.nan, 1.0)}, "parameter 'C'"),
        ({"C": (1.0, np.inf)}, "parameter 'C'"),
        ({"C": 1.0}, "parameter 'C'"),
        ({"C": "rbf"}, "parameter 'C'"),
        ({"C": ("a", "b", "c")}, "parameter 'C'"),
        ({"C": Categorical([1, 2], when={"D": [1]})}, "parameter 'C'"),
        ({"C": Categorical([1, 2], when={"kernel": ["cosine"]}), "kernel": ["rbf"]}, "parameter 'C'"),
        (
            {
                "C": Categorical([1, 2], when={"gamma": [1]}),
                "gamma": Categorical([1, 2], when={"C": [1]}),
            },
            "'gamma'",
        ),
        ({1: [1, 2]}, "Got 1 instead"),
        ({"cost": (0.1, 1.0)}, "Invalid parameter 'cost'"),
        ([({"C": [1, 2]}, 0)], "n_iter"),
        ([({"C": (0.1, 1.0)}, 30), ({"C": (1.0, 2.0)}, 30)], "at most n_iter=50"),
    ],
)
def test_bad_spaces_are_refused_before_the_first_fit(space, message):
    """A mistake found after an hour of fits has cost an hour."""
    with pytest.raises((ValueError, TypeError)) as caught:
        BayesSearchCV(NeverFitted(), space).fit(X, Y)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        (
            "n_iter",
            0,
            "'n_iter' parameter of BayesSearchCV must be an int in the range [1, inf). Got 0 instead.",
        ),
        ("sampler", "bayes", "'sampler' parameter of BayesSearchCV must be a Sampler or a str among"),
        ("timeout", 0, "'timeout' parameter of BayesSearchCV must be a float in the range (0.0, inf)"),
        ("stopping", 5, "'stopping' parameter of BayesSearchCV must be"),
        ("stopping", {"patience": 0}, "'n_trials' parameter of Patience"),
        ("initial_configurations", "defaults", "'initial_configurations' parameter of BayesSearchCV must be"),
        ("search_spaces", 3, "'search_spaces' parameter of BayesSearchCV must be"),
        ("random_state", "x", "'random_state' parameter of BayesSearchCV must be"),
        ("scoring", "acuracy", "'scoring' parameter of BayesSearchCV must be"),
    ],
)
def test_bad_parameters_are_refused_in_scikit_learns_words(parameter, value, message):
    """The wording users know tells them where to look."""
    with pytest.raises((ValueError, TypeError)) as caught:
        BayesSearchCV(NeverFitted(), {"C": (0.1, 1.0)}).set_params(**{parameter: value}).fit(X, Y)
    assert message in str(caught.value).replace("range (0, inf)", "range (0.0, inf)")


@pytest.mark.parametrize("error", [InvalidSpaceError, InvalidConfigurationError])
def test_errors_can_be_caught_as_value_errors(error):
    """Code written for other searches catches ValueError."""
    assert issubclass(error, ValueError)


class Limited(RandomSampler):
    """Remembers the limit it is told."""

    def with_time_limit(self, *limit):
        """Keep it."""
        self.limit = limit
        return self


@pytest.mark.parametrize(
    ("timeout", "space", "expected"),
    [(60, {"C": (0.1, 1.0)}, (60, 3, 2)), (60, {"C": [1, 2]}, (60, 2, 2)), (None, {"C": (0.1, 1.0)}, None)],
)
def test_samplers_know_the_limit_of_time(timeout, space, expected):
    """What a second is worth depends on how many there are, for how many trials, on how many workers."""
    sampler = Limited()
    with parallel_config("threading"):
        BayesSearchCV(SVC(), space, n_iter=3, cv=2, sampler=sampler, timeout=timeout, n_jobs=2).fit(X, Y)
    assert getattr(sampler, "limit", None) == expected


def test_a_generous_timeout_changes_nothing():
    """A safety net of an hour must not cost the reproducibility of a search of a second."""
    searches = [
        BayesSearchCV(
            SVC(), {"C": (1e-2, 1e2, "log-uniform")}, n_iter=9, cv=2, random_state=0, timeout=timeout
        )
        for timeout in (None, 3600)
    ]
    first, second = (search.fit(X, Y).cv_results_["params"] for search in searches)
    assert first == second


def test_every_notation_can_be_mixed():
    """Spaces are pasted from code written for other packages."""
    space = {
        "C": loguniform(1e-2, 1e2),
        "gamma": (1e-3, 1.0, "log-uniform"),
        "degree": randint(2, 5),
        "kernel": np.array(["rbf", "poly"]),
        "shrinking": [True, False],
        "class_weight": Categorical([None, "balanced", {0: 2.0}]),
        "cache_size": Integer(50, 500, "log-uniform"),
    }
    search = BayesSearchCV(SVC(), space, n_iter=8, cv=2, random_state=0).fit(X, Y)
    types = {name: type(value) for name, value in search.best_params_.items()}
    assert types["C"] is types["gamma"] is float
    assert types["degree"] is types["cache_size"] is int
    assert types["kernel"] is str
    assert types["shrinking"] is bool


def test_a_choice_of_models_with_hyperparameters_of_their_own():
    """Which model, and how to set it, is one question."""
    pipeline = Pipeline([("scale", StandardScaler()), ("clf", LogisticRegression())])
    svc, forest = SVC(), RandomForestClassifier(5, random_state=0)
    space = {
        "scale": [StandardScaler(), "passthrough"],
        "clf": [svc, forest],
        "clf__C": Real(0.1, 10.0, "log-uniform", when={"clf": [svc]}),
        "clf__max_depth": Integer(1, 5, when={"clf": [forest]}),
    }
    search = BayesSearchCV(pipeline, space, n_iter=10, cv=2, random_state=0, error_score="raise").fit(X, Y)
    for params in search.cv_results_["params"]:
        assert ("clf__C" in params) == (params["clf"] is svc)
        assert ("clf__max_depth" in params) == (params["clf"] is forest)
    assert not hasattr(svc, "classes_")
    assert not hasattr(forest, "classes_")


def test_of_several_metrics_the_refit_one_is_optimised():
    """Optimising another metric than the one asked for would be a silent mistake."""
    scoring = {"opposite": make_scorer(accuracy_score, greater_is_better=False), "accuracy": "accuracy"}
    space = {"C": (1e-3, 1e3, "log-uniform")}
    search = BayesSearchCV(SVC(), space, n_iter=5, cv=2, scoring=scoring, refit="accuracy", random_state=0)
    scores = [trial.score for trial in search.fit(X, Y).trials_]
    np.testing.assert_allclose(scores, search.cv_results_["mean_test_accuracy"])
    assert search.best_score_ == max(scores)
    search.set_params(refit=False).fit(X, Y)
    np.testing.assert_allclose(
        [trial.score for trial in search.trials_], search.cv_results_["mean_test_opposite"]
    )


def test_a_sampler_object_is_accepted():
    """Somebody who tunes the tuner needs its parameters."""
    sampler = TPESampler(n_initial=3)
    search = BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, n_iter=6, cv=2, sampler=sampler, random_state=0).fit(
        X, Y
    )
    assert len(search.trials_) == 6


def test_finite_space_is_covered_without_a_repeat():
    """With more trials than configurations the search ends early."""
    space = {"C": [0.1, 1.0], "kernel": ["linear", "rbf"]}
    search = BayesSearchCV(SVC(), space, n_iter=30, cv=2, random_state=0).fit(X, Y)
    assert len({tuple(params.items()) for params in search.cv_results_["params"]}) == 4
    assert len(search.cv_results_["params"]) == 4


def test_it_beats_its_own_random_start():
    """A search that learns nothing has no right to its name."""
    data = load_breast_cancer(return_X_y=True)
    pipeline = Pipeline([("scale", StandardScaler()), ("svc", SVC())])
    space = {"svc__C": (1e-3, 1e4, "log-uniform"), "svc__gamma": (1e-6, 1e1, "log-uniform")}

    def late_scores(sampler):
        search = BayesSearchCV(
            pipeline, space, n_iter=25, cv=2, sampler=sampler, random_state=0, initial_configurations=None
        )
        return np.median(search.fit(*data).cv_results_["mean_test_score"][12:])

    assert late_scores("gp") > late_scores("random") + 0.05
