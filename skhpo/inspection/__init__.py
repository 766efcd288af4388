"""Explanations of finished searches: what mattered, how good the winner really is, what was gained."""

from skhpo.inspection._corrected import CorrectedScore, corrected_score
from skhpo.inspection._gain import Gain, gain_over_defaults, gain_over_simpler
from skhpo.inspection._importances import Importances, importances

__all__ = [
    "CorrectedScore",
    "Gain",
    "Importances",
    "corrected_score",
    "gain_over_defaults",
    "gain_over_simpler",
    "importances",
]
