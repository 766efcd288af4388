"""Writing: whole trials after every fit, and a file that cannot be written costs nothing but the file."""

import logging
import os
import shutil
import sqlite3
import warnings
from dataclasses import replace

import numpy as np
import pytest

from skhpo.exceptions import StorageInUseError, StorageWarning
from skhpo.storage import Storage, read_record
from skhpo.trial import Measurement, Trial

FITS = tuple(Measurement(split, {"score": split / 4}) for split in range(3))


def running(number, n_fits=0, **more):
    """A trial with some of its fits done."""
    return Trial(number, {"C": 1.0}, (0.5,), measurements=FITS[:n_fits], pending=(n_fits,), **more)


def complete(number):
    """A trial with all of them done."""
    return replace(running(number), status="complete", measurements=FITS, pending=(), score=0.25)


@pytest.fixture
def path(tmp_path):
    """Where a file may be made."""
    return tmp_path / "study.db"


def open_new(path):
    """Begin a file of three splits."""
    storage = Storage(path)
    storage.begin({"seed": 0}, [([0], [1])] * 3)
    return storage


def copy_of(path, place):
    """Return what a process would find that is killed at this moment."""
    place.mkdir()
    for name in os.listdir(path.parent):
        if name.startswith(path.name) and not name.endswith("-lock"):
            shutil.copyfile(path.parent / name, place / name)
    return read_record(place / path.name)


def test_every_save_is_on_disk_when_it_returns(path, tmp_path):
    """A killed search would lose fits that it has already gone on from."""
    with open_new(path) as storage:
        for n in range(4):
            trial = running(0, n) if n < 3 else complete(0)
            storage.save([trial], 1, float(n))
            found = copy_of(path, tmp_path / f"killed-{n}")
            assert found.trials == [trial]
            assert found.info["elapsed"] == n


def test_nothing_but_the_file_is_left(path, tmp_path):
    """A folder would fill up with logs and locks; a copy of the file alone would lack the latest trials."""
    with open_new(path) as storage:
        storage.save([complete(0)], 1, 1.0)
    assert os.listdir(tmp_path) == ["study.db"]
    with open(path, "rb") as file:
        file.seek(18)
        assert file.read(2) == b"\x01\x01"  # no write-ahead log, which a read-only disk could not hold


def test_no_file_is_made_before_it_begins(path, tmp_path):
    """A mistake in the arguments would leave a file that refuses the corrected search."""
    Storage(path).close()
    with Storage(path) as storage, pytest.raises(TypeError):
        storage.begin({"seed": object()}, [])
    assert os.listdir(tmp_path) == []


def test_fits_that_no_longer_count_are_removed(path):
    """A trial that was stopped in a race would come back with a fit beyond the point where it was stopped."""
    with open_new(path) as storage:
        storage.save([replace(running(0), measurements=FITS, pending=())], 1, 1.0)
        stopped = replace(running(0, 1), status="pruned", pending=())
        storage.save([stopped], 1, 2.0)
    assert read_record(path).trials == [stopped]


def test_a_stopped_trial_may_be_taken_up_again(path):
    """A trial that gets more of the resource later would have its first fits twice, or not at all."""
    with open_new(path) as storage:
        storage.save([replace(running(0, 2), status="pruned", pending=())], 1, 1.0)
        storage.save([complete(0)], 1, 2.0)
    assert read_record(path).trials == [complete(0)]


def test_trials_beyond_the_stopping_point_are_removed(path):
    """A search stopped by a rule would come back with trials that a sequential one never has."""
    with open_new(path) as storage:
        storage.save([complete(0), running(1, 1), running(2, 2)], 3, 1.0)
        storage.save([complete(1)], 2, 2.0)
    assert read_record(path).trials == [complete(0), complete(1)]


def test_an_existing_file_is_gone_on_with(path):
    """The first trials would be lost when the search goes on."""
    with open_new(path) as storage:
        storage.save([complete(0), running(1, 1)], 2, 1.0)
    with Storage(path) as storage:
        assert storage.record.trials == [complete(0), running(1, 1)]
        storage.begin({"seed": 0}, [])
        storage.save([complete(1)], 2, 2.0)
    record = read_record(path)
    assert record.trials == [complete(0), complete(1)]
    assert len(record.splits) == 3


