"""Who of three workers fitted which trial when."""

from searched import shared_out

from skhpo.plots import TimelineDisplay

TimelineDisplay.from_estimator(shared_out())
