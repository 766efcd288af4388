"""Faults that a search with a file has to survive: kills, full disks, lost files, second searches and crafted files.

Real processes are killed, and real limits reached. Children are forked, as they need nothing of a new interpreter.
"""

import json
import os
import pickle
import random
import signal
import sqlite3
import warnings

import pytest
from resuming import COUNTER, Model, X, Y, assert_same_result

import skhpo
from skhpo import BayesSearchCV, StorageError, StorageInUseError, StorageWarning
from skhpo.storage._rows import digest

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks and their signals"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


def make_search(path, n_iter=20, **arguments):
    """Two fits a trial, and proposals that learn."""
    arguments = {"sampler": "tpe", "random_state": 0, "cv": 2, "refit": False} | arguments
    space = {"a": (0.0, 0.85), "b": ["one", "two"]}
    return BayesSearchCV(Model(), space, n_iter=n_iter, storage=path, **arguments)


def in_child(function):
    """Run a function in a process of its own; returns its number, and an open file of what it tells."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w", buffering=1) as tell:
            try:
                function(lambda *answer: print(*answer, file=tell))
            except BaseException as error:
                print(repr(error), file=tell)
        os._exit(0)
    os.close(writing)
    return child, os.fdopen(reading)


def kill_this_process(n):
    """Do what the kernel does when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_f_killed_after_10_of_20_and_run_again(tmp_path):
    """A night's search would begin anew in the morning."""
    path = tmp_path / "study.db"

    def run(tell):
        COUNTER.reset(at=20, action=kill_this_process)
        make_search(path).fit(X, Y)
        tell("not killed")

    child, told = in_child(run)
    with told:
        assert told.read() == ""
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert [trial.status for trial in skhpo.load(path).trials_] == ["complete"] * 10
    COUNTER.reset()
    search = make_search(path).fit(X, Y)
    assert COUNTER.n == 20
    assert_same_result(search, make_search(None).fit(X, Y))
    assert os.listdir(tmp_path) == ["study.db"]


@pytest.mark.parametrize("seed", range(3))
def test_f_killed_at_random_moments_again_and_again(tmp_path, seed):
    """Some moment between two writes would leave a file that nothing can go on from."""
    path, rng = tmp_path / "study.db", random.Random(seed)

    def run(tell):
        COUNTER.reset(at="each", action=lambda n: tell("fit"))
        make_search(path, n_iter=10).fit(X, Y)

    n_done = 0
    for _ in range(3):
        child, told = in_child(run)
        with told:
            n_begun = sum(told.readline() == "fit\n" for _ in range(rng.randint(1, 6)))
            os.kill(child, signal.SIGKILL)  # wherever it is now
            n_begun += told.read().count("fit")
        os.waitpid(child, 0)
        n_kept = sum(len(trial.measurements) for trial in skhpo.load(path).trials_)
        assert n_done + n_begun - 1 <= n_kept <= n_done + n_begun
        n_done = n_kept
    COUNTER.reset()
    search = make_search(path, n_iter=10).fit(X, Y)
    assert COUNTER.n == 20 - n_done
    assert_same_result(search, make_search(None, n_iter=10).fit(X, Y))


def test_h_the_disk_is_full(tmp_path):
    """A full disk would end the search, or go unnoticed."""
    import resource

    path = tmp_path / "study.db"

    def run(tell):
        soft = 120_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, soft))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            search = make_search(path, n_iter=30).fit(X, Y)
        tell(len(search.trials_), search.best_score_)
        tell([str(one.message) for one in caught if one.category is StorageWarning])

    child, told = in_child(run)
    with told:
        n_trials, best = told.readline().split()
        messages = told.readline()
    os.waitpid(child, 0)
    whole = make_search(None, n_iter=30).fit(X, Y)
    assert (int(n_trials), float(best)) == (30, whole.best_score_)
    assert messages.count("cannot be written") == messages.count("The search goes on in memory") == 1
    n_kept = len(skhpo.load(path).trials_)
    assert 0 < n_kept < 30
    assert_same_result(make_search(path, n_iter=30).fit(X, Y), whole)


@pytest.mark.parametrize("fault", ["removed", "replaced", "folder removed"])
def test_h_the_file_is_gone_in_mid_search(tmp_path, fault, caplog):
    """A tidy colleague, or a network drive, would end the search."""
    folder = tmp_path / "results"
    folder.mkdir()
    path = folder / "study.db"

    def strike(n):
        for name in os.listdir(folder):
            (folder / name).unlink()
        if fault == "replaced":
            path.write_text("something else")
        if fault == "folder removed":
            folder.rmdir()

    COUNTER.reset(at=9, action=strike)
    with pytest.warns(StorageWarning, match="cannot be written") as caught:
        search = make_search(path, n_iter=8).fit(X, Y)
    assert len([one for one in caught if one.category is StorageWarning]) == 1
    assert "lacks the latest results of 4 trials" in caplog.text
    assert_same_result(search, make_search(None, n_iter=8).fit(X, Y))
    if fault == "replaced":
        assert path.read_text() == "something else"
    else:
        assert not path.exists()


