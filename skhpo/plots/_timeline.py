"""The timeline of the workers: who fitted which trial when, and when somebody waited."""

import numpy as np

from skhpo.plots._display import TrialsDisplay, legend_below
from skhpo.plots._fits import KINDS, Timetable, find_pauses, timed_fits
from skhpo.plots._style import clipped, ink, is_dark, number, paper, plural, some, time_unit

_REFIT = "refit"
# From Okabe and Ito, so light or so dark that the text of the paper can be read on them.
_ON_LIGHT = ("#56B4E9", "#C5E4F7", "#E69F00", "#BBBBBB", "#D55E00", "#CC79A7", "#2BC499")
_ON_DARK = ("#0072B2", "#35566E", "#8A6300", "#6E6E6E", "#E0570A", "#A3588A", "#00805D")
_RARE = ("failed", "timed out")  # has to be seen however short it was
_FONT, _MOST_NUMBERS = 7.0, 600
_APART = 3.0  # pixels from which on a bar is drawn on its own
_COLUMN = 4.0  # pixels over which time is summed up where bars are narrower
_HALF = 0.4  # of the height of a bar, in rows


class TimelineDisplay(TrialsDisplay):
    """A row for each worker and a bar for each fit, coloured by what became of it; gaps are idle time.

    Times in which the search was not running, between a run and the one that went on with it, are left out and marked.
    What was fitted and did not count is shown as discarded where its trial had been stopped meanwhile; fits that were
    given up, and those beyond the point where a stopping rule ended the search, look like gaps.

    Parameters
    ----------
    fits : list of TimedFit
        What is drawn, in the order of their beginning.
    pauses : list of Pause, default=()
        What is left out.
    refit_seconds : float or None, default=None
        How long the refit took that followed the last fit, if there was one.
    n_unknown : int, default=0
        How many further fits there are, of which it is not known when they were made.

    Attributes
    ----------
    ax_ : Axes
        Where it was drawn.
    figure_ : Figure
        What that belongs to.

    Examples
    --------
    >>> from skhpo.plots import TimelineDisplay
    >>> from skhpo.trial import Measurement, Trial
    >>> def fit(worker, started, seconds):
    ...     return Measurement(0, {"score": 0.5}, None, seconds, 0.0, started=started, worker=worker)
    >>> fits = [fit(0, 1e9, 4.0), fit(1, 1e9, 2.0), fit(1, 1e9 + 2.0, 1.0)]
    >>> trials = [Trial(i, {}, status="complete", measurements=(one,)) for i, one in enumerate(fits)]
    >>> display = TimelineDisplay.from_trials(trials)
    >>> display.ax_.get_title()
    '2 workers, busy 88 % of 4 seconds'
    """

    def __init__(self, fits, pauses=(), refit_seconds=None, n_unknown=0):
        self.fits = fits
        self.pauses = pauses
        self.refit_seconds = refit_seconds
        self.n_unknown = n_unknown

    @classmethod
    def _from_source(cls, source):
        fits = timed_fits(source)
        n_fits = sum(len(trial.measurements) + len(trial.discarded) for trial in source.trials)
        return cls(fits, find_pauses(fits), source.refit_seconds, n_fits - len(fits))

    @property
    def busy(self):
        """The share of the time, without pauses, in which the workers fitted and scored."""
        return Timetable(self.fits, self.pauses).busy

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
        table = Timetable(self.fits, self.pauses)
        rows = [*table.workers, *([] if self.refit_seconds is None else [_REFIT])]
        ax = self._open(ax, 9.0, min(max(0.28 * len(rows) + 1.9, 2.6), 8.0))
        longest = max(table.span + (self.refit_seconds or 0.0), 1e-9)
        unit, unit_name = time_unit(longest)
        ax.set(xlim=(-0.005 * longest / unit, 1.005 * longest / unit), ylim=(len(rows) - 0.5, -0.5))
        canvas = _Canvas(ax, table, unit)
        handles = self._draw_kinds(canvas, table, _palette(ax))
        if self.refit_seconds is not None:
            end = table.span + self.refit_seconds
            canvas.draw_bars([len(rows) - 1], [table.span], [end], _palette(ax)[_REFIT], _APART)
        canvas.write_numbers([fit.number for fit in self.fits])
        self._mark_pauses(ax, table, unit)
        shown = some(range(len(rows)), 20)
        ax.set_yticks(shown, [clipped(str(rows[i])) for i in shown])
        y_label = "worker\n(heights: shares of time)" if canvas.is_dense else "worker"
        ax.set(xlabel=self._x_label(unit_name), ylabel=y_label)
        ax.set_title(self._title(table), pad=20 if self.pauses else None)
        legend_below(self.figure_, handles, None if self._is_own else ax)
        return self

    def _draw_kinds(self, canvas, table, palette):
        """Draw a kind after the other, the rare ones above; returns what the legend explains."""
        from matplotlib.patches import Patch

        kinds = np.array([fit.kind for fit in self.fits])
        seconds = table.ends - table.starts
        handles = {}
        if canvas.is_dense:
            canvas.draw_shares(kinds, palette)
        for kind in sorted(KINDS, key=lambda kind: kind in _RARE):
            mine = kinds == kind
            if mine.any():
                share = float(seconds[mine].sum()) / max(float(seconds.sum()), 1e-12)
                handles[f"{kind} ({_percent(share)})"] = Patch(facecolor=palette[kind])
                if not canvas.is_dense:
                    places = table.rows[mine], table.starts[mine], table.ends[mine]
                    canvas.draw_bars(*places, palette[kind], _APART / 2 if kind in _RARE else 0.0)
        if self.refit_seconds is not None:
            handles[_REFIT] = Patch(facecolor=palette[_REFIT])
        return handles

    def _mark_pauses(self, ax, table, unit):
        """Mark where pauses were left out, and how long they were where there is room to say it."""
        pixels, free = ax.get_window_extent().width / np.ptp(ax.get_xlim()), -np.inf
        for cut, pause in zip(table.cuts / unit, self.pauses, strict=True):
            ax.axvline(cut, color=ink(ax), linestyle=(0, (2, 2)), linewidth=1.0, zorder=4)
            if cut * pixels >= free:
                long, name = time_unit(pause.seconds)
                text = f"paused {number(pause.seconds / long, 2)} {name}"
                style = {"ha": "center", "va": "bottom", "fontsize": "small", "color": ink(ax)}
                ax.text(cut, 1.01, text, transform=ax.get_xaxis_transform(), **style)
                free = cut * pixels + 7.0 * len(text)

    def _x_label(self, unit_name):
        label = f"{unit_name} since the first fit"
        if self.pauses:
            label += ", pauses left out"
        if self.n_unknown:
            label += f"; of {plural(self.n_unknown, 'fit')} the time is not known"
        return label

    def _title(self, table):
        unit, name = time_unit(table.span)
        workers = plural(len(table.workers), "worker")
        return f"{workers}, busy {_percent(table.busy)} of {number(table.span / unit, 2)} {name}"


