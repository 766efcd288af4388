"""Results of other searches, from wherever they are, as trials that a sampler can learn from."""

import math
import warnings
from collections.abc import Mapping
from contextlib import suppress
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from skhpo.exceptions import InvalidConfigurationError
from skhpo.samplers import Proposal
from skhpo.space import equal_values, short_repr
from skhpo.storage import StoredObject, read_record
from skhpo.trial import Trial


def prior_trials(source, space, metric=None, owner="BayesSearchCV", own_values=None):
    """Return the observations that are of a space, as trials.

    Parameters
    ----------
    source : object
        None, the path of a storage file, a fitted search of this package, a `Study`, an Optuna study, `cv_results_` as
        a dict or DataFrame, or a list of pairs of a configuration and its score.
    space : SearchSpace
        What is not in it is left out.
    metric : str or None, default=None
        Which score counts, where there are several; None for the only one.
    owner : str, default="BayesSearchCV"
        Class named in error messages.
    own_values : dict or None, default=None
        The estimator's own parameters: what an observation had that does not name a hyperparameter.

    Returns
    -------
    list of Trial
        Complete or failed, of origin "prior".

    Raises
    ------
    TypeError
        If it is something else.
    StorageError, FileNotFoundError
        If it is a path of no storage file.

    Warns
    -----
    UserWarning
        If nothing of it is of the space.

    Examples
    --------
    >>> from skhpo.space import SearchSpace
    >>> space = SearchSpace({"C": (0.1, 10.0)})
    >>> [trial] = prior_trials([({"C": 1.0}, 0.9), ({"C": 100.0}, 0.8)], space)
    >>> trial.configuration, trial.score, trial.origin
    ({'C': 1.0}, 0.9, 'prior')
    """
    if source is None:
        return []
    pairs = _pairs(source, metric, owner)
    trials = []
    for configuration, score in pairs:
        configuration, point = _completed(configuration, space, own_values or {})
        if point is None:
            continue
        status = "complete" if math.isfinite(score) else "failed"
        score = float(score) if status == "complete" else math.nan
        trials.append(Trial(-1 - len(trials), configuration, point, "prior", status, score=score))
    if pairs and not trials:
        warnings.warn(
            f"None of the {len(pairs)} prior observations of {owner} is of the search space: they are not used.",
            UserWarning,
            stacklevel=4,
        )
    return trials


def _completed(configuration, space, own_values):
    """Return a configuration and its point, with the estimator's own values where the other search had no choice."""
    found, point = _in_space(configuration, space)
    missing = {
        name: own_values[name] for name in space.names if name in own_values and name not in configuration
    }
    return (
        (found, point)
        if point is not None or not missing
        else _in_space(missing | dict(configuration), space)
    )


def with_best(proposals, trials):
    """Add the best prior observation to what is tried first, unless it is there."""
    complete = [trial for trial in trials if trial.status == "complete"]
    if not complete:
        return proposals
    best = max(complete, key=lambda trial: trial.score).configuration
    if any(equal_values(dict(one.configuration), best) for one in proposals):
        return proposals
    return [*proposals, Proposal(best, "user")]


def _pairs(source, metric, owner):
    """Return pairs of a configuration and its score."""
    if isinstance(source, str | PathLike):
        return _of_file(source, owner)
    if isinstance(source, Mapping):
        return _of_results(source, metric, owner)
    if isinstance(source, pd.DataFrame):
        return _of_frame(source, metric, owner)
    trials = getattr(source, "trials_", getattr(source, "trials", source))
    if isinstance(trials, list | tuple):
        if all(isinstance(one, Trial) for one in trials):
            return _of_trials(trials)
        if hasattr(source, "directions"):
            return _of_optuna(source)
        if all(isinstance(one, list | tuple) and len(one) == 2 for one in trials):
            return [(dict(configuration), float(score)) for configuration, score in trials]
    raise TypeError(
        f"The 'prior_observations' parameter of {owner} must be None, the path of a storage file, a fitted search, its "
        "cv_results_ as a dict or DataFrame, an Optuna study, or a list of pairs of a dict and a score. "
        f"Got {short_repr(source)} instead."
    )


