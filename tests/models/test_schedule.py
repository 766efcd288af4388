"""Tests of when hyperparameters are fitted: the posterior is a function of the data, whatever came before."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from skhpo.models import ColumnLayout, FitCache, GaussianProcess
from skhpo.models._gaussian_process import GaussianProcessPosterior
from skhpo.models._schedule import (
    MAX_LOOSE,
    MAX_POINTS,
    last_checkpoint,
    refit_size,
    training_points,
    training_subset,
)
from skhpo.models._transform import softyj

LAYOUT = ColumnLayout.from_columns([("continuous", None), ("continuous", None), ("unordered", 3)])


def _data(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.random((n, 3))
    return X, -((X[:, 0] - 0.3) ** 2) - X[:, 1] * (X[:, 2] < 1 / 3) + 0.01 * rng.normal(size=n)


@pytest.mark.parametrize("n", [3, 7, 30, 75])
def test_the_posterior_does_not_depend_on_what_was_fitted_before(n: int) -> None:
    """Replaying or resuming a search must give the proposals of the first time, bit for bit."""
    X, scores = _data(n)
    cache = FitCache()
    for m in range(1, n + 1, 3):
        GaussianProcess(LAYOUT, cache).fit(X[:m], scores[:m])
    grown = GaussianProcess(LAYOUT, cache).fit(X, scores)
    fresh = GaussianProcess(LAYOUT).fit(X, scores)
    np.testing.assert_array_equal(grown.theta, fresh.theta)
    np.testing.assert_array_equal(grown.predict(X).mean, fresh.predict(X).mean)


def test_the_cache_saves_fits_and_forgets_them_when_pickled() -> None:
    """It must never grow without bound, travel to workers, or matter to results."""
    cache = FitCache()
    for key in range(200):
        cache.get_or_fit(str(key).encode(), lambda: np.zeros(1))
    assert len(cache) == 64
    assert len(pickle.loads(pickle.dumps(cache))) == 0

    def fail() -> np.ndarray:
        raise RuntimeError("fitted again")

    np.testing.assert_array_equal(cache.get_or_fit(b"199", fail), np.zeros(1))


def test_sizes_of_fits_never_exceed_the_data() -> None:
    """A checkpoint is a prefix: fits at n use nothing that comes later."""
    for n in range(1, 700):
        assert last_checkpoint(refit_size(n)) <= refit_size(n) <= n
        assert refit_size(refit_size(n)) == refit_size(n)
        assert last_checkpoint(last_checkpoint(n)) == last_checkpoint(n)
        assert n - refit_size(n) <= max(n // 20 - 1, 0)


def test_large_data_are_thinned_but_keep_the_best_and_the_newest() -> None:
    """The cost grows with the cube of the points; what a proposal hinges on must stay."""
    z = np.random.default_rng(0).normal(size=500)
    chosen = training_subset(z)
    assert len(chosen) == len(set(chosen.tolist())) == MAX_POINTS
    assert set(np.argsort(z)[: MAX_POINTS // 2]) <= set(chosen.tolist())
    assert set(range(500 - MAX_POINTS // 8, 500)) <= set(chosen.tolist())
    np.testing.assert_array_equal(training_subset(z[:MAX_POINTS]), np.arange(MAX_POINTS))


def test_more_than_the_maximum_can_be_fitted() -> None:
    """Long searches go on."""
    X, scores = _data(350)
    posterior = GaussianProcess(LAYOUT).fit(X, scores)
    assert MAX_POINTS - 25 <= len(posterior.alpha) < MAX_POINTS
    assert np.isfinite(posterior.predict(X).mean).all()


@pytest.mark.parametrize("n", [200, 301, 324, 325, 349, 1003])
def test_points_of_a_posterior_are_a_base_and_all_that_came_later(n: int) -> None:
    """A posterior that misses the newest result proposes the same again; one that changes wholly is expensive."""
    z = np.random.default_rng(0).normal(size=n)
    chosen, n_base, _ = training_points(z, len(z))
    assert len(set(chosen.tolist())) == len(chosen) <= MAX_POINTS
    size = chosen[n_base - 1] + 1 if n_base < len(chosen) else n
    np.testing.assert_array_equal(chosen[n_base:], np.arange(size, n))
    if n % 25 and n - 1 > MAX_POINTS:
        before, n_before, _ = training_points(z[:-1], len(z) - 1)
        assert n_before == n_base
        np.testing.assert_array_equal(before, chosen[:-1])


@pytest.mark.parametrize(("n", "n_settled"), [(200, 140), (400, 399), (400, 330), (2000, 1700)])
def test_points_that_have_not_settled_do_not_move_the_base(n: int, n_settled: int) -> None:
    """With hundreds of workers, results come in between older ones: all would be computed anew with every one."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=n)
    late = np.r_[z[:n_settled], rng.normal(), z[n_settled:]]
    first, second = training_points(z, n_settled), training_points(late, n_settled)
    assert first[1:] == second[1:]
    np.testing.assert_array_equal(first.indices[: first.n_grown], second.indices[: first.n_grown])
    assert (first.indices[: first.n_grown] < n_settled).all()
    assert len(second.indices) == len(set(second.indices.tolist())) <= MAX_POINTS + MAX_LOOSE
    for one, points in ((z, first), (late, second)):
        assert one.argmin() in points.indices and len(one) - 1 in points.indices


