"""Scores of kept predictions on any part of the data, as the scorer of the search would give them."""

import numpy as np

from skhpo._out_of_fold import replay
from skhpo._sklearn import response_methods_of, sign_and_name_of

# Scores that are means over samples: what each sample adds.
_BY_SAMPLE = {
    "accuracy_score": lambda y, predicted: predicted == y,
    "mean_squared_error": lambda y, predicted: (predicted - y) ** 2,
    "mean_absolute_error": lambda y, predicted: np.abs(predicted - y),
}


def make_measure(scorer, predictions, y, kind, weights=None, classes=None):
    """Return a function from counts of samples to the scores of all trials.

    Parameters
    ----------
    scorer : callable
        The scorer.
    predictions : dict of str to ndarray of shape (n_trials, n_samples, ...)
        Predictions by the method that they come from.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The target.
    kind : {"classifier", "regressor", None}
        What the estimator is; None, too, if its `score` is one of its own.
    weights : ndarray of shape (n_samples,) or None, default=None
        Sample weights that the scorer uses.
    classes : ndarray or None, default=None
        All classes, of which there may be more than in `y`; None for those of `y`.

    Returns
    -------
    callable
        From an array of shape (n, n_samples), which says how often each sample counts, to one of shape (n_trials, n),
        NaN where the scorer has no answer.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.metrics import get_scorer
    >>> from skhpo.inspection._replay import make_measure
    >>> y = np.array([0.0, 1.0, 2.0])
    >>> predictions = {"predict": np.array([[0.0, 1.0, 3.0]])}
    >>> measure = make_measure(get_scorer("neg_mean_squared_error"), predictions, y, "regressor")
    >>> measure(np.array([[1, 0, 1], [0, 0, 1]])).tolist()
    [[-0.5, -1.0]]
    """
    sign, name = sign_and_name_of(scorer)
    if sign is None and name == "score":
        sign, name = 1.0, {"classifier": "accuracy_score", "regressor": "r2_score"}.get(kind)
        if name is None:
            raise ValueError(
                "The estimator's own score cannot be told from predictions: give the search a 'scoring'."
            )
    predicted = predictions.get("predict")
    is_plain = (
        predicted is not None and predicted.ndim == y.ndim + 1 == 2 and not getattr(scorer, "_kwargs", None)
    )
    quick = None
    if is_plain and name in _BY_SAMPLE:
        parts = sign * np.asarray(_BY_SAMPLE[name](y, predicted), dtype=np.float64)
        quick = _mean(parts)
    elif is_plain and name == "r2_score":
        quick = _r2(np.asarray(predicted, dtype=np.float64), np.asarray(y, dtype=np.float64), weights)
    elif name == "roc_auc_score" and not getattr(scorer, "_kwargs", None) and len(np.unique(y)) == 2:
        quick = _auc(_decisions(scorer, predictions), y == np.unique(y)[1])
    if quick is None:
        return _exact(scorer, predictions, y, kind, weights, np.unique(y) if classes is None else classes)
    # Where a sample counts by its weight, being drawn twice is to weigh twice as much.
    return quick if weights is None else lambda counts: quick(counts * weights)


def _mean(parts):
    return lambda counts: parts @ counts.T / counts.sum(axis=1)


def _r2(predicted, y, weights):
    # With the variance of the whole target: its estimate from a small part would bias the mean of many such scores.
    variance = np.average((y - np.average(y, weights=weights)) ** 2, weights=weights)
    variance = variance if variance > 0 else np.nan

    def measure(counts):
        return 1.0 - (predicted - y) ** 2 @ counts.T / counts.sum(axis=1) / variance

    return measure


def _decisions(scorer, predictions):
    """Return one number a sample that is larger the likelier the second class is."""
    names = list(predictions)
    if len(names) > 1:
        (alternatives,) = response_methods_of(scorer)
        names = [name for name in alternatives if name in predictions]
    arrays = [predictions[name] for name in names]
    decisions, *others = [array[..., 1] if array.ndim == 3 else array for array in arrays]
    for other in others:  # of models without the preferred method
        decisions = np.where(np.isnan(decisions).all(axis=1, keepdims=True), other, decisions)
    return decisions


def _auc(decisions, is_positive):
    """Return the area under the curve: how often a positive sample is above a negative one, ties counting half."""
    places = [np.unique(one, return_inverse=True)[1] for one in decisions]

    def measure(counts):
        scores = np.full((len(places), len(counts)), np.nan)
        positive, negative = counts * is_positive, counts * ~is_positive
        n_pairs = positive.sum(axis=1) * negative.sum(axis=1)
        for trial, place in enumerate(places):
            at = np.zeros((len(place), place.max() + 1))
            at[np.arange(len(place)), place] = 1.0
            above, below = positive @ at, negative @ at
            won = np.sum(above * (np.cumsum(below, axis=1) - 0.5 * below), axis=1)
            scores[trial] = won / np.where(n_pairs > 0, n_pairs, np.nan)
        return scores

    return measure


def _exact(scorer, predictions, y, kind, weights, classes):
    """Return the same by calls of the scorer; the counts are of whole samples."""
    trials = [
        {name: array[trial] for name, array in predictions.items() if _has(array[trial])}
        for trial in range(len(next(iter(predictions.values()))))
    ]
    classes = classes if kind == "classifier" else None

    def measure(counts):
        scores = np.full((len(trials), len(counts)), np.nan)
        for column, count in enumerate(counts):
            rows = np.repeat(np.arange(len(y)), count)
            further = {} if weights is None else {"sample_weight": weights[rows]}
            for trial, values in enumerate(trials):
                told = replay(kind, {name: array[rows] for name, array in values.items()}, classes)
                try:
                    scores[trial, column] = scorer(told, rows[:, None], y[rows], **further)
                except ValueError:  # such as a part of the data with one class only
                    continue
        return scores

    return measure


def _has(array):
    """Whether a trial has predictions by this method."""
    return not np.all(np.not_equal(array, array) | np.equal(array, None))
