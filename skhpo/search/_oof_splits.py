"""The splits behind the out-of-fold predictions of a search."""

from collections.abc import Mapping

import numpy as np

from skhpo.storage import indices


class OofSplits(Mapping):
    """The splits of the complete trials, by the number of the trial: a list of train and test indices.

    Splits that trials share are held once. Of a split whose training part is all that it does not test, in order, the
    test part alone is held.

    Parameters
    ----------
    splits_of : callable
        From the number of a trial to its splits; the same list for all trials with the same splits.
    numbers : sequence of int
        The trials.
    n_samples : int
        Of the data.

    Examples
    --------
    >>> from sklearn.model_selection import KFold
    >>> from skhpo.search._oof_splits import OofSplits
    >>> drawn = list(KFold(2).split([1, 2, 3]))
    >>> splits = OofSplits(lambda number: drawn, [0, 1], n_samples=3)
    >>> [(train.tolist(), test.tolist()) for train, test in splits[1]]
    [([2], [0, 1]), ([0, 1], [2])]
    >>> splits
    <splits of 2 trials, 2 each>
    """

    def __init__(self, splits_of, numbers, n_samples):
        self._n_samples = n_samples
        self._held = {}
        drawn = held = None
        for number in numbers:
            splits = splits_of(number)
            if splits is not drawn:
                drawn, held = splits, [self._pack(*one) for one in splits]
            self._held[number] = held

    def tests(self, number):
        """Return the test parts of a trial."""
        return [test.astype(np.intp) for _, test in self._held[number]]

    def __getitem__(self, number):
        return [
            (self._others(test) if train is None else train.astype(np.intp), test.astype(np.intp))
            for train, test in self._held[number]
        ]

    def __iter__(self):
        return iter(self._held)

    def __len__(self):
        return len(self._held)

    def __repr__(self):
        each = len(next(iter(self._held.values()), ()))
        return f"<splits of {len(self)} trials, {each} each>"

    def _pack(self, train, test):
        everything = np.arange(self._n_samples)  # masks and negative indices become plain ones
        train, test = everything[indices(train)], everything[indices(test)]
        dtype = np.min_scalar_type(max(self._n_samples - 1, 0))
        is_rest = np.array_equal(train, self._others(test))
        return None if is_rest else train.astype(dtype), test.astype(dtype)

    def _others(self, test):
        is_tested = np.zeros(self._n_samples, dtype=bool)
        is_tested[test] = True
        return np.flatnonzero(~is_tested)
