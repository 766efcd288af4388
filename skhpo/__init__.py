"""Hyperparameter search for scikit-learn."""

from skhpo.exceptions import (
    InvalidConfigurationError,
    InvalidSpaceError,
    StorageError,
    StorageInUseError,
    StorageWarning,
)
from skhpo.loops import run_study
from skhpo.search import (
    BayesSearchCV,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    PopulationSearchCV,
    RandomizedSearchCV,
    load,
)
from skhpo.space import Categorical, Distribution, Integer, Ordinal, Real, Tuple
from skhpo.stopping import Patience, RegretBound, Target
from skhpo.study import Study

__version__ = "0.1.0"

__all__ = [
    "BayesSearchCV",
    "Categorical",
    "Distribution",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperbandSearchCV",
    "Integer",
    "InvalidConfigurationError",
    "InvalidSpaceError",
    "Ordinal",
    "Patience",
    "PopulationSearchCV",
    "RandomizedSearchCV",
    "Real",
    "RegretBound",
    "StorageError",
    "StorageInUseError",
    "StorageWarning",
    "Study",
    "Target",
    "Tuple",
    "load",
    "run_study",
]
