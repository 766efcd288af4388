"""What all searches share: a `fit` that checks, plans, runs, tells the results and refits."""

import logging
import math
import time
import warnings
from abc import abstractmethod
from contextlib import contextmanager
from dataclasses import replace
from numbers import Integral, Real
from os import PathLike
from typing import Any, NamedTuple

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _num_samples, check_is_fitted

from skhpo._sklearn import BaseSearchCV, fit_context, scorers_by_name, with_summary
from skhpo.evaluation import (
    EarlyStopping,
    Interrupts,
    Keeper,
    Limits,
    Task,
    run,
    set_iterations,
    train_in_full,
)
from skhpo.exceptions import InterruptedWarning
from skhpo.search._ledger import open_ledger
from skhpo.search._monitor import Monitor, callback_metadata
from skhpo.search._notebook import summary_html
from skhpo.search._oof_data import OofData
from skhpo.search._oof_splits import OofSplits
from skhpo.search._racing import RACING_CONSTRAINT
from skhpo.search._results import TrialRows, select_rows, trials_frame
from skhpo.search._selection import PosteriorMean, check_rule
from skhpo.search._trials import Trials
from skhpo.stopping import TimeBudget, check_stopping, fit_seconds_of, rules_for_splits
from skhpo.study import Study

logger = logging.getLogger("skhpo")


class Plan(NamedTuple):
    """What a search is going to do.

    Attributes
    ----------
    study : Study
        Decides which configurations are tried.
    rows : list of int or None
        Number of the trial behind each row of `cv_results_`, where the rows are known beforehand and may repeat a
        configuration; None for one row a trial.
    n_trials : int
        Largest number of trials.
    resource : Resource or None
        What is rationed.
    most : int or None
        The largest amount of it that a trial is given.
    n_fits : int or None
        Largest number of fits; None for all splits of all trials.
    is_staged : bool
        Whether hyperparameters change in mid-training.
    extent : int or None
        What another call of `fit` adds to, if it goes on: the number of repeats; None for the number of trials.
    candidates : list of dict
        The rows as they were drawn, if another call of `fit` is to begin with them.
    """

    study: Study
    rows: list[int] | None
    n_trials: int
    resource: Any = None
    most: int | None = None
    n_fits: int | None = None
    is_staged: bool = False
    extent: int | None = None
    candidates: Any = ()


