"""Our notations in random search, and what scikit-learn's notations keep meaning there."""

import numpy as np
import pytest
import sklearn.model_selection
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_iris
from sklearn.model_selection import KFold
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

import skhpo
from skhpo import Integer, RandomizedSearchCV, Real, Tuple
from skhpo.search._drop_in import is_extended

X, Y = load_iris(return_X_y=True)


def test_only_foreign_values_make_a_space_extended():
    """What scikit-learn understands has to keep scikit-learn's candidates."""
    assert not is_extended({"C": [1, 2], "kernel": ("rbf", "linear"), "gamma": uniform(0, 1)})
    assert not is_extended([{"C": [1, 2]}, {"kernel": ["rbf"]}])
    assert is_extended({"C": Real(0.1, 1.0)})
    assert is_extended([({"C": [1, 2]}, 1)])


def test_dimensions_work_in_random_search():
    """Ranges are how people think of hyperparameters."""
    space = {"C": Real(0.1, 10.0, "log-uniform"), "kernel": ("rbf", "linear"), "degree": Integer(2, 4)}
    search = RandomizedSearchCV(SVC(), space, n_iter=6, cv=2, random_state=0).fit(X, Y)
    for params in search.cv_results_["params"]:
        assert 0.1 <= params["C"] <= 10.0
        assert params["kernel"] in ("rbf", "linear")
        assert type(params["degree"]) is int
    again = RandomizedSearchCV(SVC(), space, n_iter=6, cv=2, random_state=0, n_jobs=2).fit(X, Y)
    assert again.cv_results_["params"] == search.cv_results_["params"]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_shapes_of_networks_are_tuned():
    """The number of layers and the width of each are hyperparameters like others."""
    space = {
        "hidden_layer_sizes": Tuple(Integer(2, 8), length=(1, 3)),
        "alpha": Real(1e-5, 1e-1, "log-uniform"),
    }
    search = RandomizedSearchCV(MLPClassifier(max_iter=2), space, n_iter=6, cv=2, random_state=0).fit(X, Y)
    shapes = [params["hidden_layer_sizes"] for params in search.cv_results_["params"]]
    assert all(type(shape) is tuple and 1 <= len(shape) <= 3 for shape in shapes)
    assert len(set(map(len, shapes))) > 1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning", "ignore:One or more of")
def test_a_range_that_would_be_three_choices_is_pointed_out():
    """The notation of BayesSearchCV, pasted here, fitted the word "log-uniform" as a value of C."""
    search = RandomizedSearchCV(SVC(), {"C": (0.1, 10.0, "log-uniform")}, n_iter=3, cv=2)
    with pytest.warns(UserWarning, match="is three choices for parameter 'C'"):
        search.fit(X, Y)


def test_candidates_are_drawn_before_the_splits():
    """Where both come from one generator, scikit-learn's candidates were missed."""
    space, cv = {"C": loguniform(0.1, 10.0)}, KFold(2, shuffle=True)
    results = []
    for source in (skhpo, sklearn.model_selection):
        np.random.seed(0)
        results.append(source.RandomizedSearchCV(SVC(), space, n_iter=3, cv=cv).fit(X, Y).cv_results_)
    assert results[0]["params"] == results[1]["params"]
    np.testing.assert_array_equal(results[0]["mean_test_score"], results[1]["mean_test_score"])
