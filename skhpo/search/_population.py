"""Population-based training: hyperparameters change while models are trained."""

from dataclasses import replace
from numbers import Integral
from types import SimpleNamespace

import numpy as np
from sklearn.base import clone
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skhpo.evaluation import begin, can_go_on, fixed_parameters, make_resource, train_stages
from skhpo.samplers import EXPLOIT, EXPLORE, PopulationSampler
from skhpo.schedulers import PopulationScheduler
from skhpo.search._base import Plan
from skhpo.search._candidates import check_names_of_space
from skhpo.search._initial import initial_proposals
from skhpo.search._portfolio import with_portfolio
from skhpo.search._results import rank_failed_last
from skhpo.search._rungs import RungSearch
from skhpo.search._spaces import search_space, stand_ins
from skhpo.space import SearchSpace
from skhpo.study import Study
from skhpo.trial import lineage


class PopulationSearchCV(RungSearch):
    """Search that trains a population of models, and changes hyperparameters while they are trained.

    Population-based training [1]_ finds a schedule of hyperparameters instead of fixed values: all models are trained a
    step further and scored; then the bad ones are replaced by copies of good ones, whose hyperparameters are changed a
    little, and so on. Every score is that of the whole cross-validation: a member is one model for each split. The
    winner's schedule is `best_schedule_`, and the refit follows it on all data.

    Models have to be trained on: by ``partial_fit`` (also skorch's nets), by ``warm_start`` (boosting, forests), or as
    XGBoost, LightGBM and CatBoost do it; also as the last step of a pipeline.

    Parameters
    ----------
    estimator : estimator
        The estimator or pipeline to tune. It needs a ``score`` method unless `scoring` is given.
    search_spaces : "auto", dict or list of dict, default="auto"
        As in :class:`BayesSearchCV`. What cannot change in mid-training (steps of a pipeline before the last one,
        sizes of layers, see `fixed_params_`) is drawn for the first generation, and copied with the model afterwards.
    population_size : int, default=20
        Models, one for each split, that are trained side by side.
    n_generations : int, default=10
        How many times they are trained a step further.
    resource : str, default="epochs"
        What a step is counted in: "epochs" of ``partial_fit``, or an integer parameter of the estimator or of a step
        of a pipeline, such as "n_estimators" or "clf__max_iter".
    step : int, default=1
        How much of the resource a generation adds.
    exploit : {"truncation", "tournament"}, default="truncation"
        Who is replaced: the worst fifth, each by a random one of the best fifth; or whoever is worse than a random
        other member, by that one.
    explore : {"perturb", "resample"}, default="perturb"
        How the hyperparameters of a copy change: numbers by a factor of 0.8 or 1.2, ordered choices to a neighbour,
        other choices seldom; or each one drawn anew from the space with a probability of 1/4.
    scoring, n_jobs, refit, cv, verbose, error_score, return_train_score
        As in :class:`BayesSearchCV`. A single split, ``cv=ShuffleSplit(1)``, is what is usual for nets. A callable
        `refit` is shown the last generation.
    random_state : int, RandomState instance or None, default=None
        With a seed the result depends on the seed only, whatever the number of workers.
    timeout, fit_timeout, fit_memory, isolation, devices, stopping, initial_configurations, storage, keep
        As in :class:`BayesSearchCV`. A trial is a member in one generation; initial configurations are members of the
        first one.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        One row for each member and generation, by generations, with scikit-learn's columns and "iter", the generation,
        and "n_resources".
    best_schedule_ : list of (int, dict)
        How the winner was trained: up to how much of the resource with which hyperparameters.
    best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_, refit_time_, multimetric_
        As in :class:`BayesSearchCV`. The winner is the best of the last generation that is complete and of what was
        measured after it; `best_params_` are the last ones of its schedule.
    fixed_params_ : list of str
        Hyperparameters that do not change in mid-training.
    trials_ : tuple of Trial
        Everything about every member and generation; `Trial.parent` is where its models come from.
    oof_predictions_, oof_methods_, oof_splits_, fold_models_
        Only with `keep`; see :class:`BayesSearchCV`.
    classes_, n_features_in_, feature_names_in_
        Those of the best estimator.

    See Also
    --------
    HyperbandSearchCV : Fixed hyperparameters, and less training for the bad ones.

    References
    ----------
    .. [1] Jaderberg, M. et al. (2017). Population based training of neural networks. arXiv:1711.09846.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import SGDClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skhpo import PopulationSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = PopulationSearchCV(
    ...     make_pipeline(StandardScaler(), SGDClassifier(learning_rate="constant", random_state=0)),
    ...     {
    ...         "sgdclassifier__eta0": (1e-4, 1.0, "log-uniform"),
    ...         "sgdclassifier__alpha": (1e-6, 1e-1, "log-uniform"),
    ...     },
    ...     population_size=5,
    ...     n_generations=4,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> [resource for resource, params in search.best_schedule_]
    [1, 2, 3, 4]
    >>> search.best_schedule_[-1][1] == search.best_params_
    True
    """

    _parameter_constraints: dict = {
        **RungSearch._parameter_constraints,
        "search_spaces": [dict, list, tuple, SearchSpace, StrOptions({"auto"})],
        "population_size": [Interval(Integral, 2, None, closed="left")],
        "n_generations": [Interval(Integral, 1, None, closed="left")],
        "step": [Interval(Integral, 1, None, closed="left")],
        "exploit": [StrOptions(set(EXPLOIT))],
        "explore": [StrOptions(set(EXPLORE))],
        "random_state": ["random_state"],
        "initial_configurations": [StrOptions({"default", "portfolio"}), list, tuple, None],
    }
    del _parameter_constraints["min_resources"]
    del _parameter_constraints["max_resources"]
    del _parameter_constraints["racing"]
    del _parameter_constraints["reshuffle"]

    racing = False
    reshuffle = False  # models are copied from member to member, and must not see the rows that score them
    _has_brackets = False

    def __init__(
        self,
        estimator,
        search_spaces="auto",
        *,
        population_size=20,
        n_generations=10,
        resource="epochs",
        step=1,
        exploit="truncation",
        explore="perturb",
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        verbose=0,
        random_state=None,
        error_score=np.nan,
        return_train_score=False,
        timeout=None,
        fit_timeout=None,
        fit_memory=None,
        isolation=None,
        devices=None,
        stopping=None,
        initial_configurations="default",
        storage=None,
        keep=None,
    ):
        self.estimator = estimator
        self.search_spaces = search_spaces
        self.population_size = population_size
        self.n_generations = n_generations
        self.resource = resource
        self.step = step
        self.exploit = exploit
        self.explore = explore
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.verbose = verbose
        self.random_state = random_state
        self.error_score = error_score
        self.return_train_score = return_train_score
        self.timeout = timeout
        self.fit_timeout = fit_timeout
        self.fit_memory = fit_memory
        self.isolation = isolation
        self.devices = devices
        self.stopping = stopping
        self.initial_configurations = initial_configurations
        self.storage = storage
        self.keep = keep

    def __sklearn_clone__(self):
        # Conditions and configurations refer to choices, which are the user's own objects: copies would be others.
        clone = super().__sklearn_clone__()
        clone.search_spaces = self.search_spaces
        clone.initial_configurations = self.initial_configurations
        return clone

    def replay(self, X, y=None, **params):
        """Train a new model along the winner's schedule.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Any data; the refit does this with those of the search.
        y : array-like of shape (n_samples,), default=None
            The target.
        **params : dict of str -> object
            Parameters of the estimator's ``fit``.

        Returns
        -------
        estimator
            The fitted model.
        """
        check_is_fitted(self, "best_schedule_")
        task = SimpleNamespace(estimator=self.estimator)
        task.resource = make_resource(self.resource, task, owner=type(self).__name__)
        return self._replay(begin(self.estimator, self.best_schedule_), task, X, y, params)

    def _replay(self, estimator, task, X, y, params):
        return train_stages(estimator, task, self.best_schedule_, X, y, params)

    def _new_best(self, task):
        return begin(task.estimator, self.best_schedule_)

    def _fit_best(self, task):
        return self._replay(self.best_estimator_, task, task.X, task.y, task.fit_params)

    def _select(self, metric):
        super()._select(metric)
        if hasattr(self, "best_index_"):
            line = lineage(self.trials_, self._measured()[self.best_index_].number)
            self.best_schedule_ = [(trial.resource, trial.configuration) for trial in line]

    def _measured(self):
        """Return the trial of each row."""
        return [trial for trial in self.trials_ if len(trial.measurements) == self.n_splits_]

    def _finalists(self, is_known):
        """Say of each row whether it is of the last complete generation or later, and has not failed."""
        generations = self.cv_results_["iter"]
        complete = np.flatnonzero(np.bincount(generations) == self.population_size)
        is_sound = is_known & np.array([trial.status != "failed" for trial in self._measured()])
        latest = is_sound & (generations >= max(complete, default=0))
        return latest if latest.any() else super()._finalists(is_sound if is_sound.any() else is_known)

    def _format_rows(self, rows, n_splits):
        results = super()._format_rows(rows, n_splits)
        rank_failed_last(results, rows.is_failed)
        return results

    def _time_budget(self, task):
        budget = super()._time_budget(task)
        return None if budget is None else replace(budget, step=self.step)

    def _plan(self, task, drawn, ledger, **study_arguments):
        space, owner = search_space(self, task, self.resource), type(self).__name__
        check_names_of_space(task.estimator, space)
        names = {name for subspace in space.subspaces for name in subspace.dimensions}
        resource = make_resource(self.resource, task, searched=names, owner=owner)
        self.fixed_params_ = self._check_changes(task, space, resource)
        initial = initial_proposals(
            self.initial_configurations,
            task.estimator,
            space,
            self._say,
            **stand_ins(self, task, ledger.trials),
        )
        if len(initial) > self.population_size:
            raise ValueError(
                f"The 'population_size' parameter of {owner} must be at least the number of initial configurations, "
                f"{len(initial)}. Got {self.population_size} instead."
            )
        initial = with_portfolio(initial, self, task, space, self.population_size, ledger.trials)
        n_trials = self.population_size * self.n_generations
        study = Study(
            space,
            sampler=PopulationSampler(self.population_size, self.exploit, self.explore, self.fixed_params_),
            n_iter=n_trials,
            scheduler=PopulationScheduler(task.n_splits, self.population_size, self.n_generations, self.step),
            initial_configurations=initial,
            random_state=ledger.random_state,
            **study_arguments,
        )
        return Plan(study, None, n_trials, resource, self.step * self.n_generations, is_staged=True)

    def _check_changes(self, task, space, resource):
        """Return the names that are fixed; raises where models cannot be trained on, or nothing can change."""
        owner, fixed = type(self).__name__, set()
        if resource.name == "n_samples":
            raise ValueError(
                f"The 'resource' parameter of {owner} must be 'epochs' or the name of a parameter of the estimator. "
                "Got 'n_samples' instead."
            )
        for subspace in space.subspaces:
            if subspace.n_iter is not None:
                raise ValueError(
                    f"Sub-spaces of {owner} cannot have a number of configurations of their own."
                )
            (sample,) = SearchSpace(dict(subspace.dimensions)).sample(np.random.default_rng(0), 1)
            estimator = clone(task.estimator).set_params(**clone(sample, safe=False))
            if not can_go_on(estimator, resource.name, task.fit_params, forced=True):
                raise ValueError(
                    f"{owner} trains models on, and {type(estimator).__name__} cannot be trained on with "
                    f"resource={resource.name!r} and these parameters."
                )
            fixed.update(fixed_parameters(task.estimator, subspace.dimensions))
        names = [name for name in space.names if name in fixed]
        if len(names) == len(space.names):
            raise ValueError(
                f"The 'search_spaces' parameter of {owner} must have a hyperparameter that can change in mid-training. "
                f"Got {names} instead."
            )
        return names