class _Canvas:
    """Draws on axes whose limits are set; knows how large things will be."""

    def __init__(self, ax, table, unit):
        self._ax, self._table, self._unit = ax, table, unit
        extent = ax.get_window_extent()
        self.pixel = np.ptp(ax.get_xlim()) * unit / extent.width  # in seconds
        self._row_points = 0.8 * extent.height / abs(np.ptp(ax.get_ylim())) * 72.0 / ax.figure.dpi
        seconds = table.ends - table.starts
        self.is_dense = float(seconds[seconds < _APART * self.pixel].sum()) > 0.5 * float(seconds.sum())

    def draw_bars(self, rows, starts, ends, color, least=0.0):
        """Draw a bar for each fit, no narrower than so many pixels; those that cannot be told apart become one."""
        rows, starts, ends = self._joined(np.asarray(rows), np.asarray(starts), np.asarray(ends))
        ends = np.maximum(ends, starts + least * self.pixel)
        is_wide = ends - starts > _APART * self.pixel
        edges = {"edgecolor": paper(self._ax), "linewidth": 0.6}
        for mask, style in ((is_wide, edges), (~is_wide, {"edgecolor": "none"})):
            if mask.any():
                sides = rows[mask] + _HALF, rows[mask] - _HALF
                self._draw_boxes(starts[mask], ends[mask], *sides, facecolor=color, **style)

    def draw_shares(self, kinds, palette):
        """Draw which share of its time each worker has given to each kind of fit, in columns of some pixels."""
        edges = np.linspace(0.0, self._table.span, 2 + int(self._table.span / (_COLUMN * self.pixel)))
        frame = {"facecolor": ink(self._ax), "alpha": 0.08, "edgecolor": "none"}
        for row in range(len(self._table.workers)):
            self._draw_boxes(edges[:1], edges[-1:], np.array([row + _HALF]), np.array([row - _HALF]), **frame)
            foot = np.full(len(edges) - 1, row + _HALF)
            for kind in KINDS:
                mine = (self._table.rows == row) & (kinds == kind)
                share = _covered(self._table.starts[mine], self._table.ends[mine], edges)
                if kind in _RARE:
                    share[share > 0.0] = np.maximum(share[share > 0.0], 0.06)
                top = np.maximum(foot - 2 * _HALF * share, row - _HALF)
                shown = foot - top > 0.0
                sides = edges[:-1][shown], edges[1:][shown], foot[shown], top[shown]
                self._draw_boxes(*sides, facecolor=palette[kind], edgecolor="face", linewidth=0.2)
                foot = top

    def write_numbers(self, numbers):
        """Write the number of the trial on its bars where there is room."""
        from matplotlib.patheffects import withStroke

        if self._row_points < _FONT + 1.0 or self.is_dense:
            return
        rows, starts, ends, numbers = self._places(np.asarray(numbers))
        widest = np.argsort(starts - ends, kind="stable")[:_MOST_NUMBERS]
        halo = [withStroke(linewidth=1.2, foreground=_faded(self._ax))]
        style = {"ha": "center", "va": "center_baseline", "fontsize": _FONT, "color": ink(self._ax)}
        for i in widest:
            middle = (starts[i] + ends[i]) / 2 / self._unit
            self._ax.text(middle, rows[i], str(numbers[i]), clip_on=True, path_effects=halo, **style)

    def _draw_boxes(self, starts, ends, low, high, **style):
        from matplotlib.collections import PolyCollection

        left, right = starts / self._unit, ends / self._unit
        corners = np.stack([[left, left, right, right], [low, high, high, low]], axis=-1)
        self._ax.add_collection(PolyCollection(corners.transpose(1, 0, 2), zorder=2, **style))

    def _joined(self, rows, starts, ends):
        """Join bars that are narrow and next to each other."""
        order = np.lexsort((starts, rows))
        rows, starts, ends = rows[order], starts[order], ends[order]
        is_narrow = ends - starts < _APART * self.pixel
        goes_on = (rows[1:] == rows[:-1]) & (starts[1:] - ends[:-1] < 0.3 * self.pixel)
        first = np.flatnonzero(np.concatenate([[True], ~(goes_on & is_narrow[1:] & is_narrow[:-1])]))
        return rows[first], starts[first], np.maximum.reduceat(ends, first)

    def _places(self, numbers):
        """Return where numbers go: on a bar, or on several side by side of one trial if there is no room on any."""
        table, point = self._table, self.pixel * self._ax.figure.dpi / 72.0
        order = np.lexsort((table.starts, table.rows))
        numbers, rows = numbers[order], table.rows[order]
        starts, ends = table.starts[order], table.ends[order]
        needed = (2.0 + 0.65 * _FONT * np.array([len(str(one)) for one in numbers])) * point
        has_room = ends - starts >= needed
        goes_on = (rows[1:] == rows[:-1]) & (numbers[1:] == numbers[:-1])
        goes_on &= starts[1:] - ends[:-1] < _APART * self.pixel
        first = np.flatnonzero(np.concatenate([[True], ~goes_on]))
        until = np.maximum.reduceat(ends, first)
        together = ~np.logical_or.reduceat(has_room, first) & (until - starts[first] >= needed[first])
        lone, joint = np.flatnonzero(has_room), first[together]
        chosen = np.concatenate([lone, joint])
        return rows[chosen], starts[chosen], np.concatenate([ends[lone], until[together]]), numbers[chosen]


def _covered(starts, ends, edges):
    """Return which share of the time between two edges lies within intervals, which are sorted."""
    if len(starts) == 0:
        return np.zeros(len(edges) - 1)
    times = np.column_stack([starts, ends]).ravel()
    so_far = np.cumsum(np.column_stack([np.zeros(len(starts)), ends - starts]).ravel())
    return np.diff(np.interp(edges, times, so_far)) / np.diff(edges)


def _percent(share):
    return "<1 %" if 0.0 < share < 0.01 else f"{round(100 * share)} %"


def _faded(ax):
    """Return the colour of the paper, half transparent."""
    from matplotlib.colors import to_rgba

    return to_rgba(paper(ax), 0.5)


def _palette(ax):
    """Return a colour for each kind of bar."""
    return dict(zip((*KINDS, _REFIT), _ON_DARK if is_dark(ax) else _ON_LIGHT, strict=True))
