"""Tests of the forest sampler: that it finds what random search does not, and heeds running trials."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from skhpo.samplers import ForestSampler
from skhpo.space import Categorical, Real, SearchSpace
from skhpo.trial import Trial

SQUARE = SearchSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)})
Objective = Callable[[dict], float]


def _trial(space: SearchSpace, number: int, configuration: dict, score: float | None, origin: str) -> Trial:
    point = tuple(space.encode([configuration])[0].tolist())
    if score is None:
        return Trial(number, configuration, point, origin)
    status = "complete" if np.isfinite(score) else "failed"
    return Trial(number, configuration, point, origin, status, score=score)


def _search(space: SearchSpace, objective: Objective, n: int, seed: int = 0) -> list[Trial]:
    sampler, trials = ForestSampler(), []
    for i in range(n):
        (proposal,) = sampler.sample(space, trials, 1, np.random.default_rng([seed, i]))
        score = objective(proposal.configuration)
        trials.append(_trial(space, i, proposal.configuration, score, proposal.origin))
    return trials


def _best(space: SearchSpace, objective: Objective, n: int) -> float:
    return float(np.median([max(t.score for t in _search(space, objective, n, seed)) for seed in range(3)]))


def test_the_right_branch_of_a_conditional_space_is_found() -> None:
    """Models are chosen first and tuned then, and the best one is no better than the others before it is tuned."""
    space = SearchSpace(
        {
            "model": Categorical(["a", "b", "c", "d"]),
            "x": Real(0.0, 1.0, when={"model": ["b", "c"]}),
            "y": Real(0.0, 1.0, when={"model": ["c"]}),
        }
    )

    def objective(c: dict) -> float:
        model = {"a": -1.0, "b": -0.5, "d": -0.7}.get(c["model"], 0.0)
        return model - abs(c.get("x", 0.4) - 0.4) - 0.5 * c.get("y", 0.0)

    assert _best(space, objective, 30) > -0.1


def test_steps_are_climbed() -> None:
    """Scores on small data come in steps, on which a smooth model sees nothing."""

    def objective(c: dict) -> float:
        return -np.floor(10 * np.hypot(c["x"] - 0.3, c["y"] - 0.6))

    assert _best(SQUARE, objective, 30) == 0.0


def test_half_of_the_space_may_fail() -> None:
    """Failed trials are told from good ones, and avoided."""
    trials = _search(SQUARE, lambda c: np.nan if c["x"] > 0.5 else -c["y"] - abs(c["x"] - 0.4), 40)
    later = trials[15:]
    assert sum(trial.status == "failed" for trial in later) <= len(later) / 4
    assert max(trial.score for trial in trials if trial.status == "complete") > -0.1


@pytest.mark.parametrize("n", [1, 4])
def test_running_trials_are_not_proposed_again(n: int) -> None:
    """Parallel workers must not all fit the same model, nor its neighbours."""
    trials = _search(SQUARE, lambda c: -((c["x"] - 0.3) ** 2) - (c["y"] - 0.6) ** 2, 20)
    proposals = ForestSampler().sample(SQUARE, trials, n + 1, np.random.default_rng(0))
    points = SQUARE.encode([proposal.configuration for proposal in proposals])
    distances = np.linalg.norm(points[:, None] - points, axis=2)[np.triu_indices(n + 1, 1)]
    assert distances.min() > 1e-3


def test_batches_equal_single_proposals_beside_running_trials() -> None:
    """What is proposed next must not depend on whether it was asked for together with others."""
    trials = _search(SQUARE, lambda c: -abs(c["x"] - 0.3) - abs(c["y"] - 0.6), 12)
    together = ForestSampler().sample(SQUARE, trials, 3, np.random.default_rng(5))
    rng, alone = np.random.default_rng(5), []
    for i in range(3):
        running = [_trial(SQUARE, 12 + j, p.configuration, None, p.origin) for j, p in enumerate(alone)]
        alone += ForestSampler().sample(SQUARE, trials + running, 1, rng)
        assert alone[i] == together[i]
