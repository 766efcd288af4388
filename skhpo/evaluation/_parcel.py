"""Sends one object to every worker once, however many calls use it.

The object is pickled once, its large arrays out of band. What a call carries is a few byte arrays that stay the same
objects from call to call: joblib's process backends memory-map those, its dask backend scatters them, and a worker
rebuilds the object at the first call that it sees.
"""

import pickle
from collections import OrderedDict
from uuid import uuid4

import numpy as np

__all__ = ["Parcel", "cloudpickle", "unpack"]

try:
    import cloudpickle
except ImportError:  # joblib before 1.6 brings its own copy
    from joblib.externals import cloudpickle

MIN_BYTES_OUT_OF_BAND = 2**16
N_KEPT = 2  # nested searches alternate between two objects

_unpacked = OrderedDict()


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
        buffers = []

        def keep_in_band(buffer):
            is_small = buffer.raw().nbytes < MIN_BYTES_OUT_OF_BAND
            if not is_small:
                buffers.append(buffer)
            return is_small

        pickled = cloudpickle.dumps(content, protocol=5, buffer_callback=keep_in_band)
        arrays = [np.frombuffer(data, dtype=np.uint8) for data in (pickled, *(b.raw() for b in buffers))]
        self.arguments = (uuid4().hex, *arrays)


def unpack(token, pickled, *buffers):
    """Rebuild the content of a parcel, once per process.

    Parameters
    ----------
    token : str
        Identifies the parcel.
    pickled : ndarray of uint8
        The pickle.
    *buffers : ndarray of uint8
        Its large arrays; possibly memory-mapped, read-only.

    Returns
    -------
    object
        The content. It is shared by all calls in this process and must not be changed.
    """
    if token not in _unpacked:
        _unpacked[token] = pickle.loads(pickled, buffers=buffers)
        while len(_unpacked) > N_KEPT:
            _unpacked.popitem(last=False)
    return _unpacked[token]
