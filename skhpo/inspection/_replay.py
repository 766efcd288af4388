"""Scores of kept predictions on any part of the data, as the scorer of the search would give them."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from skhpo._sklearn import response_methods_of, sign_and_name_of

# Scores that are means over samples: what each sample adds.
_BY_SAMPLE = {
    "accuracy_score": lambda y, predicted: predicted == y,
    "mean_squared_error": lambda y, predicted: (predicted - y) ** 2,
    "mean_absolute_error": lambda y, predicted: np.abs(predicted - y),
}


def make_measure(scorer, predictions, y, kind, weights=None):
    """Return a function from counts of samples to the scores of all trials.

    Parameters
    ----------
    scorer : callable
        The scorer.
    predictions : dict of str or None to ndarray of shape (n_trials, n_samples, ...)
        Predictions by the method that they come from; None for the only one.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The target.
    kind : {"classifier", "regressor", None}
        What the estimator is; None, too, if its `score` is one of its own.
    weights : ndarray of shape (n_samples,) or None, default=None
        Sample weights that the scorer uses.

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
    >>> predictions = {None: np.array([[0.0, 1.0, 3.0]])}
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
    predicted = _of_method(predictions, "predict")
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
        return exact_measure(scorer, predictions, y, kind, weights)
    # Where a sample counts by its weight, being drawn twice is to weigh twice as much.
    return quick if weights is None else lambda counts: quick(counts * weights)


def _mean(parts):
    return lambda counts: parts @ counts.T / counts.sum(axis=1)


def _of_method(predictions, method):
    """Return the predictions of a method; those of an unknown one are no good unless a number a sample."""
    if method in predictions:
        return predictions[method]
    return predictions.get(None)


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


def exact_measure(scorer, predictions, y, kind, weights=None):
    """Return what `make_measure` does, by calls of the scorer; `counts` are of whole samples.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.metrics import get_scorer
    >>> from skhpo.inspection._replay import exact_measure
    >>> predictions = {"predict": np.array([[0.0, 1.0, 3.0]])}
    >>> measure = exact_measure(get_scorer("r2"), predictions, np.array([0.0, 1.0, 2.0]), "regressor")
    >>> measure(np.ones((1, 3), dtype=int)).tolist()
    [[0.5]]
    """
    n_trials = len(next(iter(predictions.values())))
    if None in predictions:
        predictions = {_only_method(scorer, predictions[None]): predictions[None]}
    replays = [
        _replay(kind, {name: array[trial] for name, array in predictions.items() if _has(array[trial])}, y)
        for trial in range(n_trials)
    ]

    def measure(counts):
        scores = np.full((n_trials, len(counts)), np.nan)
        for column, count in enumerate(counts):
            rows = np.repeat(np.arange(len(y)), count)
            for trial, replay in enumerate(replays):
                further = {} if weights is None else {"sample_weight": weights[rows]}
                try:
                    scores[trial, column] = scorer(replay, rows[:, None], y[rows], **further)
                except ValueError:  # such as a part of the data with one class only
                    continue
        return scores

    return measure


def _has(array):
    """Whether a trial has predictions by this method."""
    return not np.all(np.not_equal(array, array) | np.equal(array, None))


def _only_method(scorer, array):
    """Say which method predictions come from whose name was not kept, as there was one only."""
    methods = response_methods_of(scorer)
    if methods is None:
        return "predict_proba" if array.ndim == 3 else "predict"
    (alternatives,) = methods
    # Binary decisions are a number a sample, probabilities a number a class.
    fitting = [name for name in alternatives if (name == "predict_proba") == (array.ndim == 3)]
    return (fitting or alternatives)[0]


def _replay(kind, values, y):
    """Return an estimator that gives the kept predictions for rows by their numbers."""
    base = {"classifier": ClassifierMixin, "regressor": RegressorMixin}.get(kind, object)
    if "predict" not in values and "predict_proba" in values and kind == "classifier":
        values = {**values, "predict": np.unique(y)[values["predict_proba"].argmax(axis=1)]}
    own = {name: _looking_up(name, array) for name, array in values.items()}
    bases = (BaseEstimator,) if base is object else (base, BaseEstimator)
    replay = type("Replay", bases, own)()
    replay.is_fitted_ = True
    if kind == "classifier":
        replay.classes_ = np.unique(y)
    return replay


def _looking_up(name, array):
    def method(self, X):
        return array[X[:, 0]]

    method.__name__ = name  # scorers go by it
    return method
