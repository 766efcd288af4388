"""The scorer of an ensemble is the one that the search was for."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.dummy import DummyRegressor
from sklearn.feature_selection import RFE
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    PoissonRegressor,
    Ridge,
    TweedieRegressor,
)
from sklearn.metrics import accuracy_score, get_scorer, roc_auc_score
from sklearn.model_selection import GridSearchCV as ScikitLearnGridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import EnsembleSelection, EnsembleStacking, GridSearchCV
from skhpo.ensemble._scoring import check_own_score, scorer_of

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


class Absolute(Ridge):
    """With a score of its own."""

    def score(self, X, y, sample_weight=None):
        return -float(np.mean(np.abs(self.predict(X) - y)))


class Broken(Ridge):
    """Cannot be trained."""

    def fit(self, X, y, sample_weight=None):
        raise RuntimeError("trained before the check")


@pytest.mark.parametrize(
    "estimator",
    [
        PoissonRegressor(),
        TweedieRegressor(),
        Absolute(),
        make_pipeline(StandardScaler(), PoissonRegressor()),
        RFE(Absolute()),
        LogisticRegressionCV(scoring="roc_auc"),
        ScikitLearnGridSearchCV(Absolute(), {"alpha": [1.0]}),
        ScikitLearnGridSearchCV(Ridge(), {"alpha": [1.0]}, scoring="max_error"),
    ],
    ids=lambda estimator: repr(estimator)[:40],
)
def test_scores_of_an_estimators_own(estimator):
    """An ensemble would otherwise improve R2 or the accuracy in place of what the search has measured."""
    with pytest.raises(ValueError, match="cannot be told from predictions: give the search a 'scoring'"):
        check_own_score(estimator)


@pytest.mark.parametrize(
    "estimator",
    [
        Ridge(),
        KNeighborsClassifier(),
        DummyRegressor(),
        make_pipeline(StandardScaler(), Ridge()),
        RFE(Ridge()),
        ScikitLearnGridSearchCV(Ridge(), {"alpha": [1.0]}),
    ],
    ids=lambda estimator: repr(estimator)[:40],
)
def test_usual_scores(estimator):
    """Estimators that hand the usual score on, or define it again, are no reason for an error."""
    check_own_score(estimator)


@pytest.mark.parametrize("kind", [EnsembleSelection, EnsembleStacking])
@pytest.mark.parametrize(
    ("parameters", "scoring", "message"),
    [
        ({}, "rocauc", "The 'scoring' parameter of Ensemble.* must be a str among .* Got 'rocauc' instead"),
        ({"scoring": ["r2", "max_error"], "refit": False}, None, "'scoring' parameter of .* must be given"),
        ({"estimator": type("Own", (Broken,), {"score": Absolute.score})()}, None, "cannot be told"),
    ],
)
def test_mistakes_are_said_before_the_search(kind, parameters, scoring, message):
    """A search may take hours, and then it is too late to hear of a typing error."""
    search = GridSearchCV(Broken(), {"alpha": [1.0]}, cv=2, error_score="raise").set_params(**parameters)
    with pytest.raises(ValueError, match=message):
        kind(search, scoring=scoring).fit(X, Y)


def test_scores_of_models_that_are_chosen():
    """A search over models is scored by the last step of the pipeline, whatever stands there at first."""
    pipeline = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
    search = GridSearchCV(pipeline, {"model": [Ridge(), Absolute()]}, cv=2, keep="models").fit(X, Y)
    with pytest.raises(ValueError, match="own score of Absolute"):
        EnsembleSelection.from_search(search, X, Y)
    EnsembleSelection.from_search(search, X, Y, scoring="r2")
