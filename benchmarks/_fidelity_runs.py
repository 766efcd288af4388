"""The finished runs of `fidelity.py`, in a CSV file, so that nothing is computed twice."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Run(NamedTuple):
    """One search on one problem.

    Attributes
    ----------
    total : float
        CPU seconds of the whole search.
    seconds, scores, tests : tuple of float
        Of each incumbent: when it appeared, its CV score and its held-out score.
    typical_score, typical_test : float
        Those of the median of all configurations; of the yardstick only.
    """

    family: str
    table: str
    entry: str
    seed: int
    package: str
    total: float
    seconds: tuple[float, ...]
    scores: tuple[float, ...]
    tests: tuple[float, ...]
    typical_score: float = np.nan
    typical_test: float = np.nan


class RunFile:
    """The runs of a CSV file; what is added is written at once, and lists are separated by blanks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.runs: dict[tuple[str, str, str, int], Run] = {}
        if path.exists():
            with path.open(newline="") as lines:
                for line in csv.DictReader(lines):
                    self._keep(line)

    def _keep(self, line: dict[str, str]) -> None:
        start = line["family"], line["table"], line["entry"], int(line["seed"])
        lists = [tuple(map(float, line[name].split())) for name in ("seconds", "scores", "tests")]
        typical = float(line["typical_score"]), float(line["typical_test"])
        self.runs[start] = Run(*start, line["package"], float(line["total"]), *lists, *typical)

    def add(self, run: Run) -> None:
        """Append a run; the last line of a run counts."""
        is_new = not self._path.exists()
        fields = [_text(value) for value in run]
        with self._path.open("a", newline="") as lines:
            writer = csv.writer(lines, lineterminator="\n")
            if is_new:
                writer.writerow(Run._fields)
            writer.writerow(fields)
        self._keep(dict(zip(Run._fields, fields, strict=True)))

    def forget(self, entries: list[str]) -> None:
        """Remove all runs of some entries."""
        kept = [one for one in self.runs.values() if one.entry not in entries]
        self.runs = {}
        self._path.unlink(missing_ok=True)
        for one in kept:
            self.add(one)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(_text(one) for one in value)
    return f"{value:.7g}" if isinstance(value, float) else str(value)
