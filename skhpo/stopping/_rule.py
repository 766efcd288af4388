"""The contract of stopping rules."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, TypeGuard

from skhpo.schedulers import Scheduler
from skhpo.space import SearchSpace
from skhpo.trial import Trial

Rule = Callable[[Sequence[Trial]], bool]


class StoppingRule(ABC):
    """A rule that ends a search: a pure function of the finished trials.

    Most rules need nothing but the trials. Others are told about the splits and the study before the first trial, and
    refuse, with a ValueError, what they cannot judge.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.stopping import StoppingRule
    >>> class Failures(StoppingRule):
    ...     def __call__(self, trials):
    ...         return any(trial.status == "failed" for trial in trials)
    >>> study = Study({"x": (0.0, 1.0)}, stopping=Failures(), random_state=0)
    >>> study.tell(study.ask(), error=ValueError("no")).status, study.ask()
    ('failed', None)
    """

    @abstractmethod
    def __call__(self, trials: Sequence[Trial]) -> bool:
        """Tell whether the search ends.

        Parameters
        ----------
        trials : sequence of Trial
            The finished trials in the order of their numbers.

        Returns
        -------
        bool
            True if it ends after these.
        """

    def for_splits(self, splits: Sequence[tuple[Any, Any]], owner: str) -> StoppingRule:
        """Return the rule to use with these cross-validation splits; by default this one.

        Parameters
        ----------
        splits : sequence of (array of int, array of int)
            Indices of the training and test part of each.
        owner : str
            Class named in error messages.

        Returns
        -------
        StoppingRule
            This rule, or one that knows the splits.
        """
        return self

    def bound_to(self, space: SearchSpace | None, scheduler: Scheduler, metric: str | None) -> Rule:
        """Return the rule to use in a study; by default this one.

        Parameters
        ----------
        space : SearchSpace or None
            Where the study looks; None where it is given all its configurations.
        scheduler : Scheduler
            Its scheduler.
        metric : str or None
            Which score it optimises; None for the first one.

        Returns
        -------
        callable
            A pure function of the finished trials.
        """
        return self


def is_int(value: object) -> TypeGuard[int]:
    """Whether a value is an integer, of any type but bool."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a real number, of any type but bool, and not NaN."""
    return isinstance(value, Real) and not isinstance(value, bool) and not math.isnan(value)
