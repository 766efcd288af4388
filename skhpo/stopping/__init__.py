"""When to stop: rules that look at the trials, and the budgets of time."""

from skhpo.stopping._budget import TimeBudget
from skhpo.stopping._check import STOPPING, check_stopping, fit_seconds_of, rules_for_splits, rules_of_study
from skhpo.stopping._regret import RegretBound, fold_scores
from skhpo.stopping._rule import Rule, StoppingRule
from skhpo.stopping._rules import FitSeconds, MaxTrials, Patience, Target, measured_seconds

__all__ = [
    "STOPPING",
    "FitSeconds",
    "MaxTrials",
    "Patience",
    "RegretBound",
    "Rule",
    "StoppingRule",
    "Target",
    "TimeBudget",
    "check_stopping",
    "fit_seconds_of",
    "fold_scores",
    "measured_seconds",
    "rules_for_splits",
    "rules_of_study",
]
