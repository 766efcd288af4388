"""The searches: scikit-learn estimators that tune another one."""

from skhpo.search._bayes import BayesSearchCV
from skhpo.search._grid import GridSearchCV
from skhpo.search._halving import HalvingGridSearchCV, HalvingRandomSearchCV
from skhpo.search._hyperband import HyperbandSearchCV
from skhpo.search._load import StoredSearch, load
from skhpo.search._population import PopulationSearchCV
from skhpo.search._random import RandomizedSearchCV

__all__ = [
    "BayesSearchCV",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperbandSearchCV",
    "PopulationSearchCV",
    "RandomizedSearchCV",
    "StoredSearch",
    "load",
]
