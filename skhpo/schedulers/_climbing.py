"""One bracket for all trials: each is trained as far as it is among the best of those that came before it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from skhpo.schedulers._halving import MultiFidelityScheduler, Row
from skhpo.schedulers._rules import Race, RacingRule, Scores
from skhpo.schedulers._rungs import best_of
from skhpo.schedulers._scheduler import Decision, Resume, Start, Starting, Verdict, Wait
from skhpo.trial import Measurement, Trial

# How much noisier a score is that stands for the next larger resource, and how many times that is said.
_NOISINESS, _MOST_STEPS = 10.0, 2


class ClimbingScheduler(MultiFidelityScheduler):
    """Trains one trial after the other, each as long as it is among the best of those before it.

    It is the variant of asynchronous successive halving in which nobody waits to be promoted later [1]_: a trial that
    has been measured on a rung goes on at once if it belongs to the best 1 / `factor` of those that came before it
    there, itself among them; else it is stopped. On each rung it may race over the splits for the last place among
    these, and on the last rung for the best. So the first trial has the whole resource soon, and every proposal is made
    from all trials before it. With a `lookahead` the trials do not depend on which fit ends first.

    Parameters
    ----------
    n_splits : int
        Number of cross-validation splits.
    resources : sequence of int
        What a trial is given on each rung, in ascending order.
    factor : int, default=3
        One in so many goes on.
    metric : str or None, default=None
        The score that is optimised; None for the first one.
    rule : RacingRule or None, default=None
        When a trial is stopped before it has been measured on all splits of a rung.
    lookahead : int or None, default=None
        If given, trial ``t`` is compared with the trials up to ``t - lookahead``; None for all that have ended.

    References
    ----------
    .. [1] Klein, A., Tiao, L. C., Lienart, T., Archambeau, C. & Seeger, M. (2020). Model-based asynchronous
       hyperparameter and neural architecture search. arXiv:2003.10865.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.schedulers import ClimbingScheduler
    >>> scheduler = ClimbingScheduler(1, [1, 3, 9])
    >>> study = Study({"x": (0.0, 1.0)}, sampler="random", n_iter=27, scheduler=scheduler, random_state=0)
    >>> while (job := study.ask()) is not None:
    ...     trial = study.tell(job, score=job.configuration["x"] * job.resource)
    >>> [len([trial for trial in study.trials if trial.resource >= amount]) for amount in (1, 3, 9)]
    [27, 6, 3]
    """

    def __init__(
        self,
        n_splits: int = 1,
        resources: Sequence[int] = (1, 3, 9),
        factor: int = 3,
        metric: str | None = None,
        rule: RacingRule | None = None,
        lookahead: int | None = None,
    ) -> None:
        super().__init__(n_splits, metric)
        self.resources = tuple(resources)
        self.factor = factor
        self.rule = rule
        self.lookahead = lookahead
        # Remembered are functions of the trials, which change no decision.
        self._all_scores: dict[tuple[int, int], tuple[tuple[Measurement, ...], Scores]] = {}

    def decide(self, trials: Sequence[Trial], starting: Starting = "open") -> Decision:
        """Go on with the oldest trial that waits for nothing, then start another one, and only then fit ahead."""
        running = [trial for trial in trials if not trial.is_finished]
        for trial in running:
            if not trial.pending and (resume := self._next_fit(trial)) is not None:
                return resume
        if starting == "open":
            return Start(0, self.resources[0])
        return next((one for one in map(self._next_fit, running) if one is not None), Wait())

    def _next_fit(self, trial: Trial) -> Resume | None:
        amount = trial.resource or self.resources[0]
        if trial.status == "paused":
            return Resume(trial.number, 0, self.resources[self.resources.index(amount) + 1])
        split = self.next_split(trial, amount)
        return None if split is None else Resume(trial.number, split, amount)

    def verdicts(self, trials: Sequence[Trial], number: int) -> Mapping[int, Verdict]:
        """Judge every running trial whose rivals are known."""
        found = {}
        for trial in trials:
            rivals = trials if self.lookahead is None else trials[: max(trial.number - self.lookahead + 1, 0)]
            are_known = self.lookahead is None or all(rival.is_finished for rival in rivals)
            verdict = self._judge(trial, rivals) if trial.status == "running" and are_known else None
            if verdict is not None:
                found[trial.number] = verdict
        return found

    def _judge(self, trial: Trial, rivals: Sequence[Trial]) -> Verdict | None:
        """Return what becomes of a trial on its rung; None while it is open."""
        amount = trial.resource or self.resources[0]
        is_last = amount == self.resources[-1]
        scores = self._scores_at(trial, amount)
        best = self._last_place(rivals, amount, is_last)
        record = None if best is None else self.score_at(best[0], amount)
        for n in range(1, len(scores) + 1):
            if math.isnan(scores[n - 1]):
                return Verdict("failed", n)
            if n == self.n_splits:
                own = self.score_at(trial, amount)
                if is_last:
                    return Verdict("complete")
                goes_on = record is None or own is None or own >= record
                return Verdict("paused" if goes_on else "pruned")
            if best is not None and self._is_hopeless(scores[:n], best, amount, is_last):
                return Verdict("pruned", n)
        return None

    def _last_place(self, rivals: Sequence[Trial], amount: int, is_last: bool) -> list[Trial] | None:
        """Return those who hold a place on a rung, the last place first, then the others; None if one is free."""
        there = [t for t in rivals if t.is_finished and t.status != "failed" and self._scores_at(t, amount)]
        scored = [(trial, self.score_at(trial, amount)) for trial in there]
        known = [(trial, score) for trial, score in scored if score is not None]
        n_places = 1 if is_last else math.ceil((len(there) + 1) / self.factor)
        ranked = best_of([t for t, _ in known], [s for _, s in known], len(known))
        if len(ranked) < n_places:
            return None
        last = ranked[-n_places]
        return [last, *[trial for trial in ranked if trial is not last]]

    def _is_hopeless(self, scores: Scores, best: list[Trial], amount: int, is_last: bool) -> bool:
        if self.rule is None:
            return False
        rivals = [self._scores_at(trial, amount) for trial in best]
        # Of equals any may go on; on the last rung the older one wins.
        return self.rule.is_hopeless(Race(scores, self.n_splits, rivals[0], is_last, rivals))

    def _scores_at(self, trial: Trial, amount: int) -> Scores:
        """Return the scores with that much of the resource on the first splits, as far as there is no gap."""
        measurements, scores = self._all_scores.get((trial.number, amount), ((), ()))
        if measurements is not trial.measurements:
            measured = trial.measured_at(amount)
            scores = tuple(m.value_of(self.metric) for i, m in enumerate(measured) if m.split == i)
            self._all_scores[trial.number, amount] = trial.measurements, scores
        return scores

    def view(self, trials: Sequence[Trial], n_columns: int) -> Sequence[Trial]:
        """Return all trials on the scale of the largest resource that anybody has been given.

        Who had less counts as with that, plus the medians of what each further rung adds, and as noisier. Who was
        stopped in a race counts by the splits that it has, allowing for those on which everybody did better or worse.
        """
        amounts = [amount for amount in self.resources if any(self._scores_at(t, amount) for t in trials)]
        complete = {amount: self._complete_at(trials, amount) for amount in amounts}
        gains = {amounts[-1]: 0.0} if amounts else {}
        for lower, upper in reversed(list(zip(amounts, amounts[1:], strict=False))):
            added = [
                float(np.mean(scores)) - float(np.mean(complete[lower][number]))
                for number, scores in complete[upper].items()
                if number in complete[lower]
            ]
            gains[lower] = gains[upper] + (median(added) if added else 0.0)
        return [self._estimated(trial, amounts, complete, gains) for trial in trials]

    def _complete_at(self, trials: Sequence[Trial], amount: int) -> dict[int, Scores]:
        found = {trial.number: self._scores_at(trial, amount) for trial in trials if trial.is_finished}
        return {n: s for n, s in found.items() if len(s) == self.n_splits and math.isfinite(math.fsum(s))}

    def _estimated(
        self,
        trial: Trial,
        amounts: list[int],
        complete: Mapping[int, Mapping[int, Scores]],
        gains: Mapping[int, float],
    ) -> Trial:
        """Return a trial as it would be with the largest resource and all splits."""
        if not trial.is_finished:
            return trial if trial.status == "running" else replace(trial, status="running")
        scores = self._scores_at(trial, trial.resource or amounts[0]) if amounts else ()
        if trial.status == "failed" or not scores:
            return trial
        amount = trial.resource or amounts[0]
        known = np.array(list(complete[amount].values())).reshape(-1, self.n_splits)
        effects = np.zeros(self.n_splits)
        if len(known) and len(scores) < self.n_splits:
            effects = (known - known.mean(axis=1, keepdims=True)).mean(axis=0)
        estimate = float(np.mean(scores - effects[: len(scores)])) + gains[amount]
        n_steps = min(len(amounts) - 1 - amounts.index(amount), _MOST_STEPS)
        noisiness = _NOISINESS**n_steps * self.n_splits / len(scores)
        return replace(trial, status="complete", score=estimate, noisiness=noisiness)

    def table(self, trials: Sequence[Trial]) -> list[Row]:
        """Return who was given how much; see `MultiFidelityScheduler.table`."""
        return [
            Row(trial, amount, i)
            for i, amount in enumerate(self.resources)
            for trial in trials
            if trial.resource is not None and trial.resource >= amount
        ]
