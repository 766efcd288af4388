"""Model-based search."""

from numbers import Integral

import joblib
import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from skhpo._arguments import check_sampler
from skhpo.samplers import Sampler
from skhpo.search._base import BaseSearch, Plan, lookahead
from skhpo.search._candidates import check_names_of_space
from skhpo.search._initial import initial_proposals
from skhpo.search._portfolio import with_portfolio
from skhpo.search._prior import prior_trials, with_best
from skhpo.search._racing import fold_scheduler
from skhpo.search._results import rank_failed_last
from skhpo.search._spaces import search_space, stand_ins
from skhpo.space import SearchSpace
from skhpo.study import Study


class BayesSearchCV(BaseSearch):
    """Search that learns from the scores so far which hyperparameters to try next.

    It is used like :class:`sklearn.model_selection.RandomizedSearchCV`, and finds better configurations in fewer
    fits. All fits of all configurations and folds go through one queue, so that no core idles.

    Parameters
    ----------
    estimator : estimator
        The estimator or pipeline to tune. It needs a ``score`` method unless `scoring` is given.
    search_spaces : "auto", dict, list of dict or list of (dict, int), default="auto"
        From names of hyperparameters to domains: ``(low, high)``, ``(low, high, "log-uniform")``, a list of choices,
        a dimension such as :class:`skhpo.Real`, a frozen ``scipy.stats`` distribution, or a dimension of
        scikit-optimize or Optuna. Several dicts are sub-spaces that share `n_iter`; a pair gives a sub-space that
        many configurations.
        "auto" is :func:`skhpo.defaults.default_space` of the estimator, for the models that people tune and for
        pipelines of them.
    n_iter : int, default=50
        Number of configurations. A finite space ends the search when everything has been tried.
    sampler : str or Sampler, default="auto"
        How configurations are chosen: "auto", "gp", "forest", "tpe", "sobol", "random", "grid", or a sampler.
    scoring : str, callable, list, tuple or dict, default=None
        As in scikit-learn. Of several metrics the one named by `refit` is optimised, the first one if `refit` is
        False or a callable.
    n_jobs : int or None, default=None
        Number of fits at the same time; the joblib backend is that of ``joblib.parallel_config``.
    refit : bool, str or callable, default=True
        Whether the best configuration is refitted on all data, as in scikit-learn.
    cv : int, splitter or iterable, default=None
        Cross-validation, as in scikit-learn; None for 5 folds. Splits are drawn once, or see `reshuffle`.
    verbose : int, default=0
        From 1 on a line a trial, from 3 on a line a fit as well.
    random_state : int, RandomState instance or None, default=None
        With a seed and no `timeout` the result depends on the seed and `n_jobs` only, whatever finishes first. With
        None every result counts as soon as it is there.
    error_score : "raise" or float, default=nan
        Score of a fit that fails. The search goes on, and the error is kept with the trial.
    return_train_score : bool, default=False
        Whether training scores are computed.
    reshuffle : bool, default=False
        Whether every configuration is measured on splits of its own [1]_, so that none is chosen because it suits the
        one way in which the data happen to be split. `cv` is None, an int, which stands for shuffled folds, or a
        splitter that shuffles. The splits of a configuration depend on its number and on the seed only, that of the
        splitter or else `random_state`. Folds cannot be compared then: of the rules of `racing`, "lossless" remains.
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
        Seconds that `fit` may take, refit included. At least one configuration is evaluated. What is found then
        depends on the speed of the machine, with a seed too: where the time ends before `n_iter` does, the samplers
        "auto" and "gp" prefer configurations that improve most per second.
    fit_timeout : float or None, default=None
        Seconds that one fit may take, with its scoring. A fit that takes longer is stopped together with its worker,
        which is replaced, and its configuration fails. Fits then run in worker processes with ``n_jobs=1``, too.
    fit_memory : int, float or None, default=None
        Bytes, such as ``4e9``, that one fit may need beyond what its worker has when it begins (on Linux, in worker
        processes). A fit that needs more fails with a ``MemoryError``.
    isolation : None or "process", default=None
        "process" has fits run in a worker process with ``n_jobs=1``, too: a fit that brings its process down costs
        nothing else.
    devices : list of int or str, or None, default=None
        Accelerators, such as ``[0, 1]``; integers count those that this process sees. The fits of each worker see one
        of them only, through the environment variable ``CUDA_VISIBLE_DEVICES``; ``n_jobs=None`` means as many workers
        as there are devices.
    stopping : None, str, callable, dict or list, default=None
        When to stop early: "regret_bound" (see :class:`skhpo.RegretBound`), a dict such as
        ``{"patience": 20, "target": 0.95, "fit_seconds": 3600}``, a rule such as :class:`skhpo.Patience`, a callable
        of the finished trials, or a list of these.
    initial_configurations : "default", "portfolio", list of dict or None, default="default"
        What is tried first and counts towards `n_iter`: "default" for the estimator's own parameters, a list for these
        followed by the given configurations. If the defaults are outside the space, what is nearest to them is tried
        (see the user guide). With the default space,
        and without prior observations, they are followed by :func:`skhpo.defaults.portfolio` of the estimator, in at
        most a quarter of `n_iter`. An empty list leaves it out, and "portfolio" has it tried in a space of your own, as
        far as it is there.
    prior_observations : object or None, default=None
        Results of earlier or other searches that the sampler learns from: the path of a storage file, a fitted search,
        its ``cv_results_`` as a dict or DataFrame, or an Optuna study. They do not count towards `n_iter` and are no
        rows of the results; the best of them is tried first. Hyperparameters that they lack had the estimator's own
        values.
    storage : str, path or None, default=None
        An SQLite file to which every fit is written as soon as it is done. If it exists, the search goes on from what
        is in it; a file of another search is refused. See :func:`skhpo.load`.
    keep : None, "predictions", "models" or int, default=None
        "predictions" keeps what the models of complete configurations predict for the test parts of the splits, in
        `oof_predictions_`, and the splits, in `oof_splits_`: for :func:`skhpo.inspection.corrected_score` and for
        ensembles. That takes 8 bytes for each configuration, sample and predicted number, and with `reshuffle` up to 4
        more for each configuration and index of a test part, and of a training part that is not all other samples in
        order. "models" keeps the models as well, in `fold_models_`, and
        predictions as an :class:`skhpo.EnsembleSelection` needs them whatever the scorer is; an int is the number of
        configurations whose models are kept, the best ones, which otherwise is 50; with `warm_start` the number may be
        another one at each call of `fit`. Models are held pickled: up to 256 MiB in memory, and beyond that in a
        temporary directory.
    warm_start : bool, default=False
        Whether another call of `fit` goes on with the trials of the one before, for `n_iter` more.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        One row a configuration, in the order of proposal, with scikit-learn's columns.
    best_estimator_ : estimator
        Refitted on all data; only if `refit` is not False.
    best_score_ : float
        Mean cross-validated score of the best configuration.
    best_params_ : dict
        The best configuration.
    best_index_ : int
        Its row in `cv_results_`.
    scorer_ : callable or dict
        The scorer, or the scorers by name.
    n_splits_ : int
        Number of cross-validation splits.
    split_sizes_ : list of (int, int)
        How many samples each split trains on and tests.
    refit_time_ : float
        Seconds the refit took.
    multimetric_ : bool
        Whether there are several metrics.
    lookahead_ : int or None
        How many trials the proposals lag behind, with a seed; see :class:`Study`.
    trials_ : tuple of Trial
        Everything about every trial, errors with tracebacks included; see :meth:`trials_frame`.
    oof_predictions_ : ndarray of shape (n_trials, n_samples, ...)
        Out-of-fold predictions by the method that the scorer calls, a dict of them by method if there are several; only
        with `keep`. NaN for configurations that are not complete, come from a file, or predict in another shape than
        most, and for samples that no split tests; of shape (n_trials, n_samples) if nothing is known. A single column
        is a vector. Where several splits test a sample, its numbers are averaged, and of its labels the first one is
        taken.
    oof_methods_ : list of str
        The methods that they come from, such as "predict_proba", and "predict" if nothing is known; only with `keep`.
    oof_splits_ : mapping of int to list of (ndarray, ndarray)
        Train and test indices of each split, by the number of the trial, for complete ones; only with `keep`. They are
        those that `cv` has yielded, the same for all trials unless `reshuffle` is set. Models may have been trained on
        a part of the train indices: with `early_stopping`, or where the largest resource is not all samples.
    fold_models_ : mapping of int to list of estimators
        The models of the splits, by the number of the trial; only if `keep` asks for models.
    classes_, n_features_in_, feature_names_in_
        Those of the best estimator.

    References
    ----------
    .. [1] Nagler, T., Schneider, L., Bischl, B. & Feurer, M. (2024). Reshuffling resampling splits can improve
       generalization of hyperparameter optimization. NeurIPS.

    See Also
    --------
    RandomizedSearchCV : Candidates drawn at random, as in scikit-learn.
    GridSearchCV : All combinations, as in scikit-learn.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import BayesSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": (1e-2, 1e3, "log-uniform"), "kernel": ["linear", "rbf"]}
    >>> search = BayesSearchCV(SVC(), space, n_iter=8, random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.95)
    True
    """

    _parameter_constraints: dict = {
        **BaseSearch._parameter_constraints,
        "prior_observations": "no_validation",
        "warm_start": ["boolean"],
        "search_spaces": [dict, list, tuple, SearchSpace, StrOptions({"auto"})],
        "n_iter": [Interval(Integral, 1, None, closed="left")],
        "sampler": [str, Sampler],
        "random_state": ["random_state"],
        "initial_configurations": [StrOptions({"default", "portfolio"}), list, tuple, None],
    }
    del _parameter_constraints["pre_dispatch"]

    def __init__(
        self,
        estimator,
        search_spaces="auto",
        *,
        n_iter=50,
        sampler="auto",
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        verbose=0,
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
        initial_configurations="default",
        prior_observations=None,
        storage=None,
        keep=None,
        warm_start=False,
    ):
        self.estimator = estimator
        self.search_spaces = search_spaces
        self.n_iter = n_iter
        self.sampler = sampler
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.verbose = verbose
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
        self.prior_observations = prior_observations
        self.storage = storage
        self.keep = keep
        self.warm_start = warm_start

    def __sklearn_clone__(self):
        # Conditions and configurations refer to choices, which are the user's own objects: copies would be others.
        clone = super().__sklearn_clone__()
        clone.search_spaces = self.search_spaces
        clone.initial_configurations = self.initial_configurations
        return clone

    def _format_rows(self, rows, n_splits):
        results = super()._format_rows(rows, n_splits)
        rank_failed_last(results, rows.is_failed)
        return results

    def _plan(self, task, drawn, ledger, **study_arguments):
        space = search_space(self, task)
        check_names_of_space(task.estimator, space)
        is_seeded = self.random_state is not None
        races = self.racing is not False
        n_iter = self.n_iter + ledger.extent
        n_trials = n_iter if space.size is None else min(n_iter, space.size)
        lag = lookahead(self._n_jobs, task.n_splits, races, n_trials) if is_seeded else None
        self.lookahead_ = ledger.lookahead(lag)
        sampler = check_sampler(self.sampler, type(self).__name__)
        if self.timeout is not None:
            sampler = sampler.with_time_limit(self.timeout, n_trials, joblib.effective_n_jobs(self._n_jobs))
        metric = study_arguments["metric"]
        prior = prior_trials(
            self.prior_observations, space, metric, type(self).__name__, task.estimator.get_params()
        )
        initial = initial_proposals(
            self.initial_configurations,
            task.estimator,
            space,
            self._say,
            **stand_ins(self, task, ledger.trials),
        )
        study = Study(
            space,
            sampler=sampler,
            n_iter=n_iter,
            scheduler=fold_scheduler(self, task, metric, self.lookahead_),
            initial_configurations=with_portfolio(
                with_best(initial, prior), self, task, space, n_trials, ledger.trials
            ),
            prior=prior,
            random_state=ledger.random_state,
            lookahead=self.lookahead_,
            **study_arguments,
        )
        return Plan(study, None, n_trials)
