"""Untried configurations: keys, rejection, and the grid behind it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from strategies import finite_spaces, search_spaces

from skhpo.samplers._distinct import (
    always_new,
    first_untried,
    point_keys,
    trial_points,
    tried_keys,
    untried_points,
)
from skhpo.space import Distribution, Real, SearchSpace, Tuple
from skhpo.trial import Trial

SEEDS = st.integers(0, 2**32 - 1)


def never_called(rng, m):
    """A proposer that must not be needed."""
    raise AssertionError


def is_unambiguous(space):
    """Whether no configuration of an infinite space belongs to two sub-spaces: such ones are never repeated."""
    return space.size is not None or len(space.subspaces) == 1


class TestKeys:
    """Equality of configurations, on points."""

    def test_inactive_columns_are_equal(self):
        """NaN is not equal to itself: every conditional configuration would look new."""
        other_nan = np.array([-np.nan, float("nan")])
        first, second = point_keys(np.stack([np.array([np.nan, np.nan]), other_nan]))
        assert first == second

    def test_inactive_is_not_zero(self):
        """A hyperparameter at its lower bound is not the same as one that is absent."""
        first, second = point_keys(np.array([[0.0], [np.nan]]))
        assert first != second

    def test_last_bits_do_not_matter(self):
        """Encoding alone or among others may differ in the last bit; repetitions would go unseen."""
        first, second, third = point_keys(np.array([[0.3], [0.1 + 0.2], [0.3 + 1e-9]]))
        assert first == second != third
        assert point_keys(np.array([[-0.0]])) == point_keys(np.array([[0.0]]))

    @given(space=search_spaces().filter(is_unambiguous), seed=SEEDS)
    def test_points_and_encoded_configurations_have_equal_keys(self, space, seed):
        """What a sampler proposes is compared with what a study recorded."""
        points = space.canonical(np.random.default_rng(seed).random((8, len(space.columns))))
        configurations = space.decode(points)
        alone = [key for c in configurations for key in point_keys(space.encode([c]))]
        assert alone == point_keys(points) == point_keys(space.encode(configurations))

    def test_points_of_trials(self):
        """Trials outside the space have no point, and the shape must hold without any."""
        trials = [Trial(0, {"a": 1}, (0.5,)), Trial(1, {"a": "auto"}, None)]
        assert trial_points(trials, 1).tolist() == [[0.5]]
        assert trial_points([], 3).shape == (0, 3)
        assert tried_keys(SearchSpace({"a": (0.0, 1.0)}), trials) == set(point_keys(np.array([[0.5]])))


class TestFirstUntried:
    """Ranked candidates without repetitions."""

    def test_keeps_the_ranking(self):
        """The best candidate must not lose to a worse one."""
        points = np.array([[0.9], [0.1], [0.9], [0.5], [0.2]])
        assert first_untried(points, set(point_keys(np.array([[0.1]]))), 3) == [0, 3, 4]

    def test_may_find_fewer(self):
        """Callers tell from the length that they must look further."""
        points = np.array([[0.9], [0.9]])
        assert first_untried(points, set(), 2) == [0]
        assert first_untried(points, set(point_keys(points)), 2) == []
        assert first_untried(points, set(), 0) == []


class TestUntriedPoints:
    """Draws that are new."""

    @given(space=finite_spaces(), seed=SEEDS)
    def test_what_is_left_of_a_finite_space(self, space, seed):
        """The last configurations of a space would be missed, or waited for forever."""
        rng = np.random.default_rng(seed)
        everything = space.encode(list(space.grid()))
        n_tried = int(rng.integers(0, space.size + 1))
        tried = set(point_keys(rng.permutation(everything)[:n_tried]))
        points = untried_points(space, tried, space.size, rng)
        assert len(points) == space.size - n_tried
        assert set(point_keys(points)) == set(point_keys(everything)) - tried

    def test_input_is_not_changed(self):
        """Callers go on with their own set."""
        space, tried = SearchSpace({"a": (1, 9)}), set()
        untried_points(space, tried, 3, np.random.default_rng(0))
        assert tried == set()

    def test_huge_space_is_not_enumerated(self):
        """A grid of 10**24 configurations would never end, though a single one has been tried."""
        space = SearchSpace({name: (1, 10**6) for name in "abcd"})
        assert space.size == 10**24
        stuck = np.full((1, 4), 0.5)
        tried = set(point_keys(space.canonical(stuck)))
        rng = np.random.default_rng(0)
        points = untried_points(space, tried, 2, rng, lambda rng, m: np.repeat(stuck, m, axis=0))
        assert len(points) == 2
        assert not set(point_keys(points)) & tried

    @pytest.mark.parametrize("spec", [{"a": (0.0, 1.0)}, {"a": (1, 10**6)}, {"a": (1, 4)}])
    def test_proposer_that_repeats_itself_is_replaced(self, spec):
        """A sampler that has converged on one point would end a search of an infinite space: nothing else came back."""
        space = SearchSpace(spec)
        stuck, asked = space.canonical(np.full((1, 1), 0.3)), []

        def propose(rng, m):
            asked.append(m)
            return np.repeat(stuck, m, axis=0)

        tried = set(point_keys(stuck))
        points = untried_points(space, tried, 2, np.random.default_rng(0), propose)
        assert len(set(point_keys(points)) - tried) == 2
        assert sum(asked) < 1000

    def test_what_is_proposed_comes_first(self):
        """A model's proposals would be thinned by random ones."""
        space = SearchSpace({"a": (0.0, 1.0)})
        points = untried_points(
            space, set(), 3, np.random.default_rng(0), lambda rng, m: 0.5 + 0.01 * rng.random((m, 1))
        )
        assert np.all((points >= 0.5) & (points <= 0.51))

    def test_rare_branch_is_found(self):
        """Only one of 200 kernels has a continuous parameter: the others are used up first."""
        gamma = Real(0.1, 1.0, when={"kernel": [7]})
        space = SearchSpace({"kernel": list(range(200)), "gamma": gamma})
        rest = [{"kernel": i} for i in range(200) if i != 7]
        tried = set(point_keys(space.encode(rest)))
        points = untried_points(space, tried, 3, np.random.default_rng(0))
        assert [configuration["kernel"] for configuration in space.decode(points)] == [7, 7, 7]

    def test_space_that_is_infinite_in_name_only(self):
        """A search over Poisson(1e-9) would hang after its first few values."""
        space = SearchSpace({"n": Distribution(scipy.stats.poisson(1e-9))})
        tried = set(point_keys(space.encode([{"n": 0}, {"n": 1}])))
        assert len(untried_points(space, tried, 1, np.random.default_rng(0))) <= 1

    def test_none_wanted(self):
        """Nothing is drawn for nothing."""
        space = SearchSpace({"a": (0.0, 1.0)})
        assert untried_points(space, set(), 0, np.random.default_rng(0), never_called).shape == (0, 1)

    def test_last_configurations_come_in_random_order(self):
        """A nearly exhausted space must not be searched in grid order by a random search."""
        space = SearchSpace({"a": (1, 3000)})
        tried = set(point_keys(space.encode([{"a": a} for a in range(1, 2990)])))
        orders = {
            tuple(c["a"] for c in space.decode(untried_points(space, tried, 10, np.random.default_rng(seed))))
            for seed in range(3)
        }
        assert len(orders) == 3


class TestAlwaysNew:
    """Where repetitions need not be looked for."""

    @pytest.mark.parametrize(
        ("spec", "expected"),
        [
            ({"a": (0.0, 1.0)}, True),
            ({"a": (1, 9)}, False),
            ({"k": [1, 2], "a": Real(0.0, 1.0, when={"k": [1]})}, False),
            ([{"a": (0.0, 1.0)}, {"b": (0.0, 1.0), "c": [1, 2]}], True),
            ([{"a": (0.0, 1.0)}, {"c": [1, 2]}], False),
            ({"t": Tuple(Real(0.0, 1.0), (0, 2))}, False),
        ],
    )
    def test_by_space(self, spec, expected):
        """A wrong yes makes a random search repeat itself, a wrong no makes it slow."""
        assert always_new(SearchSpace(spec)) is expected
