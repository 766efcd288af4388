"""One way to call every search that the benchmarks compare: ours and its peers.

A space is a dict from name to ``(low, high, prior)``. A package that is not installed is skipped with a line.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.model_selection import RandomizedSearchCV

import skhpo

Space = dict[str, tuple[float, float, str]]


def frozen_distributions(space: Space) -> dict[str, Any]:
    """Write a space with scipy's distributions."""
    return {
        name: stats.loguniform(low, high) if prior == "log-uniform" else stats.uniform(low, high - low)
        for name, (low, high, prior) in space.items()
    }


@dataclass(frozen=True)
class Request:
    """What a search is asked to do."""

    estimator: BaseEstimator
    space: Space
    n_trials: int
    seed: int | None
    cv: int = 3
    n_jobs: int | None = 1

    @property
    def common(self) -> dict[str, Any]:
        """Keyword arguments that mean the same everywhere."""
        return {"cv": self.cv, "n_jobs": self.n_jobs, "random_state": self.seed, "refit": False}


def scikit_learn_random(request: Request) -> Any:
    """Build scikit-learn's random search."""
    space = frozen_distributions(request.space)
    return RandomizedSearchCV(request.estimator, space, n_iter=request.n_trials, **request.common)


def our_random(request: Request) -> Any:
    """Build our drop-in for scikit-learn's random search."""
    space = frozen_distributions(request.space)
    return skhpo.RandomizedSearchCV(request.estimator, space, n_iter=request.n_trials, **request.common)


def our_search(sampler: str) -> Callable[[Request], Any]:
    """Return a builder of our search with one sampler."""

    def build(request: Request) -> Any:
        return skhpo.BayesSearchCV(
            request.estimator,
            request.space,
            n_iter=request.n_trials,
            sampler=sampler,
            initial_configurations=None,
            **request.common,
        )

    return build


def scikit_optimize(request: Request) -> Any:
    """Build scikit-optimize's search with a Gaussian process."""
    skopt = importlib.import_module("skopt")
    space = {
        name: skopt.space.Real(low, high, prior=prior) for name, (low, high, prior) in request.space.items()
    }
    return skopt.BayesSearchCV(request.estimator, space, n_iter=request.n_trials, **request.common)


def optuna_search(request: Request) -> Any:
    """Build Optuna's search with its default sampler, TPE."""
    optuna = importlib.import_module("optuna")
    integration = importlib.import_module("optuna_integration")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = {
        name: optuna.distributions.FloatDistribution(low, high, log=prior == "log-uniform")
        for name, (low, high, prior) in request.space.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls itself experimental
        return integration.OptunaSearchCV(
            request.estimator, space, n_trials=request.n_trials, **request.common
        )


@dataclass(frozen=True)
class Peer:
    """A row of the tables."""

    label: str
    package: str  # the distribution whose version is reported
    build: Callable[[Request], Any]


PEERS: dict[str, Peer] = {
    "sklearn": Peer("scikit-learn RandomizedSearchCV", "scikit-learn", scikit_learn_random),
    "random": Peer("skhpo RandomizedSearchCV", "skhpo", our_random),
    "gp": Peer("skhpo BayesSearchCV, gp", "skhpo", our_search("gp")),
    "tpe": Peer("skhpo BayesSearchCV, tpe", "skhpo", our_search("tpe")),
    "optuna": Peer("OptunaSearchCV (TPE)", "optuna-integration", optuna_search),
    "skopt": Peer("scikit-optimize BayesSearchCV (GP)", "scikit-optimize", scikit_optimize),
}

#: Modules that have to be there for a row.
MODULES = {"optuna-integration": ("optuna", "optuna_integration"), "scikit-optimize": ("skopt",)}


def installed(keys: Iterable[str]) -> Iterator[tuple[str, Peer]]:
    """Yield the rows whose packages are installed, and say which are not."""
    for key in keys:
        peer = PEERS[key]
        try:
            for module in MODULES.get(peer.package, ()):
                importlib.import_module(module)
        except ImportError as error:
            print(f"skipped: {peer.label} ({error})")
            continue
        yield key, peer


def versions(keys: Iterable[str]) -> str:
    """Name the versions of the packages behind some rows."""
    packages = sorted({"scikit-learn", *(PEERS[key].package for key in keys)})
    return ", ".join(f"{package} {version(package)}" for package in packages)


def fit(search: Any, X: Any, y: Any) -> None:
    """Fit a search without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)


def configurations(search: Any) -> list[dict[str, Any]]:
    """Return what a fitted search has evaluated."""
    if hasattr(search, "study_"):
        return [trial.params for trial in search.study_.trials]
    return list(search.cv_results_["params"])
