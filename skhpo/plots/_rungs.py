"""Learning curves: the scores of trials against the resource they were given, by bracket."""

import math
from typing import Any, NamedTuple

import numpy as np

from skhpo.plots._display import TrialsDisplay
from skhpo.plots._style import colors, ink, padded, plural, score_limits, score_map, score_texts

_MOST_TICKS = 10


class LearningCurve(NamedTuple):
    """The course of one trial.

    Attributes
    ----------
    number : int
        The trial.
    bracket : int
        Its bracket, or its generation in a population.
    status : str
        What became of it.
    resources : ndarray of shape (n,)
        What it was given, the least first.
    scores : ndarray of shape (n,)
        The mean score with each of these, NaN where a fit failed.

    Examples
    --------
    >>> from skhpo.plots import LearningCurve, RungsDisplay
    >>> curve = LearningCurve(0, 0, "complete", resources=[1, 3, 9], scores=[0.5, 0.7, 0.8])
    >>> RungsDisplay([curve], resource_name="epochs").plot().ax_.get_xlabel()
    'epochs'
    """

    number: int
    bracket: int
    status: str
    resources: Any
    scores: Any


class RungsDisplay(TrialsDisplay):
    """The scores of trials against the resource they were given, a line each, coloured by bracket.

    A line ends where a trial was stopped. In a population a line goes on from that of the trial whose models were
    trained on.

    Parameters
    ----------
    curves : list of LearningCurve
        What is drawn.
    score_name : str, default="score"
        What the scores are.
    resource_name : str, default="resource"
        What was rationed.
    group_name : {"bracket", "generation"}, default="bracket"
        What the colours stand for.

    Attributes
    ----------
    ax_ : Axes
        Where it was drawn.
    figure_ : Figure
        What that belongs to.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.plots import RungsDisplay
    >>> from skhpo.schedulers import HyperbandScheduler, hyperband_plan
    >>> scheduler = HyperbandScheduler(1, hyperband_plan(1, 9))
    >>> study = Study({"x": (-1.0, 1.0)}, scheduler=scheduler, n_iter=17, random_state=0)
    >>> while (job := study.ask()) is not None:
    ...     trial = study.tell(job, score=1 - job.configuration["x"] ** 2 - 1 / job.resource)
    >>> display = RungsDisplay.from_estimator(study)
    >>> display.curves[0].resources.tolist()
    [1, 3, 9]
    """

    def __init__(self, curves, score_name="score", resource_name="resource", group_name="bracket"):
        self.curves = curves
        self.score_name = score_name
        self.resource_name = resource_name
        self.group_name = group_name

    @classmethod
    def _from_source(cls, source):
        group_name = "bracket" if all(trial.parent is None for trial in source.trials) else "generation"
        return cls(_curves(source), source.score_name, source.resource_name, group_name)

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
        ax = self._open(ax)
        brackets = sorted({curve.bracket for curve in self.curves})
        shades = _shades(ax, len(brackets))
        for curve in self.curves:
            self._draw(ax, curve, shades[brackets.index(curve.bracket)])
        self._draw_best(ax)
        ax.set_ylim(padded(score_limits(np.concatenate([curve.scores for curve in self.curves]))))
        self._draw_scale(ax)
        self._add_legend(ax, brackets, shades)
        ax.set(xlabel=self.resource_name, ylabel=self.score_name, title=self._title())
        return self

    @property
    def _resources(self):
        return np.unique(np.concatenate([curve.resources for curve in self.curves]))

    @property
    def _best(self):
        """The complete curve that ends highest, None if there is none."""
        ended = [
            curve for curve in self.curves if curve.status == "complete" and math.isfinite(curve.scores[-1])
        ]
        return max(ended, key=lambda curve: curve.scores[-1], default=None)

    def _draw(self, ax, curve, color):
        is_complete = curve.status == "complete"
        style = {"color": color, "alpha": 0.9 if is_complete else 0.5}
        ax.plot(curve.resources, curve.scores, "-", linewidth=1.6 if is_complete else 0.9, **style)
        ax.plot(curve.resources[:-1], curve.scores[:-1], "o", markersize=2, **style)
        marker = {"complete": "o", "failed": "x"}.get(curve.status, "_" if curve.status == "pruned" else ">")
        ax.plot(curve.resources[-1:], curve.scores[-1:], marker, markersize=5 if is_complete else 4, **style)

    def _draw_best(self, ax):
        if self._best is not None:
            star = {"color": colors(ax)[1], "markeredgecolor": ink(ax), "markersize": 14, "zorder": 4}
            ax.plot(self._best.resources[-1], self._best.scores[-1], "*", **star)

    def _draw_scale(self, ax):
        resources = self._resources
        steps = np.diff(resources)
        if len(resources) > 2 and resources[0] > 0 and steps[-1] > 2 * steps[0]:
            ax.set_xscale("log")
        shown = resources[:: -(-len(resources) // _MOST_TICKS)]
        ax.set_xticks(shown, [str(resource) for resource in shown])
        ax.set_xticks([], minor=True)
        if len(resources) == 1:
            ax.set_xlim(resources[0] - 1, resources[0] + 1)

    def _add_legend(self, ax, brackets, shades):
        from matplotlib.lines import Line2D

        shown = range(len(brackets))
        if len(brackets) > 6:
            shown = np.linspace(0, len(brackets) - 1, 4).round().astype(int)
        handles = [
            Line2D([], [], color=shades[i], linewidth=2, label=f"{self.group_name} {brackets[i]}")
            for i in shown
        ]
        grey = {"color": ink(ax), "linestyle": "none", "markersize": 6}
        handles = handles if len(brackets) > 1 else []
        if any(curve.status == "pruned" for curve in self.curves):
            handles.append(Line2D([], [], marker="_", label="stopped", **grey))
        if any(curve.status == "complete" for curve in self.curves):
            handles.append(Line2D([], [], marker="o", label="complete", **grey))
        if handles:
            ax.legend(handles=handles, loc="lower right", fontsize="small", framealpha=0.6)

    def _title(self):
        n = plural(len(self.curves), "trial")
        if self._best is None:
            return f"no trial of {n} is complete yet"
        top = self._resources[-1]
        reached = sum(curve.resources[-1] == top for curve in self.curves)
        best, given = score_texts(self._best.scores[-1])[0], self._best.resources[-1]
        return f"best {best} at {self.resource_name} {given}, reached by {reached} of {n}"


def _curves(source):
    curves = {}
    for trial in source.trials:
        resources = sorted({m.resource for m in trial.measurements if m.resource is not None})
        if not resources:
            continue
        scores = [
            np.mean([m.value_of(source.metric) for m in trial.measured_at(resource)])
            for resource in resources
        ]
        before = curves.get(trial.parent)
        if before is not None and before.resources[-1] < resources[0]:
            resources, scores = [before.resources[-1], *resources], [before.scores[-1], *scores]
        curves[trial.number] = LearningCurve(
            trial.number, trial.bracket, trial.status, np.array(resources), np.array(scores)
        )
    if not curves:
        raise ValueError(
            "There are no learning curves: in this search every fit had all of the data and iterations. They come from "
            "HyperbandSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV and PopulationSearchCV."
        )
    return list(curves.values())


def _shades(ax, n):
    """Return a colour for each bracket: such as everybody can tell apart, or in an order where there are many."""
    if n <= 6:
        return colors(ax)[:n]
    from matplotlib import colormaps

    return [tuple(color) for color in colormaps[score_map(ax)](np.linspace(0.1, 1.0, n))]
