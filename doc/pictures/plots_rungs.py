"""Learning curves of Hyperband."""

from searched import halved

from skhpo.plots import RungsDisplay

RungsDisplay.from_estimator(halved())
