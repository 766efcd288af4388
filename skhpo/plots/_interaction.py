"""The expected score over pairs of hyperparameters, with the trials on it."""

import itertools

import numpy as np

from skhpo.plots._belief import make_belief, order_by_importance
from skhpo.plots._display import Display, colour_scale, grid_of_axes, legend_below
from skhpo.plots._source import read_source, trials_source
from skhpo.plots._style import clipped, ink, number, plural, score_limits, score_texts
from skhpo.plots._table import make_table

_MOST = 4
_N_LEVELS = 21
_STAR = "#D55E00"  # stands out from all colours of a map


class InteractionDisplay(Display):
    """What a surrogate expects of the scores over pairs of hyperparameters, with the trials on it.

    Colours are the mean of a Gaussian process that was fitted to the trials, averaged over the values that the other
    hyperparameters have in the trials. Where a combination cannot be, nothing is drawn.

    Parameters
    ----------
    table : Table
        The trials as places on the scales of the hyperparameters.
    surfaces : dict of (str, str) to (ndarray, ndarray, ndarray)
        Places of the first and the second hyperparameter, and the expected scores of shape (n_second, n_first); empty
        where too little is known.
    names : list of str
        What is shown: two for one map, up to four for a map of each pair.
    score_name : str, default="score"
        What the scores are.

    Attributes
    ----------
    ax_ : Axes or ndarray of Axes
        Where it was drawn, one for each pair.
    figure_ : Figure
        What that belongs to.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.plots import InteractionDisplay
    >>> space = {"x": (-1.0, 1.0), "y": (-1.0, 1.0), "z": (0.0, 1.0)}
    >>> study = Study(space, n_iter=15, random_state=0)
    >>> while (job := study.ask()) is not None:
    ...     c = job.configuration
    ...     trial = study.tell(job, score=1 - (c["x"] - c["y"]) ** 2 - c["x"] ** 2)
    >>> display = InteractionDisplay.from_estimator(study)
    >>> sorted(display.names)
    ['x', 'y']
    """

    def __init__(self, table, surfaces, names, score_name="score"):
        self.table = table
        self.surfaces = surfaces
        self.names = names
        self.score_name = score_name

    @classmethod
    def from_estimator(cls, search, *, names=None, n_hyperparameters=2, ax=None):
        """Draw the pairs of hyperparameters of a search.

        Parameters
        ----------
        search : fitted search, Study, StoredSearch, str or Path
            What is drawn; a study may still run, and a path is that of a storage file, which may still be written to.
        names : list of str, default=None
            The two to four hyperparameters that are shown; None for those that matter most.
        n_hyperparameters : int, default=2
            How many of them, if they are not named; every pair of three or four has a map of its own.
        ax : Axes, default=None
            Where it is drawn, or what is replaced by several maps; None for a new figure.

        Returns
        -------
        InteractionDisplay
            The picture.
        """
        return cls._from_source(read_source(search), names, n_hyperparameters).plot(ax)

    @classmethod
    def from_trials(cls, trials, space=None, *, names=None, n_hyperparameters=2, ax=None):
        """Draw the pairs of hyperparameters of some trials.

        Parameters
        ----------
        trials : sequence of Trial
            What is drawn.
        space : dict, list or SearchSpace, default=None
            Where they come from; None to go by their values.
        names, n_hyperparameters, ax : object
            See :meth:`from_estimator`.

        Returns
        -------
        InteractionDisplay
            The picture.
        """
        return cls._from_source(trials_source(trials, space), names, n_hyperparameters).plot(ax)

    @classmethod
    def _from_source(cls, source, names, n):
        table = make_table(source)
        return cls._from_table(table, make_belief(table), source, names, n)

    @classmethod
    def _from_table(cls, table, belief, source, names=None, n=2):
        columns = table.columns_of(names) if names is not None else order_by_importance(table, belief)[:n]
        if not 2 <= len(columns) <= _MOST or len(set(columns)) < len(columns):
            raise ValueError(
                f"The picture of interactions is of two to {_MOST} different hyperparameters. "
                f"Got {[table.names[d] for d in columns]} instead."
            )
        shown = [table.names[d] for d in columns]
        surfaces = {}
        if belief is not None:
            for a, b in itertools.combinations(columns, 2):
                surfaces[table.names[a], table.names[b]] = belief.surface(a, b)
        return cls(table, surfaces, shown, source.score_name)

    def plot(self, ax=None):
        """Draw the picture.

        Parameters
        ----------
        ax : Axes, default=None
            Where, or what is replaced by several maps; None for a new figure.

        Returns
        -------
        self : object
            The display.
        """
        colours = colour_scale(self.limits, "viridis")
        if len(self.names) == 2:
            panel = self._open(ax, 6.0, 4.6)
            self._draw(panel, *self.names, colours, is_large=True)
            panel.set_title(self._title())
            self._add_bar(colours, panel)
            self._legend(panel)
            return self
        n = len(self.names) - 1
        axes, foot = grid_of_axes(ax, n, n, 3.0 * n + 1.4, 2.6 * n + 0.6, sharex="col", sharey="row")
        self.figure_ = axes[0, 0].figure
        drawn = []
        for row, column in itertools.product(range(n), range(n)):
            if column > row:
                axes[row, column].set_axis_off()
                continue
            panel = axes[row, column]
            self._draw(panel, self.names[column], self.names[row + 1], colours, is_large=False)
            panel.label_outer()
            drawn.append(panel)
        self.ax_ = np.array(drawn)
        self._add_bar(colours, list(axes.ravel()))
        if foot is None:
            self.figure_.suptitle(self._title())
        self._legend(axes[0, n - 1], drawn[0])
        return self

    @property
    def limits(self):
        """Limits of the expected scores in which the better ones can be told apart."""
        expected = [surface.ravel() for _, _, surface in self.surfaces.values()]
        return score_limits(np.concatenate(expected) if expected else self.table.scores)

    def _draw(self, ax, first, second, colours, is_large):
        a, b = self.table.names.index(first), self.table.names.index(second)
        x_scale, y_scale = self.table.scales[a], self.table.scales[b]
        x_scale.apply(ax.xaxis, 6 if is_large else 4, room=50 if is_large else 30)
        y_scale.apply(ax.yaxis, 6 if is_large else 4)
        if (first, second) in self.surfaces:
            x, y, surface = self.surfaces[first, second]
            style = {"cmap": colours.cmap, "norm": colours.norm}
            if np.isfinite(surface).all() and _is_smooth(x_scale, x) and _is_smooth(y_scale, y):
                levels = np.linspace(colours.norm.vmin, colours.norm.vmax, _N_LEVELS)
                ax.contourf(x, y, np.maximum(surface, levels[0]), levels, extend="max", **style)
            else:
                ax.pcolormesh(
                    cell_edges(x_scale, x),
                    cell_edges(y_scale, y),
                    np.ma.masked_invalid(surface),
                    rasterized=True,
                    **style,
                )
            (left, right), (bottom, top) = _ends(x_scale, x), _ends(y_scale, y)
            ax.set(xlim=(left, right), ylim=(bottom, top))
            self._hatch(ax)
        self._draw_trials(ax, a, b, is_large)
        ax.set_xlabel(clipped(first, 40 if is_large else 24))
        ax.set_ylabel(clipped(second, 32 if is_large else 20))

    def _add_bar(self, colours, axes):
        """Add the scale of the colours, if there is anything coloured."""
        if self.surfaces:
            lowest = min(np.nanmin(surface) for _, _, surface in self.surfaces.values())
            extend = "min" if lowest < colours.norm.vmin else "neither"
            self.figure_.colorbar(
                colours, ax=axes, label=f"expected {self.score_name}", extend=extend, aspect=30
            )

    def _hatch(self, ax):
        """Show where there is nothing by lines below everything."""
        from matplotlib.patches import Rectangle

        ax.add_patch(
            Rectangle(
                (0, 0),
                1,
                1,
                transform=ax.transAxes,
                fill=False,
                hatch="////",
                edgecolor=ink(ax),
                alpha=0.25,
                zorder=-1,
            )
        )

    def _draw_trials(self, ax, a, b, is_large):
        x, y, scores = self.table.places[:, a].copy(), self.table.places[:, b].copy(), self.table.scores
        for places, d, step in ((x, a, 0.6180339887), (y, b, 0.7548776662)):
            if not self.table.scales[d].is_numeric:
                places += 0.5 * (np.arange(1, len(places) + 1) * step % 1.0 - 0.5)
        active = np.isfinite(x) & np.isfinite(y)
        known = active & np.isfinite(scores)
        size = 5 if is_large else 3.5
        style = {"linestyle": "none", "color": "black", "markeredgecolor": "white", "markeredgewidth": 0.6}
        style["clip_on"] = False  # many trials lie on an edge of the space
        ax.plot(x[known], y[known], "o", markersize=size, label="trials", **style)
        stopped, failed = active & self.table.having("pruned"), active & self.table.having("failed")
        if stopped.any():
            hollow = {**style, "color": "none", "markeredgecolor": "black" if self.surfaces else ink(ax)}
            ax.plot(x[stopped], y[stopped], "o", markersize=size - 0.5, label="stopped early", **hollow)
        if failed.any():
            ax.plot(x[failed], y[failed], "X", markersize=size + 1.5, label="failed", **style)
        if known.any():
            best = int(np.argmax(np.where(known, scores, -np.inf)))
            star = {"markersize": 14 if is_large else 11, "color": _STAR, "markeredgecolor": "black"}
            ax.plot(x[best], y[best], "*", linestyle="none", label="best", zorder=4, **star)

    def _legend(self, ax, drawn=None):
        handles, labels = (drawn or ax).get_legend_handles_labels()
        if drawn is not None:
            ax.legend(handles, labels, loc="center", frameon=False)
        else:
            legend_below(self.figure_, dict(zip(labels, handles, strict=True)), None if self._is_own else ax)

    def _title(self):
        known = self.table.scores[np.isfinite(self.table.scores)]
        n = plural(len(self.table.trials), "trial")
        if not len(known):
            return f"no score in {n}"
        if len(self.names) > 2 or not self.surfaces:
            return f"best {score_texts(known.max())[0]} of {n}"
        ((first, second), (x, y, surface)) = next(iter(self.surfaces.items()))
        j, i = np.unravel_index(int(np.nanargmax(surface)), surface.shape)
        values = [
            f"{clipped(name, 24)} = {self._text(name, place)}"
            for name, place in ((first, x[i]), (second, y[j]))
        ]
        text = ", ".join(values)
        return f"expected best: {text}" if len(text) < 40 else "expected best:\n" + "\n".join(values)

    def _text(self, name, place):
        scale = self.table.scales[self.table.names.index(name)]
        return scale.text(place) if not scale.is_numeric or scale.is_integer else number(place, 2)


def _is_smooth(scale, places):
    """Tell whether there is something between the places."""
    return scale.is_numeric and (not scale.is_integer or len(places) < scale.n_levels)


def _ends(scale, places):
    """Return where a map ends."""
    edges = places if _is_smooth(scale, places) else cell_edges(scale, places)
    return edges[0], edges[-1]


def cell_edges(scale, places):
    """Return the edges of the cells around places, which are even on the scale itself."""
    if not scale.is_numeric or scale.low == scale.high:
        return np.concatenate([places - 0.5, places[-1:] + 0.5])
    units = np.log(places) if scale.is_log else places
    middles = (units[1:] + units[:-1]) / 2
    ends = 2 * units[0] - middles[0], 2 * units[-1] - middles[-1]
    edges = np.concatenate([[ends[0]], middles, [ends[1]]])
    return np.exp(edges) if scale.is_log else edges
