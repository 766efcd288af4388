"""Configuration of Sphinx. Build with ``python -m sphinx -W -b html doc doc/_build/html``; no network is needed."""

import importlib
import inspect
import sys
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from numpydoc.docscrape import NumpyDocString
from sklearn.base import BaseEstimator
from sphinx.util.docutils import SphinxDirective

import skhpo
from skhpo.space import Dimension

# sphinx-gallery imports the order of the examples by name.
sys.path.insert(0, str(Path(__file__).parent))
RESULTS = Path(__file__).parents[1] / "benchmarks" / "results"

project = "skhpo"
author = "the skhpo developers"
copyright = "2026, the skhpo developers"  # noqa: A001 (the name is Sphinx's)
release = skhpo.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "matplotlib.sphinxext.plot_directive",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "examples"]  # the pages made of these are in auto_examples
nitpicky = False
default_role = "literal"

autosummary_generate = True
autodoc_typehints = "none"  # the types are in the docstrings
numpydoc_show_class_members = False  # the template of classes lists them

# The pictures are drawn by the package itself while the pages are built: ``.. plot:: start.py``.
plot_basedir = "pictures"
plot_formats = [("png", 150)]
plot_html_show_formats = False
plot_html_show_source_link = False
plot_rcparams = {
    "axes.grid": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "figure.facecolor": "white",  # readable on a dark page as well
    "font.size": 9,
    "grid.color": "#CCCCCC",
    "legend.fontsize": 8,
    "lines.markersize": 5,
}

# Scripts that begin with `plot_` are run when their page is built, and one that fails fails the build. The others are
# shown as they are: they need packages that the documentation does not.
sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "auto_examples",
    "backreferences_dir": "auto_examples/backreferences",
    "doc_module": ("skhpo",),
    "filename_pattern": r"/plot_",
    "within_subsection_order": "reading_order.ReadingOrder",
    "image_srcset": ["2x"],
    "remove_config_comments": True,
    "show_signature": False,
    "write_computation_times": False,
    # What is drawn is shown; the objects that drew it, and searches that were fitted, say nothing more.
    "ignore_repr_types": r"matplotlib|skhpo",
}

html_theme = "pydata_sphinx_theme"
html_title = f"skhpo {release}"
html_show_sourcelink = False
html_theme_options = {"secondary_sidebar_items": ["page-toc"], "show_prev_next": False}


# Of these classes the pages show what a user calls; the rest is for whoever writes another one, and is shown with the
# base class. What searches inherit from scikit-learn is listed with a line each: its own pages describe it.
ESTIMATOR_METHODS = ["fit", "from_search", "trials_frame"]
DIMENSION_METHODS = ["contains", "sample", "values"]


def described_methods() -> dict[str, list[str]]:
    """Return which methods the page of a class describes in full, for the classes where these are not all."""
    described = {}
    classes = {name: item for name in skhpo.__all__ if isinstance(item := getattr(skhpo, name), type)}
    for name, item in classes.items():
        if issubclass(item, BaseEstimator):
            described[name] = [method for method in ESTIMATOR_METHODS if hasattr(item, method)]
        elif issubclass(item, Dimension):
            described[name] = DIMENSION_METHODS
    return described


autosummary_context = {"described_methods": described_methods()}


class Registry(SphinxDirective):
    """A table of the entries of one of the package's tables: ``.. registry:: skhpo.samplers.SAMPLERS``.

    The pages cannot fall behind the package: each entry's row is its name, its class and the first line of the
    class's docstring. With the option ``:argument:`` it also says what the entry's first parameter is.
    """

    required_arguments = 1
    option_spec = {"argument": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Write the table as reStructuredText and parse it."""
        module, _, name = self.arguments[0].rpartition(".")
        has_argument = "argument" in self.options
        rows = [["name", "class", "what it does", *(["argument"] if has_argument else [])]]
        for key, entry in getattr(importlib.import_module(module), name).items():
            documentation = NumpyDocString(inspect.getdoc(entry))
            rows.append([f"``{key!r}``", f":class:`~.{entry.__name__}`", documentation["Summary"][0]])
            if has_argument:
                first = documentation["Parameters"][0]
                rows[-1].append(f"`{first.name}`, {first.type}: {' '.join(first.desc)}")
        widths = "12 18 35 35" if has_argument else "15 25 60"
        lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
        for row in rows:
            lines += [f"   {'*' if i == 0 else ' '} - {cell}" for i, cell in enumerate(row)]
        container = nodes.Element()
        self.state.nested_parse(StringList(lines, source=self.arguments[0]), self.content_offset, container)
        return container.children


class Measured(SphinxDirective):
    """The first table of a file in ``benchmarks/results``, with the paragraph before it: ``.. measured:: overhead.md``.

    With the option ``:under:`` it is the first table after this heading, alone. The pages quote what was measured;
    nobody copies numbers.
    """

    required_arguments = 1
    option_spec = {"under": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Rewrite the Markdown as reStructuredText and parse it."""
        path = RESULTS / self.arguments[0]
        self.env.note_dependency(str(path))
        heading, paragraphs = self.options.get("under"), path.read_text().split("\n\n")
        start = 0
        if heading:
            start = next(i for i, text in enumerate(paragraphs) if text.lstrip("# ") == heading)
        first = next(i for i, text in enumerate(paragraphs) if i >= start and text.startswith("|"))
        head, _, *body = [
            # The first cell may be empty, and only the outermost bars are the table's edge.
            [cell.strip() for cell in line.strip()[1:-1].split(" | ")]
            for line in paragraphs[first].splitlines()
            if "|" in line
        ]
        lines = [] if heading else [*(f"| {line}" for line in paragraphs[first - 1].splitlines()), ""]
        lines += [".. list-table::", "   :header-rows: 1", ""]
        for row in [head, *body]:
            lines += [f"   {'*' if i == 0 else ' '} - {cell}" for i, cell in enumerate(row)]
        container = nodes.Element()
        self.state.nested_parse(StringList(lines, source=str(path)), self.content_offset, container)
        return container.children


def setup(app) -> None:
    """Register the directives."""
    app.add_directive("registry", Registry)
    app.add_directive("measured", Measured)
