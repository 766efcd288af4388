"""Repeated candidates, and names that the estimator does not have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo import Categorical, Real
from skhpo.search._candidates import check_names, check_names_of_space, merge_repeated
from skhpo.space import SearchSpace

PIPELINE = Pipeline([("scale", StandardScaler()), ("clf", SVC())])


@given(
    st.lists(st.fixed_dictionaries({"a": st.sampled_from([0, 1, 0.0, False, None, "0"]), "b": st.booleans()}))
)
def test_merging_loses_no_row_and_repeats_no_candidate(candidates):
    """A candidate fitted twice is a waste; two candidates taken for one would be a wrong table."""
    distinct, rows = merge_repeated(candidates)
    assert len(rows) == len(candidates)
    for candidate, row in zip(candidates, rows, strict=True):
        assert repr(sorted(distinct[row].items())) == repr(sorted(candidate.items()))
    assert len({repr(sorted(one.items())) for one in distinct}) == len(distinct)


def test_unhashable_values_are_compared_by_identity():
    """Arrays and lists are legal values, and have no hash."""
    weights = np.ones(3)
    assert merge_repeated([{"w": weights}, {"w": weights}, {"w": np.ones(3)}])[1] == [0, 0, 1]


def test_equal_values_of_another_kind_are_other_candidates():
    """The table showed a value that had not been asked for."""
    assert merge_repeated([{"a": (3,)}, {"a": (3.0,)}, {"a": 0.0}, {"a": -0.0}])[1] == [0, 1, 2, 3]


def test_names_of_every_choice_are_accepted():
    """A hyperparameter of one model is unknown to the other, and both are searched together."""
    check_names(
        PIPELINE, [{"clf": SVC(), "clf__C": 1.0}, {"clf": RandomForestClassifier(), "clf__max_depth": 3}]
    )
    # Not every combination has to be possible: such a candidate fails as a trial.
    check_names(PIPELINE, [{"clf": RandomForestClassifier(), "clf__C": 1.0}, {"clf": SVC(), "clf__C": 1.0}])


@pytest.mark.parametrize("name", ["clf__c", "svc__C", "scale__foo"])
def test_unknown_names_are_refused(name):
    """A misspelt name found after the first hour of fits is an hour lost."""
    with pytest.raises(
        ValueError, match=f"Invalid parameter '{name.rpartition('__')[2]}'|Invalid parameter 'svc'"
    ):
        check_names(PIPELINE, [{"clf__C": 1.0, name: 1}])


def test_names_under_rare_conditions_are_checked():
    """Random draws hardly ever reach three conditions deep, and the misspelt name failed trial after trial."""
    few = list(range(5))
    space = SearchSpace(
        {
            "a": few,
            "b": Categorical(few, when={"a": [1]}),
            "c": Categorical(few, when={"b": [1]}),
            "typo": Real(0.0, 1.0, when={"c": [1]}),
        }
    )

    class Letters(BaseEstimator):
        """An estimator of three parameters."""

        def __init__(self, a=0, b=0, c=0):
            self.a, self.b, self.c = a, b, c

    with pytest.raises(ValueError, match="Invalid parameter 'typo'"):
        check_names_of_space(Letters(), space)


def test_a_parameter_of_something_that_has_none_is_named():
    """The error was that an int has no attribute set_params."""
    with pytest.raises(ValueError, match="Invalid parameters .*'clf__C__x'"):
        check_names_of_space(PIPELINE, SearchSpace({"clf__C__x": (0, 1)}))


def test_names_of_chosen_models_are_checked_against_their_models():
    """A model that is only a choice has hyperparameters that the present one does not have."""
    choices = [SVC(), RandomForestClassifier()]
    check_names_of_space(PIPELINE, SearchSpace({"clf": choices, "clf__max_depth": (1, 5)}))
    with pytest.raises(ValueError, match="Invalid parameter 'max_depht'"):
        check_names_of_space(PIPELINE, SearchSpace({"clf": choices, "clf__max_depht": (1, 5)}))
