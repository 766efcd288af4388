"""Random sampler."""

from __future__ import annotations

from collections import Counter

import numpy as np

from skhpo.samplers import RandomSampler
from skhpo.space import SearchSpace
from skhpo.trial import Trial


def test_draws_follow_the_prior():
    """A log-uniform range searched uniformly never sees its small values.

    False alarm: about 10**-6 (five standard deviations).
    """
    space = SearchSpace({"C": (1e-3, 1e3, "log-uniform"), "kernel": ["rbf", "poly", "linear"]})
    drawn = RandomSampler().sample(space, [], 3000, np.random.default_rng(0))
    below = sum(proposal.configuration["C"] < 1.0 for proposal in drawn)
    assert abs(below - 1500) < 5 * np.sqrt(3000 / 4)
    counts = Counter(proposal.configuration["kernel"] for proposal in drawn)
    assert all(abs(count - 1000) < 5 * np.sqrt(3000 * 2 / 9) for count in counts.values())
    assert {proposal.origin for proposal in drawn} == {"random"}


def test_open_sub_spaces_are_equally_likely():
    """Closing one of three sub-spaces must not double the share of one of the others.

    False alarm: about 10**-6 (five standard deviations).
    """
    space = SearchSpace([({"a": (0, 10**6)}, 5), {"b": (0, 10**6)}, {"c": (0, 10**6)}]).open_to([1, 2])
    drawn = RandomSampler().sample(space, [], 1000, np.random.default_rng(0))
    n_b = sum("b" in proposal.configuration for proposal in drawn)
    assert abs(n_b - 500) < 5 * np.sqrt(1000 / 4)


def test_space_with_a_continuous_hyperparameter_does_not_look_at_trials():
    """Random search must stay cheap after a hundred thousand trials."""

    class Untouchable:
        """Fails on any use."""

        def __getattribute__(self, name):
            raise AssertionError(name)

    space = SearchSpace({"C": (0.0, 1.0), "kernel": ["rbf", "poly"]})
    assert len(RandomSampler().sample(space, [Untouchable()], 2, np.random.default_rng(0))) == 2


def test_finite_space_is_drawn_without_replacement():
    """Ten trials of a ten-valued hyperparameter would try six values on average."""
    space, trials = SearchSpace({"depth": (1, 10)}), []
    for i in range(10):
        [proposal] = RandomSampler().sample(space, trials, 1, np.random.default_rng(i))
        point = tuple(space.encode([proposal.configuration])[0].tolist())
        trials.append(Trial(i, proposal.configuration, point, proposal.origin))
    values = [trial.configuration["depth"] for trial in trials]
    assert sorted(values) == list(range(1, 11)) != values
