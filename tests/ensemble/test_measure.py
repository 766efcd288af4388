"""Scores of averages are those of the scorer."""

from itertools import product

import numpy as np
import pytest
from sklearn.metrics import check_scoring, f1_score, get_scorer, make_scorer, roc_auc_score
from sklearn.svm import SVC, SVR

from skhpo._out_of_fold import replay
from skhpo.ensemble import _measure
from skhpo.ensemble._measure import make_measure

RNG = np.random.default_rng(0)
N = 60


def shares(n_classes, k=7):
    """Predictions of k classifiers, with ties."""
    found = RNG.integers(1, 9, size=(k, N, n_classes)).astype(float)
    return found / found.sum(axis=2, keepdims=True)


def of_shares(one, classes):
    """A classifier with these probabilities."""
    return replay("classifier", {"predict_proba": one / one.sum(axis=1, keepdims=True)}, classes)


OF_ANY = [
    *("accuracy", "neg_log_loss", "roc_auc_ovr", "balanced_accuracy", "f1_macro"),
    make_scorer(f1_score, average="macro"),
]
OF_TWO = ["roc_auc", make_scorer(roc_auc_score)]  # of probabilities, and of labels


@pytest.mark.parametrize(
    ("scoring", "n_classes"),
    [*product(OF_ANY, [2, 3]), *product(OF_TWO, [2])],
    ids=str,
)
def test_classification(scoring, n_classes):
    """What is computed for all candidates at once must be what the user has asked for."""
    names = ["a", "b", "c"] if isinstance(scoring, str) else [0, 1, 2]
    classes = np.array(names[:n_classes])
    y, predictions = classes[RNG.integers(n_classes, size=N)], shares(n_classes)
    scorer = scoring if callable(scoring) else get_scorer(scoring)
    measure = make_measure(scorer, np.zeros((N, 1)), y, classes, {})
    expected = [scorer(of_shares(one, classes), np.zeros((N, 1)), y) for one in predictions]
    np.testing.assert_allclose(measure.score(measure.reduce(predictions)), expected)
    # Averages of what is left of predictions are what is left of averages.
    average = measure.reduce(predictions).mean(axis=0)
    expected = scorer(of_shares(predictions.mean(axis=0), classes), np.zeros((N, 1)), y)
    assert measure.score(average[None])[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    "scoring",
    [
        *("r2", "neg_mean_squared_error", "neg_root_mean_squared_error", "neg_mean_absolute_error"),
        *("neg_median_absolute_error", "neg_max_error"),
    ],
)
def test_regression(scoring):
    """The same for values."""
    y, predictions = RNG.normal(size=N), RNG.normal(size=(5, N))
    scorer = get_scorer(scoring)
    measure = make_measure(scorer, np.zeros((N, 1)), y, None, {})
    expected = [scorer(replay("regressor", {"predict": one}), np.zeros((N, 1)), y) for one in predictions]
    np.testing.assert_allclose(measure.score(measure.reduce(predictions)), expected)


def test_the_estimators_own_score():
    """Without `scoring` a search improves the estimator's own score."""
    y, predictions = RNG.integers(2, size=N), shares(2, k=1)
    measure = make_measure(check_scoring(SVC()), np.zeros((N, 1)), y, np.array([0, 1]), {})
    expected = np.mean(predictions[0].argmax(axis=1) == y)
    assert measure.score(measure.reduce(predictions))[0] == pytest.approx(expected)
    values = RNG.normal(size=N)
    measure = make_measure(check_scoring(SVR()), np.zeros((N, 1)), values, None, {})
    assert measure.score(values[None])[0] == 1.0


@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss", "roc_auc"])
def test_weights_of_samples_are_heeded(scoring):
    """A metric with weights would otherwise be improved without them."""
    y, predictions, weight = RNG.integers(2, size=N), shares(2, k=2), RNG.uniform(size=N)
    scorer, classes = get_scorer(scoring), np.array([0, 1])
    measure = make_measure(scorer, np.zeros((N, 1)), y, classes, {"sample_weight": weight})
    plain = make_measure(scorer, np.zeros((N, 1)), y, classes, {})
    expected = [
        scorer(of_shares(one, classes), np.zeros((N, 1)), y, sample_weight=weight) for one in predictions
    ]
    found = measure.score(measure.reduce(predictions))
    np.testing.assert_allclose(found, expected)
    assert not np.allclose(found, plain.score(plain.reduce(predictions)))


def test_scorers_that_look_at_the_samples():
    """A callable of the user's may weigh samples by what they are."""
    X = np.arange(N)[:, None]

    def early(estimator, X, y):
        return float(np.mean((estimator.predict(X) == y)[X[:, 0] < 10]))

    y, predictions = RNG.integers(2, size=N), shares(2, k=3)
    measure = make_measure(early, X, y, np.array([0, 1]), {})
    expected = (predictions.argmax(axis=2) == y)[:, :10].mean(axis=1)
    np.testing.assert_allclose(measure.score(predictions), expected)


def test_large_libraries_are_scored_in_parts(monkeypatch):
    """All averages at once would not fit into the memory."""
    y, predictions = RNG.normal(size=N), RNG.normal(size=(9, N))
    measure = make_measure(get_scorer("r2"), None, y, None, {})
    whole = measure.of_each(predictions[0], predictions, 2)
    monkeypatch.setattr(_measure, "_MOST_NUMBERS", 2 * N)
    np.testing.assert_array_equal(measure.of_each(predictions[0], predictions, 2), whole)
    assert whole.shape == (9,)
