"""Successive halving and Hyperband: train many trials a little, and the best ones of each rung more."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from skhpo.schedulers._rungs import Bracket, Plan, Rung, best_of, hyperband_plan, score_at
from skhpo.schedulers._scheduler import Decision, Resume, Scheduler, Start, Starting, Verdict, Wait
from skhpo.trial import Measurement, Trial

# Too few results for a model of every hyperparameter say less than more results with less of the resource.
_N_BEYOND_COLUMNS = 2


class Row(NamedTuple):
    """A trial on a rung."""

    trial: Trial
    resource: int
    rung: int


class MultiFidelityScheduler(Scheduler):
    """What schedulers share that give trials a resource in rungs: what a sampler is shown.

    Parameters
    ----------
    n_splits : int
        Number of cross-validation splits.
    metric : str or None
        The score that is optimised; None for the first one.
    """

    promotes = True

    @abstractmethod
    def table(self, trials: Sequence[Trial]) -> list[Row]:
        """Return who was given how much, in the order of brackets and rungs, and on each in that of its plan."""

    def __init__(self, n_splits: int, metric: str | None) -> None:
        self.n_splits = n_splits
        self.metric = metric
        # Remembered are functions of the trials, which change no decision.
        self._views: dict[tuple[int, int | None], tuple[Trial, Trial]] = {}
        self._scores: dict[tuple[int, int | None], tuple[tuple[Measurement, ...], float | None]] = {}

    def view(self, trials: Sequence[Trial], n_columns: int) -> Sequence[Trial]:
        """Return the trials as they are with the largest resource of which there are enough results.

        Scores with different resources cannot be compared, and one with a large resource says most [1]_.

        References
        ----------
        .. [1] Falkner, S., Klein, A. & Hutter, F. (2018). BOHB: robust and efficient hyperparameter optimization at
           scale. ICML.
        """
        resources = sorted({m.resource for t in trials for m in t.measurements if m.resource is not None})
        needed = n_columns + _N_BEYOND_COLUMNS
        for resource in reversed(resources):
            n_known = sum(self.score_at(trial, resource) is not None for trial in trials)
            if n_known >= needed or resource == resources[0]:
                return [self._viewed(trial, resource) for trial in trials]
        return trials

    def score_at(self, trial: Trial, resource: int | None) -> float | None:
        """Return a trial's mean score with that much of the resource, None while a split is missing."""
        measurements, score = self._scores.get((trial.number, resource), (None, None))
        # Every decision asks for the scores of all trials, most of which are what they were.
        if measurements is not trial.measurements:
            score = score_at(trial, resource, self.n_splits, self.metric)
            self._scores[trial.number, resource] = trial.measurements, score
        return score

    def next_split(self, trial: Trial, resource: int) -> int | None:
        """Return the first split that is neither measured nor handed out with that much of the resource."""
        if self.score_at(trial, resource) is not None:
            return None
        taken = {m.split for m in trial.measured_at(resource)}
        if trial.resource == resource:
            taken.update(trial.pending)
        return next((split for split in range(self.n_splits) if split not in taken), None)

    def _viewed(self, trial: Trial, resource: int) -> Trial:
        known, viewed = self._views.get((trial.number, resource), (None, trial))
        if known is not trial:
            score = self.score_at(trial, resource)
            if score is not None and score == score:
                viewed = replace(trial, status="complete", score=score)
            elif trial.status in ("running", "failed"):
                viewed = trial
            else:
                viewed = replace(trial, status="pruned", score=float("nan"))
            self._views[trial.number, resource] = trial, viewed
        return viewed


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

    def __init__(self, n_splits: int = 1, plan: Plan | None = None, metric: str | None = None) -> None:
        super().__init__(n_splits, metric)
        self.plan = hyperband_plan(1, 27) if plan is None else plan

    def decide(self, trials: Sequence[Trial], starting: Starting = "open") -> Decision:
        """Go on with the oldest bracket that has something to do, or begin the next one."""
        by_bracket = _by_bracket(trials)
        for b, bracket in enumerate(self.plan):
            members = by_bracket.get(b, [])
            is_started = len(members) == bracket[0].n_trials or starting == "over"
            for rung, participants in self._rungs(bracket, members, is_started):
                for trial in participants:
                    split = self.next_split(trial, rung.resource)
                    if split is not None:
                        return Resume(trial.number, split, rung.resource)
            if not is_started:
                n_known = members[0].number if members else len(trials)
                return Start(0, bracket[0].resource, b, n_known) if starting == "open" else Wait()
        return Wait()

    def verdicts(self, trials: Sequence[Trial], number: int) -> Mapping[int, Verdict]:
        """Pause a trial that is through with its rung; at the end of a rung stop those who do not go on."""
        b = trials[number].bracket
        bracket, members = self.plan[b], _by_bracket(trials)[b]
        # A finite space may leave a bracket with less trials than planned; then somebody has gone on all the same.
        is_started = len(members) == bracket[0].n_trials or any(
            t.resource != bracket[0].resource for t in members
        )
        found: dict[int, Verdict] = {}
        remaining: list[Trial] = []
        for rung, participants in self._rungs(bracket, members, is_started):
            going_on = {trial.number for trial in participants}
            found.update(
                {
                    t.number: Verdict("pruned")
                    for t in remaining
                    if t.number not in going_on and t.status == "paused"
                }
            )
            for trial in participants:
                score = self.score_at(trial, rung.resource)
                if score is not None and trial.resource == rung.resource and not trial.is_finished:
                    status = "failed" if score != score else "complete" if rung is bracket[-1] else "paused"
                    if status != trial.status:
                        found[trial.number] = Verdict(status)
            remaining = participants
        return found

    def table(self, trials: Sequence[Trial]) -> list[Row]:
        """Return who was given how much; see `MultiFidelityScheduler.table`."""
        by_bracket = _by_bracket(trials)
        rows: list[Row] = []
        for b, bracket in enumerate(self.plan):
            for i, (rung, participants) in enumerate(self._rungs(bracket, by_bracket.get(b, []), True)):
                rows.extend(Row(trial, rung.resource, i) for trial in participants)
        return rows

    def _rungs(
        self, bracket: Bracket, members: list[Trial], is_started: bool
    ) -> Iterator[tuple[Rung, list[Trial]]]:
        """Go through the rungs whose participants are known."""
        participants = members
        for rung, following in zip(bracket, [*bracket[1:], None], strict=True):
            yield rung, participants
            scores = [self.score_at(trial, rung.resource) for trial in participants]
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
        for trial in trials:
            if trial.status == "running" and trial.resource is not None:
                split = self.next_split(trial, trial.resource)
                if split is not None:
                    return Resume(trial.number, split, trial.resource)
        for lower, upper in reversed(list(zip(self.resources, self.resources[1:], strict=False))):
            promoted = self._promotable(trials, lower)
            if promoted is not None:
                return Resume(promoted.number, 0, upper)
        return Start(0, self.resources[0]) if starting == "open" else Wait()

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


def _by_bracket(trials: Sequence[Trial]) -> dict[int, list[Trial]]:
    """Return the trials of each bracket."""
    found: dict[int, list[Trial]] = {}
    for trial in trials:
        found.setdefault(trial.bracket, []).append(trial)
    return found
