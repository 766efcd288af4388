"""A lock on a storage file, which its owner loses with its process, however that ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from skhpo.exceptions import StorageInUseError

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Holds a lock file beside a storage file; the operating system gives it free when the process is gone.

    Readers need no lock. SQLite's own locks last for a transaction only, and two searches would take turns.

    Parameters
    ----------
    path : Path
        The storage file.

    Raises
    ------
    StorageInUseError
        If another search holds it, in this process or in any other.
    OSError
        If no file can be made there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}-lock")
        self._handle = self._acquire(path)

    def _acquire(self, path: Path) -> int:
        while True:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                _lock(handle)
                if self._is_current(handle):
                    return handle
                os.close(handle)  # its former owner has removed it in between
            except OSError as error:
                os.close(handle)
                raise StorageInUseError(
                    f"The storage file {str(path)!r} is in use by another search. Give each search a file of its own, "
                    "or wait for the other one to end. skhpo.load shows its trials meanwhile."
                ) from error

    def _is_current(self, handle: int) -> bool:
        try:
            return os.path.samestat(os.fstat(handle), os.stat(self._path))
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Give the lock free and remove its file."""
        with suppress(OSError):  # Windows removes no file that is open
            os.unlink(self._path)
        os.close(self._handle)
        with suppress(OSError):
            if sys.platform == "win32":
                os.unlink(self._path)
