"""Splits that are drawn anew for every trial."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneOut,
    PredefinedSplit,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
)
from sklearn.svm import SVC

from skhpo import GridSearchCV
from skhpo.evaluation import Task, make_resource
from skhpo.evaluation._early_stopping import EarlyStopping
from skhpo.evaluation._splits import seed_of_splits
from skhpo.trial import Job

X, Y = make_classification(60, weights=[0.7], random_state=0)
GROUPS = np.repeat(np.arange(20), 3)


def task_of(cv=None, seed=0, **params):
    """The task of a search whose trials have splits of their own."""
    return Task.from_fit(GridSearchCV(SVC(), {}, cv=cv, reshuffle=True), None, X, Y, params, seed)


def as_lists(splits):
    """Splits that can be compared."""
    return [(train.tolist(), test.tolist()) for train, test in splits]


@given(numbers=st.lists(st.integers(0, 5), min_size=1, max_size=8), seed=st.integers(0, 2**32 - 1))
def test_splits_are_a_function_of_seed_and_number(numbers, seed):
    """Where they depended on who asked before, results would depend on the number of workers, and on interruptions."""
    task = task_of(ShuffleSplit(2), seed)
    elsewhere = pickle.loads(pickle.dumps(task))
    alone = {number: as_lists(task_of(ShuffleSplit(2), seed).splits_of(number)) for number in set(numbers)}
    for number in numbers:
        assert as_lists(task.splits_of(number)) == alone[number]
        assert as_lists(elsewhere.splits_of(number)) == alone[number]
    assert as_lists(task.splits) == as_lists(task.splits_of(0))
    assert len({str(one) for one in alone.values()}) == len(alone)


@pytest.mark.parametrize(
    "cv",
    [
        None,
        4,
        KFold(3, shuffle=True, random_state=0),
        StratifiedKFold(3, shuffle=True),
        ShuffleSplit(1),
        StratifiedShuffleSplit(2),
        RepeatedKFold(n_splits=3, n_repeats=2),
        RepeatedStratifiedKFold(n_splits=3, n_repeats=2),
        StratifiedGroupKFold(3, shuffle=True),
        GroupKFold(3, shuffle=True),
        GroupShuffleSplit(2),
    ],
    ids=repr,
)
def test_every_splitter_that_shuffles(cv):
    """Stratified, repeated and grouped data are what needs care with splits."""
    keeps_groups = "Group" in type(cv).__name__
    task = task_of(cv, **({"groups": GROUPS} if keeps_groups else {}))
    first, second = as_lists(task.splits_of(0)), as_lists(task.splits_of(1))
    assert first != second
    assert len(first) == len(second) == task.n_splits
    for train, test in first + second:
        assert not set(train) & set(test)
        assert not keeps_groups or not set(GROUPS[train]) & set(GROUPS[test])
        if cv is None or "Stratified" in type(cv).__name__:
            assert abs(Y[test].mean() - Y.mean()) < 0.15


class Restless(KFold):
    """Never draws the same splits twice, whatever its `random_state`."""

    def split(self, X, y=None, groups=None):
        return iter(
            ShuffleSplit(self.n_splits, random_state=np.random.default_rng().integers(2**31)).split(X)
        )


@pytest.mark.parametrize(
    "cv",
    [
        KFold(3),
        StratifiedKFold(3),
        GroupKFold(3),
        TimeSeriesSplit(3),
        LeaveOneOut(),
        PredefinedSplit(np.arange(60) % 3),
        [(np.arange(30), np.arange(30, 60))],
        Restless(3),
    ],
    ids=lambda cv: type(cv).__name__,
)
def test_a_splitter_that_does_not_shuffle_is_refused(cv):
    """All trials would have the same splits, or nobody could draw the same ones again."""
    with pytest.raises(
        ValueError, match="With reshuffle=True, the 'cv' parameter of GridSearchCV must be None, an"
    ):
        task_of(cv, **({"groups": GROUPS} if isinstance(cv, GroupKFold) else {}))


def test_whose_seed():
    """A splitter with a seed of its own is the only way to repeat a grid search."""
    assert seed_of_splits(KFold(shuffle=True, random_state=3), 1) == 3
    assert seed_of_splits(KFold(shuffle=True), 1) == 1
    assert seed_of_splits(None, np.random.RandomState(0)) == np.random.RandomState(0).randint(2**31 - 1)
    assert seed_of_splits(5, None) != seed_of_splits(5, None)


def test_subsets_of_a_trial_are_parts_of_each_other():
    """A model that is trained on from rung to rung would be scored on rows which it has seen on an earlier one."""
    task = task_of(3)
    task = replace(task, resource=make_resource("n_samples", task))
    smaller, larger = {}, {}
    for number in range(3):
        for split, (train, test) in enumerate(task.splits_of(number)):
            small, large = (set(task.training_rows(Job(number, {}, split, amount))) for amount in (12, 36))
            assert small < large < set(train)
            assert not large & set(test)
            assert set(Y[list(small)]) == {0, 1}
            smaller[number, split], larger[number, split] = small, large
    assert smaller[0, 0] != smaller[1, 0]


class XGBModel(ClassifierMixin, BaseEstimator):
    """Boosters are recognised by the names of their classes."""

    def __init__(self, early_stopping_rounds=5):
        self.early_stopping_rounds = early_stopping_rounds


def test_what_boosters_stop_by_is_of_the_same_trial():
    """The rows of another trial's fold are among those that this one is trained on."""
    task = task_of(3)
    for share in ("fold", 0.25):
        task = replace(task, estimator=XGBModel())
        stops = EarlyStopping.make(share, task, "GridSearchCV")
        early = replace(task, early_stopping=stops)
        for number in range(3):
            for split, (train, test) in enumerate(task.splits_of(number)):
                job = Job(number, {}, split)
                kept, seen = stops.parts(early, job)
                assert early.training_rows(job) is kept or np.array_equal(early.training_rows(job), kept)
                if share == "fold":
                    np.testing.assert_array_equal(seen, test)
                else:
                    assert not set(kept) & set(seen) and set(kept) | set(seen) == set(train)
