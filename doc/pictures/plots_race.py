"""Which fits a race has skipped."""

from searched import raced

from skhpo.plots import RaceDisplay

RaceDisplay.from_estimator(raced())
