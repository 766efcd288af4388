"""The rules of the architecture, read from the source with `ast`: layers, sizes, docstrings, mirrored tests.

The layers are listed in ``setup.cfg``; the reasons are on the architecture page of the documentation.
"""

from __future__ import annotations

import ast
import configparser
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAX_FILE_LINES = 400
MAX_BODY_LINES = 40
MAX_PUBLIC_METHODS = 15
MAX_INHERITANCE = 2
# The other packages are machinery between these.
USED_BY_USERS = [
    *(
        "skhpo",
        "skhpo.defaults",
        "skhpo.ensemble",
        "skhpo.inspection",
        "skhpo.plots",
        "skhpo.samplers",
        "skhpo.search",
        "skhpo.space",
    ),
    "skhpo.tracking",
]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _configuration() -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.optionxform = str
    config.read(ROOT / "setup.cfg")
    return config


def _module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


CONFIG = _configuration()
OPTIONAL = set(CONFIG["skhpo:optional"]["packages"].split())
# The ladder from its foot: LEVEL[unit] is the height of a unit.
LEVEL = {
    unit: level
    for level, units in enumerate(reversed(list(CONFIG["skhpo:layers"].values())))
    for unit in units.split()
}
TREES = {path: ast.parse(path.read_text()) for path in sorted((ROOT / "skhpo").rglob("*.py"))}
MODULES = {_module_name(path): path for path in TREES}
TEST_FILES = sorted(path for path in (ROOT / "tests").rglob("*.py") if "__pycache__" not in path.parts)


def _unit(module: str) -> str:
    """Return the line entry of the layer list that a module belongs to."""
    fits = [unit for unit in LEVEL if unit != "skhpo" and (module + ".").startswith(unit + ".")]
    return max(fits, key=len, default="skhpo")


def _package(path: Path) -> str:
    """Return the package a file lies in; a package's own name for its ``__init__``."""
    return _module_name(path) if path.name == "__init__.py" else _module_name(path).rpartition(".")[0]


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and full module name of every import; ``from package import module`` names the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names} & set(MODULES)
            yield from ((node.lineno, name) for name in names or {node.module or ""})


def _own_imports(path: Path) -> Iterator[tuple[int, str]]:
    return ((line, name) for line, name in _imports(TREES[path]) if name.split(".")[0] == "skhpo")


def _functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _classes(tree: ast.AST) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def _place(path: Path, node: ast.AST | int) -> str:
    line = node if isinstance(node, int) else node.lineno
    return f"{path.relative_to(ROOT)}:{line}"


def test_every_module_has_a_layer() -> None:
    """A module outside the ladder could import anything: a newcomer must place it first."""
    homeless = [name for name in MODULES if _unit(name) == "skhpo" and name != "skhpo"]
    assert not homeless, f"add these to [skhpo:layers] in setup.cfg: {homeless}"


def test_the_ladder_lists_only_what_exists() -> None:
    """A layer list that names modules of the past or the future misleads its reader."""
    assert set(LEVEL) <= set(MODULES)


def test_layers_import_lower_layers_only() -> None:
    """The core must stay usable, testable and readable without what is built on top of it."""
    wrong = []
    for path in TREES:
        own = _unit(_module_name(path))
        for line, name in _own_imports(path):
            other = _unit(name)
            if other != own and LEVEL[other] >= LEVEL[own]:
                wrong.append(f"{_place(path, line)} ({own} imports {other})")
    assert not wrong, wrong


def test_modules_of_a_package_do_not_import_each_other_in_circles() -> None:
    """A circle between files means none of them can be read, tested or replaced alone."""
    graph = {name: {target for _, target in _own_imports(path)} for name, path in MODULES.items()}
    finished: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"circular import: {' -> '.join((*trail, name))}"
        if name not in finished:
            for target in graph.get(name, ()):
                visit(target, (*trail, name))
            finished.add(name)

    for name in graph:
        visit(name, ())


def test_private_modules_are_imported_by_their_own_package_only() -> None:
    """A file with an underscore may be split or renamed at will: nothing outside its package knows it."""
    wrong = []
    for path in TREES:
        for line, name in _own_imports(path):
            package, _, module = name.rpartition(".")
            if module.startswith("_") and not (_package(path) + ".").startswith(package + "."):
                wrong.append(f"{_place(path, line)} imports {name}")
    assert not wrong, wrong


def test_there_are_no_type_checking_blocks() -> None:
    """Imports for the type checker alone hide circles from every reader of the import list."""
    wrong = [path.name for path in TREES if "TYPE_CHECKING" in path.read_text()]
    assert not wrong, wrong


def test_imports_inside_functions_are_optional_packages() -> None:
    """A hidden import of our own makes the first call slow and the dependency invisible."""
    wrong = []
    for path, tree in TREES.items():
        for function in _functions(tree):
            for line, name in _imports(function):
                if name.split(".")[0] not in OPTIONAL:
                    wrong.append(f"{_place(path, line)} imports {name}")
    assert not wrong, wrong


