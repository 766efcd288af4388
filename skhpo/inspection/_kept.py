"""The out-of-fold predictions of a search, for the target that is given."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import is_classifier, is_regressor

from skhpo._out_of_fold import has_usual_score, predictions_by_method
from skhpo._sklearn import sign_and_name_of
from skhpo.stopping import fold_scores


@dataclass(frozen=True)
class Kept:
    """What has been kept of the trials that are chosen from.

    Attributes
    ----------
    predictions : dict of str to ndarray of shape (n_trials, n, ...)
        Predictions of the samples that all of them have predicted, by method.
    y : ndarray of shape (n, ...)
        The target of these.
    weights : ndarray of shape (n,) or None
        Their weights.
    trials : list of Trial
        The trials.
    classes : ndarray
        The different values of the whole target.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.inspection._kept import Kept
    >>> Kept({"predict": np.zeros((0, 2))}, np.zeros(2), None, [], np.zeros(1)).predictions["predict"].shape
    (0, 2)
    """

    predictions: Any
    y: Any
    weights: Any
    trials: Any
    classes: Any

    def is_winner_best(self, search, metric):
        """Whether no trial has a better mean score than the winner."""
        means = getattr(search, "cv_results_", {}).get(f"mean_test_{metric or 'score'}")
        if means is None or not hasattr(search, "best_index_"):
            return True
        best = max(float(np.mean(fold_scores(trial, metric))) for trial in self.trials)
        own = float(means[search.best_index_])
        return bool(own >= best or np.isclose(own, best, rtol=1e-9, atol=0.0))


def kept_predictions(search, metric, y, weights):
    """Return the predictions of the trials that have them, by method, and the target of the samples that do.

    Raises if there are none, or if the target, or the weights that the metric was given, are not those of the search.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpo import GridSearchCV
    >>> from skhpo.inspection._kept import kept_predictions
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(KNeighborsClassifier(), {"p": [1, 2]}, keep="predictions").fit(X, y)
    >>> kept_predictions(search, None, y, None).predictions["predict"].shape
    (2, 150)
    >>> kept_predictions(search, None, y[::-1], None)
    Traceback (most recent call last):
    ...
    ValueError: The 'y' must be that of the search, in its order.
    """
    arrays = _arrays(search)
    n_samples = next(iter(arrays.values())).shape[1]
    y, weights = np.asarray(y), None if weights is None else np.asarray(weights, dtype=np.float64)
    for name, values in (("y", y), ("sample_weight", weights)):
        if values is not None and len(values) != n_samples:
            raise ValueError(
                f"The {name!r} must be that of the search, of {n_samples} samples. Got {len(values)} instead."
            )
    _check_data(search, metric, y, weights)
    # Not every model has every method.
    is_known = np.any([_is_known(array) for array in arrays.values()], axis=0)
    trials = is_known.any(axis=1) & _may_be_chosen(search)
    if not trials.any():
        raise ValueError("There are no out-of-fold predictions of a complete trial.")
    samples = np.flatnonzero(is_known[trials].all(axis=0))
    if len(samples) < 2:
        raise ValueError(
            "There are no samples of which all complete trials have out-of-fold predictions: where each has splits of "
            "its own, they have to test every sample, as folds do."
        )
    return Kept(
        {name: array[trials][:, samples] for name, array in arrays.items()},
        y[samples],
        None if weights is None else weights[samples],
        [search.trials_[number] for number in np.flatnonzero(trials)],
        np.unique(y),
    )


def _arrays(search):
    """Return all predictions by method; raises if there are none."""
    arrays = predictions_by_method(search)
    if not any(trial.status == "complete" for trial in search.trials_):
        raise ValueError("There are no out-of-fold predictions, as no trial is complete.")
    if arrays is None:
        raise ValueError("There are no out-of-fold predictions: fit the search with keep='predictions'.")
    if all(_knows_nothing(values) for values in arrays.values()):
        raise ValueError(
            "There are no out-of-fold predictions of the trials that were read from the storage file, which holds "
            "scores only: fit the search with keep='predictions' and a new file, or without one."
        )
    return arrays


def _check_data(search, metric, y, weights):
    if not search._oof_data.has_target(y):
        raise ValueError("The 'y' must be that of the search, in its order.")
    if not search._oof_data.has_weights(metric, weights):
        raise ValueError(
            "The scorer of the search used sample weights, give them as 'sample_weight'."
            if weights is None
            else "The 'sample_weight' must be those that its scorer used, None if it used none."
        )


def _knows_nothing(values):
    """Whether no trial has predictions: numbers that are missing are NaN, and labels None."""
    return all(value is None for value in values.flat) if values.dtype == object else np.isnan(values).all()


def _may_be_chosen(search):
    """Say of each trial whether it has as much of the resource as the winner: of a population, the last ones have."""
    amounts = getattr(search, "cv_results_", {}).get("n_resources")
    if amounts is None or not hasattr(search, "best_index_"):
        return np.ones(len(search.trials_), dtype=bool)
    return np.array([(trial.resource or 0) >= amounts[search.best_index_] for trial in search.trials_])


def _is_known(array):
    flat = array.reshape(*array.shape[:2], -1)[..., 0]
    return ~pd.isna(flat)


def kind_of(search, scorer):
    """Return "classifier" or "regressor" if the predictions of a search can be scored as those of any of these.

    Examples
    --------
    >>> from sklearn.linear_model import PoissonRegressor
    >>> from skhpo import GridSearchCV
    >>> from skhpo._sklearn import PassthroughScorer
    >>> from skhpo.inspection._kept import kind_of
    >>> search = GridSearchCV(PoissonRegressor(), {"alpha": [1.0]})
    >>> search.trials_ = ()
    >>> kind_of(search, PassthroughScorer(search.estimator)) is None
    True
    """
    estimator = search.estimator
    kind = "classifier" if is_classifier(estimator) else "regressor" if is_regressor(estimator) else None
    if sign_and_name_of(scorer) != (None, "score"):
        return kind
    values = [value for trial in search.trials_ for value in trial.configuration.values()]
    models = [one for one in values if not isinstance(one, type) and hasattr(one, "get_params")]
    models = [one for one in models if is_classifier(one) or is_regressor(one)]
    return kind if all(map(has_usual_score, [estimator, *models])) else None
