"""Searches that may train a little at first, asked and told one training at a time, for `learning_curves.py`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from _lcbench import LAST_EPOCH
from _optimisers import our_dimension
from _problems import Configuration, Parameter

import skhpo
from skhpo.schedulers import HyperbandScheduler, Plan, Scheduler, hyperband_plan, narrow_plan
from skhpo.trial import Trial

#: More than any budget that is measured.
N_REPEATS = 20


class Step(NamedTuple):
    """Train one configuration up to an epoch, on from where it was left."""

    token: Any
    number: int
    configuration: Configuration
    n_epochs: int


class Search:
    """What an adapter provides; made from (hyperparameters, seed)."""

    def ask(self) -> Step:
        """Say what is to be trained next."""
        raise NotImplementedError

    def tell(self, step: Step, score: float) -> None:
        """Take note of the accuracy after that epoch."""
        raise NotImplementedError


class Ours(Search):
    """`skhpo.Study` with one of its samplers and schedulers."""

    def __init__(
        self, parameters: tuple[Parameter, ...], seed: int, sampler: str, scheduler: Scheduler | None
    ) -> None:
        space = {one.name: our_dimension(one) for one in parameters}
        self._study = skhpo.Study(space, sampler=sampler, scheduler=scheduler, random_state=seed)

    def ask(self) -> Step:
        """Ask the study."""
        job = self._study.ask()
        if job is None:
            raise RuntimeError("The plan is shorter than the budget.")
        return Step(job, job.number, job.configuration, job.resource or LAST_EPOCH)

    def tell(self, step: Step, score: float) -> None:
        """Tell the study."""
        self._study.tell(step.token, score=score)


class Optuna(Search):
    """Optuna's TPE with its Hyperband, which is told the accuracy after every epoch."""

    def __init__(self, parameters: tuple[Parameter, ...], seed: int, n_least: int) -> None:
        optuna = importlib.import_module("optuna")
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._parameters, self._pruned = parameters, optuna.trial.TrialState.PRUNED
        self._study = optuna.create_study(
            direction="maximize",
            sampler=optuna.samplers.TPESampler(seed=seed, multivariate=True),
            pruner=optuna.pruners.HyperbandPruner(n_least, LAST_EPOCH, 3),
        )
        self._trial: Any = None
        self._n_epochs = 0

    def ask(self) -> Step:
        """Go on with the trial for one epoch, or begin one."""
        if self._trial is None:
            self._trial, self._n_epochs = self._study.ask(), 0
            for one in self._parameters:
                suggest = self._trial.suggest_int if one.kind == "integer" else self._trial.suggest_float
                suggest(one.name, one.low, one.high, log=one.log)
        self._n_epochs += 1
        return Step(None, self._trial.number, self._trial.params, self._n_epochs)

    def tell(self, step: Step, score: float) -> None:
        """Report, and end the trial if that is what the pruner says or nothing is left."""
        self._trial.report(score, step.n_epochs)
        if step.n_epochs == LAST_EPOCH:
            self._study.tell(self._trial, score)
        elif self._trial.should_prune():
            self._study.tell(self._trial, state=self._pruned)
        else:
            return
        self._trial = None


@dataclass(frozen=True)
class Entry:
    """A row of the tables."""

    label: str
    package: str
    make: Callable[[tuple[Parameter, ...], int], Search]
    is_peer: bool = True  # what is to be beaten


def ours(sampler: str, scheduler: Callable[[], Scheduler] | None = None) -> Callable[..., Search]:
    """Return a maker of our search."""
    return lambda parameters, seed: Ours(parameters, seed, sampler, scheduler() if scheduler else None)


class OneResource(HyperbandScheduler):
    """Shows samplers the largest resource with enough results and nothing else, as BOHB does."""

    def view(self, trials: Sequence[Trial], n_columns: int) -> Sequence[Trial]:
        """Return the trials as they are with that resource."""
        resources = sorted({m.resource for t in trials for m in t.measurements if m.resource})
        for resource in reversed(resources):
            scores = [self.score_at(trial, resource) for trial in trials]
            if sum(s is not None for s in scores) >= n_columns + 2 or resource == resources[0]:
                return [_with(trial, score) for trial, score in zip(trials, scores, strict=True)]
        return trials


def _with(trial: Trial, score: float | None) -> Trial:
    if score is not None:
        return replace(trial, status="complete", score=score)
    return trial if trial.status == "running" else replace(trial, status="pruned", score=float("nan"))


def planned(plan: Plan, kind: type[HyperbandScheduler] = HyperbandScheduler) -> Callable[[], Scheduler]:
    """Return a maker of a scheduler."""
    return lambda: kind(1, plan)


FROM_1 = hyperband_plan(1, LAST_EPOCH, n_repeats=N_REPEATS)
FROM_5 = hyperband_plan(5, LAST_EPOCH, n_repeats=N_REPEATS)
NARROW = narrow_plan(17, LAST_EPOCH, n_repeats=N_REPEATS)
NARROW_5 = narrow_plan(5, LAST_EPOCH, n_repeats=N_REPEATS)

ENTRIES: dict[str, Entry] = {
    "full_random": Entry("random, full trainings", "skhpo", ours("random")),
    "full_gp": Entry("gp, full trainings", "skhpo", ours("gp")),
    "random": Entry("Hyperband, random", "skhpo", ours("random", planned(FROM_1))),
    "random_5": Entry("Hyperband from 5 epochs, random", "skhpo", ours("random", planned(FROM_5))),
    "optuna": Entry("Optuna TPE + HyperbandPruner", "optuna", lambda p, seed: Optuna(p, seed, 1)),
    "optuna_5": Entry(
        "Optuna TPE + HyperbandPruner from 5 epochs", "optuna", lambda p, seed: Optuna(p, seed, 5)
    ),
    "gp_one": Entry(
        "Hyperband, gp, one resource seen", "skhpo", ours("gp", planned(FROM_1, OneResource)), False
    ),
    "gp": Entry("Hyperband, gp", "skhpo", ours("gp", planned(FROM_1)), False),
    "gp_5": Entry("Hyperband from 5 epochs, gp", "skhpo", ours("gp", planned(FROM_5)), False),
    "narrow_one": Entry(
        "narrow brackets, gp, one resource seen", "skhpo", ours("gp", planned(NARROW, OneResource)), False
    ),
    "narrow": Entry("narrow brackets, gp", "skhpo", ours("gp", planned(NARROW)), False),
    "narrow_5": Entry("narrow brackets from 5 epochs, gp", "skhpo", ours("gp", planned(NARROW_5)), False),
}
