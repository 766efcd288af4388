"""Ensemble selection from the trials of a search."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from skhpo import EnsembleSelection, RandomizedSearchCV

X, Y = load_breast_cancer(return_X_y=True)
SPACE = {"max_depth": [2, 3, 5], "min_samples_leaf": range(1, 30), "max_features": [0.2, 0.5, 1.0]}
SEARCH = RandomizedSearchCV(
    DecisionTreeClassifier(random_state=0),
    SPACE,
    n_iter=12,
    cv=3,
    scoring="roc_auc",
    random_state=0,
    keep="models",
)


@pytest.fixture(scope="module")
def search():
    """A fitted search."""
    return clone(SEARCH).fit(X, Y)


def test_weights_are_those_of_the_predictions(search):
    """The score that is reported must be that of the ensemble which predicts."""
    ensemble = EnsembleSelection.from_search(search, X, Y, random_state=0)
    assert ensemble.weights_.sum() == pytest.approx(1.0)
    assert (np.diff(ensemble.weights_) <= 0).all() and ensemble.weights_[-1] > 0
    kept = search.oof_predictions_[ensemble.trial_numbers_, :, 1]
    assert ensemble.oof_score_ == pytest.approx(roc_auc_score(Y, ensemble.weights_ @ kept))
    assert ensemble.oof_score_ > ensemble.single_oof_score_
    single = search.oof_predictions_[..., 1]
    assert ensemble.single_oof_score_ == pytest.approx(max(roc_auc_score(Y, one) for one in single))
    expected = sum(
        weight * np.mean([model.predict_proba(X) for model in models], axis=0)
        for weight, models in zip(ensemble.weights_, ensemble.estimators_, strict=True)
    )
    np.testing.assert_allclose(ensemble.predict_proba(X), expected)


def test_parameters_do_what_they_say(search):
    """Fewer rounds, no bags and fewer trials make smaller ensembles."""

    def made(**parameters):
        return EnsembleSelection.from_search(search, X, Y, random_state=0, **parameters)

    assert len(made(n_rounds=1, n_bags=0).weights_) == 1
    assert len(made(n_best=2).weights_) <= 2
    assert len(made(n_bags=0).weights_) < len(made().weights_)
    assert made(bag_fraction=1.0).trial_numbers_ == made(n_bags=0).trial_numbers_
    np.testing.assert_array_equal(made().weights_, made().weights_)


def test_another_metric_than_that_of_the_search(search):
    """A competition may be about something else."""
    ensemble = EnsembleSelection.from_search(search, X, Y, scoring="neg_log_loss", n_bags=0)
    assert ensemble.oof_score_ < 0


@pytest.mark.parametrize(
    "parameters", [{"n_rounds": 0}, {"n_initial": 0}, {"n_bags": -1}, {"bag_fraction": 0.0}], ids=str
)
def test_mistakes_are_said(parameters):
    """In scikit-learn's words, before the search begins."""
    (name,) = parameters
    with pytest.raises(ValueError, match=f"The '{name}' parameter of EnsembleSelection must be"):
        EnsembleSelection(SEARCH, **parameters).fit(X, Y)
