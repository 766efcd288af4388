"""scikit-learn's other tests that go through a search, run against our `GridSearchCV` and `RandomizedSearchCV`."""

from sklearn_suite._loader import load
from sklearn_suite._modules import USERS

from skhpo import GridSearchCV, RandomizedSearchCV

CLASSES = {"GridSearchCV": GridSearchCV, "RandomizedSearchCV": RandomizedSearchCV}
globals().update(load(USERS, CLASSES, "dropin"))
