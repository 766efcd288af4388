"""The matrix of trials and folds: what each fit scored, and which ones were skipped."""

import math

import numpy as np

from skhpo.plots._display import TrialsDisplay, colour_scale, legend_below
from skhpo.plots._style import colors, ink, paper, plural, score_limits, score_texts, some

_MOST_MARKS = 100


class RaceDisplay(TrialsDisplay):
    """What each fit scored, by trial and fold; fits that were skipped are hatched.

    In a race a trial is stopped as soon as it cannot win any more, and its other folds are skipped.

    Parameters
    ----------
    numbers : list of int
        The trials.
    statuses : list of str
        What became of each of them.
    scores : ndarray of shape (n_trials, n_folds)
        Scores of the fits, on its last rung where a trial was on several; NaN where there is none.
    fitted : ndarray of bool of shape (n_trials, n_folds)
        Which fits were done.
    score_name : str, default="score"
        What the scores are.

    Attributes
    ----------
    ax_ : Axes
        Where it was drawn.
    figure_ : Figure
        What that belongs to.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.plots import RaceDisplay
    >>> from skhpo.schedulers import Margin, RacingScheduler
    >>> scheduler = RacingScheduler(3, Margin())
    >>> study = Study({"x": (-1.0, 1.0)}, scheduler=scheduler, n_iter=10, random_state=0)
    >>> while (job := study.ask()) is not None:
    ...     trial = study.tell(job, score=1 - job.configuration["x"] ** 2 + job.split / 100)
    >>> display = RaceDisplay.from_estimator(study)
    >>> display.scores.shape
    (10, 3)
    """

    def __init__(self, numbers, statuses, scores, fitted, score_name="score"):
        self.numbers = numbers
        self.statuses = statuses
        self.scores = scores
        self.fitted = fitted
        self.score_name = score_name

    @classmethod
    def _from_source(cls, source):
        return cls(*_make_matrix(source), source.score_name)

    @property
    def n_skipped(self):
        """How many fits of finished trials were not done."""
        stopped = np.array([status == "pruned" for status in self.statuses], dtype=bool)
        return int((~self.fitted[stopped]).sum())

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
        n_trials, n_folds = self.scores.shape
        width, height = 0.16 * n_trials + 2.5, 0.3 * n_folds + 1.9
        ax = self._open(ax, min(max(width, 6.4), 14.0), min(max(height, 2.8), 6.0))
        self._hatch(ax)
        self._draw_scores(ax)
        self._mark(ax)
        ax.set(ylim=(n_folds + 0.5, 0.5), xlim=(-0.5, n_trials - 0.5), ylabel="fold", xlabel="trial")
        ax.set_yticks(some(range(1, n_folds + 1), 10))
        places = some(range(n_trials), 12)
        ax.set_xticks(places, [self.numbers[i] for i in places])
        ax.set_title(self._title(), pad=22)
        return self

    def _draw_scores(self, ax):
        if not np.isfinite(self.scores).any():
            return
        n_trials, n_folds = self.scores.shape
        limits = score_limits(self.scores)
        colours = colour_scale(limits, "viridis")
        lines = {"edgecolor": "face"} if n_trials > 80 else {"edgecolor": paper(ax), "linewidth": 0.5}
        edges = np.arange(n_trials + 1) - 0.5, np.arange(n_folds + 1) + 0.5
        scores = np.ma.masked_invalid(self.scores.T)
        ax.pcolormesh(*edges, scores, cmap=colours.cmap, norm=colours.norm, **lines)
        extend = "min" if np.nanmin(self.scores) < limits[0] else "neither"
        ax.figure.colorbar(colours, ax=ax, label=self.score_name, pad=0.02, extend=extend)

    def _hatch(self, ax):
        """Draw lines where a fit was skipped; one that is still to come stays empty."""
        from matplotlib.collections import PatchCollection
        from matplotlib.patches import Rectangle

        stopped = np.array([status == "pruned" for status in self.statuses], dtype=bool)
        cells = np.argwhere(~self.fitted & stopped[:, None])
        if len(cells):
            boxes = [Rectangle((i - 0.5, j + 0.5), 1, 1) for i, j in cells]
            style = {
                "facecolor": "none",
                "edgecolor": ink(ax),
                "alpha": 0.35,
                "hatch": "/////",
                "linewidth": 0.0,
            }
            ax.add_collection(PatchCollection(boxes, **style))

    def _mark(self, ax):
        """Mark fits without a score, trials that were stopped, and the best one."""
        from matplotlib.patches import Patch

        style = {"linestyle": "none", "color": ink(ax), "clip_on": False}
        failed = np.argwhere(self.fitted & np.isnan(self.scores))
        if len(failed):
            ax.plot(failed[:, 0], failed[:, 1] + 1, "x", markersize=5, label="failed", **style)
        above = ax.get_xaxis_transform()
        stopped = [i for i, status in enumerate(self.statuses) if status == "pruned"]
        if 0 < len(stopped) <= _MOST_MARKS:
            height = np.full(len(stopped), 1.03)
            ax.plot(stopped, height, "v", markersize=4, alpha=0.6, transform=above, label="stopped", **style)
        best = self._best
        if best is not None:
            star = {**style, "color": colors(ax)[1], "markeredgecolor": ink(ax)}
            ax.plot([best], [1.05], "*", markersize=12, transform=above, label="best", **star)
        handles = dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True))
        if self.n_skipped:
            handles["skipped"] = Patch(
                facecolor="none", edgecolor=ink(ax), hatch="/////", linewidth=0.5, alpha=0.5
            )
        legend_below(self.figure_, handles, None if self._is_own else ax)

    @property
    def _best(self):
        means = [
            row.mean() if status == "complete" and np.isfinite(row).all() else -math.inf
            for row, status in zip(self.scores, self.statuses, strict=True)
        ]
        return int(np.argmax(means)) if means and max(means) > -math.inf else None

    def _title(self):
        n_fits = int(np.isin(self.statuses, ("complete", "pruned", "failed")).sum()) * self.scores.shape[1]
        best = "no trial is complete"
        if self._best is not None:
            best = f"best {score_texts(float(self.scores[self._best].mean()))[0]}"
        if not self.n_skipped:
            return f"{best}, no fit was skipped"
        n_stopped = sum(status == "pruned" for status in self.statuses)
        share = round(100 * self.n_skipped / n_fits)
        return f"{best}, {plural(n_stopped, 'trial')} stopped early: {share} % of {n_fits} fits skipped"


def _make_matrix(source):
    """Return numbers and states of the trials of a source, the scores of their fits, and which fits were done."""
    trials = [trial for trial in source.trials if trial.measurements or trial.pending]
    splits = [m.split for trial in trials for m in trial.measurements] + [
        s for t in trials for s in t.pending
    ]
    scores = np.full((len(trials), max(splits, default=0) + 1), np.nan)
    fitted = np.zeros(scores.shape, dtype=bool)
    for i, trial in enumerate(trials):
        for measurement in trial.measured_at(trial.resource):
            scores[i, measurement.split] = measurement.value_of(source.metric)
            fitted[i, measurement.split] = True
    scores[~np.isfinite(scores)] = np.nan
    return [trial.number for trial in trials], [trial.status for trial in trials], scores, fitted
