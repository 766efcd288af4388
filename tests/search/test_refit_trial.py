"""Any trial can be trained on all data as the winner is."""

from inspect import signature

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.svm import SVC

from skhpo import BayesSearchCV, GridSearchCV, HalvingGridSearchCV, HyperbandSearchCV, PopulationSearchCV
from skhpo.search import refit_trial

X, Y = make_classification(90, flip_y=0.2, random_state=0)
MODEL = SGDClassifier(random_state=0)
RANGE = {"alpha": (1e-6, 1.0, "log-uniform")}
BOOSTER = GradientBoostingClassifier(random_state=0)
CHOICE = {"model": [SVC(probability=False), MODEL]}


@pytest.mark.parametrize(
    "search",
    [
        BayesSearchCV(MODEL, RANGE, n_iter=3, cv=3, random_state=0),
        HalvingGridSearchCV(MODEL, {"alpha": [1e-4, 1e-2, 1.0]}, cv=3, min_resources=30, random_state=0),
        HyperbandSearchCV(
            BOOSTER, {"max_depth": (1, 4)}, resource="n_estimators", max_resources=4, cv=2, random_state=0
        ),
        HyperbandSearchCV(MODEL, RANGE, resource="epochs", max_resources=4, cv=2, random_state=0),
        PopulationSearchCV(
            MODEL, RANGE, resource="epochs", population_size=3, n_generations=2, cv=2, random_state=0
        ),
    ],
    ids=["bayes", "halving", "iterations", "epochs", "population"],
)
def test_the_winner_is_trained_as_the_search_has_done(search):
    """An ensemble whose members are trained otherwise than they were measured is not the one that was chosen."""
    search = clone(search).fit(X, Y)
    winner = _winner(search)
    again = refit_trial(search, winner.number, X, Y)
    assert again is not search.best_estimator_
    np.testing.assert_array_equal(again.decision_function(X), search.best_estimator_.decision_function(X))


@pytest.mark.skipif(
    "X_val" not in signature(HistGradientBoostingClassifier.fit).parameters,
    reason="there is no such early stopping before scikit-learn 1.7",
)
def test_early_stopping_says_how_long():
    """The model would be trained for as long as the user has allowed at most."""
    model = HistGradientBoostingClassifier(early_stopping=True, max_iter=200, random_state=0)
    grid = {"learning_rate": [0.3, 0.5]}
    search = GridSearchCV(model, grid, cv=2, early_stopping="fold").fit(X, Y)
    for number in range(2):
        n_iterations = search.cv_results_["median_n_iterations"][number]
        assert refit_trial(search, number, X, Y).n_iter_ == round(n_iterations) < 200


def _winner(search):
    """The trial behind the best row."""
    best = search.cv_results_["mean_test_score"][search.best_index_]
    name = getattr(search, "resource", None)
    wanted = {key: value for key, value in search.best_params_.items() if key != name}
    return next(
        trial
        for trial in search.trials_
        if trial.configuration == wanted and trial.status == "complete" and trial.score == best
    )


def test_values_that_are_estimators_stay_unfitted():
    """The user's own objects are not to be changed."""
    svc = SVC()
    search = GridSearchCV(_Choice(svc), {"inner": [svc]}, cv=2, refit=False).fit(X, Y)
    model = refit_trial(search, 0, X, Y)
    assert hasattr(model.inner, "support_")
    assert not hasattr(svc, "support_")


class _Choice(SVC):
    """An estimator with another one inside, which it fits."""

    def __init__(self, inner=None):
        super().__init__()
        self.inner = inner

    def get_params(self, deep=True):
        return {"inner": self.inner}

    def fit(self, X, y):
        super().fit(X, y)
        self.inner.fit(X, y)
        return self
