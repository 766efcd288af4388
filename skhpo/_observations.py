"""Encoded trials of a search and their scores, wherever they come from, for models that explain or choose."""

import json
import math
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from skhpo.defaults import default_space
from skhpo.exceptions import InvalidConfigurationError, InvalidSpaceError
from skhpo.space import Categorical, Integer, Ordinal, Real, SearchSpace, Tuple, short_repr
from skhpo.trial import Trial

# Of a search that does not tell its space: a range that spans more than this factor is taken for a logarithmic one.
_WIDE = 50.0
_FEWEST = 5
_REBUILT = {kind.__name__: kind for kind in (Real, Integer)}


@dataclass(frozen=True)
class Observations:
    """Encoded configurations and their scores.

    Attributes
    ----------
    space : SearchSpace
        What the columns are.
    points : ndarray of shape (n, n_columns)
        In [0, 1], NaN in inactive columns.
    scores : ndarray of shape (n,)
        Greater is better; all finite.
    """

    space: Any
    points: Any
    scores: Any


def observations(source, space=None, metric=None):
    """Return what is known of a search.

    Parameters
    ----------
    source : object
        A fitted search, a `Study`, what :func:`skhpo.load` returns, or a sequence of trials.
    space : object, default=None
        The search space, in any notation; None for that of `source`.
    metric : str or None, default=None
        Which score, where there are several; None for the one that was optimised.

    Returns
    -------
    Observations
        Of the complete trials. Where a resource was rationed, of those with the largest amount of it that enough trials
        were given.

    Raises
    ------
    TypeError
        If there are no trials in it.
    ValueError
        If fewer than five have a score, or they are not of the space.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo._observations import observations
    >>> study = Study({"C": (0.0, 1.0)}, sampler="sobol", random_state=0)
    >>> for _ in range(8):
    ...     job = study.ask()
    ...     _ = study.tell(job, score=job.configuration["C"])
    >>> observations(study).points.shape
    (8, 1)
    """
    trials = _trials(source)
    scores = _scores(trials, metric)
    known = [(trial, score) for trial, score in zip(trials, scores, strict=True) if math.isfinite(score)]
    if len(known) < _FEWEST:
        raise ValueError(
            f"Importances need the scores of at least {_FEWEST} trials. Got {len(known)} trials with a score instead."
        )
    kept = [trial for trial, _ in known]
    space, points = _encode(source, space, kept)
    return Observations(space, points, np.array([score for _, score in known]))


def _trials(source):
    trials = getattr(source, "trials_", getattr(source, "trials", source))
    if not isinstance(trials, list | tuple) or not all(isinstance(trial, Trial) for trial in trials):
        raise TypeError(
            "The 'source' must be a fitted search of this package, a Study, what skhpo.load returns or a list of "
            f"trials. Got {short_repr(source)} instead."
        )
    return trials


def _scores(trials, metric):
    """Return a score for each trial, NaN where it has none that may be compared with the others."""
    resources = {m.resource for trial in trials for m in trial.measurements}
    if resources <= {None}:
        return [_score(trial, trial.measurements, metric) for trial in trials]
    n_splits = 1 + max(m.split for trial in trials for m in trial.measurements)
    table = {}
    for resource in sorted(resources - {None}, reverse=True):
        measured = [trial.measured_at(resource) for trial in trials]
        table[resource] = [
            _mean(fits, metric) if len(fits) == n_splits and trial.status != "failed" else math.nan
            for trial, fits in zip(trials, measured, strict=True)
        ]
        n_columns = max(len(trial.point or ()) for trial in trials)
        if np.isfinite(table[resource]).sum() >= 10 + 2 * n_columns:
            return table[resource]
    return max(table.values(), key=lambda scores: np.isfinite(scores).sum())


def _score(trial, fits, metric):
    if trial.status != "complete":
        return math.nan
    return trial.score if metric is None else _mean(fits, metric)


def _mean(fits, metric):
    try:
        return float(np.mean([one.value_of(metric) for one in fits])) if fits else math.nan
    except KeyError:
        raise ValueError(
            f"The 'metric' must be one of {list(fits[0].scores)}. Got {metric!r} instead."
        ) from None


def _encode(source, space, trials):
    if space is None and all(trial.point for trial in trials):
        space, points = space_of(source), [trial.point for trial in trials]
        if space is not None and {len(point) for point in points} == {len(space.columns)}:
            return space, np.array(points)
        space = None
    return encode([trial.configuration for trial in trials], space, source)


