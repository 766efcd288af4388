"""The scorer of an ensemble is the one that the search was for."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, get_scorer, roc_auc_score

from skhpo import GridSearchCV
from skhpo.ensemble._scoring import scorer_of

X, Y = make_classification(60, random_state=0)


def both(model, X, y):
    """Two scores."""
    return {
        "auc": roc_auc_score(y, model.predict_proba(X)[:, 1]),
        "accuracy": accuracy_score(y, model.predict(X)),
    }


@pytest.mark.parametrize(
    ("scoring", "refit", "own", "expected"),
    [
        (None, True, None, "accuracy"),
        ("roc_auc", True, None, "roc_auc"),
        ("roc_auc", True, "accuracy", "accuracy"),
        (["accuracy", "roc_auc"], "roc_auc", None, "roc_auc"),
        (["accuracy", "roc_auc"], False, "roc_auc", "roc_auc"),
        (both, "auc", None, "roc_auc"),
    ],
)
def test_the_metric_that_counts(scoring, refit, own, expected):
    """An ensemble that improves another metric is not what the search was for."""
    search = GridSearchCV(LogisticRegression(), {"C": [1e-3]}, scoring=scoring, refit=refit, cv=2).fit(X, Y)
    model = LogisticRegression(C=1e-3).fit(X, Y)
    rng = np.random.default_rng(0)
    X_test, y_test = X + rng.normal(scale=2.0, size=X.shape), Y
    found = scorer_of(search, own, "EnsembleSelection")(model, X_test, y_test)
    assert found == pytest.approx(get_scorer(expected)(model, X_test, y_test))
    assert get_scorer("accuracy")(model, X_test, y_test) != get_scorer("roc_auc")(model, X_test, y_test)


def test_one_of_several_metrics_has_to_be_named():
    """The first of several would be a guess."""
    scoring = ["accuracy", "roc_auc"]
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, scoring=scoring, refit=False, cv=2).fit(X, Y)
    with pytest.raises(ValueError, match="The 'scoring' parameter of EnsembleSelection must be given"):
        scorer_of(search, None, "EnsembleSelection")
