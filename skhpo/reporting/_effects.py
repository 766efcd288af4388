"""Pictures of what hyperparameters do: alone, in pairs, and all of them together."""

import numpy as np

from skhpo.plots.data import cell_edges, clipped, plural, score_texts
from skhpo.reporting._easel import plain, scale_axis
from skhpo.reporting._trials import _NOT_ACTIVE, mark_trials

_MOST_BARS = 20


def effects(easel, display, drawn):
    """Draw the score against each hyperparameter."""
    from bokeh.models import Range1d

    y_range = Range1d(*drawn.limits)
    figures = [_effect(easel, display, drawn, name, y_range, i == 0) for i, name in enumerate(display.names)]
    text = _effects_text(display)
    caption = (
        "Points are trials, crosses failed ones; hollow ones were stopped early, at an estimate of their score. "
        "The line is what a model of the scores expects on average over the other hyperparameters, the band two "
        "standard deviations."
    )
    if display.n_left_out:
        caption += f" {plural(display.n_left_out, 'hyperparameter')} that matter less are left out."
    return "hyperparameters", "Score against each hyperparameter", caption, text, figures


def _effects_text(display):
    """Say what each hyperparameter that is shown does."""
    if not display.curves:
        return "Too few trials have a score for a model of it."
    said = {name: display.finding(name) for name in display.names if display.clear.get(name)}
    parts = [f"{name} {finding}" for name, finding in said.items()]
    if len(said) < len(display.names):
        others = len(display.names) - len(said)
        parts.append(f"no clear effect of {plural(others, 'other one') if said else 'any of them'}")
    return f"{'; '.join(parts)}."


def _effect(easel, display, drawn, name, y_range, is_first):
    scale = display.table.scales[display.table.names.index(name)]
    kind = "log" if scale.is_numeric and scale.is_log else "linear"
    figure = easel.figure(f"effect of {name}", height=250, is_small=True, x_axis_type=kind)
    figure.y_range = y_range
    figure.yaxis.axis_label = plain(display.score_name)
    scale_axis(figure, figure.xaxis[0], scale)
    figure.title.text = plain(display.finding(name))
    if name in display.curves:
        _curve(easel, figure, scale, display.curves[name], drawn.limits)
    mark_trials(easel, figure, drawn, drawn.columns[name], "height")
    return figure


def _curve(easel, figure, scale, curve, limits):
    """Draw what is expected: a line and a band, or a dash and a box for each category."""
    known = np.isfinite(curve.mean)
    if not known.any():
        return
    places, mean = curve.places[known], curve.mean[known]
    # What is far out of the picture would be no number for a canvas.
    reach = 5.0 * (limits[1] - limits[0])
    low, high = (
        np.clip(one[known], limits[0] - reach, limits[1] + reach)
        for one in (np.minimum(curve.low, curve.high), np.maximum(curve.low, curve.high))
    )
    if scale.is_numeric:
        band = figure.varea(places, low, high, fill_alpha=0.2)
        line = figure.line(places, mean, line_width=2)
    else:
        band = figure.quad(places - 0.4, places + 0.4, high, low, fill_alpha=0.2, line_color=None)
        line = figure.segment(places - 0.4, mean, places + 0.4, mean, line_width=2)
    easel.colour_glyphs(band, fill_color="line")
    easel.colour_glyphs(line, line_color="line")


