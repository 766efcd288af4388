"""The sampler for those who do not want to choose one."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np

from skhpo.samplers._model_based import GaussianProcessSampler
from skhpo.samplers._sampler import Proposal, Sampler
from skhpo.samplers._tpe import TPESampler
from skhpo.space import SearchSpace
from skhpo.trial import Trial

_MOST_ONE_HOT = 400


class AutoSampler(Sampler):
    """Chooses the sampler by the space: the Gaussian process, or TPE where there are very many choices.

    Measured side by side, the Gaussian process needs the fewest trials on numeric, mixed and conditional spaces alike,
    in 2 to 60 dimensions, with ten trials and with hundreds. What it cannot afford is a column for each of many
    hundreds of choices: where the unordered hyperparameters have more than 400 choices in all, TPE takes over, whose
    cost does not depend on them. The rule looks at the space only, so one search never mixes two samplers.

    Examples
    --------
    >>> from skhpo.space import SearchSpace
    >>> type(AutoSampler().choose(SearchSpace({"C": (0.0, 1.0), "kernel": ["rbf", "poly"]}))).__name__
    'GaussianProcessSampler'
    >>> AutoSampler().choose(SearchSpace({"word": [f"word {i}" for i in range(500)]}))
    TPESampler(n_initial=10, n_candidates=24)
    """

    def __init__(self) -> None:
        # One instance for all calls, because the Gaussian process sampler remembers fits; that changes no proposal.
        self._gaussian_process = GaussianProcessSampler()
        self._tpe = TPESampler()

    def choose(self, space: SearchSpace) -> Sampler:
        """Return the sampler that is used for a space.

        Parameters
        ----------
        space : SearchSpace
            Where to look.

        Returns
        -------
        Sampler
            A Gaussian process sampler or a TPE sampler.
        """
        n_one_hot = sum(column.n_levels or 0 for column in space.columns if column.kind == "unordered")
        return self._tpe if n_one_hot > _MOST_ONE_HOT else self._gaussian_process

    def with_time_limit(self, seconds: float, n_iter: int | None = None, n_workers: int = 1) -> AutoSampler:
        """Return one whose Gaussian process knows the limit; see `Sampler.with_time_limit`."""
        limited = copy.copy(self)
        limited._gaussian_process = self._gaussian_process.with_time_limit(seconds, n_iter, n_workers)
        return limited

    def sample(
        self, space: SearchSpace, trials: Sequence[Trial], n: int, rng: np.random.Generator
    ) -> list[Proposal]:
        """Propose `n` configurations with the sampler that suits the space.

        Parameters
        ----------
        space : SearchSpace
            Where to look.
        trials : sequence of Trial
            All trials so far.
        n : int
            How many configurations are wanted.
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        list of Proposal
            `n` distinct untried configurations; fewer only if a finite space holds no more.
        """
        return self.choose(space).sample(space, trials, n, rng)
