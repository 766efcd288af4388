"""Plans of successive halvings: how many trials get how much of the resource, by rung and bracket."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from skhpo.schedulers._rules import mean
from skhpo.trial import Trial, TrialLog

# A model of fewer trials would know nothing.
_N_FIRST = 5
# So many brackets begin below a share of 1 / factor of the resource before the model knows better.
_N_WIDE = 5


class Rung(NamedTuple):
    """How many trials are measured with how much of the resource.

    Attributes
    ----------
    n_trials : int
        How many trials.
    resource : int
        How much each of them is given.

    Examples
    --------
    >>> from skhpo.schedulers import Rung, halving_plan
    >>> halving_plan(6, [10, 30], factor=3) == (Rung(6, 10), Rung(n_trials=2, resource=30))
    True
    """

    n_trials: int
    resource: int


#: The rungs of a bracket, and the brackets of a search; resources increase from rung to rung.
Bracket = tuple[Rung, ...]
Plan = tuple[Bracket, ...]


def hyperband_plan(min_resource: int, max_resource: int, factor: int = 3, n_repeats: int = 1) -> Plan:
    """Return the brackets of Hyperband, the most aggressive one first ([1]_, algorithm 1).

    Parameters
    ----------
    min_resource, max_resource : int
        The least and the most that a trial is given.
    factor : int, default=3
        How many times fewer trials a rung has than the one below, and how many times more of the resource.
    n_repeats : int, default=1
        How many times all brackets are run.

    Returns
    -------
    tuple of tuple of Rung
        The plan.

    References
    ----------
    .. [1] Li, L., Jamieson, K., DeSalvo, G., Rostamizadeh, A. & Talwalkar, A. (2018). Hyperband: a novel bandit-based
       approach to hyperparameter optimization. JMLR 18(185).

    Examples
    --------
    >>> from skhpo.schedulers import hyperband_plan
    >>> for bracket in hyperband_plan(1, 9):
    ...     print([tuple(rung) for rung in bracket])
    [(9, 1), (3, 3), (1, 9)]
    [(5, 3), (1, 9)]
    [(3, 9)]
    """
    last = 0
    while min_resource * factor ** (last + 1) <= max_resource:
        last += 1
    brackets = []
    for s in range(last, -1, -1):
        n = math.ceil((last + 1) / (s + 1) * factor**s)
        rungs = [Rung(n // factor**i, max_resource // factor ** (s - i)) for i in range(s + 1)]
        brackets.append(tuple(rungs))
    return tuple(brackets) * n_repeats


def narrow_plan(
    min_resource: int, max_resource: int, factor: int = 3, n_repeats: int = 1, cost: int | None = None
) -> Plan:
    """Return brackets for a sampler that learns: few trials on few rungs, again and again.

    The trials of a bracket are proposed from the brackets before. Where the sampler knows what is worth trying, it wins
    more from another look at the results than the search does from many trials in one bracket. There are as many
    brackets as cost about as much as Hyperband with the same arguments, if training goes on from rung to rung. The
    first ones have three rungs, if the least resource allows it, the others two: a low rung says who is bad, not who
    is best.

    Parameters
    ----------
    min_resource, max_resource : int
        The least that a trial may be given, and the most.
    factor : int, default=3
        How many times more of the resource a trial is given that goes on.
    n_repeats : int, default=1
        As in `hyperband_plan`.
    cost : int or None, default=None
        What all trials together may be given of the resource, about; None for what Hyperband gives them.

    Returns
    -------
    tuple of tuple of Rung
        The plan.

    Examples
    --------
    >>> from skhpo.schedulers import narrow_plan
    >>> for bracket in narrow_plan(1, 9):
    ...     print([tuple(rung) for rung in bracket])
    [(9, 1), (3, 3), (1, 9)]
    [(6, 1), (2, 3), (1, 9)]
    [(6, 1), (2, 3), (1, 9)]
    [(6, 1), (2, 3), (1, 9)]
    >>> for bracket in narrow_plan(3, 9):
    ...     print([tuple(rung) for rung in bracket])
    [(5, 3), (1, 9)]
    [(3, 3), (1, 9)]
    """
    least, lower = max_resource // factor**2, max_resource // factor
    hyperband = hyperband_plan(min_resource, max_resource, factor, n_repeats)
    cost = plan_cost(hyperband) if cost is None else cost
    if lower < min_resource or lower == 0:
        return hyperband
    top = Rung(1, max_resource)
    narrow = (Rung(factor, lower), top)
    first: Bracket = (Rung(max(_N_FIRST, factor), lower), top)
    wide: Bracket = narrow
    if least >= max(min_resource, 1):
        first = (Rung(factor**2, least), Rung(factor, lower), top)
        wide = (Rung(2 * factor, least), Rung(2, lower), top)
    plan: list[Bracket] = [first]
    left = cost - _cost(first)
    while True:
        following = wide if len(plan) <= _N_WIDE else narrow
        if left < _cost(following) / 2:
            return tuple(plan)
        plan.append(following)
        left -= _cost(following)


def plan_cost(plan: Plan) -> int:
    """Return what all trials of a plan are given, where training goes on from rung to rung.

    Parameters
    ----------
    plan : tuple of tuple of Rung
        The rungs of each bracket.

    Examples
    --------
    >>> from skhpo.schedulers import hyperband_plan, plan_cost
    >>> plan_cost(hyperband_plan(1, 9))
    69
    """
    return sum(_cost(bracket) for bracket in plan)


def _cost(bracket: Bracket) -> int:
    """Return what all trials of a bracket are given, where training goes on from rung to rung."""
    lower = [0, *[rung.resource for rung in bracket]]
    return sum(rung.n_trials * (rung.resource - below) for rung, below in zip(bracket, lower, strict=False))


def halving_plan(n_trials: int, resources: Sequence[int], factor: float) -> Bracket:
    """Return the rungs of one halving, as scikit-learn counts them: a share of 1 / `factor`, rounded up, goes on.

    Parameters
    ----------
    n_trials : int
        How many trials there are on the first rung.
    resources : sequence of int
        What they are given on each rung.
    factor : float
        One in so many goes on.

    Examples
    --------
    >>> from skhpo.schedulers import halving_plan
    >>> [tuple(rung) for rung in halving_plan(10, [20, 60, 180], factor=3)]
    [(10, 20), (4, 60), (2, 180)]
    """
    rungs = []
    for resource in resources:
        rungs.append(Rung(n_trials, int(resource)))
        n_trials = math.ceil(n_trials / factor)
    return tuple(rungs)


def score_at(trial: Trial, resource: int | None, n_splits: int, metric: str | None) -> float | None:
    """Return the mean score of a trial with that much of the resource, None while a split is missing."""
    measured = trial.measured_at(resource)
    return mean([one.value_of(metric) for one in measured]) if len(measured) == n_splits else None


def best_of(trials: Sequence[Trial], scores: Sequence[float], n: int) -> list[Trial]:
    """Return the `n` best trials in ascending order; failed ones, whose score is NaN, are not among them.

    Of equals those are taken that scikit-learn would take.
    """
    order = np.argsort(scores)
    ranked = [trials[i] for i in order if not math.isnan(scores[i])]
    return ranked[-n:] if n else []


def first_open(trials: Sequence[Trial]) -> int:
    """Return the first trial of the oldest bracket with an unfinished one; brackets begin one after the other."""
    if not isinstance(trials, TrialLog) or trials.n_settled in (0, len(trials)):
        return 0
    first, bracket = trials.n_settled, trials[trials.n_settled].bracket
    while first and trials[first - 1].bracket == bracket:
        first -= 1
    return first


def companions(trials: Sequence[Trial], number: int) -> list[Trial]:
    """Return all trials of the bracket of one."""
    first, last, bracket = number, number + 1, trials[number].bracket
    while first and trials[first - 1].bracket == bracket:
        first -= 1
    while last < len(trials) and trials[last].bracket == bracket:
        last += 1
    return list(trials[first:last])


def by_bracket(trials: Sequence[Trial]) -> dict[int, list[Trial]]:
    """Return the trials of each bracket."""
    found: dict[int, list[Trial]] = {}
    for trial in trials:
        found.setdefault(trial.bracket, []).append(trial)
    return found
