"""Tests of the Gaussian process sampler: purity, degenerate histories, exhausted spaces, and that it finds optima."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from skhpo.models import ColumnLayout, GaussianProcess, LogExpectedImprovement, Posterior
from skhpo.samplers import _model_based
from skhpo.samplers._model_based import GaussianProcessSampler, _attractive, _Stratified
from skhpo.samplers._sampler import Proposal
from skhpo.space import Categorical, Integer, Real, SearchSpace
from skhpo.trial import Trial

SPACE = SearchSpace(
    {
        "kernel": Categorical(["linear", "rbf", "poly"]),
        "C": (1e-3, 1e3, "log-uniform"),
        "gamma": Real(1e-5, 10.0, "log-uniform", when={"kernel": ["rbf"]}),
        "degree": Integer(2, 8, when={"kernel": ["poly"]}),
        "shrinking": [True, False],
    }
)
SQUARE = SearchSpace({"x": (-5.0, 10.0), "y": (0.0, 15.0)})
Objective = Callable[[dict], float]


def _trial(
    space: SearchSpace, number: int, configuration: dict, score: float | None, origin: str = "model"
) -> Trial:
    point = tuple(space.encode([configuration])[0].tolist())
    if score is None:
        return Trial(number, configuration, point, origin)
    status = "complete" if np.isfinite(score) else "failed"
    return Trial(number, configuration, point, origin, status, score=score if np.isfinite(score) else np.nan)


def _trials(space: SearchSpace, scores: Sequence[float | None], seed: int = 0) -> list[Trial]:
    configurations = space.sample(np.random.default_rng(seed), len(scores))
    return [
        _trial(space, i, c, score) for i, (c, score) in enumerate(zip(configurations, scores, strict=True))
    ]


def _search(space: SearchSpace, objective: Objective, n: int, seed: int = 0) -> list[Trial]:
    sampler, trials = GaussianProcessSampler(), []
    for i in range(n):
        (proposal,) = sampler.sample(space, trials, 1, np.random.default_rng([seed, i]))
        score = objective(proposal.configuration)
        trials.append(_trial(space, i, proposal.configuration, score, proposal.origin))
    return trials


def _sample(trials: list[Trial], n: int = 1, seed: int = 0, space: SearchSpace = SPACE) -> list[Proposal]:
    return GaussianProcessSampler().sample(space, trials, n, np.random.default_rng(seed))


def _branin(configuration: dict) -> float:
    """Minus Branin's function, whose lowest value is 0.3979."""
    x, y = configuration["x"], configuration["y"]
    bend = y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6
    return -float(bend**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10)


def test_proposals_do_not_depend_on_what_was_asked_before() -> None:
    """Resuming is replaying: a sampler with a past and one without must agree."""
    trials = _trials(SPACE, np.random.default_rng(1).normal(size=30).tolist())
    experienced = GaussianProcessSampler()
    for n in (7, 30, 12, 25):
        experienced.sample(SPACE, trials[:n], 1, np.random.default_rng(n))
    forgetful = pickle.loads(pickle.dumps(experienced))
    expected = _sample(trials, n=3)
    for sampler in (experienced, forgetful):
        assert sampler.sample(SPACE, trials, 3, np.random.default_rng(0)) == expected


def test_a_search_is_replayed_from_its_trials() -> None:
    """A record without the process that made it must suffice to check, or to go on with, a search."""
    trials = _search(SPACE, lambda c: -(np.log10(c["C"]) ** 2) - (c["kernel"] != "rbf"), 24)
    for i in reversed(range(24)):  # the hyperparameters of shorter records are not known yet
        (proposal,) = GaussianProcessSampler().sample(SPACE, trials[:i], 1, np.random.default_rng([0, i]))
        assert (proposal.configuration, proposal.origin) == (trials[i].configuration, trials[i].origin)


def test_trials_are_not_changed() -> None:
    """They are the record of the search."""
    trials = _trials(SPACE, [0.1, 0.5, None, np.nan, 0.3, 0.2])
    copy = pickle.dumps(trials)
    _sample(trials, n=2)
    assert pickle.dumps(trials) == copy


def test_the_first_five_trials_fill_the_space() -> None:
    """Five points that miss a category or half of a range give the model nothing to start from."""
    trials = _search(SPACE, lambda c: 0.0, 5)
    assert {trial.origin for trial in trials} == {"initial design"}
    assert {trial.configuration["kernel"] for trial in trials} == {"linear", "rbf", "poly"}
    column = SPACE.column_names.index("C")
    assert sorted(int(5 * trial.point[column]) for trial in trials) == [0, 1, 2, 3, 4]


