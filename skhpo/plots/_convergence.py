"""The best score so far, over trials or over the seconds that fits took."""

import math
from typing import Any, NamedTuple

import numpy as np

from skhpo.plots._display import Display
from skhpo.plots._source import read_source, trials_source
from skhpo.plots._style import colors, ink, padded, plural, score_limits, score_texts, time_unit

_DOTTED = (0, (1, 2))
_REACH = 4.0  # the line at the top is what is looked at


class Run(NamedTuple):
    """One search of a `ConvergenceDisplay`, with an entry for each finished trial.

    Attributes
    ----------
    x : ndarray of shape (n,)
        Number of trials, or seconds of fits, so far.
    scores : ndarray of shape (n,)
        NaN where a trial has no score.
    best : ndarray of shape (n,)
        The highest score so far, NaN before the first one.
    default : float
        The score of the estimator's defaults, NaN if they were not tried.
    stopped : ndarray of bool of shape (n,)
        Which trials were stopped early; others without a score have failed.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.plots import ConvergenceDisplay, Run
    >>> scores = np.array([0.7, 0.9, 0.8])
    >>> run = Run(np.arange(1.0, 4), scores, np.maximum.accumulate(scores), 0.7, np.zeros(3, dtype=bool))
    >>> run.best_place, ConvergenceDisplay({"by hand": run}).plot().ax_.get_title()
    (2, 'best 0.900 after 2 of 3 trials')
    """

    x: Any
    scores: Any
    best: Any
    default: float
    stopped: Any

    @property
    def best_score(self):
        """The highest score, NaN if there is none."""
        return float(self.best[-1]) if len(self.best) else math.nan

    @property
    def best_place(self):
        """Number of trials up to the best one."""
        return int(np.nanargmax(self.scores)) + 1


