"""One way to ask and tell every optimiser that `sample_efficiency.py` compares; each adapter is some lines.

`ask` returns a token and the active hyperparameters, `tell` takes the token and the score, greater is better and NaN a
failure. An optimiser that knows no failures is told the worst score so far; one that knows no conditions gets the flat
space, and what is inactive is ignored. Every one runs with its own defaults.
"""

from __future__ import annotations

import importlib
import logging
import math
import tempfile
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from unittest import mock

import numpy as np
from _problems import Configuration, Evaluation, Parameter, Problem, draw, is_active, only_active

import skhpo
from skhpo.schedulers import FullScheduler


class Optimiser:
    """What an adapter provides; made from (problem, seed, number of evaluations)."""

    def __init__(self, problem: Problem, seed: int, n_evaluations: int) -> None:
        self.parameters = problem.parameters
        self._losses: list[float] = []
        self._start(problem, seed, n_evaluations)

    def _start(self, problem: Problem, seed: int, n_evaluations: int) -> None:
        raise NotImplementedError

    def ask(self) -> tuple[Any, Configuration]:
        """Propose a configuration."""
        raise NotImplementedError

    def tell(self, token: Any, found: Evaluation) -> None:
        """Take note of what was measured."""
        raise NotImplementedError

    def _finite_loss(self, score: float) -> float:
        """Return a loss for those who know no failures."""
        worst = max(self._losses, default=1.0)
        self._losses.append(-score if math.isfinite(score) else worst)
        return self._losses[-1]


class Random(Optimiser):
    """Independent uniform draws."""

    def _start(self, problem: Problem, seed: int, n_evaluations: int) -> None:
        self._rng = np.random.default_rng(seed)

    def ask(self) -> tuple[Any, Configuration]:
        """Draw a configuration."""
        return None, draw(self.parameters, self._rng)

    def tell(self, token: Any, found: Evaluation) -> None:
        """Learn nothing."""


def our_dimension(parameter: Parameter) -> Any:
    """Write a hyperparameter for skhpo."""
    when = {parameter.when.parent: list(parameter.when.values)} if parameter.when else None
    if parameter.kind == "choice":
        return skhpo.Categorical(list(parameter.choices), when=when)
    kind = skhpo.Integer if parameter.kind == "integer" else skhpo.Real
    prior = "log-uniform" if parameter.log else "uniform"
    return kind(parameter.low, parameter.high, prior, when=when)


class Ours(Optimiser):
    """`skhpo.Study` with one of its samplers."""

    sampler = "auto"
    starts_with_default = False  # or what is nearest to them, as in BayesSearchCV
    n_folds = 1  # told one by one, all with the same score

    def _start(self, problem: Problem, seed: int, n_evaluations: int) -> None:
        space = {parameter.name: our_dimension(parameter) for parameter in self.parameters}
        scheduler = FullScheduler(self.n_folds)
        first = [problem.default] if self.starts_with_default and problem.default else None
        self._study = skhpo.Study(
            space,
            sampler=self.sampler,
            scheduler=scheduler,
            initial_configurations=first,
            random_state=seed,
        )

    def ask(self) -> tuple[Any, Configuration]:
        """Ask the study."""
        job = self._study.ask()
        return job, job.configuration

    def tell(self, token: Any, found: Evaluation) -> None:
        """Tell the study."""
        self._study.tell(token, score=found.folds or found.score)


