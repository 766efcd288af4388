"""The stopping rules that `racing.py` compares: pure functions of a trial's first folds and of what is complete.

Every array has B replays in front. Notation:

====  ===============================================================================
j, k  folds measured of the trial, folds of a complete trial
x     (B, j), the trial's scores
y     (B, k), the incumbent's scores; M its mean
c     (B, t, k), the scores of the complete trials, of which `is_complete` (B, t) tells
e     (B, k), fold effects: mean over the complete trials of c minus its own mean
r     (B, k), reference: what a trial as good as the incumbent is expected to score
d     (B, j), x - r
s     (B,), standard deviation of d over the folds
====  ===============================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

Floats = np.ndarray
TINY = 1e-12


class Knowledge(NamedTuple):
    """What is known before a trial starts."""

    incumbent: Floats  # (B, k)
    complete: Floats  # (B, t, k); 0 where not complete
    is_complete: Floats  # (B, t)
    is_other: Floats  # (B, t), complete and not the incumbent
    bound: float  # the metric's best possible value

    @property
    def effects(self) -> Floats:
        """The fold effects, (B, k)."""
        own = self.complete - self.complete.mean(axis=2, keepdims=True)
        return own.sum(axis=1) / self.is_complete.sum(axis=1)[:, None]

    def permuted(self, order: Floats) -> Knowledge:
        """Return the same with each replay's folds in this order, (B, k)."""
        return self._replace(
            incumbent=np.take_along_axis(self.incumbent, order, axis=1),
            complete=np.take_along_axis(self.complete, order[:, None, :], axis=2),
        )


Stop = Callable[[Floats], Floats]
Rule = Callable[[Knowledge], Stop]  # what is known -> (x -> stop?), so that it is summarised once per trial


def never(known: Knowledge) -> Stop:
    """Stop nothing."""
    return lambda x: np.zeros(len(x), dtype=bool)


def lossless(known: Knowledge) -> Stop:
    """Stop what cannot beat the incumbent, even with the best possible score in every fold that is left."""
    n_folds, total = known.incumbent.shape[1], known.incumbent.sum(axis=1)
    return lambda x: x.sum(axis=1) + (n_folds - x.shape[1]) * known.bound <= total + TINY


def forgiving(known: Knowledge) -> Stop:
    """Stop what is on average below the incumbent's worst fold (Bergman, Purucker, Hutter 2024)."""
    worst = known.incumbent.min(axis=1)
    return lambda x: x.mean(axis=1) < worst


def margin(z: float) -> Rule:
    """Stop when the mean difference on the same folds is below -z sd(y) / sqrt(j)."""

    def rule(known: Knowledge) -> Stop:
        y, sd = known.incumbent, known.incumbent.std(axis=1, ddof=1)

        def stop(x: Floats) -> Floats:
            j = x.shape[1]
            return x.mean(axis=1) - y[:, :j].mean(axis=1) < -z * sd / np.sqrt(j) - TINY

        return stop

    return rule


def paired(z: float, minimum: int) -> Rule:
    """Stop when the mean difference is below -z standard errors of the trial's own differences."""

    def rule(known: Knowledge) -> Stop:
        def stop(x: Floats) -> Floats:
            j = x.shape[1]
            if j < minimum:
                return np.zeros(len(x), dtype=bool)
            d = x - known.incumbent[:, :j]
            return d.mean(axis=1) < -z * d.std(axis=1, ddof=1) / np.sqrt(j) - TINY

        return stop

    return rule


def either(*rules: Rule) -> Rule:
    """Stop when one of the rules says so."""

    def rule(known: Knowledge) -> Stop:
        stops = [one(known) for one in rules]
        return lambda x: np.any([stop(x) for stop in stops], axis=0)

    return rule


