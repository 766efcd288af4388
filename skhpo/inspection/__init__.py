"""Explanations of finished searches: what mattered, how good the winner really is, what was gained."""

from skhpo.inspection._importances import Importances, importances

__all__ = ["Importances", "importances"]
