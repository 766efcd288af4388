"""The report of a search: one self-contained HTML file."""

from skhpo.reporting._report import report

__all__ = ["report"]
