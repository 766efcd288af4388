"""Dimensions of scikit-optimize and distributions of Optuna, as the installed packages make them."""

from __future__ import annotations

import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from skhpo import BayesSearchCV, Categorical, Integer, Ordinal, RandomizedSearchCV, Real
from skhpo.space import SearchSpace

pytestmark = pytest.mark.integration


def test_dimensions_of_scikit_optimize_are_read() -> None:
    """Whoever changes over from scikit-optimize keeps the space as it is written."""
    skopt = pytest.importorskip("skopt.space")
    theirs = {
        "C": skopt.Real(1e-3, 1e3, prior="log-uniform"),
        "shift": skopt.Real(-1.0, 1.0),
        "depth": skopt.Integer(1, 8),
        "width": skopt.Integer(1, 1000, prior="log-uniform"),
        "kind": skopt.Categorical(["a", "b", None]),
    }
    ours = {
        "C": Real(1e-3, 1e3, "log-uniform"),
        "shift": Real(-1.0, 1.0),
        "depth": Integer(1, 8),
        "width": Integer(1, 1000, "log-uniform"),
        "kind": Categorical(["a", "b", None]),
    }
    assert SearchSpace(theirs).to_dict() == SearchSpace(ours).to_dict()


def test_distributions_of_optuna_are_read() -> None:
    """Whoever changes over from Optuna keeps the distributions as they are written."""
    optuna = pytest.importorskip("optuna.distributions")
    theirs = {
        "C": optuna.FloatDistribution(1e-3, 1e3, log=True),
        "shift": optuna.FloatDistribution(-1.0, 1.0),
        "depth": optuna.IntDistribution(1, 8),
        "width": optuna.IntDistribution(1, 1000, log=True),
        "steps": optuna.IntDistribution(10, 50, step=20),
        "kind": optuna.CategoricalDistribution(["a", "b", None]),
    }
    ours = {
        "C": Real(1e-3, 1e3, "log-uniform"),
        "shift": Real(-1.0, 1.0),
        "depth": Integer(1, 8),
        "width": Integer(1, 1000, "log-uniform"),
        "steps": Ordinal([10, 30, 50]),
        "kind": Categorical(["a", "b", None]),
    }
    assert SearchSpace(theirs).to_dict() == SearchSpace(ours).to_dict()


@pytest.mark.parametrize("search_class", [BayesSearchCV, RandomizedSearchCV])
def test_spaces_of_both_packages_are_searched(search_class) -> None:
    """A space may hold both, in every search that draws from a space."""
    skopt = pytest.importorskip("skopt.space")
    optuna = pytest.importorskip("optuna.distributions")
    X, y = load_iris(return_X_y=True)
    space = {"max_depth": skopt.Integer(1, 5), "min_samples_leaf": optuna.IntDistribution(1, 20)}
    search = search_class(DecisionTreeClassifier(random_state=0), space, n_iter=6, cv=3, random_state=0)
    search.fit(X, y)
    assert len(search.cv_results_["params"]) == 6
    assert all(type(value) is int for params in search.cv_results_["params"] for value in params.values())
