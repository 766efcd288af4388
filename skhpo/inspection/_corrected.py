"""How good the winner really is: its score without the luck of the draw, from predictions that are there already.

Notation
--------
P : (n_trials, n)   out-of-fold predictions of the complete trials for n samples
b                   a bootstrap sample of the n samples, and its complement: those that were not drawn

The search is repeated on each bootstrap sample, by choosing the trial whose predictions score best there, and its
choice is scored on the complement, which it has not seen [1]_. The mean of these scores is without the optimism of
having chosen the best on the same data.

A complement holds a share q of about 0.37 of the samples, drawn without replacement, so that scores on it vary by
(1 - q) / q times the variance of a score on n samples. Quantiles are therefore drawn in towards the mean by the root of
q / (1 - q), without which the interval would be a third too long.

References
----------
.. [1] Tsamardinos, I., Greasidou, E. & Borboudakis, G. (2018). Bootstrapping the out-of-sample predictions for
       efficient and accurate cross-validation. Machine Learning 107.
"""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skhpo._out_of_fold import scorer_of_metric
from skhpo.inspection._kept import kept_predictions, kind_of
from skhpo.inspection._replay import make_measure

_MEAN = "mean_test_"  # of a metric, in the results


@dataclass(frozen=True)
class CorrectedScore:
    """An honest score of the winner.

    Attributes
    ----------
    score : float
        Without the optimism of the choice.
    interval : (float, float)
        Confidence interval of it.
    uncorrected : float
        The best score of the pooled out-of-fold predictions.
    optimism : float
        By how much that is too good.
    n_trials, n_samples, n_bootstraps : int
        What it is computed from.
    is_of_winner : bool
        Whether the winner of the search is the trial with the best score; if not, as where a rule for `refit` has
        chosen a simpler one, the score is that of the trial with the best score, not of the winner.

    Examples
    --------
    See :func:`corrected_score`, which makes these.

    >>> from skhpo.inspection import CorrectedScore
    >>> CorrectedScore(0.8, (0.75, 0.85), 0.83, 0.03, 50, 200, 500).optimism
    0.03
    """

    score: float
    interval: tuple
    uncorrected: float
    optimism: float
    n_trials: int
    n_samples: int
    n_bootstraps: int
    is_of_winner: bool = True


def corrected_score(
    search, y, *, metric=None, sample_weight=None, n_bootstraps=500, confidence=0.9, random_state=None
):
    """Return the score of the winner of a search, corrected for having been chosen, with an interval.

    The best of many cross-validated scores is too good, because it was chosen for it. The correction needs no fits, but
    the out-of-fold predictions: ``keep="predictions"``.

    Parameters
    ----------
    search : estimator
        A search of this package that was fitted with ``keep="predictions"``.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The target that it was fitted with.
    metric : str or None, default=None
        Which score, where there are several; None for the one that `refit` names.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        The sample weights, if the scorer of the search used them, as by metadata routing.
    n_bootstraps : int, default=500
        How many bootstrap samples.
    confidence : float, default=0.9
        Of the interval.
    random_state : int, RandomState instance or None, default=None
        For the bootstrap samples.

    Returns
    -------
    CorrectedScore
        Score and interval.

    Raises
    ------
    ValueError
        If no predictions were kept, or `y` and `sample_weight` are not those of the search, in its order.
    TypeError
        If `search` is a study or a file: predictions are in the fitted search only.

    Notes
    -----
    Samples are drawn one by one: where they come in groups or depend on time, the interval is too short. The metric is
    that of all out-of-fold predictions at once. It is about models that are trained on as much as in the
    cross-validation, which the refitted one exceeds a little, and the luck of that one fit is not in the interval:
    where models change much with their training data, as single trees do, it holds the score of the refitted one less
    often than `confidence` says (``benchmarks/corrected_score.py``).

    It is the score of the trial that is best by the metric. Of a search with a callable `refit`, or where `metric` is
    not that of `refit`, the winner may be another one, whose score this is not: `is_of_winner` says so. Of a
    population, it is chosen from the trials of the generation that the winner is from, and later ones.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpo import RandomizedSearchCV
    >>> from skhpo.inspection import corrected_score
    >>> X, y = make_classification(100, flip_y=1.0, random_state=0)  # nothing to be learnt
    >>> space = {"n_neighbors": range(1, 40), "p": [1, 2]}
    >>> search = RandomizedSearchCV(
    ...     KNeighborsClassifier(), space, n_iter=40, keep="predictions", random_state=0
    ... )
    >>> search = search.fit(X, y)
    >>> found = corrected_score(search, y, random_state=0)
    >>> bool(found.score < search.best_score_), found.interval[0] < 0.5 < found.interval[1]
    (True, True)
    """
    if not hasattr(search, "get_params"):
        raise TypeError(
            "The 'search' parameter of corrected_score must be the fitted search itself, as out-of-fold predictions "
            f"are not in its file. Got {search!r} instead."
        )
    check_is_fitted(search, "trials_")
    _check(n_bootstraps, confidence)
    metric, scorer = _scorer(search, metric)
    kept = kept_predictions(search, metric, y, sample_weight)
    predictions, y = kept.predictions, kept.y
    measure = make_measure(scorer, predictions, y, kind_of(search, scorer), kept.weights, kept.classes)
    rng = np.random.default_rng(check_random_state(random_state).randint(2**31 - 1))
    whole = measure(np.ones((1, len(y)), dtype=np.intp))[:, 0]
    counts = rng.multinomial(len(y), np.full(len(y), 1.0 / len(y)), size=n_bootstraps)
    inside, outside = measure(counts), measure((counts == 0).astype(np.intp))
    chosen = np.argmax(np.where(np.isfinite(inside), inside, -np.inf), axis=0)
    scores = outside[chosen, np.arange(n_bootstraps)]
    share = np.mean(counts == 0)
    score = float(np.nanmean(scores))
    tail = (1.0 - confidence) / 2.0
    low, high = (
        score + np.sqrt(share / (1.0 - share)) * (np.nanquantile(scores, q) - score)
        for q in (tail, 1.0 - tail)
    )
    best = float(np.nanmax(whole))
    interval, is_of_winner = (float(low), float(high)), kept.is_winner_best(search, metric)
    return CorrectedScore(score, interval, best, best - score, len(whole), len(y), n_bootstraps, is_of_winner)


def _check(n_bootstraps, confidence):
    if not isinstance(n_bootstraps, Integral) or isinstance(n_bootstraps, bool) or n_bootstraps < 2:
        raise ValueError(
            "The 'n_bootstraps' parameter of corrected_score must be an int in the range [2, inf). "
            f"Got {n_bootstraps!r} instead."
        )
    if not isinstance(confidence, Real) or not 0 < confidence < 1:
        raise ValueError(
            f"The 'confidence' parameter of corrected_score must be a float in the range (0, 1). Got {confidence!r} "
            "instead."
        )


def _scorer(search, metric):
    """Return the name of the metric, None if there is only one, and its scorer."""
    if not search.multimetric_:
        return None, search.scorer_
    metric = search.refit if metric is None and isinstance(search.refit, str) else metric
    names = [name.removeprefix(_MEAN) for name in search.cv_results_ if name.startswith(_MEAN)]
    if metric not in names:
        raise ValueError(f"The 'metric' must be one of {names}. Got {metric!r} instead.")
    return metric, scorer_of_metric(search, metric)
