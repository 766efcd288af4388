"""The score against each hyperparameter, with what a surrogate expects between the trials."""

import math

import numpy as np

from skhpo.plots._belief import make_belief, order_by_importance
from skhpo.plots._display import Display, grid_of_axes, legend_below
from skhpo.plots._source import read_source, trials_source
from skhpo.plots._style import clipped, colors, ink, padded, plural, score_limits, score_texts
from skhpo.plots._table import make_table

_MOST_COLUMNS = 4


class HyperparameterDisplay(Display):
    """The score against each hyperparameter, with what a surrogate expects; those that matter most come first.

    The line is the mean of a Gaussian process that was fitted to the trials, averaged over the values that the other
    hyperparameters have in the trials; the band is two of its standard deviations. Trials in which a hyperparameter is
    not active are left out of its part of the picture. For those that were stopped early an estimate of the score is
    shown, from the folds or the resource that they were given.

    Parameters
    ----------
    table : Table
        The trials as places on the scales of the hyperparameters.
    curves : dict of str to Curve
        What the surrogate expects along each hyperparameter that is shown; empty where too little is known.
    names : list of str
        What is shown, in this order.
    clear : dict of str to bool
        Whether a curve rises by more than the surrogate is in doubt.
    score_name : str, default="score"
        What the scores are.
    n_left_out : int or None, default=None
        How many hyperparameters that matter less are not shown; None if the names are the user's choice.

    Attributes
    ----------
    ax_ : ndarray of Axes
        Where it was drawn, one for each name.
    figure_ : Figure
        What these belong to.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.plots import HyperparameterDisplay
    >>> study = Study({"x": (-1.0, 1.0), "y": (1e-3, 1.0, "log-uniform")}, n_iter=12, random_state=0)
    >>> while (job := study.ask()) is not None:
    ...     trial = study.tell(job, score=1 - job.configuration["x"] ** 2)
    >>> display = HyperparameterDisplay.from_estimator(study)
    >>> display.names
    ['x', 'y']
    """

    def __init__(self, table, curves, names, clear, score_name="score", n_left_out=None):
        self.table = table
        self.curves = curves
        self.names = names
        self.clear = clear
        self.score_name = score_name
        self.n_left_out = n_left_out

    @classmethod
    def from_estimator(cls, search, *, names=None, max_hyperparameters=12, ax=None):
        """Draw the scores of a search.

        Parameters
        ----------
        search : fitted search, Study, StoredSearch, str or Path
            What is drawn; a study may still run, and a path is that of a storage file, which may still be written to.
        names : list of str, default=None
            The hyperparameters that are shown; None for those that matter most.
        max_hyperparameters : int, default=12
            How many of them at most, if they are not named.
        ax : Axes, default=None
            What is replaced by the picture; None for a new figure.

        Returns
        -------
        HyperparameterDisplay
            The picture.
        """
        return cls._from_source(read_source(search), names, max_hyperparameters).plot(ax)

    @classmethod
    def from_trials(cls, trials, space=None, *, names=None, max_hyperparameters=12, ax=None):
        """Draw the scores of some trials.

        Parameters
        ----------
        trials : sequence of Trial
            What is drawn.
        space : dict, list or SearchSpace, default=None
            Where they come from; None to go by their values.
        names, max_hyperparameters, ax : object
            See :meth:`from_estimator`.

        Returns
        -------
        HyperparameterDisplay
            The picture.
        """
        return cls._from_source(trials_source(trials, space), names, max_hyperparameters).plot(ax)

    @classmethod
    def _from_source(cls, source, names, limit):
        table = make_table(source)
        return cls._from_table(table, make_belief(table), source, names, limit)

    @classmethod
    def _from_table(cls, table, belief, source, names=None, limit=12):
        order = table.columns_of(names) if names is not None else order_by_importance(table, belief)[:limit]
        shown = [table.names[d] for d in order]
        curves, clear = {}, {}
        if belief is not None:
            curves = {table.names[d]: belief.curve(d) for d in order}
            clear = {table.names[d]: belief.is_clear(d) for d in order}
        left = None if names is not None else len(table.names) - len(shown)
        return cls(table, curves, shown, clear, source.score_name, left)

    def plot(self, ax=None):
        """Draw the picture.

        Parameters
        ----------
        ax : Axes, default=None
            What is replaced by the picture; None for a new figure.

        Returns
        -------
        self : object
            The display.
        """
        n = max(len(self.names), 1)
        n_columns = min(n, _MOST_COLUMNS if n > 4 else 3 if n != 4 else 2)
        n_rows = math.ceil(n / n_columns)
        axes, foot = grid_of_axes(
            ax, n_rows, n_columns, max(3.0 * n_columns, 5.0), max(2.6 * n_rows + 0.6, 3.6), sharey=True
        )
        for spare in axes.ravel()[n:]:
            spare.set_axis_off()
        self.ax_, self.figure_ = axes.ravel()[:n], axes[0, 0].figure
        limits = padded(self.limits)
        for panel, name in zip(self.ax_, self.names, strict=False):
            self._draw(panel, name, limits)
        for panel in axes[:, 0]:
            panel.set_ylabel(self.score_name)
            if self.table.best is None:
                panel.set_yticks([])
        if foot is None:
            self.figure_.suptitle(self._title())
        self._add_legend(foot)
        return self

    @property
    def limits(self):
        """Limits of the scores in which the better trials and the top of every curve can be seen."""
        low, high = score_limits(self.table.shown)
        tops = [np.nanmax(curve.mean) for curve in self.curves.values() if np.isfinite(curve.mean).any()]
        lowest = min(tops, default=low)
        return min(low, lowest - 0.2 * (high - lowest)), high

    def _draw(self, ax, name, limits):
        d = self.table.names.index(name)
        scale = self.table.scales[d]
        ax.set_ylim(limits)
        if name in self.curves:
            self._draw_curve(ax, scale, self.curves[name])
        self._draw_trials(ax, scale, self.table.places[:, d])
        scale.apply(ax.xaxis, 4, room=30)
        ax.set_xlabel(clipped(name, 28))
        ax.set_title(self.finding(name), fontsize="medium")

    def _draw_curve(self, ax, scale, curve):
        color = colors(ax)[0]
        low, high = np.minimum(curve.low, curve.high), np.maximum(curve.low, curve.high)
        if scale.is_numeric:
            ax.fill_between(
                curve.places, low, high, color=color, alpha=0.2, linewidth=0, label="in doubt (2 sd)"
            )
            ax.plot(curve.places, curve.mean, color=color, linewidth=2, label="expected on average")
            return
        for place, mean, bottom, top in zip(curve.places, curve.mean, low, high, strict=True):
            if np.isfinite(mean):
                ax.fill_between([place - 0.4, place + 0.4], bottom, top, color=color, alpha=0.2, linewidth=0)
                ax.plot([place - 0.4, place + 0.4], [mean, mean], color=color, linewidth=2)

    def _draw_trials(self, ax, scale, places):
        """Draw the trials: points, hollow where measured in part, marks at the foot where there is no score."""
        if not scale.is_numeric:
            places = places + 0.5 * (_jitter(len(places)) - 0.5)
        table, foot, active = self.table, ax.get_ylim()[0], np.isfinite(places)
        scores, complete, stopped = table.shown, table.having("complete"), table.having("pruned")
        above = active & (scores >= foot)
        below = active & (scores < foot)
        failed = active & table.having("failed")
        floor = np.full(len(scores), foot + 0.025 * (ax.get_ylim()[1] - foot))
        _mark(ax, "o", places, scores, above & complete, "trials", markersize=4, markeredgewidth=0)
        _mark(
            ax,
            "o",
            places,
            scores,
            above & stopped,
            "stopped early (estimate)",
            markersize=4,
            fillstyle="none",
        )
        _mark(ax, "x", places, floor, failed, "failed", markersize=5)
        _mark(ax, "v", places, floor, below, "far below", markersize=5)
        best = np.arange(len(scores)) == table.best
        star = {
            "color": colors(ax)[1],
            "markersize": 13,
            "markeredgecolor": ink(ax),
            "alpha": 1.0,
            "zorder": 4,
        }
        _mark(ax, "*", places, scores, active & best, "best", **star)

    def finding(self, name):
        """Return what the picture says about a hyperparameter, in a few words; nothing where too little is known.

        Parameters
        ----------
        name : str
            One of `names`.
        """
        if name not in self.curves:
            return ""
        curve, scale = self.curves[name], self.table.scales[self.table.names.index(name)]
        if not np.isfinite(curve.mean).any():
            return ""
        if not self.clear[name]:
            return "no clear effect"
        place = curve.places[int(np.nanargmax(curve.mean))]
        return f"best: {scale.text(place)}" if not scale.is_numeric else f"best near {scale.text(place, 2)}"

    def _title(self):
        n, best = plural(len(self.table.trials), "trial"), self.table.best
        parts = [
            f"no score in {n}" if best is None else f"best {score_texts(self.table.scores[best])[0]} of {n}"
        ]
        if self.curves and len(self.names) > 1 and self.n_left_out is not None:
            parts.append("what matters most comes first")
        if self.n_left_out:
            parts.append(f"{plural(self.n_left_out, 'hyperparameter')} left out")
        text = ", ".join(parts)
        return text if len(text) < 10 * self.figure_.get_figwidth() else text.replace(", ", "\n", 1)

    def _add_legend(self, foot):
        handles = {}
        for panel in self.ax_:
            handles.update(dict(zip(*panel.get_legend_handles_labels()[::-1], strict=True)))
        legend_below(self.figure_, handles, foot=foot)


def _mark(ax, marker, places, heights, mask, label, **style):
    """Draw some trials, if there are any of the kind."""
    if mask.any():
        style = {"color": ink(ax), "alpha": 0.55, "zorder": 3, **style}
        ax.plot(places[mask], heights[mask], marker, linestyle="none", label=label, **style)


def _jitter(n):
    """Return numbers between 0 and 1 that are evenly spread, and the same in every picture."""
    return np.arange(1, n + 1) * 0.6180339887 % 1.0
