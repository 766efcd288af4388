"""Tests of the trials as arrays: what is remembered of them is what they say."""

from __future__ import annotations

import copy
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo.samplers._distinct import point_keys
from skhpo.samplers._history import History, Keys, Memory
from skhpo.trial import Trial


def _trial(number: int, point: tuple[float, ...] | None, score: float | None) -> Trial:
    if score is None:
        return Trial(number, {}, point)
    return Trial(number, {}, point, status="complete" if np.isfinite(score) else "failed", score=score)


def _same(first: History, second: History) -> None:
    np.testing.assert_array_equal(first.X, second.X)
    np.testing.assert_array_equal(first.scores, second.scores)
    np.testing.assert_array_equal(first.pending, second.pending)
    assert first.tried == second.tried
    assert first.n_settled == second.n_settled


def test_reading_again_gives_what_reading_anew_gives() -> None:
    """Trials that finish late, start, or belong to another study would be mixed up."""
    rng, memory = np.random.default_rng(0), Memory()
    trials = [_trial(i, (float(u),), 1.0) for i, u in enumerate(rng.random(6))]
    trials[2] = _trial(2, None, 0.5)
    late = [*trials[:4], _trial(4, (0.25,), None), trials[5]]
    others = [_trial(i, (0.5,), float("nan")) for i in range(4)]
    for read in ([], trials[:3], late[:5], late, trials, trials[:2], others, tuple(trials), trials):
        _same(memory.read(read, 1), History.from_trials(read, 1))
    wide = [_trial(0, (0.5, 0.1), 1.0)]
    _same(memory.read(wide, 2), History.from_trials(wide, 2))


def test_what_is_remembered_does_not_travel() -> None:
    """Copies of a sampler that carry thousands of trials would make clones and pickles slow and large."""
    memory = Memory()
    memory.read([_trial(i, (0.1,), 1.0) for i in range(1000)], 1)
    assert len(pickle.dumps(memory)) < 200
    _same(copy.deepcopy(memory).read([], 1), History.from_trials([], 1))


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], False),
        ([1.0], False),
        ([1.0, 1.0], False),
        ([1.0, 2.0], True),
        ([np.nan, np.nan], False),
        ([np.nan, 1.0], True),
    ],
)
def test_equal_scores_say_nothing(scores: list[float], expected: bool) -> None:
    """A model of equal scores would propose anything: the space is to be filled instead."""
    trials = [_trial(i, (i / 10,), score) for i, score in enumerate(scores)]
    assert History.from_trials(trials, 1).is_informative is expected


def test_best_points_come_first_and_failures_are_none_of_them() -> None:
    """Candidates around failed configurations are wasted."""
    trials = [_trial(i, (i / 10,), score) for i, score in enumerate([0.1, np.nan, 0.3, 0.2])]
    np.testing.assert_array_equal(History.from_trials(trials, 1).best[:, 0], [0.2, 0.3, 0.0])


def test_a_started_point_is_pending_and_tried() -> None:
    """One batch would hold a configuration twice."""
    history = History.from_trials([_trial(0, (0.5,), 1.0)], 1).extended(np.array([[0.25]]))
    np.testing.assert_array_equal(history.pending, [[0.25]])
    np.testing.assert_array_equal(history.points, [[0.5], [0.25]])
    assert history.tried == set(point_keys(np.array([[0.5], [0.25]])))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_memory_survives_every_pickle_protocol(protocol: int) -> None:
    """An empty state is dropped by the old protocols, and the copy had no attributes."""
    memory = Memory()
    memory.read([_trial(0, (0.5,), 1.0)], 1)
    loaded = pickle.loads(pickle.dumps(memory, protocol))
    np.testing.assert_array_equal(loaded.read([_trial(0, (0.5,), 1.0)], 1).X, [[0.5]])


def test_threads_share_a_memory() -> None:
    """Two studies with one sampler were told each other's trials."""
    known = [[_trial(i, (u,), 1.0) for i in range(30)] for u in (0.25, 0.75)]

    def read(trials: list[Trial], memory: Memory) -> bool:
        return all(
            len(history.X) == n and (trials[0].point[0] == history.X).all()
            for n in range(1, 30)
            if (history := memory.read(trials[:n], 1))
        )

    interval, memory = sys.getswitchinterval(), Memory()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(read, known * 20, [memory] * 40))
    finally:
        sys.setswitchinterval(interval)
    assert all(results)


def test_stopped_trials_are_known_as_far_as_they_are() -> None:
    """With an estimate they teach; without one they are only not to be tried again."""
    estimated = Trial(0, {}, (0.1,), status="pruned", score=0.4, noisiness=5.0)
    unknown = Trial(1, {}, (0.2,), status="pruned")
    history = History.from_trials([estimated, unknown], 1)
    assert history.X.tolist() == [[0.1]] and history.scores.tolist() == [0.4]
    assert history.noisiness.tolist() == [5.0]
    assert len(history.tried) == 2 and len(history.pending) == 0


def test_what_came_before_all_running_trials_has_settled() -> None:
    """Fits that rest on the others would be done again with every result that comes in between."""
    trials = [_trial(i, (i / 10,), None if i in (3, 5) else 1.0) for i in range(8)]
    trials[1] = Trial(1, {}, (0.1,), status="pruned")
    history = History.from_trials(trials, 1)
    assert (history.n_settled, history.n_firm) == (2, 3)
    trials[3] = _trial(3, (0.3,), 1.0)
    history = History.from_trials(trials, 1)
    assert (history.n_settled, history.n_firm) == (4, 4)
    trials[5] = _trial(5, (0.5,), 1.0)
    assert History.from_trials(trials, 1).n_settled == 7


@given(st.lists(st.lists(st.binary(max_size=1), max_size=6), max_size=30))
def test_keys_are_those_that_were_joined(parts: list[list[bytes]]) -> None:
    """A configuration that is forgotten is tried again; the sets must stay few, as each of them is asked."""
    keys, expected = Keys(), set()
    for part in parts:
        longer = keys.joined(part)
        assert keys == expected, "the shorter one has not changed"
        keys, expected = longer, expected.union(part)
        assert keys == expected and len(keys) == len(expected)
        assert all(key in keys for key in expected) and b"other" not in keys
    assert len(keys._sets) <= 2 + np.log2(len(expected) + 1)


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, float("nan")]), max_size=40))
def test_the_best_are_those_of_a_full_sort(scores: list[float]) -> None:
    """Of equal scores the first ones count, also where not all of them are sorted."""
    trials = [_trial(i, (i / 64,), score) for i, score in enumerate(scores)]
    order = sorted((i for i, score in enumerate(scores) if score == score), key=lambda i: -scores[i])[:10]
    assert History.from_trials(trials, 1).best[:, 0].tolist() == [i / 64 for i in order]
