"""Predictions of all kinds of classifiers as shares of classes."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

from skhpo.ensemble._probabilities import METHODS, as_probabilities, predict

X, Y = load_iris(return_X_y=True)


@pytest.mark.parametrize("model", [GaussianNB(), SVC(), RidgeClassifier(), Perceptron()], ids=str)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_predicted_class_stays(model, n_classes):
    """A single member must predict what it predicts alone."""
    used = np.isin(Y, range(n_classes))
    classes = np.array(["a", "b", "c"])[:n_classes]
    X_used, y = X[used], classes[Y[used]]
    model.fit(X_used, y)
    for method in METHODS:
        if hasattr(model, method):
            found = predict(model, X_used, method, classes)
            assert found.shape == (len(y), n_classes)
            np.testing.assert_allclose(found.sum(axis=1), 1.0)
            if method != "predict_proba":
                np.testing.assert_array_equal(classes[found.argmax(axis=1)], model.predict(X_used))


def test_columns_of_classes_that_a_model_does_not_know():
    """A fold without a class would otherwise shift the columns."""
    model = LogisticRegression(max_iter=1000).fit(X[Y != 1], Y[Y != 1])
    classes = np.unique(Y)
    for method in METHODS:
        found = predict(model, X, method, classes)
        assert found.shape == (150, 3)
        np.testing.assert_array_equal(found[:, 1], 0.0)
        np.testing.assert_allclose(found.sum(axis=1), 1.0)
        assert (found[:50].argmax(axis=1) == 0).all()


def test_values_of_regressors_stay():
    """There are no classes."""
    model = LinearRegression().fit(X, Y)
    np.testing.assert_array_equal(predict(model, X, "predict", None), model.predict(X))


def test_what_is_not_known_stays_unknown():
    """A sample without a prediction is no vote for anything."""
    labels = np.array(["a", None, "b"], dtype=object)
    found = as_probabilities(labels, "predict", np.array(["a", "b"]))
    assert np.isnan(found).any(axis=1).tolist() == [False, True, False]
    decisions = as_probabilities(np.array([0.0, np.nan]), "decision_function", np.array([0, 1]))
    assert np.isnan(decisions).any(axis=1).tolist() == [False, True]


def test_decisions_between_pairs_of_classes_are_no_shares():
    """With four classes there are six of them."""
    assert as_probabilities(np.zeros((5, 6)), "decision_function", np.arange(4)) is None


def test_a_column_of_a_regressor_is_its_values():
    """Members would otherwise be averaged over samples and outputs at once."""

    class Column(LinearRegression):
        def predict(self, X):
            return super().predict(X).reshape(len(X), -1)

    model = Column().fit(X, Y)
    np.testing.assert_array_equal(predict(model, X, "predict", None), model.predict(X)[:, 0])
    two = Column().fit(X, np.column_stack([Y, Y]))
    assert predict(two, X, "predict", None).shape == (150, 2)
