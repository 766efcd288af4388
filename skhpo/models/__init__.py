"""Surrogate models and the search for promising points, on arrays alone: no trials, no search spaces."""

from skhpo.models._acquisition import LogExpectedImprovement
from skhpo.models._cost import CostModel, PerCost
from skhpo.models._layout import ColumnLayout
from skhpo.models._maximise import Acquisition, Region, maximise
from skhpo.models._schedule import FitCache, GaussianProcess
from skhpo.models._surrogate import Posterior, Surrogate
from skhpo.models._transform import softyj
from skhpo.models._trees import Forest

__all__ = [
    "Acquisition",
    "ColumnLayout",
    "CostModel",
    "FitCache",
    "Forest",
    "GaussianProcess",
    "LogExpectedImprovement",
    "PerCost",
    "Posterior",
    "Region",
    "Surrogate",
    "maximise",
    "softyj",
]
