"""Sobol search: one scrambled low-discrepancy sequence, spread over as many trials as are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from skhpo.samplers._distinct import Array, first_untried, point_keys, tried_keys, untried_points
from skhpo.samplers._sampler import Proposal, Sampler
from skhpo.space import Column, SearchSpace
from skhpo.trial import Trial

ORIGIN = "initial design"
_BITS = 30


@dataclass(frozen=True)
class SobolSampler(Sampler):
    """Fills the space evenly with a scrambled Sobol sequence, whatever the scores.

    All trials of a search take consecutive points of a single sequence, although a sampler remembers nothing and every
    call comes with another random generator: the first point is random and is recorded in the first trial of the
    design, and the scrambling of the sequence is computed from it, such that it is the sequence's point 0.

    Unordered hyperparameters run through random permutations of their choices instead, so that `k` trials use `k`
    choices before any comes again.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.space import SearchSpace
    >>> space = SearchSpace({"C": (0.0, 1.0), "kernel": ["rbf", "poly"]})
    >>> proposals = SobolSampler().sample(space, [], 4, np.random.default_rng(0))
    >>> sorted(int(4 * proposal.configuration["C"]) for proposal in proposals)
    [0, 1, 2, 3]
    >>> sorted(proposal.configuration["kernel"] for proposal in proposals)
    ['poly', 'poly', 'rbf', 'rbf']
    """

    uses_scores = False

    def sample(
        self, space: SearchSpace, trials: Sequence[Trial], n: int, rng: np.random.Generator
    ) -> list[Proposal]:
        """Propose the next `n` points of the sequence.

        Parameters
        ----------
        space : SearchSpace
            Where to look.
        trials : sequence of Trial
            All trials so far; only what was tried, and which of it belongs to the design, matters.
        n : int
            How many configurations are wanted.
        rng : numpy.random.Generator
            Source of the first point; after that it is used only where the sequence repeats itself.

        Returns
        -------
        list of Proposal
            `n` distinct untried configurations; fewer only if a finite space holds no more.
        """
        tried = tried_keys(space, trials)
        design = [trial.point for trial in trials if trial.origin == ORIGIN and trial.point is not None]
        start, k = (np.array(design[0]), len(design)) if design else (_random_start(space, rng), 0)
        # The sequence may hit what has been tried, in which case the next of its points is taken.
        upcoming = space.canonical(sequence(space.columns, start, k, k + 2 * n + 8))
        points = upcoming[first_untried(upcoming, tried, n)]
        if len(points) < n:
            tried.update(point_keys(points))
            points = np.concatenate([points, untried_points(space, tried, n - len(points), rng)])
        return [Proposal(configuration, ORIGIN) for configuration in space.decode(points)]


def sequence(columns: Sequence[Column], start: Array, first: int, last: int) -> Array:
    """Return the points `first` to `last` (exclusive) of the scrambled sequence whose point 0 is `start`.

    Parameters
    ----------
    columns : sequence of Column
        The encoded columns.
    start : ndarray of shape (n_columns,)
        Point 0, NaN in inactive columns.
    first, last : int
        Range of positions.

    Returns
    -------
    ndarray of shape (last - first, n_columns)
        Points of the unit cube, not canonical.

    Notes
    -----
    A scrambled Sobol sequence is a linear scrambling followed by a digital shift (exclusive or with a constant).
    Another shift on top gives a sequence of the same quality, and the one used here moves point 0 to `start`.
    """
    active = ~np.isnan(start)
    # The 0.25 keeps levels that lie on a cell's edge from changing cells with their last bits.
    digits = np.where(active, start, 0.0) * 2**_BITS + 0.25
    seed = np.minimum(digits, 2**_BITS - 1).astype(np.int64)
    engine = qmc.Sobol(max(1, len(columns)), bits=_BITS, seed=np.random.default_rng(seed))
    unshifted = engine.random_base2(max(1, int(last - 1).bit_length()))[:last, : len(columns)]
    integers = (unshifted * 2**_BITS).astype(np.int64)
    shift = np.where(active, integers[0] ^ seed, 0)
    points: Array = ((integers ^ shift) + 0.5) / 2**_BITS
    for j, column in enumerate(columns):
        if column.kind == "unordered" and column.n_levels is not None:
            levels = _cycled_levels(column.n_levels, last, np.random.default_rng([j, *seed]))
            if active[j]:  # rename the levels such that point 0 keeps its own
                levels = (levels - levels[0] + int(start[j] * column.n_levels)) % column.n_levels
            points[:, j] = (levels + 0.5) / column.n_levels
    return points[first:]


def _cycled_levels(n_levels: int, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return `n` levels: one random permutation of all of them after the other."""
    n_cycles = -(-n // n_levels)
    cycles = rng.permuted(np.tile(np.arange(n_levels), (n_cycles, 1)), axis=1)
    return cycles.ravel()[:n]


def _random_start(space: SearchSpace, rng: np.random.Generator) -> Array:
    """Draw the first point, as it will be recorded in the first trial."""
    start: Array = space.canonical(rng.random((1, len(space.columns))))[0]
    return start
