"""Tests of the sampler that chooses a sampler."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo.samplers import AutoSampler, GaussianProcessSampler, TPESampler
from skhpo.space import Real, SearchSpace


@pytest.mark.parametrize(
    ("space", "chosen"),
    [
        ({"C": (0.0, 1.0)}, GaussianProcessSampler),
        ({f"x{i}": (0.0, 1.0) for i in range(60)}, GaussianProcessSampler),
        ({"kernel": ["rbf", "poly"], "C": Real(0.0, 1.0, when={"kernel": ["rbf"]})}, GaussianProcessSampler),
        ({"word": [f"word {i}" for i in range(400)]}, GaussianProcessSampler),
        ({"word": [f"word {i}" for i in range(401)]}, TPESampler),
        ({"n": (1, 10**6)}, GaussianProcessSampler),
    ],
    ids=["one", "sixty", "conditional", "400 choices", "401 choices", "a million integers"],
)
def test_the_space_decides(space: dict, chosen: type) -> None:
    """Choices in their hundreds make the Gaussian process slow; nothing else speaks against it."""
    assert isinstance(AutoSampler().choose(SearchSpace(space)), chosen)


def test_proposals_are_those_of_the_chosen_sampler() -> None:
    """Who reads that "auto" is the Gaussian process must get what "gp" proposes."""
    space = SearchSpace({"C": (0.0, 1.0), "kernel": ["rbf", "poly"]})
    auto, gp = (
        sampler.sample(space, [], 7, np.random.default_rng(3))
        for sampler in (AutoSampler(), GaussianProcessSampler())
    )
    assert auto == gp
