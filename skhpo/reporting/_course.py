"""Pictures of the course of a search: the best score so far, rungs, the race, and the workers."""

import math

import numpy as np

from skhpo.plots.data import (
    KINDS,
    Timetable,
    clipped,
    number,
    padded,
    plural,
    score_limits,
    score_texts,
    time_unit,
)
from skhpo.reporting._easel import plain
from skhpo.reporting._trials import mark_trials

_MOST_GROUPS = 6
_KIND_COLOURS = dict(
    zip(KINDS, ("group 0", "muted", "group 4", "group 3", "group 1", "group 5"), strict=True)
)


def convergence(easel, data, drawn):
    """Draw the best score so far over the trials."""
    from bokeh.models import Range1d, Span

    display = data.convergence()
    run = display.runs[""]
    n = len(run.x)
    figure = easel.figure("convergence")
    low, high = padded(display.limits)
    figure.x_range, figure.y_range = Range1d(0.5 - 0.01 * n, 1.01 * n + 0.5), Range1d(low, high)
    figure.xaxis.axis_label, figure.yaxis.axis_label = "finished trials", plain(display.score_name)
    figure.xaxis.ticker.min_interval = 1
    if math.isfinite(run.best_score):
        best = np.isfinite(run.best)
        style = {"mode": "after", "line_width": 2, "legend_label": "best so far"}
        easel.colour_glyphs(figure.step(run.x[best], run.best[best], **style), line_color="line")
    kinds, drawn.source.data["course"] = _course_kinds(run, drawn, low, high)
    mark_trials(easel, figure, drawn, "finished", "course", kinds, has_legend=True)
    text = _course_text(run)
    if math.isfinite(run.default):
        line = Span(location=run.default, dimension="width", line_dash="dotted", line_width=2)
        easel.colour(line, line_color="ink")
        figure.add_layout(line)
        text += f" The dotted line is the estimator's own parameters, {score_texts(run.default)[0]}."
    easel.legend(figure)
    caption = "The line is the best score so far; each point is a trial."
    return "course", "Course of the search", caption, text, [figure]


def _course_kinds(run, drawn, low, high):
    """Return which rows are drawn how, and at what height: at the foot, where there is no score in the picture."""
    scores, stopped = run.scores[drawn.rows], run.stopped[drawn.rows]
    below = scores < low
    kinds = {
        "complete": np.isfinite(scores) & ~below,
        "pruned": stopped,
        "failed": np.isnan(scores) & ~stopped,
        "below": below,
        "best": drawn.kinds["best"],
    }
    height = np.where(kinds["complete"], scores, low + 0.03 * (high - low))
    return kinds, height.astype(np.float32)


def _course_text(run):
    if not math.isfinite(run.best_score):
        return f"None of {plural(len(run.x), 'trial')} has a score."
    trials = plural(len(run.x), "trial")
    return f"The best score is {score_texts(run.best_score)[0]}, after {run.best_place} of {trials}."


