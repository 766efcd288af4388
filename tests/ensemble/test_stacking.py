"""A model of what the trials of a search predict."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression
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
