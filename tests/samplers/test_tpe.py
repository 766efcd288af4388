"""TPE sampler: it learns, and what it learns from."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skhpo.samplers import RandomSampler, TPESampler
from skhpo.samplers._tpe import _split, _weights
from skhpo.space import Real, SearchSpace
from skhpo.trial import Trial


def search(sampler, space, function, n, seed):
    """Maximise a function of configurations; return the best value and the trials."""
    trials = []
    for i in range(n):
        [(configuration, origin, _)] = sampler.sample(space, trials, 1, np.random.default_rng([seed, i]))
        point = tuple(space.encode([configuration])[0].tolist())
        score = function(configuration)
        trials.append(Trial(i, configuration, point, origin, "complete", score=score))
    return max(trial.score for trial in trials), trials


def mixed(c):
    """Conditional and mixed: the branch that looks best on average does not hold the optimum."""
    base = -2.0 * (math.log10(c["C"]) / 3.0 - 0.4) ** 2
    if c["kernel"] == "linear":
        return base - 0.25
    return base - 3.0 * (c["gamma"] - 0.3) ** 2 - 0.05 * abs(c["n"] - 4)


MIXED = SearchSpace(
    {
        "kernel": ["linear", "rbf", "poly"],
        "C": (1e-3, 1e3, "log-uniform"),
        "gamma": Real(0.0, 1.0, when={"kernel": ["rbf", "poly"]}),
        "n": (1, 20),
    }
)
PROBLEMS = {
    "sphere": (
        SearchSpace({name: (0.0, 1.0) for name in "abcd"}),
        lambda c: -sum((x - t) ** 2 for x, t in zip(c.values(), [0.3, 0.7, 0.5, 0.2], strict=True)),
    ),
    "mixed": (MIXED, mixed),
    "plateau": (
        SearchSpace({name: (0.0, 1.0) for name in "abcd"}),
        lambda c: -round(12 * sum((x - 0.4) ** 2 for x in c.values())) / 12,
    ),
    "choices": (
        SearchSpace({name: [0, 1, 2, 3] for name in "abcdef"}),
        lambda c: -sum(abs(x - i % 4) > 0 for i, x in enumerate(c.values())),
    ),
}


@pytest.mark.parametrize("name", sorted(PROBLEMS))
def test_beats_random_search(name):
    """A model that does not pay is worse than none: it wins on the mean of 6 seeds, with fixed seeds."""
    space, function = PROBLEMS[name]
    ours = [search(TPESampler(), space, function, 60, seed)[0] for seed in range(6)]
    theirs = [search(RandomSampler(), space, function, 60, seed)[0] for seed in range(6)]
    assert np.mean(ours) > np.mean(theirs)


def test_origins():
    """Users see in the results which trials a model proposed."""
    trials = search(TPESampler(n_initial=4), *PROBLEMS["sphere"], n=7, seed=0)[1]
    assert [trial.origin for trial in trials] == ["initial design"] * 4 + ["model"] * 3


def test_runs_on_after_nothing_but_failures():
    """A model without one good trial must still lead away from what failed."""
    space = SearchSpace({"x": (0.0, 1.0)})
    trials = [Trial(i, {"x": x}, (x,), status="failed") for i, x in enumerate(np.linspace(0.0, 0.5, 30))]
    drawn = TPESampler().sample(space, trials, 20, np.random.default_rng(0))
    assert np.mean([proposal.configuration["x"] > 0.5 for proposal in drawn]) > 0.8


def test_keeps_away_from_running_trials():
    """Eight workers would all fit nearly the same configuration."""
    space = SearchSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)})
    rng = np.random.default_rng(0)
    trials = [
        Trial(i, {"x": x, "y": y}, (x, y), status="complete", score=-((x - 0.5) ** 2) - (y - 0.5) ** 2)
        for i, (x, y) in enumerate(rng.random((40, 2)).tolist())
    ]
    batch = TPESampler().sample(space, trials, 8, np.random.default_rng(1))
    xy = np.array([list(proposal.configuration.values()) for proposal in batch])
    distances = np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(axis=-1))[np.triu_indices(8, 1)]
    alone = [
        list(TPESampler().sample(space, trials, 1, np.random.default_rng(i))[0].configuration.values())
        for i in range(8)
    ]
    without = np.sqrt(((np.array(alone)[:, None] - np.array(alone)[None]) ** 2).sum(axis=-1))
    assert distances.mean() > without[np.triu_indices(8, 1)].mean()


class TestSplit:
    """Which trials are good."""

    def test_share(self):
        """15 % rounded up, 25 at most: more would blur the model of what is good."""
        for n, expected in [(1, 1), (10, 2), (100, 15), (1000, 25)]:
            trials = [Trial(i, {}, (), status="complete", score=float(i)) for i in range(n)]
            good, weights = _split(trials)
            assert sorted(good) == list(range(n - expected, n))
            assert weights.shape == (expected,)

    def test_failed_and_running_trials_are_bad(self):
        """A failed trial must never be imitated, whatever its score says."""
        trials = [
            Trial(0, {}, (), status="failed"),
            Trial(1, {}, (), status="running"),
            Trial(2, {}, (), status="complete", score=-1e300),
            Trial(3, {}, (), status="failed", score=5.0),
        ]
        assert _split(trials)[0].tolist() == [2]
        assert _split([trials[0], trials[1]])[0].tolist() == []


class TestWeights:
    """How much each good trial counts."""

    def test_by_improvement(self):
        """The best trial draws the search to itself more than one that just made it."""
        np.testing.assert_allclose(_weights(np.array([4.0, 2.0]), 1.0), [1.5, 0.5])

    @pytest.mark.parametrize(
        ("scores", "threshold"),
        [([1.0, 1.0], 1.0), ([1.0], -math.inf), ([1e308], -1e308), ([], 0.0), ([], -math.inf)],
    )
    def test_without_information(self, scores, threshold):
        """Ties, a single trial and overflow must not give undefined weights."""
        np.testing.assert_array_equal(_weights(np.array(scores), threshold), np.ones(len(scores)))

    def test_outlier_does_not_erase_the_others(self):
        """One score of 10**12 must not make weights of zero, whose logarithm is infinite."""
        assert np.all(_weights(np.array([1e12, 2.0, 1.0]), 0.0) >= 0.01)
