"""The replay of `racing.py`: sequential searches over known scores, many random orders at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from _problems import code
from _racing_rules import Floats, Knowledge, Rule, as_is
from _racing_scores import Matrix

N_BEST = 10  # the mean fold sd of so many best configurations is the unit of losses


class Outcome(NamedTuple):
    """What a rule did on one case, averaged over the orders."""

    skipped: float  # share of the folds
    same: float  # share of the orders with the winner that complete trials have
    loss: float  # mean loss of the winner's true CV mean
    loss_in_sd: float  # the same in units of the fold sd
    worst_in_sd: float  # the loss of the worst order


def measure_until(rule: Rule, known: Knowledge, scores: Floats) -> Floats:
    """Return how many folds are measured of a trial in each replay, (B,)."""
    n_replays, n_folds = scores.shape
    stop = rule(known)
    measured = np.full(n_replays, n_folds)
    for j in range(1, n_folds):
        stops = (measured == n_folds) & stop(scores[:, :j])
        measured[stops] = j
    return measured


def replay(
    matrix: Matrix,
    rule: Rule,
    n_orders: int,
    fold_order: Callable[[Knowledge], Floats] = as_is,
    shuffle_folds: bool = True,
) -> Outcome:
    """Run a search in every order; the incumbent is the first complete trial of the best mean.

    Each search has its own order of the folds, the same for all trials: otherwise a case shows the luck of one order.
    """
    rng = np.random.default_rng(code(matrix.key))
    n_trials, n_folds = matrix.scores.shape
    orders = rng.permuted(np.tile(np.arange(n_trials), (n_orders, 1)), axis=1)
    columns = np.tile(np.arange(n_folds), (n_orders, 1))
    if shuffle_folds:
        columns = rng.permuted(columns, axis=1)
    scores = matrix.scores[orders[:, :, None], columns[:, None, :]]  # (B, t, k)
    # Equal scores in another order of the folds are equal means.
    means = scores.mean(axis=2).round(12)
    everyone = np.arange(n_orders)
    is_complete = np.zeros((n_orders, n_trials), dtype=bool)
    is_complete[:, 0] = True
    best = np.zeros(n_orders, dtype=int)
    n_measured = np.full(n_orders, n_folds)
    for t in range(1, n_trials):
        done = is_complete[:, :t]
        is_other = done.copy()
        is_other[everyone, best] = False
        known = Knowledge(
            scores[everyone, best], scores[:, :t] * done[:, :, None], done, is_other, matrix.bound
        )
        order = fold_order(known)
        trial = np.take_along_axis(scores[:, t], order, axis=1)
        measured = measure_until(rule, known.permuted(order), trial)
        n_measured += measured
        is_complete[:, t] = measured == n_folds
        is_better = is_complete[:, t] & (means[:, t] > means[everyone, best])
        best[is_better] = t
    loss = means.max(axis=1) - means[everyone, best]
    top = matrix.scores[np.argsort(-matrix.scores.mean(axis=1))[:N_BEST]]
    unit = max(float(top.std(axis=1, ddof=1).mean()), 1e-12)
    return Outcome(
        1 - float(n_measured.mean()) / (n_trials * n_folds),
        float(np.mean(best == means.argmax(axis=1))),
        float(loss.mean()),
        float(loss.mean()) / unit,
        float(loss.max()) / unit,
    )
