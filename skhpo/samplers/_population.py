"""Population-based training: who goes on from whose model, and with which hyperparameters.

Notation
--------
P        members of a generation
scores   ndarray of shape (P,), NaN where a member has failed; greater is better
unit     position of a value in its column, 0 .. 1
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo.exceptions import InvalidConfigurationError
from skhpo.samplers._sampler import Proposal, Sampler
from skhpo.samplers._sobol import SobolSampler
from skhpo.space import Dimension, SearchSpace, equal_values
from skhpo.trial import Trial

Array = NDArray[np.float64]

# The share of a population that is replaced, and that it is replaced by ([1]_ of `PopulationSampler`, section 4.1.1).
_SHARE = 0.2
_FACTORS = (0.8, 1.2)
# What a number moves at least, as a share of its range: a value of 0 would stay what it is.
_LEAST_MOVE = 0.02
_P_CHOICE = 0.1  # that a choice without an order is drawn anew
_P_RESAMPLE = 0.25
_N_DRAWS = 16


class PopulationSampler(Sampler):
    """Proposes a generation from the one before it: exploit, then explore [1]_.

    Members that did badly go on from the model of a better one, with its hyperparameters changed; all others go on as
    they are. The first generation fills the space evenly. To be used with `PopulationScheduler`.

    Parameters
    ----------
    population_size : int, default=20
        Members of a generation.
    exploit : {"truncation", "tournament"}, default="truncation"
        Who goes on from another model: the worst fifth, each from a random one of the best fifth; or whoever is worse
        than a random other member. Failed members always do.
    explore : {"perturb", "resample"}, default="perturb"
        How their hyperparameters change: numbers by a factor of 0.8 or 1.2, ordered choices to a neighbour, other
        choices seldom; or each one drawn anew from the space with a probability of 1/4.
    fixed : iterable of str, default=()
        Hyperparameters that cannot change in mid-training: they are copied with the model.

    References
    ----------
    .. [1] Jaderberg, M. et al. (2017). Population based training of neural networks. arXiv:1711.09846.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.samplers import PopulationSampler
    >>> from skhpo.space import SearchSpace
    >>> from skhpo.trial import Trial
    >>> space = SearchSpace({"lr": (0.0, 1.0)})
    >>> trials = [Trial(i, {"lr": x}, (x,), status="complete", score=x) for i, x in enumerate([0.1, 0.5])]
    >>> sampler = PopulationSampler(population_size=2)
    >>> [worse, better] = sampler.sample(space, trials, 2, np.random.default_rng(0))
    >>> worse.parent, worse.origin, round(worse.configuration["lr"], 6) in (0.4, 0.6)
    (1, 'explored', True)
    >>> better
    Proposal(configuration={'lr': 0.5}, origin='continued', parent=1)
    """

    repeats = True

    def __init__(
        self,
        population_size: int = 20,
        exploit: str = "truncation",
        explore: str = "perturb",
        fixed: Iterable[str] = (),
    ) -> None:
        self.population_size = population_size
        self.exploit = exploit
        self.explore = explore
        self.fixed = frozenset(fixed)

    def sample(
        self, space: SearchSpace, trials: Sequence[Trial], n: int, rng: np.random.Generator
    ) -> list[Proposal]:
        """Propose the next `n` members; the generation before theirs has to be finished.

        Parameters
        ----------
        space : SearchSpace
            Where to look.
        trials : sequence of Trial
            All trials so far, one for each member and generation.
        n : int
            How many are wanted.
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        list of Proposal
            `n` proposals.
        """
        return [self._propose(space, trials, number, rng) for number in range(len(trials), len(trials) + n)]

    def _propose(
        self, space: SearchSpace, trials: Sequence[Trial], number: int, rng: np.random.Generator
    ) -> Proposal:
        generation, member = divmod(number, self.population_size)
        previous = trials[max(generation - 1, 0) * self.population_size :][: self.population_size]
        scores = np.array([trial.score for trial in previous])
        if generation == 0 or np.isnan(scores).all():
            return _fresh(space, trials, rng)
        source = previous[EXPLOIT[self.exploit](scores, member, rng)]
        if source is previous[member]:
            return Proposal(dict(source.configuration), "continued", source.number)
        changed = explored(space, source.configuration, EXPLORE[self.explore], self.fixed, rng)
        return Proposal(changed, "explored", source.number)


def _fresh(space: SearchSpace, trials: Sequence[Trial], rng: np.random.Generator) -> Proposal:
    proposals = SobolSampler().sample(space, trials, 1, rng)
    # A small space runs out; members with the same hyperparameters will differ later.
    return proposals[0] if proposals else Proposal(space.sample(rng, 1)[0], "random")


def truncation(scores: Array, member: int, rng: np.random.Generator) -> int:
    """Return whose model a member goes on from: one of the best fifth for the worst fifth, its own for the others."""
    n = max(int(_SHARE * len(scores)), 1)
    order = np.argsort(-scores, kind="stable")  # NaN comes last
    n_known = int(np.isfinite(scores).sum())
    is_replaced = np.isnan(scores[member]) or member in order[max(len(scores) - n, 1) :]
    return int(order[rng.integers(min(n, n_known))]) if is_replaced else member


def tournament(scores: Array, member: int, rng: np.random.Generator) -> int:
    """Return whose model a member goes on from: that of a random other one, if this one is better."""
    others = np.flatnonzero(np.isfinite(scores) & (np.arange(len(scores)) != member))
    if not len(others):
        return member
    rival = int(rng.choice(others))
    return member if scores[member] >= scores[rival] else rival


def explored(
    space: SearchSpace,
    configuration: Mapping[str, Any],
    change: Callable[[Dimension, Any, np.random.Generator], Any],
    fixed: frozenset[str],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Return a configuration with some hyperparameters changed, at least one of them if there is a way.

    Parameters
    ----------
    space : SearchSpace
        The space; the configuration stays in its sub-space.
    configuration : mapping of str to object
        What to change.
    change : callable
        Called as ``change(dimension, value, rng)``; returns the new value.
    fixed : frozenset of str
        Names that keep their values.
    rng : numpy.random.Generator
        The only source of randomness.

    Returns
    -------
    dict
        The new configuration.
    """
    subspace = next(one for one in space.subspaces if one.contains(configuration))
    dimensions = subspace.dimensions
    free = [name for name in dimensions if name in configuration and name not in fixed]
    values = {name: change(dimensions[name], configuration[name], rng) for name in free}
    for _ in range(_N_DRAWS):
        if not free or any(not equal_values(values[name], configuration[name]) for name in free):
            break
        name = free[rng.integers(len(free))]
        values[name] = dimensions[name].sample(rng, 1)[0]
    row = np.array(subspace.encode_row(configuration))
    start = 0
    for name, dimension in dimensions.items():
        stop = start + len(dimension.columns)
        if name in values:
            row[start:stop] = dimension.encode_value(values[name])
        start = stop
    # Columns that were not active are uniform, in case that they are now.
    row = np.where(np.isnan(row), rng.random(len(row)), row)
    found = subspace.decode_row(row.tolist())
    is_kept = all(_same(found, configuration, name) for name in fixed)
    return found if is_kept else dict(configuration)


