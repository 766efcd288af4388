"""The expected score over the two hyperparameters that matter most."""

from searched import searched

from skhpo.plots import InteractionDisplay

InteractionDisplay.from_estimator(searched(), names=["svc__C", "svc__gamma"])
