"""How a measurement keeps its scores: without the weight of a dict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple


class _Packed(NamedTuple):
    """A dict of several scores, whose names are shared by all measurements."""

    names: tuple[str, ...]
    values: tuple[float, ...]


class PackedScores:
    """Keeps the scores of a measurement without the weight of a dict, and gives them as one.

    A search of ten thousand trials would otherwise hold more dicts than anything else.

    Parameters
    ----------
    slot : descriptor
        Where the class keeps them.
    only : str
        Name of the metric where there is one.
    """

    _known: ClassVar[dict[tuple[str, ...], tuple[str, ...]]] = {}

    def __init__(self, slot: Any, only: str) -> None:
        self._slot, self._only = slot, only

    def __get__(self, owner: object, kind: type | None = None) -> Any:
        if owner is None:
            return self
        packed = self._slot.__get__(owner, kind)
        if type(packed) is float:
            return {self._only: packed}
        return dict(zip(*packed, strict=True)) if isinstance(packed, _Packed) else packed

    def __set__(self, owner: object, scores: Mapping[str, float] | None) -> None:
        packed: Any = scores
        if scores is not None:
            names, values = tuple(scores), tuple(scores.values())
            is_plain = names == (self._only,) and type(values[0]) is float
            packed = values[0] if is_plain else _Packed(self._known.setdefault(names, names), values)
        self._slot.__set__(owner, packed)
