"""Hyperparameter search for scikit-learn."""

from skhpo.ensemble import EnsembleSelection, EnsembleStacking
from skhpo.exceptions import (
    FitTimeoutError,
    InterruptedWarning,
    InvalidConfigurationError,
    InvalidSpaceError,
    StorageError,
    StorageInUseError,
    StorageWarning,
    WorkerDiedError,
)
from skhpo.loops import run_study
from skhpo.reporting import report
from skhpo.search import (
    BayesSearchCV,
    FastestWithin,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    OneStandardError,
    PopulationSearchCV,
    PosteriorMean,
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
    "EnsembleSelection",
    "EnsembleStacking",
    "FastestWithin",
    "FitTimeoutError",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperbandSearchCV",
    "Integer",
    "InterruptedWarning",
    "InvalidConfigurationError",
    "InvalidSpaceError",
    "OneStandardError",
    "Ordinal",
    "Patience",
    "PopulationSearchCV",
    "PosteriorMean",
    "RandomizedSearchCV",
    "Real",
    "RegretBound",
    "StorageError",
    "StorageInUseError",
    "StorageWarning",
    "Study",
    "Target",
    "Tuple",
    "WorkerDiedError",
    "load",
    "report",
    "run_study",
]
