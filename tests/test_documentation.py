"""What the pages in doc/ promise: every result is shown with its command, every picture is in the gallery."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from skhpo.plots import DISPLAYS

ROOT = Path(__file__).parents[1]
DOC = ROOT / "doc"
RESULTS = sorted((ROOT / "benchmarks" / "results").glob("*.md"))
EXAMPLES = sorted((DOC / "examples").glob("*.py"))
QUESTIONS = sorted(path for path in (DOC / "questions").glob("*.rst") if path.stem != "index")


def commands(text: str) -> list[str]:
    """The benchmark commands of a page, each on one line."""
    joined = re.sub(r"\s*\\\n\s*", " ", text)
    return [
        re.sub(r"\s+", " ", command).strip()
        for command in re.findall(r"python benchmarks/[a-z_]+\.py[^`\n]*", joined)
    ]


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.name)
def test_every_result_is_on_the_page_with_its_command(path) -> None:
    """A figure without its command cannot be checked, and one that is not on the page is not found."""
    page = (DOC / "guide" / "measured.rst").read_text()
    assert f".. measured:: {path.name}\n" in page
    command, *_ = commands(path.read_text())
    assert command in commands(page)


def test_headings_of_results_are_found() -> None:
    """A heading that has changed in a results file would stop the documentation from being built."""
    for page in [*DOC.rglob("guide/*.rst"), *QUESTIONS]:
        shown = re.findall(r"\.\. measured:: (\S+)(?:\n\s+:under: (.+))?", page.read_text())
        for name, heading in shown:
            paragraphs = (ROOT / "benchmarks" / "results" / name).read_text().split("\n\n")
            headings = [text.lstrip("# ") for text in paragraphs]
            start = headings.index(heading) if heading else 0
            assert any(text.startswith("|") for text in paragraphs[start:]), (page.name, name)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_asks_a_question_and_says_what_one_learns(path) -> None:
    """Readers look for their question in a list of titles, and for the answer at the end."""
    text = path.read_text()
    title, underline = ast.get_docstring(ast.parse(text)).splitlines()[:2]
    assert title.endswith("?") and underline == "=" * len(title)
    if path.name.startswith("plot_"):
        assert "\n# What one learns\n" in text


def test_the_reading_order_lists_what_there_is() -> None:
    """An example that was renamed would move to the end of the gallery, and nobody would notice."""
    tree = ast.parse((DOC / "reading_order.py").read_text())
    assignment = next(node for node in tree.body if isinstance(node, ast.Assign))
    listed = ast.literal_eval(assignment.value)
    assert sorted(set(listed) - {path.name for path in EXAMPLES}) == []
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("display", DISPLAYS.values(), ids=lambda display: display.__name__)
def test_every_picture_is_in_the_gallery(display) -> None:
    """People look rather than read: what is not pictured is not used."""
    drawn = f"{display.__name__}.from_estimator"
    assert drawn in (DOC / "examples" / "plot_pictures.py").read_text()


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_questions_are_short_and_lead_on(path) -> None:
    """An answer of many pages is not read, and one without links ends where questions begin."""
    text = path.read_text()
    assert len(text.splitlines()) <= 110
    assert re.search(r":doc:|:ref:", text)
    assert f"\n   {path.stem}\n" in (DOC / "questions" / "index.rst").read_text()
