"""How models are trained on: the table `FAMILIES`, one row for each family of estimators that can be.

What is not in the table is trained from the beginning. That is so on purpose for those whose ``warm_start`` gives
another model than training in one go, or is no cheaper:

- `MLPClassifier` and `MLPRegressor` with `max_iter`: a warm start forgets the moments of the optimiser, the learning
  rate and the count of epochs without improvement. With "epochs" they are trained on.
- `SGDClassifier` and its relatives with `max_iter`: a warm start begins the schedule of the learning rate again.
- `LogisticRegression` and other solvers with `max_iter`: a warm start forgets what the solver knows of the curvature.

Estimators are recognised by the names of their classes, so that nothing is imported.
"""

import pickle
import warnings
from collections.abc import Callable
from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.utils.multiclass import type_of_target, unique_labels

from skhpo._sklearn import data_checked_once

ANY_PARTIAL_FIT = "partial_fit"
FOLLOWS_FIT = (
    "eval_set",
    "callbacks",
    "early_stopping_rounds",
    "monitor",
    "X_val",
)  # arguments that may end a fit


class Family(NamedTuple):
    """Estimators that are trained on in one way.

    Attributes
    ----------
    base : str
        Package and name of a class they are derived from; "partial_fit" for all that have this method.
    resources : tuple of str
        "epochs" or names of parameters.
    train : callable
        Called as ``train(model, name, trained, amount, X, y, params)``; takes a model from `trained` to `amount` and
        returns it, or its successor. With "epochs" it also trains from the beginning, where `trained` is 0.
    can_go_on : callable
        Called as ``can_go_on(model)``: whether what `promise` says holds with these parameters.
    promise : str
        How a model that was trained on compares with one that was trained in one go.
    can_be_forced : callable or None
        The same as `can_go_on` where nothing has to compare; None for `can_go_on` itself.
    """

    base: str
    resources: tuple[str, ...]
    train: Callable
    can_go_on: Callable
    promise: str
    can_be_forced: Callable | None = None


def family_of(model, name, forced=False):
    """Return the family of a model for a resource.

    Parameters
    ----------
    model : estimator
        Not a pipeline.
    name : str
        "epochs" or a parameter of it.
    forced : bool, default=False
        Whether it has to be trained on, also where training from the beginning costs less.

    Returns
    -------
    Family or None
        None where it has to be trained from the beginning.
    """
    bases = {f"{one.__module__.partition('.')[0]}.{one.__name__}" for one in type(model).__mro__}
    if hasattr(model, "partial_fit"):
        bases.add(ANY_PARTIAL_FIT)
    # Nothing is known of a `fit` or a `partial_fit` that was written over.
    methods = ("fit", "partial_fit") if name == "epochs" else ("fit",)
    sources = {getattr(type(model), method).__module__ for method in methods if hasattr(model, method)}
    packages = {source.partition(".")[0] for source in sources}
    package = packages.pop() if len(packages) == 1 else ""
    fits = (
        family
        for family in FAMILIES
        if family.base in bases
        and name in family.resources
        and family.base.partition(".")[0] in (package, ANY_PARTIAL_FIT)
        and not (forced and family.can_go_on is _never)
    )
    return next(fits, None)


def _by_warm_start(model, name, trained, amount, X, y, params):
    if _has_stopped(model):
        return model.set_params(**{name: amount})
    warm_start = model.get_params(deep=False)["warm_start"]
    model.set_params(warm_start=True, **{name: amount})
    try:
        with warnings.catch_warnings():
            # Forests warn of other data; these are the same.
            warnings.filterwarnings("ignore", 'class_weight presets "balanced"')
            return model.fit(*_data(X, y), **params)
    finally:
        model.set_params(warm_start=warm_start)


