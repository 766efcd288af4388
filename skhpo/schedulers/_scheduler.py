"""The contract of schedulers, and the decisions they take."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from skhpo.trial import Trial

#: Whether another trial may be started: now, later (results have to come first), or never.
Starting = Literal["open", "held", "over"]


class Start(NamedTuple):
    """Begin another trial, with its fit on this split.

    Attributes
    ----------
    split : int
        The split.
    resource : int or None
        How much of the resource the trial is given to begin with.
    bracket : int
        The bracket the trial belongs to.
    n_known : int or None
        The proposal may see the results of so many trials, the first ones, and waits for them; None where it is
        for the study to say.

    Examples
    --------
    >>> from skhpo.schedulers import FullScheduler, Start
    >>> FullScheduler(n_splits=3).decide([]) == Start(split=0)
    True
    """

    split: int = 0
    resource: int | None = None
    bracket: int = 0
    n_known: int | None = None


class Resume(NamedTuple):
    """Go on with a trial, with its fit on this split and with this much of the resource.

    Attributes
    ----------
    number : int
        The trial.
    split : int
        The split.
    resource : int or None
        How much of the resource; None where none is rationed.

    Examples
    --------
    >>> from skhpo.schedulers import FullScheduler, Resume
    >>> from skhpo.trial import Measurement, Trial
    >>> begun = Trial(0, {"C": 1.0}, measurements=(Measurement(0, {"score": 0.9}),))
    >>> FullScheduler(n_splits=3).decide([begun]) == Resume(number=0, split=1)
    True
    """

    number: int
    split: int
    resource: int | None = None


class Wait(NamedTuple):
    """There is nothing to do before further results are in, or nothing at all any more.

    Examples
    --------
    >>> from skhpo.schedulers import FullScheduler, Wait
    >>> FullScheduler(n_splits=3).decide([], starting="over") == Wait()
    True
    """


Decision = Start | Resume | Wait


class Verdict(NamedTuple):
    """What becomes of a trial.

    Attributes
    ----------
    status : str
        Its new status, see `Trial`.
    n_measurements : int or None
        How many of its measurements at its present resource count, the first ones; None for all. What was measured
        beyond the point where a trial was stopped must not make a difference.

    Examples
    --------
    >>> from skhpo.schedulers import FullScheduler, Verdict
    >>> from skhpo.trial import Measurement, Trial
    >>> trial = Trial(0, {"C": 1.0}, measurements=(Measurement(0, {"score": 0.9}),))
    >>> FullScheduler(n_splits=1).verdicts([trial], 0) == {0: Verdict("complete")}
    True
    """

    status: str
    n_measurements: int | None = None


class Scheduler(ABC):
    """Decides which fit comes next, and when enough is known of a trial; a pure function of the trials.

    Attributes
    ----------
    promotes : bool
        Whether results may lead to further fits of trials that have none pending.
    revives : bool
        Whether a trial that was stopped may be taken up again.

    Examples
    --------
    >>> from skhpo.schedulers import Scheduler, Start, Verdict
    >>> class OnceScheduler(Scheduler):
    ...     def decide(self, trials, starting="open"):
    ...         return Start() if starting == "open" else Wait()
    ...
    ...     def verdicts(self, trials, number):
    ...         return {number: Verdict("complete")}
    >>> OnceScheduler().decide([])
    Start(split=0, resource=None, bracket=0, n_known=None)
    """

    promotes: bool = False
    revives: bool = False

    @abstractmethod
    def decide(self, trials: Sequence[Trial], starting: Starting = "open") -> Decision:
        """Take the next decision.

        Parameters
        ----------
        trials : sequence of Trial
            All trials so far in the order of their numbers. They are not changed.
        starting : {"open", "held", "over"}, default="open"
            Whether another trial may be started: now, only after further results, or never again.

        Returns
        -------
        Start, Resume or Wait
            What to do once a worker is free; no `Start` unless that is open.
        """

    @abstractmethod
    def verdicts(self, trials: Sequence[Trial], number: int) -> Mapping[int, Verdict]:
        """Say which trials change their status after a fit of one of them has been measured.

        Parameters
        ----------
        trials : sequence of Trial
            All trials so far, with the new measurement.
        number : int
            The trial that was measured.

        Returns
        -------
        mapping of int to Verdict
            By the number of the trial. Whether a complete trial has failed is not for the scheduler to say.
        """

    def judge(self, trials: Sequence[Trial], number: int) -> Mapping[int, Verdict]:
        """Return the verdicts, one of which is not for the single schedulers to find: a fatal error ends its trial.

        Parameters
        ----------
        trials : sequence of Trial
            All trials so far, with the new measurement.
        number : int
            The trial that was measured.

        Returns
        -------
        mapping of int to Verdict
            By the number of the trial.
        """
        return {number: Verdict("failed")} if trials[number].is_lost else self.verdicts(trials, number)

    def spent(self, trials: Sequence[Trial], finished: Sequence[Trial]) -> list[Trial]:
        """Return the trials whose models will not be trained on.

        Parameters
        ----------
        trials : sequence of Trial
            All trials so far.
        finished : sequence of Trial
            Those that have just ended.

        Returns
        -------
        list of Trial
            Those of the latter that may not be taken up again; if others are over by now, these too.
        """
        return [trial for trial in finished if not (self.revives and trial.status == "pruned")]

    def view(self, trials: Sequence[Trial], n_columns: int) -> Sequence[Trial]:
        """Return the trials as a sampler is to see them; by default as they are.

        Parameters
        ----------
        trials : sequence of Trial
            All trials so far; those whose results must not matter yet are running.
        n_columns : int
            The number of columns of the space: how much a model has to learn.

        Returns
        -------
        sequence of Trial
            As many.
        """
        return trials
