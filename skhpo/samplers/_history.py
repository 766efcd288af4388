"""The trials as arrays, for samplers with a surrogate; remembered between calls, because most trials stay the same."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import chain, takewhile

import numpy as np
from numpy.typing import NDArray

from skhpo.samplers._distinct import point_keys, trial_points
from skhpo.trial import Trial, TrialLog

Array = NDArray[np.float64]

_N_CENTRES = 10


class Keys(Set[bytes]):
    """An immutable set that grows without being copied as a whole: as sets, each less than half as large as the last.

    Examples
    --------
    >>> keys = Keys([b"a", b"b"]).joined([b"b", b"c"])
    >>> b"a" in keys, b"d" in keys, len(keys)
    (True, False, 3)
    """

    __slots__ = ("_sets",)

    def __init__(self, keys: Iterable[bytes] = ()) -> None:
        self._sets: tuple[frozenset[bytes], ...] = (frozenset(keys),)

    def __contains__(self, key: object) -> bool:
        return any(key in part for part in self._sets)

    def __iter__(self) -> Iterator[bytes]:
        return chain.from_iterable(self._sets)

    def __len__(self) -> int:
        return sum(map(len, self._sets))

    def joined(self, keys: Iterable[bytes]) -> Keys:
        """Return this set with more keys."""
        last, sets = frozenset(keys).difference(*self._sets), self._sets
        while sets and len(sets[-1]) <= 2 * len(last):
            sets, last = sets[:-1], sets[-1] | last
        longer = Keys()
        longer._sets = (*sets, last)
        return longer


@dataclass(frozen=True, eq=False)
class History:
    """Finished points with their scores, points still running, and the keys of all of them.

    Attributes
    ----------
    X : ndarray of shape (n, n_columns)
        Finished points.
    scores : ndarray of shape (n,)
        Their scores, NaN if failed.
    noisiness : ndarray of shape (n,)
        How many times noisier these are than those of the trials with the most folds.
    pending : ndarray of shape (m, n_columns)
        Points still running.
    tried : Keys
        The keys of all points, see `point_keys`.
    n_settled : int
        So many finished points, the first ones, are of trials that are older than all running ones.
    """

    X: Array
    scores: Array
    noisiness: Array
    pending: Array
    tried: Keys
    n_settled: int

    @classmethod
    def from_trials(cls, trials: Sequence[Trial], n_columns: int) -> History:
        """Read the trials that have a point; those stopped without a score are only known to have been tried."""
        placed = [trial for trial in trials if trial.point is not None]
        finished = [trial for trial in placed if trial.is_finished and not trial.is_unknown]
        running = [trial for trial in placed if not trial.is_finished]
        X, pending = trial_points(finished, n_columns), trial_points(running, n_columns)
        scores = np.array([trial.score for trial in finished], dtype=np.float64)
        scores[~np.isfinite(scores)] = np.nan
        noisiness = np.array([trial.noisiness for trial in finished], dtype=np.float64)
        own = [trial for trial in placed if trial.origin != "prior"]
        tried = Keys(point_keys(trial_points(own, n_columns)))
        first = running[0].number if running else math.inf
        n_settled = sum(trial.number < first for trial in finished)
        return cls(X, scores, noisiness, pending, tried, n_settled)

    def followed_by(self, later: History) -> History:
        """Return this history and a later one as one."""
        return History(
            np.concatenate([self.X, later.X]),
            np.concatenate([self.scores, later.scores]),
            np.concatenate([self.noisiness, later.noisiness]),
            np.concatenate([self.pending, later.pending]),
            self.tried.joined(later.tried),
            self.n_settled + (0 if len(self.pending) else later.n_settled),
        )

    def extended(self, point: Array) -> History:
        """Return the history after one more trial, of shape (1, n_columns), has been started."""
        pending, tried = np.concatenate([self.pending, point]), self.tried.joined(point_keys(point))
        return replace(self, pending=pending, tried=tried)

    @property
    def points(self) -> Array:
        """All points."""
        return np.concatenate([self.X, self.pending])

    @property
    def n_firm(self) -> int:
        """So many points, the first ones, are what expensive fits may rest on: nearly always they stay the same.

        They are those that have settled, and at least half of all: one long trial must not keep a model from learning.
        """
        return max(self.n_settled, -(-len(self.X) // 2))

    @property
    def is_informative(self) -> bool:
        """Whether some configurations are known to be better than others."""
        known = self.scores[~np.isnan(self.scores)]
        return len(known) > 0 and (len(known) < len(self.scores) or bool(known.min() < known.max()))

    @property
    def best(self) -> Array:
        """The best points, best first."""
        losses, contenders = -self.scores, np.arange(len(self.X))
        if len(losses) > _N_CENTRES:  # sorting all of them takes longer
            contenders = np.flatnonzero(~(losses > np.partition(losses, _N_CENTRES)[_N_CENTRES]))
        order = contenders[np.argsort(losses[contenders], kind="stable")[:_N_CENTRES]]
        return self.X[order[~np.isnan(self.scores[order])]]


class Memory:
    """Reads trials, those at the start that were finished at the last reading only once.

    Trials are frozen: the same object is the same trial. Nothing but time depends on what is remembered, and it is
    not pickled.

    Examples
    --------
    >>> trials = [Trial(0, {"C": 0.2}, (0.2,), status="complete", score=0.9), Trial(1, {"C": 0.3}, (0.3,))]
    >>> history = Memory().read(trials, 1)
    >>> history.X.tolist(), history.pending.tolist()
    ([[0.2]], [[0.3]])
    """

    def __init__(self) -> None:
        self._known: tuple[int, list[Trial], History, object] = (0, [], History.from_trials([], 0), None)

    def __reduce__(self) -> tuple[type[Memory], tuple[()]]:
        return Memory, ()

    def read(self, trials: Sequence[Trial], n_columns: int) -> History:
        """Return what `History.from_trials` returns."""
        # Read once and replaced as a whole, so that threads may share a memory.
        width, known, history, log = self._known
        is_same_log = (
            isinstance(trials, TrialLog) and trials.history is log and len(known) <= trials.n_settled
        )
        is_same = len(known) <= len(trials) and (is_same_log or all(map(operator.is_, known, trials)))
        if width != n_columns or not is_same:
            known, history = [], History.from_trials([], n_columns)
        new = list(takewhile(lambda trial: trial.is_finished, trials[len(known) :]))
        if new:
            known, history = known + new, history.followed_by(History.from_trials(new, n_columns))
        log = trials.history if isinstance(trials, TrialLog) and len(known) == trials.n_settled else None
        self._known = n_columns, known, history, log
        rest = trials[len(known) :]
        return history.followed_by(History.from_trials(rest, n_columns)) if rest else history
