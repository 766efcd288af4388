"""What ensembles of a search's trials share: the search, the members, and their predictions."""

import warnings
from abc import abstractmethod
from copy import copy
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone, is_classifier, is_regressor
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import check_array, get_tags, indexable
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _num_samples, check_is_fitted, column_or_1d

from skhpo._sklearn import check_method_params, fit_context, routing_is_enabled, safe_split
from skhpo.ensemble._library import library_of
from skhpo.ensemble._measure import make_measure
from skhpo.ensemble._probabilities import predict, without_column
from skhpo.ensemble._scoring import check_scores_of, check_scoring_of, scorer_of
from skhpo.search import refit_trial


def _is_classifier(ensemble):
    if not is_classifier(ensemble):
        raise AttributeError(f"{type(ensemble).__name__} of a regressor has no probabilities.")
    return True


class BaseEnsemble(MetaEstimatorMixin, BaseEstimator):
    """An ensemble of the trials of a search; a subclass says in `_choose` which, and how they are combined."""

    _parameter_constraints: dict = {
        "search": [HasMethods(["fit"])],
        "refit": ["boolean"],
        "n_best": [Interval(Integral, 1, None, closed="left")],
        "scoring": [str, callable, None],
        "n_jobs": [Integral, None],
    }

    @abstractmethod
    def _choose(self, library, measure_of, X, y, routed):
        """Return the places in the library that the ensemble needs, in order.

        `measure_of` makes a `Measure` for some of the samples.
        """

    @abstractmethod
    def _combine(self, predictions):
        """Combine predictions of shape (n_members, n_samples, ...)."""

    @classmethod
    def from_search(cls, search, X, y, *, fit_params=None, **parameters):
        """Make an ensemble of a search that is fitted, which stays as it is.

        Parameters
        ----------
        search : estimator
            A search of this package, fitted with ``keep="models"``, or with ``keep="predictions"`` for `refit`.
        X, y : array-like
            The data that it was fitted with, in the same order.
        fit_params : dict or None, default=None
            What its ``fit`` was given besides, such as sample weights and groups.
        **parameters : dict of str -> object
            Parameters of the ensemble.

        Returns
        -------
        estimator
            The fitted ensemble. It is the same as that of a ``FrozenEstimator`` around the search.
        """
        return cls(FrozenEstimator(search), **parameters).fit(X, y, **(fit_params or {}))

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, **params):
        """Run the search, unless it is frozen, and choose.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target; classifiers have one only.
        **params : dict of str -> object
            Parameters of the search's ``fit``.

        Returns
        -------
        self : object
            The fitted ensemble.

        Raises
        ------
        ValueError
            If a parameter is not valid, or the search has not kept what is needed.
        """
        # A fit that fails must leave an ensemble that was fitted before as it was.
        new = copy(self)
        for name in [name for name in vars(self) if name.endswith("_") and not name.startswith("_")]:
            delattr(new, name)
        new._fit(X, y, params)
        vars(self).clear()
        vars(self).update(vars(new))
        return self

    def _fit(self, X, y, params):
        self._check_search()
        X, y = indexable(X, y)
        targets = self._check_targets(y)
        self._check_before_search(self._own_search()._get_routed_params_for_fit(self._for_search(params)))
        self.search_ = self._fitted_search(X, y, params)
        params = check_method_params(X, params=self._for_search(params))
        routed = self.search_._get_routed_params_for_fit(params)
        library = self._library(_num_samples(X))
        if isinstance(self.search, FrozenEstimator):
            self._check_same_data(X, y, routed)
        measure_of = self._measures(library, X, targets, routed.scorer.score)
        chosen = self._choose(library, measure_of, X, targets, routed)
        self.trial_numbers_ = [library.numbers[i] for i in chosen]
        self.configurations_ = [
            dict(self.search_.trials_[number].configuration) for number in self.trial_numbers_
        ]
        self._methods = [library.methods[i] for i in chosen]
        self.estimators_ = self._members(X, y, routed.estimator.fit)
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimators_[0][0], name):
                setattr(self, name, getattr(self.estimators_[0][0], name))

    def predict(self, X):
        """Predict the class with the largest share, or the value.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Classes or values.
        """
        combined = self._predict(X)
        return self.classes_[combined.argmax(axis=1)] if is_classifier(self) else combined

    @available_if(_is_classifier)
    def predict_proba(self, X):
        """Predict the share of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        return self._predict(X)

    def score(self, X, y, sample_weight=None):
        """Return the accuracy, or the coefficient of determination, as every classifier and regressor does.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their target.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples.

        Returns
        -------
        float
            The score.
        """
        metric = accuracy_score if is_classifier(self) else r2_score
        return metric(y, self.predict(X), sample_weight=sample_weight)

    def get_metadata_routing(self):
        """Return what is passed on to the search.

        Returns
        -------
        MetadataRouter
            The routing.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        return MetadataRouter(owner=self).add(search=self._own_search(), method_mapping=mapping)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        own = get_tags(self.search)
        tags.estimator_type = own.estimator_type
        tags.classifier_tags, tags.regressor_tags = copy(own.classifier_tags), copy(own.regressor_tags)
        tags.input_tags = copy(own.input_tags)
        tags.target_tags = copy(own.target_tags)
        tags.target_tags.required = True
        return tags

    def _own_search(self):
        return self.search.estimator if isinstance(self.search, FrozenEstimator) else self.search

    def _check_search(self):
        """Refuse what is no search of ours, or none for a classifier or regressor."""
        search = self._own_search()
        if not hasattr(search, "keep") or not hasattr(search, "_get_routed_params_for_fit"):
            raise ValueError(
                f"The 'search' parameter of {type(self).__name__} must be a search of skhpo. Got {search!r} instead."
            )
        if not (is_classifier(search) or is_regressor(search)):
            raise ValueError(
                f"The 'search' parameter of {type(self).__name__} must be a search for a classifier or a regressor. "
                f"Got one for {search.estimator!r} instead."
            )
        if get_tags(search).input_tags.pairwise and not self.refit:
            raise ValueError(
                f"The 'refit' parameter of {type(self).__name__} must be True for kernels and distances that are "
                "precomputed: the models of the splits need those to other samples each. Got False instead."
            )
        check_scoring_of(search, self.scoring, type(self).__name__)

    def _check_before_search(self, routed):
        """Refuse what only a subclass knows, given what goes to the search's estimator."""

    def _check_same_data(self, X, y, routed):
        other = self.search_._oof_data.difference(X, y, routed.estimator.fit, routed.scorer.score)
        if other is not None:
            raise ValueError(
                f"The X and y of {type(self).__name__} must be those that the search was fitted with, in the same "
                f"order, and so must the fit parameters, such as sample weights, which are 'fit_params' of "
                f"from_search: {other!r} is not."
            )

    def _check_targets(self, y):
        """Return the target as an array, and take note of its classes."""
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y is None."
            )
        if not is_classifier(self):
            targets = check_array(y, ensure_2d=False, dtype="numeric", input_name="y")
            return without_column(targets, 1)
        check_classification_targets(y)
        if type_of_target(y) in ("multilabel-indicator", "multiclass-multioutput"):
            raise ValueError(
                f"{type(self).__name__} does not support multilabel or multioutput classification: y must be a 1d "
                f"array of classes. Got a {type_of_target(y)!r} target instead."
            )
        targets = column_or_1d(y, warn=True)
        self.classes_ = np.unique(targets)
        return targets

    def _fitted_search(self, X, y, params):
        search = self._own_search()
        if isinstance(self.search, FrozenEstimator):
            check_is_fitted(search, "trials_")
            return search
        search = clone(search)
        if search.keep is None or (search.keep == "predictions" and not self.refit):
            # Predictions of all trials in the form that is averaged come with any number of models.
            search.keep = 1 if self.refit else self.n_best
        return search.fit(X, y, **self._for_search(params))

    def _for_search(self, params):
        if not routing_is_enabled():
            return params
        return process_routing(self, "fit", **params).search.fit

    def _library(self, n_samples):
        classes = self.classes_ if is_classifier(self) else None
        return library_of(
            self.search_,
            n_samples,
            classes,
            n_best=self.n_best,
            needs_models=not self.refit,
            owner=type(self).__name__,
        )

    def _measures(self, library, X, targets, params):
        """Return a function from samples to how predictions for them are scored."""
        scorer = scorer_of(self.search_, self.scoring, type(self).__name__)
        trials = (self.search_.trials_[number] for number in library.numbers)
        check_scores_of(self.search_, scorer, (trial.configuration for trial in trials))
        params = params if self.scoring is None else {}
        classes = self.classes_ if is_classifier(self) else None

        def measure_of(rows):
            X_part, y_part = safe_split(self.search_.estimator, X, targets, rows)
            return make_measure(
                scorer, X_part, y_part, classes, check_method_params(X, params=params, indices=rows)
            )

        return measure_of

    def _members(self, X, y, params):
        """Return the models of each trial."""
        if not self.refit:
            _warn_of_unequal(self.search_.split_sizes_, type(self).__name__)
            return [self.search_.fold_models_[number] for number in self.trial_numbers_]
        search = copy(self.search_)
        # Workers need the trials only.
        for name in ("oof_predictions_", "oof_splits_", "fold_models_", "best_estimator_", "_earlier"):
            vars(search).pop(name, None)
        refitted = Parallel(n_jobs=self.n_jobs)(
            delayed(refit_trial)(search, number, X, y, **params) for number in self.trial_numbers_
        )
        return [[one] for one in refitted]

    def _predict(self, X):
        check_is_fitted(self, "estimators_")
        classes = self.classes_ if is_classifier(self) else None
        averages = [
            np.mean([predict(model, X, method, classes) for model in models], axis=0)
            for models, method in zip(self.estimators_, self._methods, strict=True)
        ]
        combined = self._combine(np.stack(averages))
        # Metrics refuse a share that exceeds one by a rounding error.
        return combined if classes is None else combined / combined.sum(axis=1, keepdims=True)


def _warn_of_unequal(split_sizes, owner):
    sizes = [n_train for n_train, _ in split_sizes]
    if 2 * min(sizes) < max(sizes):
        warnings.warn(
            f"The models of the splits were trained on {min(sizes)} to {max(sizes)} samples, and {owner} averages "
            "them: with such splits refit=True makes better models.",
            UserWarning,
            stacklevel=6,
        )
