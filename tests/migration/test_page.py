"""Every row of the migration page has a test that runs it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from migration.page import tables

MODULES = sorted(Path(__file__).parent.glob("test_*.py"))
TABLES = tables()


def _covered() -> set[tuple[str, str]]:
    """Return header and first cell of each row that a test is decorated with, whether or not its packages are here."""
    covered = set()
    for path in MODULES:
        tree = ast.parse(path.read_text())
        headers = {
            node.targets[0].id: node.value.args[0].value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and getattr(node.value.func, "id", "") == "rows_of"
        }
        tests = (
            node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        )
        for call in (one for test in tests for one in test.decorator_list if isinstance(one, ast.Call)):
            header = headers.get(getattr(call.func, "id", ""))
            covered |= {(header, cell.value) for cell in call.args} if header else set()
    return covered


@pytest.mark.parametrize("header", TABLES)
def test_every_row_is_run(header) -> None:
    """Whoever changes over follows a row that has been wrong for two versions of either package."""
    rows = [row.theirs for row in TABLES[header]]
    assert len(rows) == len(set(rows)) >= 5
    tested = {cell for name, cell in _covered() if name == header}
    assert [row for row in rows if row not in tested] == []


def test_all_peers_are_there() -> None:
    """A table that is not found is not tested either, and nobody would notice."""
    names = ("`GridSearchCV`", "`RandomizedSearchCV`", "Halving", "skopt", "`OptunaSearchCV`", "dask_ml")
    assert [name for name in names if not any(name in header for header in TABLES)] == []
