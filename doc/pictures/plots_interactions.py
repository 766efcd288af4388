"""A map for each pair of three hyperparameters."""

from searched import searched

from skhpo.plots import InteractionDisplay

InteractionDisplay.from_estimator(searched(), n_hyperparameters=3)
