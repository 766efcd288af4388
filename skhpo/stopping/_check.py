"""The table of stopping rules, and what users may write for them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from skhpo.schedulers import Scheduler
from skhpo.space import SearchSpace
from skhpo.stopping._regret import RegretBound
from skhpo.stopping._rule import Rule, StoppingRule
from skhpo.stopping._rules import FitSeconds, MaxTrials, Patience, Target

STOPPING: dict[str, Callable[..., StoppingRule]] = {
    "fit_seconds": FitSeconds,
    "n_trials": MaxTrials,
    "patience": Patience,
    "regret_bound": RegretBound,
    "target": Target,
}


def check_stopping(stopping: object, owner: str = "Study") -> tuple[Rule, ...]:
    """Turn what a user writes into a tuple of rules.

    Parameters
    ----------
    stopping : None, str, callable, mapping or sequence of these
        A rule, a name in `STOPPING`, a callable of the finished trials that returns whether to stop, or a mapping
        from names to the first arguments of their rules, such as ``{"patience": 20, "target": 0.95}``. Of several
        rules the first to fire ends the search.
    owner : str, default="Study"
        Class named in error messages.

    Returns
    -------
    tuple of callable
        The rules.

    Raises
    ------
    ValueError
        If a name or an argument is unknown.
    TypeError
        If something else was given.

    Examples
    --------
    >>> from skhpo.stopping import check_stopping
    >>> check_stopping({"patience": 5, "target": 0.95})
    (Patience(n_trials=5, min_delta=0.0), Target(score=0.95))
    """
    if stopping is None:
        return ()
    if isinstance(stopping, str):
        return (_named_rule(stopping, (), owner),)
    if isinstance(stopping, Mapping):
        return tuple(_named_rule(name, (argument,), owner) for name, argument in stopping.items())
    if isinstance(stopping, Sequence):
        return tuple(rule for entry in stopping for rule in check_stopping(entry, owner))
    if callable(stopping) and not isinstance(stopping, type):
        return (stopping,)
    raise TypeError(
        f"The 'stopping' parameter of {owner} must be None, a callable, a str among {sorted(STOPPING)}, a dict with "
        f"such keys or a list of these. Got {stopping!r} instead."
    )


def _named_rule(name: str, arguments: tuple[object, ...], owner: str) -> Rule:
    if name not in STOPPING:
        raise ValueError(
            f"The names in the 'stopping' parameter of {owner} must be among {sorted(STOPPING)}. "
            f"Got {name!r} instead."
        )
    try:
        return STOPPING[name](*arguments)
    except TypeError as error:
        raise ValueError(
            f"The rule {name!r} in the 'stopping' parameter of {owner} needs an argument: write {{{name!r}: ...}}."
        ) from error


def rules_for_splits(
    rules: Sequence[Rule], splits: Sequence[tuple[Any, Any]], owner: str
) -> tuple[Rule, ...]:
    """Return the rules to use with these cross-validation splits; see `StoppingRule.for_splits`."""
    return tuple(rule.for_splits(splits, owner) if isinstance(rule, StoppingRule) else rule for rule in rules)


def rules_of_study(
    stopping: object, space: SearchSpace | None, scheduler: Scheduler, metric: str | None
) -> tuple[Rule, ...]:
    """Return the rules to use in a study, of what a user has written; see `StoppingRule.bound_to`."""
    return tuple(
        rule.bound_to(space, scheduler, metric) if isinstance(rule, StoppingRule) else rule
        for rule in check_stopping(stopping)
    )


def fit_seconds_of(rules: Sequence[Rule]) -> float:
    """Return the budget of fit seconds that is among some rules, infinity if there is none.

    Examples
    --------
    >>> from skhpo.stopping import check_stopping
    >>> fit_seconds_of(check_stopping([{"fit_seconds": 60, "patience": 20}]))
    60
    """
    return min((rule.seconds for rule in rules if isinstance(rule, FitSeconds)), default=math.inf)
