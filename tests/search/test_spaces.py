"""Searches without a space."""

import pytest
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo import BayesSearchCV, HyperbandSearchCV, InvalidSpaceError, PopulationSearchCV

X, Y = load_iris(return_X_y=True)


def test_no_space_has_to_be_written():
    """Which hyperparameters there are and how far they reach is what most users do not know."""
    search = BayesSearchCV(make_pipeline(StandardScaler(), SVC()), n_iter=4, cv=2, random_state=0).fit(X, Y)
    assert search.best_params_.keys() == {"svc__C", "svc__gamma", "svc__class_weight"}


def test_the_defaults_are_tried_first_though_one_is_no_number():
    """gamma="scale" has a number that means the same for scaled data."""
    search = BayesSearchCV(make_pipeline(StandardScaler(), SVC()), n_iter=2, cv=2, random_state=0).fit(X, Y)
    assert search.trials_[0].origin == "default"
    assert search.cv_results_["params"][0] == {"svc__C": 1.0, "svc__gamma": 0.25, "svc__class_weight": None}


def test_what_is_rationed_is_not_searched():
    """The number of trees cannot be both."""
    model = GradientBoostingClassifier(random_state=0)
    search = HyperbandSearchCV(model, resource="n_estimators", max_resources=3, cv=2, random_state=0).fit(
        X, Y
    )
    assert "learning_rate" in search.best_params_
    assert set(search.cv_results_["n_resources"]) <= {1, 3}


def test_populations_have_default_spaces_too():
    """Networks are what populations are for; one that stops early cannot be trained on."""
    model = MLPClassifier(hidden_layer_sizes=(4,), random_state=0)
    search = PopulationSearchCV(model, population_size=2, n_generations=2, cv=2, random_state=0).fit(X, Y)
    assert "alpha" in search.best_params_
    assert "early_stopping" not in search.best_params_


def test_an_estimator_without_default_space_is_refused():
    """A search over nothing would end at once."""
    with pytest.raises(InvalidSpaceError, match="no default space for StandardScaler"):
        BayesSearchCV(StandardScaler(), scoring=lambda *args: 0.0).fit(X, Y)


def test_epochs_are_not_searched_with_what_they_refuse():
    """Half of the trials would fail: partial_fit knows no class_weight="balanced"."""
    search = HyperbandSearchCV(
        SGDClassifier(random_state=0), resource="epochs", max_resources=3, cv=2, random_state=0
    )
    assert "class_weight" not in search.fit(X, Y).best_params_
    assert all(trial.status != "failed" for trial in search.trials_)


def test_a_default_space_suits_the_lowest_rung():
    """Eighty-one neighbours of the forty samples of a rung fail, though they would be fine with all samples."""
    big = make_classification(300, random_state=0)
    search = HyperbandSearchCV(KNeighborsClassifier(), cv=3, sampler="random", random_state=0).fit(*big)
    assert "failed" not in {trial.status for trial in search.trials_}
    assert search.min_resources_ < 81 < max(search.cv_results_["n_resources"]) / 2


def test_what_is_missing_is_said_where_everything_has_been_set():
    """'There is no default space for KNeighborsClassifier, but for KNeighborsClassifier' helps nobody."""
    model = KNeighborsClassifier(n_neighbors=3, weights="distance", p=1)
    with pytest.raises(InvalidSpaceError, match="have been set to other values"):
        BayesSearchCV(model).fit(X, Y)
