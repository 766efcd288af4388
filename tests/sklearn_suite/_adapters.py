"""`BayesSearchCV` with the constructors of scikit-learn's searches, so that their tests can be run against it.

A grid becomes lists of choices with as many iterations as it has points; distributions become lists of choices and
distributions with the same `n_iter`. What is covered completely is searched in its order, on which scikit-learn's tests
rely, and the rest as by default.
"""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import ParameterGrid

from skhpo import BayesSearchCV


def _choices(values):
    """Turn a sequence of candidates into a list of choices; a distribution stays what it is."""
    if hasattr(values, "rvs") or isinstance(values, str) or not hasattr(values, "__iter__"):
        return values
    return list(values)


def as_space(grid):
    """Turn a grid, or a list of grids, into a search space; what is neither stays as it is, to be refused."""
    if isinstance(grid, list):
        return [as_space(part) for part in grid]
    if not isinstance(grid, dict):
        return grid
    return {name: _choices(values) for name, values in grid.items()}


class _Adapter(BayesSearchCV):
    """What `BayesSearchCV` has and the constructors of scikit-learn do not, at its default."""

    reshuffle = False
    racing = False
    early_stopping = None
    timeout = None
    fit_timeout = None
    fit_memory = None
    isolation = None
    devices = None
    stopping = None
    initial_configurations = None
    prior_observations = None
    storage = None
    keep = None
    warm_start = False

    @property
    def search_spaces(self):
        return self._space

    @search_spaces.setter
    def search_spaces(self, value):
        """Clones are handed the space, which they know already."""


class GridSearchCV(_Adapter):
    """`BayesSearchCV` called like scikit-learn's `GridSearchCV`."""

    sampler = "grid"
    random_state = 0

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

    @property
    def _space(self):
        return as_space(self.param_grid)

    @property
    def n_iter(self):
        return len(ParameterGrid(self.param_grid))


class RandomizedSearchCV(_Adapter):
    """`BayesSearchCV` called like scikit-learn's `RandomizedSearchCV`."""

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

    @property
    def _space(self):
        return as_space(self.param_distributions)

    @property
    def sampler(self):
        parts = self.search_spaces if isinstance(self.search_spaces, list) else [self.search_spaces]
        is_grid = all(isinstance(values, list) for part in parts for values in part.values())
        return "grid" if is_grid and self.n_iter >= len(ParameterGrid(parts)) else "auto"
