"""The durable record of a search: one SQLite file, written through after every fit, and read back.

Values are JSON, never pickles, so that opening a file of somebody else runs no code.
"""

from skhpo.storage._file import SCHEMA_VERSION
from skhpo.storage._lock import FileLock, lock_path
from skhpo.storage._reader import Record, indices, read_record, with_objects
from skhpo.storage._rows import StoredObject
from skhpo.storage._writer import Storage

__all__ = [
    "SCHEMA_VERSION",
    "FileLock",
    "Record",
    "Storage",
    "StoredObject",
    "indices",
    "lock_path",
    "read_record",
    "with_objects",
]
