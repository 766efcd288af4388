"""The splits of a search, drawn again, and whether the data are those of the search."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, make_classification
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GroupKFold, KFold, RepeatedKFold

from skhpo import (
    BayesSearchCV,
    EnsembleSelection,
    GridSearchCV,
    HalvingGridSearchCV,
    HyperbandSearchCV,
    PopulationSearchCV,
)
from skhpo.ensemble._splits import check_same_data, draw_splits

X, Y = make_classification(120, flip_y=0.1, random_state=0)
SEARCH = GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0]}, cv=3, keep="models")
SGD = SGDClassifier(loss="log_loss", random_state=0)
RANGE = {"alpha": (1e-5, 1.0, "log-uniform")}


def check(search, X, y, classes=(0, 1), **params):
    """Look at the best trial."""
    complete = [trial for trial in search.trials_ if trial.status == "complete"]
    best = max(complete, key=lambda trial: trial.score).number
    classes = None if classes is None else np.array(classes)
    check_same_data(search, best, X, y, classes, params, {}, "EnsembleSelection")


@pytest.mark.parametrize("scoring", [None, "accuracy", "roc_auc", "neg_log_loss", ["f1", "roc_auc"]], ids=str)
def test_rows_in_another_order(scoring):
    """An ensemble chosen by predictions for other rows is worth nothing, and its score would look merely bad."""
    refit = "f1" if isinstance(scoring, list) else True
    search = clone(SEARCH).set_params(scoring=scoring, refit=refit).fit(X, Y)
    check(search, X, Y)
    for X_other, y_other in [(X[::-1], Y[::-1]), (X, Y[::-1]), (X, 1 - Y)]:
        with pytest.raises(
            ValueError, match="The X and y of EnsembleSelection must be those that the search"
        ):
            check(search, X_other, y_other)


def test_targets_of_regressors_and_names_of_classes():
    """Values and names are compared as well as numbers of classes."""
    X_values, y = load_diabetes(return_X_y=True)
    search = GridSearchCV(Ridge(), {"alpha": [0.1]}, keep="predictions").fit(X_values, y)
    check(search, X_values, y, None)
    names = np.array(["no", "yes"])
    named = clone(SEARCH).fit(X, names[Y])
    check(named, X, names[Y], names)
    for one, X_one, y_one, classes in [(search, X_values, y, None), (named, X, names[Y], names)]:
        with pytest.raises(ValueError, match="in the same order"):
            check(one, X_one[::-1], y_one[::-1], classes)


@pytest.mark.parametrize(
    "search",
    [
        BayesSearchCV(SGD, RANGE, n_iter=6, cv=5, racing="margin", random_state=0),
        HalvingGridSearchCV(SGD, {"alpha": [1e-4, 1e-2, 1.0]}, cv=3, min_resources=40, random_state=0),
        HyperbandSearchCV(SGD, RANGE, resource="epochs", max_resources=4, cv=3, random_state=0),
        PopulationSearchCV(
            SGD, RANGE, resource="epochs", population_size=3, n_generations=2, cv=3, random_state=0
        ),
    ],
    ids=lambda search: type(search).__name__,
)
def test_every_search_knows_its_data(search):
    """A search that measures a trial more than once must not be taken for one of other data."""
    search = clone(search).set_params(keep="predictions").fit(X, Y)
    check(search, X, Y)
    with pytest.raises(ValueError, match="in the same order"):
        check(search, X[::-1], Y[::-1])


@pytest.mark.parametrize(
    "changed",
    [
        {"cv": KFold(3, shuffle=True)},
        {"cv": RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)},
        {"reshuffle": True},
        {"scoring": lambda model, X, y: float(np.random.default_rng().normal())},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_cannot_be_told_is_not_refused(changed):
    """Splits without a seed and scores of the user's own are no reason to refuse the right data."""
    search = clone(SEARCH).set_params(**changed).fit(X, Y)
    ensemble = EnsembleSelection.from_search(search, X, Y)
    assert set(ensemble.trial_numbers_) <= set(range(len(search.trials_)))
    assert sum(ensemble.weights_) == pytest.approx(1.0)


def test_groups_are_needed_for_splits_with_groups():
    """Splits drawn without groups would leak, and the error says where groups are given."""
    search = clone(SEARCH).set_params(cv=GroupKFold(3)).fit(X, Y, groups=np.arange(120) // 10)
    with pytest.raises(
        ValueError, match="'groups' parameter should not be None.*'fit_params' of from_search"
    ):
        draw_splits(search, X, Y, {})
    check(search, X, Y)


def test_splits_of_reshuffled_searches_shuffle():
    """Sorted data in blocks would make each split another task."""
    reshuffled = clone(SEARCH).set_params(reshuffle=True)
    (_, test), *_ = draw_splits(reshuffled, X, Y, {})
    (_, plain), *_ = draw_splits(SEARCH, X, Y, {})
    assert plain.max() < 60 < test.max()
    np.testing.assert_array_equal(draw_splits(reshuffled, X, Y, {})[0][1], test)


def test_masks_are_splits():
    """Users write masks of samples as well as indices."""
    mask = np.arange(120) < 40
    search = clone(SEARCH).set_params(cv=[(~mask, mask), (mask, ~mask)])
    (train, test), _ = draw_splits(search, X, Y, {})
    assert test.tolist() == list(range(40)) and train.tolist() == list(range(40, 120))
