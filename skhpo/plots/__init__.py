"""Pictures of finished and running searches, drawn with matplotlib (the extra "plots")."""

from skhpo.plots._convergence import ConvergenceDisplay, Run
from skhpo.plots._display import Display
from skhpo.plots._fits import Pause, TimedFit
from skhpo.plots._hyperparameters import HyperparameterDisplay
from skhpo.plots._importances import Importance, ImportancesDisplay
from skhpo.plots._interaction import InteractionDisplay
from skhpo.plots._parallel import ParallelCoordinatesDisplay
from skhpo.plots._race import RaceDisplay
from skhpo.plots._rungs import LearningCurve, RungsDisplay
from skhpo.plots._timeline import TimelineDisplay

DISPLAYS: dict[str, type[Display]] = {
    "convergence": ConvergenceDisplay,
    "hyperparameters": HyperparameterDisplay,
    "importances": ImportancesDisplay,
    "interaction": InteractionDisplay,
    "parallel_coordinates": ParallelCoordinatesDisplay,
    "race": RaceDisplay,
    "rungs": RungsDisplay,
    "timeline": TimelineDisplay,
}

__all__ = [
    "DISPLAYS",
    "ConvergenceDisplay",
    "Display",
    "HyperparameterDisplay",
    "Importance",
    "ImportancesDisplay",
    "InteractionDisplay",
    "LearningCurve",
    "ParallelCoordinatesDisplay",
    "Pause",
    "RaceDisplay",
    "Run",
    "RungsDisplay",
    "TimedFit",
    "TimelineDisplay",
]
