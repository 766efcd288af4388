"""Tests of how the cost of trials counts, and of the Gaussian process sampler that heeds it."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from skhpo.models import ColumnLayout
from skhpo.samplers import AutoSampler, GaussianProcessSampler, Proposal, RandomSampler
from skhpo.samplers._cost import TimeLimit, _as_if_complete, price, scarcity
from skhpo.space import SearchSpace
from skhpo.trial import Measurement, Trial

SPACE = SearchSpace({"trees": (1, 100, "log-uniform"), "rate": (0.0, 1.0), "kind": ["u", "v"]})
LAYOUT = ColumnLayout.from_columns(SPACE.columns)
N = 12


def _trials(seconds, n: int = N, status: str = "complete") -> list[Trial]:
    configurations = SPACE.sample(np.random.default_rng(0), n)
    times = seconds(configurations) if callable(seconds) else seconds
    return [
        Trial(
            i,
            configuration,
            tuple(SPACE.encode([configuration])[0].tolist()),
            "model",
            status,
            (Measurement(0, {}, fit_time=times[i], score_time=0.0),),
            score=-((configuration["rate"] - 0.4) ** 2),
        )
        for i, configuration in enumerate(configurations)
    ]


def _by_trees(configurations) -> list[float]:
    return [float(configuration["trees"]) for configuration in configurations]


def _sample(sampler, trials, seed: int = 0, n: int = 1) -> list[Proposal]:
    return sampler.sample(SPACE, trials, n, np.random.default_rng(seed))


AWARE, PLAIN = GaussianProcessSampler(cost_aware=True), GaussianProcessSampler(cost_aware=False)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "seconds", [[5.0] * N, [np.nan] * N, [np.inf] * N, [7.0] + [np.nan] * (N - 1)], ids=str
)
def test_equal_or_unknown_costs_change_nothing(seconds: list[float], seed: int) -> None:
    """Heeding costs must lose nothing where they do not differ, or were not told."""
    trials = _trials(seconds)
    assert _sample(AWARE, trials, seed, n=3) == _sample(PLAIN, trials, seed, n=3)


def test_cheap_configurations_are_preferred_where_scores_do_not_tell() -> None:
    """The number of trees changes nothing here but the time."""
    trees = {
        sampler: [_sample(sampler, _trials(_by_trees), seed)[0].configuration["trees"] for seed in range(12)]
        for sampler in (AWARE, PLAIN)
    }
    assert np.median(trees[AWARE]) <= 5 < np.median(trees[PLAIN]) or np.mean(trees[AWARE]) < 5


def test_random_trials_are_mostly_cheap_ones() -> None:
    """A tenth of the trials is blind: at a hundred times the cost of the others they would take most of the time."""
    rng, points = np.random.default_rng(0), SPACE.encode(SPACE.sample(np.random.default_rng(1), 20))
    how = price(LAYOUT, _trials(_by_trees), None)
    drawn = SPACE.decode(np.concatenate([how.favour(points, rng) for _ in range(200)]))
    everything = SPACE.decode(points)
    assert np.mean(_by_trees(drawn)) < 0.5 * np.mean(_by_trees(everything))
    assert len({configuration["trees"] for configuration in drawn}) > 5


@pytest.mark.parametrize("strange", [0.0, np.inf, np.nan, 1e9])
def test_degenerate_costs_are_survived(strange: float) -> None:
    """A search must not end because a clock went wrong."""
    trials = _trials(lambda configurations: [strange, *_by_trees(configurations)[1:]])
    assert len(_sample(AWARE, trials, n=3)) == 3


def test_failed_trials_took_time_too() -> None:
    """A region in which fits fail after an hour is a dear one."""
    trials = _trials(_by_trees)
    failed = [
        Trial(t.number, t.configuration, t.point, t.origin, "failed", t.measurements) for t in trials[:6]
    ]
    whole, less = (price(LAYOUT, known, None) for known in (failed + trials[6:], trials[6:]))
    assert not np.array_equal(whole.cost.weights, less.cost.weights)


def test_trials_that_went_on_are_no_dearer_than_those_that_were_stopped() -> None:
    """Hyperband with a time limit would avoid what is good, as whoever is good trains for longest."""
    mixed = []
    for trial in _trials([2.0] * N):
        resource = 9 if trial.configuration["rate"] > 0.5 else 1
        measured = Measurement(0, {}, fit_time=2.0 * resource, score_time=0.0)
        mixed.append(replace(trial, resource=resource, measurements=(measured,)))
    assert price(LAYOUT, [replace(trial, resource=None) for trial in mixed], None) is not None
    assert price(LAYOUT, mixed, None) is None


def test_proposals_do_not_depend_on_what_was_asked_before() -> None:
    """Resuming is replaying, with costs as well."""
    trials = _trials(_by_trees)
    sampler = GaussianProcessSampler(cost_aware=True)
    expected = _sample(sampler, trials, n=2)
    _sample(sampler, trials[:7], seed=3)
    for other in (sampler, GaussianProcessSampler(cost_aware=True), pickle.loads(pickle.dumps(sampler))):
        assert _sample(other, trials, n=2) == expected


@pytest.mark.parametrize("seed", range(3))
def test_without_a_timeout_costs_do_not_count(seed: int) -> None:
    """Searches with a seed are reproducible, whatever the clock says, unless a timeout asks for otherwise."""
    trials, equal = _trials(_by_trees), _trials([1.0] * N)
    for sampler in (GaussianProcessSampler(), AutoSampler()):
        assert _sample(sampler, trials, seed) == _sample(sampler, equal, seed)


@pytest.mark.parametrize("sampler", [GaussianProcessSampler(), AutoSampler()], ids=["gp", "auto"])
def test_a_limit_counts_only_if_it_is_what_ends_the_search(sampler) -> None:
    """A generous timeout beside `n_iter` must not change the search."""
    trials = _trials(_by_trees)
    proposals = {
        seconds: [_sample(sampler.with_time_limit(seconds, n_iter=50), trials, seed) for seed in range(5)]
        for seconds in (1e5, 500.0)
    }
    assert proposals[1e5] == [_sample(PLAIN, trials, seed) for seed in range(5)]
    assert proposals[500.0] == [_sample(AWARE, trials, seed) for seed in range(5)]


def test_costs_can_be_ignored_in_spite_of_a_timeout() -> None:
    """Whoever wants proposals that do not depend on the machine can have them."""
    trials = _trials(_by_trees)
    assert _sample(PLAIN.with_time_limit(1.0), trials) == _sample(PLAIN, trials)


def test_other_samplers_are_what_they_were() -> None:
    """A limit is an offer, not a duty: third-party samplers need not know it."""
    sampler = RandomSampler()
    assert sampler.with_time_limit(1.0) is sampler


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (TimeLimit(1e9), 1.0),
        (TimeLimit(50.0, 20), 1.0),  # all 12 trials took 10 seconds: the time is up
        (TimeLimit(200.0, 20), 0.0),  # 8 trials are left, and time for 8
        (TimeLimit(180.0, 20), 1 / 3),  # time for 6 of the 8
        (TimeLimit(160.0, 20), 1.0),  # time for 4 of them
        (TimeLimit(80.0, 20, n_workers=2), 1.0),
        (TimeLimit(100.0, 20, n_workers=2), 0.0),
        (TimeLimit(10.0, 12), 1.0),
    ],
    ids=str,
)
def test_time_is_scarce_if_it_ends_before_the_trials_do(limit: TimeLimit, expected: float) -> None:
    """The less of what is left can be done in time, the more its cost counts."""
    assert scarcity(limit, _trials([10.0] * N), N) == pytest.approx(expected)


def test_before_anything_is_known_a_limit_counts_in_full() -> None:
    """There is nothing to divide by yet."""
    assert scarcity(TimeLimit(10.0, 5), [], 0) == 1.0
    assert price(LAYOUT, [], TimeLimit(10.0, 5)) is None


def test_a_word_for_cost_aware_is_refused() -> None:
    """A typing error would switch it on."""
    with pytest.raises(ValueError, match=r"must be a bool or 'auto'\. Got 'yes' instead"):
        GaussianProcessSampler(cost_aware="yes")


@pytest.mark.parametrize("base", [GaussianProcessSampler, AutoSampler])
def test_a_time_limit_keeps_the_users_class(base: type) -> None:
    """A surrogate of one's own was silently replaced by ours as soon as there was a timeout."""
    mine = type("Mine", (base,), {})
    assert type(mine().with_time_limit(10.0)) is mine


def test_to_fail_soon_is_no_bargain() -> None:
    """Blind proposals, which save a search from a wrong model, went to whatever fails within a millisecond."""
    complete = np.array([True, True, False, False, False])
    seconds = _as_if_complete(np.array([10.0, 20.0, 0.001, 99.0, np.nan]), complete)
    np.testing.assert_array_equal(seconds, [10.0, 20.0, 15.0, 99.0, np.nan])
