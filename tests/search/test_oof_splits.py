"""The splits behind the out-of-fold predictions are those that the models were trained on."""

import pickle

import numpy as np
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)
from sklearn.neighbors import KNeighborsClassifier

from skhpo import (
    BayesSearchCV,
    EnsembleSelection,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    PopulationSearchCV,
    RandomizedSearchCV,
)
from skhpo.search._oof_splits import OofSplits

X, Y = make_classification(96, flip_y=0.2, random_state=0)
MODEL = KNeighborsClassifier()
LIST = {"n_neighbors": [1, 3, 5, 9]}
RANGE = {"n_neighbors": (1, 9)}
UNSEEDED = StratifiedKFold(3, shuffle=True)
SEARCH = GridSearchCV(MODEL, LIST, cv=UNSEEDED, keep="predictions")
SEEDED = {"cv": UNSEEDED, "random_state": 0, "keep": "predictions"}
SAMPLES = {"resource": "n_samples", **SEEDED}


def trained(trial):
    """The model of a trial, not fitted."""
    return clone(MODEL).set_params(**trial.configuration)


def assert_of_the_models(search, X=X, y=Y):
    """Models that are trained on the splits predict what was kept, in the same order and with the same scores."""
    complete = [trial for trial in search.trials_ if trial.status == "complete"]
    assert list(search.oof_splits_) == [trial.number for trial in complete] != []
    for trial in complete:
        splits = search.oof_splits_[trial.number]
        expected = np.full(len(y), np.nan)
        scores = {one.split: one.value_of(None) for one in trial.measurements}
        for number, (train, test) in enumerate(splits):
            model = trained(trial).fit(X[train], y[train])
            assert model.score(X[test], y[test]) == pytest.approx(scores[number])
            expected[test] = np.where(np.isnan(expected[test]), model.predict(X[test]), expected[test])
        np.testing.assert_array_equal(search.oof_predictions_[trial.number], expected)


@pytest.mark.parametrize("reshuffle", [False, True])
@pytest.mark.parametrize(
    "search",
    [
        SEARCH,
        RandomizedSearchCV(MODEL, LIST, n_iter=3, **SEEDED),
        BayesSearchCV(MODEL, RANGE, n_iter=5, racing="lossless", **SEEDED),
        HalvingGridSearchCV(MODEL, LIST, factor=2, min_resources=24, **SEEDED),
        HalvingRandomSearchCV(MODEL, LIST, factor=2, n_candidates=4, min_resources=24, **SEEDED),
        HyperbandSearchCV(MODEL, RANGE, factor=3, **SAMPLES),
    ],
    ids=lambda search: type(search).__name__,
)
def test_every_search_has_them(search, reshuffle):
    """Nobody can draw splits without a seed again, nor splits of each trial's own."""
    search = clone(search).set_params(reshuffle=reshuffle).fit(X, Y)
    assert_of_the_models(search)
    numbers = list(search.oof_splits_)
    if len(numbers) > 1:
        (one, _), (other, _) = search.oof_splits_[numbers[0]][0], search.oof_splits_[numbers[1]][0]
        assert np.array_equal(one, other) != reshuffle


def test_populations_have_them():
    """All members of all generations are tested on the same samples."""
    model = sklearn.linear_model.SGDClassifier(random_state=0)
    search = PopulationSearchCV(
        model, {"alpha": (1e-6, 1.0)}, resource="epochs", population_size=2, n_generations=2, **SEEDED
    ).fit(X, Y)
    complete = [trial for trial in search.trials_ if trial.status == "complete"]
    assert set(search.oof_splits_) == {trial.number for trial in complete}
    for trial in complete:
        tests = [test for _, test in search.oof_splits_[trial.number]]
        scores = [one.value_of(None) for one in trial.measurements]
        kept = search.oof_predictions_[trial.number]
        np.testing.assert_allclose([np.mean(kept[test] == Y[test]) for test in tests], scores)