def test_a_second_writer_is_refused_and_disturbs_nothing(path):
    """Two searches would mix their trials in one file."""
    with open_new(path) as storage:
        storage.save([complete(0)], 1, 1.0)
        with pytest.raises(StorageInUseError):
            Storage(path)
        storage.save([complete(1)], 2, 2.0)
    assert len(read_record(path).trials) == 2


def test_numbers_of_numpy_are_written_as_numbers(path):
    """A resource computed with numpy would be written as bytes, or not at all."""
    fit = Measurement(np.int64(0), {"score": np.float32(0.5)}, fit_time=np.float64(1.0), resource=np.int64(9))
    trial = replace(complete(0), measurements=(fit,), resource=np.int64(9), score=np.float64(0.5))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with open_new(path) as storage:
            storage.save([trial], 1, np.float64(1.0))
    (found,) = read_record(path).trials
    assert found.measurements[0].resource == 9
    assert type(found.measurements[0].resource) is int


class Failing:
    """A connection to a disk that is full for a while."""

    def __init__(self, connection):
        self._connection = connection
        self.is_full = False

    def execute(self, statement, *values):
        """Fail to commit."""
        if self.is_full and statement == "COMMIT":
            raise sqlite3.OperationalError("database or disk is full")
        return self._connection.execute(statement, *values)

    def close(self):
        """Close it."""
        self._connection.close()


def test_a_full_disk_is_warned_of_once_and_caught_up_with(path, caplog):
    """A search of hours would end with the disk, or go on and write nothing any more although there is space again."""
    with caplog.at_level(logging.WARNING, "skhpo"), open_new(path) as storage:
        storage._connection = connection = Failing(storage._connection)
        storage.save([complete(0)], 1, 1.0)
        connection.is_full = True
        with pytest.warns(StorageWarning, match="disk is full.*goes on in memory") as caught:
            storage.save([complete(1), running(2)], 3, 2.0)
            storage.save([complete(2)], 3, 3.0)
        assert len(caught) == 1
        assert storage.unsaved == [1, 2]
        assert read_record(path).trials == [complete(0)]
        connection.is_full = False
        storage.save([complete(3)], 4, 4.0)
        assert storage.unsaved == []
    assert read_record(path).trials == [complete(number) for number in range(4)]
    assert caplog.records == []


def test_what_is_not_on_disk_is_said_at_the_end(path, caplog):
    """The user would believe that everything is in the file."""
    with caplog.at_level(logging.WARNING, "skhpo"), open_new(path) as storage:
        storage._connection = connection = Failing(storage._connection)
        connection.is_full = True
        with pytest.warns(StorageWarning):
            storage.save([complete(0), complete(1)], 2, 1.0)
    assert "lacks the latest results of 2 trials, the first of them number 0" in caplog.text
    assert read_record(path).trials == []


def test_trials_discarded_while_the_disk_is_full_do_not_come_back(path):
    """The file would have a gap between its trials, and could not be opened any more."""
    with open_new(path) as storage:
        storage._connection = connection = Failing(storage._connection)
        connection.is_full = True
        with pytest.warns(StorageWarning):
            storage.save([complete(0), running(1), running(2)], 3, 1.0)
        connection.is_full = False
        storage.save([], 1, 2.0)
    assert read_record(path).trials == [complete(0)]


def test_a_removed_file_is_warned_of(path, tmp_path):
    """SQLite would go on writing to a file that nobody can open any more."""
    with open_new(path) as storage:
        path.unlink()
        with pytest.warns(StorageWarning, match="No such file"):
            storage.save([complete(0)], 1, 1.0)
    assert os.listdir(tmp_path) == []


def test_a_file_put_in_its_place_is_left_alone(path):
    """The log of one file would be written into another."""
    with open_new(path) as storage:
        path.rename(path.with_name("moved.db"))
        path.write_text("mine")
        with pytest.warns(StorageWarning, match="another file has taken its place"):
            storage.save([complete(0)], 1, 1.0)
    assert path.read_text() == "mine"


def test_nothing_is_written_after_it_is_closed(path):
    """A late result would be written to a file that another search may have taken."""
    storage = open_new(path)
    storage.close()
    storage.close()
    with pytest.warns(StorageWarning, match="it is closed"):
        storage.save([complete(0)], 1, 1.0)


def test_an_unwritable_place_is_refused(tmp_path):
    """The search would fail after its first fit."""
    with pytest.raises(OSError, match=r"missing"):
        Storage(tmp_path / "missing" / "study.db")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError, match="folder"):
        Storage(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
