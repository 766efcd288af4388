"""Random search: independent draws from the space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skhpo.samplers._distinct import always_new, tried_keys, untried_points
from skhpo.samplers._sampler import Proposal, Sampler
from skhpo.space import SearchSpace
from skhpo.trial import Trial


@dataclass(frozen=True)
class RandomSampler(Sampler):
    """Draws configurations independently of each other and of all scores.

    Repetitions are drawn again, so that a finite space is covered once by as many trials as it has configurations.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.space import SearchSpace
    >>> space = SearchSpace({"max_depth": (1, 3)})
    >>> proposals = RandomSampler().sample(space, [], 5, np.random.default_rng(0))
    >>> sorted(proposal.configuration["max_depth"] for proposal in proposals)
    [1, 2, 3]
    """

    uses_scores = False

    def sample(
        self, space: SearchSpace, trials: Sequence[Trial], n: int, rng: np.random.Generator
    ) -> list[Proposal]:
        """Propose `n` configurations.

        Parameters
        ----------
        space : SearchSpace
            Where to look.
        trials : sequence of Trial
            All trials so far; only what was tried matters.
        n : int
            How many configurations are wanted.
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        list of Proposal
            `n` distinct untried configurations; fewer only if a finite space holds no more.
        """
        if always_new(space):
            configurations = space.sample(rng, n)
        else:
            configurations = space.decode(untried_points(space, tried_keys(space, trials), n, rng))
        return [Proposal(configuration, "random") for configuration in configurations]
