"""Successive halving and Hyperband: train many trials a little, and the best ones of each rung more."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from skhpo.schedulers._multi_fidelity import MultiFidelityScheduler, Row
from skhpo.schedulers._rules import Race, RacingRule
from skhpo.schedulers._rungs import (
    Bracket,
    Plan,
    Rung,
    best_of,
    by_bracket,
    companions,
    first_open,
    hyperband_plan,
)
from skhpo.schedulers._scheduler import Decision, Resume, Start, Starting, Verdict, Wait
from skhpo.trial import Trial, unfinished

# A trial races against those that came so many places before it, for any number of workers; on short rungs they come
# sooner, or there would be none.
_LAG, _N_PER_LAG = 4, 3


class HyperbandScheduler(MultiFidelityScheduler):
    """Runs brackets of successive halvings, each rung when the one below is complete.

    Who goes on depends on complete rungs only, and a bracket is proposed from complete brackets only: so the trials are
    the same for any number of workers and any order of results. While a rung waits for its last results, the next
    bracket begins, unless the sampler has to wait for them as well.

    Parameters
    ----------
    n_splits : int
        Number of cross-validation splits.
    plan : tuple of tuple of Rung
        The rungs of each bracket, see `hyperband_plan`.
    metric : str or None, default=None
        The score that is optimised; None for the first one.
    rule : RacingRule or None, default=None
        When a trial is stopped before it has been measured on all splits of a rung: it races for the last place
        on the next rung, and on the last rung for the best one, of earlier brackets as well.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.schedulers import HyperbandScheduler, hyperband_plan
    >>> scheduler = HyperbandScheduler(1, hyperband_plan(1, 9))
    >>> study = Study({"x": (0.0, 1.0)}, sampler="random", scheduler=scheduler, random_state=0)
    >>> while (job := study.ask()) is not None:
    ...     trial = study.tell(job, score=job.configuration["x"] * job.resource)
    >>> len(study.trials), study.best_trial.resource
    (17, 9)
    """

    def __init__(
        self,
        n_splits: int = 1,
        plan: Plan | None = None,
        metric: str | None = None,
        rule: RacingRule | None = None,
    ) -> None:
        super().__init__(n_splits, metric)
        self.plan = hyperband_plan(1, 27) if plan is None else plan
        self.rule = rule

    def decide(self, trials: Sequence[Trial], starting: Starting = "open") -> Decision:
        """Go on with the oldest bracket that has something to do, or begin the next one."""
        first = first_open(trials)
        members_of = by_bracket(trials[first:])
        for b, bracket in enumerate(self.plan):
            if first and b < trials[first].bracket:
                continue
            members = members_of.get(b, [])
            is_started = len(members) == bracket[0].n_trials or starting == "over"
            rungs = list(self._rungs(bracket, members, is_started))
            following = self._next_fit(rungs, ahead=self.rule is None)
            if following is None and not is_started and starting == "open":
                return Start(0, bracket[0].resource, b, members[0].number if members else len(trials))
            following = following or self._next_fit(rungs, ahead=True)
            if following is not None or not is_started:
                return following or Wait()
        return Wait()

    def verdicts(self, trials: Sequence[Trial], number: int) -> Mapping[int, Verdict]:
        """Pause a trial that is through with its rung; at the end of a rung stop those who do not go on."""
        b = trials[number].bracket
        if self.rule is None:
            return self._verdicts_in(b, {b: companions(trials, number)})
        members_of = by_bracket(trials)
        found: dict[int, Verdict] = {}
        # On the last rung a trial may have waited for an earlier bracket.
        for other in range(b, len(self.plan)):
            if other in members_of:
                found.update(self._verdicts_in(other, members_of))
        return found

    def _verdicts_in(self, b: int, members_of: Mapping[int, list[Trial]]) -> Mapping[int, Verdict]:
        """Return the verdicts on the trials of one bracket."""
        bracket, members = self.plan[b], members_of[b]
        # A finite space may leave a bracket with less trials than planned; then somebody has gone on all the same.
        has_gone_on = any(t.resource != bracket[0].resource for t in members)
        is_started = len(members) == bracket[0].n_trials or has_gone_on
        found: dict[int, Verdict] = {}
        remaining: list[Trial] = []
        for i, (rung, participants) in enumerate(self._rungs(bracket, members, is_started)):
            going_on = {trial.number for trial in participants}
            left = [t for t in remaining if t.number not in going_on and t.status == "paused"]
            found.update({trial.number: Verdict("pruned") for trial in left})
            is_last = i == len(bracket) - 1
            n_places = 1 if is_last else bracket[i + 1].n_trials
            lag = max(min(_LAG, rung.n_trials // _N_PER_LAG), 1)
            earlier = self._earlier(b, members_of, rung.resource) if is_last else []
            for position, trial in enumerate(participants):
                if not trial.is_finished and trial.resource == rung.resource:
                    rivals = earlier + participants[: max(position - lag + 1, 0)]
                    verdict = self._judge(trial, rivals, n_places, is_last)
                    if verdict is not None and verdict.status != trial.status:
                        found[trial.number] = verdict
            remaining = participants
        return found

    def _earlier(self, b: int, members_of: Mapping[int, list[Trial]], resource: int) -> list[Trial]:
        """Return who has been given that much of the resource in earlier brackets, or may still be."""
        members = [trial for other in range(b) for trial in members_of.get(other, [])]
        return [trial for trial in members if not trial.is_finished or trial.resource == resource]

    def _next_fit(self, rungs: list[tuple[Rung, list[Trial]]], ahead: bool) -> Resume | None:
        """Return the next fit of a bracket; one `ahead` of the verdict on the trial's last fit only if asked to."""
        for rung, participants in rungs:
            for trial in participants:
                split = self.next_split(trial, rung.resource)
                is_racing = not ahead and bool(trial.pending)
                if split is not None and not is_racing and not trial.is_finished:
                    return Resume(trial.number, split, rung.resource)
        return None

    def _judge(self, trial: Trial, rivals: list[Trial], n_places: int, is_last: bool) -> Verdict | None:
        """Return what becomes of a trial on its rung; None while it is open."""
        measured = trial.measured_at(trial.resource)
        through = Verdict("complete" if is_last else "paused")
        score = self.score_at(trial, trial.resource)
        if score is not None and score != score:
            through = Verdict("failed")
        if self.rule is None or trial.status == "paused":
            return None if score is None else through
        known = [self._decided_score(rival, trial.resource) for rival in rivals]
        if any(one is None for one in known):
            return None
        ranked = best_of(rivals, [one for one in known if one is not None], len(rivals))
        their = [tuple(m.value_of(self.metric) for m in t.measured_at(trial.resource)) for t in ranked]
        scores = tuple(m.value_of(self.metric) for i, m in enumerate(measured) if m.split == i)
        # Of equals any may go on, so that a tie is no reason to stop; on the last rung the older one wins.
        is_older = is_last and bool(ranked) and ranked[-1].number < trial.number
        for n in range(1, min(len(scores) + 1, self.n_splits)):
            if scores[n - 1] != scores[n - 1]:
                return Verdict("failed", n)
            if len(their) >= n_places:
                race = Race(scores[:n], self.n_splits, their[-n_places], is_older, their)
                if self.rule.is_hopeless(race):
                    return Verdict("pruned", n)
        return None if score is None else through

    def _decided_score(self, trial: Trial, resource: int | None) -> float | None:
        """Return a trial's score on a rung: None while it is open, NaN if it was stopped there."""
        has_left = trial.resource is not None and resource is not None and trial.resource > resource
        if not has_left and (trial.status == "running" or trial.resource != resource):
            return None
        score = self.score_at(trial, resource)
        return math.nan if score is None else score

    def table(self, trials: Sequence[Trial]) -> list[Row]:
        """Return who was given how much; see `MultiFidelityScheduler.table`."""
        members_of = by_bracket(trials)
        rows: list[Row] = []
        for b, bracket in enumerate(self.plan):
            for i, (rung, participants) in enumerate(self._rungs(bracket, members_of.get(b, []), True)):
                rows.extend(Row(trial, rung.resource, i) for trial in participants)
        return rows

    def _rungs(
        self, bracket: Bracket, members: list[Trial], is_started: bool
    ) -> Iterator[tuple[Rung, list[Trial]]]:
        """Go through the rungs whose participants are known."""
        participants = members
        for rung, following in zip(bracket, [*bracket[1:], None], strict=True):
            yield rung, participants
            scores = [self._decided_score(trial, rung.resource) for trial in participants]
            known = [score for score in scores if score is not None]
            if following is None or not is_started or len(known) < len(participants):
                return
            participants = best_of(participants, known, following.n_trials)


