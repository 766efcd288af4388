"""What README.md says: its example runs, its table of classes is the package's, its links and commands exist."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import skhpo
from skhpo.samplers import SAMPLERS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


def test_the_example_runs(capsys) -> None:
    """The first thing a user copies must work as it stands, and be as short as promised."""
    (example,) = _blocks("python")
    namespace: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), namespace)
    assert len([line for line in example.splitlines() if line]) <= 10
    assert namespace["search"].best_score_ > 0.97
    assert "svc__C" in capsys.readouterr().out


def test_set_up_is_two_lines() -> None:
    """A fresh machine needs the first command for the quickstart and the second for the whole suite."""
    commands = [line for block in _blocks("sh") for line in block.splitlines()]
    assert len(commands) == 2
    assert "examples/quickstart.py" in commands[0] and (ROOT / "examples" / "quickstart.py").exists()
    assert "[test]" in commands[1] and "pytest" in commands[1]


def test_the_table_of_classes_is_the_packages() -> None:
    """A class that is not in the README is not found, one that is only there cannot be imported."""
    table = README.split("## What is in it")[1].split("## ")[0]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    listed = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}
    public = {
        name
        for name in skhpo.__all__
        if inspect.isclass(item := getattr(skhpo, name)) and not issubclass(item, BaseException)
    }
    assert listed == public


def test_every_sampler_is_named() -> None:
    """The names that BayesSearchCV takes are the ones that the README promises."""
    (row,) = (line for line in README.splitlines() if line.startswith("| `BayesSearchCV`"))
    assert set(re.findall(r'`"(\w+)"`', row)) == set(SAMPLERS)


def test_links_lead_somewhere() -> None:
    """A dead link in the README is a newcomer's first impression."""
    targets = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
