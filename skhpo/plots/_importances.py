"""How much each hyperparameter matters, with intervals where these are known."""

from typing import NamedTuple

import numpy as np

from skhpo.plots._belief import make_belief
from skhpo.plots._display import Display
from skhpo.plots._source import read_source, trials_source
from skhpo.plots._style import clipped, colors, ink, plural
from skhpo.plots._table import make_table

_INTERVAL = (5.0, 95.0)


class Importance(NamedTuple):
    """How much a hyperparameter matters, and between which bounds; these are NaN if they are not known.

    Attributes
    ----------
    value : float
        How much it matters.
    low, high : float
        Bounds of the value.

    Examples
    --------
    >>> from skhpo.plots import Importance, ImportancesDisplay
    >>> ImportancesDisplay({"C": Importance(0.6, 0.4, 0.8)}).plot().ax_.get_title()
    'C matters most'
    """

    value: float
    low: float = float("nan")
    high: float = float("nan")


class ImportancesDisplay(Display):
    """How much each hyperparameter matters, as bars, with intervals where these are known.

    Parameters
    ----------
    importances : dict of str to Importance
        What is drawn, the most important first.
    n_left_out : int, default=0
        How many hyperparameters are not among them.
    label : str, default="importance"
        What the values are.

    Attributes
    ----------
    ax_ : Axes
        Where it was drawn.
    figure_ : Figure
        What that belongs to.

    Examples
    --------
    >>> from skhpo.plots import ImportancesDisplay
    >>> display = ImportancesDisplay.from_importances({"C": (0.2, 0.1, 0.3), "gamma": (0.7, 0.5, 0.8)})
    >>> display.importances["gamma"].value, display.ax_.get_title()
    (0.7, 'gamma matters most')
    """

    def __init__(self, importances, n_left_out=0, label="importance"):
        self.importances = importances
        self.n_left_out = n_left_out
        self.label = label

    @classmethod
    def from_importances(cls, importances, *, max_hyperparameters=20, label="importance", ax=None):
        """Draw importances, however they were computed.

        Parameters
        ----------
        importances : dict of str to (value, low, high), ndarray or float
            For each hyperparameter its importance and the bounds of an interval, as a tuple; or an array of the values
            of repeated computations, such as bootstrap samples, of which the mean and the inner 90 % are shown; or a
            number.
        max_hyperparameters : int, default=20
            How many are shown at most.
        label : str, default="importance"
            What the values are.
        ax : Axes, default=None
            Where it is drawn; None for a new figure.

        Returns
        -------
        ImportancesDisplay
            The picture.
        """
        read = {str(name): _read(name, value) for name, value in importances.items()}
        order = sorted(read, key=lambda name: -read[name].value)[:max_hyperparameters]
        return cls({name: read[name] for name in order}, len(read) - len(order), label).plot(ax)

    @classmethod
    def from_estimator(cls, search, *, max_hyperparameters=20, ax=None):
        """Draw a rough importance: which share of the variance of the expected scores comes from each one alone.

        Parameters
        ----------
        search : fitted search, Study, StoredSearch, str or Path
            What is drawn; a study may still run, and a path is that of a storage file, which may still be written to.
        max_hyperparameters : int, default=20
            How many are shown at most.
        ax : Axes, default=None
            Where it is drawn; None for a new figure.

        Returns
        -------
        ImportancesDisplay
            The picture.
        """
        return cls._from_source(read_source(search), max_hyperparameters, ax)

    @classmethod
    def from_trials(cls, trials, space=None, *, max_hyperparameters=20, ax=None):
        """Draw a rough importance, see :meth:`from_estimator`.

        Parameters
        ----------
        trials : sequence of Trial
            What is drawn.
        space : dict, list or SearchSpace, default=None
            Where they come from; None to go by their values.
        max_hyperparameters, ax : object
            See :meth:`from_estimator`.

        Returns
        -------
        ImportancesDisplay
            The picture.
        """
        return cls._from_source(trials_source(trials, space), max_hyperparameters, ax)

    @classmethod
    def _from_source(cls, source, limit, ax):
        table = make_table(source)
        belief = make_belief(table)
        values = np.zeros(len(table.names)) if belief is None else belief.importance
        named = dict(zip(table.names, values.tolist(), strict=True))
        label = f"share of the variance of the expected {source.score_name}"
        return cls.from_importances(named, max_hyperparameters=limit, label=label, ax=ax)

    def plot(self, ax=None):
        """Draw the picture.

        Parameters
        ----------
        ax : Axes, default=None
            Where; None for a new figure.

        Returns
        -------
        self : object
            The display.
        """
        n = len(self.importances)
        ax = self._open(ax, 6.4, min(max(0.28 * n + 1.3, 2.4), 9.0))
        bars = np.array(list(self.importances.values()), dtype=float).reshape(n, 3)
        ax.barh(range(n), bars[:, 0], color=colors(ax)[0], height=0.7)
        known = np.flatnonzero(np.isfinite(bars).all(axis=1))
        if len(known):
            style = {"color": ink(ax), "capsize": 3, "linestyle": "none", "linewidth": 1.4}
            sides = np.maximum([bars[known, 0] - bars[known, 1], bars[known, 2] - bars[known, 0]], 0.0)
            ax.errorbar(bars[known, 0], known, xerr=sides, **style)
        ax.set_yticks(range(n), [clipped(name, 36) for name in self.importances])
        ax.tick_params(axis="y", length=0)
        ax.set(ylim=(n - 0.4, -0.6), xlabel=self.label, title=self._title())
        lows = bars[np.isfinite(bars)]
        ax.set_xlim(
            min(0.0, lows.min(initial=0.0) * 1.05),
            max(lows.max(initial=0.0) * 1.05, 1e-12) if lows.any() else 1,
        )
        return self

    def _title(self):
        names = list(self.importances)
        left = f"\n({plural(self.n_left_out, 'hyperparameter')} left out)" if self.n_left_out else ""
        values = [importance.value for importance in self.importances.values()]
        if not names or max(values) <= 0:
            return f"too little is known{left}"
        first = self.importances[names[0]]
        if all(self.importances[name].high < first.low for name in names[1:]):
            return f"{clipped(names[0], 30)} matters most{left}"
        return f"{clipped(names[0], 30)} seems to matter most{left}"


def _read(name, value):
    if isinstance(value, tuple) and len(value) == 3:
        return Importance(*map(float, value))
    values = np.asarray(value, dtype=float)
    if values.ndim == 0:
        return Importance(float(values))
    if values.ndim != 1 or not np.isfinite(values).any():
        raise ValueError(
            f"The importance of {name!r} must be (value, low, high), an array of values or a number. "
            f"Got {value!r} instead."
        )
    values = values[np.isfinite(values)]
    return Importance(float(values.mean()), *(float(end) for end in np.percentile(values, _INTERVAL)))
