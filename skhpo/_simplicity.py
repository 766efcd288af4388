"""An order of simplicity among configurations, as a user writes it."""

import math
from numbers import Real


def check_order(order, owner):
    """Refuse what is no order.

    Parameters
    ----------
    order : object
        A callable from a configuration to what is smaller the simpler it is, or a list of names of hyperparameters,
        with a minus sign in front where more is simpler, and of pairs of a name and its values from the simplest to the
        most complex. The first entry matters most.
    owner : str
        What is named in the message.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> check_order(["max_depth", ("kernel", ["linear", "rbf"])], "OneStandardError")
    >>> check_order("max_depth", "OneStandardError")
    Traceback (most recent call last):
    ...
    ValueError: The 'order' parameter of OneStandardError must be a callable or a list of names of hyperparameters and
    of pairs of a name and a list of values. Got 'max_depth' instead.
    """
    if not callable(order) and not (isinstance(order, list | tuple) and order and all(map(_is_entry, order))):
        raise ValueError(
            f"The 'order' parameter of {owner} must be a callable or a list of names of hyperparameters and of "
            f"pairs of a name and a list of values. Got {order!r} instead."
        )


def names_of(order):
    """Return the names of the hyperparameters that decide; none are known of a callable.

    Examples
    --------
    >>> names_of(["-min_samples_leaf", ("kernel", ["linear", "rbf"])])
    ['min_samples_leaf', 'kernel']
    """
    if callable(order):
        return []
    return [one.removeprefix("-") if isinstance(one, str) else one[0] for one in order]


def complexity(order, configuration, owner):
    """Return what is smaller the simpler a configuration is.

    Parameters
    ----------
    order : list or callable
        See `check_order`.
    configuration : dict
        Hyperparameters. None counts as more than any number, one that is not active as less.
    owner : str
        What is named in messages.

    Returns
    -------
    tuple, or what a callable returns
        To be compared.

    Raises
    ------
    ValueError
        If values that are no numbers were given no order.

    Examples
    --------
    >>> complexity(
    ...     ["max_depth", "-min_samples_leaf"], {"max_depth": 3, "min_samples_leaf": 5}, "OneStandardError"
    ... )
    (3.0, -5.0)
    """
    if callable(order):
        return order(configuration)
    return tuple(_amount(entry, configuration, owner) for entry in order)


def _is_entry(entry):
    if isinstance(entry, str):
        return True
    is_pair = isinstance(entry, list | tuple) and len(entry) == 2
    return is_pair and isinstance(entry[0], str) and isinstance(entry[1], list | tuple)


def _amount(entry, configuration, owner):
    """Return how complex a configuration is by one hyperparameter, as what can be compared."""
    if not isinstance(entry, str):
        name, values = entry
        if name not in configuration:
            return -math.inf
        found = (
            i
            for i, value in enumerate(values)
            if value is configuration[name] or value == configuration[name]
        )
        return next(found, math.inf)
    name, sign = (entry[1:], -1.0) if entry.startswith("-") else (entry, 1.0)
    if name not in configuration:
        return -math.inf
    value = configuration[name]
    if value is not None and not isinstance(value, Real):
        raise ValueError(
            f"The 'order' parameter of {owner} must give the values of {name!r} from the simplest to the most complex, "
            f"as they are not numbers. Got {entry!r} instead."
        )
    return sign * (math.inf if value is None else float(value))
