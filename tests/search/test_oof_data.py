"""A search knows which data its out-of-fold predictions are of."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer

from skhpo import GridSearchCV
from skhpo.search._oof_data import OofData

X, Y = make_classification(60, random_state=0)
WEIGHTS = np.linspace(0.5, 1.5, 60)
SEARCH = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2, keep="predictions")


def test_what_differs_is_named():
    """The user is told what to look at."""
    data = clone(SEARCH).fit(X, Y, sample_weight=WEIGHTS)._oof_data
    given = {"sample_weight": WEIGHTS}
    score = given if ("score", "sample_weight") in data.params else {}
    assert data.difference(X, Y, given, score) is None
    assert data.difference(pd.DataFrame(X), Y.tolist(), {"sample_weight": pd.Series(WEIGHTS)}, score) is None
    assert data.difference(X[::-1], Y, given, score) == "X"
    assert data.difference(X, 1 - Y, given, score) == "y"
    for wrong in ({"sample_weight": WEIGHTS[::-1]}, {"sample_weight": None}, {}, {**given, "other": [1, 2]}):
        assert data.difference(X, Y, wrong, score) == ("other" if "other" in wrong else "sample_weight")


def test_weights_that_come():
    """Members would be trained by weights that the search has not had, given as None or not at all."""
    for params in ({}, {"sample_weight": None}):
        data = clone(SEARCH).fit(X, Y, **params)._oof_data
        assert data.difference(X, Y, {"sample_weight": None}, {}) is None
        assert data.difference(X, Y, {"sample_weight": WEIGHTS}, {}) == "sample_weight"


def test_what_has_no_digest_is_not_compared():
    """Objects and settings that are given to the fit are the user's own business."""
    data = clone(SEARCH).fit(X, Y)._oof_data
    dates = pd.date_range("2020", periods=60)
    assert data.difference(dates, dates, {}, {}) is None
    assert OofData(None, None, {}, {}).difference(X, Y, {}, {}) is None
    assert data.difference(X, Y, {"callback": object(), "verbose": 1, "sample_weight": None}, {}) is None


@pytest.mark.parametrize("weighted", ["accuracy", "neg_log_loss"])
def test_weights_of_each_metric(weighted):
    """Of two metrics, one may heed the weights and the other not."""
    names = ["accuracy", "neg_log_loss"]
    with sklearn.config_context(enable_metadata_routing=True):
        scoring = {
            name: get_scorer(name).set_score_request(
                sample_weight="importance" if name == weighted else False
            )
            for name in names
        }
        search = clone(SEARCH).set_params(scoring=scoring, refit="accuracy").fit(X, Y, importance=WEIGHTS)
    for name in names:
        expected = WEIGHTS if name == weighted else None
        assert search._oof_data.has_weights(name, expected)
        for other in (None, WEIGHTS, WEIGHTS[::-1]):
            assert search._oof_data.has_weights(name, other) == (other is expected)
