"""The search itself, without data or models: ask for the next fit, tell what it measured.

`Study` is the only mutable object of the core. It knows no estimator, no clock, no file and no process.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from skhpo._arguments import (
    check_count,
    check_error,
    check_initial,
    check_sampler,
    check_score,
    check_seconds,
    check_seed,
    check_shares,
    n_promised,
)
from skhpo.samplers import Proposal, Sampler
from skhpo.schedulers import FullScheduler, Resume, Scheduler
from skhpo.space import SearchSpace
from skhpo.stopping import check_stopping
from skhpo.trial import FitError, Job, Measurement, Trial

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
    stopping : None, callable, dict or list, default=None
        When to stop early: `Patience`, `Target`, a callable of the finished trials, a dict such as
        ``{"patience": 20}``, or a list of these.
    initial_configurations : sequence of dict or None, default=None
        Tried first, in this order; they count towards `n_iter`. Repeated ones are tried once.
    random_state : int, RandomState instance or None, default=None
        Seed. A `RandomState` is asked for one integer.
    lookahead : int or None, default=None
        If given, the decision about trial ``t`` sees exactly the results of the trials up to ``t - lookahead``, and
        waits for them: proposals and stopping then depend on the seed alone and not on the order in which
        concurrent results come in. None counts every result at once.

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
    is_over : bool
        Whether nothing more will be handed out: the study was stopped, or `ask` found everything done.

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
    ) -> None:
        self.space = None if space is None else SearchSpace.from_spec(space)
        self._sampler = check_sampler(sampler)
        self._n_iter = check_count("n_iter", n_iter)
        self._lookahead = check_count("lookahead", lookahead)
        self._scheduler = FullScheduler() if scheduler is None else scheduler
        self._metric = metric
        self._rules = check_stopping(stopping)
        self._initial = check_initial(self.space, initial_configurations)
        self._seed = check_seed(random_state)
        check_shares(self.space, self._n_iter)
        self._trials: list[Trial] = []
        self._n_started: Counter[int] = Counter()  # trials in each sub-space
        self._n_settled = 0  # the trials before this one are all finished
        self._n_judged = 0  # the stopping rules have seen the trials before this one
        self._discarded: dict[int, Trial] = {}
        self._is_exhausted = False
        self.is_stopped = False
        if self.space is not None:
            self._sampler.check_space(self.space)

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
        return self.is_stopped or self._is_exhausted

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
        decision = self._scheduler.decide(self._trials)
        if isinstance(decision, Resume):
            return self._hand_out(decision.number, decision.split)
        self._is_exhausted |= len(self._trials) == self._n_iter
        if self._is_exhausted:
            return None
        visible = self._visible_trials()
        if visible is None:
            return None
        proposal = self._propose(visible)
        if proposal is None:
            logger.info("Nothing is left to try: the study ends after %d trials.", len(self._trials))
            self._is_exhausted = True
            return None
        self._append(proposal)
        return self._hand_out(len(self._trials) - 1, decision.split)

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
        if (score is None) == (error is None):
            raise ValueError("Exactly one of 'score' and 'error' must be given to Study.tell.")
        split = job.split if isinstance(job, Job) else 0
        fit_time, score_time = (math.nan, math.nan) if seconds is None else (check_seconds(seconds), 0.0)
        told = Measurement(split, {}, fit_time=fit_time, score_time=score_time)
        if error is not None:
            return self.record(job, replace(told, error=FitError.from_exception(check_error(error))))
        if isinstance(score, Mapping):
            scores = {name: _mean(check_score(value)) for name, value in score.items()}
            if self._metric is not None and self._metric not in scores:
                raise ValueError(_unknown_metric(self._metric, scores))
            return self.record(job, replace(told, scores=scores))
        folds = check_score(score)
        fold_scores = folds if len(folds) > 1 else ()
        return self.record(job, replace(told, scores={"score": _mean(folds)}, fold_scores=fold_scores))

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
        measurements = sorted((*trial.measurements, measurement), key=lambda one: one.split)
        pending = tuple(split for split in trial.pending if split != job.split)
        trial = replace(trial, measurements=tuple(measurements), pending=pending)
        if self._scheduler.is_finished(trial):
            trial = self._finish(trial)
        if self.is_stopped:
            return trial
        self._trials[trial.number] = trial
        if trial.is_finished:
            self._settle()
        return trial

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
        if trial is None or job.split not in trial.pending or _is_foreign(job, trial):
            raise ValueError(f"{job!r} was not asked for, or it has been told before.")
        return trial

    def _finish(self, trial: Trial) -> Trial:
        mean = _mean([self._optimised(measurement.scores) for measurement in trial.measurements])
        return replace(trial, score=mean, status="complete" if math.isfinite(mean) else "failed")

    def _optimised(self, scores: Mapping[str, float]) -> float:
        if self._metric is None or len(scores) <= 1:
            return next(iter(scores.values()), math.nan)
        if self._metric not in scores:
            raise ValueError(_unknown_metric(self._metric, scores))
        return scores[self._metric]

    def _settle(self) -> None:
        """Take note of finished trials and let the stopping rules see them."""
        while self._n_settled < len(self._trials) and self._trials[self._n_settled].is_finished:
            self._n_settled += 1
        if not self._rules:
            return
        if self._lookahead is None:
            finished = [trial for trial in self._trials if trial.is_finished]
            self.is_stopped |= any(rule(finished) for rule in self._rules)
        while self._lookahead and not self.is_stopped and self._n_judged < self._n_settled:
            self._n_judged += 1
            if any(rule(self._trials[: self._n_judged]) for rule in self._rules):
                # What came after the stopping point would not exist in a sequential run.
                self._discarded = {trial.number: trial for trial in self._trials[self._n_judged :]}
                del self._trials[self._n_judged :]
                self.is_stopped = True

    def _visible_trials(self) -> Sequence[Trial] | None:
        """Trials as the next decision may see them, or None while it has to wait."""
        number = len(self._trials)
        if self._lookahead is None or not self._sampler.uses_scores or number < len(self._initial):
            return self._trials
        n_known = max(number - self._lookahead + 1, 0)
        if self._n_settled < n_known:
            return None
        return self._trials[:n_known] + [_as_running(trial) for trial in self._trials[n_known:]]

    def _propose(self, visible: Sequence[Trial]) -> Proposal | None:
        number = len(self._trials)
        if number < len(self._initial):
            return self._initial[number]
        space = self._open_space()
        if space is None:
            return None
        rng = np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=(number,)))
        return next(iter(self._sampler.sample(space, visible, 1, rng)), None)

    def _open_space(self) -> SearchSpace | None:
        """The space less the sub-spaces that have had their share, or None if nothing is left."""
        if self.space is None or len(self.space.subspaces) == 1:
            return self.space
        open_ = _open_subspaces(self.space, self._n_started, self._n_iter)
        return self.space.open_to(open_) if open_ else None

    def _append(self, proposal: Proposal) -> None:
        point = None
        if self.space is not None:
            point = tuple(self.space.encode([proposal.configuration])[0].tolist())
            self._n_started[self._sub_space_of(proposal.configuration)] += 1
        number = len(self._trials)
        self._trials.append(Trial(number, proposal.configuration, point, proposal.origin))

    def _sub_space_of(self, configuration: dict[str, Any]) -> int:
        """Index of the sub-space that a configuration counts for: the first one with something left."""
        if self.space is None or len(self.space.subspaces) == 1:
            return 0
        owners = [i for i, sub in enumerate(self.space.subspaces) if sub.contains(configuration)]
        open_ = _open_subspaces(self.space, self._n_started, self._n_iter)
        return next((i for i in owners if i in open_), owners[0])

    def _hand_out(self, number: int, split: int) -> Job:
        trial = self._trials[number]
        self._trials[number] = replace(trial, pending=(*trial.pending, split))
        return Job(number, dict(trial.configuration), split)


def _mean(scores: Sequence[float]) -> float:
    """Mean of scores, NaN if it is not finite."""
    try:
        mean = math.fsum(scores) / len(scores)
    except (OverflowError, ValueError):  # sums beyond the range of floats, infinities of both signs
        return math.nan
    return mean if math.isfinite(mean) else math.nan


def _unknown_metric(metric: str, scores: Mapping[str, float]) -> str:
    """The message for scores of other metrics than the optimised one."""
    return f"The 'metric' must be one of {sorted(scores)}. Got {metric!r} instead."


def _is_foreign(job: Job, trial: Trial) -> bool:
    """Whether a job is of another study: no name in common, though an objective may take or add some."""
    return bool(job.configuration) and job.configuration.keys().isdisjoint(trial.configuration)


def _as_running(trial: Trial) -> Trial:
    """The trial as it looked when it had just been proposed."""
    return replace(trial, status="running", measurements=(), pending=(), score=math.nan)


def _open_subspaces(space: SearchSpace, n_started: Mapping[int, int], n_iter: int | None) -> list[int]:
    """Indices of the sub-spaces that may be given another trial."""
    own_share = [i for i, sub in enumerate(space.subspaces) if sub.n_iter is not None]
    n_free = math.inf if n_iter is None else n_iter - n_promised(space)
    n_free -= sum(n for i, n in n_started.items() if i not in own_share)
    open_ = []
    for i, sub in enumerate(space.subspaces):
        left = n_free if sub.n_iter is None else sub.n_iter - n_started.get(i, 0)
        if left > 0 and (sub.size is None or n_started.get(i, 0) < sub.size):
            open_.append(i)
    return open_
