"""The tables of the migration page as they stand there: rows for the tests, and the code in their cells."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

PAGE = Path(__file__).parents[2] / "doc" / "guide" / "migration.rst"


class Row(NamedTuple):
    """What the page says of the other package, and of this one."""

    theirs: str
    ours: str

    def code(self, cell: str, i: int = 0) -> str:
        """Return the i-th piece of code of a cell, "theirs" or "ours"."""
        return re.findall(r"``(.+?)``", getattr(self, cell))[i]

    def value(self, cell: str, names: dict[str, Any], i: int = 0) -> Any:
        """Return what the code is worth, if it is an expression."""
        return eval(self.code(cell, i), dict(names))

    def options(self, cell: str, names: dict[str, Any] | None = None, i: int = 0) -> dict[str, Any]:
        """Return the arguments that the code writes."""
        return eval(f"dict({self.code(cell, i)})", dict(names or {}))


def tables() -> dict[str, list[Row]]:
    """Return the rows of every table, by the first cell of its header."""
    found = {}
    for block in PAGE.read_text().split(".. list-table::\n")[1:]:
        lines = block.split("\n\n", 1)[1].split("\n\n")[0].splitlines()
        cells = [match.group(1) for line in lines if (match := re.match(r"^   [* ] - (.*)$", line))]
        rows = [Row(*pair) for pair in zip(cells[::2], cells[1::2], strict=True)]
        found[rows[0].theirs] = rows[1:]
    return found


def rows_of(header: str) -> Callable[..., pytest.MarkDecorator]:
    """Return a decorator that gives a test rows of a table, named by their first cells, as its argument `row`."""
    rows = {row.theirs: row for row in tables()[header]}

    def covers(*cells: str) -> pytest.MarkDecorator:
        return pytest.mark.parametrize("row", [rows[cell] for cell in cells], ids=cells)

    return covers