def test_h_a_folder_that_cannot_be_written_is_refused_at_fit(tmp_path):
    """The first result would be the first to be lost."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    folder.chmod(0o555)
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)

    def run(tell):
        if os.getuid() == 0:
            os.setuid(65534)  # the administrator may write anywhere
        COUNTER.reset(at="each", action=lambda n: tell("fitted"))
        make_search(folder / "study.db").fit(X, Y)

    child, told = in_child(run)
    with told:
        answer = told.read()
    os.waitpid(child, 0)
    assert answer.startswith("StorageError")
    assert "The 'storage' parameter of BayesSearchCV must be the path of a file in a folder" in answer
    assert os.listdir(folder) == []


def test_k_two_processes_on_one_file(tmp_path):
    """Two searches would mix their trials in one file, and each would take the other's for its own."""
    path = tmp_path / "study.db"
    waiting, go_on = os.pipe()

    def run(tell):
        def wait(n):
            tell("in mid-search")
            os.read(waiting, 1)

        COUNTER.reset(at=3, action=wait)
        tell(len(make_search(path, n_iter=4).fit(X, Y).trials_))

    child, told = in_child(run)
    with told:
        assert told.readline() == "in mid-search\n"
        COUNTER.reset()
        with pytest.raises(StorageInUseError, match="in use by another search"):
            make_search(path, n_iter=4).fit(X, Y)
        assert COUNTER.n == 0
        assert len(skhpo.load(path).trials_) == 2
        os.write(go_on, b"x")
        assert told.read() == "4\n"
    os.waitpid(child, 0)
    for handle in (waiting, go_on):
        os.close(handle)
    COUNTER.reset()
    make_search(path, n_iter=4).fit(X, Y)
    assert COUNTER.n == 0


class Payload:
    """Makes a file when it is unpickled."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return open, (self.place, "w")


@pytest.fixture(scope="module")
def sound_file(tmp_path_factory):
    """The content of a sound file."""
    path = tmp_path_factory.mktemp("sound") / "study.db"
    make_search(path, n_iter=2).fit(X, Y)
    return path.read_bytes()


def put(connection, table, column, key, value):
    """Put a value into a row, and have its digest right."""
    names = {"trials": "number", "splits": "number", "study": "key"}.get(table, "trial, resource, split")
    row = list(connection.execute(f"SELECT * FROM {table} WHERE ({names}) = ({key})").fetchone())
    columns = [one[1] for one in connection.execute(f"PRAGMA table_info({table})")]
    row[columns.index(column)] = value
    row[-1] = digest(*row[:-1])
    connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def put_value(connection, entry):
    """Put a value of a hyperparameter into a trial."""
    (content,) = connection.execute("SELECT content FROM trials WHERE number = 0").fetchone()
    content = json.loads(content)
    content["configuration"]["b"] = entry
    put(connection, "trials", "content", 0, json.dumps(content))


def as_text(payload):
    """Return bytes as a text."""
    return payload.decode("latin-1")


HIDING_PLACES = {
    "trial": lambda c, payload: put(c, "trials", "content", 0, payload),
    "text": lambda c, payload: put_value(c, {"repr": as_text(payload), "choice": 0}),
    "value": lambda c, payload: put_value(c, {"py/object": "os.system", "args": [as_text(payload)]}),
    "numpy type": lambda c, payload: put_value(c, {"numpy": "object", "value": as_text(payload)}),
    "fit": lambda c, payload: put(c, "fits", "content", "0, 0, 0", payload),
    "split": lambda c, payload: put(c, "splits", "train", 0, payload),
    "setting": lambda c, payload: put(c, "study", "value", "'fingerprint'", payload),
    "trigger": lambda c, payload: c.execute(
        "CREATE TRIGGER t AFTER INSERT ON trials BEGIN SELECT load_extension('x'); END"
    ),
    "view": lambda c, payload: c.execute("CREATE VIEW v AS SELECT load_extension('x')"),
}


@pytest.mark.parametrize("place", HIDING_PLACES)
def test_m_a_crafted_file_never_runs_code(tmp_path, place, sound_file):
    """Opening a file from somebody else would hand them the machine."""
    path, mark = tmp_path / "study.db", tmp_path / "executed"
    path.write_bytes(sound_file)
    connection = sqlite3.connect(path, isolation_level=None)
    HIDING_PLACES[place](connection, pickle.dumps(Payload(str(mark))))
    connection.close()
    COUNTER.reset()
    with pytest.raises(StorageError):
        make_search(path, n_iter=4).fit(X, Y)
    if place == "text":  # is shown as one
        assert repr(skhpo.load(path).trials_[0].configuration["b"]).startswith("<")
    else:
        with pytest.raises(StorageError):
            skhpo.load(path)
    assert COUNTER.n == 0
    assert not mark.exists()


def test_m_the_payload_works(tmp_path):
    """The tests above would pass with a payload that does nothing."""
    pickle.loads(pickle.dumps(Payload(str(tmp_path / "executed")))).close()
    assert (tmp_path / "executed").exists()
