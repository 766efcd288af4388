"""The halving drop-ins: scikit-learn's rows, and what goes beyond it."""

import numpy as np
import pytest
import sklearn.model_selection
from scipy.stats import randint, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import skhpo

GRID = {"max_depth": [1, 2, 3], "learning_rate": [0.1, 0.3, 1.0]}
DISTRIBUTIONS = {"max_depth": randint(1, 5), "learning_rate": uniform(0.05, 1.0)}


@pytest.fixture(scope="module")
def data():
    """Some rows of a table with two classes."""
    X, y = load_breast_cancer(return_X_y=True)
    return X[:200, :5], y[:200]


def pair(name, *arguments, **parameters):
    """scikit-learn's search and ours."""
    return getattr(sklearn.model_selection, name)(*arguments, **parameters), getattr(skhpo, name)(
        *arguments, **parameters
    )


ATTRIBUTES = [
    "n_resources_", "n_candidates_", "n_remaining_candidates_", "max_resources_", "min_resources_",
    "n_iterations_", "n_possible_iterations_", "n_required_iterations_", "best_index_", "best_params_", "best_score_",
]  # fmt: skip


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"min_resources": "smallest"},
        {"factor": 2, "aggressive_elimination": True, "max_resources": 8},
        {"min_resources": 2, "max_resources": 12, "factor": 2.5},
    ],
)
@pytest.mark.parametrize(
    ("name", "space"), [("HalvingGridSearchCV", GRID), ("HalvingRandomSearchCV", DISTRIBUTIONS)]
)
def test_rows_are_those_of_scikit_learn(data, name, space, parameters):
    """A drop-in: candidates, resources, scores, order of rows and winner, though models are trained on."""
    options = {"resource": "n_estimators", "max_resources": 9, "random_state": 0, "cv": 3} | parameters
    if name == "HalvingRandomSearchCV":
        options |= {"n_candidates": 7, "min_resources": options.get("min_resources", "smallest")}
    theirs, ours = pair(name, GradientBoostingClassifier(random_state=0), space, **options)
    theirs.fit(*data)
    ours.set_params(n_jobs=2).fit(*data)
    assert list(ours.cv_results_) == list(theirs.cv_results_)
    for column, values in theirs.cv_results_.items():
        if "time" not in column:
            np.testing.assert_array_equal(
                np.asarray(ours.cv_results_[column]), np.asarray(values), err_msg=column
            )
    for attribute in ATTRIBUTES:
        assert getattr(ours, attribute) == getattr(theirs, attribute), attribute


def test_the_schedule_for_samples_is_that_of_scikit_learn(data):
    """Which samples differs (ours are stratified subsets of each other), how many does not."""
    model = make_pipeline(StandardScaler(), LogisticRegression())
    theirs, ours = pair(
        "HalvingRandomSearchCV", model, {"logisticregression__C": uniform(0.1, 10)}, random_state=0
    )
    theirs.fit(*data)
    before = ours.schedule(*data)
    ours.fit(*data)
    assert ours.n_candidates_ == theirs.n_candidates_ == before["n_candidates"].tolist()
    assert ours.n_resources_ == theirs.n_resources_ == before["n_resources"].tolist()
    assert ours.cv_results_["iter"].tolist() == theirs.cv_results_["iter"].tolist()


def test_several_metrics_and_a_callable_refit(data):
    """scikit-learn takes one metric and ignores a callable."""
    search = skhpo.HalvingGridSearchCV(
        RandomForestClassifier(random_state=0),
        {"max_depth": [1, 2, 3, 4, 5, 6]},
        resource="n_estimators",
        max_resources=6,
        cv=3,
        scoring=["accuracy", "roc_auc"],
        refit=lambda results: int(np.argmin(results["mean_test_roc_auc"])),
    ).fit(*data)
    last = search.cv_results_["iter"] == search.n_iterations_ - 1
    worst = search.cv_results_["mean_test_roc_auc"][last].min()
    assert search.cv_results_["mean_test_roc_auc"][search.best_index_] == worst


def test_splitters_without_a_seed_are_drawn_from_once(data):
    """scikit-learn refuses them."""
    search = skhpo.HalvingGridSearchCV(
        GradientBoostingClassifier(random_state=0),
        GRID,
        resource="n_estimators",
        max_resources=9,
        cv=sklearn.model_selection.ShuffleSplit(2),
    ).fit(*data)
    assert search.n_splits_ == 2


def test_of_rungs_with_the_same_resource_the_last_one_has_the_winner(data):
    """A candidate that was eliminated by a tie could win."""
    parameters = {
        "resource": "n_estimators",
        "aggressive_elimination": True,
        "min_resources": 4,
        "max_resources": 4,
    }
    theirs, ours = pair(
        "HalvingGridSearchCV", GradientBoostingClassifier(random_state=0), GRID, cv=3, **parameters
    )
    assert ours.fit(*data).best_index_ == theirs.fit(*data).best_index_


def test_a_schedule_does_not_use_up_the_random_numbers(data):
    """The search tried other candidates than without having looked at its schedule."""

    def search():
        return skhpo.HalvingRandomSearchCV(
            GradientBoostingClassifier(random_state=0),
            DISTRIBUTIONS,
            resource="n_estimators",
            n_candidates=3,
            max_resources=3,
            random_state=np.random.RandomState(0),
        )

    looked = search()
    looked.schedule()
    assert not hasattr(looked, "n_resources_")
    assert looked.fit(*data).cv_results_["params"] == search().fit(*data).cv_results_["params"]


def test_dimensions_are_drawn_from_as_in_other_searches():
    """A space that RandomizedSearchCV takes must not fail here, and a seed must mean the same twice."""
    space = {"C": skhpo.Real(1e-3, 10.0, "log-uniform"), "shrinking": [True, False]}
    found = [
        skhpo.HalvingRandomSearchCV(SVC(), space, n_candidates=6, cv=2, random_state=3).fit(
            *load_breast_cancer(return_X_y=True)
        )
        for _ in range(2)
    ]
    first, second = (search.cv_results_["params"] for search in found)
    assert first == second and len({params["C"] for params in first}) == 6
