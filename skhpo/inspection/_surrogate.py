"""The scores that a surrogate predicts all over the space, and how sure it is."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import qmc

from skhpo.models import ColumnLayout, Forest, fit_to_all, losses_at, sample_paths, softyj

# A Gaussian process has a column for each choice, and there may be too many of them.
_MOST_ONE_HOT = 400
_N_POINTS, _N_ANCHORS = 8192, 512
_N_GROUPS, _N_DRAWS = 8, 16


@dataclass(frozen=True)
class Predictions:
    """Scores that are predicted at points which fill the space evenly.

    Attributes
    ----------
    points : ndarray of shape (n, n_columns)
        The points, NaN in inactive columns.
    best : ndarray of shape (n, 1)
        What is expected.
    draws : ndarray of shape (n, n_draws)
        Functions that are possible, too, given all trials.
    reduced : ndarray of shape (n, n_groups)
        What is expected without each group of the trials.
    r2 : float
        Share of the variance of scores that is predicted for trials that were left out.
    """

    points: Any
    best: Any
    draws: Any
    reduced: Any
    r2: float


def predict_everywhere(observed, rng):
    """Fit a surrogate and predict scores at points that fill the space.

    Parameters
    ----------
    observed : Observations
        The trials.
    rng : Generator
        For the points, the draws and the groups.

    Returns
    -------
    Predictions
        A Gaussian process is used, a forest where there are more than 400 choices.
    """
    space = observed.space
    layout = ColumnLayout.from_columns(space.columns)
    sobol = qmc.Sobol(layout.width, seed=rng)
    points, anchors = (space.canonical(sobol.random(n)) for n in (_N_POINTS, _N_ANCHORS))
    best, draws = _fit(layout, observed.points, observed.scores, points, anchors, rng)
    groups = rng.permutation(len(observed.scores)) % min(_N_GROUPS, len(observed.scores))
    reduced, left_out = [], np.empty(len(groups))
    for group in range(groups.max() + 1):
        kept = groups != group
        asked = np.concatenate([points, observed.points[~kept]])
        predicted, _ = _fit(layout, observed.points[kept], observed.scores[kept], asked)
        reduced.append(predicted[: len(points)])
        left_out[~kept] = predicted[len(points) :, 0]
    missed = np.mean((left_out - observed.scores) ** 2)
    variance = observed.scores.var()
    r2 = 1.0 - missed / variance if variance > 0 else 0.0
    return Predictions(points, best, draws, np.hstack(reduced), float(r2))


def _fit(layout, X, scores, points, anchors=None, rng=None):
    """Return what is predicted at some points, and draws if anchors are given."""
    n_choices = sum(layout.n_levels[column] or 0 for column in layout.categorical)
    is_forest = n_choices > _MOST_ONE_HOT
    posterior = Forest(layout).fit(X, scores) if is_forest else fit_to_all(layout, X, scores)
    best = _scores_at(posterior.predict(points).mean, scores)[:, None]
    if anchors is None or is_forest:
        return best, best
    return best, _scores_at(sample_paths(posterior, points, anchors, _N_DRAWS, rng), scores)


def _scores_at(values, scores):
    """Return the scores that values on the scale of the surrogate stand for."""
    if np.ptp(scores) == 0:
        return np.full_like(values, scores[0])
    found = losses_at(values.ravel(), -scores, softyj(-scores))
    return -found.reshape(values.shape)
