"""What a search gained over the defaults, or over another configuration, and whether that is more than noise."""

import math
import warnings
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy.stats import t as student
from sklearn.utils.validation import check_is_fitted

from skhpo.space import equal_values
from skhpo.stopping import fold_scores


@dataclass(frozen=True)
class Gain:
    """How much better the winner is than a baseline.

    Attributes
    ----------
    gain : float
        Difference of the mean scores.
    interval : (float, float)
        Confidence interval of it.
    p_value : float
        Probability of such a difference if the winner were not better than the baseline, by a one-sided paired test.
    baseline_score, best_score : float
        The two mean scores, over the splits on which both were evaluated.
    baseline_params : dict
        The configuration compared with.
    n_splits : int
        How many splits there were.
    is_within_noise : bool
        Whether the interval includes 0.

    Examples
    --------
    See :func:`gain_over_defaults`, which makes these.

    >>> from skhpo.inspection import Gain
    >>> Gain(0.02, (0.01, 0.03), 0.01, 0.9, 0.92, {"C": 1.0}, 5, False).baseline_params
    {'C': 1.0}
    """

    gain: float
    interval: tuple
    p_value: float
    baseline_score: float
    best_score: float
    baseline_params: dict
    n_splits: int
    is_within_noise: bool


def gain_over_defaults(search, *, baseline="default", metric=None, confidence=0.9):
    """Compare the winner of a search with the estimator's defaults on the same cross-validation splits.

    The differences on the splits are tested by the corrected resampled t-test [1]_: training sets overlap, which the
    plain paired test does not know, and finds too much.

    Parameters
    ----------
    search : estimator, Study or StoredSearch
        A fitted search of this package, a :class:`skhpo.Study`, or what :func:`skhpo.load` returns.
    baseline : "default", int or callable, default="default"
        What to compare with: the estimator's own parameters, which the search must have tried; a row of `cv_results_`;
        or a rule that returns one, such as :class:`skhpo.search.OneStandardError` for a simpler configuration. Of a
        study or a file: the defaults, or the number of a trial.
    metric : str or None, default=None
        Which score, where there are several; None for the one that `refit` names.
    confidence : float, default=0.9
        Of the interval.

    Returns
    -------
    Gain
        Difference, interval and p-value.

    Raises
    ------
    ValueError
        If the defaults were not tried, or there are fewer than two splits on which both were evaluated.

    Warns
    -----
    UserWarning
        If the winner is within noise of the baseline.

    Notes
    -----
    The winner is the best of many on these very splits, so that its score is too high by a little, and the gain with
    it. The test is about noise between splits alone.

    References
    ----------
    .. [1] Nadeau, C. & Bengio, Y. (2003). Inference for the generalization error. Machine Learning 52(3).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.svm import SVC
    >>> from skhpo import BayesSearchCV
    >>> from skhpo.inspection import gain_over_defaults
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> search = BayesSearchCV(
    ...     SVC(gamma=0.1), {"gamma": (1e-6, 1.0, "log-uniform")}, n_iter=10, random_state=0
    ... )
    >>> found = gain_over_defaults(search.fit(X, y))
    >>> found.gain > 0, found.is_within_noise
    (True, False)
    """
    is_estimator = hasattr(search, "get_params")
    if is_estimator:
        check_is_fitted(search, "cv_results_")
    if not isinstance(confidence, Real) or not 0 < confidence < 1:
        raise ValueError(
            f"The 'confidence' parameter of gain_over_defaults must be a float in the range (0, 1). Got {confidence!r} "
            "instead."
        )
    rows = _rows_of_results(search, metric) if is_estimator else _rows_of_trials(search, metric)
    found = _compare(rows, rows.index_of(baseline), confidence)
    if found.is_within_noise:
        name = "the defaults" if baseline == "default" else f"the configuration {found.baseline_params}"
        low, high = found.interval
        warnings.warn(
            f"The winner is within noise of {name}: the gain is {found.gain:.3g}, with a {confidence:.0%} interval "
            f"from {low:.3g} to {high:.3g}.",
            UserWarning,
            stacklevel=2,
        )
    return found


