"""Greedy selection of the members of an ensemble."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import get_scorer

from skhpo.ensemble import _greedy
from skhpo.ensemble._greedy import select, select_in_bags
from skhpo.ensemble._measure import Measure, make_measure

libraries = arrays(
    np.float64, st.tuples(st.integers(1, 6), st.just(5)), elements=st.floats(-3, 3, allow_subnormal=False)
)
target = arrays(np.float64, 5, elements=st.floats(-3, 3, allow_subnormal=False))


def errors(y):
    """Score predictions by their squared errors."""
    return make_measure(get_scorer("neg_mean_squared_error"), None, y, None, {})


def score(counts, library, measure):
    """The score of a weighted average."""
    return measure.score((counts @ library / counts.sum())[None])[0]


@given(libraries, target, st.integers(1, 8), st.integers(1, 12))
def test_never_worse_than_any_member(library, y, n_initial, n_rounds):
    """An ensemble that scores worse than the best model is of no use to anybody."""
    measure = errors(y)
    counts = select(library, measure, n_rounds=n_rounds, n_initial=n_initial)
    assert 1 <= counts.sum() <= n_rounds
    assert score(counts, library, measure) >= measure.score(library).max() - 1e-9


def test_finds_the_weights_of_a_mixture():
    """Selection with replacement stands for weights: the same member is chosen again and again."""
    rng = np.random.default_rng(0)
    library = rng.normal(size=(6, 200))
    y = 0.75 * library[1] + 0.25 * library[4]
    counts = select(library, errors(y), n_rounds=40, n_initial=1)
    np.testing.assert_allclose(counts / counts.sum(), [0, 0.75, 0, 0, 0.25, 0], atol=1e-12)


def test_stops_when_nothing_is_gained(monkeypatch):
    """Rounds that bring nothing take time, and their members would have to predict."""
    y = np.array([0.0, 0.0])
    asked = []
    measure = errors(y)
    counting = Measure(measure.reduce, lambda averages: asked.append(1) or measure.score(averages))
    monkeypatch.setattr(_greedy, "_PATIENCE", 3)
    counts = select(np.array([[0.0, 0.0], [1.0, 1.0]]), counting, n_rounds=1000, n_initial=1)
    assert counts.tolist() == [1, 0]
    assert len(asked) == 2 + 3


def test_scores_that_are_missing_are_the_worst():
    """A metric without an answer must not be taken for the best one."""

    def scores(averages):
        return np.where(averages[:, 0] > 0, np.nan, averages[:, 0])

    counts = select(np.array([[9.0], [-1.0], [-2.0]]), Measure(None, scores), n_rounds=5, n_initial=2)
    assert counts.tolist() == [0, 1, 0]


def test_bags_are_averaged_and_repeatable():
    """Two runs with one seed must make one submission."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=100)
    library = y + rng.normal(size=(12, 100))
    arguments = {"n_rounds": 20, "n_initial": 3, "bag_fraction": 0.5}
    first, second = (
        select_in_bags(library, errors(y), np.random.default_rng(1), n_bags=8, **arguments) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    assert first.sum() == pytest.approx(1.0)
    single = select_in_bags(library, errors(y), None, n_bags=0, **arguments)
    counts = select(library, errors(y), n_rounds=20, n_initial=3)
    np.testing.assert_allclose(single, counts / counts.sum())
    assert (first > 0).sum() > (single > 0).sum()


def test_a_bag_has_at_least_one_member():
    """A small share of a few trials would be none."""
    weights = select_in_bags(
        np.zeros((3, 2)),
        errors(np.zeros(2)),
        np.random.default_rng(0),
        n_rounds=5,
        n_initial=5,
        n_bags=4,
        bag_fraction=0.01,
    )
    assert weights.sum() == pytest.approx(1.0)
