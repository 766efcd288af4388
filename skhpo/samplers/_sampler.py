"""The contract of samplers: which configuration is tried next.

A sampler is a pure function of the space, the trials and a random generator. It remembers nothing between calls
except what it could compute again, so that replaying the trials replays the proposals.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from skhpo.space import SearchSpace
from skhpo.trial import Trial


class Proposal(NamedTuple):
    """A configuration to try.

    Attributes
    ----------
    configuration : dict
        The hyperparameters.
    origin : str
        Where it comes from, see `Trial.origin`.
    parent : int or None
        The trial whose models are trained on with it; None to begin.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.samplers import Proposal, RandomSampler
    >>> from skhpo.space import SearchSpace
    >>> space = SearchSpace({"layers": [2]})
    >>> RandomSampler().sample(space, [], 1, np.random.default_rng(0)) == [Proposal({"layers": 2}, "random")]
    True
    """

    configuration: dict[str, Any]
    origin: str
    parent: int | None = None


class Sampler(ABC):
    """Proposes configurations.

    Attributes
    ----------
    uses_scores : bool
        Whether proposals depend on what was measured. Searches never wait for results on behalf of a sampler that
        does not look at them.
    repeats : bool
        Whether it may propose again what was tried. Then it never runs out of configurations, and sub-spaces have no
        share of their own.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo import Study
    >>> from skhpo.samplers import Proposal, Sampler
    >>> class LowestSampler(Sampler):
    ...     def sample(self, space, trials, n, rng):
    ...         return [
    ...             Proposal(c, "grid") for c in space.decode(np.linspace([0.0], [1.0], 9)[len(trials) :][:n])
    ...         ]
    >>> Study({"x": (1, 9)}, sampler=LowestSampler()).ask().configuration
    {'x': 1}
    """

    uses_scores: bool = True
    repeats: bool = False

    def check_space(self, space: SearchSpace) -> None:  # noqa: B027 - most samplers have nothing to check
        """Raise an `InvalidSpaceError` if this sampler cannot search the space; by default it can search any.

        Parameters
        ----------
        space : SearchSpace
            Where it would look.
        """

    def with_time_limit(self, seconds: float, n_iter: int | None = None, n_workers: int = 1) -> Sampler:
        """Return the sampler to use in a search that also ends after some time; by default this one.

        Parameters
        ----------
        seconds : float
            How long the search may take.
        n_iter : int or None, default=None
            Largest number of trials.
        n_workers : int, default=1
            How many fits run at the same time.

        Returns
        -------
        Sampler
            This sampler, or another one that heeds what trials cost.
        """
        return self

    @abstractmethod
    def sample(
        self, space: SearchSpace, trials: Sequence[Trial], n: int, rng: np.random.Generator
    ) -> list[Proposal]:
        """Propose `n` configurations.

        Parameters
        ----------
        space : SearchSpace
            Where to look.
        trials : sequence of Trial
            All trials so far in the order of their numbers, running ones included. They are not changed.
        n : int
            How many configurations are wanted.
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        list of Proposal
            `n` distinct configurations of the space, none of them in `trials`; fewer only if a finite space holds no
            more untried ones.
        """