class OptunaTPE(Optimiser):
    """Optuna's multivariate TPE, which groups the hyperparameters of conditional spaces."""

    def _start(self, problem: Problem, seed: int, n_evaluations: int) -> None:
        self._optuna = importlib.import_module("optuna")
        self._optuna.logging.set_verbosity(self._optuna.logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # multivariate and group call themselves experimental
            sampler = self._sampler(problem, seed)
        self._study = self._optuna.create_study(direction="maximize", sampler=sampler)

    def _sampler(self, problem: Problem, seed: int) -> Any:
        samplers = self._optuna.samplers
        return samplers.TPESampler(multivariate=True, group=problem.is_conditional, seed=seed)

    def ask(self) -> tuple[Any, Configuration]:
        """Ask for a trial and let it suggest what is active."""
        trial = self._study.ask()
        configuration: Configuration = {}
        for one in self.parameters:
            if not is_active(one, configuration):
                continue
            if one.kind == "choice":
                value = trial.suggest_categorical(one.name, one.choices)
            elif one.kind == "integer":
                value = trial.suggest_int(one.name, one.low, one.high, log=one.log)
            else:
                value = trial.suggest_float(one.name, one.low, one.high, log=one.log)
            configuration[one.name] = value
        return trial, configuration

    def tell(self, token: Any, found: Evaluation) -> None:
        """Tell the study; NaN is a failed trial."""
        if math.isfinite(found.score):
            self._study.tell(token, found.score)
        else:
            self._study.tell(token, state=self._optuna.trial.TrialState.FAIL)


class LiarTPE(OptunaTPE):
    """Optuna's TPE with its own setting for parallel workers."""

    def _sampler(self, problem: Problem, seed: int) -> Any:
        options = {"multivariate": True, "group": problem.is_conditional, "constant_liar": True}
        return self._optuna.samplers.TPESampler(seed=seed, **options)


class OptunaGP(OptunaTPE):
    """Optuna's Gaussian process."""

    def _sampler(self, problem: Problem, seed: int) -> Any:
        return self._optuna.samplers.GPSampler(seed=seed)


class ScikitOptimize(Optimiser):
    """scikit-optimize's Gaussian process."""

    def _start(self, problem: Problem, seed: int, n_evaluations: int) -> None:
        skopt = importlib.import_module("skopt")
        dimensions = []
        for one in self.parameters:
            prior = "log-uniform" if one.log else "uniform"
            if one.kind == "choice":
                dimensions.append(skopt.space.Categorical(range(len(one.choices))))
            elif one.kind == "integer":
                dimensions.append(skopt.space.Integer(one.low, one.high, prior=prior))
            else:
                dimensions.append(skopt.space.Real(one.low, one.high, prior=prior))
        self._optimizer = skopt.Optimizer(dimensions, base_estimator="GP", random_state=seed)

    def ask(self) -> tuple[Any, Configuration]:
        """Ask for a point; choices are told by position."""
        point = self._optimizer.ask()
        pairs = zip(self.parameters, (np.asarray(value).item() for value in point), strict=True)
        flat = {one.name: one.choices[value] if one.choices else value for one, value in pairs}
        return point, only_active(self.parameters, flat)

    def tell(self, token: Any, found: Evaluation) -> None:
        """Tell the loss."""
        self._optimizer.tell(token, self._finite_loss(found.score))


class SMAC(Optimiser):
    """SMAC's random forest."""

    def _start(self, problem: Problem, seed: int, n_evaluations: int) -> None:
        smac, self._runhistory = importlib.import_module("smac"), importlib.import_module("smac.runhistory")
        logging.disable(logging.INFO)
        scenario = smac.Scenario(
            self._space(seed),
            n_trials=n_evaluations,
            deterministic=True,
            seed=seed,
            output_directory=tempfile.mkdtemp(),
        )
        facade = smac.HyperparameterOptimizationFacade
        self._facade = facade(scenario, lambda config, seed=0: 0.0, overwrite=True, logging_level=False)

    def _space(self, seed: int) -> Any:
        config_space = importlib.import_module("ConfigSpace")
        space = config_space.ConfigurationSpace(seed=seed)
        made: dict[str, Any] = {}
        for one in self.parameters:
            if one.kind == "choice":
                made[one.name] = config_space.Categorical(one.name, range(len(one.choices)))
            else:
                kind = config_space.Integer if one.kind == "integer" else config_space.Float
                made[one.name] = kind(one.name, (one.low, one.high), log=one.log)
            space.add(made[one.name])
        choices = {one.name: one.choices for one in self.parameters}
        for one in self.parameters:
            if one.when:
                codes = [choices[one.when.parent].index(value) for value in one.when.values]
                parent = made[one.when.parent]
                space.add(config_space.InCondition(made[one.name], parent, codes))
        return space

    def ask(self) -> tuple[Any, Configuration]:
        """Ask for a trial; choices are coded by position."""
        info = self._facade.ask()
        values = dict(info.config)
        flat = {one.name: values.get(one.name) for one in self.parameters}
        for one in self.parameters:
            if one.choices and flat[one.name] is not None:
                flat[one.name] = one.choices[int(flat[one.name])]
        return info, only_active(self.parameters, flat)

    def tell(self, token: Any, found: Evaluation) -> None:
        """Tell the loss."""
        value = self._runhistory.TrialValue(cost=self._finite_loss(found.score), time=0.1)
        self._facade.tell(token, value)


class HEBO(Optimiser):
    """HEBO's Gaussian process."""

    def _start(self, problem: Problem, seed: int, n_evaluations: int) -> None:
        space = importlib.import_module("hebo.design_space.design_space").DesignSpace()
        optimiser = importlib.import_module("hebo.optimizers.hebo").HEBO
        kinds = {("real", False): "num", ("real", True): "pow", ("integer", False): "int"}
        described = []
        for one in self.parameters:
            line = {"name": one.name, "type": kinds.get((one.kind, one.log), "pow_int")}
            if one.kind == "choice":
                line |= {"type": "cat", "categories": [str(i) for i in range(len(one.choices))]}
            else:
                line |= {"lb": one.low, "ub": one.high}
            described.append(line)
        np.random.seed(seed)
        importlib.import_module("torch").manual_seed(seed)
        self._optimizer = optimiser(space.parse(described), scramble_seed=seed)

    def ask(self) -> tuple[Any, Configuration]:
        """Ask for a row of a table; choices are coded by position."""
        frame = self._optimizer.suggest(n_suggestions=1)
        row = frame.iloc[0]
        flat = {}
        for one in self.parameters:
            value = row[one.name]
            if one.kind == "choice":
                flat[one.name] = one.choices[int(value)]
            else:
                flat[one.name] = int(value) if one.kind == "integer" else float(value)
        return frame, only_active(self.parameters, flat)

    def tell(self, token: Any, found: Evaluation) -> None:
        """Tell the loss."""
        self._optimizer.observe(token, np.array([[self._finite_loss(found.score)]]))


def standardised(losses: np.ndarray) -> np.ndarray:
    """Return losses of mean 0 and variance 1, failures as the worst of them: no other transform."""
    finite = losses[np.isfinite(losses)]
    known = np.where(np.isfinite(losses), losses, max(finite, default=0.0))
    return (known - known.mean()) / (known.std() or 1.0)


def ours(name: str, starts_with_default: bool = False) -> type[Optimiser]:
    """Return our adapter with one sampler."""
    return type(f"Ours_{name}", (Ours,), {"sampler": name, "starts_with_default": starts_with_default})


#: What can be switched off in the Gaussian process sampler: where it is, and what takes its place.
SWITCHES: dict[str, tuple[str, Any]] = {
    "polynomial": ("skhpo.models._likelihood.TREND", (-20.0, 1.0, -20.0, -19.9)),
    "warping": ("skhpo.models._likelihood.EXPONENT", (0.0, 0.5, -1e-6, 1e-6)),
    "noise": ("skhpo.models._likelihood.NOISE", (-11.5, 2.0, -11.5, -11.4)),
    "transform": ("skhpo.models._schedule.softyj", standardised),
    "margin": ("skhpo.samplers._model_based._MARGIN", 0.0),
}


def without(part: str) -> type[Optimiser]:
    """Return our Gaussian process sampler with one part switched off, for as long as it is asked."""

    def ask(self: Ours) -> tuple[Any, Configuration]:
        with mock.patch(*SWITCHES[part]):
            return Ours.ask(self)

    return type(f"Without_{part}", (Ours,), {"sampler": "gp", "ask": ask})


@dataclass(frozen=True)
class Entry:
    """A row of the tables."""

    label: str
    package: str  # the distribution whose version is reported
    make: Callable[[Problem, int, int], Optimiser]
    modules: tuple[str, ...] = ()
    is_variant: bool = False  # ours with a part switched off

    @property
    def is_ours(self) -> bool:
        """Whether it is compared with the others."""
        return self.package == "skhpo" and not self.is_variant


OPTIMISERS: dict[str, Entry] = {
    "random": Entry("random search", "numpy", Random),
    "gp": Entry("skhpo gp", "skhpo", ours("gp")),
    "gp_defaults": Entry("skhpo gp, defaults first", "skhpo", ours("gp", True)),
    "tpe_defaults": Entry("skhpo tpe, defaults first", "skhpo", ours("tpe", True)),
    "forest": Entry("skhpo forest", "skhpo", ours("forest")),
    "tpe": Entry("skhpo tpe", "skhpo", ours("tpe")),
    "sobol": Entry("skhpo sobol", "skhpo", ours("sobol")),
    "auto": Entry("skhpo auto", "skhpo", ours("auto")),
    **{
        f"no_{part}": Entry(f"skhpo gp, no {part}", "skhpo", without(part), is_variant=True)
        for part in SWITCHES
    },
    "optuna_tpe": Entry("Optuna TPE (multivariate)", "optuna", OptunaTPE, ("optuna",)),
    "optuna_liar": Entry("Optuna TPE (constant liar)", "optuna", LiarTPE, ("optuna",)),
    "optuna_gp": Entry("Optuna GPSampler", "optuna", OptunaGP, ("optuna", "torch")),
    "skopt": Entry("scikit-optimize (GP)", "scikit-optimize", ScikitOptimize, ("skopt",)),
    "smac": Entry("SMAC (forest)", "smac", SMAC, ("smac",)),
    "hebo": Entry("HEBO", "HEBO", HEBO, ("hebo.optimizers.hebo",)),
}


def installed(keys: Iterable[str]) -> list[str]:
    """Return the optimisers whose packages are installed, and say which are not."""
    found = []
    for key in keys:
        try:
            for module in OPTIMISERS[key].modules:
                importlib.import_module(module)
        except ImportError as error:
            print(f"skipped: {OPTIMISERS[key].label} ({error})")
            continue
        found.append(key)
    return found


def version_of(key: str) -> str:
    """Name the package behind an optimiser and its version."""
    package = OPTIMISERS[key].package
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} {skhpo.__version__}" if package == "skhpo" else package
