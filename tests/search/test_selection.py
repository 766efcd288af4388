"""Rules for `refit`, with every search."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import SGDClassifier

from skhpo import (
    BayesSearchCV,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    PopulationSearchCV,
    RandomizedSearchCV,
)
from skhpo.search import FastestWithin, OneStandardError, PosteriorMean

X, Y = make_classification(90, flip_y=0.2, random_state=0)
MODEL = SGDClassifier(random_state=0, max_iter=5, tol=None)
LIST = {"alpha": [1e-5, 1e-3, 1e-1, 1.0], "penalty": ["l2", "l1"]}
RANGE = {"alpha": (1e-6, 1.0, "log-uniform"), "penalty": ["l2", "l1"]}
EPOCHS = {"resource": "epochs", "max_resources": 4, "cv": 3, "random_state": 0}
SEARCHES = [
    GridSearchCV(MODEL, LIST, cv=3),
    RandomizedSearchCV(MODEL, LIST, n_iter=5, cv=3, random_state=0),
    BayesSearchCV(MODEL, RANGE, n_iter=8, cv=3, random_state=0),
    BayesSearchCV(MODEL, RANGE, n_iter=8, cv=5, racing="margin", random_state=0),
    HalvingGridSearchCV(MODEL, LIST, cv=3, factor=2, min_resources=20, random_state=0),
    HalvingRandomSearchCV(
        MODEL, {"alpha": [1e-4, 1e-3, 1e-2, 0.1, 1.0]}, n_candidates=4, cv=3, factor=2, random_state=0
    ),
    HyperbandSearchCV(MODEL, RANGE, factor=2, **EPOCHS),
    PopulationSearchCV(
        MODEL, RANGE, resource="epochs", population_size=4, n_generations=2, cv=3, random_state=0
    ),
]
RULES = [
    OneStandardError(["-alpha", ("penalty", ["l1", "l2"])]),
    FastestWithin(0.05),
    PosteriorMean(),
]


def fitted(search, **parameters):
    """A clone with other parameters, fitted."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The search ended before")
        return clone(search).set_params(**parameters).fit(X, Y)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: type(search).__name__)
def test_every_rule_works_with_every_search(search, rule):
    """The winner is a whole trial of the last rung, close to the best, and it is refitted."""
    found = fitted(search, refit=rule)
    results = found.cv_results_
    scores = results["mean_test_score"]
    allowed = np.isfinite(scores)
    if "n_resources" in results:
        allowed &= results["n_resources"] == results["n_resources"].max()
    assert allowed[found.best_index_]
    assert found.best_params_ == results["params"][found.best_index_]
    found.best_estimator_.predict(X)
    if "status" in results:
        allowed &= results["status"] == "complete"
    if isinstance(rule, FastestWithin):
        near = allowed & (scores >= scores[allowed].max() - 0.05)
        seconds = results["mean_fit_time"] + results["mean_score_time"]
        assert seconds[found.best_index_] == seconds[near].min()


def results_of(scores, **columns):
    """A table of results with one hyperparameter "x" and the given scores of splits."""
    scores = np.array(scores, dtype=float)
    results = {f"split{i}_test_score": scores[:, i] for i in range(scores.shape[1])}
    results["mean_test_score"] = scores.mean(axis=1)
    results["params"] = [{"x": i} for i in range(len(scores))]
    return results | columns


def test_one_standard_error():
    """Within noise of the best the simpler one is taken, beyond it is not."""
    results = results_of([[0.5, 0.6, 0.7], [0.78, 0.8, 0.82], [0.7, 0.85, 0.94], [0.7, 0.9, 0.98]])
    # The last one has mean 0.86 and a standard error of 0.083.
    assert OneStandardError(["x"])(results) == 1
    assert OneStandardError(["-x"])(results) == 3
    assert OneStandardError(["x"], n_errors=0.2)(results) == 3
    assert OneStandardError(lambda configuration: abs(configuration["x"] - 2))(results) == 2
    assert OneStandardError([("x", [2, 1])])(results) == 2