def importance_bars(easel, worth):
    """Draw how much each hyperparameter and pair matters, with intervals."""
    from bokeh.models import FixedTicker, Range1d

    found = worth.importances
    if found is None:
        return None
    alone = [(clipped(name, 40), share, *found.intervals[name]) for name, share in found.importances.items()]
    pairs = [
        (" × ".join(clipped(name, 20) for name in pair), share, *found.interaction_intervals[pair])
        for pair, share in found.interactions.items()
    ]
    bars = [*alone[:_MOST_BARS], *(pair for pair in pairs if pair[1] >= 0.005)]
    n = len(bars)
    figure = easel.figure("importances", height=90 + 24 * n)
    figure.y_range, figure.x_range = (
        Range1d(n - 0.4, -0.6),
        Range1d(0.0, min(1.02, 1.05 * max(bar[3] for bar in bars))),
    )
    figure.xaxis.axis_label = "share of the variance of the score"
    figure.yaxis.ticker = FixedTicker(ticks=list(range(n)))
    figure.yaxis.major_label_overrides = {i: plain(bar[0]) for i, bar in enumerate(bars)}
    names, shares, lows, highs = zip(*bars, strict=True)
    source = easel.source(
        name=list(names), place=list(range(n)), share=list(shares), low=list(lows), high=list(highs)
    )
    drawn = figure.hbar("place", right="share", height=0.7, source=source, line_color=None)
    easel.colour_glyphs(drawn, fill_color="line")
    interval = figure.segment("low", "place", "high", "place", source=source, line_width=2)
    easel.colour_glyphs(interval, line_color="ink")
    figure.ygrid.visible = False
    tips = [("", "@name"), ("share", "@share{0.000}"), ("90 % interval", "@low{0.000} to @high{0.000}")]
    easel.hover(figure, [drawn], tooltips=tips)
    caption = (
        "What each hyperparameter explains by itself, and pairs beyond that (functional ANOVA of a model of the "
        f"scores). Lines are 90 % intervals; the model's R² for trials that it has not seen is {found.r2:.2f}."
    )
    if len(alone) > _MOST_BARS:
        caption += f" {plural(len(alone) - _MOST_BARS, 'hyperparameter')} left out."
    named = [bar for bar in bars if bar[1] >= 0.01][:8]
    text = "; ".join(f"{name} {100 * share:.0f} %" for name, share, *_ in named) + "."
    return "importances", "What mattered", caption, text, [figure]


def interactions(easel, worth, drawn):
    """Draw the expected score over the pairs that interact most, or over the two that matter most."""
    shown = list(drawn.columns)
    found = {} if worth.importances is None else worth.importances.interactions
    pairs = [pair for pair, share in found.items() if share >= 0.005]
    pairs = [pair for pair in pairs if all(name in shown for name in pair)] or [tuple(shown[:2])]
    if worth.data.belief is None or len(pairs[0]) < 2:
        return None
    displays = [worth.data.interaction(list(pair)) for pair in pairs]
    low = min(display.limits[0] for display in displays)
    high = max(display.limits[1] for display in displays)
    mapper = easel.mapper(low, high)
    figures = [_map(easel, display, drawn, mapper) for display in displays]
    easel.bar(figures[-1], mapper, f"expected {displays[0].score_name}")
    caption = (
        "Colours are what the model of the scores expects on average over the other hyperparameters, and points are "
        "trials. Where a ridge runs diagonally, one value makes up for the other. Combinations that cannot be are "
        "empty."
    )
    text = f"The expected score over {'; '.join(' and '.join(pair) for pair in pairs)}."
    return "interactions", "Pairs of hyperparameters", caption, text, figures


def _map(easel, display, drawn, mapper):
    first, second = display.names
    x_scale, y_scale = (display.table.scales[display.table.names.index(name)] for name in display.names)
    kinds = ["log" if scale.is_numeric and scale.is_log else "linear" for scale in (x_scale, y_scale)]
    name = f"map of {first} and {second}"
    figure = easel.figure(name, height=320, is_small=True, x_axis_type=kinds[0], y_axis_type=kinds[1])
    scale_axis(figure, figure.xaxis[0], x_scale)
    scale_axis(figure, figure.yaxis[0], y_scale, is_x=False)
    figure.grid.visible = False
    _fill_map(easel, figure, display, mapper, x_scale, y_scale)
    known = drawn.kinds["complete"] | drawn.kinds["below"]
    names = {"x": drawn.columns[first], "y": drawn.columns[second]}
    style = {"size": drawn.style["size"] - 1, "line_width": 0.8, "line": "paper"}
    points = easel.points(figure, drawn.source, **names, rows=known, **style)
    failed = easel.points(figure, drawn.source, **names, rows=drawn.kinds["failed"], marker="x", size=7)
    star = {"marker": "star", "fill": "star", "line": "ink", "size": 16}
    best = easel.points(figure, drawn.source, **names, rows=drawn.kinds["best"], **star)
    easel.hover(figure, [points, failed, best])
    return figure


