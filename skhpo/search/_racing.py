"""What a search needs for racing: the rule, and the best score that its metric can reach."""

from dataclasses import replace

from sklearn.base import is_classifier, is_regressor
from sklearn.utils._param_validation import Options, StrOptions

from skhpo._sklearn import scorers_by_name, sign_and_name_of
from skhpo.schedulers import RACING, FullScheduler, Lossless, Margin, RacingRule, RacingScheduler

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
        If the best possible score has to be known and is not.
    """
    if search.racing is False:
        return None
    rule = RACING[search.racing]() if isinstance(search.racing, str) else search.racing
    if isinstance(rule, Lossless | Margin) and rule.best_score is None:
        rule = replace(rule, best_score=_best_score(search, task, metric, isinstance(rule, Lossless)))
    return rule


def _best_score(search, task, metric, is_needed):
    names = scorers_by_name(task.scorer)
    scorer = task.scorer if names is None else names.get(metric, next(iter(names.values())))
    known = best_possible_score(scorer, task.estimator)
    if known is None and is_needed:
        raise ValueError(
            f"The best score that scoring={search.scoring!r} can reach is not known. With a scorer of your own write "
            f"racing=Lossless(best_score=...) for the 'racing' parameter of {type(search).__name__}."
        )
    return known


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
    while hasattr(estimator, "steps") or hasattr(estimator, "best_estimator_"):
        estimator = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator.best_estimator_
    method = getattr(type(estimator), "score", None)
    is_usual = getattr(method, "__module__", "").startswith("sklearn.")
    return 1.0 if is_usual and (is_classifier(estimator) or is_regressor(estimator)) else None