@dataclass(frozen=True)
class _Rows:
    """What there is to compare: scores of shape (n_rows, n_splits), and the configurations behind them."""

    scores: Any
    params: Any
    best: int
    trials: Any
    results: Any = None
    resources: Any = None
    test_to_train: float | None = None

    def index_of(self, baseline):
        """Return the row of a baseline."""
        if callable(baseline) and self.results is not None:
            baseline = baseline(self.results)
        if isinstance(baseline, Integral) and not isinstance(baseline, bool):
            if not 0 <= baseline < len(self.params):
                raise ValueError(
                    f"The 'baseline' must be a row of cv_results_, from 0 to {len(self.params) - 1}."
                )
            return int(baseline)
        if not isinstance(baseline, str) or baseline != "default":
            raise ValueError(
                f"The 'baseline' must be 'default', a row of cv_results_ or a rule that returns one. "
                f"Got {baseline!r} instead."
            )
        default = next((trial.configuration for trial in self.trials if trial.origin == "default"), None)
        rows = [i for i, one in enumerate(self.params) if default is not None and _includes(one, default)]
        if not rows:
            raise ValueError(
                "The estimator's own parameters were not tried: give initial_configurations='default', and a search "
                "space that includes them, or name a row of cv_results_ as 'baseline'."
            )
        # With as much of the resource as the winner, or else with the most that they were given.
        return rows[-1] if self.resources is None else max(rows, key=lambda row: self.resources[row])


def _rows_of_results(search, metric):
    results, sizes = search.cv_results_, getattr(search, "split_sizes_", None)
    return _Rows(
        _split_scores(search, metric),
        results["params"],
        search.best_index_,
        search.trials_,
        results,
        results.get("n_resources"),
        float(np.mean([test / train for train, test in sizes])) if sizes else None,
    )


def _rows_of_trials(source, metric):
    """Return the trials of a study or a file as rows; those that are not complete have no scores."""
    if metric is None:
        metric = getattr(source, "metric", getattr(source, "fingerprint", {}).get("search", {}).get("refit"))
    trials = getattr(source, "trials_", getattr(source, "trials", ()))
    found = [fold_scores(trial, metric) if trial.status == "complete" else () for trial in trials]
    scores = np.full((len(trials), max(map(len, found), default=0)), np.nan)
    for row, values in zip(scores, found, strict=True):
        row[: len(values)] = values
    if not np.isfinite(scores).all(axis=1).any() or not scores.size:
        raise ValueError("No trial is complete yet.")
    ratios = [len(test) / max(len(train), 1) for train, test in getattr(source, "splits", ())]
    best = int(np.nanargmax([trial.score if trial.status == "complete" else np.nan for trial in trials]))
    return _Rows(
        scores,
        [trial.configuration for trial in trials],
        best,
        trials,
        test_to_train=float(np.mean(ratios)) if len(ratios) > 1 else None,
    )


def _split_scores(search, metric):
    """Return the scores of all rows on all splits."""
    results = search.cv_results_
    names = [name.removeprefix("mean_test_") for name in results if name.startswith("mean_test_")]
    if metric is None:
        metric = search.refit if isinstance(search.refit, str) and search.refit in names else names[0]
        if len(names) > 1 and metric != search.refit:
            raise ValueError(f"The 'metric' parameter must be one of {names}. Got None instead.")
    if metric not in names:
        raise ValueError(f"The 'metric' parameter must be one of {names}. Got {metric!r} instead.")
    columns = [results[f"split{i}_test_{metric}"] for i in range(search.n_splits_)]
    return np.stack(columns, axis=1).astype(np.float64)


def _includes(row, configuration):
    """Whether a row is of a configuration; the row may name the resource besides."""
    return all(name in row and equal_values(row[name], value) for name, value in configuration.items())


def _compare(rows, row, confidence):
    best, other = rows.scores[rows.best], rows.scores[row]
    both = np.isfinite(best) & np.isfinite(other)
    n = int(both.sum())
    if n < 2:
        raise ValueError(
            f"A comparison needs two splits on which both configurations were evaluated. There are {n}."
        )
    differences = best[both] - other[both]
    gain = float(differences.mean())
    # [1], equation 8: the variance of the mean, with what overlapping training sets hide.
    ratio = 1.0 / max(rows.scores.shape[1] - 1, 1) if rows.test_to_train is None else rows.test_to_train
    error = math.sqrt((1.0 / n + ratio) * differences.var(ddof=1))
    reach = float(student.ppf((1.0 + confidence) / 2.0, n - 1)) * error
    is_same = row == rows.best
    p_value = float(student.sf(gain / error, n - 1)) if error > 0 else float(gain <= 0)
    return Gain(
        gain,
        (gain - reach, gain + reach),
        1.0 if is_same else p_value,
        float(other[both].mean()),
        float(best[both].mean()),
        rows.params[row],
        n,
        bool(is_same or gain - reach <= 0),
    )
