"""Lists of candidates: repeated ones are found, and names the estimator does not have."""

from itertools import islice, product

import numpy as np
from sklearn.base import clone

N_TRIED = 200  # candidates that are set on the estimator at most, in search of one that accepts every name


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
            _set(estimator, candidate)
        except ValueError as error:
            refused.update(dict.fromkeys(candidate, error))
        else:
            accepted.update(candidate)
    for name, error in refused.items():
        if name not in accepted:
            raise error


def check_names_of_space(estimator, space):
    """Do the same as `check_names` for a space: each hyperparameter is tried where it is active."""
    for subspace in space.subspaces:
        for name in subspace.dimensions:
            _check_name(estimator, name, subspace.dimensions)


def _check_name(estimator, name, dimensions):
    """Set one hyperparameter together with what it depends on: its conditions, and the choices of its estimator."""
    (value,) = dimensions[name].sample(np.random.default_rng(0), 1)
    fixed = _ancestors(name, dimensions)
    owners = [
        one for one in dimensions if name.startswith(f"{one}__") and dimensions[one].n_values is not None
    ]
    choices = [
        [fixed[one]] if one in fixed else list(islice(dimensions[one].values(), N_TRIED)) for one in owners
    ]
    error = None
    for chosen in islice(product(*choices), N_TRIED):
        try:
            _set(estimator, {**fixed, **dict(zip(owners, chosen, strict=True)), name: value})
        except ValueError as refused:
            error = refused
        else:
            return
    raise error


def _ancestors(name, dimensions):
    """Return values of other hyperparameters that make this one active."""
    values = {}
    for parent, allowed in dimensions[name].when.items():
        values.update(_ancestors(parent, dimensions))
        values[parent] = allowed[0]
    return values


def _set(estimator, candidate):
    """Set hyperparameters on a copy; a ValueError names the one that cannot be set."""
    try:
        clone(estimator).set_params(**clone(candidate, safe=False))
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(
            f"Invalid parameters {sorted(candidate)} for estimator {estimator}: {error}"
        ) from error


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
    # Equal is not enough: (1,) equals (1.0,), and 0.0 equals -0.0.
    return (value, repr(value)) if isinstance(value, float | tuple | frozenset) else value
