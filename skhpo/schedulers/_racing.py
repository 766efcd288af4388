"""Racing over folds: a trial that cannot win any more, or hardly can, is not fitted on its remaining splits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from skhpo.schedulers._rules import Race, RacingRule, Scores, mean
from skhpo.schedulers._scheduler import Decision, Resume, Scheduler, Start, Starting, Verdict, Wait
from skhpo.trial import Measurement, Trial


class RacingScheduler(Scheduler):
    """Stops a trial as soon as a rule says that it will not beat the best complete one.

    Trials run side by side, each with one fit at a time, because the next fold of a trial may turn out to be one too
    many. Only where no other trial may start is a fold fitted ahead of the verdict. A trial with a failed fold is
    stopped at once.

    Parameters
    ----------
    n_splits : int
        Number of cross-validation splits.
    rule : RacingRule
        When a trial is hopeless.
    metric : str or None, default=None
        The score that is optimised; None for the first one.
    lookahead : int or None, default=None
        If given, trial ``t`` races against the trials up to ``t - lookahead``, and its folds count in their order,
        whatever ends first; None for all that is known.
    failed_score : float, default=nan
        What a fold counts whose fit failed, if such a trial may win all the same.

    Examples
    --------
    >>> from skhpo.schedulers import Lossless, RacingScheduler
    >>> from skhpo.trial import Measurement, Trial
    >>> def trial(number, *scores, status="running"):
    ...     measurements = tuple(Measurement(i, {"score": score}) for i, score in enumerate(scores))
    ...     return Trial(number, {}, measurements=measurements, status=status)
    >>> scheduler = RacingScheduler(3, Lossless(best_score=1.0))
    >>> scheduler.verdicts([trial(0, 0.9, 0.9, 0.9, status="complete"), trial(1, 0.6)], 1)
    {1: Verdict(status='pruned', n_measurements=1)}
    """

    def __init__(
        self,
        n_splits: int,
        rule: RacingRule,
        metric: str | None = None,
        lookahead: int | None = None,
        failed_score: float = math.nan,
    ) -> None:
        self.n_splits = n_splits
        self.rule = rule
        self.metric = metric
        self.lookahead = lookahead
        self.failed_score = failed_score
        # Remembered are functions of the trials, which change no decision.
        self._entries: dict[int, tuple[Trial, _Entry | None]] = {}
        self._views: dict[int, tuple[Trial, int, Trial]] = {}

    def decide(self, trials: Sequence[Trial], starting: Starting = "open") -> Decision:
        """Go on with a trial that waits for nothing, then start another one, and only then fit a fold ahead."""
        running = _running(trials)
        for trial in running:
            if not trial.pending and len(trial.measurements) < self.n_splits:
                return Resume(trial.number, self._next_split(trial))
        if starting == "open":
            return Start()
        for trial in running:
            if len(trial.measurements) + len(trial.pending) < self.n_splits:
                return Resume(trial.number, self._next_split(trial))
        return Wait()

    def verdicts(self, trials: Sequence[Trial], number: int) -> Mapping[int, Verdict]:
        """Judge every running trial whose rivals are known."""
        found = {}
        for trial in _running(trials):
            rivals = trials if self.lookahead is None else trials[: max(trial.number - self.lookahead + 1, 0)]
            if self.lookahead is None or all(rival.is_finished for rival in rivals):
                verdict = self._judge(trial, rivals)
                if verdict is not None:
                    found[trial.number] = verdict
        return found

    def view(self, trials: Sequence[Trial], n_columns: int) -> Sequence[Trial]:
        """Return the trials with estimates of the scores of those that were stopped.

        What is estimated is the mean over all folds: folds on which everybody did better or worse are allowed for, as
        the complete trials before this one show them.
        """
        viewed: list[Trial] = []
        earlier: list[_Entry] = []
        entries = [self._entry(trial) for trial in trials]
        known = [entry for entry in entries if entry is not None]
        for trial, entry in zip(trials, entries, strict=True):
            viewed.append(self._estimated(trial, earlier or known) if trial.status == "pruned" else trial)
            if entry is not None:
                earlier.append(entry)
        return viewed

    def _estimated(self, trial: Trial, rivals: list[_Entry]) -> Trial:
        known, n_rivals, viewed = self._views.get(trial.number, (None, 0, trial))
        if known is not trial or n_rivals != len(rivals):
            effects = np.mean([np.subtract(entry.scores, entry.mean) for entry in rivals], axis=0)
            corrected = [self._score(m) - effects[m.split] for m in trial.measurements]
            noisiness = self.n_splits / len(trial.measurements)
            viewed = replace(trial, score=float(np.mean(corrected)), noisiness=noisiness)
            self._views[trial.number] = trial, len(rivals), viewed
        return viewed

    def _next_split(self, trial: Trial) -> int:
        """Return the first split that is neither measured nor handed out."""
        taken = {measurement.split for measurement in trial.measurements}.union(trial.pending)
        return next(split for split in range(self.n_splits) if split not in taken)

    def _judge(self, trial: Trial, rivals: Sequence[Trial]) -> Verdict | None:
        """Return what the folds say that were measured one after the other from the first one."""
        scores = [self._score(m) for i, m in enumerate(trial.measurements) if m.split == i]
        known = [entry for entry in map(self._entry, rivals) if entry is not None]
        best = max(known, key=lambda entry: entry.mean, default=None)  # the first one of equals
        for n in range(1, len(scores) + 1):
            if n == self.n_splits:
                return Verdict("complete")
            if math.isnan(scores[n - 1]):
                return Verdict("failed", n)
            if best is not None:
                is_older, all_scores = best.number < trial.number, [entry.scores for entry in known]
                race = Race(tuple(scores[:n]), self.n_splits, best.scores, is_older, all_scores)
                if self.rule.is_hopeless(race):
                    return Verdict("pruned", n)
        return None

    def _entry(self, trial: Trial) -> _Entry | None:
        """Return the scores of a finished trial on all folds, None if it has not got them."""
        if not trial.is_finished:
            return None
        known, entry = self._entries.get(trial.number, (None, None))
        if known is not trial:
            scores = tuple(self._score(measurement) for measurement in trial.measurements)
            is_full = len(scores) == self.n_splits and not any(map(math.isnan, scores))
            entry = _Entry(scores, mean(scores), trial.number) if is_full else None
            self._entries[trial.number] = trial, entry
        return entry

    def _score(self, measurement: Measurement) -> float:
        score = measurement.value_of(self.metric)
        raised = measurement.error is not None and bool(measurement.error.traceback)
        return self.failed_score if raised and math.isnan(score) else score


class _Entry(NamedTuple):
    """A trial that was measured on all folds."""

    scores: Scores
    mean: float
    number: int


def _running(trials: Sequence[Trial]) -> list[Trial]:
    """Return the running trials, oldest first."""
    return [trial for trial in trials if not trial.is_finished]
