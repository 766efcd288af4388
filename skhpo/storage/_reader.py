"""Reads a storage file, whoever wrote it: a record, or a `StorageError` that says what is wrong with the file."""

from __future__ import annotations

import json
import math
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from skhpo.exceptions import InvalidConfigurationError, StorageError
from skhpo.space import SearchSpace, equal_values
from skhpo.storage._file import SQLITE_ERRORS, as_path, open_for_reading
from skhpo.storage._rows import StoredObject, digest, measurement_from_json, trial_from_json
from skhpo.trial import Measurement, Trial

MAX_BYTES = 2**32  # of all indices together: a small file can be unpacked to any size
Split = tuple[np.ndarray[Any, np.dtype[np.intp]], np.ndarray[Any, np.dtype[np.intp]]]

# What JSON, numpy and the checks of content raise for what is not as it was written.
_BAD_CONTENT = (
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    OverflowError,
    RecursionError,
    StopIteration,
    zlib.error,
)


@dataclass(frozen=True)
class Record:
    """What a storage file holds.

    Attributes
    ----------
    info : dict
        What was written about the search: its fingerprint, versions of packages, the seed and the like.
    splits : list of (ndarray of int, ndarray of int)
        Train and test indices of the cross-validation splits.
    trials : list of Trial
        The trials as they were last written. Values that are neither numbers nor texts are `StoredObject`.
    """

    info: dict[str, Any]
    splits: list[Split]
    trials: list[Trial]


def read_record(path: str | Path) -> Record:
    """Read a storage file without changing it, also while a search writes to it.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    Record
        What it holds.

    Raises
    ------
    FileNotFoundError
        If there is none.
    StorageError
        If it is something else, damaged, or of a newer version.
    """
    path = as_path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no storage file {str(path)!r}.")
    try:
        with closing(open_for_reading(path)) as connection:
            return read_from(connection, path)
    except SQLITE_ERRORS as error:
        raise StorageError(f"{str(path)!r} cannot be read as a storage file: {error}.") from error


def read_from(connection: sqlite3.Connection, path: Path) -> Record:
    """Read all that an open file holds."""
    connection.execute("BEGIN")  # one state of the file for all of its tables
    try:
        info = _read_info(connection)
        splits = _read_splits(connection)
        return Record(info, splits, _read_trials(connection, len(splits)))
    except SQLITE_ERRORS as error:
        raise StorageError(f"{str(path)!r} cannot be read as a storage file: {error}.") from error
    except _BAD_CONTENT as error:
        raise StorageError(f"{str(path)!r} is damaged: {error!r}.") from error
    finally:
        connection.rollback()


def indices(part: Any) -> Any:
    """Return the indices of a part of a split, which may have been given as a mask."""
    part = np.asarray(part)
    return np.flatnonzero(part) if part.dtype == bool else part


def pack(part: Any) -> bytes:
    """Write indices as compressed differences, which are mostly ones."""
    return zlib.compress(np.diff(indices(part).astype("<i8"), prepend=0).tobytes(), 1)


def _unpack(packed: Any, n_bytes: int) -> Any:
    stream = zlib.decompressobj()
    content = stream.decompress(packed, max(n_bytes, 1))
    if not stream.eof:
        raise ValueError("the indices of a split are incomplete, or too many")
    return np.cumsum(np.frombuffer(content, dtype="<i8")).astype(np.intp)


def _read_info(connection: sqlite3.Connection) -> dict[str, Any]:
    info = {}
    for key, value, written in connection.execute("SELECT key, value, digest FROM study"):
        if digest(key, value) != written:
            raise ValueError(f"what it says of {key!r} is not as it was written")
        info[key] = json.loads(value)
    elapsed = info.get("elapsed", 0.0)
    if type(elapsed) not in (int, float) or not 0.0 <= elapsed < math.inf:
        raise ValueError("the seconds that the search has taken are no number")
    if not all(isinstance(info.get(name, {}), dict) for name in ("fingerprint", "versions")):
        raise ValueError("what it says of the search has another form")
    return info


