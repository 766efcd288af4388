"""What users may write for stopping rules."""

import math

import pytest

from skhpo.schedulers import FullScheduler
from skhpo.space import SearchSpace
from skhpo.stopping import (
    STOPPING,
    FitSeconds,
    MaxTrials,
    Patience,
    RegretBound,
    StoppingRule,
    Target,
    check_stopping,
    fit_seconds_of,
    rules_for_splits,
    rules_of_study,
)


def never(trials):
    """A rule of a user's own."""
    return False


def test_every_notation_of_stopping_is_understood():
    """Rules, names, callables and lists of them are all documented."""
    assert check_stopping(None) == ()
    assert check_stopping({"patience": 3, "target": 0.5}) == (Patience(3), Target(0.5))
    assert check_stopping([Target(1), {"patience": 2}, never]) == (Target(1), Patience(2), never)
    assert check_stopping("regret_bound") == check_stopping(["regret_bound"]) == (RegretBound(),)
    assert check_stopping({"fit_seconds": 9, "n_trials": 4, "regret_bound": 1.0}) == (
        FitSeconds(9),
        MaxTrials(4),
        RegretBound(1.0),
    )


@pytest.mark.parametrize(
    ("stopping", "error", "message"),
    [
        ({"patiense": 3}, ValueError, f"must be among {sorted(STOPPING)}. Got 'patiense' instead."),
        ("patiense", ValueError, f"must be among {sorted(STOPPING)}. Got 'patiense' instead."),
        (
            "target",
            ValueError,
            "The rule 'target' in the 'stopping' parameter of BayesSearchCV needs an argument",
        ),
        (
            5,
            TypeError,
            "'stopping' parameter of BayesSearchCV must be None, a callable, a str among ['fit_seconds'",
        ),
        (Patience, TypeError, "must be None, a callable"),
    ],
)
def test_bad_notations_say_what_was_expected(stopping, error, message):
    """A misspelt rule that is silently ignored would cost hours of computing."""
    with pytest.raises(error) as caught:
        check_stopping(stopping, "BayesSearchCV")
    assert message in str(caught.value)


def test_the_tightest_budget_of_fit_seconds_counts():
    """Two budgets in a list are two promises."""
    assert fit_seconds_of(check_stopping([FitSeconds(9), {"fit_seconds": 4, "patience": 3}])) == 4
    assert fit_seconds_of(check_stopping({"patience": 3})) == math.inf


class Curious(StoppingRule):
    """A rule that notes what it is told."""

    def __init__(self):
        self.told = []

    def __call__(self, trials):
        """Never stop."""
        return False

    def for_splits(self, splits, owner):
        """Note the splits."""
        self.told.append((len(splits), owner))
        return self

    def bound_to(self, space, scheduler, metric):
        """Note the study."""
        self.told.append((space, scheduler, metric))
        return self


def test_rules_are_told_about_splits_and_study_and_callables_are_left_alone():
    """A rule that has to know the space could not be written without touching the searches."""
    rule, space, scheduler = Curious(), SearchSpace.from_spec({"x": (0.0, 1.0)}), FullScheduler(3)
    assert rules_for_splits((rule, never), [((), ())] * 3, "BayesSearchCV") == (rule, never)
    assert rules_of_study([rule, never], space, scheduler, "auc") == (rule, never)
    assert rule.told == [(3, "BayesSearchCV"), (space, scheduler, "auc")]
