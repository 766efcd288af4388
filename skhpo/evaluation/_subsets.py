"""Nested subsets of a training part: stratified by class, and whole groups at a time.

Every subset is the beginning of one order of the rows, so that what is among 100 rows is among 300.

Notation
--------
n        number of rows
c        class of a row, 0 .. n_classes - 1
n_c      number of rows of a class
j        position of a row among those of its class in random order, 0 .. n_c - 1
"""

from typing import Any, NamedTuple

import numpy as np


class Subsets(NamedTuple):
    """Subsets of a training part, each a part of the larger ones.

    Attributes
    ----------
    order : ndarray of int
        Row indices; the subset of a size is its beginning.
    ends : ndarray of int or None
        Sizes at which a group is complete; None without groups.
    """

    order: Any
    ends: Any = None

    def rows(self, size):
        """Return the subset nearest in size, at least one group; the rows are in the order of the data."""
        if self.ends is not None:
            after = min(int(np.searchsorted(self.ends, size)), len(self.ends) - 1)
            before = max(after - 1, 0)
            near = before if size - self.ends[before] < self.ends[after] - size else after
            size = self.ends[near]
        return np.sort(self.order[:size])


def nested_order(train, labels, groups, rng):
    """Draw the order of the rows of one training part.

    Parameters
    ----------
    train : ndarray of int
        Row indices.
    labels : array-like of shape (n_samples,) or None
        Classes of all samples; None not to stratify.
    groups : array-like of shape (n_samples,) or None
        Groups of all samples that must not be torn apart.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    Subsets
        The order; boolean masks are turned into indices.
    """
    train = np.asarray(train)
    if train.dtype == bool:
        train = np.flatnonzero(train)
    classes = np.zeros(len(train), dtype=int)
    if labels is not None:
        classes = np.unique(np.asarray(labels)[train], return_inverse=True)[1].reshape(-1)
    if groups is None:
        return Subsets(train[_interleaved(classes, np.ones(len(train)), rng)])
    members = np.unique(np.asarray(groups)[train], return_inverse=True)[1].reshape(-1)
    sizes = np.bincount(members)
    turn = np.empty(len(sizes), dtype=int)
    by_turn = _interleaved(_strata(classes, members, sizes), sizes, rng)
    turn[by_turn] = np.arange(len(sizes))
    return Subsets(train[np.argsort(turn[members], kind="stable")], np.cumsum(sizes[by_turn]))


def _strata(classes, members, sizes):
    """Return for each group the class that it has most of, compared with the share of that class in all rows."""
    counts = np.zeros((len(sizes), classes.max() + 1))
    np.add.at(counts, (members, classes), 1)
    return np.argmax(counts / sizes[:, None] / counts.sum(axis=0), axis=1)


def _interleaved(classes, weights, rng):
    """Return an order of items in which the classes' shares of the weight are everywhere what they are in all.

    The j-th item of a class has its turn at (j + 1/2) / n_c; items of a weight at the middle of their part of it. The
    first of each class comes before all others, so that rare classes are there from the beginning.
    """
    shuffled = rng.permutation(len(classes))
    shuffled = shuffled[np.argsort(classes[shuffled], kind="stable")]
    sorted_classes, sorted_weights = classes[shuffled], np.asarray(weights, dtype=float)[shuffled]
    totals = np.bincount(sorted_classes, sorted_weights)
    firsts = np.flatnonzero(np.diff(sorted_classes, prepend=-1))
    reached = np.cumsum(sorted_weights)
    before = np.repeat(reached[firsts] - sorted_weights[firsts], np.diff([*firsts, len(classes)]))
    turns = (reached - before - sorted_weights / 2) / totals[sorted_classes]
    if len(firsts) > 1:
        turns[firsts] = 0.0
    # Ties are broken by chance, or the first class would always come first.
    return shuffled[np.lexsort((rng.random(len(turns)), turns))]
