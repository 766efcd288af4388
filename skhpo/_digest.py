"""Short digests of data: whether data are those of before, in the same order, without a copy of them."""

from hashlib import blake2b

import numpy as np
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

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
    try:
        data = data.tocsr() if hasattr(data, "tocsr") else data
        n_rows, hasher = _num_samples(data), blake2b(digest_size=16)
        hasher.update(str(n_rows).encode())
        step = max(_STEP // max(int(np.prod(getattr(data, "shape", (1, 256))[1:])), 1), 1)
        for start in range(0, n_rows, step):
            for part in _plain(_safe_indexing(data, slice(start, min(start + step, n_rows)))):
                hasher.update(part)
    except Exception:  # of whatever a container or a value of the user's may raise
        return None
    return hasher.hexdigest()


def may_be(known, data):
    """Return whether data have a digest, or it cannot be told.

    Parameters
    ----------
    known : str or None
        The digest; None if it is not known.
    data : indexable or None
        The data.

    Returns
    -------
    bool
        False only if the data are others.

    Examples
    --------
    >>> from skhpo._digest import digest, may_be
    >>> may_be(digest([1, 2]), [1, 2]), may_be(digest([1, 2]), [2, 1]), may_be(None, [2, 1])
    (True, False, True)
    """
    return known is None or digest(data) in (known, None)


def _plain(part):
    """Yield the bytes of some rows."""
    if hasattr(part, "tocsr"):
        part.sum_duplicates()
        yield from (values.astype(np.float64).tobytes() for values in (part.data, part.indices, part.indptr))
        return
    # Texts in a list would all be made as long as the longest one.
    part = np.asarray(part, dtype=object if isinstance(part, list | tuple) else None)
    if part.dtype.kind in "OUST":
        values = part.ravel().tolist()
        if any(isinstance(one, str | bytes) for one in values):
            yield repr([_text_or_number(one) for one in values]).encode()
            return
        part = np.array(values)
    if part.dtype.kind not in "biuf":
        raise TypeError(f"neither numbers nor texts but {part.dtype}")
    yield (part.astype(np.float64) + 0.0).tobytes()  # there is a negative zero


def _text_or_number(value):
    if value is None or isinstance(value, bytes):
        return value
    return str(value) if isinstance(value, str) else float(value)