@pytest.mark.parametrize(
    "cv",
    [
        TimeSeriesSplit(3),
        ShuffleSplit(2, test_size=0.3),
        RepeatedKFold(n_splits=3, n_repeats=2),
        lambda: iter(KFold(3, shuffle=True).split(X)),
        lambda: [(np.arange(96) >= 30, np.arange(96) < 30), (np.arange(-96, -66), np.arange(-66, 0))],
    ],
    ids=["time", "parts", "repeated", "iterator", "masks and negative indices"],
)
def test_splits_of_all_kinds(cv):
    """What is no folds is what was drawn all the same."""
    search = clone(SEARCH).set_params(cv=cv() if callable(cv) else cv)
    assert_of_the_models(search.fit(X, Y))


def test_groups_that_are_routed():
    """Groups are not needed a second time."""
    groups = np.random.default_rng(0).permutation(np.arange(96) % 8)
    with sklearn.config_context(enable_metadata_routing=True):
        search = clone(SEARCH).set_params(cv=GroupKFold(3)).fit(X, Y, groups=groups)
    assert_of_the_models(search)
    for (train, test), expected in zip(search.oof_splits_[0], GroupKFold(3).split(X, Y, groups), strict=True):
        np.testing.assert_array_equal(train, expected[0])
        np.testing.assert_array_equal(test, expected[1])


@pytest.mark.parametrize("reshuffle", [False, True])
def test_they_stay_with_the_search(reshuffle, tmp_path):
    """A search that is gone on with, or was sent somewhere, has the splits that it began with."""
    whole = BayesSearchCV(MODEL, RANGE, n_iter=2, reshuffle=reshuffle, **SEEDED)
    whole.set_params(storage=tmp_path / "search.db").fit(X, Y)
    longer = clone(whole).set_params(n_iter=4).fit(X, Y)
    known = longer.oof_predictions_[2:]
    assert np.isnan(longer.oof_predictions_[:2]).all() and not np.isnan(known).any()
    for search in (longer, pickle.loads(pickle.dumps(longer))):
        assert len(search.oof_splits_) == 4
        for number in range(2):
            for one, other in zip(search.oof_splits_[number], whole.oof_splits_[number], strict=True):
                np.testing.assert_array_equal(one[0], other[0])
                np.testing.assert_array_equal(one[1], other[1])
    assert not hasattr(clone(longer), "oof_splits_")
    assert not hasattr(longer.set_params(keep=None, storage=None).fit(X, Y), "oof_splits_")


def test_a_warm_start_has_the_splits_of_the_beginning():
    """Trials of two calls of fit are compared, and an ensemble is made of both."""
    search = RandomizedSearchCV(MODEL, {"n_neighbors": range(1, 30)}, n_iter=2, warm_start=True, **SEEDED)
    search.set_params(keep="models").fit(X, Y)
    (_, first), *_ = search.oof_splits_[0]
    search.fit(X, Y)
    assert len(search.oof_splits_) == 4
    np.testing.assert_array_equal(search.oof_splits_[3][0][1], first)
    assert EnsembleSelection.from_search(search, X, Y, random_state=0).oof_score_ > 0.5


def test_they_are_small():
    """The splits of a hundred trials, as they were drawn, would be larger than the predictions."""
    n, n_trials = 10_000, 100
    shared = list(KFold(5, shuffle=True).split(np.zeros(n)))
    assert len(pickle.dumps(OofSplits(lambda number: shared, range(n_trials), n))) < 3 * n
    own = OofSplits(lambda number: list(KFold(5, shuffle=True).split(np.zeros(n))), range(n_trials), n)
    assert len(pickle.dumps(own)) < 3 * n * n_trials


@given(st.data())
def test_whatever_is_drawn_comes_back(data):
    """Indices in any order, with gaps, of any size."""
    n = data.draw(st.sampled_from([1, 7, 300, 70_000]))
    part = st.lists(st.integers(0, n - 1), max_size=6, unique=True).map(
        lambda one: np.array(one, dtype=np.intp)
    )
    drawn = data.draw(st.lists(st.tuples(part, part), min_size=1, max_size=3))
    splits = OofSplits(lambda number: drawn, [4], n)
    assert list(splits) == [4]
    for found, expected in zip(splits[4], drawn, strict=True):
        for one, other in zip(found, expected, strict=True):
            assert one.dtype == np.intp and one.tolist() == other.tolist()
    assert [one.tolist() for one in splits.tests(4)] == [test.tolist() for _, test in drawn]
