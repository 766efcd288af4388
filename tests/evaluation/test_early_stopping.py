"""Early stopping by data that are not trained on: whose, how many iterations, and what the refit makes of them."""

from inspect import signature

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import BayesSearchCV, GridSearchCV
from skhpo.evaluation import set_iterations

needs_x_val = pytest.mark.skipif(
    "X_val" not in signature(HistGradientBoostingClassifier.fit).parameters,
    reason="scikit-learn's boosting takes no data to stop by before 1.7",
)
GRID = {"learning_rate": [0.1, 0.3]}


@pytest.fixture(scope="module")
def data():
    """Some rows of a table with two classes."""
    X, y = load_breast_cancer(return_X_y=True)
    return X[:300, :8], y[:300]


class Boosting(HistGradientBoostingClassifier):
    """Remembers how it was fitted; any of its kind stops by `X_val`."""

    seen: list = []

    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        """Fit, and take note."""
        Boosting.seen.append((len(X), None if X_val is None else np.array(X_val)))
        self.early_stopping_ = self.early_stopping
        self.validation_score_ = [0.0, 0.5, 0.9, 0.8]
        self._value = y[0]
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        """One class."""
        return np.full(len(X), self._value)


def search(early_stopping, estimator=None, grid=GRID, **parameters):
    """A search over learning rates."""
    Boosting.seen.clear()
    estimator = Boosting(early_stopping=True, max_iter=50) if estimator is None else estimator
    return GridSearchCV(estimator, grid, cv=3, early_stopping=early_stopping, **parameters)


def test_the_fold_is_what_is_looked_at(data):
    """Anything else would be another estimate than the one that is asked for."""
    X, y = data
    found = search("fold").fit(X, y)
    expected = [X[test] for _, test in StratifiedKFold(3).split(X, y)]
    for (n, seen), test in zip(Boosting.seen[:3], expected, strict=True):
        np.testing.assert_array_equal(seen, test)
        assert n == len(X) - len(test)
    assert Boosting.seen[-1] == (len(X), None)
    assert found.best_estimator_.max_iter == 2 and found.best_estimator_.early_stopping is False


def test_a_share_is_taken_from_the_training_part(data):
    """The honest way: what scores a model must not have chosen its length."""
    X, y = data
    search(0.25).fit(X, y)
    for (n, seen), (train, test) in zip(Boosting.seen[:3], StratifiedKFold(3).split(X, y), strict=True):
        assert len(seen) == 50 and n == len(train) - 50
        assert not {row.tobytes() for row in seen} & {row.tobytes() for row in X[test]}


def test_a_share_keeps_groups_together(data):
    """A group on both sides would tell the booster what it is asked."""
    X, y = data
    X = X.copy()
    groups = np.arange(len(X)) // 10
    X[:, 0] = groups
    GridSearchCV(Boosting(early_stopping=True), GRID, cv=GroupKFold(3), early_stopping=0.25).fit(
        X, y, groups=groups
    )
    n, seen = Boosting.seen[-2]
    assert len(seen) % 10 == 0 and n % 10 == 0


def test_the_table_says_how_many_iterations(data):
    """Who wonders at the refit looks here."""
    results = search("fold").fit(*data).cv_results_
    assert results["split0_n_iterations"].tolist() == [2.0, 2.0]
    assert results["median_n_iterations"].tolist() == [2.0, 2.0]


def test_data_go_through_the_steps_of_a_pipeline(data):
    """A booster that is shown raw data stops by noise."""
    X, y = data
    model = make_pipeline(StandardScaler(), Boosting(early_stopping=True, max_iter=50))
    found = search("fold", model, {"boosting__learning_rate": [0.1]}).fit(X, y)
    train, test = next(StratifiedKFold(3).split(X, y))
    np.testing.assert_allclose(Boosting.seen[0][1], StandardScaler().fit(X[train]).transform(X[test]))
    assert found.best_estimator_[-1].max_iter == 2
    assert found.best_estimator_[0].n_samples_seen_ == len(X)


def test_steps_that_are_no_boosters_are_fitted_as_they_are(data):
    """A pipeline may have a choice of models."""
    model = Pipeline([("model", "passthrough")])
    grid = {"model": [GaussianNB(), Boosting(early_stopping=True)]}
    results = search("fold", model, grid, scoring="accuracy").fit(*data).cv_results_
    assert np.isnan(results["median_n_iterations"][0]) and results["median_n_iterations"][1] == 2


@needs_x_val
@pytest.mark.parametrize("early_stopping", ["fold", 0.2])
def test_scikit_learns_boosting(data, early_stopping):
    """For real, in a search with a model of its own."""
    model = HistGradientBoostingClassifier(
        early_stopping=True, max_iter=60, n_iter_no_change=3, random_state=0
    )
    found = BayesSearchCV(
        model, {"learning_rate": (0.05, 0.5)}, n_iter=3, cv=3, early_stopping=early_stopping, random_state=0
    ).fit(*data)
    row = [found.cv_results_[f"split{i}_n_iterations"][found.best_index_] for i in range(3)]
    assert found.best_estimator_.n_iter_ == round(np.median(row)) < 60


@pytest.mark.parametrize(
    ("estimator", "early_stopping", "message"),
    [
        (LogisticRegression(), "fold", "'early_stopping' parameter of GridSearchCV needs a booster"),
        (Boosting(), "fold", "needs early_stopping=True .* to be set in"),
        (Boosting(early_stopping=True), "folds", "'early_stopping' parameter of GridSearchCV must be"),
        (Boosting(early_stopping=True), 1.0, "'early_stopping' parameter of GridSearchCV must be"),
    ],
)
def test_what_cannot_stop_early_is_refused(data, estimator, early_stopping, message):
    """A parameter that is ignored would be believed."""
    with pytest.raises(ValueError, match=message):
        search(early_stopping, estimator).fit(*data)


def test_other_models_keep_their_parameters():
    """A refit without a booster has nothing to set."""
    model = LogisticRegression(max_iter=7)
    set_iterations(model, 3)
    assert model.max_iter == 7


def test_masks_and_rare_classes_can_be_split(data):
    """Both raised scikit-learn's own errors before the first fit."""
    X, y = data
    masks = [(np.arange(len(X)) % 2 == 0, np.arange(len(X)) % 2 == 1)]
    GridSearchCV(Boosting(early_stopping=True), GRID, cv=masks, early_stopping=0.2).fit(X, y)
    assert Boosting.seen[-2][0] == 120
    rare = y.copy()
    rare[0] = 2
    GridSearchCV(Boosting(early_stopping=True), GRID, cv=masks, early_stopping=0.2).fit(X, rare)
