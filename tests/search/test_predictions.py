"""Out-of-fold predictions that are kept."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris, make_classification
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import make_scorer, roc_auc_score
from sklearn.model_selection import KFold, RepeatedKFold, StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skhpo import (
    BayesSearchCV,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    PopulationSearchCV,
    RandomizedSearchCV,
    Real,
)
from skhpo.inspection import corrected_score

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
        clone(search).set_params(keep="everything").fit(X, Y)


def test_models_with_different_methods():
    """A choice between models with decisions and models with probabilities is what an AUC is searched over."""
    space = [
        {"model": [LogisticRegression(C=0.1), LogisticRegression(C=10.0)]},
        {"model": [DecisionTreeClassifier(max_depth=2, random_state=0)]},
    ]
    pipeline = Pipeline([("model", SVC())])
    search = GridSearchCV(pipeline, space, cv=CV, scoring="roc_auc", keep="predictions").fit(X, Y)
    kept = search.oof_predictions_
    assert search.oof_methods_ == ["decision_function", "predict_proba"]
    is_missing = np.isnan(kept["decision_function"]).any(axis=1)
    assert is_missing.tolist() == [False, False, True]
    assert np.isnan(kept["predict_proba"]).any(axis=(1, 2)).tolist() == [True, True, False]
    found = corrected_score(search, Y, n_bootstraps=20, random_state=0)
    assert found.n_trials == 3
    best = [roc_auc_score(Y, kept["decision_function"][row]) for row in (0, 1)]
    best.append(roc_auc_score(Y, kept["predict_proba"][2, :, 1]))
    assert found.uncorrected == pytest.approx(max(best))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_models_are_kept_with_what_ensembles_need(n_jobs):
    """Accuracy asks for labels, and labels cannot be averaged."""
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(
        LogisticRegression(max_iter=500), {"C": [0.1, 1.0, 1e-9]}, cv=CV, keep=2, n_jobs=n_jobs
    ).fit(X, y)
    assert search.oof_methods_ == ["predict", "predict_proba"]
    assert list(search.fold_models_) == [0, 1]
    for split, (_, test) in enumerate(CV.split(X)):
        model = search.fold_models_[1][split]
        np.testing.assert_allclose(
            search.oof_predictions_["predict_proba"][1, test], model.predict_proba(X[test])
        )


def test_models_of_a_search_over_rungs_are_those_with_the_whole_resource():
    """A model that was trained for an epoch would spoil what the others predict."""
    search = HyperbandSearchCV(MODEL, RANGE, max_resources=4, factor=2, **EPOCHS | {"keep": "models"})
    search.fit(X, Y)
    complete = [trial.number for trial in search.trials_ if trial.status == "complete"]
    assert list(search.fold_models_) == complete
    assert len(complete) < len(search.trials_)
    for number in complete:
        for split, (_, test) in enumerate(StratifiedKFold(3).split(X, Y)):
            model = search.fold_models_[number][split]
            assert model.t_ - 1 == 4 * 60
            np.testing.assert_array_equal(
                search.oof_predictions_["predict"][number, test], model.predict(X[test])
            )


def test_models_of_races_are_those_of_complete_trials():
    """A trial that was stopped has not predicted every sample."""
    grid = {"C": [1.0, 1e-9, 1e-8, 10.0]}
    search = GridSearchCV(
        LogisticRegression(), grid, cv=KFold(5, shuffle=True, random_state=0), racing="margin", keep="models"
    ).fit(X, Y)
    complete = [trial.number for trial in search.trials_ if trial.status == "complete"]
    assert list(search.fold_models_) == complete
    assert len(complete) < 4


def test_another_call_of_fit_goes_on_with_what_was_kept(tmp_path):
    """What was predicted before a warm start is known as well; a file holds no predictions."""
    search = RandomizedSearchCV(
        MODEL,
        {"alpha": Real(1e-6, 1.0, prior="log-uniform")},
        n_iter=3,
        cv=3,
        random_state=0,
        warm_start=True,
        keep="models",
    ).fit(X, Y)
    before = search.oof_predictions_["predict"].copy()
    search.fit(X, Y)
    assert len(search.trials_) == 6
    np.testing.assert_array_equal(search.oof_predictions_["predict"][:3], before)
    assert not np.isnan(search.oof_predictions_["predict"]).any()
    assert list(search.fold_models_) == list(range(6))
    stored = clone(search).set_params(warm_start=False, storage=str(tmp_path / "search.db")).fit(X, Y)
    assert len(stored.fold_models_) == 3
    again = clone(stored).fit(X, Y)
    assert len(again.fold_models_) == 0
    assert again.oof_predictions_.shape == (3, 90) and np.isnan(again.oof_predictions_).all()
    assert again.oof_methods_ == ["predict"]
    assert not hasattr(again.set_params(keep=None, storage=None).fit(X, Y), "fold_models_")


def test_decisions_about_classes_that_a_fold_does_not_know():
    """Decisions for two classes have another shape than those for three."""
    y = Y.copy()
    y[:30] = 2
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=KFold(3), keep="predictions")
    kept = search.set_params(scoring=make_scorer(decided, response_method="decision_function")).fit(X, y)
    assert kept.oof_predictions_.shape == (1, 90, 3)
    assert (kept.oof_predictions_[0, :30, 2] == -np.inf).all()
    assert np.isfinite(kept.oof_predictions_[0, 30:]).all()


def decided(y, decisions):
    """Return a score of decisions in any shape."""
    return float(np.mean(decisions))


def test_how_many_models_are_kept_is_no_truth_value():
    """keep=True would keep the models of a single trial."""
    with pytest.raises(ValueError, match="'keep' parameter of GridSearchCV must be .* Got True instead"):
        GridSearchCV(MODEL, LIST, keep=True).fit(X, Y)


def test_trials_whose_predictions_have_another_shape():
    """A search that has ended must not be lost to what is kept of it."""
    X, y = make_classification(200, 8, n_informative=6, n_classes=4, random_state=0)
    search = GridSearchCV(SVC(), {"decision_function_shape": ["ovr", "ovo"]}, cv=3, keep="models").fit(X, y)
    decisions = search.oof_predictions_["decision_function"]
    assert decisions.shape == (2, 200, 4)
    assert np.isnan(decisions).any(axis=(1, 2)).tolist() == [False, True]
    assert not np.isnan(search.oof_predictions_["predict"]).any()
    space = {"C": [1.0, 2.0], "decision_function_shape": ["ovr", "ovo"]}
    most = GridSearchCV(
        SVC(), [space | {"C": [0.1], "decision_function_shape": ["ovr"]}, space], cv=3, keep=1
    ).fit(X, y)
    is_missing = np.isnan(most.oof_predictions_["decision_function"]).any(axis=(1, 2))
    assert is_missing.tolist() == [False, False, True, False, True]


def test_a_column_is_a_vector():
    """Regressors that return a column would be left out of an ensemble with those that do not."""
    y = X[:, :1] + X[:, 1:2]
    models = [DecisionTreeRegressor(max_depth=3, random_state=0), KNeighborsRegressor()]
    search = GridSearchCV(Pipeline([("m", models[0])]), {"m": models}, cv=CV, keep="models").fit(X, y)
    assert search.oof_predictions_.shape == (2, 90)
    for row, model in enumerate(models):
        expected = cross_val_predict(model, X, y, cv=CV).ravel()
        np.testing.assert_allclose(search.oof_predictions_[row], expected)


def test_splits_that_are_masks():
    """They are what a user's own splitter may give, and labels are put where they belong."""
    parts = [(train, test) for train, test in CV.split(X)]
    masks = [tuple(np.isin(np.arange(90), part) for part in one) for one in parts]
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, keep="predictions")
    one, other = (clone(search).set_params(cv=cv).fit(X, Y).oof_predictions_ for cv in (parts, masks))
    np.testing.assert_array_equal(one, other)


