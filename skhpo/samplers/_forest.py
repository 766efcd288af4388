"""The forest sampler: Bayesian optimisation with a random forest."""

from __future__ import annotations

from skhpo.models import ColumnLayout, Forest
from skhpo.samplers._model_based import ModelBasedSampler


class ForestSampler(ModelBasedSampler):
    """Bayesian optimisation with a random forest and the expected improvement.

    A forest splits the space where scores change, so that it copes with steps, with many choices and with
    hyperparameters that do not matter. It starts, explores and treats running and failed trials as
    `GaussianProcessSampler` does.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.space import SearchSpace
    >>> from skhpo.trial import Trial
    >>> space = SearchSpace({"C": (0.0, 1.0)})
    >>> grid = np.linspace(0.0, 1.0, 21)
    >>> trials = [
    ...     Trial(i, {"C": x}, (x,), status="complete", score=-abs(x - 0.3)) for i, x in enumerate(grid)
    ... ]
    >>> [proposal] = ForestSampler().sample(space, trials, 1, np.random.default_rng(0))
    >>> proposal.origin, bool(abs(proposal.configuration["C"] - 0.3) < 0.2)
    ('model', True)
    """

    def surrogate(self, layout: ColumnLayout) -> Forest:
        """Return the forest; see `ModelBasedSampler.surrogate`."""
        return Forest(layout)
