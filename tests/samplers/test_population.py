"""Exploit and explore: who is copied, what changes, what is kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import search_spaces

from skhpo.samplers import EXPLOIT, EXPLORE, PopulationSampler
from skhpo.samplers._population import explored, perturbed
from skhpo.space import Categorical, Integer, Ordinal, Real, SearchSpace
from skhpo.trial import Trial

SEEDS = st.integers(0, 2**32 - 1)
SCORES = st.lists(st.sampled_from([np.nan, 0.0, 0.5, 0.5, 1.0, -3.0]), min_size=2, max_size=25)


def generation(space, scores, seed=0):
    """Trials of a first generation."""
    configurations = space.sample(np.random.default_rng(seed), len(scores))
    return [
        Trial(
            i, c, tuple(space.encode([c])[0]), status="failed" if np.isnan(x) else "complete", score=float(x)
        )
        for i, (c, x) in enumerate(zip(configurations, scores, strict=True))
    ]


@pytest.mark.parametrize("exploit", sorted(EXPLOIT))
@given(scores=SCORES, seed=SEEDS)
def test_models_come_from_members_that_are_no_worse_and_have_not_failed(exploit, scores, seed):
    """A broken model that is copied ends the whole population."""
    scores, rng = np.array(scores), np.random.default_rng(seed)
    if np.isnan(scores).all():
        return
    for member in range(len(scores)):
        source = EXPLOIT[exploit](scores, member, rng)
        assert np.isfinite(scores[source])
        assert source == member or np.isnan(scores[member]) or scores[source] >= scores[member]


def test_truncation_replaces_the_worst_fifth_by_the_best_fifth():
    """More would end the variety of the population, fewer would keep its dead weight."""
    scores, rng = np.arange(20.0), np.random.default_rng(0)
    sources = [{EXPLOIT["truncation"](scores, m, rng) for _ in range(200)} for m in range(20)]
    assert sources == [{16, 17, 18, 19}] * 4 + [{m} for m in range(4, 20)]


def test_a_tournament_replaces_by_who_is_better():
    """The best one is never lost, and the worst one always is."""
    scores, rng = np.arange(5.0), np.random.default_rng(0)
    sources = [{EXPLOIT["tournament"](scores, m, rng) for _ in range(200)} for m in range(5)]
    assert sources == [{1, 2, 3, 4}, {1, 2, 3, 4}, {2, 3, 4}, {3, 4}, {4}]


@pytest.mark.parametrize("explore", sorted(EXPLORE))
@given(space=search_spaces(), scores=SCORES, seed=SEEDS, data=st.data())
def test_every_space_can_be_explored(explore, space, scores, seed, data):
    """Conditions, choices and sub-spaces change too, and what is fixed stays with the model."""
    fixed = data.draw(st.sets(st.sampled_from(sorted(space.names))))
    trials = generation(space, scores)
    sampler = PopulationSampler(len(scores), explore=explore, fixed=fixed)
    proposals = sampler.sample(space, trials, len(scores), np.random.default_rng(seed))
    again = sampler.sample(space, tuple(trials), len(scores), np.random.default_rng(seed))
    assert repr(proposals) == repr(again)
    for proposal in proposals:
        space.check(proposal.configuration)
        if proposal.parent is None:
            assert np.isnan(scores).all()
            continue
        parent = trials[proposal.parent].configuration
        if proposal.origin == "continued":
            assert repr(proposal.configuration) == repr(parent)
        for name in fixed:
            assert repr(proposal.configuration.get(name)) == repr(parent.get(name))


@pytest.mark.parametrize(
    ("dimension", "value", "found"),
    [
        (Real(0.0, 10.0), 5.0, [4.0, 6.0]),
        (Real(1e-3, 1e0, prior="log-uniform"), 0.1, [0.08, 0.12]),
        (Real(-10.0, 0.0), -5.0, [-6.0, -4.0]),
        (Real(0.0, 1.0), 0.0, [0.0, 0.02]),
        (Real(0.0, 1.0), 0.9, [0.72, 1.0]),
        (Integer(1, 1000), 100, [80, 120]),
        (Integer(1, 1000, prior="log-uniform"), 2, [1, 3]),
        (Integer(0, 9), 0, [0, 1]),
        (Ordinal(["s", "m", "l"]), "m", ["l", "s"]),
        (Ordinal([16, 32, 64]), 32, [16, 64]),
        (Ordinal([16, 32, 64]), 64, [32, 64]),
    ],
)
def test_numbers_are_multiplied_and_levels_step(dimension, value, found):
    """A learning rate of 0.1 has neighbours that depend on itself, not on the range."""
    rng = np.random.default_rng(0)
    seen = {perturbed(dimension, value, rng) for _ in range(50)}
    # Positions in the range are rounded, and the numbers with them.
    rounded = {round(one, 12) if isinstance(one, float) else one for one in seen}
    assert rounded == set(found)


@pytest.mark.parametrize("explore", sorted(EXPLORE))
def test_a_copy_is_not_left_as_it_is(explore):
    """Two equal models in a population are one model that is paid for twice."""
    space = SearchSpace({"loss": Categorical(["a", "b", "c"]), "x": (1, 3)})
    rng, parent = np.random.default_rng(0), {"loss": "a", "x": 1}
    found = [explored(space, parent, EXPLORE[explore], frozenset(), rng) for _ in range(100)]
    assert all(one != parent for one in found)


def test_a_small_space_fills_a_large_population():
    """Two choices are enough for twenty members, who will differ later."""
    proposals = PopulationSampler(20).sample(SearchSpace({"x": [1, 2]}), [], 20, np.random.default_rng(0))
    assert len(proposals) == 20 and {p.configuration["x"] for p in proposals} == {1, 2}


def test_a_population_that_failed_begins_again():
    """The search would go on with broken models, or end."""
    space = SearchSpace({"x": (0.0, 1.0)})
    trials = generation(space, [np.nan, np.nan])
    (proposal,) = PopulationSampler(2).sample(space, trials, 1, np.random.default_rng(0))
    assert proposal.parent is None and proposal.origin == "initial design"
