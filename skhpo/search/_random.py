"""Random search, a drop-in for scikit-learn's."""

from numbers import Integral

import numpy as np
from sklearn.model_selection import ParameterSampler
from sklearn.utils._param_validation import Interval

from skhpo.search._candidates import merge_repeated
from skhpo.search._drop_in import DropInSearch
from skhpo.space import SearchSpace
from skhpo.study import Study


class RandomizedSearchCV(DropInSearch):
    """Search over configurations drawn at random; a drop-in for scikit-learn's class of the same name.

    For spaces that scikit-learn understands, the candidates are scikit-learn's own for the same `random_state`, in the
    same order, and `cv_results_` is equal except for times. A candidate that is drawn twice is fitted once. An
    infinite score counts as NaN. Beyond that, dimensions of this package (:class:`skhpo.Real`, ...) may be used.

    Parameters
    ----------
    estimator : estimator
        The estimator or pipeline to tune. It needs a ``score`` method unless `scoring` is given.
    param_distributions : dict or list of dict
        Lists of choices, or distributions with an ``rvs`` method, as in scikit-learn; or dimensions.
    n_iter : int, default=10
        Number of candidates.
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
    random_state : int, RandomState instance or None, default=None
        As in scikit-learn.
    error_score : "raise" or float, default=nan
        Score of a fit that fails.
    return_train_score : bool, default=False
        Whether training scores are computed.
    reshuffle : bool, default=False
        Whether every candidate is measured on splits of its own, which depend on the seed of the splitter or else on
        `random_state`; see :class:`BayesSearchCV`.
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
        What is tried before the candidates and counts towards `n_iter`; see :class:`BayesSearchCV`.
    fit_timeout, fit_memory, isolation, devices, storage, warm_start, keep
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
    BayesSearchCV : Fewer fits to the same score.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpo import RandomizedSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> model = LogisticRegression(max_iter=1000)
    >>> search = RandomizedSearchCV(model, {"C": loguniform(1e-2, 1e2)}, n_iter=4, random_state=0).fit(X, y)
    >>> len(search.cv_results_["params"])
    4
    """

    _parameter_constraints: dict = {
        **DropInSearch._parameter_constraints,
        "warm_start": ["boolean"],
        "param_distributions": [dict, list, tuple, SearchSpace],
        "n_iter": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator,
        param_distributions,
        *,
        n_iter=10,
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        verbose=0,
        pre_dispatch="2*n_jobs",
        random_state=None,
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
        warm_start=False,
    ):
        self.estimator = estimator
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.verbose = verbose
        self.pre_dispatch = pre_dispatch
        self.random_state = random_state
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
        self.warm_start = warm_start

    def _spec(self):
        return self.param_distributions

    def _candidates(self, ledger):
        before = list(ledger.candidates)
        n = self.n_iter + len(before)
        drawn = list(ParameterSampler(self.param_distributions, n, random_state=ledger.random_state))
        return self._followed_by_new(before, drawn) if before else drawn

    def _followed_by_new(self, before, drawn):
        """Return the candidates of the calls before, and those of a longer drawing that are not among them."""
        _, rows = merge_repeated(before + drawn)
        known = set(rows[: len(before)])
        new = [one for one, row in zip(drawn, rows[len(before) :], strict=True) if row not in known]
        return before + new[: self.n_iter]

    def _insert_initial(self, proposals, candidates):
        return super()._insert_initial(proposals, candidates)[: len(candidates)]

    def _extended_study(self, space, ledger, **study_arguments):
        n_iter = self.n_iter + ledger.extent
        return Study(
            space, sampler="random", n_iter=n_iter, random_state=ledger.random_state, **study_arguments
        )

    def _n_extended(self, space, ledger):
        n_iter = self.n_iter + ledger.extent
        return n_iter if space.size is None else min(n_iter, space.size)
