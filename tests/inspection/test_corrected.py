"""The score of the winner without the luck of the draw."""

import numpy as np
import pytest
from scipy.stats import randint
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import ShuffleSplit, TimeSeriesSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeRegressor

from skhpo import GridSearchCV, HyperbandSearchCV, RandomizedSearchCV
from skhpo.inspection import corrected_score

NEIGHBOURS = {"n_neighbors": randint(1, 30), "p": [1, 2, 3], "weights": ["uniform", "distance"]}


def searched(seed, n=80, **parameters):
    """A search of forty configurations where nothing can be learnt."""
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((n, 5)), rng.integers(2, size=n)
    search = RandomizedSearchCV(
        KNeighborsClassifier(), NEIGHBOURS, n_iter=25, cv=4, random_state=seed, keep="predictions"
    ).set_params(**parameters)
    return search.fit(X, y), y


def test_luck_is_taken_off():
    """Where there is nothing to be found, the best of many scores says otherwise, and the corrected one must not."""
    found = [corrected_score(*searched(seed), random_state=0) for seed in range(8)]
    assert np.mean([one.uncorrected for one in found]) > 0.57
    assert abs(np.mean([one.score for one in found]) - 0.5) < 0.03
    assert np.mean([one.interval[0] <= 0.5 <= one.interval[1] for one in found]) >= 0.75
    for one in found:
        assert one.interval[0] < one.score < one.interval[1]
        assert one.optimism == pytest.approx(one.uncorrected - one.score)
        assert (one.n_samples, one.n_bootstraps) == (80, 500)


def test_without_a_choice_there_is_nothing_to_correct():
    """One configuration has been chosen from nothing: its score is its score."""
    X, y = make_classification(400, random_state=0)
    search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [5]}, keep="predictions").fit(X, y)
    found = corrected_score(search, y, random_state=0)
    assert found.score == pytest.approx(search.best_score_, abs=0.005)
    assert found.uncorrected == pytest.approx(search.best_score_)
    # The length is that of a mean over 400 samples.
    accuracy = search.best_score_
    expected = 2 * 1.645 * np.sqrt(accuracy * (1 - accuracy) / 400)
    assert found.interval[1] - found.interval[0] == pytest.approx(expected, rel=0.2)


def test_the_confidence():
    """Who asks for more certainty gets a longer interval."""
    search, y = searched(0)
    lengths = [
        np.diff(corrected_score(search, y, confidence=confidence, random_state=0).interval)[0]
        for confidence in (0.5, 0.9)
    ]
    assert lengths[1] > 1.8 * lengths[0]


@pytest.mark.parametrize("scoring", ["roc_auc", "neg_log_loss", "f1"])
def test_scorers_of_probabilities_decisions_and_labels(scoring):
    """Not everyone is after the accuracy."""
    search, y = searched(0, n=60, scoring=scoring, n_iter=6)
    found = corrected_score(search, y, n_bootstraps=30, random_state=0)
    assert found.score < found.uncorrected
    assert found.uncorrected == pytest.approx(
        search.best_score_, abs=0.1 if scoring != "neg_log_loss" else 2.0
    )


def test_one_of_several_metrics():
    """The metric of `refit` unless another one is asked for."""
    search, y = searched(0, scoring=["accuracy", "neg_log_loss"], refit="accuracy", n_iter=6)
    assert 0 < corrected_score(search, y, n_bootstraps=20, random_state=0).score < 1
    assert corrected_score(search, y, metric="neg_log_loss", n_bootstraps=20, random_state=0).score < 0
    with pytest.raises(
        ValueError, match=r"'metric' must be one of \['accuracy', 'neg_log_loss'\]. Got 'auc'"
    ):
        corrected_score(search, y, metric="auc")


def test_samples_that_are_never_tested():
    """The first part of a time series is trained on only."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 2))
    y = X[:, 0] + 0.1 * rng.standard_normal(60)
    search = GridSearchCV(
        DecisionTreeRegressor(random_state=0),
        {"max_depth": [1, 2, 3]},
        cv=TimeSeriesSplit(3),
        keep="predictions",
    ).fit(X, y)
    assert corrected_score(search, y, random_state=0).n_samples == 45


def test_splits_of_its_own():
    """Every trial has predicted every sample, whatever its folds were; of parts there may be none in common."""
    found = corrected_score(*searched(0, reshuffle=True), random_state=0)
    assert found.n_samples == 80
    assert found.score < found.uncorrected
    parts, y = searched(0, reshuffle=True, cv=ShuffleSplit(1, test_size=0.2))
    with pytest.raises(
        ValueError, match="There are no samples of which all complete trials have out-of-fold"
    ):
        corrected_score(parts, y)


def test_rungs():
    """Trials that did not get the whole resource are not chosen from."""
    X, y = make_classification(120, random_state=0)
    search = HyperbandSearchCV(
        KNeighborsClassifier(),
        {"n_neighbors": (1, 6)},
        resource="n_samples",
        cv=3,
        keep="predictions",
        random_state=0,
    ).fit(X, y)
    found = corrected_score(search, y, random_state=0)
    assert found.n_trials == sum(trial.status == "complete" for trial in search.trials_)


def test_what_is_missing_is_said():
    """The message tells what to do."""
    X, y = make_classification(60, random_state=0)
    search = GridSearchCV(DummyClassifier(), {"strategy": ["prior"]}, keep="predictions")
    with pytest.raises(NotFittedError):
        corrected_score(search, y)
    search.fit(X, y)
    with pytest.raises(ValueError, match="The 'y' must be that of the search, of 60 samples. Got 59"):
        corrected_score(search, y[1:])
    with pytest.raises(ValueError, match="'n_bootstraps' parameter of corrected_score must be an int"):
        corrected_score(search, y, n_bootstraps=1)
    with pytest.raises(ValueError, match="'confidence' parameter of corrected_score must be a float"):
        corrected_score(search, y, confidence=1.0)
    with pytest.raises(ValueError, match="fit the search with keep='predictions'"):
        corrected_score(search.set_params(keep=None).fit(X, y), y)
