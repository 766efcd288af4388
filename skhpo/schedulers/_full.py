"""Plain cross-validation: every configuration is fitted on every split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skhpo.schedulers._scheduler import Decision, Resume, Scheduler, Start, Starting, Verdict, Wait
from skhpo.trial import Trial


class FullScheduler(Scheduler):
    """Fits every trial on all splits, the youngest one first.

    The splits of one trial are handed out before the next trial starts. So few trials are pending at any time, and a
    sampler that learns from scores is never far behind.

    Parameters
    ----------
    n_splits : int, default=1
        Number of cross-validation splits.

    Examples
    --------
    >>> from skhpo.schedulers import FullScheduler
    >>> from skhpo.trial import Trial
    >>> FullScheduler(n_splits=3).decide([Trial(0, {"C": 1.0}, pending=(0,))])
    Resume(number=0, split=1, resource=None)
    """

    def __init__(self, n_splits: int = 1) -> None:
        self.n_splits = n_splits

    def decide(self, trials: Sequence[Trial], starting: Starting = "open") -> Decision:
        """Fill the youngest trial's splits, then start another trial."""
        if trials:
            # Only the youngest can have splits left: the one before it was filled, or failed, before it started.
            youngest = trials[-1]
            split = len(youngest.measurements) + len(youngest.pending)
            if split < self.n_splits and not youngest.is_finished:
                return Resume(youngest.number, split)
        return Start() if starting == "open" else Wait()

    def verdicts(self, trials: Sequence[Trial], number: int) -> Mapping[int, Verdict]:
        """A trial is complete with its last split."""
        trial = trials[number]
        is_complete = not trial.is_finished and len(trial.measurements) == self.n_splits
        return {number: Verdict("complete")} if is_complete else {}