def _fill_map(easel, figure, display, mapper, x_scale, y_scale):
    """Colour the cells of a map."""
    x, y, surface = next(iter(display.surfaces.values()))
    rows, columns = np.nonzero(np.isfinite(surface))
    x_edges, y_edges = cell_edges(x_scale, x), cell_edges(y_scale, y)
    score = surface[rows, columns]
    source = easel.source(
        left=x_edges[columns].astype(np.float32),
        right=x_edges[columns + 1].astype(np.float32),
        bottom=y_edges[rows].astype(np.float32),
        top=y_edges[rows + 1].astype(np.float32),
        score=score.astype(np.float32),
    )
    colour = {"field": "score", "transform": mapper}
    figure.quad(
        "left",
        "right",
        "top",
        "bottom",
        source=source,
        fill_color=colour,
        line_color=colour,
        level="underlay",
    )


def parallel_coordinates(easel, display, drawn):
    """Draw a line for each trial through its values."""
    names, table = display.names, display.table
    figure = easel.figure("parallel coordinates", height=380)
    _frame(figure, display)
    mapper = easel.mapper(*drawn.limits)
    colour = {"field": "score", "transform": mapper}
    style = {"line_width": 1.3, "line_alpha": "alpha", "line_color": colour}
    lines = figure.multi_line("xs", "ys", source=drawn.source, nonselection_line_alpha=0.04, **style)
    best = np.flatnonzero(drawn.kinds["best"])
    for row in best:
        line = figure.line(
            drawn.source.data["xs"][row], drawn.source.data["ys"][row], line_width=4, legend_label="best"
        )
        easel.colour_glyphs(line, line_color="star")
    for i, name in enumerate(names):
        _axis(easel, figure, i, table.scales[table.names.index(name)])
    if figure.y_range.start < _NOT_ACTIVE:
        note = figure.text([-0.1], [_NOT_ACTIVE], ["not active"], text_font_size="11px", y_offset=18)
        easel.colour_glyphs(note, text_color="muted")
    easel.bar(figure, mapper, display.score_name)
    easel.hover(figure, [lines], line_policy="interp", point_policy="follow_mouse")
    easel.legend(figure)
    caption = "A line for each trial through its values. What is selected in one picture is marked in all."
    if display.n_left_out:
        caption += f" {plural(display.n_left_out, 'hyperparameter')} that matter less are left out."
    text = "Too few trials are complete."
    if table.best is not None:
        text = f"The best trial, with {score_texts(table.scores[table.best])[0]}, is the thickest line."
    return "parallel", "Parallel coordinates", caption, text, [figure]


def _frame(figure, display):
    """Give parallel coordinates their ranges and the names below the axes."""
    from bokeh.models import FixedTicker, Range1d

    names, table, n = display.names, display.table, len(display.names)
    has_inactive = bool(np.isnan(table.places[:, [table.names.index(name) for name in names]]).any())
    figure.x_range, figure.y_range = (
        Range1d(-0.15, 1.08 * n - 1.0),
        Range1d(-0.22 if has_inactive else -0.05, 1.05),
    )
    figure.grid.visible = figure.yaxis.visible = False
    figure.xaxis.axis_line_color = None
    figure.xaxis.ticker = FixedTicker(ticks=list(range(n)))
    figure.xaxis.major_label_overrides = {i: plain(clipped(name, 24)) for i, name in enumerate(names)}
    if max(len(name) for name in names) * n > 90:
        figure.xaxis.major_label_orientation = 0.5


def _axis(easel, figure, i, scale):
    places, texts = scale.ticks(5)
    units = [float(scale.to_unit(place)) for place in places]
    axis = figure.segment([i], [0.0], [i], [1.0], line_width=1)
    easel.colour_glyphs(axis, line_color="ink")
    labels = figure.text(
        [i + 0.04] * len(units),
        units,
        [plain(text) for text in texts],
        text_font_size="11px",
        text_baseline="middle",
        background_fill_alpha=0.85,
    )
    easel.colour_glyphs(labels, text_color="ink", background_fill_color="paper")
