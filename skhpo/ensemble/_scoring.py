"""The scorer that an ensemble is chosen by, and what is refused as one before anything is trained."""

from sklearn.metrics import check_scoring, get_scorer_names

from skhpo._out_of_fold import has_usual_score, scorer_of_metric
from skhpo._sklearn import sign_and_name_of


def scorer_of(search, scoring, owner):
    """Return the scorer of a fitted search, or another one.

    Parameters
    ----------
    search : BaseSearch
        A fitted search.
    scoring : str, callable or None
        Another scorer; None for the search's own, of the metric that its `refit` names.
    owner : str
        Class named in error messages.

    Returns
    -------
    callable
        It returns a number.

    Raises
    ------
    ValueError
        If the search has several metrics and does not say which one counts.
    """
    if scoring is not None:
        return check_scoring(search.estimator, scoring)
    if not search.multimetric_:
        return search.scorer_
    if not isinstance(search.refit, str):
        raise _several_metrics(owner)
    return scorer_of_metric(search, search.refit)


def check_scoring_of(search, scoring, owner):
    """Refuse what can be told to be no scorer of an ensemble before the search runs.

    Parameters
    ----------
    search : BaseSearch
        A search, fitted or not.
    scoring : str, callable or None
        The ensemble's.
    owner : str
        Class named in error messages.

    Raises
    ------
    ValueError
        If there is no such scorer, if it is not clear which one is meant, or if it does not look at predictions.
    """
    if isinstance(scoring, str) and scoring not in get_scorer_names():
        raise ValueError(
            f"The 'scoring' parameter of {owner} must be a str among sklearn.metrics.get_scorer_names(), a callable or "
            f"None. Got {scoring!r} instead."
        )
    if scoring is not None:
        return
    if isinstance(search.scoring, list | tuple | set | dict) and not isinstance(search.refit, str):
        raise _several_metrics(owner)
    if search.scoring is None:
        check_own_score(search.estimator)


def check_scores_of(search, scorer, configurations):
    """Refuse trials that were scored by a method of their own.

    Parameters
    ----------
    search : BaseSearch
        A search.
    scorer : callable
        What `scorer_of` has returned.
    configurations : iterable of dict
        Of the trials; an estimator in one may be what the trial is scored by.

    Raises
    ------
    ValueError
        If one has another score than classifiers and regressors usually have.
    """
    if sign_and_name_of(scorer) != (None, "score"):
        return
    for configuration in configurations:
        steps = getattr(search.estimator, "steps", None)
        chosen = configuration.get(steps[-1][0]) if steps else None
        if hasattr(chosen, "fit"):
            check_own_score(chosen)


def check_own_score(estimator):
    """Refuse an estimator whose ``score`` is neither the accuracy nor the coefficient of determination.

    Parameters
    ----------
    estimator : estimator
        Not necessarily fitted.

    Raises
    ------
    ValueError
        If its predictions do not tell its score.

    Examples
    --------
    >>> from sklearn.linear_model import PoissonRegressor, Ridge
    >>> from skhpo.ensemble._scoring import check_own_score
    >>> check_own_score(Ridge())
    >>> check_own_score(PoissonRegressor())
    Traceback (most recent call last):
    ValueError: The own score of PoissonRegressor() cannot be told from predictions: give the search a 'scoring'.
    """
    if not has_usual_score(estimator):
        raise ValueError(
            f"The own score of {estimator!r} cannot be told from predictions: give the search a 'scoring'."
        )


def _several_metrics(owner):
    return ValueError(
        f"The 'scoring' parameter of {owner} must be given where the search has several metrics and its 'refit' is "
        "none of them. Got None instead."
    )
