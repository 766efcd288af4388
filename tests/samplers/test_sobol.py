"""Sobol sampler: one sequence, although nothing is remembered."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import qmc
from strategies import search_spaces

from skhpo.samplers import SobolSampler
from skhpo.samplers._distinct import point_keys
from skhpo.samplers._sobol import sequence
from skhpo.space import Column, Integer, Real, SearchSpace
from skhpo.trial import Trial

CONTINUOUS = Column("continuous", None)


def walk(space, n, batch=1, seed=0, trials=()):
    """Sample `n` trials, each with its own generator as a study does."""
    trials = list(trials)
    while len(trials) < n:
        rng = np.random.default_rng([seed, len(trials)])
        for configuration, origin, _ in SobolSampler().sample(
            space, trials, min(batch, n - len(trials)), rng
        ):
            point = tuple(space.encode([configuration])[0].tolist())
            trials.append(Trial(len(trials), configuration, point, origin))
    return trials


def points_of(trials):
    """Encoded points as an array."""
    return np.array([trial.point for trial in trials])


@pytest.mark.parametrize("n_columns", [1, 2, 7])
def test_trials_form_a_net(n_columns):
    """Points of different scramblings are no better than random ones: 16 trials must hit all 16 strata."""
    space = SearchSpace({f"x{j}": (0.0, 1.0) for j in range(n_columns)})
    points = points_of(walk(space, 16))
    for j in range(n_columns):
        assert sorted(np.floor(points[:, j] * 16).astype(int)) == list(range(16))


def test_pairs_of_columns_form_a_net():
    """The first two Sobol columns are a (0, m, 2)-net: one point in each of 4 x 4 cells."""
    points = points_of(walk(SearchSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)}), 16))
    assert len({tuple(cell) for cell in np.floor(points * 4).astype(int).tolist()}) == 16


@pytest.mark.parametrize("prior", ["uniform", "log-uniform"])
@pytest.mark.parametrize("batch", [2, 5, 32])
def test_batches_do_not_matter(prior, batch):
    """The number of workers would change the design."""
    spec = {"a": (0.1, 9.0, prior), "n": (1, 50, prior), "k": ["x", "y", "z"]}
    space = SearchSpace(spec)
    expected = points_of(walk(space, 32))
    np.testing.assert_array_equal(points_of(walk(space, 32, batch)), expected)


def test_searches_differ():
    """Repetitions of a search would all use the same design."""
    space = SearchSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)})
    assert not np.any(np.isclose(points_of(walk(space, 8, seed=0)), points_of(walk(space, 8, seed=1))))


def test_first_point_is_uniform():
    """A constant first point would be tried in every search. False alarm: 10**-6 under uniformity."""
    space = SearchSpace({"x": (0.0, 1.0)})
    first = np.array([walk(space, 1, seed=seed)[0].point[0] for seed in range(200)])
    assert abs(first.mean() - 0.5) < 4.9 * np.sqrt(1 / 12 / 200)


def test_users_first_trials_do_not_disturb_the_sequence():
    """Default configurations come before the design, and must not be taken for its start."""
    space = SearchSpace({"x": (0.0, 1.0)})
    default = [Trial(0, {"x": 0.3}, (0.3,), "default"), Trial(1, {"x": 0.31}, (0.31,), "user")]
    points = points_of(walk(space, 10, trials=default))[2:]
    assert sorted(np.floor(points[:, 0] * 8).astype(int)) == list(range(8))


@pytest.mark.parametrize("n_levels", [2, 3, 5, 12])
def test_choices_are_balanced(n_levels):
    """With five choices and five trials each choice is tried once, not some of them twice and others never."""
    space = SearchSpace({"x": (0.0, 1.0), "k": [f"choice {i}" for i in range(n_levels)]})
    names = [trial.configuration["k"] for trial in walk(space, 3 * n_levels)]
    for start in range(0, 3 * n_levels, n_levels):
        assert len(set(names[start : start + n_levels])) == n_levels


def test_choices_are_independent_of_each_other():
    """Two hyperparameters cycled in step would meet in 3 of 9 combinations only."""
    space = SearchSpace({"x": (0.0, 1.0), "a": [1, 2, 3], "b": [1, 2, 3]})
    pairs = Counter((t.configuration["a"], t.configuration["b"]) for t in walk(space, 36))
    assert len(pairs) == 9


def test_conditional_columns_are_spread():
    """A hyperparameter of one branch is tried over its whole range in that branch."""
    space = SearchSpace(
        {"kernel": ["linear", "rbf"], "gamma": Real(0.0, 1.0, when={"kernel": ["rbf"]}), "C": (0.0, 1.0)}
    )
    trials = walk(space, 32)
    gammas = [t.configuration["gamma"] for t in trials if "gamma" in t.configuration]
    assert len(gammas) == 16
    assert len(set(np.floor(np.array(gammas) * 4).astype(int))) == 4


def test_finite_space_is_covered_evenly():
    """Repetitions are skipped along the sequence, not replaced by random points."""
    space = SearchSpace({"n": Integer(1, 8), "m": Integer(1, 8)})
    trials = walk(space, 16)
    assert len(set(point_keys(points_of(trials)))) == 16
    assert all(count == 2 for count in Counter(t.configuration["n"] for t in trials).values())


class TestSequence:
    """The sequence as a function of its first point."""

    @given(space=search_spaces(), seed=st.integers(0, 2**32 - 1))
    def test_contains_its_start(self, space, seed):
        """Point 0 is what the sequence is recognised by; it must give itself."""
        start = space.canonical(np.random.default_rng(seed).random((1, len(space.columns))))[0]
        points = sequence(space.columns, start, 0, 1)
        np.testing.assert_allclose(space.canonical(points)[0], start, atol=1e-6)
        recorded = space.encode(space.decode(points))[0]
        np.testing.assert_array_equal(
            sequence(space.columns, recorded, 1, 9), sequence(space.columns, start, 1, 9)
        )

    @given(first=st.integers(0, 40), n=st.integers(1, 40))
    def test_parts_belong_together(self, first, n):
        """Trial k is point k however far the sequence is computed."""
        columns = [CONTINUOUS, Column("unordered", 3), Column("unordered", 3)]
        start = np.array([0.2, 0.5, 0.5])
        whole = sequence(columns, start, 0, 80)
        np.testing.assert_array_equal(sequence(columns, start, first, first + n), whole[first : first + n])

    def test_discrepancy_of_a_scrambled_sobol_sequence(self):
        """The shift must not spoil what scipy's sequence is chosen for."""
        rng = np.random.default_rng(0)
        ours = [qmc.discrepancy(sequence([CONTINUOUS] * 4, rng.random(4), 0, 64)) for _ in range(20)]
        theirs = [qmc.discrepancy(qmc.Sobol(4, seed=rng).random(64)) for _ in range(20)]
        at_random = [qmc.discrepancy(rng.random((64, 4))) for _ in range(20)]
        assert np.mean(ours) < 1.2 * np.mean(theirs) < 0.5 * np.mean(at_random)

    def test_bounds_of_the_unit_cube(self):
        """Starts on the upper bound lie outside the last cell."""
        points = sequence([CONTINUOUS] * 2, np.array([1.0, 0.0]), 0, 16)
        assert np.all((points > 0.0) & (points < 1.0))
