"""Configuration of Sphinx. Build with ``python -m sphinx -W -b html doc doc/_build/html``; no network is needed."""

import importlib

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from skhpo import __version__

project = "skhpo"
author = "the skhpo developers"
copyright = "2026, the skhpo developers"  # noqa: A001 (the name is Sphinx's)
release = __version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
nitpicky = False
default_role = "literal"

autosummary_generate = True
autodoc_typehints = "none"  # the types are in the docstrings
numpydoc_show_class_members = False  # the template of classes lists them

html_theme = "pydata_sphinx_theme"
html_title = f"skhpo {release}"
html_show_sourcelink = False
html_theme_options = {"secondary_sidebar_items": ["page-toc"], "show_prev_next": False}


class Registry(SphinxDirective):
    """A table of the entries of one of the package's tables: ``.. registry:: skhpo.samplers.SAMPLERS``.

    The pages cannot fall behind the package: each entry's row is its name, its class and the first line of the
    class's docstring.
    """

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write the table as reStructuredText and parse it."""
        module, _, name = self.arguments[0].rpartition(".")
        table = getattr(importlib.import_module(module), name)
        lines = [".. list-table::", "   :widths: 15 25 60", ""]
        for key, entry in table.items():
            summary = (entry.__doc__ or "").strip().splitlines()[0]
            lines += [f"   * - ``{key!r}``", f"     - `{entry.__name__}`", f"     - {summary}"]
        container = nodes.Element()
        self.state.nested_parse(StringList(lines, source=self.arguments[0]), self.content_offset, container)
        return container.children


def setup(app) -> None:
    """Register the directive."""
    app.add_directive("registry", Registry)
