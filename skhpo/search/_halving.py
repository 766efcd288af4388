"""Drop-in replacements for scikit-learn's searches by successive halving."""

from abc import abstractmethod
from math import floor, log
from numbers import Integral, Real

import numpy as np
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from skhpo.evaluation import make_resource
from skhpo.samplers import Proposal
from skhpo.schedulers import HyperbandScheduler, halving_plan
from skhpo.search._base import Plan
from skhpo.search._candidates import check_names
from skhpo.search._drop_in import is_extended
from skhpo.search._racing import racing_rule
from skhpo.search._rungs import Planned, RungSearch
from skhpo.space import SearchSpace
from skhpo.study import Study


class HalvingSearch(Planned):
    """What a `RungSearch` needs to be one successive halving over scikit-learn's candidates, with its schedule."""

    _parameter_constraints: dict = {
        **RungSearch._parameter_constraints,
        "max_resources": [Interval(Integral, 0, None, closed="neither"), StrOptions({"auto"})],
        "min_resources": [Interval(Integral, 0, None, closed="neither"), StrOptions({"exhaust", "smallest"})],
        "factor": [Interval(Real, 1, None, closed="neither")],
        "aggressive_elimination": ["boolean"],
        "random_state": ["random_state"],
    }
    del _parameter_constraints["initial_configurations"]

    _has_brackets = False

    def _check_data(self, X):
        if getattr(X, "shape", (1,))[0] == 0:
            raise ValueError("min_resources_=0: you might have passed an empty dataset X.")

    @abstractmethod
    def _candidates(self, least, most, random_state):
        """Return scikit-learn's candidates."""

    def _plan_of(self, resource):
        return (self._halving(resource, getattr(self, "random_state", None))[1],)

    def _halving(self, resource, random_state):
        """Return the candidates and the rungs, by scikit-learn's rules."""
        least, most = self._limits(resource)
        candidates = self._candidates(least, most, random_state)
        if resource.name not in ("n_samples", "epochs") and any(resource.name in one for one in candidates):
            raise ValueError(
                f"Cannot use parameter {resource.name} as the resource since it is part of the searched parameters."
            )
        n_required = 1 + floor(log(len(candidates), self.factor))
        if self.min_resources == "exhaust":
            least = max(least, int(most // self.factor ** (n_required - 1)))
        n_possible = 1 + floor(log(most // least, self.factor))
        n_rungs = n_required if self.aggressive_elimination else min(n_possible, n_required)
        # Aggressively: the smallest amount again and again, until few enough are left.
        delay = n_required - n_possible if self.aggressive_elimination else 0
        amounts = [min(int(self.factor ** max(0, i - delay) * least), most) for i in range(n_rungs)]
        rungs = halving_plan(len(candidates), amounts, self.factor)
        self.min_resources_, self.max_resources_ = least, most
        self.n_required_iterations_, self.n_possible_iterations_ = n_required, n_possible
        self.n_iterations_ = n_rungs
        self.n_resources_ = [rung.resource for rung in rungs]
        self.n_candidates_ = [rung.n_trials for rung in rungs]
        self.n_remaining_candidates_ = -int(-rungs[-1].n_trials // self.factor)
        return candidates, rungs

    def _limits(self, resource):
        """Return the least and the most that a candidate is given."""
        least, most = self.min_resources, self.max_resources
        if isinstance(least, str):
            least = resource.n_min
        if most == "auto":
            if self.resource != "n_samples":
                raise ValueError("resource can only be 'n_samples' when max_resources='auto'")
            most = resource.n_max
        if least > most:
            raise ValueError(f"min_resources_={least} is greater than max_resources_={most}.")
        resource.check_amount(most, "max_resources", type(self).__name__)
        return least, most

    def _plan(self, task, drawn, ledger, **study_arguments):
        seed = self.random_state if isinstance(self.random_state, Integral) else 0
        resource = make_resource(self.resource, task, seed=seed, owner=type(self).__name__)
        candidates, rungs = self._halving(resource, ledger.random_state)
        check_names(task.estimator, candidates)
        metric = study_arguments["metric"]
        study = Study(
            None,
            n_iter=len(candidates),
            scheduler=HyperbandScheduler(task.n_splits, (rungs,), metric, racing_rule(self, task, metric)),
            initial_configurations=[Proposal(candidate, "given") for candidate in candidates],
            **study_arguments,
        )
        n_fits = task.n_splits * sum(rung.n_trials for rung in rungs)
        return Plan(study, None, len(candidates), resource, rungs[-1].resource, n_fits)


class HalvingGridSearchCV(HalvingSearch, RungSearch):
    """Successive halving over all combinations: a drop-in for scikit-learn's, without an import that enables it.

    The schedule, the candidates and the rows of `cv_results_` are scikit-learn's. Different are, for the better: a
    model is trained on from rung to rung where the estimator can do that; samples are subsets of each other, stratified
    and in whole groups, and every rung is scored on the whole test parts; several metrics and a callable `refit`; a
    splitter that shuffles without a seed is drawn from once.

    Parameters
    ----------
    estimator : estimator
        The estimator or pipeline to tune.
    param_grid : dict or list of dict
        As in :class:`sklearn.model_selection.HalvingGridSearchCV`.
    factor : int or float, default=3
        One candidate in so many goes on, with so many times more of the resource.
    resource : str, default="n_samples"
        "n_samples", "epochs" of ``partial_fit``, or an integer parameter of the estimator or of a step.
    max_resources : int or "auto", default="auto"
        The most that a candidate may be given; "auto" for all samples.
    min_resources : {"exhaust", "smallest"} or int, default="exhaust"
        The least; "exhaust" so that the last rung gets as much as possible.
    aggressive_elimination : bool, default=False
        Whether candidates are thinned out with the least of the resource until few enough are left for the others.
    cv, scoring, refit, error_score, return_train_score, random_state, n_jobs, verbose
        As in scikit-learn; several metrics are allowed, and a callable `refit` is shown the last rung.
    reshuffle, racing, timeout, fit_timeout, fit_memory, isolation, devices, stopping, storage, keep
        As in :class:`skhpo.BayesSearchCV`. The splits of a candidate are the same ones on all rungs.

    Attributes
    ----------
    n_resources_, n_candidates_ : list of int
        For each rung.
    n_remaining_candidates_, max_resources_, min_resources_, n_iterations_, n_possible_iterations_, \
n_required_iterations_ : int
        As in scikit-learn.
    cv_results_, best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_, refit_time_, classes_, \
n_features_in_, feature_names_in_, multimetric_
        As in scikit-learn.
    trials_ : tuple of Trial
        Everything about every candidate.
    oof_predictions_, oof_methods_, oof_splits_, fold_models_
        Only with `keep`; see :class:`skhpo.BayesSearchCV`.

    See Also
    --------
    HyperbandSearchCV : Several halvings, with candidates that are chosen by what was learnt.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skhpo import HalvingGridSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> grid = {"max_depth": [1, 2, 4], "min_samples_split": [2, 5, 10]}
    >>> search = HalvingGridSearchCV(
    ...     RandomForestClassifier(random_state=0), grid, resource="n_estimators", max_resources=9
    ... ).fit(X, y)
    >>> search.n_candidates_, search.n_resources_
    ([9, 3, 1], [1, 3, 9])
    """

    _parameter_constraints: dict = {**HalvingSearch._parameter_constraints, "param_grid": [dict, list]}

    def __init__(
        self,
        estimator,
        param_grid,
        *,
        factor=3,
        resource="n_samples",
        max_resources="auto",
        min_resources="exhaust",
        aggressive_elimination=False,
        cv=5,
        scoring=None,
        refit=True,
        error_score=np.nan,
        return_train_score=True,
        random_state=None,
        n_jobs=None,
        verbose=0,
        reshuffle=False,
        racing=False,
        timeout=None,
        fit_timeout=None,
        fit_memory=None,
        isolation=None,
        devices=None,
        stopping=None,
        storage=None,
        keep=None,
    ):
        self.estimator = estimator
        self.param_grid = param_grid
        self.factor = factor
        self.resource = resource
        self.max_resources = max_resources
        self.min_resources = min_resources
        self.aggressive_elimination = aggressive_elimination
        self.cv = cv
        self.scoring = scoring
        self.refit = refit
        self.error_score = error_score
        self.return_train_score = return_train_score
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.reshuffle = reshuffle
        self.racing = racing
        self.timeout = timeout
        self.fit_timeout = fit_timeout
        self.fit_memory = fit_memory
        self.isolation = isolation
        self.devices = devices
        self.stopping = stopping
        self.storage = storage
        self.keep = keep

    def _candidates(self, least, most, random_state):
        return list(ParameterGrid(self.param_grid))


class HalvingRandomSearchCV(HalvingSearch, RungSearch):
    """Successive halving over candidates drawn at random: a drop-in for scikit-learn's.

    What is said of :class:`HalvingGridSearchCV` is true here as well.

    Parameters
    ----------
    estimator : estimator
        The estimator or pipeline to tune.
    param_distributions : dict or list of dict
        As in :class:`sklearn.model_selection.HalvingRandomSearchCV`; dimensions such as :class:`skhpo.Real` are
        accepted, too.
    n_candidates : int or "exhaust", default="exhaust"
        How many candidates are drawn; "exhaust" for as many that the last rung gets as much as possible.
    factor, resource, max_resources, aggressive_elimination, cv, scoring, refit, error_score, return_train_score, \
random_state, n_jobs, verbose, reshuffle, racing, timeout, fit_timeout, fit_memory, isolation, devices, stopping, \
storage, keep
        As in :class:`HalvingGridSearchCV`.
    min_resources : {"exhaust", "smallest"} or int, default="smallest"
        The least that a candidate is given.

    Attributes
    ----------
    n_resources_, n_candidates_ : list of int
        For each rung; the others as in :class:`HalvingGridSearchCV`.

    See Also
    --------
    HyperbandSearchCV : Several halvings, with candidates that are chosen by what was learnt.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skhpo import HalvingRandomSearchCV
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), LogisticRegression())
    >>> search = HalvingRandomSearchCV(
    ...     model, {"logisticregression__C": loguniform(1e-3, 1e3)}, min_resources=60, random_state=0
    ... ).fit(X, y)
    >>> search.n_candidates_, search.n_resources_
    ([9, 3, 1], [60, 180, 540])
    """

    _parameter_constraints: dict = {
        **HalvingSearch._parameter_constraints,
        "param_distributions": [dict, list],
        "n_candidates": [Interval(Integral, 0, None, closed="neither"), StrOptions({"exhaust"})],
    }

    def __init__(
        self,
        estimator,
        param_distributions,
        *,
        n_candidates="exhaust",
        factor=3,
        resource="n_samples",
        max_resources="auto",
        min_resources="smallest",
        aggressive_elimination=False,
        cv=5,
        scoring=None,
        refit=True,
        error_score=np.nan,
        return_train_score=True,
        random_state=None,
        n_jobs=None,
        verbose=0,
        reshuffle=False,
        racing=False,
        timeout=None,
        fit_timeout=None,
        fit_memory=None,
        isolation=None,
        devices=None,
        stopping=None,
        storage=None,
        keep=None,
    ):
        self.estimator = estimator
        self.param_distributions = param_distributions
        self.n_candidates = n_candidates
        self.factor = factor
        self.resource = resource
        self.max_resources = max_resources
        self.min_resources = min_resources
        self.aggressive_elimination = aggressive_elimination
        self.cv = cv
        self.scoring = scoring
        self.refit = refit
        self.error_score = error_score
        self.return_train_score = return_train_score
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.reshuffle = reshuffle
        self.racing = racing
        self.timeout = timeout
        self.fit_timeout = fit_timeout
        self.fit_memory = fit_memory
        self.isolation = isolation
        self.devices = devices
        self.stopping = stopping
        self.storage = storage
        self.keep = keep

    def _candidates(self, least, most, random_state):
        n = most // least if self.n_candidates == "exhaust" else self.n_candidates
        if is_extended(self.param_distributions):
            space = SearchSpace.from_spec(self.param_distributions, tuples_are_choices=True)
            return space.sample(np.random.default_rng(check_random_state(random_state).randint(2**31)), n)
        return list(ParameterSampler(self.param_distributions, n, random_state=random_state))

    def _limits(self, resource):
        if self.min_resources == self.n_candidates == "exhaust":
            raise ValueError("n_candidates and min_resources cannot be both set to 'exhaust'.")
        return super()._limits(resource)
