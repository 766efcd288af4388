"""The out-of-fold predictions of a search, put together from those of its fits, and the models that made them."""

import numpy as np

from skhpo.search._fold_models import FoldModels

_N_BEST = 50


class KeptPredictions:
    """Collects predictions of fits, the latest of each trial and split, and models where they come with them.

    Parameters
    ----------
    models : FoldModels or None, default=None
        Where models go.

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

    def __init__(self, models=None):
        self._values = {}
        self.models = models

    @classmethod
    def begin(cls, keep, n_splits, earlier=None):
        """Return what a search collects in.

        Parameters
        ----------
        keep : None, "predictions", "models" or int
            What it keeps.
        n_splits : int
            How many splits there are.
        earlier : KeptPredictions or None, default=None
            That of the call of ``fit`` which it goes on from.

        Returns
        -------
        KeptPredictions
            `earlier` if there is one.
        """
        kept = cls() if earlier is None else earlier
        if keep in (None, "predictions"):
            kept.models = None
        elif kept.models is None:
            kept.models = FoldModels(_N_BEST if keep == "models" else keep, n_splits)
        return kept

    @property
    def methods(self):
        """The methods that predictions come from."""
        return list(dict.fromkeys(method for values in self._values.values() for method in values))

    def add(self, predictions):
        """Take up what a fit has brought."""
        self._values[predictions.number, predictions.split] = predictions.values
        if self.models is not None and predictions.model is not None:
            self.models.add(predictions.number, predictions.split, predictions.model)

    def end(self, trial):
        """Take note of the end of a trial: models are kept of complete ones only."""
        if self.models is not None:
            if trial.status == "complete":
                self.models.rank(trial.number, trial.score)
            else:
                self.models.forget(trial.number)

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
            A dict by method if there are several, as where several scorers need them or not every estimator has the
            same. Missing ones are NaN, or None where labels are no numbers. Numbers of samples that are tested
            repeatedly are averaged, of labels the first one is taken.
        """
        complete = [t for t in complete if all((t, split) in self._values for split in range(n_splits))]
        arrays = {
            method: self._array(method, n_trials, test_parts, n_samples, complete) for method in self.methods
        }
        return next(iter(arrays.values())) if len(arrays) == 1 else arrays

    def _array(self, method, n_trials, test_parts, n_samples, complete):
        examples = [values[method] for values in self._values.values() if method in values]
        shape = (n_trials, n_samples, *examples[0].shape[1:])
        is_number = all(example.dtype.kind in "fiub" for example in examples)
        result = np.full(shape, np.nan if is_number else None, dtype=np.float64 if is_number else object)
        averages = is_number and all(example.dtype.kind == "f" for example in examples)
        for trial in complete:
            parts = test_parts(trial)
            if not all(method in self._values[trial, split] for split in range(len(parts))):
                continue
            n_seen = np.zeros(n_samples)
            for split, rows in enumerate(parts):
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
