"""The score against each hyperparameter of a conditional space."""

from searched import searched

from skhpo.plots import HyperparameterDisplay

HyperparameterDisplay.from_estimator(searched())
