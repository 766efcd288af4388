"""Grid search, a drop-in for scikit-learn's."""

import numpy as np
from sklearn.model_selection import ParameterGrid

from skhpo.search._drop_in import DropInSearch
from skhpo.space import SearchSpace
from skhpo.study import Study


class GridSearchCV(DropInSearch):
    """Search over all combinations of choices; a drop-in for scikit-learn's class of the same name.

    For grids that scikit-learn understands the candidates are scikit-learn's own, in the same order, and
    `cv_results_` is equal except for times. A candidate that occurs twice is fitted once. An infinite score counts as
    NaN. Beyond that, finite dimensions of this package (:class:`skhpo.Integer`, :class:`skhpo.Categorical`, ...) may
    be used, conditions included.

    Parameters
    ----------
    estimator : estimator
        The estimator or pipeline to tune. It needs a ``score`` method unless `scoring` is given.
    param_grid : dict or list of dict
        Lists of choices, as in scikit-learn; or finite dimensions.
    scoring : str, callable, list, tuple or dict, default=None
        As in scikit-learn.
    n_jobs : int or None, default=None
        Number of fits at the same time. The result does not depend on it.
    refit : bool, str or callable, default=True
        Whether the best configuration is refitted on all data, as in scikit-learn.
    cv : int, splitter or iterable, default=None
        Cross-validation, as in scikit-learn; None for 5 folds.
    verbose : int, default=0
        From 1 on a line a trial, from 3 on a line a fit as well.
    pre_dispatch : int or str, default="2*n_jobs"
        Largest number of fits submitted at a time.
    error_score : "raise" or float, default=nan
        Score of a fit that fails.
    return_train_score : bool, default=False
        Whether training scores are computed.
    reshuffle : bool, default=False
        Whether every candidate is measured on splits of its own, which depend on the seed of the splitter, and on
        chance where it has none; see :class:`BayesSearchCV`.
    racing : False, "lossless", "margin" or RacingRule, default=False
        Whether a configuration may be stopped before it has been fitted on all folds: "lossless" as soon as it cannot
        win any more, which finds the same winner; "margin" as soon as it hardly can, which saves more.
        :class:`skhpo.schedulers.Lossless` takes a bound for a scorer of your own. Stopped configurations are ranked
        last.
    early_stopping : None, "fold" or float, default=None
        What boosters that stop early (XGBoost, LightGBM, CatBoost, histogram gradient boosting; also at the end of a
        pipeline) are stopped by: "fold" for the test part of each fold, a float for that share of its training part.
        The best configuration is refitted with the median of its folds' best numbers of iterations. With "fold" its
        score is too good by a little, because the number was chosen on the data that it is scored on.
    timeout : float or None, default=None
        Seconds that `fit` may take, refit included.
    stopping : None, str, callable, dict or list, default=None
        When to stop early; see :class:`BayesSearchCV`.
    initial_configurations : None, "default" or list of dict, default=None
        What is tried before the rest of the grid; see :class:`BayesSearchCV`.
    fit_timeout, fit_memory, isolation, devices, storage, keep
        See :class:`BayesSearchCV`.

    Attributes
    ----------
    cv_results_, best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_, refit_time_, \
multimetric_, classes_, n_features_in_, feature_names_in_
        As in scikit-learn.
    trials_ : tuple of Trial
        Everything about every trial, errors with tracebacks included; see :meth:`trials_frame`.
    oof_predictions_, oof_methods_, oof_splits_, fold_models_
        Only with `keep`; see :class:`BayesSearchCV`.

    See Also
    --------
    BayesSearchCV : Far fewer fits where there are more than a few dozen combinations.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpo import GridSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> grid = {"n_neighbors": [1, 5, 9], "weights": ["uniform", "distance"]}
    >>> search = GridSearchCV(KNeighborsClassifier(), grid).fit(X, y)
    >>> search.best_params_
    {'n_neighbors': 5, 'weights': 'uniform'}
    """

    _parameter_constraints: dict = {
        **DropInSearch._parameter_constraints,
        "param_grid": [dict, list, tuple, SearchSpace],
    }

    def __init__(
        self,
        estimator,
        param_grid,
        *,
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        verbose=0,
        pre_dispatch="2*n_jobs",
        error_score=np.nan,
        return_train_score=False,
        reshuffle=False,
        racing=False,
        early_stopping=None,
        timeout=None,
        fit_timeout=None,
        fit_memory=None,
        isolation=None,
        devices=None,
        stopping=None,
        initial_configurations=None,
        storage=None,
        keep=None,
    ):
        self.estimator = estimator
        self.param_grid = param_grid
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.verbose = verbose
        self.pre_dispatch = pre_dispatch
        self.error_score = error_score
        self.return_train_score = return_train_score
        self.reshuffle = reshuffle
        self.racing = racing
        self.early_stopping = early_stopping
        self.timeout = timeout
        self.fit_timeout = fit_timeout
        self.fit_memory = fit_memory
        self.isolation = isolation
        self.devices = devices
        self.stopping = stopping
        self.initial_configurations = initial_configurations
        self.storage = storage
        self.keep = keep

    def _spec(self):
        return self.param_grid

    def _candidates(self, ledger):
        return ParameterGrid(self.param_grid)

    def _extended_study(self, space, ledger, **study_arguments):
        return Study(space, sampler="grid", **study_arguments)

    def _n_extended(self, space, ledger):
        return space.size
