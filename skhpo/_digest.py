"""Short digests of data: whether data are those of before, in the same order, without a copy of them."""

import struct
from hashlib import blake2b

import numpy as np
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from skhpo._sklearn import is_pandas_na

_STEP = 2**20  # so many numbers at a time, as they are copied


def digest(data):
    """Return a digest of the values of data, whatever they are held in.

    Parameters
    ----------
    data : indexable or None
        Numbers or texts: an array, a list, a series, a frame or a sparse matrix.

    Returns
    -------
    str or None
        The same for the same values in the same order; None of anything else, which cannot be told.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo._digest import digest
    >>> digest([1, 2, 3]) == digest(np.array([[1.0], [2.0], [3.0]]))
    True
    >>> digest([1, 2, 3]) == digest([1, 3, 2]), digest([1, 2, 3]) == digest(["1", "2", "3"])
    (False, False)
    """
    hasher = blake2b(digest_size=16)
    try:
        if hasattr(data, "tocsr"):
            hasher.update(repr((data.shape, *map(digest, _sparse_parts(data)))).encode())
            return hasher.hexdigest()
        n_rows = _num_samples(data)
        hasher.update(str(n_rows).encode())
        step = max(_STEP // max(int(np.prod(getattr(data, "shape", (1, 256))[1:])), 1), 1)
        for start in range(0, n_rows, step):
            for part in _plain(_safe_indexing(data, slice(start, min(start + step, n_rows)))):
                hasher.update(part)
    except Exception:  # of whatever a container or a value of the user's may raise
        return None
    return hasher.hexdigest()


def _sparse_parts(data):
    """Return what is not zero, and where it is; the matrix stays as it is."""
    data = data.tocsr()
    if not data.has_canonical_format or not data.data.all():
        data = data.copy()
        data.sum_duplicates()
        data.eliminate_zeros()
    return data.data, data.indices, data.indptr


def _plain(part):
    """Yield the bytes of some rows, which are the same in however many parts they come."""
    # Texts in a list would all be made as long as the longest one.
    part = np.asarray(part, dtype=object if isinstance(part, list | tuple) else None)
    if part.dtype.kind in "OUST":
        values = part.ravel().tolist()
        part = np.array([]) if any(isinstance(one, str | bytes) for one in values) else np.array(values)
        if part.dtype.kind == "O" or not len(part):
            yield from map(_text_or_number, values)
            return
    if part.dtype.kind not in "biuf":
        raise TypeError(f"neither numbers nor texts but {part.dtype}")
    part = part.astype(np.float64) + 0.0  # there is a negative zero
    part[np.isnan(part)] = np.nan  # and NaN has many forms
    yield part.tobytes()


def _text_or_number(value):
    """Return the bytes of a value; what is missing in whatever way is NaN."""
    if isinstance(value, str):
        return repr(str(value)).encode()
    if isinstance(value, bytes):
        return repr(value).encode()
    is_missing = not isinstance(value, float) and (value is None or is_pandas_na(value))
    number = np.nan if is_missing else float(value) + 0.0
    return struct.pack("d", np.nan if number != number else number)
