"""What README.md, CONTRIBUTING.md and the API pages say: code runs, classes are the package's, links exist."""

from __future__ import annotations

import inspect
import re
import textwrap
from pathlib import Path

import skhpo
from skhpo.plots import DISPLAYS
from skhpo.samplers import SAMPLERS
from skhpo.schedulers import SCHEDULERS
from skhpo.space import DIMENSIONS
from skhpo.stopping import STOPPING

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


def test_the_example_runs(capsys) -> None:
    """The first thing a user copies must work as it stands, and be as short as promised."""
    (example,) = _blocks("python")
    namespace: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), namespace)
    assert len([line for line in example.splitlines() if line]) <= 10
    search = namespace["search"]
    assert search.best_score_ > 0.97
    assert search.trials_[0].origin == "default"  # the text below the example says so
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


def test_the_api_pages_list_every_kind() -> None:
    """A sampler or a dimension without a page has parameters that nobody can look up."""
    pages = (ROOT / "doc" / "api" / "index.rst").read_text()
    listed = {line.rpartition(".")[2].strip() for line in pages.splitlines() if line.startswith("   ")}
    tables = (SAMPLERS, SCHEDULERS, DIMENSIONS, STOPPING, DISPLAYS)
    entries = {entry.__name__ for table in tables for entry in table.values()}
    assert sorted(entries - listed) == []
    assert sorted(set(skhpo.__all__) - listed) == []


def test_the_skeleton_of_a_sampler_works() -> None:
    """Whoever writes a first sampler starts from these lines, and would look for the mistake in their own."""
    (block,) = re.findall(r"^   ```python\n(.*?)^   ```$", CONTRIBUTING, flags=re.DOTALL | re.MULTILINE)
    namespace: dict[str, object] = {}
    exec(compile(textwrap.dedent(block), "CONTRIBUTING.md", "exec"), namespace)
    gamma = skhpo.Real(0.0, 1.0, when={"kernel": ["rbf"]})
    space = {"kernel": ["linear", "rbf"], "gamma": gamma}
    study = skhpo.Study(space, sampler=namespace["NearbySampler"](), random_state=0)
    for _ in range(10):
        job = study.ask()
        study.tell(job, score=job.configuration.get("gamma", 0.5))
    assert study.best_score > 0.5


def test_links_lead_somewhere() -> None:
    """A dead link in the README is a newcomer's first impression."""
    targets = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
