"""The scorer that an ensemble is chosen by."""

from sklearn.metrics import check_scoring


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
        raise ValueError(
            f"The 'scoring' parameter of {owner} must be given where the search has several metrics and its 'refit' is "
            "none of them. Got None instead."
        )
    if isinstance(search.scorer_, dict):
        return search.scorer_[search.refit]
    return lambda estimator, X, y, **params: search.scorer_(estimator, X, y, **params)[search.refit]
