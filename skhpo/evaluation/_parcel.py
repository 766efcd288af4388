"""Sends one object to every worker once, however many calls use it.

The object is pickled once, without its large arrays. What a call carries is the pickle and the arrays, which stay the
same objects from call to call: joblib's process backends memory-map those (an array that is a memory map already goes
by the name of its file), its dask backend scatters them. A worker rebuilds the object at the first call that it sees.
"""

import gc
import io
import pickle
import threading
import time
from uuid import uuid4

import numpy as np

__all__ = ["Parcel", "cloudpickle", "freeze_modules", "unpack"]

try:
    import cloudpickle
except ImportError:  # joblib before 1.6 brings its own copy
    from joblib.externals import cloudpickle

MIN_BYTES_APART = 2**16
KEEP_SECONDS = 2.0  # workers outlive a search, and must not keep its data in memory

_is_frozen = False
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


def freeze_modules(pickled, *arrays):
    """Have the garbage collector pass over everything imported so far in this process, once.

    Loky's workers collect garbage every second, which takes some 60 ms with scikit-learn and pandas imported: 6 % of
    a core.

    Parameters
    ----------
    pickled : ndarray of uint8
        The pickle of a parcel.
    *arrays : ndarray
        Its large arrays.
    """
    global _is_frozen
    if not _is_frozen:
        # Imports what the content needs. The content itself is not kept: what is frozen in a cycle is never freed.
        _load(pickled, arrays)
        gc.collect()
        gc.freeze()
        _is_frozen = True


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
