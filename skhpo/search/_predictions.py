"""The out-of-fold predictions of a search, put together from those of its fits."""

import numpy as np


class KeptPredictions:
    """Collects predictions of fits, the latest of each trial and split.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.evaluation import Predictions
    >>> from skhpo.search._predictions import KeptPredictions
    >>> kept = KeptPredictions()
    >>> kept.add(Predictions(0, 0, {"predict": np.array([1.0, 2.0])}))
    >>> kept.add(Predictions(0, 1, {"predict": np.array([3.0])}))
    >>> kept.assemble(1, 2, lambda number: [[0, 2], [1]], n_samples=3, complete=[0])
    array([[1., 3., 2.]])
    """

    def __init__(self):
        self._values = {}

    def add(self, predictions):
        """Take up the predictions of a fit."""
        self._values[predictions.number, predictions.split] = predictions.values

    def assemble(self, n_trials, n_splits, test_parts, n_samples, complete):
        """Return the predictions of all trials.

        Parameters
        ----------
        n_trials, n_splits : int
            How many trials there are, and splits of each.
        test_parts : callable
            From the number of a trial to the samples that each of its splits tests.
        n_samples : int
            How many samples there are.
        complete : sequence of int
            The trials that are shown.

        Returns
        -------
        ndarray of shape (n_trials, n_samples, ...), or dict of these
            A dict by method if the scorers need several. Missing ones are NaN, or None where labels are no numbers.
            Numbers of samples that are tested repeatedly are averaged, of labels the first one is taken.
        """
        complete = [t for t in complete if all((t, split) in self._values for split in range(n_splits))]
        methods = dict.fromkeys(method for values in self._values.values() for method in values)
        arrays = {
            method: self._array(method, n_trials, test_parts, n_samples, complete) for method in methods
        }
        return next(iter(arrays.values())) if len(arrays) == 1 else arrays

    def _array(self, method, n_trials, test_parts, n_samples, complete):
        examples = [values[method] for values in self._values.values() if method in values]
        shape = (n_trials, n_samples, *examples[0].shape[1:])
        is_number = all(example.dtype.kind in "fiub" for example in examples)
        result = np.full(shape, np.nan if is_number else None, dtype=np.float64 if is_number else object)
        averages = is_number and all(example.dtype.kind == "f" for example in examples)
        for trial in complete:
            n_seen = np.zeros(n_samples)
            for split, rows in enumerate(test_parts(trial)):
                rows, found = np.asarray(rows), self._values[trial, split][method]
                if averages:
                    before = n_seen[rows].reshape(-1, *[1] * (found.ndim - 1))
                    earlier = np.where(before > 0, result[trial, rows], 0.0)
                    result[trial, rows] = (earlier * before + found) / (before + 1)
                else:
                    is_new = n_seen[rows] == 0
                    result[trial, rows[is_new]] = found[is_new]
                n_seen[rows] += 1
        return result
