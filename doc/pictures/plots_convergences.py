"""Two searches side by side, over what they cost."""

from searched import drawn_at_random, searched

from skhpo.plots import ConvergenceDisplay

ConvergenceDisplay.from_estimators({"Bayesian": searched(), "random": drawn_at_random()})
