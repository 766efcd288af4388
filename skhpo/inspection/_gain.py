"""What a search gained over the defaults, or over another configuration, and whether that is more than noise."""

import math
import warnings
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from scipy.stats import t as student
from sklearn.utils.validation import check_is_fitted

from skhpo._simplicity import check_order, complexity
from skhpo.space import equal_values


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
        Probability of such a difference if the winner were not better than the baseline, by a one-sided test.
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
    plain paired test does not know, and finds too much. Configurations of a search with ``reshuffle=True`` have splits
    of their own. They are compared by Welch's test of two means with the same correction, which needs larger gains.

    Parameters
    ----------
    search : estimator
        A fitted search of this package.
    baseline : "default", int or callable, default="default"
        What to compare with: the estimator's own parameters, which the search must have tried; a row of `cv_results_`;
        or a rule that returns one, such as :class:`skhpo.search.OneStandardError` for a simpler configuration.
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
    check_is_fitted(search, "cv_results_")
    _check_confidence(confidence, "gain_over_defaults")
    scores = _split_scores(search, metric)
    row = _baseline_row(search, baseline)
    found = _compare(search, scores, row, confidence)
    if found.is_within_noise:
        _warn("the defaults" if baseline == "default" else None, found, confidence)
    return found


def gain_over_simpler(search, order, *, metric=None, confidence=0.9):
    """Compare the winner of a search with the simplest configuration that may be as good.

    Of the configurations that were tried and are simpler than the winner, it is the simplest one which the winner is
    within noise of, by the test of :func:`gain_over_defaults`; where there is none, it is the best one.

    Parameters
    ----------
    search : estimator
        A fitted search of this package.
    order : list of str or of (str, list), or callable
        What makes a configuration simple, as in :class:`skhpo.search.OneStandardError`.
    metric : str or None, default=None
        Which score, where there are several; None for the one that `refit` names.
    confidence : float, default=0.9
        Of the interval.

    Returns
    -------
    Gain or None
        Difference, interval and p-value; None if no configuration is simpler.

    Raises
    ------
    ValueError
        If `order` is none, or there are fewer than two splits.

    Warns
    -----
    UserWarning
        If the winner is within noise of a simpler configuration.

    Notes
    -----
    Each configuration is tested on its own. The more of them are simpler, the more likely is one that is worse and
    looks as good. For a search that ends with the simple one, see :class:`skhpo.search.OneStandardError`.

    Examples
    --------
    >>> import warnings
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpo import GridSearchCV
    >>> from skhpo.inspection import gain_over_simpler
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 5, 15, 50]}).fit(X, y)
    >>> with warnings.catch_warnings(record=True, action="always") as caught:
    ...     found = gain_over_simpler(search, ["-n_neighbors"])
    >>> search.best_params_, found.baseline_params
    ({'n_neighbors': 5}, {'n_neighbors': 15})
    >>> str(caught[0].message)[:63]
    "The winner is within noise of the configuration {'n_neighbors':"
    """
    check_is_fitted(search, "cv_results_")
    check_order(order, "gain_over_simpler")
    _check_confidence(confidence, "gain_over_simpler")
    scores, params = _split_scores(search, metric), search.cv_results_["params"]
    complexities = [complexity(order, one, "gain_over_simpler") for one in params]
    simpler = [row for row, one in enumerate(complexities) if one < complexities[search.best_index_]]
    # Who was not measured on all splits, or with less of a resource, is no alternative.
    known = [row for row in simpler if np.isfinite(scores[row]).all() and _is_comparable(search, row)]
    best = None
    for row in sorted(known, key=lambda row: (complexities[row], -scores[row].mean())):
        found = _compare(search, scores, row, confidence)
        if found.is_within_noise:
            _warn(None, found, confidence)
            return found
        best = found if best is None or found.gain < best.gain else best
    return best


