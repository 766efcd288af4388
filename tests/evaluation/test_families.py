"""For each family: a model that was trained on is the one that is trained in one go."""

from __future__ import annotations

import numpy as np
import pytest
from ladder import RUNGS, X, Y, climb, outputs
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import IncrementalPCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Perceptron, SGDClassifier, SGDRegressor
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.tree import DecisionTreeClassifier

from skhpo.evaluation._families import FAMILIES, family_of

BOTH = Y % 2
TWO = np.column_stack([Y % 2, Y % 3])
INDICATOR = np.column_stack([Y % 2, Y % 3 == 0]).astype(int)

CONTINUED = {
    "n_estimators": [
        GradientBoostingClassifier(max_depth=2, random_state=0),
        GradientBoostingClassifier(max_depth=2, subsample=0.5, max_features=4, random_state=0),
        GradientBoostingRegressor(max_depth=2, random_state=0),
        RandomForestClassifier(random_state=0),
        RandomForestClassifier(random_state=0, class_weight="balanced_subsample", oob_score=False),
        RandomForestRegressor(random_state=0, max_features=4),
        ExtraTreesClassifier(random_state=0),
        ExtraTreesRegressor(random_state=0, max_features=4),
        BaggingClassifier(DecisionTreeClassifier(max_depth=3), random_state=0),
        BaggingRegressor(random_state=0, max_samples=0.5, max_features=0.5),
        IsolationForest(random_state=0),
    ],
    "max_iter": [
        HistGradientBoostingClassifier(max_leaf_nodes=4, random_state=0),
        HistGradientBoostingRegressor(max_leaf_nodes=4, max_features=0.3, random_state=0),
        HistGradientBoostingClassifier(max_leaf_nodes=4, early_stopping=True, random_state=0),
        HistGradientBoostingClassifier(
            max_leaf_nodes=4, early_stopping=True, scoring="accuracy", n_iter_no_change=2, random_state=0
        ),
        HistGradientBoostingRegressor(
            max_leaf_nodes=4, early_stopping=True, tol=0.2, n_iter_no_change=1, random_state=0
        ),
    ],
    "epochs": [
        MLPClassifier((8,), random_state=0),
        MLPClassifier((8,), solver="sgd", learning_rate="invscaling", random_state=0),
        MLPRegressor(hidden_layer_sizes=(8,), random_state=0),
        GaussianNB(),
        BernoulliNB(),
        MiniBatchKMeans(3, n_init=1, random_state=0),
        IncrementalPCA(3),
    ],
}
REFITTED = {
    "n_estimators": [
        AdaBoostClassifier(random_state=0),
        GradientBoostingClassifier(max_depth=1, n_iter_no_change=3, random_state=0),
        BaggingRegressor(random_state=0, oob_score=True),
    ],
    "max_iter": [
        MLPClassifier((4,), random_state=0),
        SGDClassifier(random_state=0),
        LogisticRegression(random_state=0),
    ],
    "epochs": [
        SGDClassifier(random_state=0),
        SGDRegressor(random_state=0),
        Perceptron(random_state=0),
    ],
}


def cases(table):
    """One case for each estimator of a table."""
    return [pytest.param(name, one, id=f"{one!r:.60}") for name, row in table.items() for one in row]


def target(estimator):
    """Fewer classes for what trains a tree for each."""
    return BOTH if "GradientBoosting" in type(estimator).__name__ else Y


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer|Maximum number|Some inputs do not have OOB")
@pytest.mark.parametrize(("name", "estimator"), cases(CONTINUED))
def test_continued_models_are_those_trained_in_one_go(name, estimator):
    """Otherwise the score of a configuration depends on the rungs it came by, and nobody can reproduce it."""
    model, started, in_one_go = climb(estimator, name, y=target(estimator))
    assert started == [0, *RUNGS[:-1]], "it was trained on"
    np.testing.assert_allclose(outputs(model), outputs(in_one_go), rtol=1e-9, atol=1e-12)
    assert repr(model) == repr(in_one_go), "parameters are what they would be"


