"""What is looked up is there: every public name is on an API page, with its parameters and an example that runs."""

from __future__ import annotations

import configparser
import doctest
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "doc" / "api" / "index.rst"
HEADING = re.compile(r"^(\w[\w ]*)\n-{3,}\n", flags=re.MULTILINE)


def _for_users() -> Iterator[str]:
    """Yield the packages of which everything that they list is for users; of the others, what the pages name is."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    for layer, units in config["skhpo:layers"].items():
        if layer.startswith(("l5", "l6", "l7")):
            yield from (unit for unit in units.split() if "._" not in unit)
    yield "skhpo.defaults"


def _listed() -> Iterator[str]:
    """Yield the full names on the API pages."""
    for line in PAGES.read_text().splitlines():
        if re.fullmatch(r"   [\w.]+", line):
            yield f"skhpo.{line.strip()}"


def _item(name: str) -> object:
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


LISTED = sorted(_listed())
# What whoever writes a sampler or a dimension finds besides.
FOUND = [
    f"{package}.{name}"
    for package in ("skhpo.samplers", "skhpo.space")
    for name in importlib.import_module(package).__all__
    if callable(_item(f"{package}.{name}"))
]
OBJECTS = {id(_item(name)): name for name in [*FOUND, *LISTED]}
CLASSES = [name for name in LISTED if inspect.isclass(_item(name))]


@cache
def _sections(doc: str) -> MappingProxyType[str, str]:
    """Return the sections of a numpydoc docstring; what comes before them is the section ""."""
    _, *parts = HEADING.split(f"_\n---\n{inspect.cleandoc(doc)}")
    return MappingProxyType(
        {"" if title == "_" else title: text for title, text in zip(*[iter(parts)] * 2, strict=True)}
    )


def _described(item: object) -> set[str]:
    """Return the parameters and attributes that a docstring describes."""
    sections = _sections(item.__doc__ or "")
    lines = [line for title in ("Parameters", "Attributes") for line in sections.get(title, "").splitlines()]
    # Lists of names may be broken by a backslash.
    names = "\n".join(lines).replace("\\\n", "")
    heads = [re.split(r" : |$", line)[0] for line in names.splitlines() if re.match(r"[*\w]", line)]
    return {name.strip(" *") for head in heads for name in head.split(",")}


def _parameters(item: object) -> set[str]:
    try:
        return set(inspect.signature(item).parameters) - {"self", "cls"}
    except ValueError:  # an exception, which takes a message
        return set()


def _takes_a_message(item: object) -> bool:
    return inspect.isclass(item) and issubclass(item, BaseException)


def _methods(kind: type) -> Iterator[tuple[str, list[object]]]:
    """Yield the public methods and properties that are ours, each with all its versions up the bases."""
    bases = [base for base in kind.__mro__ if base.__module__.partition(".")[0] == "skhpo"]
    for name in sorted({name for base in bases for name in vars(base) if not name.startswith("_")}):
        found = [vars(base)[name] for base in bases if name in vars(base)]
        versions = [getattr(one, "__func__", one) for one in found]
        if all(inspect.isfunction(one) or isinstance(one, property) for one in versions):
            yield name, versions


@pytest.mark.parametrize("package", sorted(_for_users()))
def test_what_is_for_users_has_a_page(package) -> None:
    """A class without a page has parameters that nobody can look up."""
    exported = importlib.import_module(package).__all__
    named = [_item(name) for name in LISTED]
    assert [
        name for name in exported if callable(item := _item(f"{package}.{name}")) and item not in named
    ] == []


@pytest.mark.parametrize("name", sorted(OBJECTS.values()))
def test_it_is_described_with_an_example_that_runs(name) -> None:
    """Whoever looks a name up wants to see a line that runs."""
    item = _item(name)
    sections = _sections(item.__doc__ or "")
    assert sections[""].strip(), "a sentence says what it is"
    assert item.__name__ in sections.get("Examples", ""), "the example shows it"
    (found,) = doctest.DocTestFinder(recurse=False).find(item, item.__name__)
    assert any(not example.options.get(doctest.SKIP) for example in found.examples)
    assert item.__module__.startswith("skhpo."), "where the suite looks for examples"


def test_examples_are_run(pytestconfig) -> None:
    """Examples that nobody runs are wrong after a while."""
    assert pytestconfig.option.doctestmodules
    assert {"skhpo", "doc"} <= set(pytestconfig.getini("testpaths"))


@pytest.mark.parametrize("name", LISTED)
def test_all_its_parameters_are_described(name) -> None:
    """A parameter that is nowhere described is found by reading the source."""
    item = _item(name)
    wanted = set() if _takes_a_message(item) else _parameters(item)
    bases = item.__mro__ if inspect.isclass(item) else (item,)
    assert wanted - set().union(*map(_described, bases)) == set()


@pytest.mark.parametrize("name", CLASSES)
def test_its_methods_are_described(name) -> None:
    """An object whose methods say nothing is used by trying."""
    wrong = []
    for method, versions in _methods(_item(name)):
        if not any(one.__doc__ for one in versions):
            wrong.append(method)
        elif not isinstance(versions[0], property):
            missing = _parameters(versions[0]) - set().union(*map(_described, versions))
            wrong += [f"{method}: {parameter}" for parameter in sorted(missing)]
    assert wrong == []


def test_the_walk_sees_what_is_wrong() -> None:
    """A check that finds nothing because it looks at nothing would let everything pass."""

    def documented(first, second):
        r"""Do something.

        Parameters
        ----------
        first, \
        second : int
            The numbers.

        Examples
        --------
        >>> 1
        1
        """

    assert {"", "Parameters", "Examples"} == set(_sections(documented.__doc__))
    assert _described(documented) == _parameters(documented) == {"first", "second"}
    assert len(LISTED) > 90 and len(CLASSES) > 60
    assert {"fit", "trials_frame", "schedule"} <= dict(_methods(_item("skhpo.HyperbandSearchCV"))).keys()
