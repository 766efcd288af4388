"""The lock: one writer at a time, whoever and wherever, and no trace of one that is gone."""

import errno
import os
import signal
import threading

import pytest

from skhpo.exceptions import StorageInUseError
from skhpo.storage import _lock
from skhpo.storage._lock import FileLock


def hold_in_another_process(path):
    """Start a process that holds the lock until it is killed; returns its number."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        lock = FileLock(path)
        os.write(tell, b"x")
        while lock:
            signal.pause()
    assert os.read(told, 1) == b"x"
    os.close(told)
    os.close(tell)
    return child


def test_a_second_one_in_this_process_is_refused(tmp_path):
    """Two searches in threads of one notebook would write to one file."""
    path = tmp_path / "study.db"
    lock = FileLock(path)
    refused = []

    def try_it():
        with pytest.raises(StorageInUseError, match=r"study\.db' is in use by another search") as caught:
            FileLock(path)
        refused.append(caught.value)

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join(timeout=30)
    assert len(refused) == 1
    lock.release()
    FileLock(path).release()
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_it_ends_with_its_process_however_that_ends(tmp_path):
    """After a crash the file would be in use for ever."""
    path = tmp_path / "study.db"
    child = hold_in_another_process(path)
    try:
        with pytest.raises(StorageInUseError):
            FileLock(path)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    FileLock(path).release()
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_worker_does_not_hold_it_on(tmp_path):
    """A worker that outlives its killed parent would keep the file from the search that goes on."""
    path = tmp_path / "study.db"
    lock = FileLock(path)
    reading, writing = os.pipe()
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writing)
        os.write(tell, b"x")
        os.read(reading, 1)  # until the parent is through
        os._exit(0)
    os.close(reading)
    try:
        assert os.read(told, 1) == b"x"
        lock.forget()  # as if the parent had been killed: nothing is cleaned up
        FileLock(path).release()
    finally:
        for handle in (writing, told, tell):
            os.close(handle)
        os.waitpid(child, 0)


def test_releasing_twice_closes_nobody_elses_file(tmp_path):
    """The second release would close a file that got the same number meanwhile."""
    lock = FileLock(tmp_path / "study.db")
    lock.release()
    with open(tmp_path / "other", "w") as other:
        lock.release()
        other.write("still open")
    assert (tmp_path / "other").read_text() == "still open"


def test_a_file_system_without_locks_is_not_called_in_use(tmp_path, monkeypatch):
    """The user would look for a second search that does not exist."""

    def refuse(handle):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(_lock, "_lock", refuse)
    with pytest.raises(OSError, match="No locks available"):
        FileLock(tmp_path / "study.db")


def test_a_lock_file_removed_in_between_is_made_again(tmp_path, monkeypatch):
    """Two searches could hold locks on two files of the same name."""
    path = tmp_path / "study.db"
    original, calls = _lock._lock, []

    def remove_once(handle):
        original(handle)
        if not calls:
            os.unlink(tmp_path / "study.db-lock")
        calls.append(handle)

    monkeypatch.setattr(_lock, "_lock", remove_once)
    lock = FileLock(path)
    assert len(calls) == 2
    assert os.listdir(tmp_path) == ["study.db-lock"]
    lock.release()
