"""The splits of a search, drawn again: to cross-validate on them, and to see whether the data are the search's."""

from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils.validation import _num_samples

from skhpo._sklearn import check_method_params, response_methods_of, safe_split

_TOLERANCE = 0.01


def draw_splits(search, X, y, params):
    """Draw splits as those of a search.

    Parameters
    ----------
    search : BaseSearch
        The search.
    X, y : indexable
        The data.
    params : dict
        Further arguments of ``split``, such as the groups.

    Returns
    -------
    list of (ndarray of int, ndarray of int)
        Train and test indices: the same as the search's, unless its splitter draws without a seed or for each trial
        anew; none of an iterator that is exhausted.

    Raises
    ------
    ValueError
        If the splitter refuses the data, as without groups.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearchCV
    >>> from skhpo.ensemble._splits import draw_splits
    >>> search = GridSearchCV(SVC(), {"C": [1]}, cv=2)
    >>> [test.tolist() for _, test in draw_splits(search, [[1], [2], [3], [4]], [0, 1, 1, 0], {})]
    [[0, 1], [2, 3]]
    """
    cv = check_cv(search.cv, y, classifier=is_classifier(search.estimator))
    if search.reshuffle and (search.cv is None or isinstance(search.cv, Integral)):
        cv.shuffle, cv.random_state = True, 0
    everything = np.arange(_num_samples(X))  # masks and negative indices become plain ones
    try:
        return [(everything[train], everything[test]) for train, test in cv.split(X, y, **params)]
    except ValueError as error:
        raise ValueError(
            f"The splits of the search cannot be drawn again: {error} What its fit was given besides X and y, such as "
            "groups, is 'fit_params' of from_search."
        ) from error


def check_same_data(search, number, X, y, classes, params, score_params, owner):
    """Refuse data for which the kept predictions do not have the scores that were recorded.

    Where that cannot be told, nothing is refused: the splits are others each time or overlap, or the scorer is a
    function of the user's.

    Parameters
    ----------
    search : BaseSearch
        A fitted search.
    number : int
        The trial that is looked at.
    X, y : indexable
        The data; `y` an array.
    classes : ndarray or None
        All classes; None for regression.
    params, score_params : dict
        Further arguments of ``split`` and of the scorer.
    owner : str
        Class named in error messages.

    Raises
    ------
    ValueError
        If they have others.
    """
    name, scorer = _first_scorer(search)
    if scorer is None or response_methods_of(scorer) is None or search.reshuffle:
        return
    model = _kept_model(search, number, classes)
    differences = []
    for (_, test), recorded in zip(
        _known_splits(search, X, y, params), _recorded(search, number, name), strict=False
    ):
        found = _score(scorer, model, search, X, y, test, score_params)
        differences.append(abs(found - recorded) / max(abs(found), abs(recorded), 1e-9))
    differences = np.array(differences)[np.isfinite(differences)]
    if len(differences) and np.median(differences) > _TOLERANCE:
        raise ValueError(
            f"The X and y of {owner} must be those that the search was fitted with, in the same order: the predictions "
            f"of its trial {number} do not have the scores for them which the search has recorded. The same holds for "
            "the fit parameters, such as sample weights."
        )


def _first_scorer(search):
    if not isinstance(search.scorer_, dict):
        return None, search.scorer_ if not search.multimetric_ else None
    return next(iter(search.scorer_.items()))


def _known_splits(search, X, y, params):
    """Return the splits if they are the same each time and test no sample twice."""
    try:
        splits, again = draw_splits(search, X, y, params), draw_splits(search, X, y, params)
    except ValueError:  # such as groups that are not given; the ensemble may not need them
        return []
    tests = [test for _, test in splits]
    are_same = len(tests) == len(again) == search.n_splits_ and all(
        np.array_equal(a, b) for a, (_, b) in zip(tests, again, strict=True)
    )
    once = np.bincount(np.concatenate(tests), minlength=_num_samples(X)).max() <= 1 if are_same else False
    return splits if once else []


def _recorded(search, number, name):
    trial = search.trials_[number]
    latest = {m.split: m.value_of(name) for m in trial.measurements}
    return [latest.get(split, np.nan) for split in range(search.n_splits_)]


def _score(scorer, model, search, X, y, test, params):
    model.rows = test
    X_test, y_test = safe_split(search.estimator, X, y, test)
    try:
        return float(scorer(model, X_test, y_test, **check_method_params(X, params=params, indices=test)))
    except Exception:  # nothing is known then; a scorer may need what was not kept
        return np.nan


def _kept_model(search, number, classes):
    kept = search.oof_predictions_
    arrays = kept if isinstance(kept, dict) else dict(zip(search.oof_methods_, [kept], strict=True))
    known = {name: array[number] for name, array in arrays.items() if not pd.isna(array[number]).all()}
    if classes is None:
        return KeptRegressor(known)
    if "predict" in known and not pd.isna(known["predict"]).any():
        known["predict"] = known["predict"].astype(classes.dtype)
    return KeptClassifier(known, classes)


class _Kept(BaseEstimator):
    """Predicts for some samples what was kept of them."""

    rows = ()

    def __init__(self, known, classes=None):
        self.known = known
        if classes is not None:
            self.classes_ = classes

    def __sklearn_is_fitted__(self):
        return True

    def __getattr__(self, name):
        known = vars(self).get("known", {})
        if name not in known:
            raise AttributeError(name)

        def predict(X):
            return known[name][self.rows]

        predict.__name__ = name  # by which scikit-learn's scorers know it
        return predict


class KeptClassifier(ClassifierMixin, _Kept):
    """A classifier."""


class KeptRegressor(RegressorMixin, _Kept):
    """A regressor."""