@with_summary(summary_html)
class BaseSearch(BaseSearchCV):
    """The surface of scikit-learn's searches over a loop of our own.

    A subclass says in `_plan` which configurations are tried. Delegation to the best estimator, tags and metadata
    routing are scikit-learn's.
    """

    _parameter_constraints: dict = {
        **BaseSearchCV._parameter_constraints,
        "reshuffle": ["boolean"],
        "racing": RACING_CONSTRAINT,
        "early_stopping": [StrOptions({"fold"}), Interval(Real, 0, 1, closed="neither"), None],
        "timeout": [Interval(Real, 0, None, closed="neither"), None],
        "fit_timeout": [Interval(Real, 0, None, closed="neither"), None],
        "fit_memory": [Interval(Real, 1, 2**63, closed="left"), None],
        "isolation": [StrOptions({"process"}), None],
        "devices": [list, tuple, None],
        "storage": [str, PathLike, None],
        "keep": [StrOptions({"predictions", "models"}), Interval(Integral, 1, None, closed="left"), None],
        "stopping": [callable, str, dict, list, tuple, None],
        "initial_configurations": [StrOptions({"default"}), list, tuple, None],
    }

    @abstractmethod
    def _plan(self, task, drawn, ledger, **study_arguments):
        """Return the `Plan` of a fit; raises for every mistake in the space before a model is trained."""

    def _check_data(self, X):
        """Refuse data in words of the search's own, if it has any."""

    def _draw_candidates(self, ledger):
        """Return what has to be drawn at random before the splits are, if anything."""

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, **params):
        """Search, and refit the best configuration on all data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_samples)
            Training data, or the precomputed kernel or distances.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Target; None for unsupervised learning.
        **params : dict of str -> object
            Parameters of the estimator's ``fit``, of the splitter (`groups`) and of the scorer. Those as long as the
            data are sliced with the cross-validation splits.

        Returns
        -------
        self : object
            The fitted search.

        Raises
        ------
        ValueError
            If a parameter, the space or the data are not valid, or if no configuration could be evaluated.
        """
        started = time.monotonic()
        limits = Limits.of(self)
        self._check_data(X)
        scorer, metric = self._get_scorers()
        check_rule(self, scorer)
        with open_ledger(self, X, y, params) as ledger:
            drawn = self._draw_candidates(ledger)
            task = self._make_task(scorer, X, y, params, ledger)
            plan = self._plan(task, drawn, ledger, **self._study_arguments(task))
            with (
                rationed(task, plan) as task,
                Monitor(self, task, plan, callback_metadata(params), ledger.kept) as monitor,
            ):
                ledger.begin(plan.study, task)
                run(
                    plan.study,
                    task,
                    n_jobs=self._n_jobs,
                    pre_dispatch=getattr(self, "pre_dispatch", None),
                    budget=self._time_budget(task),
                    started=started - ledger.elapsed,
                    monitor=monitor,
                    limits=limits,
                    save=ledger.save,
                )
                # Whoever presses Ctrl-C twice wants the results of what is finished all the same.
                with Interrupts() as interrupts:
                    self._take_results(plan, task, ledger, monitor, metric)
                    self._refit(task, monitor, interrupts)
        return self

    def _take_results(self, plan, task, ledger, monitor, metric):
        """Make the attributes of what has been measured."""
        monitor.end_search(plan.study)
        self._store_results(plan, task, monitor.is_multimetric)
        self._store_kept(task, monitor.kept)
        if (earlier := ledger.earlier(plan)) is not None:
            self._earlier = replace(earlier, kept=None if self.keep is None else monitor.kept)
        self._select(metric)

    def trials_frame(self):
        """Return all trials as a table: origins, states, scores, times and errors.

        Returns
        -------
        pandas.DataFrame
            One row a trial, indexed by its number; the hyperparameters are in columns ``param_*``.
        """
        check_is_fitted(self, "trials_")
        return trials_frame(self.trials_)

    def _say(self, message):
        """Log what a user should know, and print it if progress is printed."""
        logger.info(message)
        if self.verbose:
            print(message, flush=True)

    @property
    def _n_jobs(self):
        """The number of workers, in the words of joblib."""
        return len(self.devices) if self.n_jobs is None and self.devices is not None else self.n_jobs

    def _make_task(self, scorer, X, y, params, ledger):
        if isinstance(self.keep, bool):
            raise ValueError(
                f"The 'keep' parameter of {type(self).__name__} must be 'predictions', 'models', an int or None. "
                f"Got {self.keep!r} instead."
            )
        seed = ledger.split_seed(self.cv) if self.reshuffle else 0
        task = Task.from_fit(self, scorer, X, y, params, seed)
        task = replace(task, splits=ledger.splits(task.splits))
        if self.early_stopping is None:
            return task
        return replace(
            task, early_stopping=EarlyStopping.make(self.early_stopping, task, type(self).__name__)
        )

    def _study_arguments(self, task):
        owner = type(self).__name__
        return {
            "metric": self.refit if isinstance(self.refit, str) else None,
            "stopping": rules_for_splits(check_stopping(self.stopping, owner), task.splits, owner),
        }

    def _time_budget(self, task):
        fit_seconds = fit_seconds_of(check_stopping(self.stopping))
        if self.timeout is None and fit_seconds == math.inf:
            return None
        seconds = math.inf if self.timeout is None else self.timeout
        n_rows = None
        if task.resource is not None and task.resource.name == "n_samples":
            n_rows = task.X.shape[0] if hasattr(task.X, "shape") else len(task.X)
        return TimeBudget(
            seconds, task.n_splits, self.refit is not False, fit_seconds=fit_seconds, n_rows=n_rows
        )

    def _store_results(self, plan, task, is_multimetric):
        self.trials_ = Trials(plan.study.trials)
        self.n_splits_ = task.n_splits
        self.split_sizes_ = [(len(train), len(test)) for train, test in task.splits]
        names = scorers_by_name(task.scorer)
        self.scorer_ = task.scorer if names is None else names
        self.multimetric_ = bool(is_multimetric) if callable(self.scoring) else names is not None
        rows = self._rows(plan)
        rows.raise_or_warn_about_failures()
        self.cv_results_ = self._format_rows(rows, task.n_splits)

    def _store_kept(self, task, kept):
        for name in ("oof_predictions_", "oof_methods_", "oof_splits_", "_oof_data", "fold_models_"):
            vars(self).pop(name, None)
        if self.keep is None:
            return
        complete = [trial.number for trial in self.trials_ if trial.status == "complete"]
        n_samples = _num_samples(task.X)
        self.oof_splits_ = OofSplits(task.splits_of, complete, n_samples)
        self.oof_predictions_ = kept.assemble(
            len(self.trials_), task.n_splits, self.oof_splits_.tests, n_samples, complete
        )
        self._oof_data = OofData.of(task)
        self.oof_methods_ = kept.methods
        if kept.models is not None:
            self.fold_models_ = kept.models.only(complete)

    def _rows(self, plan):
        return TrialRows.of_finished(self.trials_, plan.rows, self)

    def _format_rows(self, rows, n_splits):
        further = {} if self.early_stopping is None else rows.iteration_columns(n_splits)
        if self.racing is False:
            results = self._format_results(rows.candidates, n_splits, rows.as_fit_results(n_splits))
            return results | further
        with warnings.catch_warnings():
            # Scores that are missing because a trial was stopped are no mistake; failures are warned of elsewhere.
            warnings.filterwarnings("ignore", "One or more of the (test|train) scores are non-finite")
            results = self._format_results(rows.candidates, n_splits, rows.as_fit_results(n_splits))
        return results | rows.race_columns | further

    def _select(self, metric):
        if callable(self.scoring) and self.multimetric_:
            metric = self.refit
        if not self.refit and self.multimetric_:
            return
        self.best_index_ = self._best_index(metric)
        if not callable(self.refit):
            self.best_score_ = self.cv_results_[f"mean_test_{metric}"][self.best_index_]
        self.best_params_ = self.cv_results_["params"][self.best_index_]

    def _best_index(self, metric):
        """Return the row of the winner; a callable `refit` is shown the rows that are not stopped early."""
        results = self.cv_results_
        if not callable(self.refit) or "status" not in results:
            return self._select_best_index(self.refit, metric, results)
        kept = np.flatnonzero(results["status"] != "pruned")
        return int(kept[self._select_best_index(self.refit, metric, select_rows(results, kept))])

    def _select_best_index(self, refit, metric, results):
        if isinstance(refit, PosteriorMean):
            return refit.choose(results, self)
        return super()._select_best_index(refit, metric, results)

    def _refit(self, task, monitor, interrupts):
        if not self.refit:
            interrupts.forget()
            return
        self.best_estimator_ = self._new_best(task)
        try:
            with interrupts.allowed(), monitor.refit(self.best_estimator_):
                started = time.perf_counter()
                self.best_estimator_ = self._fit_best(task)
                self.refit_time_ = time.perf_counter() - started
        except KeyboardInterrupt:
            if interrupts.is_nested:
                raise
            del self.best_estimator_
            warnings.warn(
                "The refit was interrupted: there is no best_estimator_. Everything else is there, and "
                "best_params_ may be fitted by hand.",
                InterruptedWarning,
                stacklevel=4,
            )
            return
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_

    def _new_best(self, task):
        """Return the winner before it is fitted."""
        # Values may be estimators themselves: the user's own must not be fitted.
        return clone(task.estimator).set_params(**clone(self.best_params_, safe=False))

    def _fit_best(self, task):
        """Fit the winner on all data; returns it."""
        if task.early_stopping is not None:
            n_iterations = self.cv_results_["median_n_iterations"][self.best_index_]
            if np.isfinite(n_iterations):
                set_iterations(self.best_estimator_, max(round(n_iterations), 1))
        return train_in_full(self.best_estimator_, None, None, task.X, task.y, task.fit_params)


