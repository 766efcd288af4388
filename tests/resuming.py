"""What the tests of resuming share: a model whose fits are counted, and searches that are cut off at any of them."""

import shutil
from dataclasses import replace
from pathlib import Path
from threading import Lock

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from skhpo.space import equal_values

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(24, 2)), np.arange(24) % 2


class CutOffError(BaseException):
    """Ends a search in mid-fit, as nothing that a search catches does."""


class Counter:
    """Counts the fits of a search, and does something at one of them."""

    def __init__(self):
        self._lock = Lock()
        self.reset()

    def reset(self, at=None, action=None):
        """Count anew; `action` is called when as many fits as `at` says have begun before."""
        self.n, self._at, self._action = 0, at, action
        return self

    def tell(self):
        """Count a fit."""
        with self._lock:
            n, self.n = self.n, self.n + 1
        if self._at is not None and (self._at == n or self._at == "each"):
            self._action(n)


COUNTER = Counter()


def cut_off(n):
    """End the search."""
    raise CutOffError(n)


class Model(ClassifierMixin, BaseEstimator):
    """Its score is a smooth function of its hyperparameters, of its training and of the data a little."""

    def __init__(self, a=0.5, b="one", rate=0.1, n_rounds=1):
        self.a = a
        self.b = b
        self.rate = rate
        self.n_rounds = n_rounds

    def fit(self, X, y):
        """Train anew."""
        self.trained_ = 0.0
        return self.partial_fit(X, y)

    def partial_fit(self, X, y, classes=None):
        """Train on."""
        COUNTER.tell()
        if self.a > 0.9:
            raise ValueError(f"a={self.a} is too much")
        self.classes_ = np.array([0, 1])
        trained = getattr(self, "trained_", 0.0)
        self.trained_ = trained + self.rate * self.n_rounds * (1.0 - trained)
        return self

    def predict(self, X):
        """Answer always the same."""
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        """Score."""
        bonus = 0.1 if self.b == "two" else 0.0
        return -((self.a - 0.3) ** 2) + bonus + 0.1 * self.trained_ + 0.05 * float(np.mean(X))


def snapshots(search, folder, fit_params=None):
    """Fit a search with a file, and return copies of the file as it was at the beginning of every fit."""
    path = Path(folder) / "study.db"
    copies = []

    def copy(n):
        place = Path(folder) / f"at-{n}"
        place.mkdir()
        for suffix in ("", "-wal"):
            if (name := path.with_name(path.name + suffix)).exists():
                shutil.copyfile(name, place / name.name)
        copies.append(place / path.name)

    COUNTER.reset(at="each", action=copy)
    search.set_params(storage=path).fit(X, Y, **(fit_params or {}))
    COUNTER.reset()
    return copies


def without_times(trials):
    """Return trials as dicts without what the clock said, and what came too late to count."""
    return [
        {
            "configuration": trial.configuration,
            "facts": replace_times(trial),
        }
        for trial in trials
    ]


def replace_times(trial):
    """Return what has been measured, and what became of it."""
    fits = [
        (one.split, dict(one.scores), one.train_scores, one.resource, one.error and one.error.message)
        for one in trial.measurements
    ]
    rest = replace(trial, configuration={}, measurements=(), discarded=())
    return fits, [getattr(rest, name) for name in rest.__dataclass_fields__]


def assert_same_result(search, other):
    """Compare two fitted searches in all but the times."""
    assert len(search.trials_) == len(other.trials_)
    for one, two in zip(without_times(search.trials_), without_times(other.trials_), strict=True):
        assert equal_values(one, two), (one, two)
    assert search.cv_results_.keys() == other.cv_results_.keys()
    for name, column in search.cv_results_.items():
        if not name.endswith("_time"):
            assert equal_values(list(column), list(other.cv_results_[name])), name
    assert equal_values(search.best_params_, other.best_params_)
