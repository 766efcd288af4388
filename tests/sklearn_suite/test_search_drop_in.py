"""scikit-learn's tests of its searches and meta-estimators, run against our `GridSearchCV` and `RandomizedSearchCV`."""

from sklearn_suite._loader import load
from sklearn_suite._modules import SEARCH

from skhpo import GridSearchCV, RandomizedSearchCV

CLASSES = {"GridSearchCV": GridSearchCV, "RandomizedSearchCV": RandomizedSearchCV}
globals().update(load(SEARCH, CLASSES, "dropin"))
