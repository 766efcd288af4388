"""What the searches share that give configurations a resource in rungs: the plan, the rows, the winner, the refit."""

from abc import abstractmethod
from copy import deepcopy
from dataclasses import replace
from numbers import Integral
from types import SimpleNamespace

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval, StrOptions

from skhpo.evaluation import Task, make_resource, train_in_full
from skhpo.search._base import BaseSearch
from skhpo.search._results import TrialRows, select_rows


class RungSearch(BaseSearch):
    """A search with one row for each configuration and rung; the winner is among those with the largest resource."""

    _parameter_constraints: dict = {
        **BaseSearch._parameter_constraints,
        "resource": [str],
        "min_resources": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "max_resources": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
    }
    del _parameter_constraints["pre_dispatch"]
    del _parameter_constraints["early_stopping"]

    early_stopping = None

    def _rows(self, plan):
        """Return a row for each rung of each trial that was measured on all splits there, or ended there."""
        scheduler = plan.study.scheduler
        self._placed = [row for row in scheduler.table(self.trials_) if self._is_shown(row)]
        name = None if self.resource in ("n_samples", "epochs") else self.resource
        return TrialRows([_as_trial(row, name, self.n_splits_) for row in self._placed], self)

    def _is_shown(self, row):
        """Whether a trial is through with a rung, was stopped on it in a race, or died there after a single fit."""
        trial, measured = row.trial, row.trial.measured_at(row.resource)
        ended_early = trial.status == "failed" or (trial.is_finished and self.racing is not False)
        return len(measured) == self.n_splits_ or (bool(measured) and ended_early)

    def _format_rows(self, rows, n_splits):
        results = super()._format_rows(rows, n_splits)
        placed = self.__dict__.pop("_placed")
        self._is_failed = rows.is_failed
        columns = {
            "iter": np.array([row.rung for row in placed], dtype=np.int64),
            "n_resources": np.array([row.resource for row in placed], dtype=np.int64),
        }
        if self._has_brackets:
            columns["bracket"] = np.array([row.trial.bracket for row in placed], dtype=np.int64)
        return columns | results

    _has_brackets = True

    def _select(self, metric):
        super()._select(metric)
        del self._is_failed

    def _best_index(self, metric):
        """Return the row of the winner; a callable `refit` is shown the rows with the largest resource."""
        results, is_failed = self.cv_results_, self._is_failed
        scores = results.get(f"mean_test_{metric}")
        if scores is None:  # a callable chooses by what it likes
            means = [column for name, column in results.items() if name.startswith("mean_test_")]
            scores = np.nanmax(means, axis=0, initial=-np.inf)
        is_known = np.isfinite(scores) & ~is_failed
        kept = np.flatnonzero(self._finalists(is_known))
        shown = select_rows(results, kept)
        if callable(self.refit):
            return int(kept[self._select_best_index(self.refit, metric, shown)])
        return int(kept[np.argmax(shown[f"mean_test_{metric}"])])

    def _finalists(self, is_known):
        """Say of each row whether it may be the winner."""
        resources, rungs = self.cv_results_["n_resources"], self.cv_results_["iter"]
        is_last = is_known & (resources == resources[is_known].max())
        # Rungs of one halving may have the same resource.
        return is_last if self._has_brackets else is_last & (rungs == rungs[is_last].max())

    def _fit_best(self, task):
        """Train the winner on all data with as much of the resource as it was chosen with."""
        amount = int(self.cv_results_["n_resources"][self.best_index_])
        return train_in_full(self.best_estimator_, task.resource, amount, task.X, task.y, task.fit_params)


class Planned:
    """What the searches have besides that know beforehand what they are going to do."""

    @abstractmethod
    def _plan_of(self, resource):
        """Return the brackets, given the resource."""

    def schedule(self, X=None, y=None, *, groups=None):
        """Return what `fit` is going to do.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), default=None
            The data; needed where the resource is a number of samples.
        y : array-like of shape (n_samples,), default=None
            The target.
        groups : array-like of shape (n_samples,), default=None
            The groups of a splitter that needs them.

        Returns
        -------
        pandas.DataFrame
            A line for each rung of each bracket: how many candidates get how much of the resource. Brackets are
            shorter where a finite space holds no more candidates, and where candidates fail; a search with
            ``asynchronous=True`` has a single one, whose rungs are as long as they turn out to be.

        Raises
        ------
        ValueError
            If a parameter is not valid, or the data are needed and not given.
        """
        self._validate_params()
        if X is None and self.resource == "n_samples":
            raise ValueError("The schedule of resource='n_samples' depends on the data: X must be given.")
        # A copy, as planning draws splits and candidates, and takes notes.
        search = deepcopy(self)
        task = SimpleNamespace(estimator=search.estimator)
        if X is not None:
            scorer, _ = search._get_scorers()
            task = Task.from_fit(search, scorer, X, y, {} if groups is None else {"groups": groups})
        return schedule_frame(
            search._plan_of(make_resource(search.resource, task, owner=type(self).__name__))
        )


def schedule_frame(plan):
    """Return a plan as a table, a line a rung."""
    lines = [
        {"bracket": b, "iter": i, "n_candidates": rung.n_trials, "n_resources": rung.resource}
        for b, bracket in enumerate(plan)
        for i, rung in enumerate(bracket)
    ]
    return pd.DataFrame(lines)


def _as_trial(row, parameter, n_splits):
    """Return a trial as it was on a rung."""
    configuration = row.trial.configuration
    if parameter is not None:
        configuration = {**configuration, parameter: row.resource}
    measured = row.trial.measured_at(row.resource)
    ended_here = row.resource == row.trial.resource
    status = "complete" if not ended_here or len(measured) == n_splits else row.trial.status
    if ended_here and row.trial.status == "failed":
        status = "failed"
    return replace(row.trial, configuration=configuration, measurements=measured, status=status)
