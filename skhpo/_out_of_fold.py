"""Out-of-fold predictions for whoever scores them: by method, as an estimator, and where they tell the own score."""

from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.linear_model import PoissonRegressor

# Libraries whose own `score` is the accuracy or the coefficient of determination, wherever it is defined.
_USUAL = ("sklearn", "catboost")


def predictions_by_method(search):
    """Return the out-of-fold predictions of a search by the method that they come from.

    Parameters
    ----------
    search : BaseSearch
        A fitted search.

    Returns
    -------
    dict of str to ndarray of shape (n_trials, n_samples, ...) or None
        None if none were to be kept.

    Raises
    ------
    ValueError
        If the search was fitted, and pickled, before searches kept their splits.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpo import GridSearchCV
    >>> from skhpo._out_of_fold import predictions_by_method
    >>> search = GridSearchCV(KNeighborsClassifier(), {"p": [1, 2]}, keep="predictions")
    >>> search = search.fit(*load_iris(return_X_y=True))
    >>> {name: array.shape for name, array in predictions_by_method(search).items()}
    {'predict': (2, 150)}
    """
    kept = getattr(search, "oof_predictions_", None)
    if kept is not None and not hasattr(search, "oof_splits_"):
        raise ValueError(
            f"This {type(search).__name__} was fitted by an earlier version of skhpo, which did not keep the splits of "
            "the out-of-fold predictions: fit it again."
        )
    return kept if kept is None or isinstance(kept, dict) else {search.oof_methods_[0]: kept}


def scorer_of_metric(search, metric):
    """Return the scorer of one metric of a search that has several.

    Parameters
    ----------
    search : BaseSearch
        A fitted search.
    metric : str
        The name of the metric.

    Returns
    -------
    callable
        It returns a number.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpo import GridSearchCV
    >>> from skhpo._out_of_fold import scorer_of_metric
    >>> X, y = load_iris(return_X_y=True)
    >>> both = lambda model, X, y: {"right": model.score(X, y), "wrong": 1 - model.score(X, y)}
    >>> search = GridSearchCV(KNeighborsClassifier(), {"p": [1, 2]}, scoring=both, refit="right").fit(X, y)
    >>> round(scorer_of_metric(search, "wrong")(search, X, y), 2)
    0.03
    """
    if isinstance(search.scorer_, dict):
        return search.scorer_[metric]
    return lambda estimator, X, y, **params: search.scorer_(estimator, X, y, **params)[metric]


class _Replay(BaseEstimator):
    def __sklearn_is_fitted__(self):
        return True


class _ClassifierReplay(ClassifierMixin, _Replay):
    pass


class _RegressorReplay(RegressorMixin, _Replay):
    pass


_KINDS = {"classifier": _ClassifierReplay, "regressor": _RegressorReplay}


def replay(kind, predictions, classes=None):
    """Return an estimator that predicts what it is told, whatever the samples.

    Parameters
    ----------
    kind : {"classifier", "regressor", None}
        What it is.
    predictions : dict of str to ndarray of shape (n_samples, ...)
        By the name of the method; labels are those of the largest probabilities, if they are not given.
    classes : ndarray or None, default=None
        All classes of a classifier.

    Returns
    -------
    estimator
        For scorers; it has no parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._out_of_fold import replay
    >>> one = replay(
    ...     "classifier", {"predict_proba": np.array([[0.9, 0.1], [0.2, 0.8]])}, np.array(["a", "b"])
    ... )
    >>> one.predict(None).tolist()
    ['a', 'b']
    """
    found = _KINDS.get(kind, _Replay)()
    if classes is not None:
        found.classes_ = classes
        if "predict" not in predictions and "predict_proba" in predictions:
            predictions = {**predictions, "predict": classes[predictions["predict_proba"].argmax(axis=1)]}
    for name, values in predictions.items():
        setattr(found, name, _saying(name, values))
    return found


def _saying(name, values):
    def method(X):
        return values

    method.__name__ = name  # scorers go by it
    return method


def has_usual_score(estimator):
    """Return whether the ``score`` of an estimator is the accuracy or the coefficient of determination.

    Parameters
    ----------
    estimator : estimator
        Not necessarily fitted.

    Returns
    -------
    bool
        Other scores, such as D2, are not told from predictions.

    Examples
    --------
    >>> from sklearn.linear_model import PoissonRegressor, Ridge
    >>> from skhpo._out_of_fold import has_usual_score
    >>> has_usual_score(Ridge()), has_usual_score(PoissonRegressor())
    (True, False)
    """
    if getattr(type(estimator), "score", None) is PoissonRegressor.score:  # of all generalised linear models
        return False
    owner = next((kind for kind in type(estimator).__mro__ if "score" in vars(kind)), None)
    if owner is not None and owner.__module__.partition(".")[0] not in _USUAL:
        return False
    if getattr(estimator, "scoring", None) is not None:
        return False
    # Pipelines and other meta-estimators hand it on; those which do not have the usual one.
    steps = getattr(estimator, "steps", None)
    inner = steps[-1][1] if steps else getattr(estimator, "estimator", None)
    is_handed_on = owner is None or not owner.__name__.endswith("Mixin")
    return has_usual_score(inner) if is_handed_on and hasattr(inner, "fit") else True
