"""What can be tracked: a fitted search, a study, or a storage file, all reduced to the same record."""

from __future__ import annotations

import ast
import hashlib
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skhpo._observations import space_of
from skhpo.exceptions import StorageError
from skhpo.search import StoredSearch
from skhpo.space import Categorical, Dimension, Integer, Real, SearchSpace, short_repr
from skhpo.storage import StoredObject
from skhpo.study import Study
from skhpo.trial import Trial

Domains = Mapping[str, Sequence[Dimension]]


@dataclass(frozen=True)
class Source:
    """What there is to tell of a search.

    Attributes
    ----------
    trials : tuple of Trial
        All trials.
    name : str
        Tells it from other searches, and is the same at every call.
    metric : str or None
        Which score is optimised; None for the first one.
    domains : mapping of str to sequence of Dimension
        What is known of the space: the domains of each hyperparameter, one for each sub-space that has it.
    settings : dict of str to str
        How the search was set up.
    versions : dict of str to str
        Of the packages that it ran with.
    is_over : bool
        Whether nothing is being fitted any more.
    """

    trials: tuple[Trial, ...]
    name: str
    metric: str | None
    domains: Domains
    settings: dict[str, str]
    versions: dict[str, str]
    is_over: bool

    @cached_property
    def n_splits(self) -> int:
        """How many splits a trial is measured on, if it is not stopped."""
        counts = (Counter(one.resource for one in trial.measurements) for trial in self.trials)
        return max((n for count in counts for n in count.values()), default=0)

    def rungs(self, trial: Trial) -> dict[int, float]:
        """Return the mean score by resource, where one is rationed, and where all splits were measured."""
        found = {}
        for resource in sorted({one.resource for one in trial.measurements if one.resource}):
            scores = [float(one.value_of(self.metric)) for one in trial.measured_at(resource)]
            is_under_way = trial.status == "running" and resource == trial.resource
            if not is_under_way and len(scores) == self.n_splits and all(map(math.isfinite, scores)):
                found[int(resource)] = math.fsum(scores) / len(scores)
        return found


def read_source(source: Any) -> Source:
    """Return what there is to tell of a search.

    Parameters
    ----------
    source : fitted search, Study, StoredSearch, str or Path
        The search; a path is that of its storage file.

    Returns
    -------
    Source
        The state of this moment.

    Raises
    ------
    TypeError
        If it is something else.
    sklearn.exceptions.NotFittedError
        If it is a search that was not fitted.

    Examples
    --------
    >>> from skhpo import Study
    >>> study = Study({"x": (0.0, 1.0)}, random_state=0)
    >>> trial = study.tell(study.ask(), score=0.5)
    >>> read_source(study).domains["x"]
    [Real(low=0.0, high=1.0, prior='uniform')]
    """
    if isinstance(source, str | PathLike):
        return _of_stored(StoredSearch(source))
    if isinstance(source, StoredSearch):
        return _of_stored(source)
    if isinstance(source, Study):
        return _of_study(source)
    if hasattr(source, "trials_frame") and hasattr(source, "get_params"):
        check_is_fitted(source, "trials_")
        return _of_search(source)
    raise TypeError(
        "The 'source' must be a fitted search of skhpo, a Study, what skhpo.load returns, or the path of a storage "
        f"file. Got {short_repr(source)} instead."
    )


def domains_of(space: SearchSpace | None) -> Domains:
    """Return the domains of each hyperparameter of a space, without those that are the same in several sub-spaces."""
    domains: dict[str, list[Dimension]] = {}
    for subspace in () if space is None else space.subspaces:
        for name, dimension in subspace.dimensions.items():
            known = domains.setdefault(name, [])
            if not any(dimension.same_domain(other) for other in known):
                known.append(dimension)
    return domains


def plain_value(value: Any) -> Any:
    """Return a value as what every tool can hold: itself if it is a number, a text or None, otherwise its text."""
    if isinstance(value, StoredObject):
        return _number_or(value.text)
    if isinstance(value, np.generic):
        value = value.item()
    return value if value is None or type(value) in (bool, int, float, str) else short_repr(value)


