"""The SQLite file itself: its schema, its version, and how it is opened.

To change the schema: raise `SCHEMA_VERSION`, add to `MIGRATIONS` the statements that lead there from the version
before, and commit a file of the version before to the tests, which open one of every version.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory

from skhpo.exceptions import StorageError

SCHEMA_VERSION = 1
APPLICATION_ID = 0x736B6870  # "skhp"; tells a storage file from other SQLite files
BUSY_SECONDS = 5.0
# Of a damaged file, SQLite's message may hold bytes that are no text.
SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)

SCHEMA = (
    "CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT NOT NULL, digest TEXT NOT NULL)",
    "CREATE TABLE splits (number INTEGER PRIMARY KEY, train BLOB NOT NULL, test BLOB NOT NULL, digest TEXT NOT NULL)",
    "CREATE TABLE trials (number INTEGER PRIMARY KEY, content TEXT NOT NULL, digest TEXT NOT NULL)",
    "CREATE TABLE fits (trial INTEGER NOT NULL, resource INTEGER NOT NULL, split INTEGER NOT NULL, "
    "content TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (trial, resource, split)) WITHOUT ROWID",
)

# From each version to the next one.
MIGRATIONS: dict[int, tuple[str, ...]] = {}


def as_path(path: str | PathLike[str]) -> Path:
    """Return the path of a storage file; refuses a URL, by which other packages name theirs."""
    if "://" in str(path):
        name = str(path).partition("sqlite:///")[2] or "study.db"
        raise StorageError(
            f"A storage file must be given by its path, such as {name!r}, not by a URL. Got {str(path)!r} instead."
        )
    return Path(path).expanduser()


def create(path: Path) -> sqlite3.Connection:
    """Open a new file, or one that holds nothing, for writing; its tables are there with the first commit."""
    connection = _connect(path, "rwc")
    connection.execute("PRAGMA journal_mode = WAL")  # where the file system allows it
    connection.execute("BEGIN IMMEDIATE")
    for statement in SCHEMA:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    return connection


def open_for_writing(path: Path) -> sqlite3.Connection | None:
    """Open an existing file and bring it up to the present version; None if it holds nothing, not even tables."""
    connection = _connect(path, "rw")
    try:
        version = check(connection, path)
        if version is None:
            connection.close()
            return None
        _migrate(connection, version, path)
    except BaseException:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open an existing file without changing it, also while a search writes to it."""
    try:
        connection = _connect(path, "ro")
        connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError:
        connection = _copy_with_log(path)
    try:
        version = check(connection, path)
        if version is None:
            raise StorageError(f"{str(path)!r} holds nothing yet.")
        if version < SCHEMA_VERSION:
            connection = _to_memory(connection)
            _migrate(connection, version, path)
    except BaseException:
        connection.close()
        raise
    return connection


def close(connection: sqlite3.Connection) -> None:
    """Close a file for good: alone it holds everything, and can be read where nothing can be written."""
    try:
        connection.execute("PRAGMA busy_timeout = 0")  # a reader may keep the log, which then stays
        connection.execute("PRAGMA journal_mode = DELETE")
    except SQLITE_ERRORS:
        pass
    finally:
        connection.close()


def check(connection: sqlite3.Connection, path: Path) -> int | None:
    """Return the file's version, None if it holds nothing.

    Raises StorageError unless it is a sound storage file with our tables only.
    """
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        entries = connection.execute("SELECT type, sql FROM sqlite_master").fetchall()
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except SQLITE_ERRORS as error:
        raise StorageError(f"{str(path)!r} cannot be read as a storage file: {error}.") from error
    if application == version == 0 and not entries:
        return None  # killed before its first commit
    if application != APPLICATION_ID or version < 1:
        raise StorageError(f"{str(path)!r} is no storage file of skhpo.")
    if version > SCHEMA_VERSION:
        raise StorageError(
            f"{str(path)!r} was written by a newer skhpo: its schema has version {version}, and this one knows "
            f"{SCHEMA_VERSION}. Update skhpo."
        )
    # Triggers and views would be run by SQLite.
    if {kind for kind, _ in entries} - {"table", "index"}:
        raise StorageError(f"{str(path)!r} is no storage file of skhpo: it has views or triggers.")
    if version == SCHEMA_VERSION:
        _check_tables(connection, path)
    if verdict != "ok":
        raise StorageError(f"{str(path)!r} is damaged: {verdict}.")
    return int(version)


def _check_tables(connection: sqlite3.Connection, path: Path) -> None:
    found = {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    if found != set(SCHEMA):
        raise StorageError(f"{str(path)!r} is no storage file of skhpo: it has other tables.")


def _migrate(connection: sqlite3.Connection, version: int, path: Path) -> None:
    for step in range(version, SCHEMA_VERSION):
        connection.execute("BEGIN IMMEDIATE")
        for statement in MIGRATIONS[step]:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {step + 1}")
        connection.execute("COMMIT")
    _check_tables(connection, path)


def _copy_with_log(path: Path) -> sqlite3.Connection:
    """Open a copy, where the log beside the file cannot be opened because the folder is read-only."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        for suffix in ("", "-wal", "-journal"):
            log = path.with_name(path.name + suffix)
            if log.exists():
                shutil.copyfile(log, copy.with_name(copy.name + suffix))
        return _to_memory(_connect(copy, "rw"))


def _to_memory(connection: sqlite3.Connection) -> sqlite3.Connection:
    with closing(connection):
        memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.backup(memory)
    return memory


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection
