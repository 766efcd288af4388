"""Trials and measurements as JSON, and back; every row carries a digest that shows damage.

Numbers, strings, booleans, None and tuples of these are written as they are. Other values of hyperparameters are
written as the place of the choice in its list and a text for people: only the search itself, which has the objects, can
read them back.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from skhpo.space import SearchSpace, short_repr
from skhpo.trial import FitError, Measurement, Trial

STATUSES = ("running", "paused", "complete", "pruned", "failed")
_NUMPY_KINDS = "biufU"  # numbers and texts


def to_json(content: Any) -> str:
    """Write a JSON text without spaces; anything but numbers that are finite has to be described by the caller."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False)


def digest(*parts: object) -> str:
    """Return a short checksum of the texts and numbers of a row."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def trial_to_json(trial: Trial, space: SearchSpace | None) -> str:
    """Describe a trial without its measurements, of which only the number is written."""
    content: dict[str, Any] = {
        "configuration": {
            name: _value_to_json(value, space, name) for name, value in trial.configuration.items()
        },
        "point": None if trial.point is None else [_float_to_json(value) for value in trial.point],
        "origin": trial.origin,
        "status": trial.status,
        "pending": list(trial.pending),
        "score": _float_to_json(trial.score),
        "resource": None if trial.resource is None else int(trial.resource),
        "bracket": trial.bracket,
        "noisiness": _float_to_json(trial.noisiness),
        "parent": trial.parent,
        "n_measurements": len(trial.measurements),
    }
    if trial.discarded:
        content["discarded"] = [
            [int(one.split), one.resource and int(one.resource), _describe(one)] for one in trial.discarded
        ]
    return to_json(content)


def trial_from_json(number: int, content: Mapping[str, Any], measurements: Sequence[Measurement]) -> Trial:
    """Build a trial, with what is left of its configuration: see `StoredObject`.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the content is not that of a trial.
    """
    point = content["point"]
    trial = Trial(
        number=number,
        configuration={
            str(name): _value_from_json(value) for name, value in content["configuration"].items()
        },
        point=None if point is None else tuple(_float_from_json(value) for value in point),
        origin=str(content["origin"]),
        status=content["status"],
        measurements=tuple(measurements),
        pending=tuple(_count(split) for split in content["pending"]),
        score=_float_from_json(content["score"]),
        resource=_optional_count(content["resource"]),
        bracket=_count(content["bracket"]),
        noisiness=_float_from_json(content["noisiness"]),
        parent=_optional_count(content["parent"]),
        discarded=tuple(measurement_from_json(*one) for one in content.get("discarded", ())),
    )
    if trial.status not in STATUSES or len(measurements) != content["n_measurements"]:
        raise ValueError(f"trial {number} is not as it was written")
    return trial


def measurement_to_json(measurement: Measurement) -> str:
    """Describe all that was measured in a fit, apart from its split and resource."""
    return to_json(_describe(measurement))


def _describe(measurement: Measurement) -> dict[str, Any]:
    error = measurement.error
    content: dict[str, Any] = {
        "scores": _scores_to_json(measurement.scores),
        "fit_time": _float_to_json(measurement.fit_time),
        "score_time": _float_to_json(measurement.score_time),
    }
    if measurement.train_scores is not None:
        content["train_scores"] = _scores_to_json(measurement.train_scores)
    if error is not None:
        content["error"] = {name: getattr(error, name) for name in FitError.__dataclass_fields__}
    if measurement.fold_scores:
        content["fold_scores"] = [_float_to_json(score) for score in measurement.fold_scores]
    if measurement.n_iterations is not None:
        content["n_iterations"] = int(measurement.n_iterations)
    if measurement.started is not None and math.isfinite(measurement.started):
        content["started"] = float(measurement.started)
    if measurement.worker is not None:
        name = measurement.worker
        content["worker"] = str(name) if isinstance(name, str) else int(name)
    return content


def measurement_from_json(split: int, resource: int | None, content: Mapping[str, Any]) -> Measurement:
    """Build a measurement; raises as `trial_from_json`."""
    train_scores, error = content.get("train_scores"), content.get("error")
    return Measurement(
        split=_count(split),
        scores=_scores_from_json(content["scores"]),
        train_scores=None if train_scores is None else _scores_from_json(train_scores),
        fit_time=_float_from_json(content["fit_time"]),
        score_time=_float_from_json(content["score_time"]),
        error=None if error is None else FitError(**{str(k): _text(v) for k, v in error.items()}),
        fold_scores=tuple(_float_from_json(score) for score in content.get("fold_scores", ())),
        resource=_optional_count(resource),
        n_iterations=_optional_count(content.get("n_iterations")),
        started=_optional_moment(content.get("started")),
        worker=_optional_name(content.get("worker")),
    )


class StoredObject:
    """Stands for the value of a hyperparameter that a file holds the text of only.

    Parameters
    ----------
    text : str
        Its ``repr``.
    place : int or None, default=None
        Its place among the choices of its hyperparameter.

    Examples
    --------
    >>> from skhpo.storage import StoredObject
    >>> StoredObject("SVC(C=2.0)", 0)
    <SVC(C=2.0)>
    """

    def __init__(self, text: str, place: int | None = None) -> None:
        self.text = text
        self.place = place

    def __repr__(self) -> str:
        return f"<{self.text}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StoredObject):
            return NotImplemented
        return (self.text, self.place) == (other.text, other.place)

    def __hash__(self) -> int:
        return hash((self.text, self.place))


def _value_to_json(value: Any, space: SearchSpace | None, name: str) -> Any:
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, np.generic) and value.dtype.kind in _NUMPY_KINDS:
        item = value.item()
        if type(item) in (bool, int, float, str):
            kind = "str" if type(item) is str else value.dtype.name
            return {"numpy": kind, "value": _value_to_json(item, None, name)}
    if type(value) is tuple:
        entries = [_value_to_json(one, None, name) for one in value]
        if not any(isinstance(one, dict) and "repr" in one for one in entries):
            return {"tuple": entries}
    return {"choice": _place(value, space, name), "repr": short_repr(value)}


def _value_from_json(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "float" in value:
        return float(_text(value["float"]))
    if "numpy" in value:
        dtype = np.dtype(_text(value["numpy"]))
        if dtype.kind not in _NUMPY_KINDS:
            raise ValueError("a number or text of numpy was expected")
        item = _value_from_json(value["value"])
        # Older versions of numpy let integers run over.
        if dtype.kind in "iu" and not np.iinfo(dtype).min <= item <= np.iinfo(dtype).max:
            raise ValueError(f"{item} is no {dtype}")
        return dtype.type(item)
    if "tuple" in value:
        return tuple(_value_from_json(one) for one in value["tuple"])
    return StoredObject(_text(value["repr"]), _optional_count(value["choice"]))


def _place(value: Any, space: SearchSpace | None, name: str) -> int | None:
    for subspace in () if space is None else space.subspaces:
        choices = getattr(subspace.dimensions.get(name), "choices", ())
        place = next((i for i, choice in enumerate(choices) if choice is value), None)
        if place is not None:
            return place
    return None


def _float_to_json(value: float) -> float | str | None:
    if math.isfinite(value):
        return float(value)
    return None if math.isnan(value) else str(value)


def _float_from_json(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError("a number was expected")
    return math.nan if value is None else float(value)


def _scores_to_json(scores: Mapping[str, float]) -> dict[str, float | str | None]:
    return {name: _float_to_json(score) for name, score in scores.items()}


def _scores_from_json(scores: Mapping[str, Any]) -> dict[str, float]:
    return {str(name): _float_from_json(score) for name, score in scores.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("a number that is not negative was expected")
    return value


def _optional_moment(value: Any) -> float | None:
    if value is None:
        return None
    moment = _float_from_json(value)
    if not math.isfinite(moment):
        raise ValueError("a moment was expected")
    return moment


def _optional_name(value: Any) -> int | str | None:
    return value if isinstance(value, str) else _optional_count(value)


def _optional_count(value: Any) -> int | None:
    return None if value is None else _count(value)
