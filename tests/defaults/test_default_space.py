"""Default spaces: every entry yields configurations that can be fitted, with the defaults among them."""

from __future__ import annotations

import importlib
import warnings

import numpy as np
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.utils import all_estimators

from skhpo import InvalidSpaceError
from skhpo.defaults import SPACES, default_space, default_start
from skhpo.space import SearchSpace, equal_values

N_DRAWN = 12
CLASSES = dict(all_estimators())
OF_SKLEARN = sorted(set(SPACES) & CLASSES.keys())
OF_OTHERS = {
    "CatBoostClassifier": "catboost",
    "CatBoostRegressor": "catboost",
    "LGBMClassifier": "lightgbm",
    "LGBMRegressor": "lightgbm",
    "XGBClassifier": "xgboost",
    "XGBRegressor": "xgboost",
}
QUICK = {"n_estimators": 5, "iterations": 5, "max_iter": 5}
TEXTS = ["ab cd ef", "bc de fg", "cd ef gh", "de fg", "ab ab hi", "hi de", "bc bc", "gh ab"]
ARGUMENTS = {"OneHotEncoder": {"handle_unknown": "ignore"}}


def make_data(estimator, n_features=6):
    """Data that an estimator takes."""
    X, y = make_classification(60, n_features=n_features, random_state=0)
    if "Vectorizer" in type(estimator).__name__:
        return TEXTS, [0, 1] * 4
    if type(estimator).__name__ in ("BernoulliNB", "ComplementNB", "MultinomialNB"):
        X = np.abs(X)
    if type(estimator).__name__ in ("GammaRegressor", "PoissonRegressor", "TweedieRegressor"):
        y = y + 1.0
    return X, y + np.linspace(0, 0.1, len(y)) if is_regressor(estimator) else y


def check_entry(estimator):
    """Draw configurations and fit them; the defaults are one of them."""
    X, y = make_data(estimator)
    space = SearchSpace(default_space(estimator, None if isinstance(X, list) else X))
    for configuration in space.sample(np.random.default_rng(0), N_DRAWN):
        quick = {name: min(value, QUICK[name]) for name, value in configuration.items() if name in QUICK}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            clone(estimator).set_params(**clone(configuration, safe=False)).set_params(**quick).fit(X, y)
    start = default_start(estimator, None if isinstance(X, list) else X)
    (subspace,) = space.subspaces
    values = estimator.get_params()
    for name, dimension in subspace.dimensions.items():
        is_active = all(
            any(equal_values(values[parent], one) for one in allowed)
            for parent, allowed in dimension.when.items()
        )
        if is_active:
            assert dimension.contains(start.get(name, values.get(name))), name


@pytest.mark.parametrize("name", OF_SKLEARN)
def test_every_entry_yields_configurations_that_fit(name) -> None:
    """A search of an hour would be full of failed rows, or would not try the defaults."""
    check_entry(CLASSES[name](**ARGUMENTS.get(name, {})))


@pytest.mark.integration
@pytest.mark.parametrize("name", sorted(OF_OTHERS))
def test_every_entry_of_a_booster_yields_configurations_that_fit(name) -> None:
    """As above, for packages that need not be installed."""
    package = pytest.importorskip(OF_OTHERS[name])
    silent = {"verbose": -1} if package.__name__ == "lightgbm" else {}
    silent = {"verbose": 0, "allow_writing_files": False} if package.__name__ == "catboost" else silent
    check_entry(getattr(importlib.import_module(package.__name__), name)(**silent))


def test_every_entry_has_a_source() -> None:
    """Ranges without a source are somebody's habit."""
    assert all(entry.source for entry in SPACES.values())


def test_what_the_user_has_set_is_left_alone() -> None:
    """Somebody who sets a parameter means it."""
    space = default_space(RandomForestClassifier(max_features=0.5, class_weight="balanced"))
    assert "max_depth" in space
    assert not {"max_features", "class_weight"} & space.keys()


def test_pipelines_and_column_transformers_are_made_of_their_parts() -> None:
    """Most models are pipelines."""
    columns = ColumnTransformer(
        [("category", OneHotEncoder(handle_unknown="ignore"), [0])], remainder=StandardScaler()
    )
    space = default_space(make_pipeline(columns, LogisticRegression()))
    assert set(space) == {
        "columntransformer__category__min_frequency",
        "logisticregression__C",
        "logisticregression__class_weight",
    }


def test_conditions_have_the_prefix_too() -> None:
    """A condition on a name that does not exist would be an error."""
    space = default_space(make_pipeline(StandardScaler(), CLASSES["SGDClassifier"]()))
    assert list(space["sgdclassifier__l1_ratio"].when) == ["sgdclassifier__penalty"]


def test_choices_of_models_have_spaces_of_their_own() -> None:
    """The depth of a forest means nothing to a support vector machine."""
    pipeline = make_pipeline(StandardScaler(), SVC())
    forest, svc = RandomForestClassifier(), SVC()
    first, second = default_space(pipeline, choices={"svc": [forest, svc]})
    assert first["svc"].choices == (forest,)
    assert "svc__max_depth" in first
    assert "svc__max_depth" not in second
    assert is_classifier(second["svc"].choices[0])


def test_ranges_follow_the_size_of_the_data() -> None:
    """A leaf of a hundred samples is no leaf where there are sixty."""
    small = default_space(RandomForestClassifier(), np.zeros((60, 3)))
    large = default_space(RandomForestClassifier(), np.zeros((6000, 3)))
    assert small["min_samples_leaf"].high < large["min_samples_leaf"].high


def test_an_estimator_without_entry_is_refused() -> None:
    """An empty space would be searched in no time, and nobody would know why."""
    with pytest.raises(InvalidSpaceError, match="no default space for StandardScaler"):
        default_space(StandardScaler())


def test_choices_have_to_be_listed():
    """'SVC object is not iterable' does not say where."""
    with pytest.raises(TypeError, match="The 'choices' of 'svc' must be a list of estimators"):
        default_space(make_pipeline(SVC()), choices={"svc": SVC()})