class ConvergenceDisplay(Display):
    """The best score so far, over trials or over the seconds that fits took; several searches side by side.

    Parameters
    ----------
    runs : dict of str to Run
        What is drawn, by the name of each search.
    x : {"trials", "seconds"}, default="trials"
        What the scores are drawn over.
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
    >>> from skhpo.plots import ConvergenceDisplay
    >>> study = Study({"x": (-1.0, 1.0)}, n_iter=10, random_state=0)
    >>> while (job := study.ask()) is not None:
    ...     trial = study.tell(job, score=1 - job.configuration["x"] ** 2)
    >>> display = ConvergenceDisplay.from_estimator(study)
    >>> display.ax_.get_title()
    'best 1.00 after ... of 10 trials'
    """

    def __init__(self, runs, x="trials", score_name="score"):
        self.runs = runs
        self.x = x
        self.score_name = score_name

    @classmethod
    def from_estimator(cls, search, *, x="trials", ax=None):
        """Draw the course of a search.

        Parameters
        ----------
        search : fitted search, Study, StoredSearch, str or Path
            What is drawn; a study may still run, and a path is that of a storage file, which may still be written to.
        x : {"trials", "seconds"}, default="trials"
            What the scores are drawn over. Seconds are those of all fits and scorings, whatever worker did them.
        ax : Axes, default=None
            Where it is drawn; None for a new figure.

        Returns
        -------
        ConvergenceDisplay
            The picture.
        """
        return cls.from_estimators({"": search}, x=x, ax=ax)

    @classmethod
    def from_estimators(cls, searches, *, x="trials", ax=None):
        """Draw several searches side by side.

        Parameters
        ----------
        searches : dict of str to search
            Each one as in :meth:`from_estimator`, by the name that is shown.
        x, ax : object
            See :meth:`from_estimator`.

        Returns
        -------
        ConvergenceDisplay
            The picture.
        """
        if not searches:
            raise ValueError(
                "The 'searches' must be a dict of at least one search. Got an empty one instead."
            )
        sources = {label: read_source(search) for label, search in searches.items()}
        names = {source.score_name for source in sources.values()}
        runs = {label: make_run(source, x) for label, source in sources.items()}
        return cls(runs, x, names.pop() if len(names) == 1 else "score").plot(ax)

    @classmethod
    def from_trials(cls, trials, space=None, *, x="trials", ax=None):
        """Draw the course of some trials.

        Parameters
        ----------
        trials : sequence of Trial
            In the order of their numbers.
        space : object, default=None
            Not needed here.
        x, ax : object
            See :meth:`from_estimator`.

        Returns
        -------
        ConvergenceDisplay
            The picture.
        """
        return cls({"": make_run(trials_source(trials, space), x)}, x).plot(ax)

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
        longest = max((run.x[-1] for run in self.runs.values() if len(run.x)), default=0)
        unit, unit_name = (1.0, "") if self.x == "trials" else time_unit(longest)
        for i, (label, run) in enumerate(self.runs.items()):
            self._draw(ax, run, label, unit, colors(ax)[i % 6], ["-", "--", ":"][i // 6 % 3])
        if len(self.runs) > 1 and any(math.isfinite(run.default) for run in self.runs.values()):
            ax.plot([], [], color=ink(ax), linestyle=_DOTTED, label="defaults")
        ax.set_ylim(padded(self.limits))
        if self.x == "trials":
            ax.set_xlim(0.5 - 0.01 * longest, 1.01 * longest + 0.5)
        if not any(math.isfinite(run.best_score) for run in self.runs.values()):
            ax.set_yticks([])
        self._mark_failures(ax, unit)
        x_label = "finished trials" if self.x == "trials" else f"{unit_name} of fits, of all workers together"
        ax.set(xlabel=x_label, ylabel=self.score_name, title=self._title())
        ax.xaxis.get_major_locator().set_params(integer=self.x == "trials")
        if ax.get_legend_handles_labels()[0]:
            ax.legend(loc="lower right", bbox_to_anchor=(1.0, 0.05))
        return self

    def _draw(self, ax, run, label, unit, color, style):
        is_alone = len(self.runs) == 1
        x = run.x / unit
        if not math.isfinite(run.best_score):
            return
        if is_alone:
            ax.plot(
                x, run.scores, "o", color=ink(ax), alpha=0.35, markersize=4, markeredgewidth=0, label="trials"
            )
        name = label or "best so far"
        if not is_alone:
            name += f" ({score_texts(run.best_score)[0]})"
        ax.step(x, run.best, where="post", color=color, linestyle=style, linewidth=2, label=name)
        at = run.best_place - 1
        ax.plot(x[at], run.scores[at], "*", color=color, markersize=13, markeredgecolor=ink(ax), zorder=4)
        if math.isfinite(run.default):
            text = f"defaults ({score_texts(run.default)[0]})" if is_alone else None
            ax.axhline(run.default, color=color if not is_alone else ink(ax), linestyle=_DOTTED, label=text)

    def _mark_failures(self, ax, unit):
        """Put a mark at the foot for every trial of a single search that has no score, or a terrible one."""
        if len(self.runs) != 1:
            return
        (run,) = self.runs.values()
        failed, below = np.isnan(run.scores) & ~run.stopped, run.scores < ax.get_ylim()[0]
        marks = (run.stopped, "|", "stopped early"), (failed, "x", "failed"), (below, "v", "far below")
        for mask, marker, label in marks:
            if mask.any():
                places = np.full(mask.sum(), 0.02)
                ax.plot(
                    run.x[mask] / unit,
                    places,
                    marker,
                    color=ink(ax),
                    alpha=0.6,
                    markersize=5,
                    transform=ax.get_xaxis_transform(),
                    clip_on=False,
                    label=label,
                )

    @property
    def limits(self):
        """Limits of the scores in which the better ones can be told apart."""
        runs = self.runs.values()
        if len(self.runs) == 1:
            values = np.concatenate([[*run.scores, run.default] for run in runs])
            low, high = score_limits(values, _REACH)
        else:
            # What several searches found in the end is compared, rather than how each of them began.
            low, high = score_limits(np.concatenate([[*run.best, run.default] for run in runs]))
        defaults = [run.default for run in runs if math.isfinite(run.default)]
        reachable = [value for value in defaults if value > low - (high - low)]
        return min([low, *reachable]), high

    def _title(self):
        found = {label: run for label, run in self.runs.items() if math.isfinite(run.best_score)}
        if not found:
            return "no trial has a score yet"
        if len(self.runs) == 1:
            (run,) = found.values()
            score = score_texts(run.best_score)[0]
            if len(run.x) == 1:
                return f"best {score} after 1 trial"
            return f"best {score} after {run.best_place} of {plural(len(run.x), 'trial')}"
        label, run = max(found.items(), key=lambda item: item[1].best_score)
        others = [other.best_score for name, other in found.items() if name != label]
        texts = score_texts(run.best_score, *others)
        if not others or run.best_score == max(others):
            return f"best {texts[0]}, by more than one search" if others else f"best {texts[0]}: {label}"
        return f"best {texts[0]}: {label}"


def make_run(source, x):
    """Return the course of the finished trials of a source."""
    if x not in ("trials", "seconds"):
        raise ValueError(f"The 'x' must be 'trials' or 'seconds'. Got {x!r} instead.")
    trials = source.finished
    scores = np.array(
        [trial.score if trial.status == "complete" else math.nan for trial in trials], dtype=float
    )
    best = np.fmax.accumulate(scores) if len(scores) else scores
    places = np.arange(1.0, len(trials) + 1)
    if x == "seconds":
        seconds = np.array([trial.seconds for trial in trials], dtype=float)
        if len(seconds) and not np.isfinite(seconds).any():
            raise ValueError(
                "It is not known what the trials took: use x='trials', or tell a Study the 'seconds'."
            )
        places = np.cumsum(np.nan_to_num(seconds))
    default = next((t.score for t in trials if t.origin == "default" and t.status == "complete"), math.nan)
    stopped = np.array([trial.status == "pruned" for trial in trials], dtype=bool)
    return Run(places, scores, best, default, stopped)
