"""Of thirty hyperparameters the twelve that matter most."""

from searched import wide

from skhpo.plots import HyperparameterDisplay

HyperparameterDisplay.from_estimator(wide())
