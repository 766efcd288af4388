"""The file itself: nothing that somebody else put into it is run, versions are told apart, and copies are whole."""

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

import skhpo
from skhpo.exceptions import StorageError
from skhpo.storage import SCHEMA_VERSION, Storage, _file, read_record
from skhpo.trial import Measurement, Trial

DATA = Path(__file__).parent / "data"
TRIAL = Trial(0, {"C": 1.0}, (0.5,), "model", "complete", (Measurement(0, {"score": 0.5}),), score=0.5)


def make_file(path, trials=(TRIAL,)):
    """Write a file with some trials."""
    with Storage(path) as storage:
        storage.begin({"fingerprint": {}}, [([0, 1], [2])])
        storage.save(trials, len(trials), 1.0)
    return path


def execute(path, *statements):
    """Change a file behind our back."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_a_file_of_version_1_can_be_read():
    """Results of last year's searches could not be opened any more."""
    stored = skhpo.load(DATA / "version1.db")
    assert [trial.status for trial in stored.trials_] == ["complete", "failed", "complete", "pruned"]
    assert stored.best_params_ == {"C": 2.5, "kernel": "rbf", "weights": (1, 2)}
    assert stored.trials_[1].error.message == "too bad"
    assert [(len(train), len(test)) for train, test in stored.splits] == [(2, 1), (2, 1), (2, 1)]
    assert repr(stored.trials_[2].configuration["kernel"]) == "<<function cosine>>"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON trials BEGIN DELETE FROM trials; END",
        "CREATE VIEW v AS SELECT * FROM trials",
        "CREATE TABLE more (value TEXT)",
        "CREATE INDEX i ON trials (content)",
        "DROP TABLE splits",
    ],
)
def test_other_tables_views_and_triggers_are_refused(tmp_path, statement):
    """A trigger in somebody else's file would be run by SQLite as soon as a search writes to it."""
    path = make_file(tmp_path / "study.db")
    execute(path, statement)
    for open_file in (Storage, read_record):
        with pytest.raises(StorageError, match="no storage file of skhpo"):
            open_file(path)
    assert os.listdir(tmp_path) == ["study.db"]


def test_a_newer_version_is_refused_with_advice(tmp_path):
    """A file of a newer release would be misread, or spoilt for it."""
    path = make_file(tmp_path / "study.db")
    execute(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    for open_file in (Storage, read_record):
        with pytest.raises(StorageError, match=r"newer skhpo.*Update skhpo"):
            open_file(path)


@pytest.mark.parametrize("version", [0, -1])
def test_an_impossible_version_is_refused(tmp_path, version):
    """A crafted version would end in a KeyError."""
    path = make_file(tmp_path / "study.db")
    execute(path, f"PRAGMA user_version = {version}")
    with pytest.raises(StorageError, match="no storage file"):
        read_record(path)


@pytest.mark.parametrize(
    "content", [b"C = 1.0\n", b"SQLite format 3\0" + b"\0" * 200, b"\x80\x04pickle" * 100]
)
def test_other_files_are_refused_and_left_as_they_are(tmp_path, content):
    """A wrong path would cost the user the file that is there."""
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    for open_file in (Storage, read_record):
        with pytest.raises(StorageError):
            open_file(path)
    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["notes.txt"]


def test_another_sqlite_file_is_refused(tmp_path):
    """A search would put its tables into the user's own database."""
    execute(tmp_path / "own.db", "CREATE TABLE mine (value TEXT)")
    with pytest.raises(StorageError, match="no storage file"):
        Storage(tmp_path / "own.db")


def test_a_search_killed_before_its_first_commit_can_begin_again(tmp_path):
    """The file of a search killed in its first millisecond would have to be removed by hand."""
    path = tmp_path / "study.db"
    connection = _file.create(path)
    shutil.copytree(tmp_path, tmp_path / "killed")
    connection.close()
    killed = tmp_path / "killed" / "study.db"
    with pytest.raises(StorageError):
        read_record(killed)
    make_file(killed)
    assert read_record(killed).trials == [TRIAL]


def test_schema_changes_are_applied_step_by_step(tmp_path, monkeypatch):
    """The first change of the schema would find that its procedure does not work."""
    path = make_file(tmp_path / "study.db")
    statement = "CREATE TABLE notes (text TEXT)"
    monkeypatch.setattr(_file, "SCHEMA_VERSION", 2)
    monkeypatch.setattr(_file, "SCHEMA", (*_file.SCHEMA, statement))
    monkeypatch.setattr(_file, "MIGRATIONS", {1: (statement,)})
    before = path.read_bytes()
    assert read_record(path).trials == [TRIAL]
    assert path.read_bytes() == before
    with Storage(path) as storage:
        assert storage.record.trials == [TRIAL]
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    connection.close()


def read_as_ordinary_user(path):
    """Return how many trials a user reads for whom the folder is read-only; the administrator may write anywhere."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            assert not os.access(path.parent, os.W_OK)
            answer = str(len(read_record(path).trials))
        except BaseException as error:
            answer = repr(error)
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="folders cannot be made read-only here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("logs", [(), ("-wal",), ("-wal", "-shm")])
def test_a_file_in_a_read_only_folder_can_be_read(tmp_path, logs):
    """What is on a read-only disk, or in a colleague's folder, could not be looked at, or only without its log."""
    storage = Storage(tmp_path / "study.db")
    storage.begin({}, [([0], [1])])
    storage.save([TRIAL], 1, 1.0)
    folder = tmp_path / "read-only"
    folder.mkdir()
    try:
        for suffix in ("", *logs):
            shutil.copyfile(tmp_path / f"study.db{suffix}", folder / f"study.db{suffix}")
    finally:
        storage.close()
    if not logs:
        shutil.copyfile(tmp_path / "study.db", folder / "study.db")
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    folder.chmod(0o555)
    found = read_as_ordinary_user(folder / "study.db")
    folder.chmod(0o755)
    assert found == "1"
    assert len(os.listdir(folder)) == 1 + len(logs)


@pytest.mark.parametrize(
    ("url", "path"), [("sqlite:///study.db", "study.db"), ("sqlite:////data/a.db", "/data/a.db")]
)
@pytest.mark.parametrize("open_file", [Storage, read_record, skhpo.load])
def test_a_url_is_told_to_be_a_path(url, path, open_file):
    """Whoever comes from Optuna got "there is no folder", or a folder named "sqlite:"."""
    with pytest.raises(
        StorageError, match=f"by its path, such as '{path}', not by a URL. Got '{url}' instead"
    ):
        open_file(url)
