"""Lists of candidates: repeated ones are found, and names the estimator does not have."""

from itertools import islice

import numpy as np
from sklearn.base import clone

N_TRIED = 200  # candidates that are set on the estimator at most, in search of one that accepts every name
N_DRAWN = 64  # configurations drawn from a space for the same purpose


def check_names(estimator, candidates):
    """Raise the estimator's own error for a hyperparameter that it never accepts.

    Which names are valid may depend on the configuration, where steps of a pipeline are chosen. So a name is refused
    only if no candidate that has it can be set.

    Parameters
    ----------
    estimator : estimator
        The estimator to be tuned.
    candidates : iterable of dict
        Configurations; the first ones are tried.

    Raises
    ------
    ValueError
        As ``estimator.set_params``; the message names the hyperparameter.
    """
    accepted, refused = set(), {}
    for candidate in islice(candidates, N_TRIED):
        if accepted.issuperset(candidate):
            continue
        try:
            clone(estimator).set_params(**clone(candidate, safe=False))
        except Exception as error:
            refused.update(dict.fromkeys(candidate, error))
        else:
            accepted.update(candidate)
    for name, error in refused.items():
        if name not in accepted:
            raise error


def check_names_of_space(estimator, space):
    """Do the same as `check_names` for configurations drawn from a space."""
    check_names(estimator, space.sample(np.random.default_rng(0), N_DRAWN))


def merge_repeated(candidates):
    """Find the candidates that repeat an earlier one.

    Parameters
    ----------
    candidates : list of dict
        Configurations, in order.

    Returns
    -------
    distinct : list of dict
        Each of them once.
    rows : list of int
        Position in `distinct` of every candidate.

    Examples
    --------
    >>> from skhpo.search._candidates import merge_repeated
    >>> merge_repeated([{"C": 1}, {"C": 2}, {"C": 1}, {"C": 1.0}])
    ([{'C': 1}, {'C': 2}, {'C': 1.0}], [0, 1, 0, 2])
    """
    positions, distinct, rows = {}, [], []
    for candidate in candidates:
        key = frozenset((name, type(value), _identity(value)) for name, value in candidate.items())
        if key not in positions:
            positions[key] = len(distinct)
            distinct.append(candidate)
        rows.append(positions[key])
    return distinct, rows


def _identity(value):
    """A hashable stand-in for a value; what cannot be hashed is only equal to itself."""
    try:
        hash(value)
    except TypeError:
        return id(value)
    return value
