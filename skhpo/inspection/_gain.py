"""What a search gained over the defaults, or over another configuration, and whether that is more than noise."""

import math
import warnings
from dataclasses import dataclass
from numbers import Real

import numpy as np
from scipy.stats import t as student
from sklearn.utils.validation import check_is_fitted

from skhpo._observations import space_of
from skhpo._simplicity import check_order, complexity, names_of
from skhpo.inspection._rows import rows_of_results, rows_of_trials


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
    is_paired : bool
        Whether both were evaluated on the same splits, and compared on each; if not, two means were.
    resource : int or None
        With how much of the resource both were measured, where one is rationed.

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
    is_paired: bool = True
    resource: int | None = None


def gain_over_defaults(search, *, baseline="default", metric=None, confidence=0.9):
    """Compare the winner of a search with the estimator's defaults on the same cross-validation splits.

    The differences on the splits are tested by the corrected resampled t-test [1]_: training sets overlap, which the
    plain paired test does not know, and finds too much. Configurations of a search with ``reshuffle=True`` have splits
    of their own. They are compared by Welch's test of two means with the same correction, which needs larger gains.

    Parameters
    ----------
    search : estimator, Study or StoredSearch
        A fitted search of this package, a :class:`skhpo.Study`, or what :func:`skhpo.load` returns.
    baseline : "default", int or callable, default="default"
        What to compare with: the estimator's own parameters, which the search must have tried; a row of `cv_results_`;
        or a rule that returns one, such as :class:`skhpo.search.OneStandardError` for a simpler configuration. Of a
        study or a file: the defaults, or the number of a trial. A row stands for its configuration, which may have
        been measured with other amounts of a resource, too.
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
        If the defaults were not tried, or there are fewer than two splits on which both were evaluated, or no amount
        of the resource with which both were.

    Warns
    -----
    UserWarning
        If the winner is within noise of the baseline.

    Notes
    -----
    The winner is the best of many on these very splits, so that its score is too high by a little, and the gain with
    it. The test is about noise between splits alone.

    Where a resource is rationed, as by Hyperband and halving, most configurations are measured with a part of it. More
    of it makes scores better, so that the two are compared with the largest amount with which both were measured, and
    their scores are those with this amount, not the final ones: see `resource` of the result.

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
    _check_confidence(confidence, "gain_over_defaults")
    rows = rows_of_results(search, metric) if is_estimator else rows_of_trials(search, metric)
    pair = rows.pair_with(baseline)
    found = _compare(rows, *pair, confidence)
    if found.is_within_noise:
        name = "the defaults" if isinstance(baseline, str) else None
        _warn(name, found, confidence, is_same=pair[0] == pair[1])
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
        If `order` is none, or names what is no hyperparameter, or there are fewer than two splits.
    TypeError
        If `search` is a study or a file.

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
    if not hasattr(search, "get_params"):
        raise TypeError(
            f"The 'search' parameter of gain_over_simpler must be a fitted search of this package. Got {search!r} "
            "instead."
        )
    check_is_fitted(search, "cv_results_")
    _check_order(search, order)
    _check_confidence(confidence, "gain_over_simpler")
    rows = rows_of_results(search, metric)
    complexities = [complexity(order, one, "gain_over_simpler") for one in rows.params]
    simpler = [row for row, one in enumerate(complexities) if one < complexities[rows.best]]
    # Who was not measured on all splits, or with less of a resource, is no alternative.
    known = [row for row in simpler if np.isfinite(rows.scores[row]).all() and rows.is_comparable(row)]
    best = None
    for row in sorted(known, key=lambda row: (complexities[row], -rows.scores[row].mean())):
        found = _compare(rows, rows.best, row, confidence)
        if found.is_within_noise:
            _warn(None, found, confidence)
            return found
        best = found if best is None or found.gain < best.gain else best
    return best


def _check_order(search, order):
    check_order(order, "gain_over_simpler")
    space = space_of(search)
    known = set(search.estimator.get_params()).union(() if space is None else space.names)
    known.update(name for row in search.cv_results_["params"] for name in row)
    unknown = next((name for name in names_of(order) if name not in known), None)
    if unknown is not None:
        raise ValueError(
            "The 'order' parameter of gain_over_simpler must name hyperparameters of the estimator. "
            f"Got {unknown!r} instead."
        )


def _check_confidence(confidence, owner):
    if not isinstance(confidence, Real) or not 0 < confidence < 1:
        raise ValueError(
            f"The 'confidence' parameter of {owner} must be a float in the range (0, 1). Got {confidence!r} instead."
        )


def _warn(name, found, confidence, is_same=False):
    name = f"the configuration {found.baseline_params}" if name is None else name
    low, high = found.interval
    noise = (
        f"The winner is within noise of {name}: the gain is {found.gain:.3g}, with a {confidence:.0%} interval "
        f"from {low:.3g} to {high:.3g}."
    )
    warnings.warn(
        f"The winner is {name}: nothing was gained." if is_same else noise,
        UserWarning,
        stacklevel=3,
    )


def _compare(rows, winner, row, confidence):
    best, other = rows.scores[winner], rows.scores[row]
    both = np.isfinite(best) & np.isfinite(other)
    n = rows.n_common(winner, row)
    if n < 2:
        raise ValueError(
            f"A comparison needs two splits on which both configurations were evaluated. There are {n}."
        )
    gain, error, freedom = _difference(rows, best[both], other[both])
    reach = float(student.ppf((1.0 + confidence) / 2.0, freedom)) * error
    is_same, resource = row == winner, rows.resource_of(row)
    p_value = float(student.sf(gain / error, freedom)) if error > 0 else float(gain <= 0)
    return Gain(
        gain,
        (gain - reach, gain + reach),
        1.0 if is_same else p_value,
        float(other[both].mean()),
        float(best[both].mean()),
        rows.params[row],
        n,
        bool(is_same or gain - reach <= 0),
        rows.is_paired,
        None if resource is None else int(resource),
    )


def _difference(rows, best, other):
    """Return the difference of two means, its standard error and degrees of freedom."""
    n = len(best)
    gain = float((best - other).mean())
    # [1], equation 8: the variance of the mean, with what overlapping training sets hide.
    ratio = 1.0 / max(rows.scores.shape[1] - 1, 1) if rows.test_to_train is None else rows.test_to_train
    factor = 1.0 / n + ratio
    if rows.is_paired:
        return gain, math.sqrt(factor * (best - other).var(ddof=1)), n - 1
    variances = np.array([best.var(ddof=1), other.var(ddof=1)])
    total = float(variances.sum())
    freedom = (n - 1) * total**2 / float((variances**2).sum()) if total > 0 else n - 1
    return gain, math.sqrt(factor * total), freedom
