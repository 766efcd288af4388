"""A lock on a storage file, which its owner loses with its process, however that ends."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from weakref import WeakSet

from skhpo.exceptions import StorageInUseError

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD_BY_ANOTHER = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}


def lock_path(path: Path) -> Path:
    """Return the lock file of a storage file, which is there while a search writes to it, and after a crash."""
    return path.with_name(f"{path.name}-lock")


class FileLock:
    """Holds a lock file beside a storage file; the operating system gives it free when the process is gone.

    Readers need no lock. SQLite's own locks last for a transaction only, and two searches would take turns.

    Parameters
    ----------
    path : Path
        The storage file.
    is_inherited : bool, default=False
        Whether forks of the process hold it as well, until the last of them is gone.

    Raises
    ------
    StorageInUseError
        If another search holds it, in this process or in any other.
    OSError
        If no file can be made there, or the file system has no locks.
    """

    def __init__(self, path: Path, *, is_inherited: bool = False) -> None:
        self._path = lock_path(path)
        self._handle: int | None = self._acquire(path)
        if not is_inherited:
            _HELD.add(self)

    def _acquire(self, path: Path) -> int:
        while True:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                _lock(handle)
                if self._is_current(handle):
                    return handle
            except OSError as error:
                os.close(handle)
                if error.errno not in _HELD_BY_ANOTHER:
                    raise
                raise StorageInUseError(
                    f"The storage file {str(path)!r} is in use by another search. Give each search a file of its own, "
                    "or wait for the other one to end. skhpo.load shows its trials meanwhile."
                ) from error
            os.close(handle)  # its former owner has removed it in between

    def _is_current(self, handle: int) -> bool:
        try:
            return os.path.samestat(os.fstat(handle), os.stat(self._path))
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Give the lock free and remove its file; nothing happens the second time."""
        if self._handle is None:
            return
        with suppress(OSError):  # Windows removes no file that is open
            os.unlink(self._path)
        self.forget()
        with suppress(OSError):
            if sys.platform == "win32":
                os.unlink(self._path)

    def forget(self) -> None:
        """Close the handle, whose lock may have further owners."""
        handle, self._handle = self._handle, None
        _HELD.discard(self)
        if handle is not None:
            os.close(handle)


_HELD: WeakSet[FileLock] = WeakSet()


def _forget_all() -> None:
    for lock in list(_HELD):
        lock.forget()


# A worker that was forked and outlives its parent would hold the lock on.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