def rungs(easel, data):
    """Draw the scores of trials against the resource that they were given."""
    from bokeh.models import FixedTicker, Range1d

    display = data.rungs()
    resources = np.unique(np.concatenate([curve.resources for curve in display.curves]))
    steps = np.diff(resources)
    is_log = len(resources) > 2 and resources[0] > 0 and steps[-1] > 2 * steps[0]
    figure = easel.figure("rungs", x_axis_type="log" if is_log else "linear")
    figure.xaxis.axis_label, figure.yaxis.axis_label = plain(display.resource_name), plain(display.score_name)
    shown = resources[:: -(-len(resources) // 10)]
    figure.xaxis.ticker = FixedTicker(ticks=[float(one) for one in shown])
    figure.xaxis.major_label_overrides = {float(one): str(one) for one in shown}
    limits = score_limits(np.concatenate([curve.scores for curve in display.curves]))
    figure.y_range = Range1d(*padded(limits))
    lines = [_curves(easel, figure, display, group, i) for i, group in enumerate(_groups(display))]
    easel.hover(figure, lines, line_policy="nearest")
    easel.legend(figure)
    top = sum(curve.resources[-1] == resources[-1] for curve in display.curves)
    text = f"{top} of {plural(len(display.curves), 'trial')} were given {resources[-1]} of {display.resource_name}."
    caption = (
        "A line for each trial; it ends where the trial was stopped. Where lines cross, a low rung misleads."
    )
    return "rungs", "Scores over the resource", caption, text, [figure]


def _groups(display):
    """Return the brackets, or ranges of them where these are many, as arrays."""
    brackets = sorted({curve.bracket for curve in display.curves})
    return [list(map(int, part)) for part in np.array_split(brackets, min(len(brackets), _MOST_GROUPS))]


def _curves(easel, figure, display, group, place):
    curves = [curve for curve in display.curves if curve.bracket in group]
    source = easel.source(
        [curve.number for curve in curves],
        xs=[list(map(float, curve.resources)) for curve in curves],
        ys=[list(map(float, curve.scores)) for curve in curves],
        ends=[float(curve.resources[-1]) for curve in curves],
        tops=[float(curve.scores[-1]) for curve in curves],
        width=[2.2 if curve.status == "complete" else 1.0 for curve in curves],
    )
    name = f"{display.group_name} {group[0]}" + (f" to {group[-1]}" if len(group) > 1 else "")
    lines = figure.multi_line(
        "xs", "ys", source=source, line_width="width", line_alpha=0.7, legend_label=name
    )
    easel.colour_glyphs(lines, line_color=f"group {place}")
    ends = easel.points(figure, source, "ends", "tops", fill=f"group {place}", size=5, legend=name)
    return ends if len(source.data["xs"][0]) == 1 else lines


def race(easel, display):
    """Draw the matrix of trials and folds."""
    from bokeh.models import FixedTicker, Range1d

    n_trials, n_folds = display.scores.shape
    figure = easel.figure("race", height=min(150 + 26 * n_folds, 420))
    figure.x_range, figure.y_range = Range1d(-0.6, n_trials - 0.4), Range1d(n_folds + 0.6, 0.4)
    figure.xaxis.axis_label, figure.yaxis.axis_label = "trial", "fold"
    figure.yaxis.ticker = FixedTicker(ticks=list(range(1, n_folds + 1)))
    figure.grid.visible = False
    limits = score_limits(display.scores)
    mapper = easel.mapper(*limits)
    stopped = np.array([status == "pruned" for status in display.statuses], dtype=bool)
    fits = _cells(easel, figure, display, display.fitted)
    fits.glyph.fill_color = {"field": "score", "transform": mapper}
    skipped = _cells(
        easel,
        figure,
        display,
        ~display.fitted & stopped[:, None],
        fill_alpha=0.0,
        hatch_pattern="/",
        hatch_alpha=0.4,
    )
    easel.colour_glyphs(skipped, hatch_color="muted")
    easel.bar(figure, mapper, display.score_name)
    easel.hover(
        figure, [fits], tooltips=[("trial", "@number"), ("fold", "@fold"), ("score", "@score{0.0000}")]
    )
    share = 100 * display.n_skipped / max(display.fitted.sum() + display.n_skipped, 1)
    text = f"{stopped.sum()} of {plural(n_trials, 'trial')} were stopped early; {share:.0f} % of fits were skipped."
    caption = "Each column is a trial, each row a fold. Hatched fits were skipped: the trial could not win any more."
    return "race", "The race", caption, text, [figure]


def _cells(easel, figure, display, mask, **style):
    trials, folds = np.nonzero(mask)
    source = easel.source(
        x=trials.astype(np.int32),
        fold=(folds + 1).astype(np.int32),
        number=np.array(display.numbers, dtype=np.int32)[trials],
        score=display.scores[trials, folds].astype(np.float32),
    )
    return figure.rect("x", "fold", 0.96, 0.94, source=source, line_color=None, **style)


def timeline(easel, display):
    """Draw who fitted what when."""
    from bokeh.models import FixedTicker, Range1d

    table = Timetable(display.fits, display.pauses)
    unit, name = time_unit(max(table.span, 1e-9))
    n_workers = len(table.workers)
    figure = easel.figure("timeline", height=min(150 + 24 * n_workers, 640))
    figure.x_range = Range1d(-0.01 * table.span / unit, 1.01 * table.span / unit)
    figure.y_range = Range1d(n_workers - 0.5, -0.5)
    pauses = ", pauses left out" if display.pauses else ""
    figure.xaxis.axis_label, figure.yaxis.axis_label = f"{name} since the first fit{pauses}", "worker"
    shown = range(0, n_workers, -(-n_workers // 24))
    figure.yaxis.ticker = FixedTicker(ticks=list(shown))
    figure.yaxis.major_label_overrides = {i: plain(clipped(str(table.workers[i]), 12)) for i in shown}
    drawn = [_bars(easel, figure, display, table, unit, kind) for kind in KINDS]
    easel.hover(figure, drawn)
    easel.legend(figure)
    text = f"{plural(n_workers, 'worker')}, busy {table.busy:.0%} of {number(table.span / unit, 2)} {name}."
    caption = "A bar for each fit; between the bars a worker has waited."
    return "timeline", "Workers", caption, text, [figure]


def _bars(easel, figure, display, table, unit, kind):
    mine = np.array([fit.kind == kind for fit in display.fits])
    if not mine.any():
        return None
    places = {"left": table.starts[mine] / unit, "right": table.ends[mine] / unit, "row": table.rows[mine]}
    numbers = [fit.number for fit, is_mine in zip(display.fits, mine, strict=True) if is_mine]
    source = easel.source(numbers, **{name: place.astype(np.float32) for name, place in places.items()})
    style = {"height": 0.8, "line_width": 0.5, "legend_label": kind}
    drawn = figure.hbar(y="row", left="left", right="right", source=source, **style)
    easel.colour_glyphs(drawn, fill_color=_KIND_COLOURS[kind], line_color="paper")
    return drawn
