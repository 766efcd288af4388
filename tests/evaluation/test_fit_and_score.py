"""One fit: what is measured, and how failures are recorded."""

import math

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import check_scoring
from sklearn.pipeline import Pipeline

from skhpo.evaluation import Task, fit_and_score
from skhpo.trial import Job

X, Y = make_classification(60, random_state=0)
SPLIT = (np.arange(40), np.arange(40, 60))


class Moody(ClassifierMixin, BaseEstimator):
    """Fails while fitting or scoring, as its parameter says."""

    def __init__(self, mood="good"):
        self.mood = mood

    def set_params(self, **params):
        """Refuse one value, as estimators with a check in their setters do."""
        if params.get("mood") == "unsettable":
            raise ValueError("not this mood")
        self.__dict__.update(params)
        return self

    def fit(self, X, y, sample_weight=None):
        """Fit, or not."""
        if self.mood == "bad":
            raise RuntimeError("in a bad mood")
        self.n_seen_ = len(X) if sample_weight is None else sample_weight.sum()
        return self

    def score(self, X, y):
        """Score, or not."""
        if self.mood == "silent":
            raise RuntimeError("says nothing")
        return {"infinite": math.inf, "nan": math.nan, "text": "good", "array": np.array(0.25)}.get(
            self.mood, 0.5
        )


def task(estimator=None, **changes):
    """A task with one split."""
    arguments = {
        "estimator": Moody() if estimator is None else estimator,
        "X": X,
        "y": Y,
        "splits": [SPLIT],
        "scorer": lambda model, X, y: model.score(X, y),
        "fit_params": {},
        "score_params": {},
        "return_train_score": False,
        "error_score": math.nan,
    }
    return Task(**{**arguments, **changes})


def measure(mood="good", **changes):
    """The outcome of a fit of the moody estimator."""
    return fit_and_score(task(**changes), Job(0, {"mood": mood}))


def test_scores_and_times_are_measured():
    """These are the numbers the whole search is about."""
    outcome = fit_and_score(
        task(LogisticRegression(), scorer=check_scoring(LogisticRegression())), Job(0, {"C": 0.1})
    )
    expected = LogisticRegression(C=0.1).fit(X[:40], Y[:40]).score(X[40:], Y[40:])
    assert outcome.measurement.scores == {"score": expected}
    assert outcome.measurement.fit_time > 0
    assert outcome.measurement.score_time > 0
    assert outcome.is_multimetric is False
    assert outcome.measurement.error is None


def test_train_scores_are_computed_on_the_training_part():
    """Overfitting shows in the difference of the two."""
    outcome = measure(scorer=lambda model, X, y: len(X), return_train_score=True)
    assert outcome.measurement.scores == {"score": 20}
    assert outcome.measurement.train_scores == {"score": 40}


def test_fit_parameters_are_sliced_with_the_split():
    """Weights of the wrong samples would spoil every model without an error."""
    seen = measure(scorer=lambda model, X, y: model.n_seen_, fit_params={"sample_weight": np.arange(60.0)})
    assert seen.measurement.scores["score"] == np.arange(40).sum()


@pytest.mark.parametrize(
    ("mood", "stage", "kind", "message"),
    [
        ("bad", "fit", "RuntimeError", "in a bad mood"),
        ("unsettable", "fit", "ValueError", "not this mood"),
        ("silent", "score", "RuntimeError", "says nothing"),
        ("text", "score", "ValueError", "scoring must return a number, got good"),
        ("nan", "score", "NonFiniteScore", "is nan"),
        ("infinite", "score", "NonFiniteScore", "is inf"),
    ],
)
def test_failures_are_records(mood, stage, kind, message):
    """One bad configuration costs one row, and the row says why."""
    measurement = measure(mood).measurement
    assert (measurement.error.stage, measurement.error.type) == (stage, kind)
    assert message in measurement.error.message
    assert all(math.isnan(score) for score in measurement.scores.values())


@pytest.mark.parametrize("mood", ["bad", "silent", "unsettable"])
def test_error_score_raise_lets_errors_out(mood):
    """Somebody who debugs an estimator wants to see its own error at once."""
    with pytest.raises((RuntimeError, ValueError), match="mood|nothing"):
        measure(mood, error_score="raise")


def test_scalar_arrays_are_numbers():
    """Many metrics return 0-dimensional arrays."""
    assert measure("array").measurement.scores == {"score": 0.25}


def test_one_failing_metric_keeps_the_others():
    """The scores of the metrics that worked are still worth having."""

    def both(model, X, y):
        return {"good": 0.5, "infinite": math.inf}

    outcome = measure(scorer=both)
    assert outcome.is_multimetric is True
    assert outcome.measurement.scores["good"] == 0.5
    assert math.isnan(outcome.measurement.scores["infinite"])


def test_fits_do_not_share_estimators():
    """An estimator given as a choice must not be fitted by one trial and seen fitted by the next."""
    inner = LogisticRegression()
    pipeline = Pipeline([("model", None)])
    fit_and_score(task(pipeline, scorer=lambda model, X, y: model.score(X, y)), Job(0, {"model": inner}))
    assert not hasattr(inner, "coef_")
