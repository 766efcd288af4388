"""Predictions on the test part of a split, as the scorer would ask for them, and the models that made them."""

from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import _num_samples

from skhpo._sklearn import response_methods_of
from skhpo.evaluation._parcel import cloudpickle

# What says most about a sample comes first.
_ANY = ("predict_proba", "decision_function", "predict")


class Predictions(NamedTuple):
    """What one model predicts for the test part of its split.

    Attributes
    ----------
    number, split : int
        The trial and the split.
    values : dict of str to ndarray of shape (n_test, ...)
        By name of the method: "predict", "predict_proba" or "decision_function".
    model : bytes or None
        The model itself, pickled, if it is to be kept and can be.
    """

    number: int
    split: int
    values: Any
    model: Any = None


def out_of_fold(task, job, estimator, X):
    """Predict the test part of a split.

    Parameters
    ----------
    task : Task
        What all fits share; its scorer says which methods are needed. A callable that does not say it gets the first
        one that there is of "predict_proba", "decision_function" and "predict", and so do ensembles, if models are
        kept.
    job : Job
        The configuration and the split.
    estimator : estimator
        The fitted model.
    X : indexable
        The test part.

    Returns
    -------
    Predictions
        The columns of probabilities and decisions are those of all classes of the whole target; for those that the
        model does not know, 0 and minus infinity.
    """
    values = {}
    asked = response_methods_of(task.scorer) or [_ANY]
    for alternatives in [*asked, _ANY] if task.keeps_models else asked:
        method = next((name for name in alternatives if hasattr(estimator, name)), None)
        if method is not None and method not in values:
            with suppress(Exception):  # the fit has its score, which does not depend on this
                predicted = np.asarray(getattr(estimator, method)(X))
                if len(predicted) == _num_samples(X):  # several targets have an array each
                    classes = None if method == "predict" or task.y is None else np.unique(np.asarray(task.y))
                    values[method] = all_classes(predicted, estimator, classes, method)
    return Predictions(job.number, job.split, values)


def pickled_model(estimator):
    """Return a fitted model as bytes, None if it cannot be pickled."""
    with suppress(Exception):
        return cloudpickle.dumps(estimator, protocol=5)
    return None


def all_classes(predicted, estimator, classes, method):
    """Give probabilities or decisions a column for each class, also for those that a model was not trained on.

    Parameters
    ----------
    predicted : ndarray
        What the model says.
    estimator : estimator
        The model.
    classes : ndarray or None
        All classes, in order; None if that is no matter.
    method : {"predict_proba", "decision_function", "predict"}
        What was called.

    Returns
    -------
    ndarray
        `predicted` itself if the model knows all classes.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpo.evaluation import all_classes
    >>> model = LogisticRegression().fit([[-1.0], [1.0]], [0, 2])
    >>> all_classes(np.array([[0.3, 0.7]]), model, np.array([0, 1, 2]), "predict_proba")
    array([[0.3, 0. , 0.7]])
    >>> all_classes(np.array([1.5]), model, np.array([0, 1, 2]), "decision_function")
    array([[-1.5, -inf,  1.5]])
    """
    own = getattr(estimator, "classes_", None)
    if classes is None or not isinstance(own, np.ndarray) or len(own) == len(classes):
        return predicted
    if predicted.ndim == 1:
        predicted = np.column_stack([-predicted, predicted])
    full = np.full((len(predicted), len(classes)), 0.0 if method == "predict_proba" else -np.inf)
    full[:, np.searchsorted(classes, own)] = predicted
    return full
