"""Reading a file: as it was at one moment, damage is noticed, and the user's own objects come back."""

import json
import math
import sqlite3
import zlib

import numpy as np
import pytest
from sklearn.svm import SVC

from skhpo.exceptions import StorageError
from skhpo.space import SearchSpace, Tuple
from skhpo.storage import Storage, StoredObject, indices, read_record, with_objects
from skhpo.storage._reader import pack
from skhpo.storage._rows import digest
from skhpo.trial import Measurement, Trial

TRIALS = [
    Trial(i, {"C": 1.0 + i}, (0.5,), "model", "complete", (Measurement(0, {"score": 0.5}),), score=0.5)
    for i in range(3)
]
SPLITS = [(np.array([2, 3, 4, 0]), np.array([1])), (np.array([], dtype=int), np.array([0, 4]))]


@pytest.fixture
def path(tmp_path):
    """A file with three trials."""
    with Storage(tmp_path / "study.db") as storage:
        storage.begin({"fingerprint": {"space": [1]}, "seed": 3}, SPLITS)
        storage.save(TRIALS, 3, 1.5)
    return tmp_path / "study.db"


def execute(path, statement, *values):
    """Change a file behind our back."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement, values)
    connection.close()


def test_everything_is_there(path):
    """Results, splits or the seed would be lost with the process."""
    record = read_record(path)
    assert record.info == {"fingerprint": {"space": [1]}, "seed": 3, "elapsed": 1.5}
    assert record.trials == TRIALS
    for (train, test), (own_train, own_test) in zip(record.splits, SPLITS, strict=True):
        np.testing.assert_array_equal(train, own_train)
        np.testing.assert_array_equal(test, own_test)
        assert train.dtype == np.intp


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("DELETE FROM trials WHERE number = 1", ()),
        ("DELETE FROM trials WHERE number = 2", ()),
        ("DELETE FROM fits WHERE trial = 1", ()),
        ("DELETE FROM splits WHERE number = 0", ()),
        ("UPDATE trials SET content = replace(content, '1.0', '9.0')", ()),
        ("UPDATE trials SET content = 17", ()),
        ("UPDATE trials SET content = ? WHERE number = 0", (b"\xff\x00",)),
        ("UPDATE trials SET number = 7 WHERE number = 2", ()),
        ("UPDATE fits SET content = replace(content, '0.5', '0.9')", ()),
        ("UPDATE fits SET split = 1 WHERE trial = 0", ()),
        ("UPDATE fits SET trial = 9 WHERE trial = 0", ()),
        ("UPDATE study SET value = '4' WHERE key = 'seed'", ()),
        ("UPDATE splits SET train = ? WHERE number = 0", (b"",)),
    ],
)
def test_damage_is_noticed(path, statement, values):
    """The search would go on from results that nobody has measured."""
    execute(path, statement, *values)
    with pytest.raises(StorageError, match=r"is damaged|cannot be read"):
        read_record(path)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("trials", "content", "[" * 100_000),
        ("trials", "content", "{}"),
        ("trials", "content", "null"),
        ("fits", "content", '{"scores": {"score": "x"}, "fit_time": 1, "score_time": 1}'),
        ("fits", "content", '{"scores": {}, "fit_time": 1, "score_time": 1, "error": {"x": "y"}}'),
        ("fits", "content", '{"scores": {}, "fit_time": 1, "score_time": 1, "started": 1e999}'),
        ("fits", "content", '{"scores": {}, "fit_time": 1, "score_time": 1, "started": "never"}'),
        ("fits", "content", '{"scores": {}, "fit_time": 1, "score_time": 1, "worker": [0]}'),
        ("study", "value", '"text"'),
        ("study", "value", "1" * 5000),
    ],
)
def test_crafted_contents_with_right_digests_are_refused(path, table, column, value):
    """A file of somebody else could bring the reader down with any error."""
    connection = sqlite3.connect(path, isolation_level=None)
    keys = {"trials": "number", "fits": "trial, resource, split", "study": "key"}[table]
    for key in connection.execute(f"SELECT {keys} FROM {table}").fetchall():
        condition = " AND ".join(f"{name} = ?" for name in keys.split(", "))
        row = value, digest(*key, value), *key
        connection.execute(f"UPDATE {table} SET {column} = ?, digest = ? WHERE {condition}", row)
    connection.close()
    with pytest.raises(StorageError, match="is damaged"):
        read_record(path)


def test_a_trial_cannot_come_from_itself(tmp_path):
    """A crafted circle of parents would keep a search of a population busy for ever."""
    with Storage(tmp_path / "study.db") as storage:
        storage.begin({}, [])
        storage.save([Trial(0, {"C": 1.0}, (0.5,), parent=0)], 1, 0.0)
    with pytest.raises(StorageError, match="refers to what does not exist"):
        read_record(tmp_path / "study.db")


def test_a_small_file_cannot_fill_the_memory(path, monkeypatch):
    """Somebody else's file of a few kilobytes would take all memory."""
    monkeypatch.setattr("skhpo.storage._reader.MAX_BYTES", 1000)
    bomb = zlib.compress(bytes(10_000))
    train, test = pack([1]), bomb
    row = train, test, digest(0, train, test)
    execute(path, "UPDATE splits SET train = ?, test = ?, digest = ? WHERE number = 0", *row)
    with pytest.raises(StorageError, match="incomplete, or too many"):
        read_record(path)


