"""The trials as they are drawn: one table of data for most pictures, so that what is selected in one is in all."""

from typing import Any, NamedTuple

import numpy as np

from skhpo.plots.data import padded

_NOT_ACTIVE = -0.14
_MANY = 250
_MARKS = {
    "complete": ("circle", "trials"),
    "pruned": ("circle", "stopped early"),
    "failed": ("x", "failed"),
    "below": ("inverted_triangle", "far below"),
    "best": ("star", "best"),
}


class Drawn(NamedTuple):
    """The shared table of data.

    Attributes
    ----------
    source : ColumnDataSource
        A row a finished trial, the best ones last, so that they lie on top.
    rows : ndarray of int
        Which row of the table of trials each of them is.
    kinds : dict of str to ndarray of bool
        Which rows are complete, stopped, failed and far below.
    limits : (float, float)
        Of the scores.
    columns : dict of str to str
        The column of each hyperparameter that is shown.
    style : dict of str to float
        Of points: smaller and fainter ones where there are many.
    """

    source: Any
    rows: Any
    kinds: Any
    limits: Any
    columns: Any
    style: Any


def draw_trials(easel, data, hyperparameters, parallel):
    """Return the shared table of data.

    Parameters
    ----------
    easel : Easel
        Where it belongs.
    data : PictureData
        The trials.
    hyperparameters, parallel : Display
        The pictures that need columns of their own.

    Returns
    -------
    Drawn
        The data.
    """
    table = data.table
    shown = table.shown
    rows = np.argsort(np.where(np.isfinite(shown), shown, -np.inf), kind="stable")
    limits = padded(hyperparameters.limits)
    foot = limits[0] + 0.03 * (limits[1] - limits[0])
    values = shown[rows]
    below = values < limits[0]
    kinds = {name: table.having(name)[rows] for name in ("complete", "pruned", "failed")}
    kinds = {name: mask & ~below for name, mask in kinds.items()} | {"below": below}
    kinds["best"] = rows == (-1 if table.best is None else table.best)
    height = np.where(kinds["failed"] | below, foot, values)
    columns = {name: f"p{i}" for i, name in enumerate(hyperparameters.names)}
    heights = np.round(parallel.heights([table.names.index(name) for name in parallel.names])[rows], 3)
    source = easel.source(
        [table.trials[row].number for row in rows],
        finished=(rows + 1).astype(np.int32),
        score=values.astype(np.float32),
        height=height.astype(np.float32),
        alpha=np.round(_opacities(len(rows)), 3).astype(np.float32),
        xs=[list(range(heights.shape[1]))] * len(rows),
        ys=[list(map(float, line)) for line in heights],
        **{column: _places(table, name)[rows].astype(np.float32) for name, column in columns.items()},
    )
    style = {"alpha": 0.55, "size": 6} if len(rows) <= _MANY else {"alpha": 0.3, "size": 4}
    return Drawn(source, rows, kinds, limits, columns, style)


def _opacities(n):
    """Return how opaque the lines of `n` trials are, the best ones last: where there are many, these stand out."""
    faintest = 0.35 if n <= 60 else max(0.35 * 60 / n, 0.03)
    return faintest + (0.75 - faintest) * (np.arange(1, n + 1) / n) ** (3 if n <= _MANY else 12)


def _places(table, name):
    """Return where trials lie on the axis of a hyperparameter; those with the same level lie beside each other."""
    d = table.names.index(name)
    places = table.places[:, d]
    if table.scales[d].is_numeric:
        return places
    return places + 0.5 * (np.arange(1, len(places) + 1) * 0.6180339887 % 1.0 - 0.5)


def mark_trials(easel, figure, drawn, x, y, kinds=None, has_legend=False):
    """Draw the trials of each kind as points, and describe each where the pointer is.

    Parameters
    ----------
    easel : Easel
        Draws.
    figure : figure
        Where.
    drawn : Drawn
        The trials.
    x, y : str
        The columns with their places.
    kinds : dict of str to ndarray of bool, default=None
        Which rows are of which kind; None for what they are in most pictures.
    has_legend : bool, default=False
        Whether the kinds are explained.
    """
    marks = []
    for kind, rows in (drawn.kinds if kinds is None else kinds).items():
        marker, name = _MARKS[kind]
        style = dict(drawn.style)
        if kind == "pruned":
            style["fill_alpha"] = 0.0
        if kind == "best":
            style = {"size": 16, "fill": "star", "line": "ink"}
        legend = name if has_legend else None
        marks.append(easel.points(figure, drawn.source, x, y, rows, marker, legend, **style))
    easel.hover(figure, marks)
