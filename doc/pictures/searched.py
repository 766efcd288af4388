"""The searches that the pages show pictures of; each is run once, whoever asks for it first."""

import math
from functools import cache

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo import BayesSearchCV, HyperbandSearchCV, Integer, RandomizedSearchCV, Real, Study

X, y = load_breast_cancer(return_X_y=True)
SPACE = {
    "svc__kernel": ["linear", "rbf", "poly"],
    "svc__C": (1e-3, 1e3, "log-uniform"),
    "svc__gamma": Real(1e-5, 1e1, "log-uniform", when={"svc__kernel": ["rbf", "poly"]}),
    "svc__degree": Integer(2, 4, when={"svc__kernel": ["poly"]}),
}


def pipeline():
    """Return what is tuned."""
    return make_pipeline(StandardScaler(), SVC(gamma=1 / 30))


@cache
def searched():
    """Return a search over a space with conditions."""
    return BayesSearchCV(pipeline(), SPACE, n_iter=40, scoring="accuracy", random_state=0).fit(X, y)


@cache
def drawn_at_random():
    """Return a search over the same kernel parameters that learns nothing."""
    space = {
        "svc__kernel": ["linear", "rbf", "poly"],
        "svc__C": Real(1e-3, 1e3, "log-uniform"),
        "svc__gamma": Real(1e-5, 1e1, "log-uniform"),
    }
    search = RandomizedSearchCV(pipeline(), space, n_iter=40, scoring="accuracy", random_state=0)
    return search.fit(X, y)


@cache
def raced():
    """Return the same search as a race."""
    search = BayesSearchCV(
        pipeline(), SPACE, n_iter=40, cv=10, scoring="accuracy", racing="margin", random_state=0
    )
    return search.fit(X, y)


@cache
def halved():
    """Return a search in which the number of trees is rationed."""
    space = {"learning_rate": (1e-3, 1.0, "log-uniform"), "max_depth": (1, 5), "subsample": (0.3, 1.0)}
    search = HyperbandSearchCV(
        GradientBoostingClassifier(random_state=0),
        space,
        resource="n_estimators",
        max_resources=27,
        cv=3,
        random_state=0,
    )
    return search.fit(X, y)


@cache
def shared_out():
    """Return a race on three workers, of models that take different times."""
    space = {
        "n_estimators": (10, 120),
        "max_depth": (1, 6),
        "learning_rate": (1e-3, 1.0, "log-uniform"),
    }
    search = BayesSearchCV(
        GradientBoostingClassifier(random_state=0),
        space,
        n_iter=24,
        cv=5,
        n_jobs=3,
        scoring="neg_log_loss",
        racing="margin",
        random_state=0,
    )
    return search.fit(X, y)


@cache
def wide():
    """Return a study over thirty hyperparameters, of which a few matter."""
    space = {f"layer_{i}__dropout": (0.0, 0.9) for i in range(10)}
    space |= {f"layer_{i}__units": (8, 512, "log-uniform") for i in range(10)}
    space |= {f"layer_{i}__activation": ["relu", "tanh", "gelu"] for i in range(8)}
    space |= {"learning_rate": (1e-5, 1.0, "log-uniform"), "batch_size": [16, 32, 64, 128]}
    study = Study(space, n_iter=80, random_state=0)
    while (job := study.ask()) is not None:
        c = job.configuration
        score = 0.9 - 0.03 * (math.log10(c["learning_rate"]) + 2) ** 2
        score -= 0.15 * (c["layer_0__dropout"] - 0.2) ** 2
        score += 0.02 * (c["layer_0__activation"] == "gelu") + 0.01 * math.log2(c["layer_9__units"] / 64)
        study.tell(job, score=score + np.random.default_rng(job.number).normal(0.0, 0.01))
    return study