def test_hyperparameters_rest_on_what_has_settled() -> None:
    """A search with hundreds of workers spent most of its time on refits, one for nearly every proposal."""
    X, scores = _data(120)
    cache = FitCache()
    settled = GaussianProcess(LAYOUT, cache).fit(X[:80], scores[:80])
    n_fits = len(cache)
    for n in range(100, 120):
        grown = GaussianProcess(LAYOUT, cache).fit(X[:n], scores[:n], n_settled=80)
        fresh = GaussianProcess(LAYOUT).fit(X[:n], scores[:n], n_settled=80)
        np.testing.assert_array_equal(grown.theta, settled.theta)
        np.testing.assert_array_equal(grown.predict(X).mean, fresh.predict(X).mean)
    assert len(cache) == n_fits and len(grown.alpha) == 119


@pytest.mark.parametrize("n", [91, 130, 310, 360])
def test_a_posterior_that_grew_equals_one_of_all_its_points(n: int) -> None:
    """What is saved by growing must not be paid with a wrong variance, nor with proposals that cannot be repeated."""
    X, scores = _data(n)
    cache = FitCache()
    for m in range(n - 20, n + 1):
        grown = GaussianProcess(LAYOUT, cache).fit(X[:m], scores[:m])
    fresh = GaussianProcess(LAYOUT).fit(X, scores)
    chosen, n_base, _ = training_points(softyj(-scores), len(scores))
    assert n_base < len(chosen)
    kernel, z = grown.factor.kernel, softyj(-scores)[chosen]
    whole = GaussianProcessPosterior.from_data(kernel, grown.theta, X[chosen], z)
    new, _ = _data(100, seed=1)
    for found, same, expected in zip(grown.predict(new), fresh.predict(new), whole.predict(new), strict=True):
        np.testing.assert_array_equal(found, same)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    "scores",
    [
        np.zeros(9),
        np.full(9, np.nan),
        np.r_[np.nan, np.arange(8.0)],
        np.r_[-1e12, np.arange(8.0)],
        1e300 * np.arange(-4.0, 5.0),
        1e-300 * np.arange(9.0),
    ],
    ids=["equal", "all failed", "one failed", "outlier", "huge", "tiny"],
)
def test_degenerate_scores_are_survived(scores: np.ndarray) -> None:
    """A search must go on whatever the evaluations return."""
    X, _ = _data(9)
    prediction = GaussianProcess(LAYOUT).fit(X, scores).predict(X)
    assert np.isfinite(prediction.mean).all()
    assert (prediction.sd > 0).all()


def test_the_fit_predicts_what_it_has_not_seen() -> None:
    """A model that learns nothing is an expensive random search."""
    X, scores = _data(60)
    new, truth = _data(200, seed=1)
    mean = GaussianProcess(LAYOUT).fit(X, scores).predict(new).mean
    assert np.corrcoef(mean, -truth)[0, 1] > 0.95


@pytest.mark.parametrize("n", [9, 30, 75])
def test_noisier_results_are_trusted_less(n: int) -> None:
    """A trial that was stopped after two of ten folds must not weigh as much as one with all."""
    X, scores = _data(n)
    noisy = np.where(np.arange(n) == n // 2, 1000.0, 1.0)
    sure, unsure = GaussianProcess(LAYOUT).fit(X, scores), GaussianProcess(LAYOUT).fit(X, scores, noisy)
    here = X[n // 2 : n // 2 + 1]
    assert unsure.predict(here).sd[0] > sure.predict(here).sd[0]


def test_how_noisy_results_are_does_not_depend_on_the_path() -> None:
    """A cache that overlooked it would give other proposals after a restart."""
    X, scores = _data(50)
    noisiness = np.random.default_rng(1).uniform(1.0, 10.0, 50)
    cache = FitCache()
    GaussianProcess(LAYOUT, cache).fit(X, scores)
    for m in range(45, 51):
        GaussianProcess(LAYOUT, cache).fit(X[:m], scores[:m], noisiness[:m])
    grown = GaussianProcess(LAYOUT, cache).fit(X, scores, noisiness)
    fresh = GaussianProcess(LAYOUT).fit(X, scores, noisiness)
    np.testing.assert_array_equal(grown.predict(X).mean, fresh.predict(X).mean)
