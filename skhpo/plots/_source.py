"""What is drawn from: the trials of a search, a study or a storage file, and what is known of their hyperparameters."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, NamedTuple

from sklearn.exceptions import NotFittedError

from skhpo._observations import space_of
from skhpo.space import DIMENSIONS, SearchSpace, short_repr
from skhpo.storage import read_record
from skhpo.trial import Trial


class Source(NamedTuple):
    """What is drawn from.

    Attributes
    ----------
    trials : list of Trial
        All trials.
    dimensions : dict of str to list of Dimension
        The domains of each hyperparameter, one for each sub-space, as far as they are known.
    score_name : str
        What is optimised.
    resource_name : str
        What is rationed.
    metric : str or None
        Which of several scores is optimised; None for the first one.
    refit_seconds : float or None
        How long the refit took, if there was one.
    """

    trials: list
    dimensions: Mapping[str, Any] = {}
    score_name: str = "score"
    resource_name: str = "resource"
    metric: str | None = None
    refit_seconds: float | None = None

    @property
    def finished(self):
        """The trials of which nothing is still to be measured."""
        return [trial for trial in self.trials if trial.is_finished]


def read_source(search, *, is_empty_fine=False):
    """Read what is to be drawn.

    Parameters
    ----------
    search : fitted search, Study, StoredSearch, str or Path
        Anything with `trials_` or `trials`, or a storage file.
    is_empty_fine : bool, default=False
        Whether there may be no finished trial yet.

    Returns
    -------
    Source
        Its trials.

    Raises
    ------
    NotFittedError
        If the search is not fitted.
    TypeError
        If it is something else.
    ValueError
        If no trial is finished yet.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.plots._source import read_source
    >>> study = Study({"x": (0.0, 1.0)})
    >>> trial = study.tell(study.ask(), score=0.5)
    >>> read_source(study).dimensions
    {'x': [Real(low=0.0, high=1.0, prior='uniform')]}
    """
    source = _read(search)
    return source if is_empty_fine else _check_finished(source)


def _read(search):
    if isinstance(search, str | PathLike):
        record = read_record(search)
        return _stored(record.trials, record.info.get("fingerprint", {}))
    if hasattr(search, "get_params"):
        if not hasattr(search, "trials_frame"):
            raise _refusal(search)
        if not hasattr(search, "trials_"):
            raise NotFittedError(
                f"This {type(search).__name__} instance is not fitted yet. Call 'fit' before a picture is drawn of it."
            )
        params = search.get_params(deep=False)
        found = Source(list(search.trials_), _dimensions_of(space_of(search)), *_names_of(params))
        return found._replace(refit_seconds=getattr(search, "refit_time_", None))
    trials = getattr(search, "trials_", getattr(search, "trials", None))
    if not isinstance(trials, Sequence):
        raise _refusal(search)
    if hasattr(search, "fingerprint"):
        return _stored(trials, search.fingerprint)
    metric = getattr(search, "metric", None)
    return Source(
        list(trials), _dimensions_of(getattr(search, "space", None)), metric or "score", metric=metric
    )


def _refusal(search):
    """Return the error for what is no search of this package, which may have a name that one of ours has."""
    owner = f" of {type(search).__module__.partition('.')[0]}" if hasattr(search, "get_params") else ""
    hint = " Its attribute 'search_' is one." if hasattr(search, "search_") else ""
    return TypeError(
        "The 'search' must be a fitted search of skhpo, a Study, what skhpo.load returns, or the path of a storage "
        f"file. Got {short_repr(search)}{owner} instead.{hint}"
    )


def _check_finished(source):
    """Return a source; raises if there is nothing to draw yet."""
    if not source.finished:
        raise ValueError(f"There is nothing to draw yet: no trial of {len(source.trials)} is finished.")
    return source


def trials_source(trials, space=None):
    """Check trials and their space, which a user has given.

    Parameters
    ----------
    trials : sequence of Trial
        Any trials.
    space : object, default=None
        The space in any notation; None if it is not known.

    Returns
    -------
    Source
        What is to be drawn.

    Raises
    ------
    TypeError, InvalidSpaceError
        If they are something else.
    ValueError
        If none is finished yet.
    """
    trials = list(trials)
    for trial in trials:
        if not isinstance(trial, Trial):
            raise TypeError(
                f"The 'trials' must be a sequence of Trial. Got {short_repr(trial)} in it instead."
            )
    return _check_finished(
        Source(trials, _dimensions_of(None if space is None else SearchSpace.from_spec(space)))
    )


def _dimensions_of(space):
    """Return the domains of each hyperparameter of a space."""
    if space is None:
        return {}
    return {
        name: [part.dimensions[name] for part in space.subspaces if name in part.dimensions]
        for name in space.names
    }


def _names_of(params):
    """Return the names of the score, of the resource and of the metric, as far as settings tell them."""
    scoring, refit, resource = (_text(params.get(name)) for name in ("scoring", "refit", "resource"))
    return scoring or refit or "score", resource or "resource", refit


def _text(value):
    return value if isinstance(value, str) else None


def _stored(trials, fingerprint):
    """Return what a file tells, which has no objects but describes them."""
    # That of a study names its metric, that of a search, if at all, the one for the refit.
    settings = {"refit": fingerprint.get("metric"), **fingerprint.get("search", {})}
    settings["scoring"] = fingerprint.get("scoring")
    dimensions = {}
    parts = fingerprint.get("space")
    for part in parts if isinstance(parts, list) else []:
        for name, description in part.get("dimensions", {}).items():
            dimensions.setdefault(name, []).append(_described(description))
    known = {name: found for name, found in dimensions.items() if None not in found}
    return Source(list(trials), known, *_names_of(settings))


def _described(description):
    """Return a dimension from its description; None where that takes more than numbers and texts."""
    arguments = {name: value for name, value in description.items() if name != "type"}
    values = [
        *arguments.get("choices", ()),
        *(v for k, v in arguments.items() if k not in ("choices", "when")),
    ]
    values += [value for allowed in arguments.get("when", {}).values() for value in allowed]
    if description.get("type") not in DIMENSIONS or any(isinstance(value, dict | list) for value in values):
        return None
    return DIMENSIONS[description["type"]](**arguments)
