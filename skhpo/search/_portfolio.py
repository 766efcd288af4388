"""The portfolio of an estimator as proposals: configurations that were good on other data, tried after the defaults."""

import math
import warnings
from contextlib import suppress
from itertools import zip_longest

from sklearn.base import clone

from skhpo.defaults import default_start, portfolio
from skhpo.exceptions import InvalidConfigurationError
from skhpo.samplers import Proposal
from skhpo.search._initial import default_configuration
from skhpo.space import SearchSpace, equal_values

ORIGIN = "portfolio"
# The rest is for the sampler, which learns from these.
_SHARE = 4
_MOST_MODELS = 20


def with_portfolio(proposals, search, task, space, n_trials, earlier=()):
    """Add the portfolio to what is tried first, where it is wanted.

    Parameters
    ----------
    proposals : list of Proposal
        What is tried before.
    search : BaseSearch
        The search, for its `initial_configurations` and `search_spaces`.
    task : Task
        The estimator and the data.
    space : SearchSpace
        The space; members outside of it are moved to its bounds, or skipped where that cannot be.
    n_trials : int
        Of how many trials the portfolio may take a quarter.
    earlier : sequence of Trial, default=()
        Those that the search goes on from: what they tried in the place of the portfolio stays.

    Returns
    -------
    list of Proposal
        With the portfolio at the end, of origin "portfolio".

    Warns
    -----
    UserWarning
        If it was asked for and there is none.
    """
    if not is_wanted(search):
        return proposals
    most, added = n_trials // _SHARE, []
    known = [dict(one.configuration) for one in proposals]
    found = configurations(task.estimator, task.X, space)
    for configuration in found:
        if len(added) == most:
            break
        if not any(equal_values(configuration, one) for one in known):
            known.append(configuration)
            added.append(Proposal(configuration, ORIGIN))
    if not found and not isinstance(search.search_spaces, str):
        warnings.warn(
            f"There is no portfolio for {type(task.estimator).__name__} that is in the space, and none is tried.",
            UserWarning,
            stacklevel=2,
        )
    there = earlier[len(proposals) :][: len(added)]
    n_kept = next((i for i, trial in enumerate(there) if trial.origin != ORIGIN), len(added))
    return [*proposals, *added[:n_kept]]


def is_wanted(search):
    """Whether a search tries the portfolio: if it is asked for, or nothing else is known of a default space."""
    given = search.initial_configurations
    if given != "default":
        return isinstance(given, str) and given == "portfolio"
    # Observations of these data say more, and may hold the portfolio already.
    return isinstance(search.search_spaces, str) and getattr(search, "prior_observations", None) is None


def configurations(estimator, X, space):
    """Return the portfolio as configurations of a space, those of several models in turn.

    Parameters
    ----------
    estimator : estimator
        The estimator; what the space does not hold stays as it is there.
    X : array-like
        The data.
    space : SearchSpace
        The space.

    Returns
    -------
    list of dict
        Each in the space.
    """
    found = [_of_subspace(estimator, X, SearchSpace(dict(one.dimensions))) for one in space.subspaces]
    return [one for ones in zip_longest(*found) for one in ones if one is not None]


def _of_subspace(estimator, X, space):
    (subspace,) = space.subspaces
    choices = _models(subspace.dimensions)
    found, chosen = [], estimator
    for member in portfolio(estimator, X, choices=choices or None):
        if choices:
            picked = {name: member[name] for name in choices}
            chosen = clone(estimator).set_params(**clone(picked, safe=False))
        changes = {name: value for name, value in member.items() if name in subspace.dimensions}
        with suppress(InvalidConfigurationError):
            start = default_start(chosen, X)
            found.append(default_configuration(chosen, space, start, changes, near=X))
    return found


def _models(dimensions):
    """Return the steps that a space has models for, with these."""
    choices = {
        name: dimension.choices
        for name, dimension in dimensions.items()
        if not dimension.when and all(map(_is_model, getattr(dimension, "choices", [None])))
    }
    return choices if math.prod(map(len, choices.values())) <= _MOST_MODELS else {}


def _is_model(value):
    return hasattr(value, "fit") and not isinstance(value, type)
