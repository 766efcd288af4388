"""Writes a search to its file: whole trials, after every fit, in one transaction."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from os import PathLike
from typing import Any

from skhpo.exceptions import StorageError, StorageWarning
from skhpo.space import SearchSpace
from skhpo.storage._file import SQLITE_ERRORS, as_path, close, create, open_for_writing
from skhpo.storage._lock import FileLock
from skhpo.storage._reader import Record, Split, pack, read_from
from skhpo.storage._rows import digest, measurement_to_json, to_json, trial_to_json
from skhpo.trial import Measurement, Trial

logger = logging.getLogger("skhpo")


class Storage:
    """The file of one search, which nobody else may write to until it is closed.

    Every `save` is one transaction: a process that is killed leaves the file as it was after the one before. A file
    that cannot be written any more, on a full disk for example, is warned of once and tried again at the next `save`
    and when it is closed, which logs what is not in it for good.

    Parameters
    ----------
    path : str or Path
        The file. It is made by `begin` if it does not exist.

    Attributes
    ----------
    record : Record or None
        What was in the file when it was opened; None if there was nothing.
    unsaved : list of int
        Numbers of the trials that are not in the file as they are now, because it cannot be written.

    Raises
    ------
    StorageInUseError
        If another search writes to the file.
    StorageError
        If the file is something else, damaged, or of a newer version.
    OSError
        If there is no such folder, nothing can be written there, or `path` is a folder itself.

    Examples
    --------
    >>> import tempfile
    >>> from skhpo.storage import Storage, read_record
    >>> from skhpo.trial import Trial
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Storage(f"{folder}/study.db") as storage:
    ...         storage.begin({"seed": 0}, splits=[])
    ...         storage.save([Trial(0, {"C": 1.0})], n_trials=1, elapsed=0.5)
    ...     record = read_record(f"{folder}/study.db")
    >>> record.trials[0].configuration, record.info["elapsed"]
    ({'C': 1.0}, 0.5)
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self._path = as_path(path)
        self._space: SearchSpace | None = None
        self._written: dict[int, tuple[Measurement, ...]] = {}  # of the trials that may be measured again
        self._n_written = 0
        self._unsaved: dict[int, Trial] = {}
        self._latest = 0, 0.0  # what else was to be saved
        self._identity: os.stat_result | None = None
        self._connection: sqlite3.Connection | None = None
        if self._path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        self._lock = FileLock(self._path)
        self.record: Record | None = None
        try:
            if self._path.exists() and self._path.stat().st_size > 0:
                self._connection = open_for_writing(self._path)
            if self._connection is not None:
                self.record = read_from(self._connection, self._path)
                self._take_over(self.record.trials)
        except SQLITE_ERRORS as error:
            self.close()
            raise StorageError(f"{str(path)!r} cannot be opened as a storage file: {error}.") from error
        except BaseException:
            self.close()
            raise

    @property
    def unsaved(self) -> list[int]:
        """Numbers of the trials that are not in the file as they are now."""
        return sorted(self._unsaved)

    def __enter__(self) -> Storage:
        return self

    def __exit__(self, error_type: object, error: object, traceback: object) -> None:
        self.close()

    def begin(
        self, info: Mapping[str, Any], splits: Sequence[Split], space: SearchSpace | None = None
    ) -> None:
        """Write what is known before the first trial; what is in an existing file is kept, but for new entries.

        Parameters
        ----------
        info : mapping of str to object
            Anything that JSON can hold.
        splits : sequence of (ndarray of int, ndarray of int)
            Train and test indices of the cross-validation splits.
        space : SearchSpace or None, default=None
            The space that objects among the hyperparameters' values are choices of.

        Raises
        ------
        StorageError
            If the file cannot be written.
        """
        self._space = space
        entries = [(key, to_json(value)) for key, value in info.items()]
        rows = [(i, pack(train), pack(test)) for i, (train, test) in enumerate(splits)]
        try:
            if self._connection is None:
                self._connection = create(self._path)
                signed = [(*row, digest(*row)) for row in rows]
                self._connection.executemany("INSERT INTO splits VALUES (?, ?, ?, ?)", signed)
            else:
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("BEGIN IMMEDIATE")
            for entry in entries:
                self._write_entry(self._connection, *entry)
            self._connection.execute("COMMIT")
            self._identity = os.stat(self._path)
        except (sqlite3.Error, OSError) as error:
            raise StorageError(f"The storage file {str(self._path)!r} cannot be written: {error}.") from error

    def save(self, changed: Sequence[Trial], n_trials: int, elapsed: float) -> None:
        """Write trials that have changed.

        Parameters
        ----------
        changed : sequence of Trial
            As they are now.
        n_trials : int
            How many trials there are; those beyond are removed, because a rule has stopped the search before them.
        elapsed : float
            Seconds that the search has taken so far, all its runs together.

        Warns
        -----
        StorageWarning
            Once, if the file cannot be written.
        """
        was_sound = not self._unsaved
        self._unsaved.update((trial.number, trial) for trial in changed)
        self._unsaved = {number: one for number, one in self._unsaved.items() if number < n_trials}
        self._latest = n_trials, elapsed
        error = self._try_to_write()
        if error is not None and was_sound:
            warnings.warn(
                f"The storage file {str(self._path)!r} cannot be written: {error}. The search goes on in memory.",
                StorageWarning,
                stacklevel=2,
            )

    def close(self) -> None:
        """Try once more to write what is not written, close the file and let others write to it."""
        try:
            if self._unsaved and self._try_to_write() is not None:
                logger.warning(
                    "The storage file %r lacks the latest results of %d trials, the first of them number %d.",
                    str(self._path),
                    len(self._unsaved),
                    min(self._unsaved),
                )
        finally:
            connection, self._connection = self._connection, None
            if connection is not None:
                with suppress(sqlite3.Error):
                    close(connection)
            self._lock.release()

    def _try_to_write(self) -> Exception | None:
        """Write what is not written; returns what prevents it."""
        n_trials, elapsed = self._latest
        try:
            self._check_that_file_is_there()
            self._write(n_trials, elapsed)
        except (sqlite3.Error, OSError) as error:
            return error
        for trial in self._unsaved.values():
            self._note(trial)
        self._n_written = n_trials
        self._unsaved.clear()
        return None

    def _check_that_file_is_there(self) -> None:
        # SQLite would go on writing to a file that has been removed.
        if self._identity is None or not os.path.samestat(self._identity, os.stat(self._path)):
            raise OSError("another file has taken its place")

    def _write(self, n_trials: int, elapsed: float) -> None:
        connection = self._connection
        if connection is None:
            raise OSError("it is closed")
        # A finished trial waits for the disk. In mid-trial it suffices that a killed process loses nothing.
        is_finished = any(trial.is_finished for trial in self._unsaved.values())
        connection.execute(f"PRAGMA synchronous = {'FULL' if is_finished else 'NORMAL'}")
        connection.execute("BEGIN IMMEDIATE")
        try:
            for trial in self._unsaved.values():
                self._write_trial(connection, trial)
            if n_trials < self._n_written:
                connection.execute("DELETE FROM trials WHERE number >= ?", (n_trials,))
                connection.execute("DELETE FROM fits WHERE trial >= ?", (n_trials,))
            self._write_entry(connection, "elapsed", to_json(float(elapsed)))
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def _write_entry(self, connection: sqlite3.Connection, key: str, value: str) -> None:
        row = key, value, digest(key, value)
        connection.execute("INSERT OR REPLACE INTO study VALUES (?, ?, ?)", row)

    def _write_trial(self, connection: sqlite3.Connection, trial: Trial) -> None:
        number, content = trial.number, trial_to_json(trial, self._space)
        row = number, content, digest(number, content)
        connection.execute("INSERT OR REPLACE INTO trials VALUES (?, ?, ?)", row)
        written = {_key(one) for one in self._written.get(number, ())}
        current = {_key(one): one for one in trial.measurements}
        for resource, split in written - current.keys():
            place = number, resource, split
            connection.execute("DELETE FROM fits WHERE trial = ? AND resource = ? AND split = ?", place)
        for key in current.keys() - written:
            fit = number, *key, measurement_to_json(current[key])
            connection.execute("INSERT OR REPLACE INTO fits VALUES (?, ?, ?, ?, ?)", (*fit, digest(*fit)))

    def _take_over(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self._note(trial)
        self._n_written = len(trials)

    def _note(self, trial: Trial) -> None:
        """Remember which fits of a trial are written, as long as it may change; rows are replaced in any case."""
        if trial.is_finished and trial.status != "pruned":
            self._written.pop(trial.number, None)
        else:
            self._written[trial.number] = trial.measurements


def _key(measurement: Measurement) -> tuple[int, int]:
    """The place of a fit in its trial; 0 stands for no resource."""
    return int(measurement.resource or 0), int(measurement.split)
