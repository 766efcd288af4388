"""Tests of the search for the highest acquisition, on functions whose maximum is known."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo.models import ColumnLayout, Region, maximise
from skhpo.models._maximise import at_ends, perturb

NONE = np.empty((0, 3))


class Bowl:
    """The highest value is 0, at a given point; NaN counts as 0.5."""

    is_smooth = True

    def __init__(self, centre: np.ndarray) -> None:
        self.centre = centre

    def __call__(self, X: np.ndarray) -> np.ndarray:
        return -np.sum((np.where(np.isnan(X), 0.5, X) - self.centre) ** 2, axis=1)

    def gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        moved = np.where(np.isnan(x), 0.5, x)
        return float(self(x[None])[0]), -2.0 * (moved - self.centre)


def _all_new(X: np.ndarray) -> np.ndarray:
    return np.ones(len(X), dtype=bool)


def _levels(X: np.ndarray) -> np.ndarray:
    """Three columns of five levels."""
    return (np.floor(np.minimum(X, 0.999) * 5) + 0.5) / 5


def test_a_continuous_maximum_is_found_exactly() -> None:
    """Without the polish, proposals never get nearer than the random steps."""
    layout, centre = ColumnLayout.from_columns([("continuous", None)] * 3), np.array([0.12, 0.77, 0.5])
    region = Region(layout, lambda X: X, _all_new)
    found = maximise(Bowl(centre), region, NONE, np.random.default_rng(0))
    np.testing.assert_allclose(found, centre, atol=1e-3)


def test_only_new_canonical_points_are_returned() -> None:
    """A configuration that was tried is not worth another evaluation."""
    layout = ColumnLayout.from_columns([("ordered", 5)] * 3)
    centre = np.array([0.5, 0.5, 0.5])
    region = Region(layout, _levels, lambda X: np.abs(X - centre).max(axis=1) > 1e-9)
    found = maximise(Bowl(centre), region, centre[None], np.random.default_rng(0))
    np.testing.assert_array_equal(found, _levels(found[None])[0])
    assert np.abs(found - centre).sum() == pytest.approx(0.2)


def test_nothing_new_gives_none() -> None:
    """The caller looks for what is left in another way."""
    region = Region(
        ColumnLayout.from_columns([("ordered", 5)] * 3), _levels, lambda X: np.zeros(len(X), dtype=bool)
    )
    assert maximise(Bowl(np.full(3, 0.5)), region, NONE, np.random.default_rng(0)) is None


def test_the_same_random_numbers_give_the_same_point() -> None:
    """Replaying a search replays its proposals."""
    region = Region(ColumnLayout.from_columns([("continuous", None)] * 3), lambda X: X, _all_new)
    first, second = (
        maximise(Bowl(np.full(3, 0.3)), region, NONE, np.random.default_rng(4)) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


class Corner:
    """Higher where four of eight columns are at their upper end, flat elsewhere."""

    is_smooth = False

    def __call__(self, X: np.ndarray) -> np.ndarray:
        return ((X > 0.99).sum(axis=1) >= 4).astype(float)

    def gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        return float(self(x[None])[0]), np.zeros(len(x))


def test_a_maximum_at_the_ends_of_several_ranges_is_found() -> None:
    """A good configuration at the ends of several ranges would be met too late: random points are not there."""
    region = Region(ColumnLayout.from_columns([("continuous", None)] * 8), lambda X: X, _all_new)
    acquisition, none = Corner(), np.empty((0, 8))
    inside = maximise(acquisition, region, none, np.random.default_rng(0))
    at_end = maximise(acquisition, region, none, np.random.default_rng(0), share_at_ends=0.5)
    assert acquisition(inside[None]) == 0
    assert acquisition(at_end[None]) == 1


def test_a_share_of_points_has_numeric_columns_at_ends() -> None:
    """Categories have no ends, and without points inside nothing else would be found."""
    rng = np.random.default_rng(0)
    layout = ColumnLayout.from_columns([("continuous", None)] * 4 + [("unordered", 3)])
    points = rng.random((2000, 5))
    moved = at_ends(points, 0.3, layout, rng)
    changed = moved != points
    assert not changed[:, 4].any()
    assert np.isin(moved[changed], [0.0, 1.0]).all()
    assert 0.2 < changed.any(axis=1).mean() < 0.3
    is_nearer = np.abs(moved - points)[changed] < 0.5
    assert 0.65 < is_nearer.mean() < 0.75
    np.testing.assert_array_equal(at_ends(points, 0.0, layout, rng), points)


def test_perturbations_move_at_least_one_active_column_inside_the_cube() -> None:
    """Points that stay where they are waste a third of the candidates."""
    rng = np.random.default_rng(0)
    layout = ColumnLayout.from_columns([("continuous", None)] * 4 + [("ordered", 1)])
    points = rng.random((500, 5))
    points[::2, 1] = np.nan
    moved = perturb(points, np.full(500, 0.3), layout, rng)
    active = ~np.isnan(points)
    assert ((moved != points) & active).any(axis=1).all()
    assert ((moved == points) & active).any(axis=1).mean() > 0.5
    assert (moved[:, 4] == points[:, 4]).all()
    assert moved.min() >= 0
    assert moved.max() <= 1