def test_no_file_is_said_so(tmp_path):
    """A mistyped path would make an empty file, or end in an error of SQLite."""
    with pytest.raises(FileNotFoundError, match=r"no storage file .*nothing\.db"):
        read_record(tmp_path / "nothing.db")


def test_reading_goes_on_while_a_search_writes(tmp_path):
    """A look at a running search would disturb it, or have to wait for its end."""
    with Storage(tmp_path / "study.db") as storage:
        storage.begin({}, SPLITS)
        for n in range(1, 4):
            storage.save(TRIALS[n - 1 : n], n, 1.0)
            assert read_record(tmp_path / "study.db").trials == TRIALS[:n]


def test_masks_are_written_as_indices():
    """A split that is given as a mask would come back as zeros and ones."""
    np.testing.assert_array_equal(indices([True, False, True]), [0, 2])
    assert pack([True, False, True]) == pack([0, 2])


OBJECT = SVC(C=2.0)
MIXED = [OBJECT, len, (1, 2), np.int64(3), None, math.nan, b"x", 1, 1.0, True, "1"]


def test_choices_come_back_as_the_users_own_objects(tmp_path):
    """An estimator among the choices would come back as a text that no pipeline takes."""
    space = SearchSpace({"x": MIXED, "t": Tuple((0.0, 1.0), 2)})
    configurations = [{"x": value, "t": (0.25, i / 10)} for i, value in enumerate(MIXED)]
    points = space.encode(configurations)
    trials = [Trial(i, one, tuple(points[i].tolist())) for i, one in enumerate(configurations)]
    with Storage(tmp_path / "study.db") as storage:
        storage.begin({}, [], space)
        storage.save(trials, len(trials), 0.0)
    stored = read_record(tmp_path / "study.db").trials
    found = with_objects(stored, space)
    assert all(trial.configuration["x"] is value for trial, value in zip(found[:5], MIXED, strict=False))
    assert [repr(trial.configuration) for trial in found] == [repr(one) for one in configurations]
    given = with_objects(stored, None, configurations)
    assert all(trial.configuration["x"] is value for trial, value in zip(given, MIXED, strict=True))


@pytest.mark.parametrize(
    ("trial", "space"),
    [
        (Trial(0, {"x": 1}, (0.0,)), {"x": ["a", "b"]}),
        (Trial(0, {"y": "a"}, (0.0,)), {"x": ["a", "b"]}),
        (Trial(0, {"x": "a"}, (0.0, 1.0)), {"x": ["a", "b"]}),
        (Trial(0, {"x": "a"}, None), {"x": ["a", "b"]}),
        (Trial(0, {"x": StoredObject("a", 0)}, (0.0,)), {"x": ["a", "b"]}),
        (Trial(0, {"x": 0.5}, (math.inf,)), {"x": (0.0, 1.0)}),
    ],
)
def test_trials_of_another_space_are_refused(trial, space):
    """A trial would be given other hyperparameters than it was measured with."""
    with pytest.raises(StorageError, match="Trial 0 of the storage file"):
        with_objects([trial], SearchSpace(space))


def test_trials_beyond_the_candidates_are_refused():
    """A file with more trials than there are candidates would end in an IndexError."""
    with pytest.raises(StorageError, match="Trial 1 of the storage file"):
        with_objects([Trial(0, {"x": 1}), Trial(1, {"x": 2})], None, [{"x": 1}])


def test_unknown_entries_survive(path):
    """A later release could not add an entry without a new version of the schema."""
    value = json.dumps({"a": 1})
    execute(path, "INSERT INTO study VALUES (?, ?, ?)", "future", value, digest("future", value))
    with Storage(path) as storage:
        storage.begin({}, [])
    assert read_record(path).info["future"] == {"a": 1}