def test_optional_packages_are_imported_inside_functions() -> None:
    """`import skhpo` must work with the five core dependencies alone."""
    wrong = []
    for path, tree in TREES.items():
        inside = {line for function in _functions(tree) for line, _ in _imports(function)}
        for line, name in _imports(tree):
            if name.split(".")[0] in OPTIONAL and line not in inside:
                wrong.append(f"{_place(path, line)} imports {name}")
    assert not wrong, wrong


def test_files_are_short() -> None:
    """A file is read in one sitting or not at all."""
    lengths = {path: len(path.read_text().splitlines()) for path in TREES}
    wrong = {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > MAX_FILE_LINES}
    assert not wrong, wrong


def _body_lines(function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_function_bodies_are_short() -> None:
    """A function that fits on a screen can be checked by looking at it."""
    wrong = [
        f"{_place(path, function)} {function.name}: {_body_lines(function)} lines"
        for path, tree in TREES.items()
        for function in _functions(tree)
        if _body_lines(function) > MAX_BODY_LINES
    ]
    assert not wrong, wrong


def test_classes_have_few_public_methods() -> None:
    """A class with more public methods has more than one reason to change."""
    wrong = []
    for path, tree in TREES.items():
        for node in _classes(tree):
            public = [m for m in node.body if isinstance(m, Function) and not m.name.startswith("_")]
            if len(public) > MAX_PUBLIC_METHODS:
                wrong.append(f"{_place(path, node)} {node.name}: {len(public)}")
    assert not wrong, wrong


def _base_names(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).split("[")[0].rpartition(".")[2] for base in node.bases}


def test_inheritance_is_shallow() -> None:
    """To know what a class does one reads it and its base, not a family."""
    bases = {node.name: _base_names(node) for tree in TREES.values() for node in _classes(tree)}

    def depth(name: str) -> int:
        return max((1 + depth(base) for base in bases[name] if base in bases), default=0)

    wrong = {name: depth(name) for name in bases if depth(name) > MAX_INHERITANCE}
    assert not wrong, wrong


def test_the_package_does_not_assert() -> None:
    """An assert is gone under ``python -O`` and tells the user nothing about what to do."""
    wrong = [
        _place(path, node)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
    ]
    assert not wrong, wrong


def test_constructors_name_all_their_parameters() -> None:
    """With ``**kwargs`` a misspelt argument is swallowed in silence."""
    wrong = [
        _place(path, function)
        for path, tree in TREES.items()
        for node in _classes(tree)
        for function in node.body
        if isinstance(function, Function) and function.name == "__init__" and function.args.kwarg
    ]
    assert not wrong, wrong


def _public_objects() -> Iterator[tuple[str, object]]:
    for name in USED_BY_USERS:
        module = importlib.import_module(name)
        for public in module.__all__:
            yield f"{name}.{public}", getattr(module, public)


def test_packages_list_what_they_export() -> None:
    """An import list and ``__all__`` that differ are found by the user; their order is checked by ruff."""
    for name, path in MODULES.items():
        if path.name == "__init__.py":
            listed = importlib.import_module(name).__all__
            imported = {
                alias.asname or alias.name
                for node in TREES[path].body
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
            assert len(set(listed)) == len(listed), name
            assert imported <= {*listed, "annotations"}, (name, imported - set(listed))


def test_public_classes_and_functions_show_how_they_are_used() -> None:
    """Whoever looks a name up wants to see a line that runs."""
    wrong = []
    for name, item in _public_objects():
        if not (inspect.isclass(item) or inspect.isfunction(item)):
            continue
        # Users do not call errors, records and contracts: what they mean and demand is enough.
        is_used = not inspect.isabstract(item) and not (
            inspect.isclass(item) and issubclass(item, BaseException | tuple)
        )
        doc = inspect.getdoc(item) or ""
        if not doc or (is_used and ">>>" not in doc):
            wrong.append(name)
    assert not wrong, wrong


def _test_functions(path: Path) -> Iterator[Function]:
    tree = ast.parse(path.read_text())
    return (function for function in _functions(tree) if function.name.startswith("test_"))


def test_every_test_says_what_it_protects() -> None:
    """A test nobody understands is deleted when it fails."""
    wrong = [
        f"{_place(path, function)} {function.name}"
        for path in TEST_FILES
        for function in _test_functions(path)
        if not ast.get_docstring(function)
    ]
    assert not wrong, wrong


def test_tests_mirror_the_package() -> None:
    """The tests of a file are where one looks: tests/space/test_numeric.py for skhpo/space/_numeric.py."""
    wrong = []
    for path in TEST_FILES:
        folder, name = path.parent.relative_to(ROOT / "tests"), path.stem.removeprefix("test_")
        if path.stem == name or not (ROOT / "skhpo" / folder).is_dir() or folder == Path():
            continue
        candidates = [ROOT / "skhpo" / folder / f"{stem}.py" for stem in (name, f"_{name}")]
        if not any(candidate in TREES for candidate in candidates):
            wrong.append(str(path.relative_to(ROOT)))
    assert not wrong, wrong


def test_modules_open_by_saying_what_is_in_them() -> None:
    """The first lines of the files are the map of the package."""
    wrong = [name for name, path in MODULES.items() if not ast.get_docstring(TREES[path])]
    assert not wrong, wrong
