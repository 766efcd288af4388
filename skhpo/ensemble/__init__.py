"""Ensembles of the models that a search has tried anyway."""

from skhpo.ensemble._selection import EnsembleSelection
from skhpo.ensemble._stacking import EnsembleStacking

__all__ = ["EnsembleSelection", "EnsembleStacking"]