class RaisesLater(LogisticRegression):
    """A model of which so many can be fitted."""

    left = 0

    def fit(self, X, y):
        """Fit, or raise."""
        type(self).left -= 1
        if self.left < 0:
            raise RuntimeError("no more fits")
        return super().fit(X, y)


@pytest.mark.parametrize("keep", [1, 3, "predictions", None])
def test_a_fit_that_fails_leaves_what_was_kept_before(keep, monkeypatch):
    """Whoever fixes the error and looks at the search finds the models of the fit that was done."""
    monkeypatch.setattr(RaisesLater, "left", 16)
    search = BayesSearchCV(
        RaisesLater(), {"C": (1e-3, 1e-1, "log-uniform")}, n_iter=5, cv=3, random_state=0, keep=2
    ).set_params(warm_start=True, error_score="raise")
    search.fit(X, Y)
    before, predictions = list(search.fold_models_), search.oof_predictions_
    monkeypatch.setattr(RaisesLater, "left", 8)
    with pytest.raises(RuntimeError, match="no more fits"):
        search.set_params(keep=keep).fit(X, Y)
    assert len(search.trials_) == 5
    assert list(search.fold_models_) == before and len(before) == 2
    assert all(len(search.fold_models_[number]) == 3 for number in before)
    assert search.oof_predictions_ is predictions
    monkeypatch.setattr(RaisesLater, "left", 16)
    search.set_params(keep=2).fit(X, Y)
    assert len(search.trials_) == 10 and len(search.fold_models_) == 2
    np.testing.assert_array_equal(search.oof_predictions_["predict"][:5], predictions["predict"])


def test_the_number_of_models_may_change_before_another_call_of_fit():
    """Whoever asks for fewer models wants the memory back, and whoever asks for more wants an ensemble."""
    search = RandomizedSearchCV(
        MODEL,
        {"alpha": Real(1e-6, 1.0, prior="log-uniform")},
        n_iter=4,
        cv=3,
        random_state=0,
        warm_start=True,
        keep=4,
    ).fit(X, Y)
    earlier = search.fold_models_
    search.set_params(keep=2).fit(X, Y)
    best = sorted(search.trials_, key=lambda trial: (-trial.score, trial.number))[:2]
    assert list(search.fold_models_) == sorted(trial.number for trial in best)
    kept = set(search.fold_models_)
    search.set_params(keep="models").fit(X, Y)
    assert set(search.fold_models_) == kept | set(range(8, 12))
    assert len(earlier) == 4
