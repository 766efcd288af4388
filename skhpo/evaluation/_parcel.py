"""Sends one object to every worker once, however many calls use it.

The object is pickled once, without its large arrays. Workers of our own find both in files, and map the arrays into
memory. What a call carries to the workers of a joblib backend is the pickle and the arrays, which stay the same objects
from call to call: joblib's process backends memory-map those (an array that is a memory map already goes by the
name of its file), its dask backend scatters them. A worker rebuilds the object at the first call that it sees.
"""

import io
import mmap
import os
import pickle
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import numpy as np
from joblib.externals.loky.backend import resource_tracker

__all__ = ["Parcel", "StoredParcel", "cloudpickle", "unpack"]

try:
    import cloudpickle
except ImportError:  # joblib before 1.6 brings its own copy
    from joblib.externals import cloudpickle

MIN_BYTES_APART = 2**16
MIN_BYTES_FREE = 2**24
_SHARED_MEMORY = "/dev/shm"
_CONTENT = "content.pickle"
KEEP_SECONDS = 2.0  # workers outlive a search, and must not keep its data in memory

_unpacked = {}
_lock = threading.Lock()


class Parcel:
    """An object packed for workers in other processes.

    Parameters
    ----------
    content : object
        What to send; anything that cloudpickle can pickle.

    Attributes
    ----------
    arguments : tuple
        What `unpack` needs, to be passed as positional arguments of the call.
    """

    def __init__(self, content):
        file = io.BytesIO()
        pickler = _Pickler(file, protocol=5)
        pickler.dump(content)
        pickled = np.frombuffer(file.getvalue(), dtype=np.uint8)
        self.arguments = (uuid4().hex, pickled, *pickler.arrays)


class StoredParcel:
    """An object packed in files, for worker processes on this machine.

    Parameters
    ----------
    content : object
        What to send; anything that cloudpickle can pickle.
    folder : str or None, default=None
        Where to make a folder for the files; None for shared memory if there is enough of it, and else the directory
        for temporary files.

    Attributes
    ----------
    address : Address
        What a worker needs to know; short.

    Examples
    --------
    >>> from skhpo.evaluation._parcel import StoredParcel
    >>> parcel = StoredParcel({"X": [1, 2, 3]})
    >>> parcel.address.open()
    {'X': [1, 2, 3]}
    >>> parcel.close()
    """

    def __init__(self, content, folder=None):
        _, pickled, *arrays = Parcel(content).arguments
        n_bytes = pickled.nbytes + sum(array.nbytes for array in arrays)
        self._folder = tempfile.mkdtemp(prefix="skhpo-", dir=folder or _shared_memory(n_bytes))
        # Joblib's tracker removes the folder even if this process is killed.
        resource_tracker.register(self._folder, "folder")
        try:
            path = Path(self._folder, _CONTENT)
            path.write_bytes(pickled.data)
            places = [self._store(array, Path(self._folder, f"{i}.npy")) for i, array in enumerate(arrays)]
        except BaseException:
            self.close()
            raise
        self.address = Address(str(path), places)

    def close(self):
        """Remove the files."""
        shutil.rmtree(self._folder, ignore_errors=True)
        if not os.path.exists(self._folder):
            resource_tracker.unregister(self._folder, "folder")

    @staticmethod
    def _store(array, path):
        is_map = type(array) is np.memmap and isinstance(array.base, mmap.mmap) and array.mode != "c"
        if is_map and array.flags.forc and array.filename is not None:
            order = "C" if array.flags.c_contiguous else "F"
            return str(array.filename), array.dtype, array.shape, array.offset, order
        np.save(path, np.asarray(array), allow_pickle=False)
        return (str(path),)


class Address(NamedTuple):
    """Where a stored parcel is.

    Attributes
    ----------
    content : str
        The file of the pickle.
    places : list of tuple
        The file of each array, followed by type, shape, offset and order where these are not in the file.
    """

    content: str
    places: list

    def open(self):
        """Rebuild the content; its large arrays are memory-mapped and read-only."""
        return _load(Path(self.content).read_bytes(), [self._map(*place) for place in self.places])

    @staticmethod
    def _map(path, dtype=None, shape=None, offset=0, order="C"):
        if dtype is None:
            mapped = np.load(path, mmap_mode="r")
        else:
            mapped = np.memmap(path, dtype, "r", offset, shape, order)
        # A plain array: what is computed from a memmap is one by name, too.
        return np.asarray(mapped)


def _shared_memory(n_bytes):
    """Return the folder that is kept in memory, None if there is none or not twice the room."""
    with suppress(OSError, AttributeError):
        room = os.statvfs(_SHARED_MEMORY)
        if (
            os.access(_SHARED_MEMORY, os.W_OK)
            and room.f_bavail * room.f_frsize > 2 * n_bytes + MIN_BYTES_FREE
        ):
            return _SHARED_MEMORY
    return None


def unpack(token, pickled, *arrays):
    """Rebuild the content of a parcel, once per process while calls keep coming.

    Parameters
    ----------
    token : str
        Identifies the parcel.
    pickled : ndarray of uint8
        The pickle.
    *arrays : ndarray
        Its large arrays; possibly memory-mapped, read-only.

    Returns
    -------
    object
        The content. It is shared by all calls in this process and must not be changed.
    """
    with _lock:
        if token not in _unpacked:
            if not _unpacked:
                threading.Thread(target=_forget_unused, daemon=True).start()
            _unpacked[token] = [_load(pickled, arrays), 0.0]
        entry = _unpacked[token]
        entry[1] = time.monotonic()
    return entry[0]


def _load(pickled, arrays):
    return _Unpickler(io.BytesIO(pickled), arrays).load()


def _forget_unused():
    """Let go of what no call has asked for lately, until nothing is left."""
    while True:
        time.sleep(KEEP_SECONDS)
        with _lock:
            for token, (_, last_use) in list(_unpacked.items()):
                if time.monotonic() - last_use > KEEP_SECONDS:
                    del _unpacked[token]
            if not _unpacked:
                return


class _Pickler(cloudpickle.Pickler):
    """Sets large arrays apart."""

    def __init__(self, file, protocol):
        super().__init__(file, protocol)
        self.arrays = []
        self._positions = {}

    def persistent_id(self, one):
        """Return the position of a large array among those set apart, None for everything else."""
        if type(one) not in (np.ndarray, np.memmap) or one.nbytes < MIN_BYTES_APART or one.dtype.hasobject:
            return None
        if id(one) not in self._positions:
            self._positions[id(one)] = len(self.arrays)
            self.arrays.append(one)
        return self._positions[id(one)]


class _Unpickler(pickle.Unpickler):
    """Puts the arrays back."""

    def __init__(self, file, arrays):
        super().__init__(file)
        self._arrays = arrays

    def persistent_load(self, position):
        """Return the array at a position."""
        return self._arrays[position]
