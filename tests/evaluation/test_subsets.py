"""Subsets of the training part: nested, stratified, whole groups."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skhpo.evaluation._subsets import nested_order


def rng():
    """Start the same random numbers every time."""
    return np.random.default_rng(0)


@st.composite
def labelled(draw, with_groups=False):
    """Labels of all samples, a training part of them, and groups if asked for."""
    n = draw(st.integers(4, 120))
    labels = np.array(draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)))
    train = np.flatnonzero(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    train = np.arange(n) if len(train) == 0 else train
    groups = np.array(draw(st.lists(st.integers(0, 12), min_size=n, max_size=n))) if with_groups else None
    return train, labels, groups


@given(data=labelled(), sizes=st.lists(st.integers(1, 120), min_size=2, max_size=2))
def test_subsets_are_nested(data, sizes):
    """Scores of two rungs are compared: they must not differ by which samples were drawn."""
    train, labels, _ = data
    subsets = nested_order(train, labels, None, rng())
    small, large = (subsets.rows(min(size, len(train))) for size in sorted(sizes))
    assert set(small) <= set(large) <= set(train)
    assert len(small) == min(min(sizes), len(train))


@given(data=labelled(), share=st.floats(0.05, 1.0))
def test_classes_keep_their_shares(data, share):
    """A rung that hardly sees a class ranks configurations by the other classes."""
    train, labels, _ = data
    size = max(int(share * len(train)), 1)
    rows = nested_order(train, labels, None, rng()).rows(size)
    wanted = np.bincount(labels[train], minlength=5) * size / len(train)
    got = np.bincount(labels[rows], minlength=5)
    n_rare = np.sum((wanted > 0) & (wanted < 1))
    assert np.all(np.abs(got - wanted) <= 1 + n_rare)
    if size >= np.sum(wanted > 0):
        assert np.all(got[wanted > 0] > 0)


@given(data=labelled(with_groups=True), size=st.integers(1, 120))
def test_groups_are_whole(data, size):
    """Half of a patient's samples make a data set that does not occur."""
    train, labels, groups = data
    subsets = nested_order(train, labels, groups, rng())
    rows = subsets.rows(min(size, len(train)))
    assert len(rows) > 0
    outside = np.setdiff1d(train, rows)
    assert not set(groups[rows]) & set(groups[outside])
    assert set(rows) <= set(subsets.rows(len(train))) == set(train)


@given(
    data=labelled(with_groups=True),
    sizes=st.lists(st.integers(1, 120), min_size=2, max_size=2),
)
def test_subsets_of_groups_are_nested_and_near_in_size(data, sizes):
    """With whole groups sizes cannot be met exactly, but no other prefix of the order comes closer."""
    train, labels, groups = data
    subsets = nested_order(train, labels, groups, rng())
    small, large = (subsets.rows(min(size, len(train))) for size in sorted(sizes))
    assert set(small) <= set(large)
    size = min(min(sizes), len(train))
    assert abs(len(small) - size) == min(abs(subsets.ends - size))


def test_groups_of_one_class_are_stratified():
    """Patients have one diagnosis: a rung must still see healthy and ill ones in proportion."""
    groups = np.repeat(np.arange(60), 5)
    labels = (groups % 3 == 0).astype(int)
    subsets = nested_order(np.arange(300), labels, groups, rng())
    for size in (30, 60, 150, 240):
        assert abs(np.mean(labels[subsets.rows(size)]) - 1 / 3) < 0.06


def test_rows_stay_in_the_order_of_the_data():
    """Series in time must not be turned around."""
    rows = nested_order(np.arange(50), None, None, rng()).rows(20)
    assert list(rows) == sorted(rows)


def test_masks_are_understood():
    """Custom iterables of splits may give boolean masks, as scikit-learn's own searches accept."""
    mask = np.arange(20) < 12
    assert set(nested_order(mask, None, None, rng()).rows(12)) == set(range(12))
