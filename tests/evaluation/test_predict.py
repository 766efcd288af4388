"""Predictions on the test part of a split."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import get_scorer

from skhpo.evaluation._predict import out_of_fold
from skhpo.trial import Job

JOB = Job(3, {}, split=1)


class Model:
    """A fitted model with some methods."""

    classes_ = np.array([0, 2])

    def predict_proba(self, X):
        """Two columns."""
        return np.tile([0.25, 0.75], (len(X), 1))

    def predict(self, X):
        """The second class."""
        return np.full(len(X), 2)


def task(scorer, keeps_models=False):
    """A task with three classes."""
    return SimpleNamespace(scorer=scorer, y=np.array([0, 1, 2]), keeps_models=keeps_models)


@pytest.mark.parametrize(
    ("scorer", "method"),
    [
        (get_scorer("accuracy"), "predict"),
        (get_scorer("roc_auc"), "predict_proba"),
        (lambda model, X, y: 0.0, "predict_proba"),
    ],
)
def test_the_method_is_the_scorers(scorer, method):
    """What was kept must be what is scored later."""
    found = out_of_fold(task(scorer), JOB, Model(), np.zeros((4, 1)))
    assert (found.number, found.split, list(found.values)) == (3, 1, [method])
    if method == "predict_proba":
        np.testing.assert_array_equal(found.values[method], np.tile([0.25, 0.0, 0.75], (4, 1)))


def test_a_model_that_cannot_predict_costs_nothing_else():
    """The score is known; a prediction that fails afterwards must not end the search."""

    class Broken:
        def predict(self, X):
            raise RuntimeError("no")

    assert out_of_fold(task(get_scorer("accuracy")), JOB, Broken(), np.zeros((4, 1))).values == {}
    assert out_of_fold(task(get_scorer("neg_log_loss")), JOB, Broken(), np.zeros((4, 1))).values == {}
