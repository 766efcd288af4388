"""The course of a search, with the defaults as a line."""

from searched import searched

from skhpo.plots import ConvergenceDisplay

ConvergenceDisplay.from_estimator(searched())
