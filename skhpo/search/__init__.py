"""The searches: scikit-learn estimators that tune another one."""

from skhpo.search._bayes import BayesSearchCV
from skhpo.search._fold_models import FoldModels
from skhpo.search._grid import GridSearchCV
from skhpo.search._halving import HalvingGridSearchCV, HalvingRandomSearchCV
from skhpo.search._hyperband import HyperbandSearchCV
from skhpo.search._load import StoredSearch, load
from skhpo.search._population import PopulationSearchCV
from skhpo.search._random import RandomizedSearchCV
from skhpo.search._refit_trial import refit_trial
from skhpo.search._selection import FastestWithin, OneStandardError, PosteriorMean

__all__ = [
    "BayesSearchCV",
    "FastestWithin",
    "FoldModels",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperbandSearchCV",
    "OneStandardError",
    "PopulationSearchCV",
    "PosteriorMean",
    "RandomizedSearchCV",
    "StoredSearch",
    "load",
    "refit_trial",
]
