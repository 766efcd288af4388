"""What a search needs for racing: the rule, and the best score that its metric can reach."""

from collections.abc import Mapping
from dataclasses import replace

from sklearn.base import is_classifier, is_regressor
from sklearn.utils._param_validation import Options, StrOptions

from skhpo._sklearn import BaseSearchCV, scorers_by_name, sign_and_name_of
from skhpo.schedulers import RACING, FullScheduler, Lossless, Margin, RacingRule, RacingScheduler
from skhpo.space import SearchSpace

#: What the parameter `racing` may be.
RACING_CONSTRAINT = [StrOptions(set(RACING)), RacingRule, Options(bool, {False})]

# Functions of sklearn.metrics whose scores are at most 1; of losses, which scorers turn around, 0 is the best.
_AT_MOST_1 = frozenset(
    [
        "accuracy_score",
        "adjusted_mutual_info_score",
        "adjusted_rand_score",
        "average_precision_score",
        "balanced_accuracy_score",
        "cohen_kappa_score",
        "completeness_score",
        "d2_absolute_error_score",
        "d2_brier_score",
        "d2_log_loss_score",
        "d2_pinball_score",
        "d2_tweedie_score",
        "explained_variance_score",
        "f1_score",
        "fbeta_score",
        "fowlkes_mallows_score",
        "homogeneity_score",
        "jaccard_score",
        "matthews_corrcoef",
        "ndcg_score",
        "normalized_mutual_info_score",
        "precision_score",
        "r2_score",
        "rand_score",
        "recall_score",
        "roc_auc_score",
        "silhouette_score",
        "top_k_accuracy_score",
        "v_measure_score",
    ]
)
_AT_LEAST_0 = frozenset(
    [
        "brier_score_loss",
        "hamming_loss",
        "hinge_loss",
        "log_loss",
        "max_error",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_gamma_deviance",
        "mean_pinball_loss",
        "mean_poisson_deviance",
        "mean_squared_error",
        "mean_squared_log_error",
        "mean_tweedie_deviance",
        "median_absolute_error",
        "negative_likelihood_ratio",
        "root_mean_squared_error",
        "root_mean_squared_log_error",
        "zero_one_loss",
    ]
)


def fold_scheduler(search, task, metric, lookahead, failed_score=float("nan")):
    """Return the scheduler of a search whose fits all have the same resource.

    Parameters
    ----------
    search : BaseSearch
        The search.
    task : Task
        What all its fits share.
    metric : str or None
        The score that is optimised.
    lookahead : int or None
        That of the study.
    failed_score : float, default=nan
        What a fold counts whose fit failed, if such a configuration may win.

    Returns
    -------
    Scheduler
        A race, or plain cross-validation.
    """
    rule = racing_rule(search, task, metric)
    if rule is None:
        return FullScheduler(task.n_splits)
    return RacingScheduler(task.n_splits, rule, metric, lookahead, failed_score)


def racing_rule(search, task, metric):
    """Return the rule that the parameter `racing` stands for, None for no race.

    Parameters
    ----------
    search : BaseSearch
        The search.
    task : Task
        What all its fits share.
    metric : str or None
        The score that is optimised.

    Returns
    -------
    RacingRule or None
        With the best score that the metric can reach.

    Raises
    ------
    ValueError
        If the best possible score has to be known and is not, or folds are to be compared that are not the same.
    """
    if search.racing is False:
        return None
    rule = RACING[search.racing]() if isinstance(search.racing, str) else search.racing
    if search.reshuffle and not isinstance(rule, Lossless):
        raise ValueError(
            f"With reshuffle=True, the 'racing' parameter of {type(search).__name__} must be False or 'lossless': "
            "other rules compare configurations fold by fold, and their folds are not the same. "
            f"Got {search.racing!r} instead."
        )
    if isinstance(rule, Lossless | Margin) and rule.best_score is None:
        rule = replace(rule, best_score=_best_score(search, task, metric, isinstance(rule, Lossless)))
    return rule


def _estimators_in(spec):
    """Yield the predictors among the values of a space, in whatever notation."""
    if hasattr(spec, "fit") and hasattr(spec, "predict"):
        yield spec
    elif isinstance(spec, Mapping):
        for value in spec.values():
            yield from _estimators_in(value)
    elif isinstance(spec, list | tuple):
        for value in spec:
            yield from _estimators_in(value)
    elif isinstance(spec, SearchSpace):
        for subspace in spec.subspaces:
            yield from _estimators_in(subspace.dimensions)
    else:
        yield from _estimators_in(list(getattr(spec, "choices", ())))


def _best_score(search, task, metric, is_needed):
    names = scorers_by_name(task.scorer)
    scorer = task.scorer if names is None else names.get(metric, next(iter(names.values())))
    specs = [getattr(search, name, ()) for name in ("search_spaces", "param_grid", "param_distributions")]
    bounds = {best_possible_score(scorer, one) for one in (task.estimator, *_estimators_in(specs))}
    if bounds != {1.0} and bounds != {0.0}:
        if is_needed:
            raise ValueError(
                f"The best score that scoring={search.scoring!r} can reach is not known. For the 'racing' parameter of "
                f"{type(search).__name__} write Lossless(best_score=...), or 'margin', which needs no bound."
            )
        return None
    return bounds.pop()


def best_possible_score(scorer, estimator):
    """Return the best score that a scorer can reach, None if that is not known.

    Parameters
    ----------
    scorer : callable
        A scorer.
    estimator : estimator
        What it scores.

    Returns
    -------
    float or None
        The bound.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.metrics import get_scorer
    >>> from skhpo.search._racing import best_possible_score
    >>> best_possible_score(get_scorer("roc_auc"), DummyClassifier())
    1.0
    >>> best_possible_score(get_scorer("neg_log_loss"), DummyClassifier())
    0.0
    """
    sign, name = sign_and_name_of(scorer)
    if sign is None:
        return _best_of_own_score(estimator) if name == "score" else None
    if sign > 0 and name in _AT_MOST_1:
        return 1.0
    return 0.0 if sign < 0 and name in _AT_LEAST_0 else None


def _best_of_own_score(estimator):
    """Return 1 where the method `score` is scikit-learn's accuracy or R2."""
    while hasattr(estimator, "steps"):
        estimator = estimator.steps[-1][1]
    if getattr(estimator, "scoring", None) is not None:  # a search, which scores by it
        return None
    while isinstance(estimator, BaseSearchCV):
        estimator = estimator.estimator
    method = getattr(type(estimator), "score", None)
    is_usual = getattr(method, "__module__", "").startswith("sklearn.")
    return 1.0 if is_usual and (is_classifier(estimator) or is_regressor(estimator)) else None
