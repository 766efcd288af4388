"""The trials as a table of positions: one column a hyperparameter, whatever sub-spaces and conditions there are."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skhpo.models import ColumnLayout
from skhpo.plots._estimates import estimated_scores
from skhpo.plots._scale import make_scale


@dataclass(frozen=True, eq=False)
class Table:
    """Places and positions of trials.

    Attributes
    ----------
    trials : list of Trial
        The trial of each row.
    scales : list of Scale
        The scale of each column.
    places : ndarray of shape (n_trials, n_columns)
        Values as they lie on the axes of a picture; NaN where the hyperparameter is not active.
    units : ndarray of shape (n_trials, n_columns)
        The same between 0 and 1.
    parents : frozenset of int
        The columns that decide whether others are active.
    estimates, noisiness : ndarray of shape (n_trials,)
        Comparable scores, also of trials that were stopped early, see `estimated_scores`.

    Examples
    --------
    >>> from skhpo.plots._source import Source
    >>> from skhpo.plots._table import make_table
    >>> from skhpo.trial import Trial
    >>> trials = [Trial(0, {"kernel": "rbf", "gamma": 0.5}, status="complete", score=0.9)]
    >>> trials.append(Trial(1, {"kernel": "linear"}, status="failed"))
    >>> table = make_table(Source(trials))
    >>> table.names, table.places.tolist()
    (['kernel', 'gamma'], [[1.0, 0.5], [0.0, nan]])
    """

    trials: list
    scales: list
    places: Any
    units: Any
    parents: frozenset
    estimates: Any
    noisiness: Any

    @property
    def names(self):
        """The hyperparameters."""
        return [scale.name for scale in self.scales]

    def columns_of(self, names):
        """Return the columns of some hyperparameters; raises if there is no such one."""
        unknown = [name for name in names if name not in self.names]
        if unknown:
            raise ValueError(f"The 'names' must be among {self.names}. Got {unknown[0]!r} instead.")
        return [self.names.index(name) for name in names]

    @property
    def scores(self):
        """The scores of complete trials, NaN where there are none."""
        scores = [trial.score if trial.status == "complete" else np.nan for trial in self.trials]
        return np.array(scores, dtype=float)

    @property
    def shown(self):
        """The scores of complete trials, and estimates of those that were stopped early."""
        return np.where(np.isfinite(self.scores), self.scores, self.estimates)

    @property
    def best(self):
        """The row of the best complete trial, None if there is none."""
        scores = self.scores
        return int(np.nanargmax(scores)) if np.isfinite(scores).any() else None

    def having(self, status):
        """Return which trials have a status."""
        return np.array([trial.status == status for trial in self.trials], dtype=bool)

    @property
    def layout(self):
        """What a surrogate has to know of the columns."""
        return ColumnLayout.from_columns([_column(scale) for scale in self.scales])


def make_table(source):
    """Return the table of the finished trials of a source.

    Parameters
    ----------
    source : Source
        The trials, and the domains as far as they are known. The entries of tuples become columns of their own.

    Returns
    -------
    Table
        One row a trial, one column a hyperparameter in the order of the space.
    """
    trials, dimensions = source.finished, source.dimensions
    domains = {}
    for name, found in dimensions.items():
        domains.update(_spread_domain(name, found))
    rows = [_spread(trial.configuration, dimensions) for trial in trials]
    names = list(dict.fromkeys([*domains, *(name for row in rows for name in row)]))
    scales = [
        make_scale(name, [row[name] for row in rows if name in row], domains.get(name, ())) for name in names
    ]
    places = [
        [scale.place(row[scale.name]) if scale.name in row else np.nan for scale in scales] for row in rows
    ]
    places = np.array(places, dtype=float).reshape(len(rows), len(scales))
    units = (
        np.column_stack([scale.to_unit(places[:, d]) for d, scale in enumerate(scales)]) if names else places
    )
    parents = _parents(places, scales, dimensions)
    return Table(trials, scales, places, units, parents, *estimated_scores(trials, len(names), source.metric))


def _is_tuple(found):
    """Tell whether a hyperparameter is a tuple of entries that each have a domain."""
    return bool(found) and all(hasattr(dimension, "entry") for dimension in found)


def _spread_domain(name, found):
    if not _is_tuple(found):
        return {name: found}
    longest = max(dimension.length[1] for dimension in found)
    domains = {f"len({name})": []}
    domains.update({f"{name}[{i}]": [dimension.entry for dimension in found] for i in range(longest)})
    return domains


def _spread(configuration, dimensions):
    """Return a configuration in which the entries of a tuple have names of their own."""
    spread = {}
    for name, value in configuration.items():
        if _is_tuple(dimensions.get(name)) and isinstance(value, tuple):
            spread[f"len({name})"] = len(value)
            spread.update({f"{name}[{i}]": entry for i, entry in enumerate(value)})
        else:
            spread[name] = value
    return spread


def _column(scale):
    """Return the kind and the number of levels of a column, as `ColumnLayout` wants them."""
    if scale.low == scale.high:
        return "ordered", 1
    if scale.is_numeric:
        return ("ordered", scale.n_levels) if scale.is_integer else ("continuous", None)
    return "ordered" if scale.is_ordered else "unordered", scale.n_levels


def _parents(places, scales, dimensions):
    """Return the columns that decide about others: as the space says, and as the trials show."""
    names = [scale.name for scale in scales]
    listed = {parent for found in dimensions.values() for dimension in found for parent in dimension.when}
    parents = {d for d, name in enumerate(names) if name in listed or name.startswith("len(")}
    active = ~np.isnan(places)
    partly = np.flatnonzero(active.any(axis=0) & ~active.all(axis=0))
    for d, scale in enumerate(scales):
        if len(partly) and d not in partly and not scale.is_numeric:
            parents |= {d} if _decides(places[:, d], active[:, partly]) else set()
    return frozenset(parents)


def _decides(places, active):
    """Tell whether some column is active for some levels and not for others, and for no level now and then."""
    levels = [active[places == place] for place in np.unique(places)]
    settled = np.all([(rows == rows[0]).all(axis=0) for rows in levels], axis=0)
    return len(levels) > 1 and bool(settled.any())
