"""scikit-learn's tests of its searches and meta-estimators, run against our `BayesSearchCV`."""

from sklearn_suite._adapters import GridSearchCV, RandomizedSearchCV
from sklearn_suite._loader import load
from sklearn_suite._modules import SEARCH

CLASSES = {"GridSearchCV": GridSearchCV, "RandomizedSearchCV": RandomizedSearchCV}
globals().update(load(SEARCH, CLASSES, "bayes"))