def _has_stopped(model):
    """Whether histogram gradient boosting has stopped early, by its own rule; then more iterations change nothing."""
    if not getattr(model, "do_early_stopping_", False):
        return False
    scores = model.validation_score_ if len(model.validation_score_) else model.train_score_
    n = model.n_iter_no_change
    return len(scores) > n and not np.any(scores[-n:] > scores[-n - 1] + model.tol)


def _by_more_trees_xgboost(model, name, trained, amount, X, y, params):
    booster = model.get_booster()
    seed = model.get_params(deep=False)["random_state"]
    more = amount - booster.num_boosted_rounds()
    model.set_params(n_estimators=more, random_state=_another_seed(seed, trained))
    try:
        return model.fit(*_data(X, y), xgb_model=booster, **params)
    finally:
        model.set_params(n_estimators=amount, random_state=seed)


def _by_more_trees_lightgbm(model, name, trained, amount, X, y, params):
    seed = model.get_params(deep=False)["random_state"]
    booster = model.booster_
    if booster.current_iteration() < trained:  # no split was worth it any more
        return model.set_params(n_estimators=amount)
    model.set_params(n_estimators=amount - trained, random_state=_another_seed(seed, trained))
    try:
        return model.fit(*_data(X, y), init_model=booster, **params)
    finally:
        model.set_params(n_estimators=amount, random_state=seed)


def _by_more_trees_catboost(model, name, trained, amount, X, y, params):
    parameters = model.get_params()
    seed = "random_state" if "random_state" in parameters else "random_seed"
    # The parameters of a fitted model cannot be changed.
    successor = clone(model)
    successor.set_params(**{name: amount - trained, seed: _another_seed(parameters.get(seed), trained)})
    # A model that was in a file goes on with other draws than the one in memory; so all go on as from a file.
    successor.fit(*_data(X, y), init_model=pickle.loads(pickle.dumps(model)), **params)
    # Those of a fitted one can only be changed here: in the end they are those of the whole training.
    successor._init_params = {**parameters, name: amount}
    return successor


def _another_seed(seed, trained):
    """Return the seed for going on; the same one would draw the rows and columns of the first trees again."""
    if seed is None:
        return trained
    return (int(seed) + trained) % 2**31 if isinstance(seed, Integral) else seed


def _by_skorch_epochs(model, name, trained, amount, X, y, params):
    max_epochs = model.max_epochs
    model.set_params(max_epochs=amount - trained)
    try:
        return model.partial_fit(X, y, **params)
    finally:
        model.set_params(max_epochs=max_epochs if name == "epochs" else amount)


def _in_one_fit(model, name, trained, amount, X, y, params):
    return model.set_params(max_iter=amount, tol=None).fit(*_data(X, y), **params)


def _by_epochs_of_perceptron(model, name, trained, amount, X, y, params):
    # An epoch of a small network takes less time than the checks of the data before it, which are always the same.
    with data_checked_once(model):
        return _by_epochs(model, name, trained, amount, X, y, params)


def _by_epochs(model, name, trained, amount, X, y, params):
    first = {} if trained or not is_classifier(model) else {"classes": _classes(model, y)}
    seed = model.get_params(deep=False).get("random_state")
    try:
        for epoch in range(trained, amount):
            # With one and the same seed scikit-learn shuffles the rows into the same order in every call.
            if epoch and isinstance(seed, Integral):
                _set_seed(model, (int(seed) + epoch) % 2**32)
            model.partial_fit(*_data(X, y), **first, **params)
            first = {}
    finally:
        if isinstance(seed, Integral):
            _set_seed(model, seed)
    return model


def _set_seed(model, seed):
    # scikit-learn's own `set_params` goes through all parameters first, which may take as long as a short epoch.
    if type(model).set_params is BaseEstimator.set_params:
        model.random_state = seed
    else:
        model.set_params(random_state=seed)


def _classes(model, y):
    """Return what a classifier's first ``partial_fit`` has to be told: the classes of the training part."""
    if isinstance(model, MultiOutputClassifier) or type_of_target(y) == "multiclass-multioutput":
        return [np.unique(column) for column in np.asarray(y).T]
    return unique_labels(y)


