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
from skhpo.storage._file import open_for_reading
from skhpo.storage._rows import StoredObject, digest, measurement_from_json, trial_from_json
from skhpo.trial import Measurement, Trial

MAX_BYTES = 2**33  # of one array of indices
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
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no storage file {str(path)!r}.")
    try:
        with closing(open_for_reading(path)) as connection:
            return read_from(connection, path)
    except sqlite3.Error as error:
        raise StorageError(f"{str(path)!r} cannot be read as a storage file: {error}.") from error


def read_from(connection: sqlite3.Connection, path: Path) -> Record:
    """Read all that an open file holds."""
    connection.execute("BEGIN")  # one state of the file for all of its tables
    try:
        info = {key: json.loads(value) for key, value in connection.execute("SELECT key, value FROM study")}
        splits = [
            (_unpack(train), _unpack(test))
            for train, test in connection.execute("SELECT train, test FROM splits ORDER BY number")
        ]
        return Record(info, splits, _read_trials(connection, len(splits)))
    except sqlite3.Error as error:
        raise StorageError(f"{str(path)!r} cannot be read as a storage file: {error}.") from error
    except _BAD_CONTENT as error:
        raise StorageError(f"{str(path)!r} is damaged: {error!r}.") from error
    finally:
        connection.rollback()


def pack(indices: Any) -> bytes:
    """Write indices as compressed differences, which are mostly ones."""
    return zlib.compress(np.diff(np.asarray(indices, dtype="<i8"), prepend=0).tobytes(), 1)


def _unpack(packed: Any) -> Any:
    stream = zlib.decompressobj()
    content = stream.decompress(packed, MAX_BYTES)
    if not stream.eof:
        raise ValueError("the indices of a split are incomplete")
    return np.cumsum(np.frombuffer(content, dtype="<i8")).astype(np.intp)


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
        trials.append(trial_from_json(number, json.loads(content), fits[number]))
    for trial in trials:
        if (trial.parent or 0) >= len(trials) or any(split >= max(n_splits, 1) for split in trial.pending):
            raise ValueError(f"trial {trial.number} refers to what does not exist")
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
            (own,) = space.decode(np.array([trial.point], dtype=np.float64))
    except (InvalidConfigurationError, IndexError, TypeError, ValueError) as error:
        raise StorageError(
            f"Trial {trial.number} of the storage file is not of this space: {error}"
        ) from error
    if own.keys() != stored.keys() or any(not _fits(stored[name], own[name]) for name in own):
        raise StorageError(
            f"Trial {trial.number} of the storage file is {stored!r}. Here it would be {own!r}."
        )
    return replace(trial, configuration={name: _plain_or(stored[name], own[name]) for name in own})


def _fits(stored: Any, own: Any) -> bool:
    """Whether a stored value may be the one decoded, which may differ by rounding."""
    if isinstance(stored, StoredObject):
        return not (own is None or type(own) in (bool, int, str))
    if type(stored) is float and type(own) is float:
        return math.isclose(stored, own, rel_tol=1e-9, abs_tol=1e-12) or equal_values(stored, own)
    return type(stored) is type(own) and equal_values(stored, own)


def _plain_or(stored: Any, own: Any) -> Any:
    return own if isinstance(stored, StoredObject) else stored