@contextmanager
def rationed(task, plan):
    """Return the task with the resource of a plan and a place for models, which is gone afterwards."""
    if plan.resource is None:
        yield task
        return
    with Keeper(most=plan.most) as keeper:
        yield replace(task, resource=plan.resource, keeper=keeper, is_staged=plan.is_staged)


def lookahead(n_jobs, n_splits, races=False, n_trials=0):
    """Return how many trials the proposals of a reproducible search lag behind.

    With one worker nothing is pending when a proposal is made. With more, a worker must find a fit to do while the
    others are still busy with older trials, whatever order they end in: the more workers there are for each split,
    the more trials run at the same time. ``benchmarks/lookahead.py`` simulates what the rule costs. With dozens of
    workers one long trial makes most of them wait; a search of so many trials that it matters little what the latest
    ones were lags behind further.

    Parameters
    ----------
    n_jobs : int or None
        As everywhere in scikit-learn; the active joblib backend says what it means.
    n_splits : int
        Number of cross-validation splits.
    races : bool, default=False
        Whether trials may be stopped early, which leaves about half of the fits of each, and one at a time.
    n_trials : int, default=0
        How many trials there will be at most.

    Returns
    -------
    int
        The `lookahead` of `Study`.

    Examples
    --------
    >>> from skhpo.search._base import lookahead
    >>> lookahead(1, n_splits=5), lookahead(2, n_splits=5)
    (1, 2)
    >>> [lookahead(256, n_splits=5, n_trials=n_trials) for n_trials in (100, 1000, 10000)]
    [104, 104, 453]
    """
    n_workers = joblib.effective_n_jobs(n_jobs)
    n_fits = max(n_splits // 2, 1) if races else n_splits
    if n_workers == 1:
        return 1
    # The latter loses less than 5 % for 8 to 256 workers; proposals that lag by 5 % of all trials are hardly worse.
    return max(
        1 + math.ceil(2 * n_workers / n_fits), min(math.ceil(9 * n_workers / n_fits) - 8, n_trials // 20)
    )
