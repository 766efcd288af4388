"""Searches whose trials have splits of their own: what changes, and what stays as it is."""

import numpy as np
import pytest
from joblib import parallel_config
from resuming import COUNTER, Model, X, Y, assert_same_result, snapshots
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import KFold, ShuffleSplit, cross_val_predict, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

import skhpo
from skhpo import (
    BayesSearchCV,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    RandomizedSearchCV,
)
from skhpo.exceptions import StorageError

SPACE = {"a": (0.0, 0.8), "b": ["one", "two"]}
LISTS = {"a": [0.1, 0.2, 0.4], "b": ["one", "two"]}
COMMON = {"cv": 3, "refit": False, "reshuffle": True}
ROUNDS = {"resource": "n_rounds", "max_resources": 4, "factor": 2, "min_resources": 1}
SEED = KFold(3, shuffle=True, random_state=0)

SEARCHES = {
    "bayes": lambda: BayesSearchCV(Model(), SPACE, n_iter=6, sampler="tpe", random_state=0, **COMMON),
    "bayes, unseeded": lambda: BayesSearchCV(Model(), SPACE, n_iter=4, sampler="random", **COMMON),
    "random": lambda: RandomizedSearchCV(Model(), LISTS, n_iter=5, random_state=0, **COMMON),
    "random, generator": lambda: RandomizedSearchCV(
        Model(), LISTS, n_iter=4, random_state=np.random.RandomState(1), **COMMON
    ),
    "grid": lambda: GridSearchCV(Model(), LISTS, **{**COMMON, "cv": SEED}),
    "grid, unseeded": lambda: GridSearchCV(Model(), LISTS, **COMMON),
    "halving": lambda: HalvingGridSearchCV(Model(), LISTS, factor=2, random_state=0, **COMMON),
    "halving, drawn": lambda: HalvingRandomSearchCV(
        Model(), LISTS, n_candidates=4, random_state=0, **ROUNDS, **COMMON
    ),
    "hyperband": lambda: HyperbandSearchCV(Model(), SPACE, random_state=0, **ROUNDS, **COMMON),
}


class Remembers(ClassifierMixin, BaseEstimator):
    """Remembers which rows it has been trained on, by their numbers, and says whether it is asked about others."""

    def __init__(self, without_effect=0, n_rounds=1):
        self.without_effect = without_effect
        self.n_rounds = n_rounds

    def fit(self, X, y):
        """Begin anew."""
        self.seen_ = set()
        return self.partial_fit(X, y)

    def partial_fit(self, X, y, classes=None):
        """Take note of the rows."""
        self.classes_ = np.array([0, 1])
        self.seen_ = getattr(self, "seen_", set()) | set(X[:, 0])
        return self

    def predict(self, X):
        """Whether a row was seen."""
        return np.isin(X[:, 0], list(self.seen_)).astype(int)

    def score(self, X, y):
        """Say which rows are asked about; a row that was seen costs everything."""
        assert not self.predict(X).any()
        return float(X[:, 0].mean())


ROWS = np.arange(60.0)[:, None]
LABELS = np.arange(60) % 2


