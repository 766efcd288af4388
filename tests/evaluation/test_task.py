"""The data side of a search is checked before the first fit."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit
from sklearn.tree import DecisionTreeClassifier

from skhpo import GridSearchCV
from skhpo.evaluation import Task

X, Y = make_classification(40, random_state=0)


def task_of(cv=None, y=Y, **params):
    """The task of a search with this cross-validation."""
    search = GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1]}, cv=cv)
    return Task.from_fit(search, search._get_scorers()[0], X, y, params)


def test_splits_are_drawn_once():
    """Configurations compared on different splits would be compared by luck."""
    task = task_of(ShuffleSplit(3, random_state=np.random.RandomState(0)))
    assert task.n_splits == 3
    assert task.splits is task.splits


def test_groups_reach_the_splitter():
    """Samples of one patient on both sides of a split make every score too good."""
    groups = np.repeat(np.arange(10), 4)
    for train, test in task_of(GroupKFold(5), groups=groups).splits:
        assert not set(groups[train]) & set(groups[test])


def test_the_estimator_of_the_user_is_not_touched():
    """A search that changes what it was given cannot be repeated."""
    search = GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1]})
    assert Task.from_fit(search, None, X, Y, {}).estimator is not search.estimator


def test_inconsistent_lengths_are_refused():
    """Mistakes in the data show before anything is trained."""
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        task_of(y=Y[:-1])


def test_a_splitter_that_miscounts_is_refused():
    """Columns of splits that do not exist would be filled with nothing."""

    class Miscounting(KFold):
        """Says another number of splits than it yields."""

        def get_n_splits(self, X=None, y=None, groups=None):
            return 7

    with pytest.raises(ValueError, match="inconsistent results. Expected 7 splits, got 5"):
        task_of(Miscounting(5))


def test_no_splits_are_refused():
    """An empty iterable of splits would end in a table without columns."""
    with pytest.raises(ValueError, match="No fits were performed"):
        task_of([])
