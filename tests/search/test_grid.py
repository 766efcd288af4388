"""Our notations in grid search."""

import pytest
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from skhpo import GridSearchCV, Integer, InvalidSpaceError, Ordinal, Real

X, Y = load_iris(return_X_y=True)


def test_finite_dimensions_and_conditions_work_in_grid_search():
    """A grid with conditions needs no list of dicts any more."""
    grid = {
        "kernel": ["linear", "poly"],
        "degree": Integer(2, 4, when={"kernel": ["poly"]}),
        "C": Ordinal([1, 10]),
    }
    search = GridSearchCV(SVC(), grid, cv=2).fit(X, Y)
    assert len(search.cv_results_["params"]) == 2 + 2 * 3


def test_a_range_of_floats_is_no_grid():
    """A grid over a continuum would never end."""
    with pytest.raises(
        InvalidSpaceError, match="parameter 'C' must be a list of choices or a range of integers"
    ):
        GridSearchCV(SVC(), {"C": Real(0.1, 10.0), "degree": Integer(2, 3)}).fit(X, Y)