def test_orders_of_several_kinds_of_values():
    """Unlimited depth is the most complex one, and what is not active is no complexity."""
    results = results_of(np.full((4, 3), 0.5))
    results["params"] = [
        {"depth": None, "k": "rbf"},
        {"depth": 3, "k": "rbf"},
        {"depth": 9, "k": "linear"},
        {"k": "rbf"},
    ]
    assert OneStandardError(["depth"])(results) == 3
    assert OneStandardError([("k", ["linear", "rbf"]), "depth"])(results) == 2
    results["params"][3]["depth"] = 4
    assert OneStandardError(["depth"])(results) == 1
    with pytest.raises(ValueError, match="must give the values of 'k' from the simplest"):
        OneStandardError(["k"])(results)


def test_fastest_within():
    """The tolerance is about the score, the choice about the chosen time."""
    results = results_of(
        [[0.9, 0.9], [0.89, 0.89], [0.7, 0.7]],
        mean_fit_time=np.array([3.0, 2.0, 1.0]),
        mean_score_time=np.array([0.0, 2.0, 1.0]),
    )
    assert FastestWithin(0.0)(results) == 0
    assert FastestWithin(0.02, time="fit")(results) == 1
    assert FastestWithin(0.02)(results) == 0
    assert FastestWithin(0.5)(results) == 2


def test_posterior_mean_does_not_fall_for_luck():
    """One lucky score far from all other good ones is not the best configuration."""
    x = np.linspace(0, 1, 41)
    truth = -((x - 0.3) ** 2)
    rng = np.random.default_rng(0)
    scores = truth + 0.05 * rng.standard_normal(41)
    scores[36] = scores.max() + 0.01
    results = results_of(scores[:, None])
    results["params"] = [{"x": float(value)} for value in x]
    chosen = PosteriorMean(space={"x": (0.0, 1.0)})(results)
    assert abs(x[chosen] - 0.3) < 0.15
    assert np.argmax(scores) == 36
    assert PosteriorMean()(results) == chosen  # the space is read off the values


def test_failed_rows_are_never_chosen():
    """NaN compares with nothing and would slip through."""
    results = results_of(
        [[np.nan, 0.9], [0.5, 0.6], [0.4, 0.4], [0.3, 0.5], [0.2, 0.5], [0.5, 0.1]],
        mean_fit_time=np.arange(6.0),
        mean_score_time=np.zeros(6),
    )
    for rule in (OneStandardError(["x"]), FastestWithin(1.0), PosteriorMean()):
        assert rule(results) != 0
    with pytest.raises(ValueError, match="needs a configuration with a finite score"):
        FastestWithin(0.1)(results_of([[np.nan, np.nan]]))


def test_several_metrics():
    """The rule says which of them counts; that it does not is said before anything is fitted."""
    search = GridSearchCV(MODEL, LIST, cv=3, scoring=["accuracy", "neg_log_loss"])
    rule = FastestWithin(0.0, metric="accuracy")
    found = clone(search).set_params(scoring=["accuracy", "f1"], refit=rule).fit(X, Y)
    assert found.cv_results_["rank_test_accuracy"][found.best_index_] == 1
    for rule in (FastestWithin(0.1), FastestWithin(0.1, metric="auc")):
        with pytest.raises(
            ValueError, match=r"'metric' parameter of FastestWithin must be one of \['accuracy'"
        ):
            clone(search).set_params(refit=rule).fit(None, None)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: OneStandardError([]),
            "The 'order' parameter of OneStandardError must be a callable or a list",
        ),
        (
            lambda: OneStandardError("alpha"),
            "The 'order' parameter of OneStandardError must be a callable or a list",
        ),
        (
            lambda: OneStandardError(["x"], n_errors=-1),
            "The 'n_errors' parameter of OneStandardError must be a float",
        ),
        (
            lambda: FastestWithin(-0.1),
            "The 'tolerance' parameter of FastestWithin must be a float in the range",
        ),
        (
            lambda: FastestWithin(0.1, time="wall"),
            "The 'time' parameter of FastestWithin must be a str among",
        ),
    ],
)
def test_wrong_rules(make, message):
    """Mistakes in a rule show up before hours of fits."""
    with pytest.raises(ValueError, match=message):
        make()


def test_unknown_hyperparameters_in_an_order():
    """A misspelt name would make everything equally simple, without a word."""
    with pytest.raises(ValueError, match="must name hyperparameters of the estimator. Got 'aplha' instead"):
        fitted(SEARCHES[0], refit=OneStandardError(["-aplha"]))
