"""A search as an Optuna study, which Optuna's pictures, importances and dashboard then show."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain
from typing import Any

from skhpo.space import Dimension, Integer, Real, SearchSpace
from skhpo.tracking._source import Domains, Source, domains_of, plain_value, read_source
from skhpo.trial import Trial

_STATES = {"complete": "COMPLETE", "pruned": "PRUNED", "failed": "FAIL"}


def to_optuna(source: Any, *, study_name: str | None = None, storage: Any = None, space: Any = None) -> Any:
    """Return an Optuna study that holds the finished trials of a search.

    Needs Optuna: ``pip install "skhpo[optuna]"``. Called again with the same storage and name, also while the search
    runs, it adds the trials that have been finished since.

    Parameters
    ----------
    source : fitted search, Study, StoredSearch, str or Path
        The search; a path is that of its storage file.
    study_name : str or None, default=None
        Name of the Optuna study; None for one made of the search's.
    storage : str, optuna.storages.BaseStorage or None, default=None
        Where Optuna keeps the study, such as ``"sqlite:///optuna.db"``; None for memory.
    space : dict, list or SearchSpace, default=None
        The search space, where `source` does not tell it.

    Returns
    -------
    optuna.study.Study
        It maximises. A trial has the configuration, the score, and as intermediate values what was known of the score
        at each rung, or after each split where no resource is rationed. Its user attributes tell the rest. Values that
        Optuna cannot hold are replaced by their text.

    Raises
    ------
    ImportError
        If Optuna is not installed.
    ValueError
        If the storage has a study of that name that holds something else.

    Notes
    -----
    When a fit began is not recorded: in Optuna, every trial ends when it was exported, and lasts as long as its fits
    took together.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.tracking import to_optuna
    >>> study = Study({"x": (-5.0, 5.0)}, sampler="random", n_iter=10, random_state=0)
    >>> while (job := study.ask()) is not None:
    ...     trial = study.tell(job, score=-(job.configuration["x"] ** 2))
    >>> exported = to_optuna(study)  # doctest: +SKIP
    >>> exported.best_value == study.best_score  # doctest: +SKIP
    True
    """
    try:
        import optuna
    except ImportError as error:
        raise ImportError('to_optuna needs Optuna: pip install "skhpo[optuna]"') from error
    found = read_source(source)
    domains = found.domains if space is None else domains_of(SearchSpace.from_spec(space))
    study = optuna.create_study(
        storage=storage,
        study_name=found.name if study_name is None else study_name,
        direction="maximize",
        load_if_exists=True,
    )
    known = _exported(study)
    finished = [trial for trial in found.trials if trial.is_finished]
    distributions = _distributions(optuna.distributions, domains, finished)
    for trial in finished:
        frozen = _freeze(optuna.trial, trial, distributions, found)
        if trial.number not in known:
            _add(study, frozen)
        elif _texts(known[trial.number]) != _texts(frozen.params):
            raise _of_another(study, f"its trial {trial.number} is {known[trial.number]}")
    for name, texts in (("settings", found.settings), ("versions", found.versions)):
        study.set_user_attr(name, texts)
    return study


def _exported(study: Any) -> dict[int, dict[str, Any]]:
    """Return the parameters of what an earlier call has exported, by our numbers."""
    trials = study.get_trials(deepcopy=False)
    if [direction.name for direction in study.directions] != ["MAXIMIZE"]:
        raise _of_another(study, "it does not maximise one value")
    if any("skhpo_number" not in trial.user_attrs for trial in trials):
        raise _of_another(study, "it has trials of its own")
    return {trial.user_attrs["skhpo_number"]: trial.params for trial in trials}


def _texts(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: repr(value) for name, value in params.items()}  # NaN is not equal to itself


def _add(study: Any, frozen: Any) -> None:
    try:
        study.add_trial(frozen)
    except ValueError as error:  # what Optuna's storages say of a changed domain
        raise _of_another(study, str(error)) from error


def _of_another(study: Any, reason: str) -> ValueError:
    return ValueError(
        f"The Optuna study {study.study_name!r} is not an earlier export of this search: {reason}. "
        "Choose another 'study_name'."
    )


def _freeze(trial_module: Any, trial: Trial, distributions: Mapping[str, Any], source: Source) -> Any:
    kinds = {name: distributions[name] for name in trial.configuration}
    frozen = trial_module.create_trial(
        state=trial_module.TrialState[_STATES[trial.status]],
        value=float(trial.score) if trial.status == "complete" else None,
        params={name: _held(kinds[name], value) for name, value in trial.configuration.items()},
        distributions=kinds,
        intermediate_values=_intermediate(trial, source),
        user_attrs=_attributes(trial),
    )
    if math.isfinite(trial.seconds):
        frozen.datetime_start = frozen.datetime_complete - datetime.timedelta(seconds=trial.seconds)
    return frozen


def _intermediate(trial: Trial, source: Source) -> dict[int, float]:
    """Return the mean score at each rung; without rungs, that of the splits so far."""
    if any(one.resource for one in trial.measurements):
        return source.rungs(trial)
    scores = [float(one.value_of(source.metric)) for one in trial.measurements]
    means = {n: total / n for n, total in enumerate(accumulate(scores), start=1)}
    return {step: mean for step, mean in means.items() if math.isfinite(mean)}


def _attributes(trial: Trial) -> dict[str, Any]:
    latest = trial.measured_at(trial.resource)
    names = dict.fromkeys(name for one in latest for name in one.scores)
    attributes = {
        "skhpo_number": trial.number,
        "origin": trial.origin,
        "status": trial.status,
        "error": None if trial.error is None else f"{trial.error.type}: {trial.error.message}",
        "resource": None if trial.resource is None else int(trial.resource),
        "bracket": int(trial.bracket),
        "parent": trial.parent,
        "fit_time": _finite(sum(one.fit_time for one in trial.measurements)),
        "score_time": _finite(sum(one.score_time for one in trial.measurements)),
    }
    for name in names:
        attributes[f"split_test_{name}"] = [_finite(one.scores.get(name, math.nan)) for one in latest]
    return {name: value for name, value in attributes.items() if value is not None}


def _finite(value: float) -> float | None:
    # What is not finite is no JSON, and breaks pages that read it.
    return float(value) if math.isfinite(value) else None


def _distributions(kinds: Any, domains: Domains, trials: Sequence[Trial]) -> dict[str, Any]:
    """Return one distribution for each hyperparameter, which holds all of its values."""
    values: dict[str, list[Any]] = {}
    for trial in trials:
        for name, value in trial.configuration.items():
            values.setdefault(name, []).append(value)
    return {name: _distribution(kinds, domains.get(name, ()), known) for name, known in values.items()}


def _distribution(kinds: Any, dimensions: Sequence[Dimension], values: Sequence[Any]) -> Any:
    known = _of_dimensions(kinds, dimensions)
    if known is not None and all(_holds(known, value) for value in values):
        return known
    return _of_values(kinds, [plain_value(value) for value in values])


def _of_dimensions(kinds: Any, dimensions: Sequence[Dimension]) -> Any:
    """Return the distribution of a domain, or of all that sub-spaces have; None for what Optuna has no word for."""
    numeric = [one for one in dimensions if isinstance(one, Real | Integer)]
    if dimensions and len(numeric) == len(dimensions):
        is_log = all(one.prior == "log-uniform" for one in numeric)
        low, high = min(one.low for one in numeric), max(one.high for one in numeric)
        if all(isinstance(one, Integer) for one in numeric):
            return kinds.IntDistribution(int(low), int(high), log=is_log)
        return kinds.FloatDistribution(float(low), float(high), log=is_log)
    if not dimensions or not all(hasattr(one, "choices") for one in dimensions):
        return None
    choices = chain.from_iterable(one.arguments()["choices"] for one in dimensions)
    return _categorical(kinds, map(plain_value, choices))


def _of_values(kinds: Any, values: Sequence[Any]) -> Any:
    if all(type(value) is int for value in values):
        return kinds.IntDistribution(min(values), max(values))
    if all(type(value) in (int, float) and math.isfinite(value) for value in values):
        return kinds.FloatDistribution(float(min(values)), float(max(values)))
    return _categorical(kinds, values)


def _categorical(kinds: Any, values: Iterable[Any]) -> Any:
    choices = list({_key(value): value for value in values}.values())
    if len(set(choices)) < len(choices):  # 1, 1.0 and True mean different things, and are the same to Optuna
        choices = [repr(one) if isinstance(one, bool | int | float) else one for one in choices]
    return kinds.CategoricalDistribution(list(dict.fromkeys(choices)))


def _key(value: Any) -> tuple[type, str]:
    return type(value), repr(value)


def _held(distribution: Any, value: Any) -> Any:
    """Return a value as the distribution has it; raises ValueError if it has not."""
    plain = plain_value(value)
    if hasattr(distribution, "choices"):
        known = set(map(_key, distribution.choices))
        held = plain if _key(plain) in known else repr(plain)
        if _key(held) in known:
            return held
    elif type(plain) in (int, float) and distribution.low <= plain <= distribution.high:
        held = type(distribution.low)(plain)
        if held == plain:
            return held
    raise ValueError(f"{plain!r} is not in {distribution!r}")


def _holds(distribution: Any, value: Any) -> bool:
    try:
        _held(distribution, value)
    except ValueError:
        return False
    return True
