"""The contract of schedulers, and the decisions they take."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from skhpo.trial import Trial


class Start(NamedTuple):
    """Begin another trial, with its fit on this split."""

    split: int = 0


class Resume(NamedTuple):
    """Go on with a running trial, with its fit on this split."""

    number: int
    split: int


Decision = Start | Resume


class Scheduler(ABC):
    """Decides which fit comes next; a pure function of the trials."""

    @abstractmethod
    def decide(self, trials: Sequence[Trial]) -> Decision:
        """Take the next decision.

        Parameters
        ----------
        trials : sequence of Trial
            All trials so far in the order of their numbers. They are not changed.

        Returns
        -------
        Start or Resume
            What to do once a worker is free.
        """

    @abstractmethod
    def is_finished(self, trial: Trial) -> bool:
        """Whether nothing more is to be measured of a trial."""
