"""Stacking: a model of what the trials of a search predict."""

import numpy as np
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import Pipeline
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import has_fit_parameter

from skhpo._sklearn import routing_is_enabled
from skhpo.ensemble._base import BaseEnsemble
from skhpo.ensemble._probabilities import METHODS, predict

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
        regressors, ridge regression. It is given the weights of the samples if the search is. Of classifiers without
        probabilities, decisions are put through the logistic function, and labels count as votes.
    refit : bool, default=False
        Whether the configurations are trained again on all data.
    n_best : int, default=10
        How many trials are used, the best ones; among those whose models were kept without `refit`.
    scoring : str, callable or None, default=None
        For `oof_score_`; None for what the search has improved.
    n_jobs : int or None, default=None
        For the refit.

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
        Cross-validated score of the final estimator on the out-of-fold predictions, with the splits of the search; NaN
        where these train it on no sample that has a prediction, as a single split does.
    single_oof_score_ : float
        The score of the best trial alone, for the same samples.
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
    ):
        self.search = search
        self.final_estimator = final_estimator
        self.refit = refit
        self.n_best = n_best
        self.scoring = scoring
        self.n_jobs = n_jobs

    def _check_before_search(self, routed):
        kind = is_classifier if is_classifier(self) else is_regressor
        final = self._new_final()
        if not kind(final):
            raise ValueError(
                f"The 'final_estimator' parameter of {type(self).__name__} must be a "
                f"{kind.__name__.removeprefix('is_')}. Got {final!r} instead."
            )
        if _weights_in(routed.estimator.fit) is not None and not _takes_weights(final):
            raise ValueError(
                f"The 'final_estimator' parameter of {type(self).__name__} must support sample_weight where the fit is "
                f"given weights. Got {final!r} instead."
            )

    def _choose(self, library, measure_of, X, y, routed):
        features, rows = self._features(library.predictions), library.rows
        weights = _weights_in(routed.estimator.fit)
        weights = None if weights is None else np.asarray(weights)[rows]
        parts = self.search_.oof_splits_[library.numbers[0]]
        found = self._cross_predict(features, y[rows], weights, _within(parts, rows, len(y)))
        self.final_estimator_ = self._fit_final(features, y[rows], weights)
        known = np.flatnonzero(~np.isnan(found).any(axis=tuple(range(1, found.ndim))))
        scored = known if len(known) else np.arange(len(rows))
        measure = measure_of(rows[scored])
        singles = measure.reduce(library.predictions[:, scored])
        self.single_oof_score_ = float(np.max(measure.of_each(np.zeros_like(singles[0]), singles, 1)))
        self.oof_score_ = (
            float(measure.score(measure.reduce(found[None, known]))[0]) if len(known) else np.nan
        )
        return range(len(library.numbers))

    def _cross_predict(self, features, y, weights, splits):
        """Return what final estimators predict for samples that they were not trained on, NaN for the others."""
        shape = (len(y), len(self.classes_)) if is_classifier(self) else y.shape
        total, n_predicted = np.zeros(shape), np.zeros(len(y))
        for train, test in splits:
            if not len(train) or not len(test) or (is_classifier(self) and len(np.unique(y[train])) < 2):
                continue
            final = self._fit_final(features[train], y[train], None if weights is None else weights[train])
            total[test] += self._predict_by(final, features[test]).reshape(total[test].shape)
            n_predicted[test] += 1
        n_predicted[n_predicted == 0] = np.nan
        return total / n_predicted.reshape(-1, *[1] * (total.ndim - 1))

    def _fit_final(self, features, y, weights):
        final = self._new_final()
        if weights is None:
            return final.fit(features, y)
        return final.fit(features, y, **{_name_of_weights(final): weights})

    def _predict_by(self, final, features):
        if not is_classifier(self):
            return final.predict(features)
        methods = [name for name in METHODS if hasattr(final, name)]
        if getattr(_last_step(final), "decision_function_shape", None) == "ovo":
            methods = [name for name in methods if name != "decision_function"]  # of pairs of classes
        found = (predict(final, features, name, self.classes_) for name in methods)
        return next(shares for shares in found if shares is not None)

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
        return self._predict_by(self.final_estimator_, self._features(predictions))


def _within(splits, rows, n_samples):
    """Return splits as places among some of the samples."""
    places = np.full(n_samples, -1)
    places[rows] = np.arange(len(rows))
    for train, test in splits:
        train, test = places[train], places[test]
        yield train[train >= 0], test[test >= 0]


def _weights_in(params):
    """Return the weights of samples among the parameters of a fit, those of a pipeline's last step included."""
    names = [name for name in params if name == "sample_weight" or name.endswith("__sample_weight")]
    return params[names[-1]] if names else None


def _name_of_weights(final):
    if isinstance(final, Pipeline) and not routing_is_enabled():
        return f"{final.steps[-1][0]}__sample_weight"
    return "sample_weight"


def _takes_weights(final):
    return has_fit_parameter(_last_step(final), "sample_weight")


def _last_step(final):
    return final.steps[-1][1] if isinstance(final, Pipeline) else final
