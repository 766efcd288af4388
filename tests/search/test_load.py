"""A look into a file: the trials, the table and the best one, whoever wrote it and while it is being written."""

import os
import stat

import pytest
from resuming import Model, X, Y

import skhpo
from skhpo import BayesSearchCV, StorageError


@pytest.fixture
def search(tmp_path):
    """A fitted search with a file, one of whose choices is an object."""
    space = {"a": (0.0, 0.8), "b": ["two", len]}
    return BayesSearchCV(
        Model(), space, n_iter=4, sampler="sobol", cv=2, random_state=0, storage=tmp_path / "study.db"
    ).fit(X, Y)


def test_it_shows_what_the_search_shows(search):
    """After a crash nobody could look at what was found."""
    stored = skhpo.load(search.storage)
    assert stored.best_score_ == search.best_score_
    assert stored.best_params_["a"] == search.best_params_["a"]
    table, own = stored.trials_frame(), search.trials_frame()
    assert table.drop(columns="param_b").equals(own.drop(columns="param_b"))
    assert [str(value) for value in table["param_b"]] == [
        "<<built-in function len>>" if value is len else value for value in own["param_b"]
    ]
    assert stored.fingerprint["search"]["class"] == "BayesSearchCV"
    assert stored.versions["skhpo"] == skhpo.__version__
    assert {"python", "scikit-learn", "numpy"} <= stored.versions.keys()
    assert len(stored.splits) == 2
    assert stored.elapsed > 0
    assert repr(stored) == f"<StoredSearch {str(search.storage)!r}: Trials(4 complete)>"


def test_the_file_stays_as_it_is(search):
    """A look would change the file, or leave others beside it."""
    os.chmod(search.storage, stat.S_IRUSR)
    before = search.storage.read_bytes(), os.stat(search.storage).st_mtime_ns
    skhpo.load(str(search.storage)).trials_frame()
    assert (search.storage.read_bytes(), os.stat(search.storage).st_mtime_ns) == before
    assert os.listdir(search.storage.parent) == ["study.db"]


def test_a_file_without_complete_trials_says_so(tmp_path):
    """The first minute of a search would show an error of Python's `max`."""
    from skhpo.storage import Storage

    with Storage(tmp_path / "study.db") as storage:
        storage.begin({}, [])
    stored = skhpo.load(tmp_path / "study.db")
    assert stored.trials_ == ()
    assert len(stored.trials_frame()) == 0
    with pytest.raises(ValueError, match=r"No trial in .*study\.db' is complete yet"):
        stored.best_score_  # noqa: B018


def test_what_is_no_file_of_ours_is_refused(tmp_path):
    """A mistyped path would be taken for an empty search."""
    with pytest.raises(FileNotFoundError, match="no storage file"):
        skhpo.load(tmp_path / "nothing.db")
    (tmp_path / "notes.txt").write_text("a note")
    with pytest.raises(StorageError, match=r"notes\.txt' cannot be read"):
        skhpo.load(tmp_path / "notes.txt")
