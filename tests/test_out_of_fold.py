"""Estimators that say what was kept are scored as the models would be."""

import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

from skhpo import EnsembleSelection, EnsembleStacking, GridSearchCV
from skhpo._out_of_fold import predictions_by_method, replay
from skhpo.inspection import corrected_score

X, Y = make_classification(60, flip_y=0.2, random_state=0)
NAMES = np.array(["no", "yes"])


@pytest.mark.parametrize(
    "model", [LogisticRegression(), GaussianNB(), SVC()], ids=lambda one: type(one).__name__
)
@pytest.mark.parametrize("scoring", ["accuracy", "roc_auc", "neg_log_loss", "f1_macro"])
def test_same_score_as_the_model(model, scoring):
    """A scorer asks for the method that it prefers, and goes by its name."""
    model.fit(X, NAMES[Y])
    methods = [name for name in ("predict_proba", "decision_function") if hasattr(model, name)]
    if scoring == "neg_log_loss" and "predict_proba" not in methods:
        methods.append("predict")
        with pytest.raises(AttributeError):
            get_scorer(scoring)(replay("classifier", {"predict": model.predict(X)}, NAMES), X, NAMES[Y])
        return
    told = {name: getattr(model, name)(X) for name in methods}
    if "predict_proba" not in told:
        told["predict"] = model.predict(X)
    found = replay("classifier", told, NAMES)
    assert get_scorer(scoring)(found, X, NAMES[Y]) == pytest.approx(get_scorer(scoring)(model, X, NAMES[Y]))


def test_kinds():
    """Scorers ask what an estimator is."""
    assert is_classifier(replay("classifier", {})) and is_regressor(replay("regressor", {}))
    other = replay(None, {"predict": np.ones(2)})
    assert not is_classifier(other) and not is_regressor(other)
    assert not hasattr(other, "predict_proba")


def test_predictions_by_method():
    """One method or several, whoever asks needs their names."""
    search = GridSearchCV(SVC(), {"C": [1.0]}, scoring="roc_auc", keep="predictions", cv=2)
    assert predictions_by_method(search) is None
    assert list(predictions_by_method(search.fit(X, Y))) == ["decision_function"]
    search.set_params(keep="models").fit(X, Y)
    assert predictions_by_method(search).keys() == {"decision_function"}
    search.set_params(scoring="accuracy").fit(X, Y)
    assert predictions_by_method(search).keys() == {"decision_function", "predict"}


@pytest.mark.parametrize(
    "use",
    [
        lambda search: corrected_score(search, Y),
        lambda search: EnsembleSelection.from_search(search, X, Y),
        lambda search: EnsembleStacking.from_search(search, X, Y, refit=True),
    ],
    ids=["corrected", "selection", "stacking"],
)
def test_a_search_of_an_earlier_version(use):
    """Whoever has unpickled a search without splits is told what to do."""
    search = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}, keep="models", cv=2).fit(X, Y)
    use(search)
    del search.oof_splits_, search._oof_data
    with pytest.raises(ValueError, match="fitted by an earlier version of skhpo.*fit it again"):
        use(search)
