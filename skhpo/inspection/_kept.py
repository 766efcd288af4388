"""The out-of-fold predictions of a search, and whether they are those of the target that is given."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin, is_classifier, is_regressor
from sklearn.model_selection import check_cv
from sklearn.pipeline import Pipeline

from skhpo._sklearn import sign_and_name_of
from skhpo.inspection._replay import exact_measure
from skhpo.stopping import fold_scores

# Whose `score` does what the mixins' does, in words of its own.
_AS_USUAL = "sklearn.dummy", "sklearn.neighbors", "catboost"
# Metrics that are means over samples.
_MEANS = "accuracy_score", "mean_squared_error", "mean_absolute_error"


@dataclass(frozen=True)
class Kept:
    """What has been kept of the trials that are chosen from.

    Attributes
    ----------
    predictions : dict of str or None to ndarray of shape (n_trials, n, ...)
        Predictions of the samples that all of them have predicted, by method.
    y : ndarray of shape (n, ...)
        The target of these.
    weights : ndarray of shape (n,) or None
        Their weights.
    trials : list of Trial
        The trials.
    samples : ndarray of int
        Which samples these are.
    n_samples : int
        How many there are in all.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.inspection._kept import Kept
    >>> Kept({"predict": np.zeros((0, 2))}, np.zeros(2), None, [], np.arange(2), 3).n_samples
    3
    """

    predictions: Any
    y: Any
    weights: Any
    trials: Any
    samples: Any
    n_samples: int

    def is_winner_best(self, search, metric):
        """Whether no trial has a better mean score than the winner."""
        means = getattr(search, "cv_results_", {}).get(f"mean_test_{metric or 'score'}")
        if means is None or not hasattr(search, "best_index_"):
            return True
        best = max(float(np.mean(fold_scores(trial, metric))) for trial in self.trials)
        own = float(means[search.best_index_])
        return bool(own >= best or np.isclose(own, best, rtol=1e-9, atol=0.0))


def kept_predictions(search, y, weights):
    """Return the predictions of the trials that have them, by method, and the target of the samples that do.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpo import GridSearchCV
    >>> from skhpo.inspection._kept import kept_predictions
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(KNeighborsClassifier(), {"p": [1, 2]}, keep="predictions").fit(X, y)
    >>> kept_predictions(search, y, None).predictions[None].shape
    (2, 150)
    """
    arrays = _arrays(search)
    n_samples = next(iter(arrays.values())).shape[1]
    y, weights = np.asarray(y), None if weights is None else np.asarray(weights, dtype=np.float64)
    for name, values in (("y", y), ("sample_weight", weights)):
        if values is not None and len(values) != n_samples:
            raise ValueError(
                f"The {name!r} must be that of the search, of {n_samples} samples. Got {len(values)} instead."
            )
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
        samples,
        n_samples,
    )


def _arrays(search):
    """Return all predictions by method; raises if there are none."""
    kept = getattr(search, "oof_predictions_", None)
    if not any(trial.status == "complete" for trial in search.trials_):
        raise ValueError("There are no out-of-fold predictions, as no trial is complete.")
    if kept is None:
        raise ValueError("There are no out-of-fold predictions: fit the search with keep='predictions'.")
    arrays = kept if isinstance(kept, dict) else {None: kept}
    if all(_knows_nothing(values) for values in arrays.values()):
        raise ValueError(
            "There are no out-of-fold predictions of the trials that were read from the storage file, which holds "
            "scores only: fit the search with keep='predictions' and a new file, or without one."
        )
    return arrays


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
    return np.equal(flat, flat) & (flat != None) if flat.dtype == object else ~np.isnan(flat)  # noqa: E711


def check_scores(search, metric, scorer, kept):
    """Raise if the predictions do not give the scores of the splits, where the splits can be made again.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpo import GridSearchCV
    >>> from skhpo.inspection._kept import check_scores, kept_predictions
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(KNeighborsClassifier(), {"p": [1, 2]}, keep="predictions").fit(X, y)
    >>> check_scores(search, None, search.scorer_, kept_predictions(search, y[::-1], None))
    Traceback (most recent call last):
    ...
    ValueError: The 'y' must be that of the search, in its order: with it the predictions do not have the scores that
    the search has recorded. If its scorer used sample weights, give them as 'sample_weight'.
    """
    kind = kind_of(search, scorer)
    trial = kept.trials[0]
    recorded = [one.value_of(metric) for one in trial.measured_at(trial.resource)]
    if len(recorded) != search.n_splits_ or (kind is None and sign_and_name_of(scorer)[1] == "score"):
        return
    parts = _test_parts(search, kept)
    if parts is None and _is_mean(search, scorer, kept):
        parts = np.ones((1, kept.n_samples), dtype=np.intp)
        recorded = [np.average(recorded, weights=[n for _, n in search.split_sizes_])]
    if parts is None:
        return
    first = {name: array[:1] for name, array in kept.predictions.items()}
    replayed = exact_measure(scorer, first, kept.y, kind, kept.weights)(parts)[0]
    is_other = np.isfinite(replayed) & ~np.isclose(replayed, recorded, rtol=1e-3, atol=1e-6)
    if 2 * is_other.sum() > len(parts):
        advice = (
            "If its scorer used sample weights, give them as 'sample_weight'."
            if kept.weights is None
            else "The 'sample_weight' must be those that its scorer used, None if it used none."
        )
        raise ValueError(
            "The 'y' must be that of the search, in its order: with it the predictions do not have the scores that the "
            f"search has recorded. {advice}"
        )


def _is_mean(search, scorer, kept):
    """Whether the score of all samples is the mean of those of the splits, whatever these are."""
    is_partition = len(kept.samples) == kept.n_samples == sum(n for _, n in search.split_sizes_)
    is_usual = sign_and_name_of(scorer)[1] in _MEANS or (
        sign_and_name_of(scorer)[1] == "score" and is_classifier(search.estimator)
    )
    is_plain = kept.weights is None and not getattr(scorer, "_kwargs", None)
    by_samples = getattr(search, "resource", None) == "n_samples"
    return (
        is_partition and is_usual and is_plain and not by_samples and not getattr(search, "reshuffle", False)
    )


def _test_parts(search, kept):
    """Return which of the kept samples each split tests, as 0 and 1; None if that is not known."""
    cv, rows = search.cv, kept.samples
    is_drawn = getattr(cv, "shuffle", True) and getattr(cv, "random_state", 0) is None
    has_seed = isinstance(getattr(cv, "random_state", 0), int | np.integer | None)
    by_samples = getattr(search, "resource", None) == "n_samples"
    if (
        by_samples
        or is_drawn
        or not has_seed
        or getattr(search, "reshuffle", False)
        or hasattr(cv, "__next__")
    ):
        return None
    y = np.zeros((kept.n_samples, *kept.y.shape[1:]), dtype=kept.y.dtype)
    y[rows] = kept.y
    if len(rows) < kept.n_samples and (cv is None or isinstance(cv, int)):
        return None  # the folds of a classifier depend on the whole target
    try:
        splits = check_cv(cv, y, classifier=is_classifier(search.estimator)).split(np.zeros((len(y), 1)), y)
        tests = [np.bincount(test, minlength=len(y)) for _, test in splits]
    except (ValueError, TypeError):  # such as a splitter that needs groups
        return None
    if [int(one.sum()) for one in tests] != [n for _, n in search.split_sizes_]:
        return None
    # Predictions of samples that are tested repeatedly are averaged.
    return None if np.sum(tests, axis=0).max() > 1 else np.array(tests)[:, rows]


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
    return kind if all(map(_scores_as_usual, [estimator, *models])) else None


def _scores_as_usual(estimator):
    """Whether its `score` is the accuracy or R2; other metrics, such as D2, are not told from predictions."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    owner = next((one for one in type(estimator).__mro__ if "score" in vars(one)), None)
    if owner is None or owner in (ClassifierMixin, RegressorMixin):
        return True
    return owner.__module__.startswith(_AS_USUAL)
