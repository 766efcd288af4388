"""Explanations of finished searches: what mattered, how good the winner really is, what was gained."""

from skhpo.inspection._gain import Gain, gain_over_defaults
from skhpo.inspection._importances import Importances, importances

__all__ = ["Gain", "Importances", "gain_over_defaults", "importances"]