@pytest.mark.filterwarnings(
    "ignore:Stochastic Optimizer|Maximum number|lbfgs failed|Some inputs do not have OOB"
)
@pytest.mark.parametrize(("name", "estimator"), cases(REFITTED))
def test_where_going_on_gives_another_model_or_costs_more_they_are_refitted(name, estimator):
    """Cheap and wrong is not cheap."""
    model, started, in_one_go = climb(estimator, name, y=target(estimator))
    assert started == [0] * len(RUNGS)
    np.testing.assert_array_equal(outputs(model), outputs(in_one_go))


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(0)])
@pytest.mark.parametrize(
    ("name", "estimator"),
    [
        ("n_estimators", RandomForestClassifier()),
        ("n_estimators", GradientBoostingClassifier(subsample=0.5, max_depth=1)),
        ("max_iter", HistGradientBoostingClassifier(max_leaf_nodes=4)),
        ("epochs", MLPClassifier((4,))),
        ("epochs", SGDClassifier()),
    ],
    ids=repr,
)
def test_every_random_state_is_legal(name, estimator, random_state):
    """Most users leave it at None."""
    model, started, _ = climb(estimator.set_params(random_state=random_state), name, y=BOTH)
    assert started[0] == 0
    assert outputs(model).shape[0] == len(X)


@pytest.mark.parametrize(
    ("estimator", "y"),
    [
        (MLPClassifier((4,), random_state=0), INDICATOR),
        (MultiOutputClassifier(GaussianNB()), TWO),
        (MultiOutputClassifier(GaussianNB()), INDICATOR),
    ],
    ids=["indicator", "columns", "columns of an indicator"],
)
def test_classifiers_are_told_their_classes_in_every_form(estimator, y):
    """`partial_fit` of scikit-learn raises without them, for several targets too."""
    model, started, _ = climb(estimator, "epochs", y=y)
    assert started == [0, *RUNGS[:-1]]
    assert model.predict(X).shape == y.shape


def test_what_stopped_early_stays_as_it_is():
    """A warm start of it adds a tree that training in one go would not have."""
    estimator = HistGradientBoostingRegressor(
        early_stopping=True, tol=10.0, n_iter_no_change=1, random_state=0
    )
    model, _, in_one_go = climb(estimator, "max_iter")
    assert model.n_iter_ == in_one_go.n_iter_ == 1


def test_epochs_of_sgd_are_those_of_one_fit():
    """One call for each epoch costs more than all of them over again."""
    model, _, _ = climb(SGDClassifier(random_state=0), "epochs")
    expected = SGDClassifier(random_state=0, max_iter=RUNGS[-1], tol=None).fit(X[:300], Y[:300])
    np.testing.assert_array_equal(model.coef_, expected.coef_)


@pytest.mark.parametrize(("kind", "y"), [(MLPClassifier, Y), (MLPClassifier, INDICATOR), (MLPRegressor, Y)])
def test_epochs_of_a_perceptron_are_calls_of_partial_fit(kind, y, monkeypatch):
    """The data are checked once, which takes longer than an epoch does, and nothing else may be another."""
    checks = []
    check = kind._validate_input

    def counted(model, *arguments, **options):
        checks.append(model)
        return check(model, *arguments, **options)

    monkeypatch.setattr(kind, "_validate_input", counted)
    model, _, _ = climb(kind(hidden_layer_sizes=(4,), random_state=0), "epochs", y=y)
    assert 0 < len(checks) <= 2 * len(RUNGS)
    expected = kind(hidden_layer_sizes=(4,))
    classes = {"classes": np.unique(y)} if kind is MLPClassifier else {}
    for epoch in range(RUNGS[-1]):
        expected.set_params(random_state=epoch).partial_fit(X[:300], y[:300], **({} if epoch else classes))
    for mine, theirs in zip(model.coefs_, expected.coefs_, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert "_validate_input" not in vars(model)


class Rewritten(RandomForestClassifier):
    def fit(self, X, y, sample_weight=None):
        return super().fit(X, y, sample_weight)


def test_nothing_is_assumed_of_a_fit_that_was_written_over():
    """What a user's own `fit` does with a warm start is not known."""
    assert family_of(RandomForestClassifier(), "n_estimators") is not None
    assert family_of(Rewritten(), "n_estimators") is None


class Noting(SGDClassifier):
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        vars(self).setdefault("calls_", []).append(len(X))
        return super().partial_fit(X, y, classes, sample_weight)


def test_a_partial_fit_that_was_written_over_is_called():
    """Epochs were one call of the `fit` that was inherited, and what a user does at each epoch was not done."""
    model, started, _ = climb(Noting(random_state=0), "epochs", y=BOTH)
    assert started == [0, *RUNGS[:-1]]
    assert model.calls_ == [300] * RUNGS[-1]


def test_rows_say_what_they_promise():
    """The table is what the user guide shows."""
    for family in FAMILIES:
        assert family.promise
        assert family.resources
