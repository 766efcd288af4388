"""A line for each trial."""

from searched import searched

from skhpo.plots import ParallelCoordinatesDisplay

ParallelCoordinatesDisplay.from_estimator(searched())