@pytest.mark.parametrize("kind", SEARCHES)
def test_a_search_that_is_cut_off_goes_on_with_the_same_splits(kind, tmp_path):
    """Half of the trials would be measured on other data than without the interruption."""
    whole = SEARCHES[kind]()
    copies = snapshots(whole, tmp_path)
    COUNTER.reset()
    resumed = SEARCHES[kind]().set_params(storage=copies[len(copies) // 2]).fit(X, Y)
    assert_same_result(whole, resumed)
    assert COUNTER.n == len(copies) - len(copies) // 2


@pytest.mark.parametrize("kind", ["random", "grid", "halving", "hyperband"])
def test_the_number_of_workers_does_not_matter(kind):
    """Whoever gets a faster machine would get another result."""
    alone = SEARCHES[kind]().fit(X, Y)
    with parallel_config("threading"):
        assert_same_result(alone, SEARCHES[kind]().set_params(n_jobs=3).fit(X, Y))


def test_worker_processes_draw_the_same_splits():
    """Workers draw for themselves, and their rows have to be those that the predictions are put to."""
    arguments = {"n_iter": 3, "random_state": 0, "keep": "predictions", **COMMON}
    space = {"n_neighbors": range(1, 9)}
    one, two = (
        RandomizedSearchCV(KNeighborsClassifier(), space, n_jobs=n, **arguments).fit(X, Y) for n in (1, 2)
    )
    assert_same_result(one, two)
    np.testing.assert_array_equal(one.oof_predictions_, two.oof_predictions_)


@pytest.mark.parametrize("is_stored", [False, True])
def test_a_warm_start_goes_on_with_the_splits_of_further_trials(is_stored, tmp_path):
    """To go on would find something else than one long run."""
    make = lambda n: BayesSearchCV(  # noqa: E731
        Model(), SPACE, n_iter=n, sampler="tpe", random_state=np.random.RandomState(0), **COMMON
    )
    search = make(3).set_params(warm_start=True, storage=tmp_path / "study.db" if is_stored else None)
    assert_same_result(search.fit(X, Y).fit(X, Y), make(6).fit(X, Y))


def test_every_trial_has_splits_of_its_own():
    """Luck with the one split would decide which of equal configurations is chosen, of every search alike."""
    grid = {"without_effect": list(range(5))}
    fixed = GridSearchCV(Remembers(), grid, cv=ShuffleSplit(1, random_state=0)).fit(ROWS, LABELS)
    assert len(set(fixed.cv_results_["mean_test_score"])) == 1
    own = GridSearchCV(Remembers(), grid, cv=ShuffleSplit(1, random_state=0), reshuffle=True)
    own.fit(ROWS, LABELS)
    assert len(set(own.cv_results_["mean_test_score"])) == 5
    assert own.best_estimator_.seen_ == set(range(60)), "the refit is on all data, as ever"
    again = GridSearchCV(Remembers(), grid, cv=ShuffleSplit(1, random_state=0), reshuffle=True)
    assert_same_result(own, again.fit(ROWS, LABELS))
    assert own.cv_results_.keys() == fixed.cv_results_.keys()


def test_scores_and_predictions_are_those_of_the_trials_splits():
    """Ensembles and the corrected score need every row to be predicted by a model that has not seen it."""
    cv = KFold(4, shuffle=True, random_state=7)
    search = GridSearchCV(
        KNeighborsClassifier(), {"n_neighbors": [1, 5]}, cv=cv, reshuffle=True, keep="predictions"
    ).fit(X, Y)
    for row, trial in enumerate(search.trials_):
        seed = int(np.random.SeedSequence([7, trial.number]).generate_state(1)[0])
        own = KFold(4, shuffle=True, random_state=seed)
        model = KNeighborsClassifier(**trial.configuration)
        scores = [search.cv_results_[f"split{i}_test_score"][row] for i in range(4)]
        np.testing.assert_allclose(scores, cross_val_score(model, X, Y, cv=own))
        np.testing.assert_array_equal(search.oof_predictions_[row], cross_val_predict(model, X, Y, cv=own))


@pytest.mark.parametrize("resource", ["epochs", "n_samples", "n_rounds"])
def test_a_trial_keeps_its_splits_on_all_rungs(resource):
    """A model that is trained on would be scored on rows of an earlier rung, which it knows by heart."""
    amounts = {"min_resources": 15, "max_resources": 60} if resource == "n_samples" else {"max_resources": 4}
    search = HyperbandSearchCV(
        Remembers(),
        {"without_effect": (0, 100)},
        resource=resource,
        factor=2,
        cv=3,
        sampler="random",
        random_state=0,
        reshuffle=True,
        error_score="raise",
        **amounts,
    ).fit(ROWS, LABELS)
    several = [t for t in search.trials_ if len({m.resource for m in t.measurements}) > 1]
    assert several
    for trial in several:
        by_rung = {tuple(m.value_of(None) for m in trial.measured_at(m.resource)) for m in trial.measurements}
        assert len(by_rung) == 1, "the score says which rows were asked about"


def test_only_a_lossless_race():
    """Other rules compare folds that have nothing to do with each other, and would stop the best configuration."""
    make = lambda racing: GridSearchCV(  # noqa: E731
        KNeighborsClassifier(), {"n_neighbors": list(range(1, 16))}, cv=SEED, reshuffle=True, racing=racing
    )
    plain, raced = make(False).fit(X, Y), make("lossless").fit(X, Y)
    assert raced.best_params_ == plain.best_params_
    assert raced.best_score_ == plain.best_score_
    for search in (make("margin"), HyperbandSearchCV(Model(), SPACE, racing="margin", **ROUNDS, **COMMON)):
        COUNTER.reset()
        with pytest.raises(
            ValueError, match="With reshuffle=True, the 'racing' parameter of .* must be False or"
        ):
            search.fit(X, Y)
        assert COUNTER.n == 0


def test_a_file_of_other_splits_is_refused(tmp_path):
    """Scores on the same splits and on others would be taken for comparable."""
    path = tmp_path / "study.db"
    search = RandomizedSearchCV(
        Model(), LISTS, n_iter=2, random_state=0, storage=path, cv=SEED, refit=False, reshuffle=True
    ).fit(X, Y)
    stored = skhpo.load(path)
    assert [len(test) for _, test in stored.splits] == [8, 8, 8]
    with pytest.raises(StorageError, match="search.reshuffle is True there and"):
        search.set_params(reshuffle=False).fit(X, Y)
    # Without the option the file is as it was before there was one.
    plain = tmp_path / "plain.db"
    search.set_params(storage=plain).fit(X, Y)
    assert "reshuffle" not in skhpo.load(plain).fingerprint["search"]


@pytest.mark.parametrize("reshuffle", ["yes", 1, None])
def test_other_values_are_refused(reshuffle):
    """A mistake would be taken for yes."""
    with pytest.raises(
        ValueError, match="The 'reshuffle' parameter of BayesSearchCV must be an instance of 'bool'"
    ):
        BayesSearchCV(Model(), SPACE, reshuffle=reshuffle).fit(X, Y)
