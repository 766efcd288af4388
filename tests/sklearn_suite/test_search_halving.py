"""scikit-learn's tests of its searches by halving, run against ours."""

from sklearn_suite._loader import load
from sklearn_suite._modules import HALVING

from skhpo import HalvingGridSearchCV, HalvingRandomSearchCV

CLASSES = {"HalvingGridSearchCV": HalvingGridSearchCV, "HalvingRandomSearchCV": HalvingRandomSearchCV}
globals().update(load(HALVING, CLASSES, "halving"))
