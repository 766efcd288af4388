"""What a surrogate believes of the scores, along one hyperparameter or two, averaged over the others.

The averages are taken on the scale of the surrogate, on which terrible scores are compressed, and are then moved back
to the scale of the scores.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.interpolate import PchipInterpolator

from skhpo.models import GaussianProcess, softyj

#: With fewer finished trials nothing is believed.
N_LEAST = 5
_MOST_ROWS = 60
_COARSE, _FINE, _SQUARE = 9, 41, 25
_N_SD = 2.0


class Curve(NamedTuple):
    """The expected score along a hyperparameter.

    Attributes
    ----------
    places : ndarray of shape (n,)
        Where it is known.
    mean, low, high : ndarray of shape (n,)
        The expected score, and two standard deviations of the surrogate around it; NaN where nothing is known.
    """

    places: Any
    mean: Any
    low: Any
    high: Any


class Belief:
    """A Gaussian process of the scores of a table.

    Parameters
    ----------
    table : Table
        The trials. Those that have failed count as the worst score; others of which nothing is known are left out.

    Attributes
    ----------
    importance : ndarray of shape (n_columns,)
        Which share of the sum of the variances of all curves is that of each hyperparameter.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.plots._belief import make_belief
    >>> from skhpo.plots._source import read_source
    >>> from skhpo.plots._table import make_table
    >>> study = Study({"x": (0.0, 1.0), "y": (0.0, 1.0)}, sampler="random", n_iter=12, random_state=0)
    >>> while (job := study.ask()) is not None:
    ...     trial = study.tell(job, -((job.configuration["x"] - 0.5) ** 2))
    >>> belief = make_belief(make_table(read_source(study)))
    >>> belief.importance.round(1).tolist()
    [1.0, 0.0]
    """

    def __init__(self, table):
        keep = np.flatnonzero(_is_informative(table))
        self.table = table
        self.X, scores = table.units[keep], table.estimates[keep]
        self._posterior = GaussianProcess(table.layout).fit(self.X, scores, table.noisiness[keep])
        self._to_scores = _score_map(scores)
        rows = np.unique(np.linspace(0, len(keep) - 1, _MOST_ROWS).astype(int))
        self._rows, self._active = self.X[rows], ~np.isnan(self.X[rows])
        variances = np.array([self._variance(d) for d in range(len(table.scales))])
        total = variances.sum()
        self.importance = variances / total if total > 0 else variances

    def curve(self, d):
        """Return the expected score along a column, averaged over the other hyperparameters of the trials."""
        places = self.table.scales[d].grid(_FINE)
        mean, sd = self._average([d], places[:, None])
        low, high = (self._to_scores(mean + sign * _N_SD * sd) for sign in (-1.0, 1.0))
        return Curve(places, self._to_scores(mean), low, high)

    def is_clear(self, d):
        """Tell whether the curve of a column rises by more than the surrogate is in doubt."""
        mean, sd = self._average([d], self.table.scales[d].grid(_COARSE)[:, None])
        known = np.isfinite(mean)
        return bool(known.any() and np.ptp(mean[known]) > sd[known].mean())

    def surface(self, first, second):
        """Return the expected score over two columns: places of both, and an array of shape (n_second, n_first)."""
        a, b = self.table.scales[first].grid(_SQUARE), self.table.scales[second].grid(_SQUARE)
        pairs = np.array([[x, y] for y in b for x in a])
        mean, _ = self._average([first, second], pairs, step=2)
        return a, b, self._to_scores(mean).reshape(len(b), len(a))

    def _variance(self, d):
        if self.table.scales[d].low == self.table.scales[d].high:
            return 0.0
        mean, _ = self._average([d], self.table.scales[d].grid(_COARSE)[:, None])
        known = mean[np.isfinite(mean)]
        # Where it is not active it does not matter.
        return float(known.var() * self._active[:, d].mean()) if len(known) else 0.0

    def _average(self, columns, places, step=1):
        """Return mean and standard deviation of the score, both on the surrogate's scale, at places of some columns."""
        fixed = np.column_stack([self.table.scales[d].to_unit(places[:, i]) for i, d in enumerate(columns)])
        blocks = [self._rows_with(columns, values, self._rows[::step]) for values in fixed]
        sizes = [len(block) for block in blocks]
        mean, sd = np.full(len(places), np.nan), np.full(len(places), np.nan)
        if not sum(sizes):
            return mean, sd
        prediction = self._posterior.predict(np.concatenate(blocks))
        ends = np.cumsum(sizes)
        for i, (start, end) in enumerate(zip(ends - sizes, ends, strict=True)):
            if end > start:
                mean[i], sd[i] = -prediction.mean[start:end].mean(), prediction.sd[start:end].mean()
        return mean, sd

    def _rows_with(self, columns, values, rows):
        """Return configurations of the trials in which some columns have other values.

        Where one of these decides which hyperparameters are active, those and all that decide about them are taken from
        trials that had this value, so that no configuration comes up that cannot be.
        """
        deciding = [(d, value) for d, value in zip(columns, values, strict=True) if d in self.table.parents]
        if deciding:
            donors = self.X[np.all([np.isclose(self.X[:, d], value) for d, value in deciding], axis=0)]
            if not len(donors):
                return donors
            partly = ~self._active.all(axis=0)
            partly[list(self.table.parents)] = True
            rows = np.where(partly, donors[np.arange(len(rows)) % len(donors)], rows)
        rows = rows[~np.isnan(rows[:, columns]).any(axis=1)].copy()
        rows[:, columns] = values
        return rows


