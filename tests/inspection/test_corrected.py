"""The score of the winner without the luck of the draw."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy.stats import randint
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge, SGDClassifier
from sklearn.metrics import get_scorer
from sklearn.model_selection import GroupKFold, KFold, RepeatedKFold, ShuffleSplit, TimeSeriesSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeRegressor

import skhpo
from skhpo import GridSearchCV, HyperbandSearchCV, PopulationSearchCV, RandomizedSearchCV
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


def test_a_class_that_is_never_tested():
    """The class that the largest probability stands for would be another one."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((90, 2)), np.concatenate([np.zeros(10, int), rng.integers(1, 3, size=80)])
    X[:, 0] += 2 * y
    search = GridSearchCV(
        KNeighborsClassifier(),
        {"n_neighbors": [5, 9]},
        cv=[(np.arange(45), np.arange(45, 90))],
        scoring=lambda model, X, y: model.score(X, y),
        keep="predictions",
    ).fit(X, y)
    found = corrected_score(search, y, n_bootstraps=20, random_state=0)
    assert found.uncorrected == pytest.approx(search.best_score_)


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


def test_a_winner_by_another_rule():
    """The score of the best trial must not be taken for that of a worse one that a rule has chosen."""
    X, y = make_classification(120, random_state=0)
    grid = {"n_neighbors": [1, 15, 30]}
    search = GridSearchCV(KNeighborsClassifier(), grid, cv=3, keep="predictions").fit(X, y)
    assert corrected_score(search, y, n_bootstraps=20, random_state=0).is_of_winner
    worst = int(np.argmin(search.cv_results_["mean_test_score"]))
    search = search.set_params(refit=lambda results: worst).fit(X, y)
    assert not corrected_score(search, y, n_bootstraps=20, random_state=0).is_of_winner


def test_a_population_is_corrected_for_its_last_generation():
    """Members of earlier generations cannot win, so that the winner was not chosen from them."""
    X, y = make_classification(120, flip_y=0.3, random_state=0)
    search = PopulationSearchCV(
        SGDClassifier(random_state=0),
        {"alpha": (1e-6, 1e-1, "log-uniform")},
        population_size=3,
        n_generations=3,
        cv=3,
        keep="predictions",
        random_state=0,
    ).fit(X, y)
    found = corrected_score(search, y, n_bootstraps=20, random_state=0)
    assert found.n_trials == 3
    assert found.is_of_winner


def test_weights_of_the_scorer():
    """Where samples count by their weight, a score without the weights is of something else."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((200, 3)), rng.integers(2, size=200)
    is_sound = rng.random(200) < 0.5
    y[is_sound] = X[is_sound, 0] > 0
    weights = np.where(is_sound, 1.0, 1e-3)
    for scoring in (None, "neg_log_loss"):
        with sklearn.config_context(enable_metadata_routing=True):
            model = LogisticRegression().set_fit_request(sample_weight=True)
            model.set_score_request(sample_weight=True)
            if scoring is not None:
                scoring = get_scorer(scoring).set_score_request(sample_weight=True)
            search = GridSearchCV(model, {"C": [1e-3, 1.0]}, scoring=scoring, cv=3, keep="predictions")
            search.fit(X, y, sample_weight=weights)
            found = corrected_score(search, y, sample_weight=weights, n_bootstraps=30, random_state=0)
        assert found.uncorrected == pytest.approx(search.best_score_, abs=0.05)
        with pytest.raises(ValueError, match="used sample weights, give them as 'sample_weight'"):
            corrected_score(search, y)
        with pytest.raises(ValueError, match="The 'sample_weight' must be that of the search, of 200"):
            corrected_score(search, y, sample_weight=weights[1:])
    with pytest.raises(ValueError, match="those that its scorer used, None if it used none"):
        corrected_score(search, y, sample_weight=weights[::-1])


class Half(Ridge):
    """A regression with a score of its own."""

    def score(self, X, y, sample_weight=None):
        """Return minus the mean absolute error."""
        return -np.mean(np.abs(self.predict(X) - y))


@pytest.mark.parametrize("model", [PoissonRegressor(), Half()])
def test_an_own_score_is_not_replaced(model):
    """D2 or an error of one's own must not become R2 without a word."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 2))
    y = rng.poisson(np.exp(X[:, 0]))
    search = GridSearchCV(model, {"alpha": [0.1, 1.0]}, cv=3, keep="predictions").fit(X, y)
    with pytest.raises(
        ValueError, match="own score cannot be told from predictions: give the search a 'scoring'"
    ):
        corrected_score(search, y)


