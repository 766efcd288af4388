"""What can be rationed, and what is refused before the first fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import GridSearchCV
from skhpo.evaluation import Task, fit_and_score, make_resource
from skhpo.evaluation._resource import RESOURCES
from skhpo.trial import Job

X, Y = make_classification(200, weights=[0.8], random_state=0)


class Counts(BaseEstimator):
    def __init__(self, catch=0):
        self.catch = catch

    def fit(self, X, y, row=None):
        self.n_seen_ = len(X)
        self.rows_ = row
        return self

    def score(self, X, y):
        return 0.0


def task_of(estimator, cv=4, **params):
    """The task of a search with this estimator."""
    search = GridSearchCV(estimator, {}, cv=cv)
    return Task.from_fit(search, lambda model, X, y: float(len(X)), X, Y, params)


def seen(task, amount, split=0, seed=0):
    """The row numbers that a fit was given."""
    task = replace(task, resource=make_resource("n_samples", task, seed=seed))
    rows = []
    task = replace(task, scorer=lambda model, X, y: rows.append((model.rows_, len(X))) or 0.0)
    outcome = fit_and_score(task, Job(0, {}, split, amount))
    assert outcome.measurement.error is None
    assert outcome.measurement.resource == amount
    return rows[0]


def test_an_amount_of_samples_is_the_same_share_of_every_training_part():
    """`n_samples=100` of 200 means half of each training part, as in scikit-learn's halving."""
    rows, n_test = seen(task_of(Counts(), row=np.arange(200.0)), 100)
    assert len(rows) == 75
    assert n_test == 50, "the test part stays whole"


def test_all_samples_are_the_training_part_itself():
    """The last rung has to reproduce what cross-validation gives, to the last bit."""
    task = task_of(Counts(), row=np.arange(200.0))
    rows, _ = seen(task, 200)
    assert list(rows) == list(task.splits[0][0])


def test_splits_may_be_masks():
    """Custom iterables of splits give boolean masks as well as indices."""
    train = np.arange(200) < 120
    rows, _ = seen(task_of(Counts(), cv=[(train, ~train)], row=np.arange(200.0)), 100)
    assert len(rows) == 60
    assert max(rows) < 120


def test_subsets_depend_on_seed_and_split_only():
    """Configurations are compared on the same samples, in every process and in every run with the seed."""
    task = task_of(Counts(), row=np.arange(200.0))
    assert list(seen(task, 50)[0]) == list(seen(task, 50)[0])
    assert list(seen(task, 50)[0]) != list(seen(task, 50, seed=1)[0])


def test_groups_of_the_splitter_stay_whole():
    """A splitter that keeps groups together is of no use if the subset tears them apart."""
    groups = np.repeat(np.arange(20), 10)
    task = task_of(Counts(), cv=GroupKFold(4), groups=groups, row=np.arange(200.0))
    rows, _ = seen(task, 100)
    assert set(np.bincount(groups[rows.astype(int)])) == {0, 10}


def test_classes_keep_their_shares_for_classifiers():
    """A rare class is what the user is after, and must not be lost on the first rung."""
    task = task_of(LogisticRegression())
    resource = make_resource("n_samples", task)
    train = task.splits[0][0]
    assert abs(np.mean(Y[resource.rows(0, train, 40)]) - np.mean(Y[train])) < 0.05
    assert resource.n_max == 200
    assert resource.n_min == 2 * 4 * 2


@pytest.mark.parametrize(
    ("estimator", "name", "parameter"),
    [
        (RandomForestClassifier(), "n_estimators", "n_estimators"),
        (make_pipeline(SGDClassifier()), "sgdclassifier__max_iter", "sgdclassifier__max_iter"),
    ],
)
def test_parameters_are_set(estimator, name, parameter):
    """The amount is the value of the parameter."""
    resource = make_resource(name, task_of(estimator))
    estimator = clone(estimator)
    resource.prepare(estimator, 7)
    assert estimator.get_params()[parameter] == 7
    assert resource.n_max is None


def test_steps_that_are_chosen_later_are_accepted():
    """A pipeline may leave a step to the configurations."""
    task = task_of(Pipeline([("clf", None)]))
    for name in ("clf__n_estimators", "epochs"):
        assert make_resource(name, task).name == name


@pytest.mark.parametrize(
    ("estimator", "name", "message"),
    [
        (
            LogisticRegression(),
            "n_trees",
            r"Cannot use resource=n_trees which is not supported by estimator LogisticRegression: "
            "it has no such parameter.",
        ),
        (Ridge(), "svc__max_iter", "Cannot use resource=svc__max_iter .* it has no such parameter"),
        (Ridge(), "alpha__x", "Cannot use resource=alpha__x .* it has no such parameter"),
        (
            LogisticRegression(),
            "C",
            "The 'resource' parameter of Search must be 'n_samples', 'epochs' or the name of a parameter of the "
            "estimator whose value is an int. Got 'C' instead, whose value is 1.0.",
        ),
        (RandomForestClassifier(), "bootstrap", "whose value is True"),
        (
            make_pipeline(StandardScaler(), Ridge()),
            "epochs",
            "Cannot use resource=epochs .*: it has no method partial_fit",
        ),
        (
            RandomForestClassifier(),
            "max_depth",
            "Cannot use parameter max_depth as the resource since it is part of the searched parameters.",
        ),
    ],
)
def test_what_cannot_be_rationed_is_refused(estimator, name, message):
    """A mistake shows at once, and not as a column of failed fits."""
    with pytest.raises(ValueError, match=message):
        make_resource(name, task_of(estimator), searched=["max_depth"], owner="Search")


def test_a_resource_is_named():
    """An object from another package's notation is told what is wanted."""
    with pytest.raises(
        TypeError, match="The 'resource' parameter of Search must be an instance of 'str'. Got 3"
    ):
        make_resource(3, task_of(Ridge()), owner="Search")


@pytest.mark.parametrize("amount", [0, -1, 2.5, True, "all", 201])
def test_amounts_that_the_data_do_not_have_are_refused(amount):
    """More samples than there are would silently be all of them."""
    resource = make_resource("n_samples", task_of(Ridge()))
    assert resource.check_amount(np.int64(200), "max_resources", "Search") == 200
    message = (
        r"The 'max_resources' parameter of Search must be an int in the range \[1, 200\], as there are 200 samples. "
        f"Got {amount!r} instead."
    )
    with pytest.raises(ValueError, match=message):
        resource.check_amount(amount, "max_resources", "Search")


def test_amounts_of_parameters_have_no_limit():
    """Nobody but the user knows how many trees are too many."""
    resource = make_resource("n_estimators", task_of(RandomForestClassifier()))
    assert resource.check_amount(10**6, "max_resources", "Search") == 10**6
    with pytest.raises(ValueError, match=r"in the range \[1, inf\). Got 0 instead."):
        resource.check_amount(0, "max_resources", "Search")


def test_the_table_lists_what_is_not_a_parameter():
    """Every other name is looked up in the estimator."""
    assert set(RESOURCES) == {"n_samples", "epochs"}