class Predictive(NamedTuple):
    """Stop when the mean over all folds, predicted from the first ones, is too improbably above the incumbent's.

    With d ~ N(delta, s^2) and a flat prior of delta, the final mean difference is N(mean(d), s^2 (1/j - 1/k)).

    Attributes
    ----------
    z : float
        Margin in standard deviations; for the shape "improvement" the expected improvement that is given up,
        in units of s / sqrt(k).
    shape : {"finite", "root", "improvement"}
        Margin s sqrt(1/j - 1/k), s / sqrt(j), or a bound on the expected improvement.
    scale : {"pooled", "median", "nearest", "incumbent", "best"}
        Prior of s^2: of the complete trials' differences to the incumbent the mean, the median or that of the best
        three; or the variance of the incumbent's own scores, with no other complete trial always; or the mean
        variance of the best three complete trials' own scores.
    prior : float
        Degrees of freedom of that prior; infinite leaves out the trial's own variance.
    weight : float
        r = M + weight (y - M) + (1 - weight) e: 1 compares on the same folds only, 0 with the fold effects.
    minimum : int
        Number of folds that are always measured.
    share : float
        Share of the variance of the incumbent's own scores in the prior of s^2.
    """

    z: float
    shape: str = "finite"
    scale: str = "pooled"
    prior: float = np.inf
    weight: float = 1.0
    minimum: int = 1
    share: float = 0.0

    def __call__(self, known: Knowledge) -> Stop:
        y, mean = known.incumbent, known.incumbent.mean(axis=1, keepdims=True)
        reference = y
        if self.weight < 1:
            reference = mean + self.weight * (y - mean) + (1 - self.weight) * known.effects
        variance = self.prior_variance(known, reference)

        def stop(x: Floats) -> Floats:
            j = x.shape[1]
            if j < self.minimum:
                return np.zeros(len(x), dtype=bool)
            d = x - reference[:, :j]
            squared = self.updated(variance, d)
            return self.is_hopeless(d.mean(axis=1), np.sqrt(squared), j, y.shape[1])

        return stop

    def prior_variance(self, known: Knowledge, reference: Floats) -> Floats:
        """Return s0^2, (B,)."""
        alone = known.incumbent.var(axis=1, ddof=1)
        if self.scale == "incumbent":
            return alone
        if self.scale == "best":
            means = np.where(known.is_complete, known.complete.mean(axis=2), -np.inf)
            rank = np.argsort(-means, axis=1, kind="stable")[:, :3]
            own, counts = (
                np.take_along_axis(one, rank, axis=1)
                for one in (known.complete.var(axis=2, ddof=1), known.is_complete)
            )
            return (own * counts).sum(axis=1) / counts.sum(axis=1)
        others = known.is_other
        each = (known.complete - reference[:, None, :]).var(axis=2, ddof=1)
        n_others = others.sum(axis=1)
        if self.scale == "pooled":
            pooled = (each * others).sum(axis=1) / np.maximum(n_others, 1)
        elif self.scale == "median":
            ordered = np.sort(np.where(others, each, np.inf), axis=1)
            pooled = np.take_along_axis(ordered, np.maximum(n_others - 1, 0)[:, None] // 2, axis=1)[:, 0]
        else:
            rank = np.argsort(np.where(others, -known.complete.mean(axis=2), np.inf), axis=1)[:, :3]
            near, counts = (np.take_along_axis(one, rank, axis=1) for one in (each, others))
            pooled = (near * counts).sum(axis=1) / np.maximum(counts.sum(axis=1), 1)
        pooled = (1 - self.share) * pooled + self.share * alone
        return np.where(n_others > 0, pooled, alone)

    def updated(self, variance: Floats, d: Floats) -> Floats:
        """Return (nu0 s0^2 + (j - 1) s_own^2) / (nu0 + j - 1), (B,)."""
        j = d.shape[1]
        if j == 1 or np.isinf(self.prior):
            return variance
        own = d.var(axis=1, ddof=1)
        return (self.prior * variance + (j - 1) * own) / (self.prior + j - 1)

    def is_hopeless(self, difference: Floats, s: Floats, j: int, k: int) -> Floats:
        """Compare the mean difference, (B,), with the margin."""
        if self.shape == "root":
            return difference < -self.z * s / np.sqrt(j) - TINY
        sd = s * np.sqrt(1 / j - 1 / k)
        if self.shape == "finite":
            return difference < -self.z * sd - TINY
        u = -difference / np.maximum(sd, TINY)
        improvement = sd * (norm.pdf(u) - u * norm.sf(u))
        return (improvement < self.z * s / np.sqrt(k)) & (difference < -TINY)


def as_is(known: Knowledge) -> Floats:
    """Leave the folds in their order."""
    return np.broadcast_to(np.arange(known.incumbent.shape[1]), known.incumbent.shape)


def hardest_first(known: Knowledge) -> Floats:
    """Begin with the folds of the lowest effect."""
    return np.argsort(known.effects, axis=1, kind="stable")


def largest_effect_first(known: Knowledge) -> Floats:
    """Begin with the folds whose effect is far from 0."""
    return np.argsort(-np.abs(known.effects), axis=1, kind="stable")


def residual_variance(known: Knowledge) -> Floats:
    """Return how much the complete trials differ on each fold beyond their means and the fold effects, (B, k)."""
    own = known.complete - known.complete.mean(axis=2, keepdims=True)
    residuals = (own - known.effects[:, None, :]) * known.is_complete[:, :, None]
    return (residuals**2).mean(axis=1)


def steadiest_first(known: Knowledge) -> Floats:
    """Begin with the folds that agree best with the mean."""
    return np.argsort(residual_variance(known), axis=1, kind="stable")


def noisiest_first(known: Knowledge) -> Floats:
    """Begin with the folds on which trials differ most beyond their means."""
    return np.argsort(-residual_variance(known), axis=1, kind="stable")
