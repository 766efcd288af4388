"""Hyperband: many configurations with a little of a resource, the best of them with more."""

import math
import warnings
from numbers import Integral

import joblib
import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from skhpo._arguments import check_sampler
from skhpo.evaluation import make_resource
from skhpo.samplers import Sampler
from skhpo.schedulers import AshaScheduler, HyperbandScheduler, Rung, hyperband_plan, narrow_plan, plan_cost
from skhpo.search._base import Plan
from skhpo.search._candidates import check_names_of_space
from skhpo.search._initial import begins_somewhere, initial_proposals
from skhpo.search._portfolio import with_portfolio
from skhpo.search._prior import prior_trials, with_best
from skhpo.search._racing import racing_rule
from skhpo.search._results import rank_failed_last
from skhpo.search._rungs import Planned, RungSearch, schedule_frame
from skhpo.search._spaces import search_space, stand_ins
from skhpo.space import SearchSpace
from skhpo.study import Study

# More rungs would begin with so little that scores say nothing.
_MOST_RUNGS = 5
# So do narrow brackets; and what takes as little time as less than this hardly costs less than more of it.
_MOST_NARROW_RUNGS, _LEAST_TO_LEARN_FROM = 3, 5


class HyperbandSearchCV(Planned, RungSearch):
    """Search that gives many configurations a little of a resource, and the best ones of each rung more.

    Hyperband [1]_ runs several successive halvings, its brackets: the first one begins with many configurations and the
    least of the resource, the last one gives a few configurations the whole of it. With a sampler that learns, the
    default, it learns from the largest resource of which there are enough results, as BOHB does [2]_, and there are
    many brackets of few configurations in their place; with ``sampler="random"`` it is Hyperband itself. Every rung is
    scored by the whole cross-validation; ``racing="margin"`` saves about a fifth of its fits. Models are trained
    on from rung to rung where the estimator can do that (``warm_start``, ``partial_fit``, boosters, also at the end of
    a pipeline), and again from the beginning elsewhere.

    Parameters
    ----------
    estimator : estimator
        The estimator or pipeline to tune. It needs a ``score`` method unless `scoring` is given.
    search_spaces : "auto", dict, list of dict or list of (dict, int), default="auto"
        As in :class:`BayesSearchCV`.
    resource : str, default="n_samples"
        What is rationed: "n_samples", "epochs" of ``partial_fit``, or an integer parameter of the estimator or of a
        step of a pipeline, such as "n_estimators" or "clf__max_iter".
    factor : int, default=3
        One configuration in so many goes on to the next rung, with so many times more of the resource.
    min_resources : int or "auto", default="auto"
        The least that a configuration is given. "auto" makes at most five rungs, and takes no fewer samples than two of
        each class in every fold. With narrow brackets it makes three rungs, or two where the lowest of three would
        have less than 5 of the resource, of which scores say little.
    max_resources : int or "auto", default="auto"
        The most that a configuration is given. "auto" takes all samples, or the estimator's own value of the parameter.
    n_repeats : int, default=1
        How many times all brackets are run.
    brackets : {"auto", "all", "narrow"}, default="auto"
        "all" are those of Hyperband. "narrow" are for a sampler that learns: many brackets of few configurations, so
        that each is proposed from more results. They begin with a share of ``1 / factor**2`` of the resource and later
        with ``1 / factor``, and cost about as much as all of Hyperband's, from `min_resources` or with five rungs if
        that is "auto". For the same training they end with better scores. Before them the configuration that is tried
        first is given the whole of it at once, if it is not a random one: a low rung may stop the estimator's own
        parameters although they are good. "auto" chooses them where `sampler` learns, unless
        `asynchronous`.
    sampler : str or Sampler, default="auto"
        How configurations are chosen, as in :class:`BayesSearchCV`.
    asynchronous : bool, default=False
        Whether a configuration goes on as soon as it is among the best of its rung so far, so that no worker ever waits
        (ASHA [3]_). There is one bracket then, of as many configurations as cost as much as all brackets. The result
        depends on the order in which fits end.
    scoring, n_jobs, refit, cv, verbose, error_score, return_train_score
        As in :class:`BayesSearchCV`. A callable `refit` is shown the configurations with the largest resource.
    random_state : int, RandomState instance or None, default=None
        With a seed the result depends on the seed only, whatever the number of workers (unless `asynchronous`).
    reshuffle : bool, default=False
        Whether every configuration is measured on splits of its own, the same ones on all rungs; see
        :class:`BayesSearchCV`.
    racing : False, "lossless", "margin" or RacingRule, default=False
        Whether a configuration may be stopped before it has been fitted on all folds of a rung: it races for the last
        place on the next rung, and on the last rung against the best one so far. See :class:`BayesSearchCV`; not
        with `asynchronous`.
    timeout, fit_timeout, fit_memory, isolation, devices, stopping, initial_configurations, prior_observations, \
storage, keep
        As in :class:`BayesSearchCV`. Stopping rules see the configurations that are finished: those that were given the
        largest resource, and those that did not go on.
    warm_start : bool, default=False
        Whether another call of `fit` goes on with the trials of the one before, for `n_repeats` more.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        One row for each rung of each configuration, by brackets and rungs, with scikit-learn's columns and "iter",
        "n_resources" and "bracket".
    best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_, refit_time_, multimetric_
        As in :class:`BayesSearchCV`. The best configuration is one of those with the largest resource; it is fitted on
        all data with it.
    schedule_ : pandas.DataFrame
        The plan, see :meth:`schedule`.
    min_resources_, max_resources_ : int
        The least and the most that a configuration was given.
    trials_ : tuple of Trial
        Everything about every trial.
    oof_predictions_, oof_methods_, oof_splits_, fold_models_
        Only with `keep`; see :class:`BayesSearchCV`.
    classes_, n_features_in_, feature_names_in_
        Those of the best estimator.

    See Also
    --------
    HalvingRandomSearchCV : One halving over candidates drawn at random, as in scikit-learn.
    BayesSearchCV : The whole resource for every configuration.

    References
    ----------
    .. [1] Li, L., Jamieson, K., DeSalvo, G., Rostamizadeh, A. & Talwalkar, A. (2018). Hyperband: a novel bandit-based
       approach to hyperparameter optimization. JMLR 18(185).
    .. [2] Falkner, S., Klein, A. & Hutter, F. (2018). BOHB: robust and efficient hyperparameter optimization at scale.
       ICML.
    .. [3] Li, L. et al. (2020). A system for massively parallel hyperparameter tuning. MLSys.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import GradientBoostingClassifier
    >>> from skhpo import HyperbandSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"learning_rate": (1e-3, 1.0, "log-uniform"), "max_depth": (1, 4)}
    >>> search = HyperbandSearchCV(
    ...     GradientBoostingClassifier(random_state=0),
    ...     space,
    ...     resource="n_estimators",
    ...     max_resources=9,
    ...     random_state=0,
    ... )
    >>> search.schedule().head(5)
       bracket  iter  n_candidates  n_resources
    0        0     0             1            9
    1        1     0             5            3
    2        1     1             1            9
    3        2     0             3            3
    4        2     1             1            9
    >>> search.set_params(brackets="all").schedule()
       bracket  iter  n_candidates  n_resources
    0        0     0             9            1
    1        0     1             3            3
    2        0     2             1            9
    3        1     0             5            3
    4        1     1             1            9
    5        2     0             3            9
    >>> search.fit(X, y).best_params_["n_estimators"]
    9
    """

    _parameter_constraints: dict = {
        **RungSearch._parameter_constraints,
        "prior_observations": "no_validation",
        "warm_start": ["boolean"],
        "search_spaces": [dict, list, tuple, SearchSpace, StrOptions({"auto"})],
        "factor": [Interval(Integral, 2, None, closed="left")],
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
        "brackets": [StrOptions({"auto", "all", "narrow"})],
        "sampler": [str, Sampler],
        "asynchronous": ["boolean"],
        "random_state": ["random_state"],
        "initial_configurations": [StrOptions({"default", "portfolio"}), list, tuple, None],
    }

    def __init__(
        self,
        estimator,
        search_spaces="auto",
        *,
        resource="n_samples",
        factor=3,
        min_resources="auto",
        max_resources="auto",
        n_repeats=1,
        brackets="auto",
        sampler="auto",
        asynchronous=False,
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
        self.resource = resource
        self.factor = factor
        self.min_resources = min_resources
        self.max_resources = max_resources
        self.n_repeats = n_repeats
        self.brackets = brackets
        self.sampler = sampler
        self.asynchronous = asynchronous
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

    def _plan_of(self, resource, extent=0):
        """Return the brackets, given the resource; `extent` is how many repeats came before."""
        n_repeats = self.n_repeats + extent
        most, owner = self._most(resource), type(self).__name__
        least = usual = min(max(resource.n_min, most // self.factor ** (_MOST_RUNGS - 1)), most)
        if self.min_resources != "auto":
            least = usual = self.min_resources
        resource.check_amount(least, "min_resources", owner)
        if least > most:
            raise ValueError(f"min_resources={least} is greater than max_resources={most}.")
        if not self._is_narrow():
            return hyperband_plan(least, most, self.factor, n_repeats)
        if self.min_resources == "auto":
            lowest = most // self.factor ** (_MOST_NARROW_RUNGS - 1)
            least = lowest if lowest >= max(least, _LEAST_TO_LEARN_FROM) else max(most // self.factor, least)
        cost = plan_cost(hyperband_plan(usual, most, self.factor, n_repeats))
        plan = narrow_plan(least, most, self.factor, cost=cost)
        if self.asynchronous or len(plan[0]) == 1 or not begins_somewhere(self):
            return plan
        # A low rung may stop what is tried first, and the search would end below the estimator's own parameters.
        return (Rung(1, most),), *narrow_plan(least, most, self.factor, cost=cost - most)

    def _is_narrow(self):
        """Whether there are many brackets of few configurations."""
        if self.brackets == "auto":
            return not self.asynchronous and check_sampler(self.sampler, type(self).__name__).uses_scores
        return self.brackets == "narrow"

    def _most(self, resource):
        owner = type(self).__name__
        if self.max_resources != "auto":
            return resource.check_amount(self.max_resources, "max_resources", owner)
        own = resource.n_max or self.estimator.get_params().get(self.resource)
        if own is None:
            raise ValueError(
                f"The 'max_resources' parameter of {owner} must be an int: the estimator has no number of its own for "
                f"resource={self.resource!r}. Got 'auto' instead."
            )
        return resource.check_amount(own, "max_resources", owner)

    def _format_rows(self, rows, n_splits):
        results = super()._format_rows(rows, n_splits)
        rank_failed_last(results, rows.is_failed)
        return results

    def _plan(self, task, drawn, ledger, **study_arguments):
        space = search_space(self, task, self.resource)
        check_names_of_space(task.estimator, space)
        owner, names = type(self).__name__, {n for sub in space.subspaces for n in sub.dimensions}
        resource = make_resource(self.resource, task, seed=self._subset_seed(), searched=names, owner=owner)
        plan = self._plan_of(resource, ledger.extent)
        if self.resource == "n_samples":
            # A default space has to suit the lowest rung, too.
            space = search_space(self, task, self.resource, min(bracket[0].resource for bracket in plan))
        _warn_of_a_single(plan)
        self.schedule_ = schedule_frame(plan)
        self.min_resources_ = min(bracket[0].resource for bracket in plan)
        self.max_resources_ = plan[0][-1].resource
        scheduler, n_trials, n_fits = self._scheduler(plan, task, study_arguments["metric"])
        sampler = check_sampler(self.sampler, owner)
        if self.timeout is not None:
            sampler = sampler.with_time_limit(self.timeout, n_trials, joblib.effective_n_jobs(self._n_jobs))
        prior = prior_trials(
            self.prior_observations, space, study_arguments["metric"], owner, task.estimator.get_params()
        )
        study = Study(
            space,
            sampler=sampler,
            n_iter=n_trials,
            scheduler=scheduler,
            initial_configurations=with_portfolio(
                with_best(self._initial(task, space, ledger.trials), prior),
                self,
                task,
                space,
                n_trials,
                ledger.trials,
            ),
            prior=prior,
            random_state=ledger.random_state,
            **study_arguments,
        )
        extent = self.n_repeats + ledger.extent
        return Plan(study, None, n_trials, resource, self.max_resources_, n_fits, extent=extent)

    def _best_index(self, metric):
        index = super()._best_index(metric)
        reached = self.cv_results_["n_resources"][index]
        if reached < self.max_resources_:
            warnings.warn(
                f"The search ended before any configuration had the whole resource: the best one had {reached} of "
                f"{self.max_resources_}.",
                UserWarning,
                stacklevel=2,
            )
        return index

    def _initial(self, task, space, earlier):
        """Return what is tried first; what an earlier search found may name the resource, which is not searched."""
        given = self.initial_configurations
        if isinstance(given, list | tuple):
            given = [{name: value for name, value in one.items() if name != self.resource} for one in given]
        return initial_proposals(given, task.estimator, space, self._say, **stand_ins(self, task, earlier))

    def _subset_seed(self):
        return self.random_state if isinstance(self.random_state, Integral) else 0

    def _scheduler(self, plan, task, metric):
        """Return the scheduler, the largest number of trials and that of fits."""
        n_splits, rule = task.n_splits, racing_rule(self, task, metric)
        n_trials = sum(bracket[0].n_trials for bracket in plan)
        n_fits = n_splits * sum(rung.n_trials for bracket in plan for rung in bracket)
        if not self.asynchronous:
            return HyperbandScheduler(n_splits, plan, metric, rule), n_trials, n_fits
        if rule is not None:
            raise ValueError(
                "racing and asynchronous=True exclude each other: a race is for a place on a rung."
            )
        resources = [rung.resource for rung in plan[0]]
        total = sum(rung.n_trials * rung.resource for bracket in plan for rung in bracket)
        # Every rung costs about as much as the first one.
        n_trials = max(
            math.ceil(total / (resources[0] * len(resources))), self.factor ** (len(resources) - 1)
        )
        scheduler = AshaScheduler(n_splits, resources, self.factor, metric)
        return scheduler, n_trials, n_splits * n_trials * len(resources)


def _warn_of_a_single(plan):
    if len(plan) == 1 and plan[0][0].n_trials == 1:
        warnings.warn(
            f"There is a single configuration to try: min_resources={plan[0][0].resource} and "
            f"max_resources={plan[0][-1].resource} leave no room for a rung below.",
            UserWarning,
            stacklevel=3,
        )