def _number_or(text: str) -> Any:
    """Return the number or text that a scalar of numpy was stored as, the text itself for anything else."""
    scalar = re.fullmatch(r"np\.\w+\((.+)\)", text)
    try:
        value = ast.literal_eval(scalar[1] if scalar else text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return value if type(value) in (bool, int, float, str) else text


def digest(*parts: object) -> str:
    """Return a short checksum that is the same in every process."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=4).hexdigest()


def _of_search(search: Any) -> Source:
    parameters = search.get_params(deep=False)
    first = [(_plain(one), _measured(one)) for one in search.trials_[:1]]
    name, versions = f"{type(search).__name__}-{digest(first)}", {}
    settings = {"search": type(search).__name__, **{k: _setting(v) for k, v in parameters.items()}}
    with suppress(
        StorageError, OSError, TypeError
    ):  # without its file, or with None, it goes by its first trial
        stored = _of_stored(StoredSearch(parameters["storage"]))
        name, settings, versions = stored.name, stored.settings, stored.versions
    return Source(
        trials=tuple(search.trials_),
        name=name,
        metric=search.refit if isinstance(search.refit, str) else None,
        domains=domains_of(space_of(search)),
        settings=settings,
        versions=versions,
        is_over=True,
    )


def _of_study(study: Study) -> Source:
    description = None if study.space is None else study.space.to_dict()
    return Source(
        trials=study.trials,
        name=f"Study-{digest(study.seed, description, study.initial_configurations)}",
        metric=study.metric,
        domains=domains_of(study.space),
        settings={"search": "Study", "seed": str(study.seed), "scheduler": short_repr(study.scheduler, 500)},
        versions={},
        is_over=study.is_over,
    )


def _of_stored(stored: StoredSearch) -> Source:
    # Whoever wrote the file, what is not as expected is left out here.
    fingerprint = stored.fingerprint if isinstance(stored.fingerprint, dict) else {}
    search = fingerprint.get("search")
    search = search if isinstance(search, dict) else {}
    refit = search.get("refit")
    names = {name for trial in stored.trials_ for one in trial.measurements for name in one.scores}
    settings = {"search": search.get("class"), **{k: v for k, v in search.items() if k != "class"}}
    settings |= {k: fingerprint.get(k) for k in ("estimator", "scoring", "cv", "space")}
    return Source(
        trials=tuple(stored.trials_),
        name=_stored_name(stored),
        metric=refit if refit in names else None,
        domains=_stored_domains(fingerprint.get("space"), stored.trials_),
        settings={k: _setting(v) for k, v in settings.items()},
        versions={str(k): str(v) for k, v in dict(stored.versions).items()},
        is_over=bool(stored.trials_) and all(trial.is_finished for trial in stored.trials_),
    )


def _setting(value: Any) -> str:
    return value if isinstance(value, str) else short_repr(value, 500)


def _stored_name(stored: StoredSearch) -> str:
    return f"{Path(stored.path).stem}-{digest(stored.fingerprint, stored.seed)}"


def _stored_domains(description: Any, trials: Sequence[Trial]) -> Domains:
    """Rebuild what a file says of a space; nothing if that is not the description of one."""
    domains: dict[str, list[Dimension]] = {}
    try:
        for subspace in description:
            for name, one in subspace["dimensions"].items():
                dimension = _stored_dimension(one, _texts(name, trials))
                if dimension is not None:
                    domains.setdefault(name, []).append(dimension)
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}
    return domains


def _stored_dimension(description: Mapping[str, Any], texts: Mapping[int, StoredObject]) -> Dimension | None:
    kind = description["type"]
    if kind in ("Real", "Integer"):
        return (Real if kind == "Real" else Integer)(
            description["low"], description["high"], description["prior"]
        )
    if kind in ("Categorical", "Ordinal"):
        choices = [_stored_choice(one, texts.get(i)) for i, one in enumerate(description["choices"])]
        return Categorical(choices)
    return None  # of composite and foreign domains the values say enough


def _stored_choice(description: Any, known: StoredObject | None) -> Any:
    """Return a choice as trials have it: objects as their text, which only trials know."""
    if known is not None:
        return known
    if isinstance(description, dict) and set(description) == {"float"}:
        return float(description["float"])
    return StoredObject(short_repr(description)) if isinstance(description, dict | list) else description


def _texts(name: str, trials: Sequence[Trial]) -> dict[int, StoredObject]:
    values = [trial.configuration.get(name) for trial in trials]
    return {one.place: one for one in values if isinstance(one, StoredObject) and one.place is not None}


def _plain(trial: Trial) -> dict[str, Any]:
    return {name: plain_value(value) for name, value in trial.configuration.items()}


def _measured(trial: Trial) -> list[Any]:
    # Times are never the same twice: they tell a repeated search from the first one.
    return [
        (one.split, one.resource, float(one.fit_time), sorted(one.scores.items()))
        for one in trial.measurements
    ]