def _read_splits(connection: sqlite3.Connection) -> list[Split]:
    splits: list[Split] = []
    n_left = MAX_BYTES
    rows = connection.execute("SELECT number, train, test, digest FROM splits ORDER BY number")
    for place, (number, *packed, written) in enumerate(rows):
        if number != place or digest(number, *packed) != written:
            raise ValueError(f"split {number} is not as it was written")
        train, test = (_unpack(one, n_left) for one in packed)
        n_left -= int(train.nbytes + test.nbytes)
        splits.append((train, test))
    return splits


def _read_trials(connection: sqlite3.Connection, n_splits: int) -> list[Trial]:
    fits: dict[int, list[Measurement]] = defaultdict(list)
    for number, resource, split, content, written in connection.execute(
        "SELECT trial, resource, split, content, digest FROM fits ORDER BY trial, resource, split"
    ):
        if digest(number, resource, split, content) != written or not 0 <= split < max(n_splits, 1):
            raise ValueError(f"a fit of trial {number} is not as it was written")
        fits[number].append(measurement_from_json(split, resource or None, json.loads(content)))
    trials = []
    rows = connection.execute("SELECT number, content, digest FROM trials ORDER BY number")
    for place, (number, content, written) in enumerate(rows):
        if number != place or digest(number, content) != written:
            raise ValueError(f"trial {number} is not as it was written")
        trial = trial_from_json(number, json.loads(content), fits.pop(number, []))
        is_orphan = trial.parent is not None and trial.parent >= number
        if is_orphan or any(split >= max(n_splits, 1) for split in trial.pending):
            raise ValueError(f"trial {number} refers to what does not exist")
        trials.append(trial)
    if fits:
        raise ValueError(f"trial {min(fits)} is missing")
    return trials


def with_objects(
    trials: Sequence[Trial], space: SearchSpace | None, given: Sequence[Any] = ()
) -> list[Trial]:
    """Put the user's own objects back into the configurations of trials that were read.

    Parameters
    ----------
    trials : sequence of Trial
        As `read_record` returns them.
    space : SearchSpace or None
        The space that the objects are choices of.
    given : sequence of dict, default=()
        Without a space: the configuration of each trial.

    Returns
    -------
    list of Trial
        The trials with configurations that an estimator accepts.

    Raises
    ------
    StorageError
        If a trial does not fit.
    """
    return [_with_objects(trial, space, given) for trial in trials]


def _with_objects(trial: Trial, space: SearchSpace | None, given: Sequence[Any]) -> Trial:
    stored = trial.configuration
    try:
        if space is None:
            own = dict(given[trial.number])
        else:
            point = np.array([trial.point or ()], dtype=np.float64)
            if point.shape[1] != len(space.columns):
                raise ValueError(f"its hyperparameters are {sorted(stored)}, and others are searched now.")
            (own,) = space.decode(point)
    except (InvalidConfigurationError, IndexError, TypeError, ValueError) as error:
        raise StorageError(
            f"Trial {trial.number} of the storage file is not of this space: {error}"
        ) from error
    if own.keys() != stored.keys() or any(not _fits(stored[name], own[name]) for name in own):
        raise StorageError(
            f"Trial {trial.number} of the storage file is {stored!r}. Here it would be {own!r}."
        )
    # Floats are kept as they were: decoded ones may differ by rounding, on another machine for example.
    is_rounded = {
        name for name in own if type(own[name]) is float and not equal_values(stored[name], own[name])
    }
    own = {name: stored[name] if name in is_rounded else own[name] for name in own}
    return replace(trial, configuration=own)


def _fits(stored: Any, own: Any) -> bool:
    """Whether a stored value may be the one decoded, which may differ by rounding."""
    if isinstance(stored, StoredObject):
        return not (own is None or type(own) in (bool, int, str))
    if type(stored) is float and type(own) is float:
        return math.isclose(stored, own, rel_tol=1e-9, abs_tol=1e-12) or equal_values(stored, own)
    if type(stored) is type(own) is tuple:
        return len(stored) == len(own) and all(map(_fits, stored, own))
    return type(stored) is type(own) and equal_values(stored, own)
