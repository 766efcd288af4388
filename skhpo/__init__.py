"""Hyperparameter search for scikit-learn."""

from skhpo.exceptions import InvalidConfigurationError, InvalidSpaceError
from skhpo.search import BayesSearchCV, GridSearchCV, RandomizedSearchCV
from skhpo.space import Categorical, Distribution, Integer, Ordinal, Real, Tuple
from skhpo.stopping import Patience, Target
from skhpo.study import Study

__version__ = "0.1.0"

__all__ = [
    "BayesSearchCV",
    "Categorical",
    "Distribution",
    "GridSearchCV",
    "Integer",
    "InvalidConfigurationError",
    "InvalidSpaceError",
    "Ordinal",
    "Patience",
    "RandomizedSearchCV",
    "Real",
    "Study",
    "Target",
    "Tuple",
]
