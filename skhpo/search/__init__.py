"""The searches: scikit-learn estimators that tune another one."""

from skhpo.search._bayes import BayesSearchCV
from skhpo.search._grid import GridSearchCV
from skhpo.search._random import RandomizedSearchCV

__all__ = ["BayesSearchCV", "GridSearchCV", "RandomizedSearchCV"]
