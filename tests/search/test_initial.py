"""The configurations that are tried first."""

import logging
import math

import pytest
from scipy.stats import uniform
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhpo import (
    BayesSearchCV,
    Categorical,
    GridSearchCV,
    InvalidConfigurationError,
    RandomizedSearchCV,
    Real,
)
from skhpo.search._initial import default_configuration
from skhpo.space import SearchSpace

X, Y = load_iris(return_X_y=True)


def test_the_estimators_own_parameters_come_first():
    """A tuned model that is worse than the defaults is a disgrace: so the defaults are tried."""
    search = BayesSearchCV(SVC(C=3.0), {"C": (0.1, 10.0)}, n_iter=3, cv=2, sampler="random").fit(X, Y)
    assert search.cv_results_["params"][0] == {"C": 3.0}
    assert [trial.origin for trial in search.trials_] == ["default", "random", "random"]


def test_the_users_configurations_come_next():
    """Settings that won before are the best place to start."""
    search = BayesSearchCV(
        SVC(), {"C": (0.1, 10.0)}, n_iter=3, cv=2, initial_configurations=[{"C": 5.0}, {"C": 7.0}]
    ).fit(X, Y)
    assert [params["C"] for params in search.cv_results_["params"]] == [1.0, 5.0, 7.0]
    assert [trial.origin for trial in search.trials_] == ["default", "user", "user"]


def test_what_is_nearest_to_the_defaults_stands_in_for_them_and_this_is_said(caplog, capsys):
    """gamma="scale" is no number: the search must start close to it, and not hide that it was not tried."""
    space = {"gamma": (1e-3, 1.0), "C": (2.0, 10.0)}
    with caplog.at_level(logging.INFO, logger="skhpo"):
        search = BayesSearchCV(SVC(), space, n_iter=2, cv=2, sampler="random", verbose=1).fit(X, Y)
    assert [trial.origin for trial in search.trials_] == ["near default", "random"]
    assert search.trials_[0].configuration == {"gamma": 0.25, "C": 2.0}
    message = "The nearest configuration is tried first instead of the estimator's own parameters: The hyperparameter"
    assert message in caplog.text
    assert message in capsys.readouterr().out


@pytest.mark.parametrize(
    ("own", "dimension"),
    [(True, Real(0.1, 1.0)), (math.inf, Real(0.1, 1.0)), ("sqrt", Categorical(["log2", None]))],
)
def test_nothing_is_tried_where_nothing_is_near(own, dimension, caplog):
    """A start that has little to do with the defaults would pass for them."""
    model, space = DecisionTreeClassifier(max_features=own), {"max_features": dimension}
    with caplog.at_level(logging.INFO, logger="skhpo"):
        search = BayesSearchCV(model, space, n_iter=2, cv=2, sampler="random").fit(X, Y)
    assert [trial.origin for trial in search.trials_] == ["random", "random"]
    assert "The estimator's own parameters are not tried first" in caplog.text


def test_drop_ins_try_nothing_of_their_own():
    """Candidates that scikit-learn's search does not have would make other tables."""
    search = RandomizedSearchCV(
        SVC(), {"gamma": uniform(0.1, 0.5)}, n_iter=2, cv=2, initial_configurations="default", random_state=0
    )
    assert [trial.origin for trial in search.fit(X, Y).trials_] == ["given", "given"]


def test_no_initial_configurations_if_none_are_wanted():
    """Comparisons of samplers need a start without help."""
    search = BayesSearchCV(
        SVC(), {"C": (0.1, 10.0)}, n_iter=1, cv=2, initial_configurations=None, random_state=0
    )
    assert search.fit(X, Y).trials_[0].configuration != {"C": 1.0}


def test_only_active_defaults_are_taken():
    """The default of a hyperparameter that is not active would make the configuration invalid."""
    space = SearchSpace(
        {"kernel": ["linear", "poly"], "degree": [2, 3], "coef0": Real(0.0, 1.0, when={"kernel": ["poly"]})}
    )
    assert default_configuration(SVC(kernel="linear"), space) == {"kernel": "linear", "degree": 3}
    assert default_configuration(SVC(kernel="poly"), space) == {"kernel": "poly", "degree": 3, "coef0": 0.0}


def test_defaults_are_found_in_the_sub_space_they_fit():
    """With a choice of models the pipeline's own model has its defaults tried."""
    pipeline = Pipeline([("clf", RandomForestClassifier())])
    spaces = [
        {"clf": [SVC()], "clf__C": (0.1, 10.0)},
        {"clf": [RandomForestClassifier()], "clf__max_depth": [None, 3]},
    ]
    default = default_configuration(pipeline, SearchSpace(spaces))
    assert isinstance(default["clf"], RandomForestClassifier)
    assert default["clf__max_depth"] is None


@pytest.mark.parametrize(
    ("configuration", "message"),
    [({"C": 100.0}, "'C' must be"), ({"D": 1.0}, "'D'"), ({}, "'C' must be given"), ("C", "must be a dict")],
)
def test_configurations_outside_the_space_are_refused(configuration, message):
    """A seed that is silently dropped would be missed only when the search is over."""
    search = BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, initial_configurations=[{"C": 1.0}, configuration])
    with pytest.raises(InvalidConfigurationError, match=r"In initial_configurations\[1\]: ") as caught:
        search.fit(X, Y)
    assert message in str(caught.value)
    assert not hasattr(search, "trials_")


def test_drop_ins_take_initial_configurations_too():
    """What was known before counts in every search, and not on top of the budget."""
    grid = GridSearchCV(SVC(), {"C": [0.1, 1.0, 10.0]}, cv=2, initial_configurations=[{"C": 10.0}]).fit(X, Y)
    assert [params["C"] for params in grid.cv_results_["params"]] == [1.0, 10.0, 0.1]
    assert [trial.origin for trial in grid.trials_] == ["default", "user", "given"]
    random = RandomizedSearchCV(
        SVC(), {"C": [0.1, 1.0, 10.0, 20.0]}, n_iter=3, cv=2, initial_configurations="default", random_state=0
    ).fit(X, Y)
    assert random.cv_results_["params"][0] == {"C": 1.0}
    assert len(random.cv_results_["params"]) == 3


def test_defaults_are_the_users_own_objects():
    """The condition of a hyperparameter compares with the choice, not with a copy of it."""
    svc = SVC()
    pipeline = Pipeline([("clf", SVC())])
    assert (
        default_configuration(pipeline, SearchSpace({"clf": [svc, RandomForestClassifier()]}))["clf"] is svc
    )


def test_an_integer_default_is_no_fraction():
    """min_samples_leaf=1 means one sample, and 1.0 all of them: the model learnt a wrong point."""
    space = SearchSpace({"min_samples_leaf": (0.01, 1.0)})
    with pytest.raises(InvalidConfigurationError, match="The default of 'min_samples_leaf' is the integer 1"):
        default_configuration(RandomForestClassifier(), space)


def test_a_file_of_a_search_that_began_elsewhere_is_gone_on_with(tmp_path, monkeypatch):
    """Results of a version that did not begin near the defaults would be lost with an update."""
    search = BayesSearchCV(
        SVC(), {"gamma": (1e-3, 1.0)}, n_iter=3, cv=2, random_state=0, storage=tmp_path / "s.db"
    )
    with monkeypatch.context() as patch:
        patch.setattr("skhpo.search._bayes.stand_ins", lambda *_: {})
        before = clone(search).fit(X, Y).trials_
    assert before[0].origin != "near default"
    assert search.set_params(n_iter=4).fit(X, Y).trials_[:3] == before