def make_belief(table):
    """Return what a surrogate believes; None if too little is known."""
    known = table.estimates[np.isfinite(table.estimates)]
    if np.count_nonzero(_is_informative(table)) < N_LEAST or len(known) < 2:
        return None
    return Belief(table) if np.ptp(known) > 0 or table.having("failed").any() else None


def _is_informative(table):
    """Return which trials tell something: those with a score or an estimate of it, and failed ones."""
    return np.isfinite(table.estimates) | table.having("failed")


def order_by_importance(table, belief, with_constant=False):
    """Return the columns in the order in which they matter; as they are in the space if that is not known.

    Those with a single value are left out, unless there are no others; on demand only if they are always active.
    """
    order = np.arange(len(table.scales))
    if belief is not None:
        order = np.argsort(-belief.importance, kind="stable")
    varies = np.array([scale.low < scale.high for scale in table.scales], dtype=bool)
    if with_constant:
        varies |= np.isnan(table.units).any(axis=0)
    return order[varies[order]].tolist() if varies.any() else order.tolist()


def _score_map(scores):
    """Return the function from the scale of the surrogate, greater is better, to that of the scores.

    Scores below their median are compared by their logarithms in between, as the surrogate does: the way from 0.8 to
    a terrible -1e6 is long, and its beginning is 0.7.
    """
    known = np.isfinite(scores)
    z, index = np.unique(-softyj(-scores)[known], return_index=True)
    y = scores[known][index]
    if len(z) < 2:
        return lambda values: np.full(np.shape(values), y[0])
    median = float(np.median(scores[known]))
    spread = y[-1] - median or float(np.median(median - y[y < median]))
    steps = (y - median) / spread
    steps = np.where(steps < 0, -np.log1p(np.maximum(-steps, 0.0)), steps)
    inside = PchipInterpolator(z, steps)
    # Beyond the trials it goes on as on the whole.
    slope = (steps[-1] - steps[0]) / (z[-1] - z[0])

    def to_scores(values):
        nearest = np.clip(np.asarray(values, dtype=float), z[0], z[-1])
        moved = inside(nearest) + slope * (values - nearest)
        return median + spread * np.where(moved < 0, -np.expm1(-np.minimum(moved, 0.0)), moved)

    return to_scores
