"""Samplers: which configuration is tried next."""

from skhpo.samplers._auto import AutoSampler
from skhpo.samplers._forest import ForestSampler
from skhpo.samplers._grid import GridSampler
from skhpo.samplers._model_based import GaussianProcessSampler
from skhpo.samplers._population import EXPLOIT, EXPLORE, PopulationSampler
from skhpo.samplers._random import RandomSampler
from skhpo.samplers._sampler import Proposal, Sampler
from skhpo.samplers._sobol import SobolSampler
from skhpo.samplers._tpe import TPESampler

SAMPLERS: dict[str, type[Sampler]] = {
    "auto": AutoSampler,
    "forest": ForestSampler,
    "gp": GaussianProcessSampler,
    "grid": GridSampler,
    "random": RandomSampler,
    "sobol": SobolSampler,
    "tpe": TPESampler,
}

__all__ = [
    "EXPLOIT",
    "EXPLORE",
    "SAMPLERS",
    "AutoSampler",
    "ForestSampler",
    "GaussianProcessSampler",
    "GridSampler",
    "PopulationSampler",
    "Proposal",
    "RandomSampler",
    "Sampler",
    "SobolSampler",
    "TPESampler",
]