def _check_confidence(confidence, owner):
    if not isinstance(confidence, Real) or not 0 < confidence < 1:
        raise ValueError(
            f"The 'confidence' parameter of {owner} must be a float in the range (0, 1). Got {confidence!r} instead."
        )


def _warn(name, found, confidence):
    name = f"the configuration {found.baseline_params}" if name is None else name
    low, high = found.interval
    warnings.warn(
        f"The winner is within noise of {name}: the gain is {found.gain:.3g}, with a {confidence:.0%} interval "
        f"from {low:.3g} to {high:.3g}.",
        UserWarning,
        stacklevel=3,
    )


def _is_comparable(search, row):
    """Whether a row has as much of the resource as the winner, where one is rationed."""
    resources = search.cv_results_.get("n_resources")
    return resources is None or resources[row] == resources[search.best_index_]


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


def _baseline_row(search, baseline):
    results = search.cv_results_
    if callable(baseline):
        baseline = baseline(results)
    if isinstance(baseline, Integral) and not isinstance(baseline, bool):
        if not 0 <= baseline < len(results["params"]):
            raise ValueError(
                f"The 'baseline' must be a row of cv_results_, from 0 to {len(results['params']) - 1}."
            )
        return int(baseline)
    if baseline != "default":
        raise ValueError(
            f"The 'baseline' must be 'default', a row of cv_results_ or a rule that returns one. "
            f"Got {baseline!r} instead."
        )
    default = next((trial.configuration for trial in search.trials_ if trial.origin == "default"), None)
    rows = [i for i, one in enumerate(results["params"]) if default is not None and _includes(one, default)]
    if not rows:
        raise ValueError(
            "The estimator's own parameters were not tried: give initial_configurations='default', and a search space "
            "that includes them, or name a row of cv_results_ as 'baseline'."
        )
    resources = results.get("n_resources")
    # With as much of the resource as the winner, or else with the most that they were given.
    return rows[-1] if resources is None else max(rows, key=lambda row: resources[row])


def _includes(row, configuration):
    """Whether a row is of a configuration; the row may name the resource besides."""
    return all(name in row and equal_values(row[name], value) for name, value in configuration.items())


def _compare(search, scores, row, confidence):
    best, other = scores[search.best_index_], scores[row]
    both = np.isfinite(best) & np.isfinite(other)
    n = int(both.sum())
    if n < 2:
        raise ValueError(
            f"A comparison needs two splits on which both configurations were evaluated. There are {n}."
        )
    gain, error, freedom = _difference(search, best[both], other[both])
    reach = float(student.ppf((1.0 + confidence) / 2.0, freedom)) * error
    is_same = row == search.best_index_
    p_value = float(student.sf(gain / error, freedom)) if error > 0 else float(gain <= 0)
    return Gain(
        gain,
        (gain - reach, gain + reach),
        1.0 if is_same else p_value,
        float(other[both].mean()),
        float(best[both].mean()),
        search.cv_results_["params"][row],
        n,
        bool(is_same or gain - reach <= 0),
    )


def _difference(search, best, other):
    """Return the difference of two means, its standard error and degrees of freedom."""
    n = len(best)
    gain = float((best - other).mean())
    # [1], equation 8: the variance of the mean, with what overlapping training sets hide.
    factor = 1.0 / n + _test_to_train(search)
    if not getattr(search, "reshuffle", False):
        return gain, math.sqrt(factor * (best - other).var(ddof=1)), n - 1
    variances = np.array([best.var(ddof=1), other.var(ddof=1)])
    total = float(variances.sum())
    freedom = (n - 1) * total**2 / float((variances**2).sum()) if total > 0 else n - 1
    return gain, math.sqrt(factor * total), freedom


def _test_to_train(search):
    """Return how many samples are tested for each one that is trained on."""
    sizes = getattr(search, "split_sizes_", None)
    if not sizes:
        return 1.0 / max(search.n_splits_ - 1, 1)
    return float(np.mean([test / train for train, test in sizes]))
