"""scikit-learn's other tests that go through a search, run against our `BayesSearchCV`."""

from sklearn_suite._adapters import GridSearchCV, RandomizedSearchCV
from sklearn_suite._loader import load
from sklearn_suite._modules import USERS

CLASSES = {"GridSearchCV": GridSearchCV, "RandomizedSearchCV": RandomizedSearchCV}
globals().update(load(USERS, CLASSES, "bayes"))
