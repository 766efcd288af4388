"""A CSV file of finished runs, so that nothing is computed twice; lists are separated by blanks.

A line whose optimiser is "reference" holds the scale of a problem's regret instead of a run.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _problems import Reference

REFERENCE = "reference"
FIELDS = ("group", "problem", "optimiser", "seed", "package", "scores", "tests", "seconds", "cpu_ms")


class Run(NamedTuple):
    """One optimiser on one problem with one seed.

    Attributes
    ----------
    scores, tests, seconds : tuple of float
        Of each evaluation: its score, the held-out score or the truth behind the noise, and its CPU seconds.
    cpu_ms : tuple of float
        CPU milliseconds of each suggestion, asking and telling.
    """

    group: str
    problem: str
    optimiser: str
    seed: int
    package: str
    scores: tuple[float, ...]
    tests: tuple[float, ...] = ()
    seconds: tuple[float, ...] = ()
    cpu_ms: tuple[float, ...] = ()

    @property
    def cell(self) -> tuple[str, int]:
        """What runs are paired by."""
        return self.problem, self.seed


def _pack(values: Iterable[float], digits: int) -> str:
    numbers = list(values)
    if not np.any(np.nan_to_num(numbers)):
        return ""  # nothing was measured
    return " ".join(f"{value:.{digits}g}" for value in numbers)


def _unpack(text: str) -> tuple[float, ...]:
    return tuple(float(value) for value in text.split())


class RunFile:
    """The runs and references of a CSV file; what is added is written at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.runs: dict[tuple[str, str, int], Run] = {}
        self.references: dict[str, Reference] = {}
        if path.exists():
            with path.open(newline="") as lines:
                for line in csv.DictReader(lines):
                    self._keep(_read(line))

    def _keep(self, run: Run) -> None:
        if run.optimiser == REFERENCE:
            self.references[run.problem] = Reference(*run.scores)
        else:
            self.runs[run.problem, run.optimiser, run.seed] = run

    def has(self, problem: str, optimiser: str, seed: int, n_evaluations: int) -> bool:
        """Tell whether a run is there, and long enough."""
        run = self.runs.get((problem, optimiser, seed))
        return run is not None and len(run.scores) >= n_evaluations

    def add(self, run: Run) -> None:
        """Append a run, or a reference; the last line of a run counts."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self._path.exists()
        with self._path.open("a", newline="") as lines:
            writer = csv.writer(lines, lineterminator="\n")
            if is_new:
                writer.writerow(FIELDS)
            writer.writerow(_line(run))
        self._keep(_read(dict(zip(FIELDS, _line(run), strict=True))))  # rounded, as it will be read again

    def add_reference(self, group: str, problem: str, reference: Reference) -> None:
        """Append the scale of a problem's regret."""
        self.add(Run(group, problem, REFERENCE, 0, "", tuple(reference)))

    def forget(self, optimisers: Iterable[str]) -> None:
        """Remove all runs of some optimisers, and lines that were replaced."""
        gone = set(optimisers)
        kept = [run for run in self.runs.values() if run.optimiser not in gone]
        groups = {run.problem: run.group for run in self.runs.values()}
        scales = self.references
        self.runs, self.references = {}, {}
        self._path.unlink(missing_ok=True)
        for problem, reference in scales.items():
            self.add_reference(groups.get(problem, ""), problem, reference)
        for run in kept:
            self.add(run)


def _read(line: dict[str, str]) -> Run:
    scores = _unpack(line["scores"])
    lists = [_unpack(line[name]) for name in ("tests", "seconds", "cpu_ms")]
    start = (line["group"], line["problem"], line["optimiser"], int(line["seed"]), line["package"])
    return Run(*start, scores, *lists)


def _line(run: Run) -> list[str]:
    digits = 9 if run.optimiser == REFERENCE else 7
    scores = " ".join(f"{value:.{digits}g}" if math.isfinite(value) else "nan" for value in run.scores)
    lists = [_pack(run.tests, 7), _pack(run.seconds, 3), _pack(run.cpu_ms, 2)]
    return [run.group, run.problem, run.optimiser, str(run.seed), run.package, scores, *lists]
