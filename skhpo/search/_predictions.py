"""The out-of-fold predictions of a search, put together from those of its fits, and the models that made them."""

from collections import Counter
from copy import copy

import numpy as np

from skhpo.search._fold_models import FoldModels, remove_orphans

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
    >>> tests = [np.array([0, 2]), np.array([1])]
    >>> kept.assemble(1, 2, lambda number: tests, n_samples=3, complete=[0])
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
            That of the call of ``fit`` which it goes on from; it stays as it is, as this one may fail.

        Returns
        -------
        KeptPredictions
            It shares arrays and models with `earlier`.
        """
        kept = cls()
        if earlier is not None:
            kept._values = dict(earlier._values)
        if keep not in (None, "predictions"):
            remove_orphans()
            n_best = _N_BEST if keep == "models" else keep
            has_models = earlier is not None and earlier.models is not None
            kept.models = copy(earlier.models) if has_models else FoldModels(n_best, n_splits)
            kept.models.limit(n_best)
        return kept

    @property
    def methods(self):
        """The methods that predictions come from; "predict" if there are none."""
        found = dict.fromkeys(method for values in self._values.values() for method in values)
        return list(found) or ["predict"]

    def add(self, predictions):
        """Take up what a fit has brought."""
        values = {method: _without_column(method, array) for method, array in predictions.values.items()}
        self._values[predictions.number, predictions.split] = values
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
            same. Missing ones are NaN, or None where labels are no numbers, and so are trials whose predictions have
            another shape than most. Numbers of samples that are tested repeatedly are averaged, of labels the first one
            is taken. If nothing is known of any trial, NaN of shape (n_trials, n_samples).
        """
        found = {
            trial: [self._values[trial, split] for split in range(n_splits)]
            for trial in complete
            if all((trial, split) in self._values for split in range(n_splits))
        }
        shape = (n_trials, n_samples)
        arrays = {method: self._array(method, found, shape, test_parts) for method in self.methods}
        return next(iter(arrays.values())) if len(arrays) == 1 else arrays

    def _array(self, method, found, shape, test_parts):
        found = {
            trial: [one[method] for one in values]
            for trial, values in found.items()
            if all(method in one for one in values)
        }
        examples = [one for parts in found.values() for one in parts] or [
            values[method] for values in self._values.values() if method in values
        ]
        # Of shapes that are as frequent the first trial's is taken.
        usual = Counter(one.shape[1:] for one in examples).most_common(1)[0][0] if examples else ()
        is_number = all(example.dtype.kind in "fiub" for example in examples)
        averages = is_number and all(example.dtype.kind == "f" for example in examples)
        missing, dtype = (np.nan, np.float64) if is_number else (None, object)
        result = np.full((*shape, *usual), missing, dtype=dtype)
        for trial, parts in found.items():
            if all(one.shape[1:] == usual for one in parts):
                _fill(result[trial], test_parts(trial), parts, averages)
        return result


def _fill(result, test_parts, found, averages):
    n_seen = np.zeros(len(result))
    for rows, predicted in zip(test_parts, found, strict=True):
        if averages:
            before = n_seen[rows].reshape(-1, *[1] * (predicted.ndim - 1))
            earlier = np.where(before > 0, result[rows], 0.0)
            result[rows] = (earlier * before + predicted) / (before + 1)
        else:
            is_new = n_seen[rows] == 0
            result[rows[is_new]] = predicted[is_new]
        n_seen[rows] += 1


def _without_column(method, predicted):
    """Return a single column as a vector: regressors differ in what they make of one target."""
    is_column = method != "predict_proba" and predicted.ndim == 2 and predicted.shape[1] == 1
    return predicted[:, 0] if is_column else predicted