def perturbed(dimension: Dimension, value: Any, rng: np.random.Generator) -> Any:
    """Return a value not far from another."""
    (column, *more), is_up = dimension.columns, bool(rng.random() < 0.5)
    if more or column.kind == "unordered":
        return dimension.sample(rng, 1)[0] if rng.random() < _P_CHOICE else value
    unit, sign = float(dimension.encode_value(value)[0]), 1.0 if is_up else -1.0
    there = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = value * _FACTORS[is_up]
        sign = sign if number == value else 1.0 if number > value else -1.0
        there = _unit_of(dimension, round(number) if isinstance(value, int) else number)
    least = _least_move(dimension, value, unit, sign)
    if there is None:
        # Beyond the bounds, or between two choices.
        there = 0.5 + sign / 2 if column.kind == "continuous" else unit
    moved = unit + sign * max(sign * (there - unit), least)
    return dimension.decode_units([min(max(moved, 0.0), 1.0)])


def _least_move(dimension: Dimension, value: Any, unit: float, sign: float) -> float:
    """Return how far a value has to move to become another one."""
    column = dimension.columns[0]
    if column.kind == "continuous" or not column.n_levels:
        return _LEAST_MOVE
    beside = _unit_of(dimension, value + int(sign)) if isinstance(value, int) else None
    return 1.0 / column.n_levels if beside is None else abs(beside - unit)


def resampled(dimension: Dimension, value: Any, rng: np.random.Generator) -> Any:
    """Return a value drawn from the space, or the same one as before."""
    return dimension.sample(rng, 1)[0] if rng.random() < _P_RESAMPLE else value


def _unit_of(dimension: Dimension, value: Any) -> float | None:
    """Return the position of a value, None if it is not in the domain."""
    with suppress(InvalidConfigurationError):
        return float(dimension.encode_value(value)[0])
    return None


def _same(first: Mapping[str, Any], second: Mapping[str, Any], name: str) -> bool:
    if name not in first or name not in second:
        return (name in first) == (name in second)
    return equal_values(first[name], second[name])


EXPLOIT: dict[str, Callable[[Array, int, np.random.Generator], int]] = {
    "truncation": truncation,
    "tournament": tournament,
}
EXPLORE: dict[str, Callable[[Dimension, Any, np.random.Generator], Any]] = {
    "perturb": perturbed,
    "resample": resampled,
}
