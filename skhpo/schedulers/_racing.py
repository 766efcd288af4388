"""Racing over folds: a trial that cannot win any more, or hardly can, is not fitted on its remaining splits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from skhpo.schedulers._rules import Race, RacingRule, Scores, mean
from skhpo.schedulers._scheduler import Decision, Resume, Scheduler, Start, Starting, Verdict, Wait
from skhpo.schedulers._standings import Entry, Estimates, Standings
from skhpo.trial import Measurement, Trial, TrialLog, unfinished


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
        self._finished: dict[int, tuple[Trial, Scores, Entry | None]] = {}
        self._estimates: Estimates = {}
        self._settled, self._history = Standings(n_splits), object()

    def decide(self, trials: Sequence[Trial], starting: Starting = "open") -> Decision:
        """Go on with a trial that waits for nothing, then start another one, and only then fit a fold ahead."""
        running = unfinished(trials)
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
        """Judge the trial that was measured, and those for which it makes a difference that this one has ended."""
        found, standings = {}, self._standings(trials)
        for trial in self._concerned(trials, number, standings):
            verdict = self._judge(trial, standings, self._n_rivals(trial, trials))
            if verdict is not None:
                found[trial.number] = verdict
        return found

    def _n_rivals(self, trial: Trial, trials: Sequence[Trial]) -> int:
        """Return how many trials, the first ones, a trial races against."""
        return len(trials) if self.lookahead is None else max(trial.number - self.lookahead + 1, 0)

    def _concerned(self, trials: Sequence[Trial], number: int, standings: Standings) -> list[Trial]:
        """Return the running trials that are to be judged: their rivals are known."""
        trial, running = trials[number], unfinished(trials)
        if self.lookahead is None:
            best = standings.best(len(trials))
            is_best = trial.is_finished and best is not None and best.number == number
            return running if is_best else [trial][trial.is_finished :]
        n_settled = running[0].number if running else len(trials)
        concerned = running if trial.is_finished else [trial]
        least = number if trial.is_finished else -1  # the others knew their rivals before
        return [one for one in concerned if least < self._n_rivals(one, trials) <= n_settled]

    def view(self, trials: Sequence[Trial], n_columns: int) -> Sequence[Trial]:
        """Return the trials with estimates of the scores of those that were stopped.

        What is estimated is the mean over all folds: folds on which everybody did better or worse are allowed for, as
        the complete trials before this one show them.
        """
        return self._standings(trials).view(self._estimates)

    def _standings(self, trials: Sequence[Trial]) -> Standings:
        """Return the standings of all trials; those of the settled ones are remembered."""
        if not isinstance(trials, TrialLog):
            return self._read(Standings(self.n_splits), trials)
        if trials.history is not self._history:
            self._settled, self._history = Standings(self.n_splits), trials.history
        settled = trials[len(self._settled) : trials.n_settled]
        self._read(self._settled, settled)
        for trial in settled:
            self._finished.pop(trial.number, None)
        n = min(len(self._settled), trials.n_settled)
        return self._read(Standings(self.n_splits, self._settled, n), trials[n:])

    def _read(self, standings: Standings, trials: Sequence[Trial]) -> Standings:
        for trial in trials:
            scores, entry = self._result(trial) if trial.is_finished else ((), None)
            standings.read(trial, entry, scores)
        return standings

    def _result(self, finished: Trial) -> tuple[Scores, Entry | None]:
        """Return the scores of a finished trial, and its entry if it has them on all folds."""
        known, scores, entry = self._finished.get(finished.number, (None, (), None))
        if known is not finished:
            scores = tuple(map(self._score, finished.measurements))
            is_full = len(scores) == self.n_splits and not any(map(math.isnan, scores))
            entry = Entry(scores, mean(scores), finished.number) if is_full else None
            self._finished[finished.number] = finished, scores, entry
        return scores, entry

    def _next_split(self, trial: Trial) -> int:
        """Return the first split that is neither measured nor handed out."""
        taken = {measurement.split for measurement in trial.measurements}.union(trial.pending)
        return next(split for split in range(self.n_splits) if split not in taken)

    def _judge(self, trial: Trial, standings: Standings, n_rivals: int) -> Verdict | None:
        """Return what the folds say that were measured one after the other from the first one."""
        scores = [self._score(m) for i, m in enumerate(trial.measurements) if m.split == i]
        best, rivals = standings.best(n_rivals), standings.scores(n_rivals)
        for n in range(1, len(scores) + 1):
            if n == self.n_splits:
                return Verdict("complete")
            if math.isnan(scores[n - 1]):
                return Verdict("failed", n)
            if best is not None:
                is_older = best.number < trial.number
                race = Race(tuple(scores[:n]), self.n_splits, best.scores, is_older, rivals)
                if self.rule.is_hopeless(race):
                    return Verdict("pruned", n)
        return None

    def _score(self, measurement: Measurement) -> float:
        score = measurement.value_of(self.metric)
        raised = measurement.error is not None and bool(measurement.error.traceback)
        return self.failed_score if raised and math.isnan(score) else score