def _of_file(path, owner):
    if Path(path).suffix == ".csv":
        raise ValueError(
            f"The 'prior_observations' parameter of {owner} must be a DataFrame where it is a table: read the file "
            f"first, with pandas.read_csv. Got {str(path)!r} instead."
        )
    return _of_trials(read_record(path).trials)


def _of_trials(trials):
    return [(one.configuration, one.score) for one in trials if one.status in ("complete", "failed")]


def _of_results(results, metric, owner):
    name = f"mean_test_{metric or 'score'}"
    if "params" not in results or name not in results:
        raise ValueError(
            f"The 'prior_observations' parameter of {owner} must have the entries 'params' and {name!r}. "
            f"Got {sorted(results)} instead."
        )
    n_rows = len(results["params"])
    status = results.get("status", ["complete"] * n_rows)
    resources = results.get("n_resources", [0] * n_rows)
    rows = zip(results["params"], results[name], status, resources, strict=True)
    # Scores with less of a resource cannot be compared.
    return [
        (dict(configuration), float(score))
        for configuration, score, one, resource in rows
        if one != "pruned" and resource == max(resources)
    ]


def _of_frame(frame, metric, owner):
    """Read `cv_results_` or `trials_frame`, of which a file may have kept texts of the column "params" only."""
    name = f"mean_test_{metric or 'score'}"
    name = name if name in frame or "score" not in frame else "score"
    columns = [column for column in frame if str(column).startswith("param_")]
    if name not in frame or not columns:
        raise ValueError(
            f"The 'prior_observations' parameter of {owner} must have columns 'param_...' and {name!r}. "
            f"Got {list(map(str, frame))} instead."
        )
    if "status" in frame:
        frame = frame[frame["status"] != "pruned"]
    if "n_resources" in frame:
        frame = frame[frame["n_resources"] == frame["n_resources"].max()]
    rows = frame[columns].astype(object).to_dict("records")
    names = [str(column).removeprefix("param_") for column in columns]
    return [
        (
            {key: value for key, value in zip(names, row.values(), strict=True) if not _is_missing(value)},
            float(score),
        )
        for row, score in zip(rows, frame[name], strict=True)
    ]


def _of_optuna(study):
    sign = -1.0 if study.directions[0].name == "MINIMIZE" else 1.0
    return [(dict(one.params), sign * one.values[0]) for one in study.trials if one.state.name == "COMPLETE"]


def _is_missing(value):
    return value is pd.NA or value is np.ma.masked or (isinstance(value, float) and math.isnan(value))


def _in_space(configuration, space):
    """Return a configuration with the values that the space knows, and its point; None twice if it has no place."""
    may_be_none = {
        name for name in space.names if any(one.contains(None) for one in _dimensions(name, space))
    }
    own = {
        name: _own(value, name, space)
        for name, value in configuration.items()
        if name in space.names and (value is not None or name in may_be_none)
    }
    # In a table None is missing, as is what is inactive.
    absent = {name: None for name in may_be_none - own.keys()}
    for candidate in (own, own | absent):
        with suppress(InvalidConfigurationError):
            return candidate, tuple(space.encode([candidate])[0].tolist())
    return None, None


def _own(value, name, space):
    """Return the value that the space knows: its own object for a text, an int for a float that a table made of it."""
    dimensions = _dimensions(name, space)
    choices = [choice for one in dimensions for choice in getattr(one, "choices", ())]
    if any(one.contains(value) for one in dimensions):
        return next((choice for choice in choices if equal_values(choice, value)), value)
    if isinstance(value, StoredObject | str):
        text = value.text if isinstance(value, StoredObject) else value
        return next((choice for choice in choices if text in (short_repr(choice), str(choice))), value)
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and value.is_integer() and not any(one.contains(value) for one in dimensions):
        return int(value)
    return value


def _dimensions(name, space):
    return [sub.dimensions[name] for sub in space.subspaces if name in sub.dimensions]
