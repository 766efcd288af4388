"""Portfolios: every member is in the default space of its estimator, whatever the data, and can be fitted."""

from __future__ import annotations

import importlib
import tomllib
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import is_regressor
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

from skhpo.defaults import SPACES, default_space, default_start, portfolio, portfolios
from skhpo.search._initial import default_configuration
from skhpo.space import SearchSpace

CLASSES = dict(all_estimators())
BOOSTERS = {"XGB": "xgboost", "LGBM": "lightgbm", "CatBoost": "catboost"}
SHAPES = [(60, 3), (400, 20), (5000, 300)]
QUICK = {"n_estimators": 5, "iterations": 5, "max_iter": 5}
ROOT = Path(__file__).parents[2]


def make(name):
    """An estimator by the name of its class."""
    if name in CLASSES:
        return CLASSES[name]()
    (module,) = (module for start, module in BOOSTERS.items() if name.startswith(start))
    return getattr(importlib.import_module(module), name)(**({"verbose": -1} if module == "lightgbm" else {}))


def completed(estimator, X):
    """The portfolio as configurations of the default space."""
    space = SearchSpace(default_space(estimator, X))
    return [
        default_configuration(estimator, space, default_start(estimator, X), one)
        for one in portfolio(estimator, X)
    ]


def check_members(name):
    """See that members are in every space, and fit them."""
    estimator = make(name)
    assert 1 <= len(portfolio(estimator)) <= 8
    for shape in SHAPES:
        assert completed(estimator, np.zeros(shape))  # raises if one is outside
    X, y = make_classification(60, n_features=6, random_state=0)
    y = y + np.linspace(0, 0.1, len(y)) if is_regressor(estimator) else y
    for configuration in completed(estimator, X):
        quick = {one: min(value, QUICK[one]) for one, value in configuration.items() if one in QUICK}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            make(name).set_params(**configuration).set_params(**quick).fit(X, y)


@pytest.mark.parametrize("name", sorted(portfolios().keys() & CLASSES.keys()))
def test_every_member_can_be_fitted(name) -> None:
    """A member outside of the space is skipped in silence, and one that fails costs every user a trial."""
    check_members(name)


@pytest.mark.integration
@pytest.mark.parametrize("name", sorted(portfolios().keys() - CLASSES.keys()))
def test_every_member_of_a_booster_can_be_fitted(name) -> None:
    """As above, for packages that need not be installed."""
    check_members(name)


def test_portfolios_are_of_estimators_with_a_default_space() -> None:
    """The portfolio of an unknown class would never be found."""
    assert portfolios().keys() <= SPACES.keys()


def test_the_file_is_part_of_the_package() -> None:
    """An installed package without it could not be imported."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    assert "portfolios.json" in data["skhpo.defaults"]
    assert (ROOT / "skhpo" / "defaults" / "portfolios.json").exists()


def test_members_differ_from_each_other_and_from_the_defaults() -> None:
    """A configuration that is tried twice is a trial less."""
    for name in portfolios().keys() & CLASSES.keys():
        estimator = make(name)
        tried = [
            default_configuration(estimator, SearchSpace(default_space(estimator)), default_start(estimator))
        ]
        for one in completed(estimator, None):
            assert one not in tried, (name, one)
            tried.append(one)


@pytest.fixture
def known(monkeypatch):
    """Portfolios for these tests."""
    table = {
        "DecisionTreeClassifier": [
            {"min_samples_leaf": 30, "max_depth": 3},
            {"min_samples_leaf": 25, "max_depth": 3},
        ],
        "KNeighborsClassifier": [{"n_neighbors": 9, "p": 1}],
        "PolynomialFeatures": [{"degree": 3}],
        "SGDClassifier": [{"penalty": "elasticnet", "l1_ratio": 0.5}, {"penalty": "l1", "l1_ratio": 0.5}],
        "SVC": [{"C": 8.0, "gamma": 0.4}],
    }
    monkeypatch.setattr("skhpo.defaults._portfolio.portfolios", lambda: table)


def test_the_width_of_a_kernel_follows_the_number_of_columns(known) -> None:
    """Distances grow with the number of columns, and what suits 20 of them does not suit 200."""
    assert portfolio(SVC(), np.zeros((100, 20))) == [{"C": 8.0, "gamma": 0.02}]
    assert portfolio(SVC(), np.zeros((100, 200))) == [{"C": 8.0, "gamma": 0.002}]


def test_numbers_are_moved_into_the_space_and_what_becomes_the_same_is_dropped(known) -> None:
    """A leaf of 30 samples is no leaf of 60."""
    assert portfolio(DecisionTreeClassifier(), np.zeros((60, 4))) == [{"min_samples_leaf": 6, "max_depth": 3}]
    assert len(portfolio(DecisionTreeClassifier(), np.zeros((600, 4)))) == 2


def test_what_the_user_has_set_is_left_alone(known) -> None:
    """Somebody who sets a parameter means it."""
    assert portfolio(SVC(C=3.0), np.zeros((100, 20))) == [{"gamma": 0.02}]
    assert portfolio(SVC(C=3.0, gamma=0.1)) == []


def test_values_without_effect_are_left_out(known) -> None:
    """The configuration would be outside of a space in which they are inactive."""
    assert portfolio(SGDClassifier()) == [{"penalty": "elasticnet", "l1_ratio": 0.5}, {"penalty": "l1"}]


def test_parts_are_changed_one_at_a_time(known) -> None:
    """What was not measured together is not tried together."""
    pipeline = make_pipeline(StandardScaler(), PolynomialFeatures(), KNeighborsClassifier())
    assert portfolio(pipeline) == [
        {"polynomialfeatures__degree": 3},
        {"kneighborsclassifier__n_neighbors": 9, "kneighborsclassifier__p": 1},
    ]


def test_choices_are_tried_in_turn(known) -> None:
    """Each model's defaults come first: the best model may be found by these alone."""
    forest, svc, tree = RandomForestClassifier(), SVC(), DecisionTreeClassifier()
    pipeline = make_pipeline(StandardScaler(), svc)
    found = portfolio(pipeline, np.zeros((300, 4)), choices={"svc": [forest, svc, tree]})
    assert [one["svc"] for one in found] == [forest, svc, tree, svc, tree, tree]
    assert list(found[0]) == ["svc"]
    assert found[3] == {"svc": svc, "svc__C": 8.0, "svc__gamma": 0.1}


def test_subclasses_have_the_portfolio_of_their_class(known) -> None:
    """A subclass with another fit method is tuned like its parent."""

    class Mine(KNeighborsClassifier):
        pass

    assert portfolio(Mine()) == [{"n_neighbors": 9, "p": 1}]