def encode(configurations, space=None, source=None):
    """Encode configurations in a space that may not be known.

    Parameters
    ----------
    configurations : list of dict
        What was tried.
    space : object, default=None
        The search space, in any notation; None for that of `source`.
    source : object, default=None
        What may tell the space. If it does not, the space is read off the configurations.

    Returns
    -------
    space : SearchSpace
        The space.
    points : ndarray of shape (n, n_columns)
        The encoded configurations.

    Raises
    ------
    ValueError
        If the configurations are not of the given space.

    Examples
    --------
    >>> from skhpo._observations import encode
    >>> space, points = encode([{"C": 1.0}, {"C": 3.0}, {"C": 2.0}])
    >>> points.tolist()
    [[0.0], [1.0], [0.5]]
    """
    if space is not None:
        space = SearchSpace.from_spec(space)
        try:
            return space, space.encode(_own(configurations, space))
        except InvalidConfigurationError as error:
            raise ValueError(f"The trials are not of the given space. {error}") from error
    space = space_of(source)
    if space is not None:
        with suppress(InvalidConfigurationError):  # scikit-learn's searches take more than a space can say
            return space, space.encode(_own(configurations, space))
    return _inferred(configurations)


def _own(configurations, space):
    """Leave out what is not of the space, such as the resource that is rationed."""
    return [{name: value for name, value in one.items() if name in space.names} for one in configurations]


def space_of(source):
    """Return the space that a search, a study or a file tells, None if it does not.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearchCV
    >>> from skhpo._observations import space_of
    >>> space_of(GridSearchCV(SVC(), {"C": [1, 10]})).names
    ('C',)
    """
    space = getattr(source, "space", None)
    if isinstance(space, SearchSpace):
        return space
    try:
        if isinstance(stored := getattr(source, "fingerprint", {}).get("space"), list):
            return _rebuilt(stored)
        for name in ("search_spaces", "param_distributions", "param_grid"):
            if hasattr(source, name):
                spec = getattr(source, name)
                spec = default_space(source.estimator) if isinstance(spec, str) else spec
                return SearchSpace.from_spec(spec, tuples_are_choices=name != "search_spaces")
    except (InvalidSpaceError, KeyError, TypeError):
        pass
    return None


def _rebuilt(subspaces):
    """Build a space from the description in a file; choices are known by their text."""
    return SearchSpace(
        [
            {name: _dimension(one, sub["dimensions"]) for name, one in sub["dimensions"].items()}
            for sub in subspaces
        ]
    )


def _dimension(described, others):
    arguments = {key: value for key, value in described.items() if key not in ("type", "when")}
    when = {
        parent: values if others[parent]["type"] in _REBUILT else [json.dumps(value) for value in values]
        for parent, values in described.get("when", {}).items()
    }
    kind = described["type"]
    if kind in _REBUILT:
        return _REBUILT[kind](**arguments, when=when or None)
    if kind == "Tuple":
        return Tuple(_dimension(arguments["entry"], {}), tuple(arguments["length"]), when=when or None)
    texts = [json.dumps(choice) for choice in arguments["choices"]]
    return (Ordinal if kind == "Ordinal" else Categorical)(texts, when=when or None)


def _inferred(configurations):
    """Read a space off the values that were tried, and encode them."""
    rows = [{name: _plain(value) for name, value in one.items()} for one in configurations]
    values = {}
    for row in rows:
        for name, value in row.items():
            values.setdefault(name, []).append(value)
    conditions = {name: _condition(name, rows) for name in values}
    space = SearchSpace({name: _range_of(values[name], conditions[name]) for name in values})
    return space, space.encode(rows)


def _plain(value):
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, str | bool | int | float) or value is None else short_repr(value)


def _range_of(values, when):
    distinct = list(dict.fromkeys((type(value), value) for value in values))
    is_number = all(kind in (int, float) for kind, _ in distinct)
    low, high = (min(values), max(values)) if is_number else (0, 0)
    if not low < high or not math.isfinite(high - low):
        return Categorical([value for _, value in distinct], when=when)
    prior = "log-uniform" if low > 0 and high > _WIDE * low else "uniform"
    kind = Integer if all(kind is int for kind, _ in distinct) else Real
    return kind(low, high, prior=prior, when=when)


def _condition(name, rows):
    """Return what a hyperparameter depends on that is not always there: the choices of another one."""
    if all(name in row for row in rows):
        return None
    always = [
        other for other in rows[0] if all(other in row and not isinstance(row[other], float) for row in rows)
    ]
    for parent in always:
        present = {row[parent] for row in rows if name in row}
        if present.isdisjoint(row[parent] for row in rows if name not in row):
            return {parent: sorted(present, key=str)}
    raise ValueError(
        f"When the hyperparameter {name!r} is active cannot be told from the trials: give their space as 'space'."
    )
