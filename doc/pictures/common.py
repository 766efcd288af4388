"""What the pictures share: colours that everybody can tell apart, and how a belief is drawn."""

import numpy as np

from skhpo.models import ColumnLayout, GaussianProcess, LogExpectedImprovement

# The colours of Okabe and Ito.
BLUE, ORANGE, GREEN, VERMILION, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#777777"


def measured(study):
    """Return the points and the scores of the finished trials of a study."""
    trials = [trial for trial in study.trials if trial.is_finished]
    return np.array([trial.point for trial in trials]), np.array([trial.score for trial in trials])


def fitted(space, X, scores):
    """Return what the Gaussian process believes of a space."""
    return GaussianProcess(ColumnLayout.from_columns(space.columns)).fit(X, scores)


def draw_belief(ax, x, prediction, color=BLUE):
    """Draw a predicted loss upside down, as a score: the mean, and two standard deviations around it."""
    mean, sd = prediction
    ax.plot(x, -mean, color=color, label="predicted score")
    ax.fill_between(x, -mean - 2 * sd, -mean + 2 * sd, color=color, alpha=0.18, linewidth=0, label="in doubt")


def draw_improvement(ax, x, posterior, points):
    """Draw the expected improvement, and return it."""
    improvement = np.exp(LogExpectedImprovement(posterior)(points))
    ax.fill_between(x, improvement, color=GREEN, alpha=0.35, linewidth=0)
    ax.plot(x, improvement, color=GREEN)
    return improvement


def legend_below(figure, ax, n_columns=4):
    """Put the legend of one of the axes below all of them."""
    handles, labels = ax.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=n_columns, frameon=False)