class AshaScheduler(MultiFidelityScheduler):
    """Asynchronous successive halving: a free worker never waits for a rung ([1]_, algorithm 2).

    A trial goes on as soon as it is among the best 1 / `factor` of those measured on its rung so far. The
    result depends on the order in which fits end.

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

    References
    ----------
    .. [1] Li, L., Jamieson, K., Rostamizadeh, A., Gonina, E., Ben-tzur, J., Hardt, M., Recht, B. & Talwalkar, A.
       (2020). A system for massively parallel hyperparameter tuning. MLSys.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.schedulers import AshaScheduler
    >>> scheduler = AshaScheduler(1, [1, 3, 9])
    >>> study = Study({"x": (0.0, 1.0)}, sampler="random", n_iter=27, scheduler=scheduler, random_state=0)
    >>> while (job := study.ask()) is not None:
    ...     trial = study.tell(job, score=job.configuration["x"])
    >>> study.best_trial.resource
    9
    """

    revives = True

    def __init__(
        self,
        n_splits: int = 1,
        resources: Sequence[int] = (1, 3, 9),
        factor: int = 3,
        metric: str | None = None,
    ) -> None:
        super().__init__(n_splits, metric)
        self.resources = tuple(resources)
        self.factor = factor

    def decide(self, trials: Sequence[Trial], starting: Starting = "open") -> Decision:
        """Finish what has been begun, then promote whom the highest rung can, then start another trial."""
        for trial in unfinished(trials):
            if trial.status == "running" and trial.resource is not None:
                split = self.next_split(trial, trial.resource)
                if split is not None:
                    return Resume(trial.number, split, trial.resource)
        for lower, upper in reversed(list(zip(self.resources, self.resources[1:], strict=False))):
            promoted = self._promotable(trials, lower)
            if promoted is not None:
                return Resume(promoted.number, 0, upper)
        if starting == "open":
            return Start(0, self.resources[0])
        return self._last_promotion(trials) if starting == "over" else Wait()

    def _last_promotion(self, trials: Sequence[Trial]) -> Decision:
        """Let the best one go on where too few trials have been started for anybody to reach the highest rung."""
        if any(trial.status == "running" for trial in unfinished(trials)):
            return Wait()
        known = [
            trial.resource for trial in trials if trial.status in ("pruned", "complete") and trial.resource
        ]
        highest = max(known, default=self.resources[-1])
        if highest == self.resources[-1]:
            return Wait()
        there = [trial for trial in trials if trial.status == "pruned" and trial.resource == highest]
        scores = [self.score_at(trial, highest) or 0.0 for trial in there]
        (best,) = best_of(there, scores, 1)
        return Resume(best.number, 0, self.resources[self.resources.index(highest) + 1])

    def verdicts(self, trials: Sequence[Trial], number: int) -> Mapping[int, Verdict]:
        """Stop a trial that is through with its rung; it may be taken up again."""
        trial = trials[number]
        score = self.score_at(trial, trial.resource)
        if trial.status != "running" or score is None:
            return {}
        status = "complete" if trial.resource == self.resources[-1] else "pruned"
        return {number: Verdict("failed" if score != score else status)}

    def table(self, trials: Sequence[Trial]) -> list[Row]:
        """Return who was given how much; see `MultiFidelityScheduler.table`."""
        return [
            Row(trial, resource, i)
            for i, resource in enumerate(self.resources)
            for trial in trials
            if trial.resource is not None and trial.resource >= resource
        ]

    def _promotable(self, trials: Sequence[Trial], resource: int) -> Trial | None:
        """Return the best trial of a rung that may go on and has not yet."""
        scored = [(trial, self.score_at(trial, resource)) for trial in trials]
        known = [(trial, score) for trial, score in scored if score is not None]
        best = best_of([t for t, _ in known], [s for _, s in known], len(known) // self.factor)
        return next((t for t in reversed(best) if t.status == "pruned" and t.resource == resource), None)
