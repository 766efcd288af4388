"""Parallel coordinates: a line for each trial through its values of all hyperparameters, coloured by its score."""

import numpy as np

from skhpo.plots._belief import make_belief, order_by_importance
from skhpo.plots._display import Display, colour_scale
from skhpo.plots._source import read_source, trials_source
from skhpo.plots._style import clipped, ink, number, paper, plural, score_limits, score_map, score_texts
from skhpo.plots._table import make_table

_NOT_ACTIVE = -0.14
# Lines through the same category would hide each other.
_SPREAD = 0.5


class ParallelCoordinatesDisplay(Display):
    """A line for each trial through its values of all hyperparameters, coloured by its score.

    The hyperparameters that matter most come first. Where one is not active, the line goes through the foot of its
    axis. The best trial is the thickest line. Trials that were stopped early have the colour of an estimate of their
    score; those of which nothing is known are dotted.

    Parameters
    ----------
    table : Table
        The trials as places on the scales of the hyperparameters.
    names : list of str
        What is shown, in this order.
    score_name : str, default="score"
        What the scores are.
    n_left_out : int, default=0
        How many hyperparameters that matter less are not shown.

    Attributes
    ----------
    ax_ : Axes
        Where it was drawn.
    figure_ : Figure
        What that belongs to.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.plots import ParallelCoordinatesDisplay
    >>> study = Study({"x": (-1.0, 1.0), "y": (1e-3, 1.0, "log-uniform")}, n_iter=12, random_state=0)
    >>> while (job := study.ask()) is not None:
    ...     trial = study.tell(job, score=1 - job.configuration["x"] ** 2)
    >>> display = ParallelCoordinatesDisplay.from_estimator(study)
    >>> display.names, display.table.places.shape
    (['x', 'y'], (12, 2))
    """

    def __init__(self, table, names, score_name="score", n_left_out=0):
        self.table = table
        self.names = names
        self.score_name = score_name
        self.n_left_out = n_left_out

    @classmethod
    def from_estimator(cls, search, *, names=None, max_hyperparameters=10, ax=None):
        """Draw the trials of a search.

        Parameters
        ----------
        search : fitted search, Study, StoredSearch, str or Path
            What is drawn; a study may still run, and a path is that of a storage file, which may still be written to.
        names : list of str, default=None
            The hyperparameters that are shown; None for those that matter most.
        max_hyperparameters : int, default=10
            How many of them at most, if they are not named.
        ax : Axes, default=None
            Where it is drawn; None for a new figure.

        Returns
        -------
        ParallelCoordinatesDisplay
            The picture.
        """
        return cls._from_source(read_source(search), names, max_hyperparameters).plot(ax)

    @classmethod
    def from_trials(cls, trials, space=None, *, names=None, max_hyperparameters=10, ax=None):
        """Draw some trials.

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
        ParallelCoordinatesDisplay
            The picture.
        """
        return cls._from_source(trials_source(trials, space), names, max_hyperparameters).plot(ax)

    @classmethod
    def _from_source(cls, source, names, limit):
        table = make_table(source)
        return cls._from_table(table, make_belief(table) if names is None else None, source, names, limit)

    @classmethod
    def _from_table(cls, table, belief, source, names=None, limit=10):
        if names is None:
            order = order_by_importance(table, belief, with_constant=True)[:limit]
        else:
            order = table.columns_of(names)
        left = 0 if names is not None else len(table.names) - len(order)
        return cls(table, [table.names[d] for d in order], source.score_name, left)

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
        ax = self._open(ax, min(max(1.5 * len(self.names) + 2.0, 6.4), 14.0), 4.6)
        columns = [self.table.names.index(name) for name in self.names]
        heights = self.heights(columns)
        known = self.table.shown[np.isfinite(self.table.shown)]
        colours = colour_scale(score_limits(known), score_map(ax))
        self._draw_lines(ax, heights, colours)
        for i, d in enumerate(columns):
            self._draw_axis(ax, i, self.table.scales[d])
        self._draw_frame(ax, bool(np.isnan(self.table.places[:, columns]).any()))
        if len(known):
            extend = "min" if known.min() < colours.norm.vmin else "neither"
            ax.figure.colorbar(colours, ax=ax, label=self.score_name, extend=extend, pad=0.02, aspect=30)
        ax.set_title(self._title())
        return self

    def heights(self, columns):
        """Return where the line of each trial crosses the axes of some columns, from 0 at their feet to 1.

        Parameters
        ----------
        columns : list of int
            Columns of the table.
        """
        units = self.table.units[:, columns].copy()
        for i, d in enumerate(columns):
            scale = self.table.scales[d]
            if not scale.is_numeric:
                spread = (np.arange(1, len(units) + 1) * 0.6180339887 % 1.0 - 0.5) * _SPREAD
                units[:, i] += spread / scale.n_levels
        return np.where(np.isnan(units), _NOT_ACTIVE, units)

    def _draw_lines(self, ax, heights, colours):
        x, scores = np.arange(heights.shape[1]), self.table.shown
        order = np.argsort(np.where(np.isfinite(scores), scores, -np.inf), kind="stable")
        n_known = int(np.isfinite(scores).sum())
        for rank, i in enumerate(order, start=n_known - len(order)):
            marker = "o" if len(x) == 1 else None
            if rank < 0:
                ax.plot(x, heights[i], ":", color=ink(ax), alpha=0.3, linewidth=0.8, marker=marker, zorder=1)
                continue
            share = (rank + 1) / n_known
            style = {"linewidth": 0.8 + 0.8 * share**4, "alpha": 0.35 + 0.55 * share**2}
            if i == self.table.best:
                style = {"linewidth": 3.0, "alpha": 1.0}
            ax.plot(x, heights[i], color=colours.to_rgba(scores[i]), marker=marker, zorder=2, **style)

    def _draw_axis(self, ax, i, scale):
        ax.plot([i, i], [0.0, 1.0], color=ink(ax), linewidth=1.0, zorder=3)
        places, texts = scale.ticks(5)
        box = {"boxstyle": "square,pad=0.1", "facecolor": paper(ax), "alpha": 0.65, "linewidth": 0}
        for place, text in zip(places, texts, strict=True):
            unit = float(scale.to_unit(place))
            ax.plot([i - 0.025, i + 0.025], [unit, unit], color=ink(ax), linewidth=1.0, zorder=3)
            ax.text(i + 0.05, unit, text, color=ink(ax), va="center", fontsize="small", bbox=box, zorder=4)

    def _draw_frame(self, ax, has_inactive):
        n = len(self.names)
        ax.spines[:].set_visible(False)
        ax.set_xlim(-0.15, n - 1 + 0.5)
        ax.set_ylim(-0.2 if has_inactive else -0.04, 1.04)
        ax.set_yticks([_NOT_ACTIVE] if has_inactive else [], ["not active"] if has_inactive else [])
        if has_inactive:
            ax.axhline(_NOT_ACTIVE, color=ink(ax), linestyle=(0, (1, 3)), linewidth=1.0, zorder=0)
        is_crowded = n > 4 and max(map(len, self.names)) * n > 60
        labels = [clipped(name, 26 if is_crowded else 22) for name in self.names]
        ax.set_xticks(range(n), labels)
        ax.tick_params(length=0)
        if is_crowded:
            for label in ax.get_xticklabels():
                label.set(rotation=25, ha="right", rotation_mode="anchor")

    def _title(self):
        n, best = len(self.table.trials), self.table.best
        if best is None:
            return f"no score in {plural(n, 'trial')}"
        title = f"best {score_texts(self.table.scores[best])[0]} of {plural(n, 'trial')}"
        if len(self.names) <= 4:
            places = {name: self.table.places[best, self.table.names.index(name)] for name in self.names}
            values = [
                f"{name}={_text(self.table.scales[self.table.names.index(name)], place)}"
                for name, place in places.items()
                if np.isfinite(place)
            ]
            text = ", ".join(values)
            title += f": {text}" if len(text) < 32 else f":\n{text}" if len(text) < 70 else ""
        return f"{title} ({plural(self.n_left_out, 'hyperparameter')} left out)" if self.n_left_out else title


def _text(scale, place):
    return (
        scale.text(place) if not scale.is_numeric else number(place if not scale.is_integer else int(place))
    )
