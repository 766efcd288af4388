"""The arithmetic of comparing searches: traces of incumbents, normalised regret, intervals and corrected tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata, ttest_rel

N_RESAMPLES = 10_000
TIE = 0.005  # differences of normalised regret below this are ties


def trace(scores: Sequence[float], values: Sequence[float]) -> np.ndarray:
    """Return the value of the configuration with the best score so far, after each evaluation; NaN before the first."""
    best, held, held_so_far = -np.inf, np.nan, []
    for score, value in zip(scores, values, strict=True):
        if score > best:
            best, held = score, value
        held_so_far.append(held)
    return np.array(held_so_far)


def normalised_regret(values: np.ndarray, best: float, median: float) -> np.ndarray:
    """Return 0 for the best known and 1 for the median of random configurations, or worse, or nothing yet."""
    if best <= median:
        return np.zeros_like(values)
    regret = (best - values) / (best - median)
    return np.where(np.isnan(regret), 1.0, np.minimum(regret, 1.0))


def mean_ranks(regrets: np.ndarray) -> np.ndarray:
    """Return the mean rank of each column over the rows; equal ones share their ranks."""
    return np.mean([rankdata(np.round(row, 9)) for row in regrets], axis=0)


def bootstrap_interval(differences: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """Return a 95 % interval of the mean, by resampling problems."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(differences), size=(N_RESAMPLES, len(differences)))
    low, high = np.percentile(differences[drawn].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def median_interval(groups: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Return a 95 % interval of the median over all runs, by resampling problems; infinity is never."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(groups), size=(N_RESAMPLES // 10, len(groups)))
    medians = np.sort([np.median(np.concatenate([groups[i] for i in row])) for row in drawn])
    return float(medians[int(0.025 * len(medians))]), float(medians[int(0.975 * len(medians))])


def sign_flip_p(differences: np.ndarray, seed: int = 0) -> float:
    """Return the two-sided p-value of a mean of 0, by flipping the signs of problems."""
    if not np.any(differences):
        return 1.0
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], size=(N_RESAMPLES, len(differences)))
    extreme = np.abs(signs @ differences) >= abs(differences.sum()) - 1e-12
    return float((1 + extreme.sum()) / (1 + N_RESAMPLES))


def paired_t_p(ours: np.ndarray, peers: np.ndarray) -> float:
    """Return the one-sided p-value that ours is worse, over the seeds of one problem."""
    if len(ours) < 2 or np.ptp(ours - peers) < 1e-12:
        return 1.0
    return float(ttest_rel(ours, peers, alternative="greater").pvalue)


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Correct p-values for their number, by Holm's method."""
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected


def win_tie_loss(differences: np.ndarray) -> str:
    """Count how often regret is lower, equal and higher."""
    wins, losses = int(np.sum(differences < -TIE)), int(np.sum(differences > TIE))
    return f"{wins}/{len(differences) - wins - losses}/{losses}"
