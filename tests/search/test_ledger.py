"""Going on from a file: at whatever moment a search was cut off, its result is that of the uninterrupted one."""

import os
import pickle
import sqlite3
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import parallel_config
from resuming import COUNTER, CutOffError, Model, X, Y, assert_same_result, cut_off, snapshots
from scipy.stats import uniform
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import KFold, ShuffleSplit, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import skhpo
from skhpo import (
    BayesSearchCV,
    Categorical,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    Patience,
    PopulationSearchCV,
    RandomizedSearchCV,
    Real,
    StorageError,
    StorageInUseError,
)
from skhpo.storage import read_record

SPACE = {"a": (0.0, 0.85), "b": ["one", "two"]}
LISTS = {"a": [0.1, 0.3, 0.8, 0.95], "b": ["one", "two"]}
DRAWN = {"a": uniform(0.0, 0.85), "b": ["one", "two"]}
ROUNDS = {"resource": "n_rounds", "max_resources": 9, "cv": 2}
COMMON = {"refit": False, "cv": 2}


def shuffled(**arguments):
    """Splits that are others at every call."""
    return ShuffleSplit(2, test_size=0.5, **arguments)


SEARCHES = {
    "bayes": lambda: BayesSearchCV(Model(), SPACE, n_iter=7, random_state=0, **COMMON),
    "bayes, unseeded": lambda: BayesSearchCV(
        Model(), SPACE, n_iter=6, sampler="tpe", refit=False, cv=shuffled()
    ),
    "bayes, generator": lambda: BayesSearchCV(
        Model(), SPACE, n_iter=4, sampler="sobol", random_state=np.random.RandomState(5), **COMMON
    ),
    "bayes, racing": lambda: BayesSearchCV(
        Model(), SPACE, n_iter=6, sampler="tpe", racing="margin", random_state=0, refit=False, cv=4
    ),
    "bayes, patience": lambda: BayesSearchCV(
        Model(), SPACE, n_iter=12, sampler="tpe", stopping=Patience(3), random_state=0, **COMMON
    ),
    "random": lambda: RandomizedSearchCV(Model(), LISTS, n_iter=6, random_state=0, **COMMON),
    "random, unseeded": lambda: RandomizedSearchCV(Model(), DRAWN, n_iter=5, refit=False, cv=shuffled()),
    "random, generator": lambda: RandomizedSearchCV(
        Model(), DRAWN, n_iter=5, random_state=np.random.RandomState(3), **COMMON
    ),
    "random, ranges": lambda: RandomizedSearchCV(
        Model(), {"a": Real(0.0, 1.0), "b": ["one", "two"]}, n_iter=5, random_state=1, **COMMON
    ),
    "grid": lambda: GridSearchCV(Model(), LISTS, return_train_score=True, **COMMON),
    "grid, racing": lambda: GridSearchCV(Model(), LISTS, racing="margin", refit=False, cv=4),
    "halving grid": lambda: HalvingGridSearchCV(Model(), LISTS, factor=2, random_state=0, refit=False, cv=2),
    "halving random": lambda: HalvingRandomSearchCV(
        Model(), DRAWN, factor=3, random_state=0, refit=False, n_candidates=5, min_resources=1, **ROUNDS
    ),
    "halving random, unseeded": lambda: HalvingRandomSearchCV(
        Model(), DRAWN, factor=3, refit=False, n_candidates=5, min_resources=1, **ROUNDS
    ),
    "hyperband": lambda: HyperbandSearchCV(
        Model(), SPACE, random_state=0, refit=False, sampler="tpe", **ROUNDS
    ),
    "hyperband, asynchronous": lambda: HyperbandSearchCV(
        Model(), SPACE, random_state=0, refit=False, sampler="tpe", asynchronous=True, **ROUNDS
    ),
    "hyperband, racing": lambda: HyperbandSearchCV(
        Model(), SPACE, random_state=0, refit=False, sampler="tpe", racing="margin", **ROUNDS
    ),
    "population": lambda: PopulationSearchCV(
        Model(),
        {"a": (0.0, 0.85), "rate": (0.05, 0.5)},
        population_size=4,
        n_generations=3,
        random_state=0,
        **COMMON,
    ),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
@pytest.mark.filterwarnings("ignore:One or more of the train scores:UserWarning")
@pytest.mark.parametrize("kind", SEARCHES)
def test_a_search_killed_at_any_fit_ends_as_if_it_had_not_been(kind, tmp_path):
    """A restart would cost fits that were done, or find something else than the search would have found."""
    whole = SEARCHES[kind]()
    copies = snapshots(whole, tmp_path)
    points = {len(copies) // 3, len(copies) - 1}
    for point in sorted(points):
        COUNTER.reset()
        resumed = SEARCHES[kind]().set_params(storage=copies[point]).fit(X, Y)
        assert_same_result(whole, resumed)
        # Models that are trained on are caches: they are lost, and trained again.
        if not isinstance(whole, PopulationSearchCV):
            assert COUNTER.n == len(copies) - point
        assert os.listdir(copies[point].parent) == ["study.db"]
    COUNTER.reset()
    assert_same_result(whole, SEARCHES[kind]().set_params(storage=tmp_path / "study.db").fit(X, Y))
    assert COUNTER.n == 0


@pytest.mark.parametrize("kind", ["bayes", "bayes, patience", "bayes, racing", "grid", "hyperband"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
@pytest.mark.filterwarnings("ignore:One or more of the train scores:UserWarning")
def test_with_two_workers_only_fits_in_flight_are_done_again(kind, tmp_path):
    """With several workers a restart would lose trials, or find something else."""
    with parallel_config("threading"):
        whole = SEARCHES[kind]().set_params(n_jobs=2)
        copies = snapshots(whole, tmp_path)
        for point in (len(copies) // 2, len(copies) - 1):
            COUNTER.reset()
            resumed = SEARCHES[kind]().set_params(n_jobs=2, storage=copies[point]).fit(X, Y)
            assert_same_result(whole, resumed)
            # Three may have been in flight at the cut, and three more at the end, which come too late; then the refit.
            assert COUNTER.n <= len(copies) - point + 7
    # How far proposals lag behind stays, whatever the number of workers is.
    alone = SEARCHES[kind]().set_params(n_jobs=1, storage=copies[len(copies) // 2]).fit(X, Y)
    assert_same_result(whole, alone)


@settings(max_examples=10)
@given(
    n_iter=st.integers(1, 5),
    at=st.lists(st.integers(0, 6), max_size=3),
    n_splits=st.integers(2, 3),
    seed=st.integers(0, 2**31),
    kind=st.sampled_from(["bayes", "random", "sobol"]),
)
def test_cut_off_again_and_again(tmp_path_factory, n_iter, at, n_splits, seed, kind):
    """Several failures one after the other would add up to something else than one long run."""
    arguments = {"n_iter": n_iter, "random_state": seed, "cv": n_splits, "refit": False}

    def make(path):
        if kind == "random":
            return RandomizedSearchCV(Model(), DRAWN, storage=path, **arguments)
        return BayesSearchCV(
            Model(), SPACE, sampler="random" if kind == "bayes" else kind, storage=path, **arguments
        )

    path, n_done = tmp_path_factory.mktemp("cut") / "study.db", 0
    for n_fits in at:
        COUNTER.reset(at=n_fits, action=cut_off)
        try:
            make(path).fit(X, Y)
        except CutOffError:
            n_done += n_fits
            assert sum(len(trial.measurements) for trial in read_record(path).trials) == n_done
        else:
            n_done = n_iter * n_splits
    COUNTER.reset()
    assert_same_result(make(path).fit(X, Y), make(None).fit(X, Y))


def test_the_budgets_count_what_is_there(tmp_path):
    """A search would do `n_iter` more at every restart, and take its timeout again."""
    path = tmp_path / "study.db"
    search = BayesSearchCV(Model(), SPACE, n_iter=4, random_state=0, storage=path, **COMMON).fit(X, Y)
    more = clone(search).set_params(n_iter=6).fit(X, Y)
    assert more.trials_[:4] == search.trials_
    assert len(more.trials_) == 6
    assert len(clone(search).set_params(n_iter=2).fit(X, Y).trials_) == 6
    elapsed = read_record(path).info["elapsed"]
    COUNTER.reset()
    over = clone(search).set_params(n_iter=50, timeout=elapsed).fit(X, Y)
    assert COUNTER.n == 0
    assert len(over.trials_) == 6


def test_own_objects_come_back(tmp_path):
    """Estimators among the choices, and hyperparameters that depend on them, would come back as texts."""
    scalers = [StandardScaler(), MinMaxScaler(), "passthrough"]
    space = {
        "scale": Categorical(scalers),
        "scale__with_mean": Categorical([True, False], when={"scale": [scalers[0]]}),
        "model__a": Categorical([np.float64(0.1), 0.5, np.float32(0.25)]),
        "model__b": [None, ("one", 1), b"two", len],
    }
    pipeline = Pipeline([("scale", None), ("model", Model())])
    path = tmp_path / "study.db"
    make = lambda: BayesSearchCV(  # noqa: E731
        pipeline, space, n_iter=9, sampler="random", random_state=0, storage=path, **COMMON
    )
    COUNTER.reset(at=12, action=cut_off)
    with pytest.raises(CutOffError):
        make().fit(X, Y)
    COUNTER.reset()
    search = make().fit(X, Y)
    assert COUNTER.n == 6
    for trial in search.trials_:
        assert any(trial.configuration["scale"] is one for one in scalers)
        assert any(trial.configuration["model__b"] is one for one in space["model__b"])
    plain = make().set_params(storage=None).fit(X, Y)
    assert [t.configuration for t in plain.trials_] == [t.configuration for t in search.trials_]


def test_sub_spaces_keep_their_shares(tmp_path):
    """A sub-space would get its number of configurations again after a restart."""
    spaces = [({"a": (0.0, 0.4)}, 2), ({"a": (0.5, 0.8), "b": ["one", "two"]}, 4)]
    make = lambda: BayesSearchCV(  # noqa: E731
        Model(), spaces, n_iter=6, initial_configurations=None, random_state=0, **COMMON
    )
    whole = make()
    copies = snapshots(whole, tmp_path)
    assert_same_result(whole, make().set_params(storage=copies[5]).fit(X, Y))


def several(estimator, X, y):
    """Two metrics from one callable."""
    return {"good": estimator.score(X, y), "constant": 1.0}


@pytest.mark.parametrize(
    "scoring",
    [["accuracy", "balanced_accuracy"], several, {"acc": "accuracy"}, lambda e, X, y: e.score(X, y)],
)
def test_a_complete_file_gives_the_same_table_for_every_kind_of_scoring(scoring, tmp_path):
    """The columns of a search of several metrics would be others after a restart at its end."""
    search = BayesSearchCV(Model(), SPACE, n_iter=3, scoring=scoring, random_state=0, **COMMON)
    search.set_params(storage=tmp_path / "study.db", return_train_score=True).fit(X, Y)
    again = clone(search).fit(X, Y)
    assert search.cv_results_.keys() == again.cv_results_.keys()
    assert search.multimetric_ == again.multimetric_


CHANGES = {
    "space": ({"search_spaces": {"a": (0.0, 0.5), "b": ["one", "two"]}}, "space"),
    "estimator": ({"estimator": Model(n_rounds=3)}, r"estimator.params.dict.n_rounds is 1 there and 3 here"),
    "scoring": ({"scoring": "accuracy"}, "scoring is None there and 'accuracy' here"),
    "cv": ({"cv": 3}, "cv is 2 there and 3 here"),
    "splitter": ({"cv": KFold(2)}, "cv is"),
    "seed": ({"random_state": 1}, "search.random_state is 0 there and 1 here"),
    "sampler": ({"sampler": "sobol"}, "search.sampler is 'random' there and 'sobol' here"),
    "racing": ({"racing": "margin"}, "search.racing"),
    "metric": ({"refit": "accuracy", "scoring": ["accuracy"]}, "search.refit"),
}


@pytest.fixture
def finished(tmp_path):
    """A search with a file."""
    path = tmp_path / "study.db"
    return BayesSearchCV(
        Model(), SPACE, n_iter=2, sampler="random", random_state=0, storage=path, **COMMON
    ).fit(X, Y)


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_of_another_search_is_refused(change, finished, tmp_path):
    """Scores that cannot be compared would be mixed, and the best of the wrong ones be chosen."""
    parameters, message = CHANGES[change]
    before = (tmp_path / "study.db").read_bytes()
    with pytest.raises(StorageError, match=rf"study\.db' is of another search: {message}"):
        clone(finished).set_params(**parameters).fit(X, Y)
    assert (tmp_path / "study.db").read_bytes() == before
    assert os.listdir(tmp_path) == ["study.db"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X + 1.0, Y), "the values of data.X are others"),
        ((X[:, :1], Y), "data.X.shape"),
        ((X, 1 - Y), "the values of data.y are others"),
        ((X, Y, np.arange(24)), "data.groups is None there"),
    ],
)
def test_other_data_are_refused(arguments, message, finished):
    """Scores on other data cannot be compared."""
    X_, y_, *groups = arguments
    with pytest.raises(StorageError, match=message):
        clone(finished).fit(X_, y_, **({"groups": groups[0]} if groups else {}))


def test_another_machine_may_go_on(tmp_path):
    """A longer run on a machine with more cores, or with a cache somewhere else, would have to begin anew."""

    def search(n_iter, n_jobs, **arguments):
        forest = RandomForestClassifier(2, n_jobs=n_jobs, random_state=0)
        pipeline = Pipeline([("scale", MinMaxScaler()), ("model", forest)], **arguments)
        space = {"model__max_depth": (1, 9), "scale": [None, "passthrough"]}
        return BayesSearchCV(
            pipeline, space, n_iter=n_iter, random_state=0, storage=tmp_path / "study.db", **COMMON
        )

    first = search(2, 1).fit(X, Y)
    longer = search(3, 2, memory=str(tmp_path / "cache"), verbose=False).fit(X, Y)
    assert longer.trials_[:2] == first.trials_
    with pytest.raises(StorageError, match="random_state is 0 there and 1 here"):
        search(3, 2).set_params(estimator__model__random_state=1).fit(X, Y)


def test_other_given_splits_are_refused(tmp_path):
    """A list of splits has no settings to be compared; its folds are."""
    halves = [(np.arange(12), np.arange(12, 24)), (np.arange(12, 24), np.arange(12))]
    masks = [(np.arange(24) < 12, np.arange(24) >= 12), (np.arange(24) >= 12, np.arange(24) < 12)]
    search = BayesSearchCV(Model(), SPACE, n_iter=2, refit=False, cv=halves, storage=tmp_path / "study.db")
    search.fit(X, Y)
    COUNTER.reset()
    search.fit(X, Y)
    clone(search).set_params(cv=masks).fit(X, Y)
    assert COUNTER.n == 0
    with pytest.raises(StorageError, match="the splits of cv are others"):
        search.set_params(cv=halves[::-1]).fit(X, Y)


def test_candidates_of_another_grid_order_are_refused(tmp_path):
    """Rows would get the scores of other candidates."""
    path = tmp_path / "study.db"
    GridSearchCV(Model(), {"a": [0.1, 0.2]}, storage=path, **COMMON).fit(X, Y)
    with pytest.raises(StorageError, match="of another search: space"):
        GridSearchCV(Model(), {"a": [0.2, 0.1]}, storage=path, **COMMON).fit(X, Y)
    with pytest.raises(StorageError, match="of another search: search.class is 'GridSearchCV' there"):
        RandomizedSearchCV(Model(), {"a": [0.1, 0.2]}, n_iter=2, storage=path, **COMMON).fit(X, Y)


def test_changed_versions_are_warned_of(finished, tmp_path, monkeypatch):
    """Scores of two releases of a package might be compared without anybody knowing."""
    monkeypatch.setattr("skhpo.search._ledger.versions", lambda estimator: {"numpy": "9.9", "new": "1"})
    with pytest.warns(UserWarning, match=r"was written with numpy \S+ \(now 9\.9\)"):
        clone(finished).fit(X, Y)
    assert skhpo.load(tmp_path / "study.db").versions == {"numpy": "9.9", "new": "1"}


def test_a_second_search_is_refused_at_once_and_load_works(tmp_path):
    """Two searches would be mixed in one file; or nobody could look at it while one runs."""
    path = tmp_path / "study.db"
    search = BayesSearchCV(Model(), SPACE, n_iter=3, random_state=0, storage=path, **COMMON)
    seen = []

    def meanwhile(n):
        with pytest.raises(StorageInUseError, match="in use by another search"):
            clone(search).fit(X, Y)
        thread = threading.Thread(target=lambda: seen.append(len(skhpo.load(path).trials_)))
        thread.start()
        thread.join(timeout=30)

    COUNTER.reset(at=3, action=meanwhile)
    search.fit(X, Y)
    COUNTER.reset()
    assert seen == [2]
    assert skhpo.load(path).trials_ == search.trials_


@pytest.mark.parametrize(
    "arguments",
    [
        {"n_iter": 0},
        {"search_spaces": {"nothing": (0.0, 1.0)}},
        {"search_spaces": {"a": 3}},
        {"scoring": "no such score"},
        {"cv": 1},
        {"n_iter": 1, "search_spaces": [({"a": (0.0, 0.5)}, 3)]},
        {"storage": 3},
    ],
)
def test_a_bad_argument_leaves_no_file(arguments, tmp_path):
    """The corrected search would be refused because of the file of the wrong one."""
    search = BayesSearchCV(Model(), SPACE, storage=tmp_path / "study.db", refit=False)
    with pytest.raises((ValueError, TypeError)):
        search.set_params(**arguments).fit(X, Y)
    assert os.listdir(tmp_path) == []


def test_a_path_that_cannot_be_used_is_refused_before_the_first_fit(tmp_path):
    """An hour of fits would be lost because of a mistyped folder."""
    COUNTER.reset()
    message = "The 'storage' parameter of BayesSearchCV must be the path of a file in a folder"
    for path in (tmp_path / "missing" / "study.db", tmp_path, ".", ""):
        with pytest.raises(StorageError, match=message):
            BayesSearchCV(Model(), SPACE, storage=path).fit(X, Y)
    assert COUNTER.n == 0
    assert os.listdir(tmp_path) == []
    assert not (tmp_path.parent / f"{tmp_path.name}-lock").exists()


def test_a_file_of_failures_alone_says_that_it_keeps_them(tmp_path):
    """Whoever mends the estimator and starts again would be shown the old error, as if nothing had been mended."""
    search = GridSearchCV(Model(), {"a": [0.95]}, storage=tmp_path / "study.db", **COMMON)
    for _ in range(2):
        with pytest.raises(ValueError, match="fits failed") as raised:
            search.fit(X, Y)
        (note,) = raised.value.__notes__
        assert note.startswith(f"The storage file {str(tmp_path / 'study.db')!r} keeps these failures")
    with pytest.raises(ValueError, match="fits failed") as raised:
        search.set_params(storage=None).fit(X, Y)
    assert not hasattr(raised.value, "__notes__")


def test_refusals_say_what_to_do(tmp_path):
    """In a nested cross-validation all folds but the first would fail, and nobody would know why."""
    search = GridSearchCV(Model(), {"a": [0.1, 0.3]}, storage=tmp_path / "study.db", cv=2)
    with pytest.raises(StorageError, match="data.X.* a file of its own, and so each fold of an outer"):
        cross_val_score(search, X, Y, cv=2, error_score="raise")


def test_the_fit_before_is_named_where_it_is_what_differs(tmp_path):
    """A new file would be called that of another search."""
    search = WARM["bayes"](2).set_params(warm_start=True).fit(X, Y)
    with pytest.raises(
        StorageError, match="^The fit before is of another search: the values of data.X.*Set warm_start=False"
    ):
        search.set_params(storage=tmp_path / "new.db").fit(X + 1.0, Y)


def test_no_stray_files_and_nothing_lost_after_an_error(tmp_path):
    """With error_score="raise" the trials before the error would be lost, or the folder be littered."""
    path = tmp_path / "study.db"
    make = lambda: GridSearchCV(  # noqa: E731
        Model(), {"a": [0.1, 0.2, 0.95]}, error_score="raise", storage=path, **COMMON
    )
    for n_done in (4, 0):
        COUNTER.reset()
        with pytest.raises(ValueError, match="too much"):
            make().fit(X, Y)
        assert COUNTER.n == n_done + 1
        assert os.listdir(tmp_path) == ["study.db"]
    assert [trial.status for trial in skhpo.load(path).trials_] == ["complete", "complete"]


def test_errors_come_back_with_their_tracebacks(tmp_path):
    """Nobody could see any more why a trial of yesterday failed."""
    path = tmp_path / "study.db"
    with pytest.warns(Warning):
        search = GridSearchCV(Model(), {"a": [0.1, 0.95]}, storage=path, **COMMON).fit(X, Y)
    stored = skhpo.load(path)
    assert stored.trials_[1].status == "failed"
    assert "is too much" in stored.trials_[1].error.traceback
    assert stored.trials_frame().equals(search.trials_frame())


def test_a_search_with_a_file_can_be_cloned_and_pickled(finished):
    """A search with a file could be neither sent to another process nor put into another one."""
    again = pickle.loads(pickle.dumps(finished))
    assert again.trials_ == finished.trials_
    assert clone(again).storage == finished.storage
    COUNTER.reset()
    assert again.fit(X, Y).trials_ == finished.trials_
    assert COUNTER.n == 0


WARM = {
    "bayes": lambda n: BayesSearchCV(Model(), SPACE, n_iter=n, random_state=0, **COMMON),
    "random": lambda n: RandomizedSearchCV(Model(), DRAWN, n_iter=n, random_state=0, **COMMON),
    "random, lists": lambda n: RandomizedSearchCV(
        Model(), {"a": [0.1, 0.2, 0.3, 0.4], "b": ["one", "two"]}, n_iter=n, random_state=0, **COMMON
    ),
    "random, ranges": lambda n: RandomizedSearchCV(
        Model(), {"a": Real(0.0, 0.8)}, n_iter=n, random_state=0, **COMMON
    ),
}


@pytest.mark.parametrize("kind", WARM)
@pytest.mark.parametrize("is_stored", [False, True])
def test_warm_starts_equal_one_long_run(kind, is_stored, tmp_path):
    """To go on would find less than to begin anew."""
    storage = tmp_path / "study.db" if is_stored else None
    search = WARM[kind](3).set_params(warm_start=True, storage=storage)
    COUNTER.reset()
    search.fit(X, Y).fit(X, Y)
    assert COUNTER.n == 2 * 6
    assert len(search.trials_) == 6
    if kind != "random, lists":  # scikit-learn draws other candidates where there are to be more
        assert_same_result(search, WARM[kind](6).fit(X, Y))
    if is_stored:
        assert skhpo.load(storage).trials_ == search.trials_
    assert len(search.set_params(warm_start=False, storage=None).fit(X, Y).trials_) == 3


def test_hyperband_goes_on_with_further_repeats(tmp_path):
    """More brackets would begin without what the first ones have found."""
    make = lambda n: HyperbandSearchCV(  # noqa: E731
        Model(), SPACE, random_state=0, refit=False, sampler="tpe", n_repeats=n, **ROUNDS
    )
    search = make(1).set_params(warm_start=True, storage=tmp_path / "study.db").fit(X, Y).fit(X, Y)
    assert_same_result(search, make(2).fit(X, Y))


def test_a_warm_start_is_refused_for_another_search(tmp_path):
    """Scores of another space, or of other data, would be taken for this one's."""
    search = WARM["bayes"](2).set_params(warm_start=True).fit(X, Y)
    with pytest.raises(StorageError, match="The fit before is of another search: the values of data.X"):
        search.fit(X + 1.0, Y)
    WARM["bayes"](2).set_params(storage=tmp_path / "other.db", cv=3).fit(X, Y)
    with pytest.raises(StorageError, match=r"other\.db' is of another search: cv"):
        search.set_params(storage=tmp_path / "other.db").fit(X, Y)
    WARM["bayes"](4).set_params(storage=tmp_path / "same.db").fit(X, Y)
    with pytest.raises(StorageError, match=r"same\.db' is of another search: its trials"):
        search.set_params(storage=tmp_path / "same.db").fit(X, Y)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("seed", '"none"', "its seed is none"),
        ("seed", "-1", "its seed is none"),
        ("seed", '["MT19937", [1], 0, 0, 0.0]', "its seed is none"),
        ("lookahead", '"far"', "its lookahead is 'far'"),
        ("lookahead", "0", "its lookahead is 0"),
    ],
)
def test_crafted_settings_are_refused(key, value, message, finished):
    """Somebody else's file could end a search with any error."""
    from skhpo.storage._rows import digest

    connection = sqlite3.connect(finished.storage, isolation_level=None)
    row = value, digest(key, value), key
    connection.execute("UPDATE study SET value = ?, digest = ? WHERE key = ?", row)
    connection.close()
    with pytest.raises(StorageError, match=message):
        clone(finished).fit(X, Y)


def test_splits_of_other_data_are_refused(finished):
    """Crafted splits would end in an IndexError in the first fit."""
    from skhpo.storage._reader import pack
    from skhpo.storage._rows import digest

    connection = sqlite3.connect(finished.storage, isolation_level=None)
    row = 0, pack([0, 1]), pack([99])
    connection.execute("INSERT OR REPLACE INTO splits VALUES (?, ?, ?, ?)", (*row, digest(*row)))
    connection.close()
    with pytest.raises(StorageError, match="its splits are not of these data"):
        clone(finished).fit(X, Y)


def test_the_score_of_a_file_is_that_of_its_metric(tmp_path):
    """A file of several metrics would be looked at by the wrong one."""
    path = tmp_path / "study.db"
    scoring = {"acc": "accuracy", "own": lambda estimator, X, y: -accuracy_score(y, estimator.predict(X))}
    search = BayesSearchCV(Model(), SPACE, n_iter=2, scoring=scoring, refit="own", cv=2, storage=path)
    search.fit(X, Y)
    assert skhpo.load(path).best_score_ == search.best_score_ < 0
