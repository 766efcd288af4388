"""What a report is about: a search, a study or a storage file, as it was at one moment."""

import inspect
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from typing import Any

import numpy as np

from skhpo import search as searches
from skhpo._observations import space_of
from skhpo.plots.data import PictureData, plural
from skhpo.search import StoredSearch, load
from skhpo.space import equal_values, short_repr, value_to_json
from skhpo.storage import lock_path

_MOST_LETTERS = 300
# Settings that say nothing of what was found.
_UNTOLD = {"verbose", "estimator", "search_spaces", "param_grid", "param_distributions", "storage", "class"}


@dataclass
class Subject:
    """What a report is about.

    Attributes
    ----------
    search : object
        The search, the study or what `load` has returned.
    data : PictureData
        Its trials, as pictures show them.
    kind, estimator : str
        What searched, and for what; the latter may be empty.
    state : {"finished", "running", "interrupted"}
        Whether anything is still to come.
    state_text : str
        The same in words.
    settings : dict of str to str
        How it was set up.
    """

    search: Any
    data: PictureData
    kind: str
    estimator: str
    state: str
    state_text: str
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def trials(self):
        """All trials."""
        return self.data.source.trials

    @property
    def finished(self):
        """The trials of which nothing is still to be measured."""
        return self.data.source.finished

    @property
    def complete(self):
        """The trials that have a score."""
        return [trial for trial in self.trials if trial.status == "complete" and np.isfinite(trial.score)]

    @cached_property
    def best(self):
        """The winner: the one that was refitted, where a rule has chosen it, or else that with the best score."""
        if self.is_stored and self.is_population:
            return self._best_of_last_generation()
        row = getattr(self.search, "best_index_", None)
        results = getattr(self.search, "cv_results_", {})
        if row is None or "params" not in results:
            return self.top
        chosen = results["params"][row]
        # Rows may name the resource besides, and a population tries a configuration several times.
        found = [trial for trial in self.complete if _is_of(trial.configuration, chosen)]
        means = [values[row] for name, values in results.items() if name.startswith("mean_test_")]
        near = [min(abs(trial.score - mean) for mean in means) for trial in found]
        return found[len(near) - 1 - near[::-1].index(min(near))] if found else self.top

    def _best_of_last_generation(self):
        """Return what a search of a population chooses: the best of the last complete generation, or of later ones."""
        measured = np.array(
            [t.bracket for t in self.trials if len(t.measurements) == len(self.search.splits)]
        )
        size = self.search.fingerprint["search"].get("population_size")
        last = max(np.flatnonzero(np.bincount(measured.astype(int)) == size), default=0)
        latest = [trial for trial in self.complete if trial.bracket >= last]
        return max(latest or self.complete, key=lambda trial: trial.score, default=None)

    @property
    def is_stored(self):
        """Whether it is the file of a search, which does not tell the rules by which a winner is chosen."""
        return isinstance(self.search, StoredSearch) and "search" in self.search.fingerprint

    @property
    def is_population(self):
        """Whether models were trained on from generation to generation, of which the last one has the winner."""
        return self.kind == "PopulationSearchCV"

    @property
    def is_best_score(self):
        """Whether the winner has the best score of all."""
        return self.best is self.top or bool(
            np.isclose(self.best.score, self.top.score, rtol=1e-12, atol=0.0)
        )

    @cached_property
    def metrics(self):
        """The names of the scores, that which was optimised first; none where there is a single one."""
        found = dict.fromkeys(name for trial in self.trials for m in trial.measurements for name in m.scores)
        first = [self.data.source.metric] if self.data.source.metric in found else []
        return list(dict.fromkeys([*first, *found])) if len(found) > 1 else []

    @cached_property
    def top(self):
        """The trial with the best score, None if there is none."""
        return max(self.complete, key=lambda trial: trial.score, default=None)

    @property
    def default(self):
        """The trial of the estimator's own parameters, None if they were not tried."""
        return next((trial for trial in self.trials if trial.origin == "default"), None)

    @property
    def n_fits(self):
        """How many fits were done."""
        return sum(len(trial.measurements) for trial in self.trials)

    @property
    def seconds(self):
        """What they took, all together; NaN where that is not known."""
        seconds = np.array([trial.seconds for trial in self.trials if trial.measurements], dtype=float)
        return float(np.nansum(seconds)) if np.isfinite(seconds).any() else float("nan")

    @cached_property
    def space(self):
        """The search space, None if it is not known."""
        return space_of(self.search)

    @property
    def is_rationed(self):
        """Whether trials were given different amounts of a resource."""
        return any(m.resource is not None for trial in self.trials for m in trial.measurements)

    @property
    def splits(self):
        """How many rows each split trains on and tests."""
        sizes = getattr(self.search, "split_sizes_", None)
        return sizes or [(len(train), len(test)) for train, test in getattr(self.search, "splits", ())]