def guess(model, X, y):
    """A score that is another one each time."""
    return float(np.random.default_rng().normal())


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"scoring": "roc_auc"},
        {"cv": KFold(3, shuffle=True)},
        {"cv": RepeatedKFold(n_splits=3, n_repeats=2)},
        {"cv": GroupKFold(3)},
        {"cv": TimeSeriesSplit(3)},
        {"reshuffle": True},
        {"scoring": guess},
    ],
    ids=lambda changed: "-".join(map(str, changed.values()))[:30],
)
def test_a_target_in_another_order(changed):
    """A target of the right length and in the wrong order gives a score that looks like any other."""
    X, y = make_classification(90, random_state=0)
    groups = {"groups": np.arange(90) % 9} if isinstance(changed.get("cv"), GroupKFold) else {}
    search = GridSearchCV(KNeighborsClassifier(), {"p": [1, 2]}, cv=3, keep="predictions")
    search.set_params(**changed).fit(X, y, **groups)
    for same in (y, y.tolist(), pd.Series(y.astype(float))):
        assert np.isfinite(corrected_score(search, same, n_bootstraps=20, random_state=0).score)
    for other in (y[::-1], 1 - y, np.where(y == 1, "yes", "no")):
        with pytest.raises(ValueError, match="The 'y' must be that of the search, in its order"):
            corrected_score(search, other)


def test_predictions_that_are_not_there(tmp_path):
    """Each message names the reason why there are no predictions, and what helps."""
    X, y = make_classification(60, random_state=0)
    path = tmp_path / "search.db"
    search = GridSearchCV(KNeighborsClassifier(), {"p": [1, 2]}, cv=3, keep="predictions", storage=path)
    search.fit(X, y)
    with pytest.raises(ValueError, match="read from the storage file, which holds scores only: fit"):
        corrected_score(search.fit(X, y), y)
    with pytest.raises(
        TypeError, match="'search' parameter of corrected_score must be the fitted search itself"
    ):
        corrected_score(skhpo.load(path), y)
    failing = GridSearchCV(KNeighborsClassifier(), {"p": [-1, -2]}, cv=3, keep="predictions")
    with pytest.raises(ValueError, match="fits failed"):
        failing.fit(X, y)
    with pytest.raises(ValueError, match="as no trial is complete"):
        corrected_score(failing, y)


def both(model, X, y, sample_weight=None):
    """Two scores at once, which is quicker where predictions take long."""
    right = model.score(X, y, sample_weight=sample_weight)
    return {"right": right, "wrong": 1.0 - right}


@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 1.5, 80)], ids=["plain", "weighted"])
def test_a_function_with_several_metrics(weights):
    """It is a scorer like any other; before 1.7, scikit-learn gives none the weights."""
    X, y = np.random.default_rng(0).standard_normal((80, 5)), np.arange(80) % 2
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, scoring=both, refit="wrong", cv=2)
    search.set_params(keep="predictions").fit(X, y, sample_weight=weights)
    used = (
        weights
        if "sample_weight" in search._get_routed_params_for_fit({"sample_weight": weights}).scorer.score
        else None
    )
    arguments = {"sample_weight": used, "n_bootstraps": 20, "random_state": 0}
    for metric in ("wrong", "right"):
        predicted = search.oof_predictions_.argmax(axis=2) == y
        expected = np.average(predicted if metric == "right" else ~predicted, axis=1, weights=used).max()
        found = corrected_score(search, y, metric=metric, **arguments)
        assert found.uncorrected == pytest.approx(expected) and 0 < found.score < 1
    assert corrected_score(search, y, **arguments) == corrected_score(search, y, metric="wrong", **arguments)
    with pytest.raises(ValueError, match=r"'metric' must be one of \['right', 'wrong'\]. Got 'auc'"):
        corrected_score(search, y, metric="auc")
    if used is not None:
        with pytest.raises(ValueError, match="give them as 'sample_weight'"):
            corrected_score(search, y)
