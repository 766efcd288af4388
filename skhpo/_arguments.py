"""Turns the arguments of a study into what it works with, or says what is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np

from skhpo.exceptions import InvalidConfigurationError
from skhpo.samplers import SAMPLERS, Proposal, Sampler
from skhpo.schedulers import mean_score
from skhpo.space import SearchSpace
from skhpo.trial import FitError, Job, Measurement


def check_sampler(sampler: object, owner: str = "Study") -> Sampler:
    """Return the sampler of a name, or the sampler that was given.

    Parameters
    ----------
    sampler : str or Sampler
        One of the names in `skhpo.samplers.SAMPLERS`, or a sampler.
    owner : str, default="Study"
        Class named in error messages.

    Returns
    -------
    Sampler
        The sampler.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If it is neither a name nor a sampler.

    Examples
    --------
    >>> from skhpo._arguments import check_sampler
    >>> check_sampler("random").uses_scores
    False
    """
    if isinstance(sampler, Sampler):
        return sampler
    message = (
        f"The 'sampler' parameter of {owner} must be a Sampler or a str among {sorted(SAMPLERS)}. "
        f"Got {sampler!r} instead."
    )
    if not isinstance(sampler, str):
        raise TypeError(message)
    if sampler not in SAMPLERS:
        raise ValueError(message)
    return SAMPLERS[sampler]()


def check_seed(random_state: Any) -> int:
    """Turn a `random_state` into one integer.

    Parameters
    ----------
    random_state : int, numpy.random.RandomState, numpy.random.Generator or None
        A seed; a generator is asked for one integer; None for fresh entropy from the operating system.

    Returns
    -------
    int
        The seed, not negative.

    Raises
    ------
    ValueError
        If it is something else, or negative.

    Examples
    --------
    >>> from skhpo._arguments import check_seed
    >>> check_seed(7)
    7
    """
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(np.iinfo(np.int32).max))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(np.iinfo(np.int32).max))
    if isinstance(random_state, Integral) and int(random_state) >= 0:
        return int(random_state)
    raise ValueError(
        "The 'random_state' parameter must be an int in the range [0, inf), a RandomState instance or None. "
        f"Got {random_state!r} instead."
    )


def n_promised(space: SearchSpace) -> int:
    """Number of trials promised to sub-spaces with a share of their own."""
    return sum(sub.n_iter or 0 for sub in space.subspaces)


def check_shares(space: SearchSpace | None, n_iter: int | None) -> None:
    """Refuse sub-spaces that were promised more trials than there are."""
    if space is not None and n_iter is not None and n_promised(space) > n_iter:
        raise ValueError(
            f"The numbers of trials of the sub-spaces must sum up to at most n_iter={n_iter}. "
            f"Got a sum of {n_promised(space)} instead."
        )


def check_count(name: str, value: Any) -> int | None:
    """An int of at least 1, or None."""
    if value is None:
        return None
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 1:
        return int(value)
    raise ValueError(
        f"The {name!r} parameter of Study must be an int in the range [1, inf) or None. Got {value!r} instead."
    )


def check_score(score: Any) -> tuple[float, ...]:
    """The scores of the folds; a single one if the score is a number."""
    folds = score
    if isinstance(score, Real) or (isinstance(score, np.ndarray) and score.ndim == 0):
        folds = [score]
    if isinstance(folds, Sequence | np.ndarray) and len(folds) > 0:
        with suppress(TypeError, ValueError):
            if not isinstance(folds, str | bytes):
                return tuple(map(_as_float, folds))
    raise TypeError(f"The 'score' must be a number or a sequence of numbers. Got {score!r} instead.")


def check_seconds(seconds: Any) -> float:
    """A duration as a float."""
    if not isinstance(seconds, Real) or isinstance(seconds, bool):
        raise TypeError(f"The 'seconds' must be a number. Got {seconds!r} instead.")
    duration = _as_float(seconds)
    if not 0.0 <= duration < math.inf:
        raise ValueError(f"The 'seconds' must be in the range [0, inf). Got {seconds!r:.200} instead.")
    return duration


def check_error(error: Any) -> BaseException:
    """The error itself, if it is one."""
    if isinstance(error, BaseException):
        return error
    raise TypeError(f"The 'error' must be an exception. Got {error!r} instead.")


def _as_float(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def check_initial(
    space: SearchSpace | None, configurations: Sequence[Mapping[str, Any] | Proposal] | None
) -> list[Proposal]:
    """Check the configurations against the space and drop repeated ones."""
    proposals = [
        one if isinstance(one, Proposal) else Proposal(_check_mapping(one), "user")
        for one in configurations or ()
    ]
    if space is None:
        return proposals
    distinct: dict[bytes, Proposal] = {}
    for proposal in proposals:
        space.check(proposal.configuration)
        distinct.setdefault(space.encode([proposal.configuration]).tobytes(), proposal)
    return list(distinct.values())


def _check_mapping(configuration: Any) -> dict[str, Any]:
    if isinstance(configuration, Mapping):
        return dict(configuration)
    raise InvalidConfigurationError(f"A configuration must be a dict. Got {configuration!r} instead.")


def check_metric(metric: str | None, scores: Mapping[str, Any]) -> None:
    """Raise unless the metric that is optimised is among the scores."""
    if metric is not None and metric not in scores:
        raise ValueError(f"The 'metric' must be one of {sorted(scores)}. Got {metric!r} instead.")


def told_measurement(
    job: object,
    score: Any,
    error: BaseException | None,
    seconds: float | None,
    metric: str | None,
) -> Measurement:
    """Turn the arguments of `Study.tell` into a measurement; raises for those that make no sense."""
    if (score is None) == (error is None):
        raise ValueError("Exactly one of 'score' and 'error' must be given to Study.tell.")
    split = job.split if isinstance(job, Job) else 0
    fit_time, score_time = (math.nan, math.nan) if seconds is None else (check_seconds(seconds), 0.0)
    told = Measurement(split, {}, fit_time=fit_time, score_time=score_time)
    if error is not None:
        return replace(told, error=FitError.from_exception(check_error(error)))
    if isinstance(score, Mapping):
        scores = {name: mean_score(check_score(value)) for name, value in score.items()}
        check_metric(metric, scores)
        return replace(told, scores=scores)
    folds = check_score(score)
    return replace(told, scores={"score": mean_score(folds)}, fold_scores=folds if len(folds) > 1 else ())
