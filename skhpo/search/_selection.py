"""Rules for `refit`: which of the configurations that were tried is the one to be used."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from skhpo._observations import encode, space_of
from skhpo._simplicity import check_order, complexity, names_of
from skhpo._sklearn import scorers_by_name
from skhpo.models import ColumnLayout, Forest, fit_to_all

_MOST_ONE_HOT = 400
_FEWEST = 4


@dataclass(frozen=True)
class OneStandardError:
    """Rule for `refit`: the simplest configuration that is within one standard error of the best one.

    The standard error is that of the best configuration's mean over the cross-validation splits. Differences below it
    are noise, and among equals the simplest is the one that can be trusted, explained and run cheaply.

    Parameters
    ----------
    order : list of str or of (str, list), or callable
        What makes a configuration simple, the most important first: the name of a hyperparameter of which less is
        simpler, the name with a minus sign in front where more is simpler, or a pair of the name and its values from
        the simplest to the most complex. None counts as more than any number, and a hyperparameter that is not active
        as less. A callable takes a configuration and returns what is smaller the simpler it is.
    n_errors : float, default=1.0
        How many standard errors.
    metric : str or None, default=None
        Which score, where there are several; None for the only one.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpo import GridSearchCV
    >>> from skhpo.search import OneStandardError
    >>> X, y = load_iris(return_X_y=True)
    >>> grid = {"n_neighbors": [1, 5, 11, 21]}
    >>> rule = OneStandardError(["-n_neighbors"])  # more neighbours make a smoother boundary
    >>> GridSearchCV(KNeighborsClassifier(), grid, refit=rule).fit(X, y).best_params_
    {'n_neighbors': 21}
    """

    order: Sequence[Any] | Callable[[dict[str, Any]], Any]
    n_errors: float = 1.0
    metric: str | None = None

    def __post_init__(self):
        check_order(self.order, "OneStandardError")
        _check_amount(self.n_errors, "n_errors", "OneStandardError")

    @property
    def names(self):
        """The hyperparameters that decide."""
        return names_of(self.order)

    def __call__(self, results):
        """Return the row of `cv_results_` to be used."""
        scores = _scores(results, self.metric, "OneStandardError")
        best = int(np.nanargmax(scores))
        splits = _split_scores(results, self.metric)[best]
        splits = splits[np.isfinite(splits)]
        error = np.std(splits, ddof=1) / math.sqrt(len(splits)) if len(splits) > 1 else 0.0
        near = np.flatnonzero(scores >= scores[best] - self.n_errors * error)
        return int(min(near, key=lambda row: (self._complexity(results["params"][row]), -scores[row])))

    def _complexity(self, configuration):
        return complexity(self.order, configuration, "OneStandardError")


@dataclass(frozen=True)
class FastestWithin:
    """Rule for `refit`: the fastest configuration whose score is at most so much below the best one.

    Parameters
    ----------
    tolerance : float
        How much of the score may be given up, such as 0.01 of the accuracy.
    time : {"fit", "score", "both"}, default="both"
        Which of the measured times counts: that of training, or that of predicting and scoring.
    metric : str or None, default=None
        Which score, where there are several; None for the only one.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skhpo import GridSearchCV
    >>> from skhpo.search import FastestWithin
    >>> X, y = load_iris(return_X_y=True)
    >>> forest, grid = RandomForestClassifier(random_state=0), {"n_estimators": [5, 50]}
    >>> GridSearchCV(forest, grid, refit=FastestWithin(0.02)).fit(X, y).best_params_
    {'n_estimators': 5}
    """

    tolerance: float
    time: str = "both"
    metric: str | None = None

    def __post_init__(self):
        _check_amount(self.tolerance, "tolerance", "FastestWithin")
        if self.time not in ("fit", "score", "both"):
            raise ValueError(
                "The 'time' parameter of FastestWithin must be a str among {'fit', 'score', 'both'}. "
                f"Got {self.time!r} instead."
            )

    def __call__(self, results):
        """Return the row of `cv_results_` to be used."""
        scores = _scores(results, self.metric, "FastestWithin")
        parts = ("fit", "score") if self.time == "both" else (self.time,)
        seconds = sum(results[f"mean_{part}_time"] for part in parts)
        return int(np.argmin(np.where(scores >= np.nanmax(scores) - self.tolerance, seconds, np.inf)))


@dataclass(frozen=True)
class PosteriorMean:
    """Rule for `refit`: the configuration that is best according to a model of all scores.

    The highest of many noisy scores is high by luck, too. A Gaussian process over the configurations tells luck from
    merit by their neighbours. With the configurations of a few trials, or nothing in common, it is the best score.

    Parameters
    ----------
    metric : str or None, default=None
        Which score, where there are several; None for the only one.
    space : object, default=None
        The search space, in any notation; None for that of the search.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import BayesSearchCV
    >>> from skhpo.search import PosteriorMean
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": (1e-2, 1e3, "log-uniform"), "gamma": (1e-4, 1.0, "log-uniform")}
    >>> search = BayesSearchCV(SVC(), space, n_iter=12, refit=PosteriorMean(), random_state=0).fit(X, y)
    >>> bool(search.best_estimator_.score(X, y) > 0.9)
    True
    """

    metric: str | None = None
    space: Any = None

    def __call__(self, results):
        """Return the row of `cv_results_` to be used; the space is read off it if none was given."""
        return self.choose(results)

    def choose(self, results, search=None):
        """Return the row of `cv_results_` to be used, with the space of a search.

        Parameters
        ----------
        results : dict of ndarray
            `cv_results_`.
        search : object, default=None
            The search whose space it is; None to read the space off the rows.
        """
        scores = _scores(results, self.metric, "PosteriorMean")
        known = np.flatnonzero(np.isfinite(scores))
        if len(known) < _FEWEST or np.ptp(scores[known]) == 0:
            return int(np.nanargmax(scores))
        space, points = encode([results["params"][row] for row in known], self.space, search)
        layout = ColumnLayout.from_columns(space.columns)
        if sum(layout.n_levels[column] or 0 for column in layout.categorical) > _MOST_ONE_HOT:
            posterior = Forest(layout).fit(points, scores[known])
        else:
            posterior = fit_to_all(layout, points, scores[known])
        return int(known[np.argmin(posterior.predict(points).mean)])


def check_rule(search, scorer):
    """Raise for mistakes in a rule for `refit`, if it is one of these, before anything is fitted.

    Parameters
    ----------
    search : BaseSearch
        The search.
    scorer : callable
        Its scorer.

    Raises
    ------
    ValueError
        If a rule names a metric or a hyperparameter that there is not.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearchCV
    >>> from skhpo.search._selection import OneStandardError, check_rule
    >>> search = GridSearchCV(SVC(), {"C": [1, 10]}, refit=OneStandardError(["c"]))
    >>> check_rule(search, None)
    Traceback (most recent call last):
    ...
    ValueError: The 'order' parameter of OneStandardError must name hyperparameters of the estimator. Got 'c' instead.
    """
    rule = search.refit
    if not isinstance(rule, RULES):
        return
    owner = type(rule).__name__
    metrics = scorers_by_name(scorer)
    if metrics is not None and rule.metric not in metrics:
        raise ValueError(
            f"The 'metric' parameter of {owner} must be one of {list(metrics)}. Got {rule.metric!r} instead."
        )
    space = space_of(search)
    known = set(search.estimator.get_params()).union(() if space is None else space.names)
    unknown = next((name for name in getattr(rule, "names", ()) if name not in known), None)
    if unknown is not None:
        raise ValueError(
            f"The 'order' parameter of {owner} must name hyperparameters of the estimator. Got {unknown!r} instead."
        )


RULES = OneStandardError, FastestWithin, PosteriorMean


def _check_amount(value, name, owner):
    if not isinstance(value, Real) or isinstance(value, bool) or not value >= 0:
        raise ValueError(
            f"The {name!r} parameter of {owner} must be a float in the range [0, inf). Got {value!r} instead."
        )


def _scores(results, metric, owner):
    """Return the mean scores of a metric, NaN where there is none."""
    names = [name.removeprefix("mean_test_") for name in results if name.startswith("mean_test_")]
    if metric is None and len(names) > 1:
        raise ValueError(f"The 'metric' parameter of {owner} must be one of {names}. Got None instead.")
    metric = names[0] if metric is None else metric
    if metric not in names:
        raise ValueError(f"The 'metric' parameter of {owner} must be one of {names}. Got {metric!r} instead.")
    scores = np.ma.filled(np.asarray(results[f"mean_test_{metric}"], dtype=np.float64), np.nan)
    if not np.isfinite(scores).any():
        raise ValueError(f"{owner} needs a configuration with a finite score. There is none.")
    return np.where(np.isfinite(scores), scores, np.nan)


def _split_scores(results, metric):
    """Return the scores of all splits, of shape (n_rows, n_splits)."""
    end = "_test_" + (metric or next(n for n in results if n.startswith("mean_test_"))[len("mean_test_") :])
    columns = [one for name, one in results.items() if name.startswith("split") and name.endswith(end)]
    return np.stack(columns, axis=1).astype(np.float64)
