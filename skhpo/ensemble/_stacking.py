"""Stacking: a model of what the trials of a search predict."""

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import cross_val_predict
from sklearn.utils._param_validation import HasMethods

from skhpo.ensemble._base import BaseEnsemble

_SMALLEST = 1e-6  # share of a class


class EnsembleStacking(BaseEnsemble):
    """A model of the predictions of the best configurations of a search.

    A final estimator is trained on the out-of-fold predictions of the search's trials [1]_. As with
    :class:`EnsembleSelection`, the models which the search has fitted on its splits predict, averaged over the splits,
    unless `refit` asks for new ones.

    Parameters
    ----------
    search : estimator
        A search of this package for a classifier or a regressor. A copy of it is fitted, unless it is fitted already
        and in a :class:`sklearn.frozen.FrozenEstimator`, see also :meth:`from_search`. Where its `keep` does not ask
        for what is needed, the copy's does.
    final_estimator : estimator or None, default=None
        What is trained on the predictions. For classifiers its features are the logarithms of the shares of all
        classes, relative to their mean; of two classes, one is enough. None for logistic regression or, with
        regressors, ridge regression.
    refit : bool, default=False
        Whether the configurations are trained again on all data.
    n_best : int, default=10
        How many trials are used, the best ones; among those whose models were kept without `refit`.
    scoring : str, callable or None, default=None
        For `oof_score_`; None for what the search has improved.
    n_jobs : int or None, default=None
        For the refit.
    random_state : int, RandomState instance or None, default=None
        Not used; there for the same parameters as those of :class:`EnsembleSelection`.

    Attributes
    ----------
    search_ : estimator
        The fitted search.
    final_estimator_ : estimator
        The model of the predictions.
    trial_numbers_ : list of int
        The trials, the best one first.
    configurations_ : list of dict
        Their hyperparameters.
    estimators_ : list of list of estimators
        Their models: one for each split, or a single one with `refit`.
    oof_score_ : float
        Cross-validated score of the final estimator on the out-of-fold predictions.
    single_oof_score_ : float
        The score of the best trial alone.
    classes_ : ndarray of shape (n_classes,)
        Of a classifier.
    n_features_in_, feature_names_in_
        Those of the models.

    See Also
    --------
    EnsembleSelection : Weights in place of a model.

    References
    ----------
    .. [1] Wolpert, D. H. (1992). Stacked generalization. Neural Networks 5.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from skhpo import EnsembleStacking, RandomizedSearchCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> space = {"max_depth": range(1, 9), "min_samples_leaf": range(1, 30)}
    >>> search = RandomizedSearchCV(DecisionTreeRegressor(random_state=0), space, random_state=0)
    >>> stacking = EnsembleStacking(search).fit(X, y)
    >>> bool(stacking.oof_score_ > stacking.single_oof_score_)
    True
    """

    _parameter_constraints: dict = {
        **BaseEnsemble._parameter_constraints,
        "final_estimator": [HasMethods(["fit", "predict"]), None],
    }

    def __init__(
        self,
        search,
        final_estimator=None,
        *,
        refit=False,
        n_best=10,
        scoring=None,
        n_jobs=None,
        random_state=None,
    ):
        self.search = search
        self.final_estimator = final_estimator
        self.refit = refit
        self.n_best = n_best
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _choose(self, library, measure, y):
        features = self._features(library.predictions)
        self.final_estimator_ = self._new_final()
        method = "predict_proba" if is_classifier(self) else "predict"
        found = cross_val_predict(self.final_estimator_, features, y, method=method)
        self.final_estimator_.fit(features, y)
        self.oof_score_ = float(measure.score(measure.reduce(found[None]))[0])
        parts = measure.reduce(library.predictions)
        self.single_oof_score_ = float(np.max(measure.of_each(np.zeros_like(parts[0]), parts, 1)))
        return range(len(library.numbers))

    def _new_final(self):
        if self.final_estimator is not None:
            return clone(self.final_estimator)
        return (
            LogisticRegression(C=0.1, max_iter=1000)
            if is_classifier(self)
            else RidgeCV(np.logspace(-3, 3, 13))
        )

    def _features(self, predictions):
        """Return a row a sample."""
        if is_classifier(self):
            logs = np.log(np.maximum(predictions, _SMALLEST))
            predictions = logs - logs.mean(axis=2, keepdims=True)
            if predictions.shape[2] == 2:
                predictions = predictions[..., 1]
        return np.moveaxis(predictions, 0, 1).reshape(predictions.shape[1], -1)

    def _combine(self, predictions):
        features = self._features(predictions)
        if is_classifier(self):
            return self.final_estimator_.predict_proba(features)
        return self.final_estimator_.predict(features)
