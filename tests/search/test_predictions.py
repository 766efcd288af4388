"""Out-of-fold predictions that are kept."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris, make_classification
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import KFold, RepeatedKFold, cross_val_predict
from sklearn.svm import SVC

from skhpo import (
    BayesSearchCV,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    PopulationSearchCV,
    RandomizedSearchCV,
)

X, Y = make_classification(90, flip_y=0.2, random_state=0)
MODEL = SGDClassifier(random_state=0, max_iter=5, tol=None)
LIST = {"alpha": [1e-5, 1e-3, 1e-1]}
RANGE = {"alpha": (1e-6, 1.0, "log-uniform")}
EPOCHS = {"resource": "epochs", "cv": 3, "random_state": 0, "keep": "predictions"}
CV = KFold(3, shuffle=True, random_state=0)


@pytest.mark.parametrize(
    "search",
    [
        GridSearchCV(MODEL, LIST, cv=3, keep="predictions"),
        RandomizedSearchCV(MODEL, LIST, n_iter=2, cv=3, random_state=0, keep="predictions"),
        BayesSearchCV(MODEL, RANGE, n_iter=4, cv=3, random_state=0, keep="predictions"),
        BayesSearchCV(MODEL, RANGE, n_iter=5, cv=5, racing="margin", random_state=0, keep="predictions"),
        HalvingGridSearchCV(MODEL, LIST, cv=3, min_resources=30, random_state=0, keep="predictions"),
        HalvingRandomSearchCV(MODEL, LIST, n_candidates=3, cv=3, random_state=0, keep="predictions"),
        HyperbandSearchCV(MODEL, RANGE, max_resources=4, factor=2, **EPOCHS),
        PopulationSearchCV(MODEL, RANGE, population_size=3, n_generations=2, **EPOCHS),
    ],
    ids=lambda search: type(search).__name__,
)
def test_every_search_keeps_them(search):
    """The scores of the kept predictions are the scores of the trials."""
    search = clone(search).fit(X, Y)
    kept = search.oof_predictions_
    assert kept.shape == (len(search.trials_), len(X))
    complete = [trial for trial in search.trials_ if trial.status == "complete"]
    assert complete
    for trial in search.trials_:
        if trial not in complete:
            assert np.isnan(kept[trial.number]).all()
    sizes = [30] * 3 if search.n_splits_ == 3 else [18] * 5
    for trial in complete:
        scores = [m.value_of(None) for m in trial.measured_at(trial.resource)]
        assert np.mean(kept[trial.number] == Y) == pytest.approx(np.average(scores, weights=sizes))


def test_same_as_cross_val_predict():
    """Whoever stacks models relies on every row being predicted by the model that has not seen it."""
    X, y = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=500)
    search = GridSearchCV(model, {"C": [0.1, 10.0]}, cv=CV, scoring="neg_log_loss", keep="predictions").fit(
        X, y
    )
    for row, params in enumerate(search.cv_results_["params"]):
        expected = cross_val_predict(clone(model).set_params(**params), X, y, cv=CV, method="predict_proba")
        np.testing.assert_allclose(search.oof_predictions_[row], expected)


def test_what_the_scorers_need_is_kept():
    """Labels for the accuracy, decisions for the AUC: a dict if it takes both."""
    search = GridSearchCV(SVC(), {"C": [1, 2]}, cv=CV, keep="predictions")
    assert clone(search).set_params(scoring="roc_auc").fit(X, Y).oof_predictions_.shape == (2, 90)
    both = (
        clone(search).set_params(scoring=["accuracy", "roc_auc"], refit="roc_auc").fit(X, Y).oof_predictions_
    )
    assert {name: array.shape for name, array in both.items()} == {
        "predict": (2, 90),
        "decision_function": (2, 90),
    }
    own = clone(search).set_params(scoring=lambda model, X, y: model.score(X, y)).fit(X, Y)
    assert set(own.oof_predictions_[0]) - {0.0, 1.0}  # decisions, as there are no probabilities


def test_repeated_missing_and_unknown():
    """Repeats are averaged, untested samples are NaN, and text stays text."""
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, scoring="neg_log_loss", keep="predictions")
    repeated = clone(search).set_params(cv=RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)).fit(X, Y)
    singles = [
        clone(search).set_params(
            cv=list(RepeatedKFold(n_splits=3, n_repeats=2, random_state=0).split(X))[part]
        )
        for part in (slice(0, 3), slice(3, 6))
    ]
    expected = np.mean([one.fit(X, Y).oof_predictions_ for one in singles], axis=0)
    np.testing.assert_allclose(repeated.oof_predictions_, expected)
    part = clone(search).set_params(cv=[(np.arange(60), np.arange(60, 90))]).fit(X, Y).oof_predictions_
    assert np.isnan(part[0, :60]).all()
    assert not np.isnan(part[0, 60:]).any()
    texts = np.array(["no", "yes"])[Y]
    found = clone(search).set_params(scoring="accuracy").fit(X, texts).oof_predictions_
    assert set(found[0]) == {"no", "yes"}


def test_classes_that_a_fold_does_not_know():
    """Columns must stand for the same classes in all folds."""
    y = Y.copy()
    y[:30] = 2
    search = GridSearchCV(
        LogisticRegression(),
        {"C": [1.0]},
        cv=KFold(3),
        scoring=lambda model, X, y: model.score(X, y),
        keep="predictions",
    ).fit(X, y)
    kept = search.oof_predictions_
    assert kept.shape == (1, 90, 3)
    np.testing.assert_allclose(kept.sum(axis=2), 1.0)
    np.testing.assert_array_equal(kept[0, :30, 2], 0.0)
    assert (kept[0, 30:, 2] > 0).all()


def test_failed_trials_have_none_and_nothing_is_kept_unasked():
    """Memory is only taken when it was asked for."""
    search = GridSearchCV(SVC(), {"C": [1.0, -1.0]}, cv=CV, keep="predictions")
    with pytest.warns((FitFailedWarning, UserWarning)):
        kept = clone(search).fit(X, Y).oof_predictions_
    assert np.isnan(kept[1]).all()
    assert not np.isnan(kept[0]).any()
    assert not hasattr(GridSearchCV(SVC(), {"C": [1.0]}).fit(X, Y), "oof_predictions_")
    with pytest.raises(ValueError, match="The 'keep' parameter of GridSearchCV must be"):
        clone(search).set_params(keep="models").fit(X, Y)
