"""Predictions on the test part of a split, as the scorer would ask for them."""

from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from skhpo._sklearn import response_methods_of

_ANY = ("predict_proba", "decision_function", "predict")


class Predictions(NamedTuple):
    """What one model predicts for the test part of its split.

    Attributes
    ----------
    number, split : int
        The trial and the split.
    values : dict of str to ndarray of shape (n_test, ...)
        By name of the method: "predict", "predict_proba" or "decision_function".
    """

    number: int
    split: int
    values: Any


def out_of_fold(task, job, estimator, X):
    """Predict the test part of a split.

    Parameters
    ----------
    task : Task
        What all fits share; its scorer says which methods are needed. A callable that does not say it gets the first
        one that there is of "predict_proba", "decision_function" and "predict".
    job : Job
        The configuration and the split.
    estimator : estimator
        The fitted model.
    X : indexable
        The test part.

    Returns
    -------
    Predictions
        The columns of probabilities are those of all classes of the whole target, 0 for those that the model does not
        know.
    """
    values = {}
    for alternatives in response_methods_of(task.scorer) or (_ANY,):
        method = next((name for name in alternatives if hasattr(estimator, name)), None)
        if method is not None and method not in values:
            with suppress(Exception):  # the fit has its score, which does not depend on this
                predicted = np.asarray(getattr(estimator, method)(X))
                values[method] = _all_classes(task, estimator, method, predicted)
    return Predictions(job.number, job.split, values)


def _all_classes(task, estimator, method, predicted):
    """Give probabilities a column for each class of the target, also for those that were not trained on."""
    own = getattr(estimator, "classes_", None)
    if method != "predict_proba" or predicted.ndim != 2 or not isinstance(own, np.ndarray):
        return predicted
    classes = np.unique(task.y)
    if len(classes) == len(own):
        return predicted
    full = np.zeros((len(predicted), len(classes)))
    full[:, np.searchsorted(classes, own)] = predicted
    return full
