"""Pictures of finished and running searches, drawn with matplotlib (the extra "plots")."""

from skhpo.plots._convergence import ConvergenceDisplay
from skhpo.plots._display import Display
from skhpo.plots._hyperparameters import HyperparameterDisplay

DISPLAYS: dict[str, type[Display]] = {
    "convergence": ConvergenceDisplay,
    "hyperparameters": HyperparameterDisplay,
}

__all__ = ["DISPLAYS", "ConvergenceDisplay", "Display", "HyperparameterDisplay"]
