"""Samplers with a surrogate: propose where a model of the finished trials expects an improvement.

The models and the search for its most promising point are in `skhpo.models`. Here are the decisions around it: how to
start, when to explore blindly, what running trials mean, and that nothing is proposed twice.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skhpo.models import (
    Acquisition,
    ColumnLayout,
    FitCache,
    GaussianProcess,
    LogExpectedImprovement,
    PerCost,
    Posterior,
    Region,
    Surrogate,
    maximise,
)
from skhpo.samplers._cost import Price, TimeLimit, price
from skhpo.samplers._distinct import point_keys, untried_points
from skhpo.samplers._history import History, Memory
from skhpo.samplers._sampler import Proposal, Sampler
from skhpo.space import SearchSpace
from skhpo.trial import Trial

Array = NDArray[np.float64]

N_INITIAL = 5
# Blind proposals keep a model that is wrong from being believed for ever; later there is less to be saved from.
_EXPLORATION, _LATE_EXPLORATION, _LATE = 0.1, 0.02, 40
# Good configurations are often at ends of ranges. With few trials, though, a trend that goes on and on ends there
# whatever is there.
_AT_ENDS, _MANY_AT_ENDS, _MANY = 0.15, 0.5, 20
# Improvements too small to matter would keep a search for ever in the first good region that it has found.
_MARGIN = 0.05
_N_LEFT_OVER = 500
_N_BLIND = 20
# With hundreds of workers a model of all running points would take longer than the fits that it saves.
_MOST_PENDING = 64


class ModelBasedSampler(Sampler):
    """Bayesian optimisation with any surrogate; `GaussianProcessSampler` says what it does."""

    def __init__(self) -> None:
        # Remembers the arrays of the trials; they are functions of the trials, so it changes no proposal.
        self._memory = Memory()

    @abstractmethod
    def surrogate(self, layout: ColumnLayout) -> Surrogate:
        """Return the model, not fitted yet, of points with these columns.

        Parameters
        ----------
        layout : ColumnLayout
            Kinds and numbers of levels of the columns.
        """

    def price(self, layout: ColumnLayout, trials: Sequence[Trial]) -> Price | None:
        """Return how the costs of trials count; None, the default, if they do not.

        Parameters
        ----------
        layout : ColumnLayout
            Kinds and numbers of levels of the columns.
        trials : sequence of Trial
            All trials so far.
        """
        return None

    def sample(
        self, space: SearchSpace, trials: Sequence[Trial], n: int, rng: np.random.Generator
    ) -> list[Proposal]:
        """Propose `n` configurations; see `Sampler.sample`."""
        layout = ColumnLayout.from_columns(space.columns)
        history = self._memory.read(trials, layout.width)
        posterior, price = None, self.price(layout, trials)
        proposals: list[Proposal] = []
        for _ in range(n):
            origin = _origin(history, rng)
            if origin == "model":
                posterior = posterior or self.surrogate(layout).fit(
                    history.X, history.scores, history.noisiness, history.n_firm
                )
                points = _most_promising(space, layout, posterior, price, history, rng)
            elif origin == "random":
                points = _blind(space, price, history, rng)
            else:
                points = untried_points(space, history.tried, 1, rng, _Stratified(layout, history.points))
            if len(points) == 0:
                break
            history = history.extended(points)
            proposals.append(Proposal(space.decode(points)[0], origin))
        return proposals


class GaussianProcessSampler(ModelBasedSampler):
    """Bayesian optimisation with a Gaussian process and the expected improvement.

    The first five trials, whoever proposed them, fill the space: the first value of a hyperparameter is the middle of
    its range, every further one is drawn from a part of the range, or a category, that was tried least so far. The
    same goes on as long as all results are the same. Then the proposal is the point of highest expected improvement,
    where an improvement by less than a twentieth of the standard deviation of the (transformed) results does not count
    (or by less than a part of that, if time is paid for), and sometimes a random one. Trials that run are believed to
    turn out as predicted, failed ones count as the worst result seen.

    Parameters
    ----------
    cost_aware : bool or "auto", default="auto"
        Whether the improvement is expected per second instead of per trial, going by what trials took. Proposals then
        depend on measured times, and are not reproducible. "auto": in a search with a `timeout`, as far as it is
        the time that runs out and not the number of trials. True: always. False: never.

    Raises
    ------
    ValueError
        If `cost_aware` is something else.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.space import SearchSpace
    >>> space = SearchSpace({"C": (0.1, 10.0, "log-uniform"), "kernel": ["rbf", "linear"]})
    >>> (proposal,) = GaussianProcessSampler().sample(space, [], 1, np.random.default_rng(0))
    >>> proposal.origin, sorted(proposal.configuration)
    ('initial design', ['C', 'kernel'])
    """

    def __init__(self, cost_aware: bool | str = "auto") -> None:
        super().__init__()
        if not isinstance(cost_aware, bool) and not (isinstance(cost_aware, str) and cost_aware == "auto"):
            raise ValueError(
                "The 'cost_aware' parameter of GaussianProcessSampler must be a bool or 'auto'. "
                f"Got {cost_aware!r} instead."
            )
        self.cost_aware = cost_aware
        self._limit: TimeLimit | None = None
        # Remembers fits of hyperparameters; they are functions of the trials, so it changes no proposal.
        self._cache = FitCache()

    def __repr__(self) -> str:
        return f"GaussianProcessSampler(cost_aware={self.cost_aware!r})"

    def with_time_limit(
        self, seconds: float, n_iter: int | None = None, n_workers: int = 1
    ) -> GaussianProcessSampler:
        """Return a sampler that heeds costs as far as it is the time that runs out; see `Sampler.with_time_limit`."""
        limited = copy.copy(self)  # of a subclass too
        limited._limit = TimeLimit(seconds, n_iter, n_workers)
        return limited

    def price(self, layout: ColumnLayout, trials: Sequence[Trial]) -> Price | None:
        """Return how the costs of trials count; see `ModelBasedSampler.price`."""
        is_auto = self.cost_aware == "auto"
        if not self.cost_aware or (is_auto and self._limit is None):
            return None
        return price(layout, trials, self._limit if is_auto else None)

    def surrogate(self, layout: ColumnLayout) -> GaussianProcess:
        """Return the Gaussian process; see `ModelBasedSampler.surrogate`."""
        return GaussianProcess(layout, self._cache)


def _origin(history: History, rng: np.random.Generator) -> str:
    """Decide where the next proposal comes from."""
    if len(history.points) < N_INITIAL or not history.is_informative:
        return "initial design"
    rate = _EXPLORATION if len(history.X) < _LATE else _LATE_EXPLORATION
    return "random" if rng.random() < rate else "model"


def _most_promising(
    space: SearchSpace,
    layout: ColumnLayout,
    posterior: Posterior,
    price: Price | None,
    history: History,
    rng: np.random.Generator,
) -> Array:
    """Return the untried point that promises most for its price, of shape (1, n_columns), or none if all are tried."""

    def is_new(points: Array) -> NDArray[np.bool_]:
        return np.array([key not in history.tried for key in point_keys(points)], dtype=bool)

    if len(history.pending):
        posterior = posterior.condition(_attractive(posterior, history.pending))
    # Beyond the margin the logarithm falls so steeply that no price would count: the more is paid, the less margin.
    margin = _MARGIN if price is None else _MARGIN * (1.0 - price.power)
    acquisition: Acquisition = LogExpectedImprovement(posterior, margin)
    if price is not None:
        acquisition = PerCost(acquisition, *price)
    share = _AT_ENDS if len(history.X) < _MANY else _MANY_AT_ENDS
    point = maximise(acquisition, Region(layout, space.canonical, is_new), history.best, rng, share)
    if point is not None:
        return point[None]
    # Nearly everything of a finite space has been tried.
    left = untried_points(space, history.tried, _N_LEFT_OVER, rng)
    return left[np.argsort(-acquisition(left), kind="stable")[:1]]


def _attractive(posterior: Posterior, pending: Array) -> Array:
    """Return the running points that the next proposal might repeat, if there are very many of them."""
    if len(pending) <= _MOST_PENDING:
        return pending
    values = LogExpectedImprovement(posterior)(pending)
    return pending[np.sort(np.argsort(-values, kind="stable")[:_MOST_PENDING])]


def _blind(space: SearchSpace, price: Price | None, history: History, rng: np.random.Generator) -> Array:
    """Return an untried random point, of shape (1, n_columns), or none if all are tried."""
    if price is None:
        return untried_points(space, history.tried, 1, rng)
    points = untried_points(space, history.tried, _N_BLIND, rng)
    return price.favour(points, rng) if len(points) else points


@dataclass(frozen=True, eq=False)
class _Stratified:
    """Draws points that complete a Latin hypercube: in every column from a stratum that was hit least so far.

    A range begins with its middle: who writes a range has its middle in mind, rather than its ends. The strata are
    the levels of a column that is unordered or has few of them, and else equal parts. Points of this design are drawn
    one at a time, whatever points came before and wherever they came from.
    """

    layout: ColumnLayout
    points: Array

    def __call__(self, rng: np.random.Generator, m: int) -> Array:
        columns = [self._column(d, rng, m) for d in range(self.layout.width)]
        return np.stack(columns, axis=1) if columns else np.empty((m, 0))

    def _column(self, d: int, rng: np.random.Generator, m: int) -> Array:
        kind, n_levels = self.layout.kinds[d], self.layout.n_levels[d]
        n_strata = N_INITIAL
        if n_levels is not None and (kind == "unordered" or n_levels < N_INITIAL):
            n_strata = n_levels
        known = self.points[~np.isnan(self.points[:, d]), d]
        if len(known) == 0 and kind != "unordered":
            return np.full(m, 0.5)
        strata = np.minimum((known * n_strata).astype(np.intp), n_strata - 1)
        counts = np.bincount(strata, minlength=n_strata)
        rarest = np.flatnonzero(counts == counts.min())
        drawn: Array = (rng.choice(rarest, size=m) + rng.random(m)) / n_strata
        return drawn
