"""One form for what classifiers of all kinds predict: a share for each class, which can be averaged."""

import numpy as np
from scipy.special import expit, softmax

from skhpo.evaluation import all_classes

#: What says most about a sample comes first.
METHODS = ("predict_proba", "decision_function", "predict")


def as_probabilities(predicted, method, classes):
    """Turn predictions of a classifier into a share for each class.

    Probabilities stay what they are. Decisions are put through the logistic function, which leaves the predicted class
    and the order of the samples as they are; labels become votes.

    Parameters
    ----------
    predicted : ndarray of shape (..., n_samples) or (..., n_samples, n_classes)
        What `method` has returned, NaN or None where nothing is known.
    method : {"predict_proba", "decision_function", "predict"}
        The method.
    classes : ndarray
        All classes, in order.

    Returns
    -------
    ndarray of shape (..., n_samples, n_classes) or None
        NaN where nothing is known; None for decisions between pairs of classes.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.ensemble._probabilities import as_probabilities
    >>> as_probabilities(np.array(["b", "a"]), "predict", np.array(["a", "b"]))
    array([[0., 1.],
           [1., 0.]])
    >>> as_probabilities(np.array([0.0]), "decision_function", np.array(["a", "b"]))
    array([[0.5, 0.5]])
    """
    if method == "predict":
        votes = (predicted[..., None] == classes).astype(np.float64)
        votes[~votes.any(axis=-1)] = np.nan
        return votes
    predicted = np.asarray(predicted, dtype=np.float64)
    if method == "decision_function":
        if len(classes) == 2 and (predicted.ndim == 1 or predicted.shape[-1] != 2):
            return np.stack([expit(-predicted), expit(predicted)], axis=-1)
        predicted = softmax(predicted, axis=-1) if predicted.shape[-1] == len(classes) else predicted
    return predicted if predicted.shape[-1] == len(classes) else None


def without_column(values, axis):
    """Return the values of a single output without an axis for it.

    Some regressors return a column for a target of one dimension, which would not be subtracted sample by sample.

    Parameters
    ----------
    values : ndarray
        Values of a regressor, or of a target.
    axis : int
        Of the outputs, if there is one.

    Returns
    -------
    ndarray
        The same if there are several outputs.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.ensemble._probabilities import without_column
    >>> without_column(np.zeros((3, 1)), 1).shape, without_column(np.zeros((3, 2)), 1).shape
    ((3,), (3, 2))
    """
    return values[..., 0] if values.ndim == axis + 1 and values.shape[axis] == 1 else values


def predict(model, X, method, classes):
    """Return what a fitted model predicts, in the form that is averaged.

    Parameters
    ----------
    model : estimator
        The model.
    X : array-like
        Samples.
    method : str
        What to call.
    classes : ndarray or None
        All classes; None for a regressor.

    Returns
    -------
    ndarray of shape (n_samples, n_classes), (n_samples,) or (n_samples, n_outputs)
        Shares, or values.
    """
    predicted = np.asarray(getattr(model, method)(X))
    if classes is None:
        return without_column(predicted, 1)
    if method != "predict":
        predicted = all_classes(predicted, model, classes, method)
    return as_probabilities(predicted, method, classes)
