"""Scores of kept predictions against scikit-learn's own."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer, make_scorer, mean_pinball_loss, r2_score

from skhpo.inspection._replay import make_measure

RNG = np.random.default_rng(0)
N = 40
LABELS = RNG.integers(2, size=N)
NUMBERS = RNG.standard_normal(N)
COUNTS = RNG.multinomial(N, np.full(N, 1 / N), size=5)


class Fixed(BaseEstimator):
    """Stands in for a fitted model: its predictions for rows by their numbers."""

    def __init__(self, method, array, kind):
        self.classes_ = np.array([0, 1])
        self.kind = kind
        setattr(self, method, lambda X: array[X[:, 0]])
        getattr(self, method).__name__ = method

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.estimator_type = self.kind
        return tags


def probabilities(n_trials):
    """Probabilities of two classes, with ties."""
    second = np.round(RNG.random((n_trials, N)), 1)
    return np.stack([1 - second, second], axis=-1)


@pytest.mark.parametrize(
    ("name", "method", "kind"),
    [
        ("accuracy", "predict", "classifier"),
        ("f1", "predict", "classifier"),
        ("roc_auc", "decision_function", "classifier"),
        ("roc_auc", "predict_proba", "classifier"),
        ("average_precision", "predict_proba", "classifier"),
        ("neg_log_loss", "predict_proba", "classifier"),
        ("neg_mean_squared_error", "predict", "regressor"),
        ("neg_mean_absolute_error", "predict", "regressor"),
        ("neg_median_absolute_error", "predict", "regressor"),
    ],
)
def test_same_scores_as_the_scorer(name, method, kind):
    """The quick ways to compute a score must not change it."""
    if method == "predict_proba":
        arrays = probabilities(3)
    elif kind == "classifier" and method == "predict":
        arrays = RNG.integers(2, size=(3, N))
    else:
        arrays = np.round(RNG.standard_normal((3, N)), 1)
    y = LABELS if kind == "classifier" else NUMBERS
    found = make_measure(get_scorer(name), {method: arrays}, y, kind)(COUNTS)
    for trial, array in enumerate(arrays):
        for column, count in enumerate(COUNTS):
            rows = np.repeat(np.arange(N), count)
            expected = get_scorer(name)(Fixed(method, array, kind), rows[:, None], y[rows])
            assert found[trial, column] == pytest.approx(expected), (trial, column)


def test_r2_of_a_part():
    """Parts are compared with the variance of the whole: that of a small part is off by chance, always to one side."""
    arrays = RNG.standard_normal((2, N))
    measure = make_measure(get_scorer("r2"), {"predict": arrays}, NUMBERS, "regressor")
    whole = measure(np.ones((1, N), dtype=int))
    np.testing.assert_allclose(whole[:, 0], [r2_score(NUMBERS, array) for array in arrays])
    halves = measure(np.arange(N) % 2 == np.array([[0], [1]]))
    np.testing.assert_allclose(halves.mean(axis=1), whole[:, 0])


def test_scorers_with_arguments_and_plain_callables():
    """A quantile loss, and a function of the user that asks the model itself."""
    arrays = RNG.standard_normal((2, N))
    pinball = make_scorer(mean_pinball_loss, greater_is_better=False, alpha=0.9)
    found = make_measure(pinball, {"predict": arrays}, NUMBERS, "regressor")(np.ones((1, N), dtype=int))
    assert found[1, 0] == pytest.approx(-mean_pinball_loss(NUMBERS, arrays[1], alpha=0.9))
    own = make_measure(
        lambda model, X, y: np.mean(model.predict(X) == y),
        {"predict_proba": probabilities(2)},
        LABELS,
        "classifier",
    )
    assert 0 < own(COUNTS).min() <= own(COUNTS).max() < 1


def test_a_part_with_one_class_has_no_ranking():
    """Small complements may lack a class; that is no score of zero."""
    counts = np.where(LABELS == 1, 1, 0)[None]
    for name in ("roc_auc", "neg_log_loss"):
        found = make_measure(get_scorer(name), {"predict_proba": probabilities(2)}, LABELS, "classifier")(
            counts
        )
        assert np.isnan(found).all(), name


def test_a_score_that_predictions_do_not_tell():
    """A density model scores by its likelihood."""
    from sklearn.metrics import check_scoring
    from sklearn.neighbors import KernelDensity

    with pytest.raises(ValueError, match="give the search a 'scoring'"):
        make_measure(check_scoring(KernelDensity()), {"predict": np.zeros((1, N))}, NUMBERS, None)
