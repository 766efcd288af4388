"""Studies to draw pictures of, made in no time: nothing is fitted."""

from __future__ import annotations

import math

import numpy as np

from skhpo import Integer, Real, Study
from skhpo.schedulers import HyperbandScheduler, Margin, RacingScheduler, hyperband_plan
from skhpo.trial import FitError, Measurement

BEGAN = 1.7e9  # seconds since the epoch

SMALL = {
    "kernel": ["linear", "rbf", "poly"],
    "C": (1e-3, 1e3, "log-uniform"),
    "gamma": Real(1e-4, 1e1, "log-uniform", when={"kernel": ["rbf", "poly"]}),
    "degree": Integer(2, 5, when={"kernel": ["poly"]}),
}


def finished(space, objective, n_iter, fails=(), **arguments):
    """Run a study of an objective of (configuration, job) to its end; some trials fail."""
    arguments = {"sampler": "random", "random_state": 0, **arguments}
    study, free = Study(space, n_iter=n_iter, **arguments), [BEGAN, BEGAN]
    while (job := study.ask()) is not None:
        has_failed = job.number in fails
        score = None if has_failed else objective(job.configuration, job)
        seconds = 0.5 if has_failed else 1.0 + job.number % 3
        worker = free.index(min(free))
        tell(study, job, score, seconds=seconds, started=free[worker], worker=worker)
        free[worker] += seconds
    return study


def tell(study, job, score=None, *, seconds=1.0, started=BEGAN, worker=0):
    """Tell a study a score, or a failure, and when it was made by whom."""
    scores, error = {"score": score}, None
    if score is None:
        scores, error = {}, FitError.from_exception(ValueError("no"))
    told = Measurement(
        job.split, scores, None, seconds, 0.0, error, resource=job.resource, started=started, worker=worker
    )
    return study.record(job, told)


def hill(configuration, job=None):
    """Score best near C=10 and gamma=0.01; the kernel matters, the degree hardly."""
    score = 0.9 - 0.02 * (math.log10(configuration["C"]) - 1) ** 2
    if "gamma" in configuration:
        score += 0.06 - 0.03 * (math.log10(configuration["gamma"]) + 2) ** 2
    return score


def small(n_iter=25, fails=(7, 11), **arguments):
    """A conditional space with categories, and two failures."""
    return finished(SMALL, hill, n_iter, fails, **arguments)


def large(n_iter=40):
    """Thirty hyperparameters, of which two matter."""
    space = {f"preprocessing__scaler_{i}__alpha": (1e-5, 1e2, "log-uniform") for i in range(14)}
    space |= {f"model__depth_{i}": (1, 30) for i in range(8)}
    space |= {f"model__choice_{i}": ["relu", "tanh", "a name that is very long"] for i in range(8)}

    def score(c, job):
        return -((c["model__depth_3"] - 10) ** 2) / 400 - (c["model__choice_2"] == "relu")

    return finished(space, score, n_iter, fails=(5,))


def raced(n_iter=20):
    """Five folds, and trials that were stopped early."""

    def score(c, job):
        return 1 - c["x"] ** 2 + 0.01 * job.split

    scheduler = RacingScheduler(5, Margin())
    return finished({"x": (-1.0, 1.0), "y": (0, 9)}, score, n_iter, fails=(4,), scheduler=scheduler)


def halved():
    """All brackets of Hyperband with up to 9 units of a resource."""
    scheduler = HyperbandScheduler(1, hyperband_plan(1, 9))

    def score(c, job):
        return 1 - c["x"] ** 2 - 1 / job.resource

    return finished({"x": (-1.0, 1.0), "kind": ["a", "b"]}, score, 17, fails=(3,), scheduler=scheduler)


def constant(n_iter=8):
    """Scores that are all the same."""
    return finished({"x": (0.0, 1.0), "kind": ["a", "b"]}, lambda c, job: 0.5, n_iter)


def failed(n_iter=6):
    """Nothing but failures."""
    return finished({"x": (0.0, 1.0), "kind": ["a", "b"]}, None, n_iter, fails=range(n_iter))


def terrible(n_iter=20):
    """A few scores that are worse than all others by far."""
    rng = np.random.default_rng(0)
    terrible = set(rng.choice(n_iter, 4, replace=False).tolist())

    def score(c, job):
        return -1e6 if job.number in terrible else 0.9 - (c["x"] - 0.5) ** 2

    return finished({"x": (0.0, 1.0), "kind": ["a", "b"]}, score, n_iter)


STUDIES = {
    "small": small,
    "large": large,
    "raced": raced,
    "halved": halved,
    "constant": constant,
    "one trial": lambda: constant(1),
    "failed": failed,
    "terrible": terrible,
}