def test_a_search_begins_in_the_middle_of_every_range() -> None:
    """The middle of a range that somebody wrote is a better guess than any other part of it."""
    (proposal,) = _sample([], space=SearchSpace({"C": (1e-3, 1e3, "log-uniform"), "n": (1, 9)}))
    assert proposal.configuration == {"C": pytest.approx(1.0), "n": 5}


def test_small_improvements_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that perfects the first good region never sees the better one."""
    margins = []

    def acquisition(posterior: Posterior, margin: float) -> LogExpectedImprovement:
        margins.append(margin)
        return LogExpectedImprovement(posterior, margin)

    monkeypatch.setattr(_model_based, "LogExpectedImprovement", acquisition)
    _search(SQUARE, _branin, 12)
    assert len(margins) >= 4 and min(margins) > 0.0


@pytest.mark.parametrize(("n_trials", "expected"), [(19, 0.15), (20, 0.5)])
def test_many_candidates_lie_at_ends_once_the_model_has_seen_enough(
    monkeypatch: pytest.MonkeyPatch, n_trials: int, expected: float
) -> None:
    """A trend of few trials would send the search to the corners; later good corners would be missed."""
    shares = []
    maximise = _model_based.maximise

    def recorded(acquisition, region, centres, rng, share_at_ends=0.0):
        shares.append(share_at_ends)
        return maximise(acquisition, region, centres, rng, share_at_ends)

    monkeypatch.setattr(_model_based, "maximise", recorded)
    trials = _trials(SQUARE, np.random.default_rng(1).normal(size=n_trials).tolist())
    _sample(trials, n=4, space=SQUARE)  # four, as some proposals are random
    assert set(shares) == {expected}


def test_configurations_of_the_user_are_part_of_the_initial_design() -> None:
    """Who knows a good start should not pay for it with five more blind trials."""
    trials = _trials(SPACE, [0.1, 0.2, 0.3, 0.4, 0.5])
    origins = {_sample(trials, seed=seed)[0].origin for seed in range(5)}
    assert "model" in origins
    assert "initial design" not in origins


@pytest.mark.parametrize(
    "scores",
    [
        [None] * 7,
        [0.5],
        [0.5] + [None] * 6,
        [0.5] * 8,
        [np.nan] * 8,
        [np.nan] * 7 + [0.5],
        [0.5, np.nan] * 4,
        [-1e12, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
        [1e300, -1e300, 0.0, 1.0, 2.0, 3.0],
        [1e-300, 2e-300, 0.0, 3e-300, 1.5e-300, 5e-300],
        [np.inf, -np.inf, 0.1, 0.2, 0.3, 0.4],
    ],
    ids=str,
)
def test_degenerate_histories_are_survived(scores: list[float | None]) -> None:
    """A search that stops after a bad start has lost more than one that goes on blindly."""
    trials = _trials(SPACE, scores)
    proposals = _sample(trials, n=4)
    assert len(proposals) == 4
    assert all(SPACE.contains(proposal.configuration) for proposal in proposals)


def test_repeated_trials_are_survived() -> None:
    """The same configuration may be in the record twice, with different scores."""
    trials = _trials(SPACE, [0.1, 0.4, 0.2, 0.3]) * 4
    assert len(_sample(trials, n=2)) == 2


def test_equal_scores_keep_filling_the_space() -> None:
    """A model of nothing would only ever propose the corners."""
    (proposal,) = _sample(_trials(SPACE, [0.5] * 12))
    assert proposal.origin == "initial design"


def test_a_space_of_one_point_is_proposed_once() -> None:
    """There is nothing to search, and nothing to wait for."""
    space = SearchSpace({"a": ["only"], "b": [1]})
    (proposal,) = _sample([], n=3, space=space)
    assert proposal.configuration == {"a": "only", "b": 1}
    assert _sample([_trial(space, 0, proposal.configuration, 1.0)], space=space) == []
    repeated = [_trial(space, i, proposal.configuration, float(i)) for i in range(8)]
    assert _sample(repeated, space=space) == []


def test_columns_that_never_vary_are_survived() -> None:
    """Fixed hyperparameters are common in lists of spaces."""
    space = SearchSpace({"a": ["only"], "x": (0.0, 1.0)})
    trials = _search(space, lambda c: -((c["x"] - 0.3) ** 2), 12)
    assert min(abs(trial.configuration["x"] - 0.3) for trial in trials) < 0.02


def test_a_finite_space_is_tried_completely_and_never_twice() -> None:
    """A repeated fit is a wasted fit, and an untried one might be the best."""
    space = SearchSpace({"a": ["u", "v", "w"], "b": (0, 5), "c": Categorical([1, 2], when={"a": ["u"]})})
    sampler, trials = GaussianProcessSampler(), []
    for i in range(space.size):
        (proposal,) = sampler.sample(space, trials, 1, np.random.default_rng(i))
        trials.append(_trial(space, i, proposal.configuration, float(proposal.configuration["b"])))
    assert len({trial.point for trial in map(_hashable, trials)}) == space.size == 24
    assert sampler.sample(space, trials, 2, np.random.default_rng(0)) == []


def _hashable(trial: Trial) -> Trial:
    """NaN differs from itself: replace it, so that points can be counted."""
    point = tuple(-1.0 if np.isnan(u) else u for u in trial.point)
    return _trial_with(trial, point)


def _trial_with(trial: Trial, point: tuple[float, ...]) -> Trial:
    return Trial(trial.number, trial.configuration, point)


@pytest.mark.parametrize("n_known", [0, 12])
def test_a_batch_is_distinct_and_avoids_running_trials(n_known: int) -> None:
    """Parallel workers must not all fit the same model."""
    space = SearchSpace({"a": (0, 9), "b": ["u", "v", "w"]})
    trials = _trials(space, [float(i) for i in range(n_known)])
    keys = {(trial.configuration["a"], trial.configuration["b"]) for trial in trials}
    running = [{"a": 9, "b": "w"}, {"a": 8, "b": "w"}]
    trials += [_trial(space, n_known + i, c, None) for i, c in enumerate(running)]
    proposals = _sample(trials, n=8, space=space)
    proposed = {(p.configuration["a"], p.configuration["b"]) for p in proposals}
    assert len(proposed) == 8
    assert not proposed & (keys | {(9, "w"), (8, "w")})


def test_running_trials_repel_proposals() -> None:
    """Believing the model about them is what makes the next proposal look elsewhere."""
    trials = _search(SQUARE, _branin, 8)
    seed = next(s for s in range(20) if _sample(trials, seed=s, space=SQUARE)[0].origin == "model")
    (alone,) = _sample(trials, seed=seed, space=SQUARE)
    running = [_trial(SQUARE, 8 + i, alone.configuration, None) for i in range(1)]
    (beside,) = _sample(trials + running, seed=seed, space=SQUARE)
    points = SQUARE.encode([alone.configuration, beside.configuration])
    assert np.linalg.norm(points[0] - points[1]) > 1e-3


def test_strata_are_completed_one_point_at_a_time() -> None:
    """The design stays balanced whatever points came first, those of the user included."""
    layout = ColumnLayout.from_columns([("continuous", None), ("unordered", 4), ("ordered", 2)])
    rng, points = np.random.default_rng(0), np.array([[0.9, 0.9, np.nan]])
    for _ in range(9):
        points = np.vstack([points, _Stratified(layout, points)(rng, 1)])
    assert np.bincount((points[:, 0] * 5).astype(int)).tolist() == [2] * 5
    assert sorted(np.bincount((points[:, 1] * 4).astype(int)).tolist()) == [2, 2, 3, 3]
    assert sorted(np.bincount((points[1:, 2] * 2).astype(int)).tolist()) == [4, 5]


def test_the_optimum_of_branin_is_found() -> None:
    """The reason to use it: random search ends about 0.9 above the optimum here, after twice as many trials."""
    best = [max(trial.score for trial in _search(SQUARE, _branin, 25, seed)) for seed in range(3)]
    assert np.median(best) > -0.3979 - 0.05


def test_the_optimum_of_a_grid_of_integers_is_found() -> None:
    """Rounding happens before the model looks, so it does not propose the same integer for ever."""
    space = SearchSpace({"a": (0, 30), "b": (0, 30), "c": ["u", "v", "w"]})
    trials = _search(space, lambda c: -((c["a"] - 21) ** 2) - (c["b"] - 4) ** 2 - 50.0 * (c["c"] != "v"), 30)
    assert max(trial.score for trial in trials) >= -2.0


def test_of_hundreds_of_running_points_those_count_that_might_be_repeated() -> None:
    """A model of all of them would take longer than the fits; without the promising ones workers do the same."""
    rng = np.random.default_rng(0)
    X, pending = rng.random((20, 2)), rng.random((300, 2))
    posterior = GaussianProcess(ColumnLayout.from_columns(SQUARE.columns)).fit(X, -((X[:, 0] - 0.3) ** 2))
    kept = _attractive(posterior, pending)
    assert len(kept) == 64 and [row in kept.tolist() for row in pending.tolist()].count(True) == 64
    values = LogExpectedImprovement(posterior)
    np.testing.assert_allclose(np.sort(values(kept)), np.sort(values(pending))[-64:], rtol=1e-6)
    np.testing.assert_array_equal(_attractive(posterior, pending[:64]), pending[:64])