def _data(X, y):
    return (X,) if y is None else (X, y)


def _always(model):
    return True


def _never(model):
    return False


def _has(**values):
    """Return a check that parameters have one of the given values; one that is not listed among them is None."""

    def check(model):
        parameters = model.get_params(deep=False)
        return all(parameters.get(name) in allowed for name, allowed in values.items())

    return check


def _adds_trees(model):
    # XGBoost's random forests are one round of boosting, whatever their number of trees.
    is_forest = type(model).__name__.startswith("XGBRF")
    return not is_forest and _has(booster=(None, "gbtree"), early_stopping_rounds=(None,), callbacks=(None,))(
        model
    )


def _has_fixed_learning_rate(model):
    # CatBoost derives the rate from the number of trees where none is given.
    parameters = model.get_params()
    follows = ("early_stopping_rounds", "od_type", "od_wait", "od_pval", "use_best_model")
    has_rate = any(parameters.get(name) is not None for name in ("learning_rate", "eta"))
    return has_rate and not any(parameters.get(name) for name in follows)


_IN_ONE_GO = "the model that is trained in one go, where random_state is an int"
_BUT_SAMPLED = (
    "the model that is trained in one go; where rows or columns are drawn for each tree, with other draws"
)

# The first row that fits counts.
FAMILIES = (
    Family(
        "sklearn.BaseGradientBoosting",
        ("n_estimators",),
        _by_warm_start,
        _has(n_iter_no_change=(None,)),
        _IN_ONE_GO,
    ),
    Family("sklearn.BaseHistGradientBoosting", ("max_iter",), _by_warm_start, _always, _IN_ONE_GO),
    Family("sklearn.BaseForest", ("n_estimators",), _by_warm_start, _always, _IN_ONE_GO),
    Family(
        "sklearn.BaseBagging", ("n_estimators",), _by_warm_start, _has(oob_score=(None, False)), _IN_ONE_GO
    ),
    Family(
        "xgboost.XGBModel",
        ("n_estimators",),
        _by_more_trees_xgboost,
        _adds_trees,
        _BUT_SAMPLED,
    ),
    Family(
        "lightgbm.LGBMModel",
        ("n_estimators",),
        _by_more_trees_lightgbm,
        _has(
            boosting_type=("gbdt",),
            boosting=(None,),
            early_stopping_round=(None,),
            early_stopping_rounds=(None,),
        ),
        _BUT_SAMPLED,
    ),
    Family(
        "catboost.CatBoost",
        ("iterations", "n_estimators", "num_boost_round", "num_trees"),
        _by_more_trees_catboost,
        _has_fixed_learning_rate,
        "a model of the same kind with other draws; only where the learning rate is given, as it depends on the "
        "number of trees otherwise",
    ),
    Family(
        "skorch.NeuralNet",
        ("epochs", "max_epochs"),
        _by_skorch_epochs,
        _has(callbacks=(None,)),
        "the net that is trained in one go, apart from what PyTorch draws; only without callbacks",
        _always,
    ),
    Family(
        "sklearn.BaseSGD",
        ("epochs",),
        _in_one_fit,
        _never,
        "trained from the beginning, by one fit with max_iter epochs and tol=None: this is what as many calls of "
        "partial_fit do, and one call of fit costs less than going on call by call",
    ),
    Family(
        "sklearn.BaseMultilayerPerceptron",
        ("epochs",),
        _by_epochs_of_perceptron,
        _always,
        "the model of as many calls of partial_fit, as below; the data are checked at the first call only",
    ),
    Family(
        ANY_PARTIAL_FIT,
        ("epochs",),
        _by_epochs,
        _always,
        "the model of as many calls of partial_fit with all of the training part; an int as random_state is counted "
        "up at each call, so that rows are shuffled anew",
    ),
)
