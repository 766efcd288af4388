"""A model of what the trials of a search predict."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
    cross_val_predict,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skhpo import EnsembleStacking, GridSearchCV

X, Y = load_iris(return_X_y=True)
GRID = {"max_depth": [1, 2, 3]}
SEARCH = GridSearchCV(
    DecisionTreeClassifier(random_state=0), GRID, cv=3, scoring="neg_log_loss", keep="models"
)


def test_the_final_estimator_is_trained_on_what_was_not_trained_on():
    """Predictions of training data would make the members look perfect."""
    X, y = load_diabetes(return_X_y=True)
    search = GridSearchCV(DecisionTreeRegressor(random_state=0), {"max_depth": [2, 30]}, cv=3, keep="models")
    ensemble = EnsembleStacking.from_search(search.fit(X, y), X, y, final_estimator=LinearRegression())
    kept = search.oof_predictions_[ensemble.trial_numbers_].T
    expected = LinearRegression().fit(kept, y)
    np.testing.assert_allclose(ensemble.final_estimator_.coef_, expected.coef_)
    means = [np.mean([model.predict(X) for model in models], axis=0) for models in ensemble.estimators_]
    np.testing.assert_allclose(ensemble.predict(X), expected.predict(np.transpose(means)))


def test_features_of_classes():
    """Certain predictions must not become infinite."""
    ensemble = EnsembleStacking.from_search(clone(SEARCH).fit(X, Y), X, Y, n_best=2)
    assert ensemble.final_estimator_.n_features_in_ == 2 * 3
    assert ensemble.predict_proba(X).shape == (150, 3)
    assert ensemble.score(X, Y) > 0.9
    two = Y > 0
    ensemble = EnsembleStacking(SEARCH, n_best=2).fit(X[two], Y[two])
    assert ensemble.final_estimator_.n_features_in_ == 2
    assert ensemble.classes_.tolist() == [1, 2]


def test_a_final_estimator_of_the_users():
    """It is copied, and trained on all predictions."""
    final = DummyClassifier()
    ensemble = EnsembleStacking(SEARCH, final).fit(X, Y)
    assert not hasattr(final, "classes_")
    np.testing.assert_allclose(ensemble.predict_proba(X), 1 / 3)


def test_mistakes_are_said():
    """Before the search begins."""
    with pytest.raises(ValueError, match="The 'final_estimator' parameter of EnsembleStacking must be"):
        EnsembleStacking(SEARCH, "logistic").fit(X, Y)
    for final, message in [
        (Ridge(), "must be a classifier"),
        (KNeighborsClassifier(), "support sample_weight"),
    ]:
        with pytest.raises(
            ValueError, match=f"The 'final_estimator' parameter of EnsembleStacking .*{message}"
        ):
            EnsembleStacking(SEARCH, final).fit(X, Y, sample_weight=np.ones(150))


def test_the_score_heeds_groups():
    """A final estimator that has seen a sample's group knows its class, and seemed almost perfect on noise."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 8)
    y, X_noise = rng.integers(2, size=40)[groups], rng.normal(size=(40, 6))[groups]
    X_noise += 0.01 * rng.normal(size=X_noise.shape)
    search = GridSearchCV(LogisticRegression(), {"C": [0.01, 0.1, 1.0]}, cv=GroupKFold(5))
    final = RandomForestClassifier(10, random_state=0)
    ensemble = EnsembleStacking(search, final).fit(X_noise, y, groups=groups)
    assert ensemble.oof_score_ < 0.7


@pytest.mark.parametrize(
    "cv", [KFold(5, shuffle=True, random_state=0), RepeatedKFold(n_repeats=2, random_state=0)]
)
def test_the_score_is_on_the_splits_of_the_search(cv):
    """Blocks of sorted data would each be a task of its own; repeated splits count on average."""
    X, y = load_diabetes(return_X_y=True)
    order = np.argsort(y)
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=cv, keep="models").fit(X[order], y[order])
    ensemble = EnsembleStacking.from_search(search, X[order], y[order], final_estimator=LinearRegression())
    kept, found = search.oof_predictions_[ensemble.trial_numbers_].T, np.zeros(len(y))
    splits = list(cv.split(X))
    for train, test in splits:
        found[test] += LinearRegression().fit(kept[train], y[order][train]).predict(kept[test])
    assert ensemble.oof_score_ == pytest.approx(r2_score(y[order], found / (len(splits) // 5)))
    blocks = cross_val_predict(LinearRegression(), kept, y[order], cv=5)
    assert ensemble.oof_score_ > r2_score(y[order], blocks) + 0.1


def test_the_score_of_time_series_is_of_the_future():
    """A final estimator that was trained on later samples than it predicts is too good."""
    X, y = load_diabetes(return_X_y=True)
    cv = TimeSeriesSplit(4)
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=cv, keep="predictions").fit(X, y)
    ensemble = EnsembleStacking.from_search(search, X, y, final_estimator=LinearRegression(), refit=True)
    kept = search.oof_predictions_[ensemble.trial_numbers_].T
    first, *later = [test for _, test in cv.split(X)]
    known, found = first, []
    for test in later:
        found.append(LinearRegression().fit(kept[known], y[known]).predict(kept[test]))
        known = np.concatenate([known, test])
    rows = np.concatenate(later)
    assert ensemble.oof_score_ == pytest.approx(r2_score(y[rows], np.concatenate(found)))
    assert ensemble.single_oof_score_ == pytest.approx(max(r2_score(y[rows], one[rows]) for one in kept.T))


def test_a_single_split_has_no_score():
    """What was tested once only cannot be split by the search's splits: no number is better than a wrong one."""
    search = clone(SEARCH).set_params(cv=ShuffleSplit(1, test_size=0.5, random_state=0)).fit(X, Y)
    ensemble = EnsembleStacking.from_search(search, X, Y)
    assert np.isnan(ensemble.oof_score_) and np.isfinite(ensemble.single_oof_score_)
    assert ensemble.score(X, Y) > 0.9


@pytest.mark.parametrize("final", [None, make_pipeline(StandardScaler(), LogisticRegression())])
def test_weights_of_samples_reach_the_final_estimator(final):
    """Samples of no weight would otherwise decide what the ensemble predicts."""
    weight = np.where(Y == 2, 0.0, 1.0)
    # Without the weights the last class would be found by what the first two are not.
    ensemble = EnsembleStacking(SEARCH, final).fit(X, Y, sample_weight=weight)
    assert ensemble.predict_proba(X)[:, 2].max() < 0.3
    assert (ensemble.predict(X) != 2).all()


@pytest.mark.parametrize("final", [SVC(), SVC(decision_function_shape="ovo"), Perceptron()])
def test_final_estimators_without_probabilities(final):
    """scikit-learn's stacking takes them too, and nobody wants to hear of it after a long search."""
    ensemble = EnsembleStacking(SEARCH, final).fit(X, Y)
    features = ensemble._features(
        np.stack(
            [np.mean([model.predict_proba(X) for model in models], axis=0) for models in ensemble.estimators_]
        )
    )
    np.testing.assert_array_equal(ensemble.predict(X), ensemble.final_estimator_.predict(features))
    np.testing.assert_allclose(ensemble.predict_proba(X).sum(axis=1), 1.0)