def read_subject(search):
    """Read what a report is to be about.

    Parameters
    ----------
    search : fitted search, Study, StoredSearch, str or Path
        The search.

    Returns
    -------
    Subject
        As it is at this moment.
    """
    if isinstance(search, str | PathLike):
        search = load(search)
    subject = _read(search, PictureData(search))
    source = subject.data.source
    if subject.metrics and source.metric is None:  # which settings do not tell, as of refit=False
        subject.data.source = source._replace(score_name=subject.metrics[0])
    return subject


def _read(search, data):
    if isinstance(search, StoredSearch):
        return _of_stored(search, data)
    if hasattr(search, "get_params"):
        return _of_search(search, data)
    left = [trial for trial in data.source.trials if not trial.is_finished]
    is_over = getattr(search, "is_over", True)
    text = (
        "The study has stopped."
        if is_over
        else f"The study is open, with {plural(len(left), 'trial')} under way."
        if left
        else "No trial of the study is under way."
    )
    return Subject(search, data, type(search).__name__, "", "finished" if is_over else "running", text)


def _is_of(configuration, row):
    return all(name in row and equal_values(row[name], value) for name, value in configuration.items())


def _of_search(search, data):
    left = [trial for trial in data.source.trials if not trial.is_finished]
    state, text = "finished", "The search is finished."
    if left:
        state, text = (
            "interrupted",
            f"The search was interrupted: {plural(len(left), 'trial')} had not ended.",
        )
    settings = {name: short_repr(value, _MOST_LETTERS) for name, value in _changed(search).items()}
    estimator = short_repr(search.estimator, _MOST_LETTERS)
    return Subject(search, data, type(search).__name__, estimator, state, text, settings)


def _changed(search):
    """Return the parameters of a search that are not as they are by default."""
    own, defaults = search.get_params(deep=False), _defaults(type(search))
    return {
        name: value
        for name, value in own.items()
        if name not in _UNTOLD and short_repr(value) != short_repr(defaults.get(name))
    }


def _defaults(kind):
    return {name: one.default for name, one in inspect.signature(kind).parameters.items()}


def _of_stored(stored, data):
    described = stored.fingerprint if isinstance(stored.fingerprint, dict) else {}
    search = described.get("search")
    search = search if isinstance(search, dict) else {}
    settings = {
        **_stored_settings(search),
        **{name: described[name] for name in ("scoring", "cv") if described.get(name) is not None},
        **stored.versions,
    }
    settings = {str(name): short_repr(value, _MOST_LETTERS) for name, value in settings.items()}
    left = [trial for trial in data.source.trials if not trial.is_finished]
    is_held = lock_path(stored.path).exists()
    files = [one for one in (stored.path, stored.path.with_name(f"{stored.path.name}-wal")) if one.exists()]
    written = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(max(one.stat().st_mtime for one in files)))
    if is_held:
        state, text = (
            "running",
            f"The search is running, with {plural(len(left), 'trial')} under way, or was killed.",
        )
    elif left or not data.source.trials:
        state, text = (
            "interrupted",
            f"The search was interrupted: {plural(len(left), 'trial')} had not ended.",
        )
    else:
        state, text = "finished", "The search is finished."
    text += f" Its file was last written to at {written}."
    kind = str(search.get("class") or "search")
    return Subject(stored, data, kind, _estimator_text(described.get("estimator")), state, text, settings)


def _stored_settings(described):
    """Return the parameters in a file that are not as they are by default."""
    kind = described.get("class")
    defaults = _defaults(getattr(searches, kind)) if kind in searches.__all__ else {}
    return {
        name: value
        for name, value in described.items()
        if name not in _UNTOLD and value != value_to_json(defaults.get(name))
    }


def _estimator_text(described):
    """Return the name of an estimator that a file describes."""
    name = described.get("class") if isinstance(described, dict) else described
    return str(name).rpartition(".")[2] if name else ""
