"""Surrogate models and the search for promising points, on arrays alone: no trials, no search spaces."""

from skhpo.models._acquisition import ConfidentGain, LogExpectedImprovement
from skhpo.models._cost import CostModel, PerCost
from skhpo.models._layout import ColumnLayout
from skhpo.models._maximise import Acquisition, Region, maximise
from skhpo.models._schedule import FitCache, GaussianProcess
from skhpo.models._surrogate import Posterior, Surrogate
from skhpo.models._transform import losses_at, softyj
from skhpo.models._trees import Forest

__all__ = [
    "Acquisition",
    "ColumnLayout",
    "ConfidentGain",
    "CostModel",
    "FitCache",
    "Forest",
    "GaussianProcess",
    "LogExpectedImprovement",
    "PerCost",
    "Posterior",
    "Region",
    "Surrogate",
    "losses_at",
    "maximise",
    "softyj",
]
