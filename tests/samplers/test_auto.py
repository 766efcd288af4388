"""The rule by which a sampler is chosen."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo.samplers import AutoSampler, GaussianProcessSampler, TPESampler
from skhpo.space import SearchSpace

WIDE = {"word": [f"word {i}" for i in range(101)]}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"C": (0.1, 1.0)}, GaussianProcessSampler),
        ({"kernel": ["rbf", "poly"], "n": (1, 10**6)}, GaussianProcessSampler),
        ({f"x{i}": list("abcde") for i in range(20)}, GaussianProcessSampler),
        (WIDE, TPESampler),
        ({f"x{i}": list("abcde") for i in range(21)}, TPESampler),
    ],
)
def test_choice_by_space(spec, expected):
    """The most sample-efficient sampler is used unless it cannot be afforded."""
    assert type(AutoSampler().choose(SearchSpace(spec))) is expected


@pytest.mark.parametrize("spec", [{"C": (0.1, 1.0)}, WIDE])
def test_proposals_are_those_of_the_chosen_sampler(spec):
    """Naming the chosen sampler gives the same search."""
    space = SearchSpace(spec)
    expected = AutoSampler().choose(space).sample(space, [], 3, np.random.default_rng(0))
    assert AutoSampler().sample(space, [], 3, np.random.default_rng(0)) == expected
