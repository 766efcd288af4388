"""The configurations tried first: the estimator's own parameters, or what is nearest to them, then the user's."""

import numpy as np

from skhpo.defaults import nearest_value
from skhpo.exceptions import InvalidConfigurationError
from skhpo.samplers import Proposal
from skhpo.space import SearchSpace, equal_values

# Whether anything is near to the defaults does not depend on the data.
_ANY_DATA = np.zeros((2, 2))


def initial_proposals(initial_configurations, estimator, space, say, stand_ins=None, X=None):
    """Return what is tried before the sampler is asked.

    Parameters
    ----------
    initial_configurations : None, "default", "portfolio" or list of dict
        Nothing, the estimator's own parameters, or these followed by the given configurations.
    estimator : estimator
        Whose parameters are the default configuration.
    space : SearchSpace
        The space all configurations have to be in.
    say : callable
        Told, as text, if the defaults are outside of the space.
    stand_ins : dict or None, default=None
        Values for those of the estimator that are outside of the space.
    X : array-like or None, default=None
        The data, if what is nearest to the defaults is to be tried in their place where these are outside.

    Returns
    -------
    list of Proposal
        In the order of trial, with origins "default" or "near default", and "user".

    Raises
    ------
    InvalidConfigurationError
        If a configuration of the user is outside the space.
    """
    if initial_configurations is None:
        return []
    proposals = _first(estimator, space, say, stand_ins, X)
    given = [] if isinstance(initial_configurations, str) else initial_configurations
    for position, configuration in enumerate(given):
        try:
            space.check(configuration)
        except InvalidConfigurationError as error:
            raise InvalidConfigurationError(f"In initial_configurations[{position}]: {error}") from None
        proposals.append(Proposal(dict(configuration), "user"))
    return proposals


def begins_somewhere(search):
    """Whether a search knows what to try first; so before `fit`, whatever the data are.

    Parameters
    ----------
    search : BaseSearch
        The search.

    Returns
    -------
    bool
        True if there are configurations of the user, or defaults in its space or near to it.
    """
    given = search.initial_configurations
    if given is None:
        return False
    if isinstance(search.search_spaces, str) or search.prior_observations is not None:
        return True
    if given and not isinstance(given, str):
        return True
    space = SearchSpace.from_spec(search.search_spaces)
    return bool(initial_proposals("default", search.estimator, space, lambda message: None, X=_ANY_DATA))


def _first(estimator, space, say, stand_ins, X):
    """Return the defaults as a proposal, or what is nearest to them, or nothing; in a list."""
    try:
        return [Proposal(default_configuration(estimator, space, stand_ins), "default")]
    except InvalidConfigurationError as error:
        outside = error
    if X is not None:
        try:
            nearest = default_configuration(estimator, space, stand_ins, near=X)
        except InvalidConfigurationError:
            pass
        else:
            say(
                f"The nearest configuration is tried first instead of the estimator's own parameters: {outside}"
            )
            return [Proposal(nearest, "near default")]
    say(f"The estimator's own parameters are not tried first: {outside}")
    return []


def default_configuration(estimator, space, stand_ins=None, changes=None, near=None):
    """Return the estimator's own parameters as a configuration.

    Parameters
    ----------
    estimator : estimator
        Any estimator.
    space : SearchSpace
        The space; of several sub-spaces the first one that the parameters fit.
    stand_ins : dict or None, default=None
        Values for those of the estimator that are outside of the space.
    changes : dict or None, default=None
        Values to be had in place of the estimator's own.
    near : array-like or None, default=None
        The data, if what is outside of the space is replaced by what is nearest to it.

    Returns
    -------
    dict
        The values of all active hyperparameters.

    Raises
    ------
    InvalidConfigurationError
        If they are outside the space; the message names the hyperparameter.
    """
    own, errors = estimator.get_params(deep=True), []
    for subspace in space.subspaces:
        values = own | {
            name: value
            for name, value in (stand_ins or {}).items()
            if name in subspace.dimensions and not subspace.dimensions[name].contains(own.get(name))
        }
        values |= changes or {}
        if near is not None:
            values |= {
                name: nearest_value(name, values[name], one, near)
                for name, one in subspace.dimensions.items()
                if name in values
            }
        configuration = {
            name: values[name]
            for name in subspace.dimensions
            if _is_active(name, subspace.dimensions, values)
        }
        try:
            (decoded,) = space.decode(space.encode([configuration]))
            return {name: _as_in_space(name, value, decoded[name]) for name, value in configuration.items()}
        except InvalidConfigurationError as error:
            errors.append(error)
    raise errors[0]


def _as_in_space(name, value, in_space):
    """Return the user's own object that a default value is equal to; refuse a number that may mean something else."""
    if type(value) is int and type(in_space) is float:
        raise InvalidConfigurationError(
            f"The default of {name!r} is the integer {value}, and the space holds floats: it may mean something else."
        )
    return in_space if equal_values(value, in_space) else value


def _is_active(name, dimensions, values):
    """Whether a hyperparameter of the estimator is active at its present values."""
    return name in values and all(
        _is_active(parent, dimensions, values) and any(equal_values(values[parent], one) for one in allowed)
        for parent, allowed in dimensions[name].when.items()
    )
