"""Equality, JSON form and short text of arbitrary Python values, for choices that may be any object."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np


def equal_values(first: Any, second: Any) -> bool:
    """Tell whether two values are the same choice: identical, or of one type and equal throughout.

    ``True`` is not ``1`` and ``1`` is not ``1.0``; NaN equals NaN; arrays, containers and estimators are compared by
    their contents.

    Examples
    --------
    >>> equal_values(1, True), equal_values([1, float("nan")], [1, float("nan")])
    (False, True)
    """
    if first is second:
        return True
    if type(first) is not type(second):
        return False
    for types, equal in _EQUALITIES:
        if isinstance(first, types):
            return equal(first, second)
    if not isinstance(first, type) and callable(getattr(first, "get_params", None)):
        return _equal_mappings(first.get_params(deep=False), second.get_params(deep=False))
    return _equal_by_method(first, second)


def value_to_json(value: Any) -> Any:
    """Describe a value by what JSON can hold; equal values get equal descriptions in every process.

    Examples
    --------
    >>> from skhpo.space import value_to_json
    >>> value_to_json((1, None))
    {'tuple': [1, None]}
    """
    if value is None or type(value) in (bool, int, str):
        return value
    for types, describe in _DESCRIPTIONS:
        if isinstance(value, types):
            return describe(value)
    if callable(getattr(value, "get_params", None)):
        return {"class": _name(type(value)), "params": value_to_json(value.get_params(deep=False))}
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
    return {"class": _name(type(value)), "repr": text}


def short_repr(value: Any, limit: int = 200) -> str:
    """Show a value in an error message, on one line and without flooding it.

    Examples
    --------
    >>> from skhpo.space import short_repr
    >>> short_repr("a long text", limit=8)
    "'a lo..."
    """
    text = re.sub(r"\s*\n\s*", " ", repr(value))
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _equal_floats(first: Any, second: Any) -> bool:
    return bool(first == second or (first != first and second != second))


def _equal_arrays(first: Any, second: Any) -> bool:
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    if first.dtype.kind in "fc":
        return bool(np.array_equal(first, second, equal_nan=True))
    if first.dtype.hasobject:
        return _equal_sequences(first.ravel().tolist(), second.ravel().tolist())
    return bool(np.array_equal(first, second))


def _equal_sequences(first: Any, second: Any) -> bool:
    return len(first) == len(second) and all(map(equal_values, first, second))


def _equal_mappings(first: Any, second: Any) -> bool:
    return first.keys() == second.keys() and all(equal_values(first[key], second[key]) for key in first)


def _equal_by_method(first: Any, second: Any) -> bool:
    # DataFrames and the like compare element by element with ==, and offer `equals` instead
    equals = getattr(first, "equals", None)
    try:
        return bool(equals(second)) if callable(equals) else bool(first == second)
    except Exception:  # a foreign __eq__ may raise anything; then the two cannot be told to be the same
        return False


_EQUALITIES: tuple[tuple[Any, Callable[[Any, Any], bool]], ...] = (
    ((float, complex, np.inexact), _equal_floats),
    (np.ndarray, _equal_arrays),
    ((list, tuple), _equal_sequences),
    (Mapping, _equal_mappings),
)


def _name(kind: Any) -> str:
    module = getattr(kind, "__module__", None)
    return f"{module}.{kind.__qualname__}" if module else str(kind.__qualname__)


def _float_to_json(value: Any) -> Any:
    # -0.0 is the same choice as 0.0
    return float(value) + 0.0 if math.isfinite(value) else {"float": repr(float(value))}


def _array_to_json(value: Any) -> Any:
    items = [value_to_json(item) for item in value.ravel().tolist()]
    return {"array": items, "dtype": str(value.dtype), "shape": list(value.shape)}


def _mapping_to_json(value: Any) -> Any:
    if all(type(key) is str for key in value):
        return {"dict": {key: value_to_json(value[key]) for key in sorted(value)}}
    return {"items": sorted(([value_to_json(key), value_to_json(value[key])] for key in value), key=repr)}


_DESCRIPTIONS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (np.generic, lambda value: {"numpy": value.dtype.name, "value": value_to_json(value.item())}),
    (float, _float_to_json),
    (list, lambda value: [value_to_json(item) for item in value]),
    (tuple, lambda value: {"tuple": [value_to_json(item) for item in value]}),
    ((set, frozenset), lambda value: {"set": sorted((value_to_json(item) for item in value), key=repr)}),
    (Mapping, _mapping_to_json),
    (np.ndarray, _array_to_json),
    ((type, FunctionType, BuiltinFunctionType, np.ufunc), lambda value: {"name": _name(value)}),
)
