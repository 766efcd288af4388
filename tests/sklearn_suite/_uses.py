"""Tells which of scikit-learn's tests use a search class, by following names from the test's code and parameters."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any


def _names(code: types.CodeType) -> Iterator[str]:
    """Yield every name that a function's code looks up, in the functions inside it as well."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _parts_of_function(function: types.FunctionType) -> Iterator[Any]:
    for name in _names(function.__code__):
        if name in function.__globals__:
            yield function.__globals__[name]
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # A name that is bound only later.
            continue
    yield getattr(function, "__wrapped__", None)


def _parts_of_class(cls: type) -> Iterator[Any]:
    yield from cls.__mro__[1:]
    yield from vars(cls).values()


def _parts(value: Any, home: str) -> Iterator[Any]:
    """Yield what a value is made of, staying inside the test module called `home`."""
    is_at_home = getattr(value, "__module__", None) == home
    match value:
        case types.FunctionType():
            yield from _parts_of_function(value) if is_at_home else ()
        case type():
            yield from _parts_of_class(value) if is_at_home else ()
        case partial():
            yield from (value.func, *value.args, *value.keywords.values())
        case Mapping():
            yield from (*value.keys(), *value.values())
        case list() | tuple() | set() | frozenset():
            yield from value
        case _ if not isinstance(value, types.ModuleType):
            yield type(value)
            yield from getattr(value, "__dict__", {}).values()


def uses(values: Any, targets: frozenset[type], home: str) -> bool:
    """Whether a value leads to one of the target classes."""
    pending, seen = [values], set()
    while pending:
        value = pending.pop()
        if isinstance(value, type) and value in targets:
            return True
        if id(value) not in seen and len(seen) < 5000:
            seen.add(id(value))
            pending.extend(_parts(value, home))
    return False
