"""What is told of a search is the same, whether it comes from the fitted search or from its file."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import skhpo
from skhpo import BayesSearchCV, Categorical, GridSearchCV, Integer, Ordinal, Real, Study, Tuple
from skhpo.storage import StoredObject
from skhpo.tracking._source import Source, plain_value, read_source
from skhpo.trial import Measurement, Trial

X, Y = load_iris(return_X_y=True)
SPACE = {
    "max_depth": Integer(1, 8),
    "min_impurity_decrease": Real(1e-6, 1e-2, "log-uniform"),
    "criterion": Categorical(["gini", "entropy"]),
    "max_features": Ordinal([1, 1.0, None]),
    "class_weight": [None, {0: 1.0, 1: 2.0, 2: 1.0}],
}


def _fit(storage=None, **arguments):
    estimator = DecisionTreeClassifier(random_state=0)
    arguments = {"n_iter": 4, "cv": 2, "random_state": 0, **arguments}
    return BayesSearchCV(estimator, SPACE, storage=storage, **arguments).fit(X, Y)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A fitted search and the path of its file."""
    path = tmp_path_factory.mktemp("source") / "tree.db"
    return _fit(path), path


def _plain(source: Source) -> list[dict[str, object]]:
    return [{name: plain_value(value) for name, value in one.configuration.items()} for one in source.trials]


@pytest.mark.parametrize("read", [str, lambda path: path, skhpo.load], ids=["str", "path", "loaded"])
def test_a_file_tells_what_its_search_tells(stored, read) -> None:
    """A search that was followed by its file and is logged once more when it is fitted would be there twice."""
    search, path = stored
    ours, theirs = read_source(search), read_source(read(path))
    assert (ours.name, ours.versions, ours.n_splits) == (theirs.name, theirs.versions, theirs.n_splits)
    assert ours.name.startswith("tree-")
    assert repr(_plain(ours)) == repr(_plain(theirs))
    assert ours.is_over and theirs.is_over


def test_a_file_knows_the_domains_of_its_search(stored) -> None:
    """Optuna's pictures would show the range of what was tried instead of what was searched."""
    search, path = stored
    domains = read_source(path).domains
    assert set(domains) == set(SPACE)
    for name in ("max_depth", "min_impurity_decrease", "criterion"):
        assert list(domains[name]) == [SPACE[name]]
    assert domains["max_features"][0].arguments()["choices"] == [1, 1.0, None]
    assert len(domains["class_weight"][0].arguments()["choices"]) == 2
    assert {name: len(known) for name, known in read_source(search).domains.items()} == dict.fromkeys(
        SPACE, 1
    )


@pytest.mark.parametrize(
    "space",
    [
        None,
        7,
        "text",
        [7],
        [{"dimensions": None}],
        [{"dimensions": {"max_depth": {"type": "Real"}}}],
        [{"dimensions": {"max_depth": {"type": "Real", "low": "a", "high": [], "prior": {}}}}],
        [{"dimensions": {"max_depth": {"type": "Categorical", "choices": 3}}}],
        [{"dimensions": {"max_depth": {"type": ["x"]}}}],
    ],
)
def test_a_strange_description_of_a_space_is_none(stored, space) -> None:
    """A damaged or crafted file would stop the log with an error from somewhere inside."""
    loaded = skhpo.load(stored[1])
    loaded.fingerprint = {"space": space, "search": space}
    assert read_source(loaded).domains == {}


def test_searches_in_memory_are_told_apart() -> None:
    """A notebook that fits twice would find both searches mixed in one run."""
    first, second = _fit(n_iter=2), _fit(n_iter=2)
    assert read_source(first).name == read_source(first).name
    assert read_source(first).name != read_source(second).name


def test_candidates_without_a_space_are_read() -> None:
    """Whoever uses the drop-ins with scikit-learn's grids has nothing else to track."""
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}, cv=2).fit(X, Y)
    source = read_source(search)
    assert [plain_value(one.configuration["max_depth"]) for one in source.trials] == [1, 2]
    assert source.settings["search"] == "GridSearchCV"


def test_a_study_is_read_at_any_time() -> None:
    """A loop of one's own would have to wait for its end."""
    study = Study({"x": (0.0, 1.0), "layers": Tuple((1, 4))}, n_iter=2, random_state=0)
    before = read_source(study)
    study.tell(study.ask(), score=1.0)
    after = read_source(study)
    assert before.name == after.name and len(after.trials) == 1
    assert not after.is_over


def test_what_cannot_be_read_is_refused() -> None:
    """A mistake would show up as an error from somewhere inside."""
    with pytest.raises(TypeError, match="The 'source' must be a fitted search of skhpo.* Got 3 instead"):
        read_source(3)
    with pytest.raises(NotFittedError):
        read_source(BayesSearchCV(DecisionTreeClassifier(), SPACE))
    with pytest.raises(FileNotFoundError, match="no storage file"):
        read_source("nowhere.db")


@pytest.mark.parametrize(
    ("live", "text"),
    [
        (np.int64(3), "np.int64(3)"),
        (np.int64(3), "3"),
        (np.float64(0.25), "np.float64(0.25)"),
        (np.str_("gini"), "np.str_('gini')"),
        (StandardScaler(), "StandardScaler()"),
        ((64, 32), "(64, 32)"),
        (MinMaxScaler(feature_range=(0, 2)), "MinMaxScaler(feature_range=(0, 2))"),
    ],
)
def test_objects_are_the_same_from_a_file(live, text) -> None:
    """A grid of numpy numbers or of estimators would be of another search once it is read from its file."""
    own, stored = plain_value(live), plain_value(StoredObject(text, 0))
    assert own == stored and type(own) is type(stored)


def test_a_rung_counts_when_all_its_splits_are_there() -> None:
    """The mean of the splits that happened to be first would be shown as the score of the rung."""

    def trial(number, *fits, **state):
        measured = tuple(Measurement(split, {"score": score}, resource=n) for n, split, score in fits)
        return Trial(number, {"x": 1}, measurements=measured, resource=fits[-1][0], **state)

    trials = (
        trial(0, (10, 0, 0.5), (10, 1, 0.7), (30, 0, 0.9), (30, 1, 0.9), status="complete", score=0.9),
        trial(1, (10, 0, 0.5), (10, 1, 0.5), (30, 0, 0.8), status="pruned"),
        trial(2, (10, 0, 0.5), (10, 1, math.nan), status="failed"),
        trial(3, (10, 0, 0.5), (10, 1, 0.5), status="running"),
    )
    source = Source(trials, "name", None, {}, {}, {}, False)
    assert source.rungs(trials[0]) == {10: pytest.approx(0.6), 30: pytest.approx(0.9)}
    assert source.rungs(trials[1]) == {10: pytest.approx(0.5)}
    assert source.rungs(trials[2]) == {}
    assert source.rungs(trials[3]) == {}
