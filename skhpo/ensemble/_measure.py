"""Scores of many predictions at once, as the scorer of a search would give them.

An ensemble is chosen by trying thousands of averages. The usual metrics are computed for all candidates of a round
together, from as little of the predictions as they need; every other scorer is shown an estimator that predicts what
it is told.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.stats import rankdata

from skhpo._out_of_fold import replay
from skhpo._sklearn import response_methods_of, sign_and_name_of

_MOST_NUMBERS = 2**23  # in one array


class Measure(NamedTuple):
    """How averages of predictions are scored.

    Attributes
    ----------
    reduce : callable
        From predictions of shape (k, n_samples, ...) to what is averaged in their place.
    score : callable
        From averages of that to k scores, greater is better.
    """

    reduce: Any
    score: Any

    def of_each(self, total, further, n):
        """Return the score of each average that one more part makes.

        Parameters
        ----------
        total : ndarray
            The sum of what is averaged already.
        further : ndarray of shape (k, ...)
            The parts, of which one is added.
        n : int
            How many they are then.

        Returns
        -------
        ndarray of shape (k,)
            Minus infinity where the scorer has no answer.
        """
        step = max(_MOST_NUMBERS // max(total.size, 1), 1)
        parts = [
            self.score((total + further[start : start + step]) / n) for start in range(0, len(further), step)
        ]
        scores = np.concatenate(parts)
        return np.where(np.isnan(scores), -np.inf, scores)


def make_measure(scorer, X, y, classes, params):
    """Return how averages of predictions for the given samples are scored.

    Parameters
    ----------
    scorer : callable
        The scorer.
    X : indexable
        The samples.
    y : ndarray
        Their target.
    classes : ndarray or None
        All classes; None for regression.
    params : dict
        Further arguments of the scorer, such as sample weights.

    Returns
    -------
    Measure
        The scores.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.metrics import get_scorer
    >>> from skhpo.ensemble._measure import make_measure
    >>> y = np.array([1.0, 2.0])
    >>> measure = make_measure(get_scorer("neg_mean_squared_error"), None, y, None, {})
    >>> measure.score(measure.reduce(np.array([[1.0, 1.0], [0.0, 2.0]]))).tolist()
    [-0.5, -0.5]
    """
    sign, name = sign_and_name_of(scorer)
    if sign is None and name == "score":
        sign, name = 1.0, "r2_score" if classes is None else "accuracy_score"
    is_plain = not params and not getattr(scorer, "_kwargs", None) and y.ndim == 1
    make, method = (_REGRESSION if classes is None else _CLASSIFICATION).get(name, (None, None))
    is_usual = is_plain and make is not None and method in (response_methods_of(scorer) or [()])[0]
    if is_usual and (name != "roc_auc_score" or len(classes) == 2):
        return make(sign, y, classes)
    return Measure(_unchanged, _any_score(scorer, X, y, classes, params))


def _unchanged(predictions):
    return predictions


def _regression(loss):
    def make(sign, y, classes):
        return Measure(_unchanged, lambda averages: sign * loss(averages - y))

    return make


def _r2(sign, y, classes):
    total = np.sum((y - y.mean()) ** 2)
    return Measure(_unchanged, lambda averages: 1.0 - np.sum((averages - y) ** 2, axis=1) / (total or np.nan))


def _log_loss(sign, y, classes):
    column = np.searchsorted(classes, y)

    def reduce(predictions):
        return predictions[:, np.arange(len(y)), column] / predictions.sum(axis=2)

    smallest = np.finfo(np.float64).eps
    return Measure(reduce, lambda shares: -sign * np.mean(np.log(np.maximum(shares, smallest)), axis=1))


def _accuracy(sign, y, classes):
    if len(classes) == 2:
        is_second = y == classes[1]

        def reduce(predictions):
            return predictions[..., 1] - predictions[..., 0]

        return Measure(reduce, lambda margins: sign * np.mean((margins > 0) == is_second, axis=1))
    column = np.searchsorted(classes, y)
    return Measure(_unchanged, lambda averages: sign * np.mean(averages.argmax(axis=2) == column, axis=1))


def _auc(sign, y, classes):
    is_second = y == classes[1]
    n_first, n_second = np.sum(~is_second), np.sum(is_second)
    least = n_second * (n_second + 1) / 2

    def score(shares):
        ranks = rankdata(shares, axis=1)[:, is_second]
        return sign * (ranks.sum(axis=1) - least) / (n_first * n_second or np.nan)

    return Measure(lambda predictions: predictions[..., 1], score)


# With the method that the scorer calls.
_REGRESSION = {
    "r2_score": (_r2, "predict"),
    "mean_squared_error": (_regression(lambda errors: np.mean(errors**2, axis=1)), "predict"),
    "root_mean_squared_error": (_regression(lambda errors: np.sqrt(np.mean(errors**2, axis=1))), "predict"),
    "mean_absolute_error": (_regression(lambda errors: np.mean(np.abs(errors), axis=1)), "predict"),
}
_CLASSIFICATION = {
    "accuracy_score": (_accuracy, "predict"),
    "log_loss": (_log_loss, "predict_proba"),
    "roc_auc_score": (_auc, "predict_proba"),
}


def _any_score(scorer, X, y, classes, params):
    def score(averages):
        replays = (replay(*_told(one, classes), classes) for one in averages)
        return np.array([scorer(one, X, y, **params) for one in replays], dtype=np.float64)

    return score


def _told(average, classes):
    if classes is None:
        return "regressor", {"predict": average}
    return "classifier", {"predict_proba": average / average.sum(axis=1, keepdims=True)}
