"""A short run of the fuzzing benchmark: damaged and crafted files, and spaces that are none."""

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parent.parent / "benchmarks" / "fuzz.py"


@pytest.fixture(scope="module")
def fuzz():
    """The benchmark as a module."""
    spec = importlib.util.spec_from_file_location("fuzz", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def findings(found):
    """What is neither a result nor an error that says what is wrong."""
    assert {outcome for _, outcome in found} > {"a result"}
    return [outcome for _, outcome in found if outcome.startswith("FOUND")]


def test_damaged_files_give_a_result_or_an_error_of_ours(fuzz):
    """A damaged file would end in an error that nobody understands, or in a search that never ends."""
    assert findings(fuzz.fuzz_files(40, seed=1)) == []


def test_strange_spaces_give_a_result_or_an_error_of_ours(fuzz):
    """A mistake in a space would end in an error from the depths of the package."""
    assert findings(fuzz.fuzz_spaces(150, seed=1)) == []
