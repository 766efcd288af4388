"""Grid search: every configuration of a finite space, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from skhpo.samplers._distinct import first_untried, grid_chunks, point_keys, trial_points, tried_keys
from skhpo.samplers._sampler import Proposal, Sampler
from skhpo.space import SearchSpace
from skhpo.trial import Trial


@dataclass(frozen=True)
class GridSampler(Sampler):
    """Walks through a finite space in the order of its grid, leaving out what has been tried.

    The grid is never stored: position `k` costs `k` steps of an iterator, whatever the size of the grid. A space that
    is not finite raises `InvalidSpaceError`, naming the hyperparameter.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.space import SearchSpace
    >>> space = SearchSpace({"kernel": ["rbf", "poly"], "degree": (2, 3)})
    >>> for proposal in GridSampler().sample(space, [], 3, np.random.default_rng(0)):
    ...     print(proposal.configuration)
    {'kernel': 'rbf', 'degree': 2}
    {'kernel': 'rbf', 'degree': 3}
    {'kernel': 'poly', 'degree': 2}
    """

    uses_scores = False

    def check_space(self, space: SearchSpace) -> None:
        """Raise an `InvalidSpaceError` that names a dimension that is not finite."""
        space.grid()

    def sample(
        self, space: SearchSpace, trials: Sequence[Trial], n: int, rng: np.random.Generator
    ) -> list[Proposal]:
        """Propose the next `n` configurations of the grid.

        Parameters
        ----------
        space : SearchSpace
            Where to look; finite.
        trials : sequence of Trial
            All trials so far; only what was tried matters.
        n : int
            How many configurations are wanted.
        rng : numpy.random.Generator
            Not used: there is nothing random in a grid.

        Returns
        -------
        list of Proposal
            `n` distinct untried configurations; fewer only if the grid holds no more.
        """
        tried = tried_keys(space, trials)
        # Each proposal of this sampler used up a position, so as many positions at the start of the grid have been
        # tried for certain. Histories made otherwise are served by the second pass.
        skip = _n_from_grid(space, trials)
        configurations = _next_on_grid(space, tried, n, skip)
        if skip and len(configurations) < n:
            configurations = _next_on_grid(space, tried, n, 0)
        return [Proposal(configuration, "grid") for configuration in configurations]


def _n_from_grid(space: SearchSpace, trials: Sequence[Trial]) -> int:
    """Count the trials that came from the grid of the sub-spaces that are still open."""
    points = trial_points([trial for trial in trials if trial.origin == "grid"], len(space.columns))
    if len(space.subspaces) == 1 or len(points) == 0:
        return len(points)
    # A closed sub-space's points are remapped, hence changed, by `canonical`.
    pairs = zip(point_keys(points), point_keys(space.canonical(points)), strict=True)
    return sum(before == after for before, after in pairs)


def _next_on_grid(space: SearchSpace, tried: set[bytes], n: int, skip: int) -> list[dict[str, Any]]:
    """Return the first `n` untried configurations from position `skip` on."""
    found: list[dict[str, Any]] = []
    # Small pieces, because the very first configuration is the expected answer.
    for points, configurations in grid_chunks(space, islice(space.grid(), skip, None), size=max(n, 8)):
        found += [configurations[i] for i in first_untried(points, tried, n - len(found))]
        if len(found) == n:
            break
    return found
