"""The search itself, without data or models: ask for the next fit, tell what it measured.

`Study` is the only mutable object of the core. It knows no estimator, no clock, no file and no process.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from skhpo._arguments import (
    check_count,
    check_initial,
    check_metric,
    check_sampler,
    check_seed,
    check_shares,
    told_measurement,
)
from skhpo._proposals import Proposals
from skhpo.samplers import Proposal, Sampler
from skhpo.schedulers import FullScheduler, Resume, Scheduler, Start, Starting, Verdict, mean_score
from skhpo.space import SearchSpace
from skhpo.stopping import rules_of_study
from skhpo.trial import FitError, Job, Measurement, Trial, TrialLog, lineage

logger = logging.getLogger("skhpo")


class Study:
    """Sequential optimisation of any objective by asking and telling.

    Parameters
    ----------
    space : dict, list of dict, list of (dict, int), SearchSpace or None
        The search space, from names to domains; see the user guide for every notation. None if only the initial
        configurations are tried.
    sampler : str or Sampler, default="auto"
        Chooses configurations: one of the names in `skhpo.samplers.SAMPLERS`, or a sampler.
    n_iter : int or None, default=None
        Largest number of trials; None for no limit.
    scheduler : Scheduler or None, default=None
        Chooses which fit comes next; None for one fit a trial.
    metric : str or None, default=None
        Which score is optimised where several are told; None for the first one.
    stopping : None, str, callable, dict or list, default=None
        When to stop early: "regret_bound" (see `RegretBound`), a dict such as ``{"patience": 20}``, a rule such as
        `Patience`, a callable of the finished trials, or a list of these.
    initial_configurations : sequence of dict or None, default=None
        Tried first, in this order; they count towards `n_iter`. Repeated ones are tried once.
    random_state : int, RandomState instance or None, default=None
        Seed. A `RandomState` is asked for one integer.
    lookahead : int or None, default=None
        If given, the decision about trial ``t`` sees exactly the results of the trials up to ``t - lookahead``, and
        waits for them: proposals and stopping then depend on the seed alone and not on the order in which
        concurrent results come in. None counts every result at once.
    prior : sequence of Trial, default=()
        Finished trials of other studies over the same space. The sampler learns from them; they are none of this
        study's own.

    Attributes
    ----------
    trials : tuple of Trial
        All trials so far, in the order of proposal.
    best_trial : Trial
        The complete trial of the highest score, the first one of equals.
    best_configuration : dict
        Its hyperparameters.
    best_score : float
        Its score.
    is_stopped : bool
        Whether a stopping rule or `stop` ended the study. Results that are still pending do not count any more.
    seed : int
        From which all random numbers are derived, together with the number of the trial.
    is_over : bool
        Whether nothing more will be handed out: the study was stopped, or `ask` found everything done.
    newly_finished : tuple of Trial
        The trials that ended with the latest result.

    Raises
    ------
    InvalidSpaceError, InvalidConfigurationError, TypeError, ValueError
        If an argument is not valid.

    Examples
    --------
    >>> from skhpo import Study
    >>> study = Study({"x": (-5.0, 5.0), "power": [2, 4]}, sampler="random", random_state=0)
    >>> for _ in range(20):
    ...     job = study.ask()
    ...     trial = study.tell(job, score=-(abs(job.configuration["x"]) ** job.configuration["power"]))
    >>> len(study.trials), study.best_score > -0.5
    (20, True)
    """

    def __init__(
        self,
        space: Any,
        *,
        sampler: str | Sampler = "auto",
        n_iter: int | None = None,
        scheduler: Scheduler | None = None,
        metric: str | None = None,
        stopping: Any = None,
        initial_configurations: Sequence[Mapping[str, Any] | Proposal] | None = None,
        random_state: Any = None,
        lookahead: int | None = None,
        prior: Sequence[Trial] = (),
    ) -> None:
        self.space = None if space is None else SearchSpace.from_spec(space)
        self._n_iter = check_count("n_iter", n_iter)
        self._lookahead = check_count("lookahead", lookahead)
        self.scheduler = FullScheduler() if scheduler is None else scheduler
        self.metric = metric
        self._rules = rules_of_study(stopping, self.space, self.scheduler, metric)
        self.seed = check_seed(random_state)
        check_shares(self.space, self._n_iter)
        chooser, initial = check_sampler(sampler), check_initial(self.space, initial_configurations)
        self._proposals = Proposals(self.space, chooser, initial, self.seed, n_iter, lookahead, prior)
        self._trials = TrialLog()
        self._n_judged = 0  # the stopping rules have seen the trials before this one
        self._discarded: dict[int, Trial] = {}
        self._abandoned: set[tuple[int, int, int | None]] = set()  # fits that trials were stopped without
        self._errors: dict[FitError, FitError] = {}  # a text is kept once, however often a fit fails with it
        self._is_exhausted = False
        self.is_stopped = False
        self.newly_finished: tuple[Trial, ...] = ()

    @property
    def initial_configurations(self) -> list[dict[str, Any]]:
        """What is tried first, in this order."""
        return self._proposals.initial_configurations

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All trials so far, in the order of proposal."""
        return tuple(self._trials)

    @property
    def best_trial(self) -> Trial:
        """The complete trial of the highest score, the first one of equals."""
        complete = [trial for trial in self._trials if trial.status == "complete"]
        if not complete:
            raise ValueError("No trial is complete yet: tell the study at least one finite score.")
        return max(complete, key=lambda trial: trial.score)

    @property
    def best_configuration(self) -> dict[str, Any]:
        """The hyperparameters of the best trial."""
        return self.best_trial.configuration

    @property
    def best_score(self) -> float:
        """The score of the best trial."""
        return self.best_trial.score

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be handed out."""
        may_promote = self.scheduler.promotes and self._trials.n_settled < len(self._trials)
        return self.is_stopped or (self._is_exhausted and not may_promote)

    def __repr__(self) -> str:
        complete = [trial.score for trial in self._trials if trial.status == "complete"]
        best = f", best score {max(complete):.6g}" if complete else ""
        return f"<Study of {len(self._trials)} trials, {len(complete)} of them complete{best}>"

    def ask(self) -> Job | None:
        """Ask for the next fit.

        Returns
        -------
        Job or None
            None if the study is over (`is_over`), or if it has to be told pending results first.
        """
        if self.is_stopped:
            return None
        starting = self._starting()
        decision = self.scheduler.decide(self._trials, starting)
        if isinstance(decision, Start):
            visible = self._proposals.visible(self._trials, decision.n_known)
            if visible is not None and self._start(visible, decision):
                return self._hand_out(len(self._trials) - 1, decision.split)
            starting = "held" if visible is None else "over"
            decision = self.scheduler.decide(self._trials, starting)
        return self._hand_out(*decision) if isinstance(decision, Resume) else None

    def tell(
        self, job: Job, score: Any = None, *, error: BaseException | None = None, seconds: float | None = None
    ) -> Trial:
        """Tell the outcome of a fit.

        Parameters
        ----------
        job : Job
            What was asked for.
        score : float, sequence of float or dict of str to float, default=None
            The score, greater is better; a sequence is taken as the scores of folds, and their mean counts; a dict
            holds several metrics. NaN and infinite scores mean a failure. Results told after the study has stopped
            do not count.
        error : BaseException or None, default=None
            Why there is no score.
        seconds : float or None, default=None
            What the evaluation took, failed or not; for ``GaussianProcessSampler(cost_aware=True)``.

        Returns
        -------
        Trial
            The trial as it is now.

        Raises
        ------
        ValueError
            If the job was not asked for or has been told before, not exactly one of `score` and `error` is given, or
            the optimised metric is not among the scores.
        TypeError
            If one of the arguments is something else.
        """
        return self.record(job, told_measurement(job, score, error, seconds, self.metric))

    def record(self, job: Job, measurement: Measurement) -> Trial:
        """Record all that was measured in a fit; `tell` is this for a bare score.

        Parameters
        ----------
        job : Job
            What was asked for.
        measurement : Measurement
            What came out.

        Returns
        -------
        Trial
            The trial as it is now.

        Raises
        ------
        ValueError
            If the job was not asked for or has been told before, or the optimised metric is not among the scores.
        TypeError
            If it is not a job.
        """
        trial = self._trial_of(job)
        key = job.number, job.split, job.resource
        self.newly_finished = ()
        error = measurement.error
        error = None if error is None else self._errors.setdefault(error, error)
        measurement = replace(measurement, resource=job.resource, error=error)
        if key in self._abandoned:
            self._abandoned.remove(key)
            if job.number < len(self._trials):
                self._trials.put(replace(trial, discarded=(*trial.discarded, measurement)))
            return trial
        if len(measurement.scores) > 1:
            check_metric(self.metric, measurement.scores)
        trial = trial.after(measurement)
        if self.is_stopped:
            return trial
        self._trials.put(trial)
        self._judge(trial.number)
        return self._trials[trial.number] if trial.number < len(self._trials) else trial

    def restore(self, trials: Sequence[Trial]) -> None:
        """Go on from an earlier run of the same study.

        Parameters
        ----------
        trials : sequence of Trial
            What `trials` was there. The jobs that were pending are found by `open_jobs`.

        Raises
        ------
        ValueError
            If this study has trials already, or would have begun otherwise, or over another space.
        """
        if self._trials:
            raise ValueError("Only a study that has no trials yet can be restored.")
        for trial in trials:
            self._proposals.check_restored(trial)
            self._trials.append(trial)
        self._trials.take_changes()
        if trials:
            self._settle()

    def open_jobs(self) -> list[Job]:
        """Return the jobs that were asked for and not told, in the order of their trials.

        Returns
        -------
        list of Job
            What a run that takes over from another has to do first.
        """
        return [self._job(trial.number, split) for trial in self._trials for split in trial.pending]

    def take_changes(self) -> list[Trial]:
        """Return the trials that have changed since the last call, as they are now, for keeping a record."""
        return self._trials.take_changes()

    def stop(self) -> None:
        """End the study: nothing more is handed out, and what is pending does not count any more."""
        self.is_stopped = True

    def _trial_of(self, job: Job) -> Trial:
        """Return the trial that waits for a job."""
        if not isinstance(job, Job):
            raise TypeError(f"The 'job' must be what Study.ask has returned. Got {job!r} instead.")
        trial = self._discarded.get(job.number)
        if trial is None and 0 <= job.number < len(self._trials):
            trial = self._trials[job.number]
        is_pending = trial is not None and (
            (job.number, job.split, job.resource) in self._abandoned
            or (job.split in trial.pending and job.resource == trial.resource)
        )
        if trial is None or not is_pending or _is_foreign(job, trial):
            raise ValueError(f"{job!r} was not asked for, or it has been told before.")
        return trial

    def _judge(self, number: int) -> None:
        """Apply the scheduler's verdicts; one may be the reason of another."""
        finished: dict[int, Trial] = {}
        while verdicts := self.scheduler.judge(self._trials, number):
            for one, verdict in verdicts.items():
                trial = self._apply(verdict, self._trials[one])
                self._trials.put(trial)
                if trial.is_finished:
                    finished[one] = trial
        self.newly_finished = tuple(finished[one] for one in sorted(finished))
        if finished:
            self._settle()

    def _apply(self, verdict: Verdict, trial: Trial) -> Trial:
        """Return a trial with its new status and, if it is complete, its score."""
        status, n_counted = verdict
        if status in ("running", "paused"):
            return replace(trial, status=status)
        self._abandoned.update((trial.number, split, trial.resource) for split in trial.pending)
        latest = trial.measured_at(trial.resource)
        dropped = () if n_counted is None else latest[n_counted:]
        score = math.nan
        if status == "complete":
            score = mean_score([measurement.value_of(self.metric) for measurement in latest])
            status = "complete" if math.isfinite(score) else "failed"
        kept = tuple(measurement for measurement in trial.measurements if measurement not in dropped)
        trial = replace(trial, discarded=(*trial.discarded, *dropped))
        return replace(trial, status=status, score=score, measurements=kept, pending=())

    def _settle(self) -> None:
        """Take note of finished trials and let the stopping rules see them."""
        if not self._rules:
            return
        if self._lookahead is None:
            finished = [trial for trial in self._trials if trial.is_finished]
            self.is_stopped |= any(rule(finished) for rule in self._rules)
        while self._lookahead and not self.is_stopped and self._n_judged < self._trials.n_settled:
            self._n_judged += 1
            if any(rule(self._trials[: self._n_judged]) for rule in self._rules):
                # What came after the stopping point would not exist in a sequential run.
                self._discarded = {trial.number: trial for trial in self._trials.cut(self._n_judged)}
                self.is_stopped = True

    def _starting(self) -> Starting:
        """Whether another trial may be started."""
        self._is_exhausted |= self._n_iter is not None and len(self._trials) >= self._n_iter
        return "over" if self._is_exhausted else "open"

    def _start(self, visible: Sequence[Trial], start: Start) -> bool:
        """Add a trial to be started; returns False if nothing is left to try."""
        seen = visible if self.space is None else self.scheduler.view(visible, len(self.space.columns))
        trial = self._proposals.trial(len(self._trials), seen)
        if trial is None:
            logger.info("Nothing is left to try: the study ends after %d trials.", len(self._trials))
            self._is_exhausted = True
            return False
        self._trials.append(replace(trial, resource=start.resource, bracket=start.bracket))
        return True

    def _hand_out(self, number: int, split: int, resource: int | None = None) -> Job:
        trial = self._trials[number]
        if resource is not None:
            trial = replace(trial, resource=resource, status="running")
        self._trials.put(replace(trial, pending=(*trial.pending, split)))
        return self._job(number, split)

    def _job(self, number: int, split: int) -> Job:
        trial = self._trials[number]
        before = lineage(self._trials, number)[:-1]
        history = tuple((one.resource, dict(one.configuration)) for one in before)
        return Job(number, dict(trial.configuration), split, trial.resource, trial.parent, history)


def _is_foreign(job: Job, trial: Trial) -> bool:
    """Whether a job is of another study: no name in common, though an objective may take or add some."""
    return bool(job.configuration) and job.configuration.keys().isdisjoint(trial.configuration)
