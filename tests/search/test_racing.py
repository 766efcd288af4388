"""Racing in the search classes: the same winner, honest tables, every kind of scorer."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skhpo import BayesSearchCV, Categorical, GridSearchCV, RandomizedSearchCV
from skhpo.schedulers import Lossless
from skhpo.search._racing import _estimators_in, best_possible_score
from skhpo.space import SearchSpace


@pytest.fixture(scope="module")
def data():
    """Some rows of a table with two classes."""
    X, y = load_breast_cancer(return_X_y=True)
    return X[:200], y[:200]


class Profit(DecisionTreeClassifier):
    """Scores in a unit of its own."""

    def score(self, X, y, sample_weight=None):
        """Money."""
        return 100.0 * super().score(X, y)


GRID = {"max_depth": [1, 2, 5, None], "min_samples_leaf": [1, 20, 60], "splitter": ["best", "random"]}
TREE = DecisionTreeClassifier(random_state=0)


def searches(racing):
    """One search of each kind."""
    yield GridSearchCV(TREE, GRID, cv=5, racing=racing)
    yield RandomizedSearchCV(TREE, GRID, n_iter=12, random_state=0, cv=5, racing=racing)
    yield BayesSearchCV(TREE, GRID, n_iter=12, sampler="random", random_state=0, cv=5, racing=racing)


@pytest.mark.parametrize(
    ("scoring", "n_jobs"), [(None, 2), ("roc_auc", 1), ("neg_log_loss", 1), (["accuracy", "f1"], 2)]
)
def test_lossless_racing_finds_the_winner_in_fewer_fits(data, scoring, n_jobs):
    """The promise: the same best_index_ and best_score_, with folds left out."""
    refit = "f1" if isinstance(scoring, list) else True
    n_skipped = 0
    for full, race in zip(searches(False), searches("lossless"), strict=True):
        for search in (full, race):
            search.set_params(scoring=scoring, refit=refit, n_jobs=n_jobs).fit(*data)
        assert race.best_index_ == full.best_index_
        assert race.best_score_ == full.best_score_
        n_skipped += 5 * len(race.cv_results_["params"]) - race.cv_results_["n_splits_evaluated"].sum()
    assert n_skipped > 0


def test_rows_of_stopped_trials_are_marked_and_ranked_last(data):
    """A mean over the folds that happened to be evaluated would beat honest ones."""
    search = GridSearchCV(TREE, GRID, cv=5, racing="lossless").fit(*data)
    results = search.cv_results_
    is_pruned = results["status"] == "pruned"
    assert is_pruned.any() and (results["status"][~is_pruned] == "complete").all()
    assert np.isnan(results["mean_test_score"][is_pruned]).all()
    assert results["rank_test_score"][is_pruned].min() > results["rank_test_score"][~is_pruned].max()
    scores = np.array([results[f"split{i}_test_score"] for i in range(5)])
    assert (np.isfinite(scores).sum(axis=0) == results["n_splits_evaluated"]).all()
    assert np.isfinite(results["mean_fit_time"]).all()


def test_without_racing_there_are_no_further_columns(data):
    """Code that compares the columns with scikit-learn's must go on working."""
    search = GridSearchCV(TREE, GRID, cv=3).fit(*data)
    assert "status" not in search.cv_results_


def test_a_callable_refit_is_shown_complete_trials_only(data):
    """It would choose a stopped one by the folds that it was lucky on."""
    shown = {}

    def choose(results):
        shown.update(results)
        return len(results["params"]) - 1

    search = GridSearchCV(TREE, GRID, cv=5, racing="lossless", refit=choose).fit(*data)
    assert set(shown["status"]) == {"complete"}
    assert len(shown["params"]) == len(shown["mean_test_score"]) < len(search.cv_results_["params"])
    assert search.best_params_ == shown["params"][-1]
    assert search.cv_results_["status"][search.best_index_] == "complete"


def test_results_depend_on_the_seed_only(data):
    """Racing in a parallel search must not depend on which fit ends first."""
    tables = [
        BayesSearchCV(TREE, GRID, n_iter=12, cv=5, racing="lossless", n_jobs=2, random_state=0)
        .fit(*data)
        .cv_results_
        for _ in range(2)
    ]
    assert tables[0]["params"] == tables[1]["params"]
    np.testing.assert_array_equal(tables[0]["n_splits_evaluated"], tables[1]["n_splits_evaluated"])


def test_a_scorer_of_ones_own_needs_a_bound(data):
    """A guessed bound would throw winners away."""

    def gain(estimator, X, y):
        return 100.0 * estimator.score(X, y)

    search = GridSearchCV(TREE, GRID, scoring=gain, racing="lossless", cv=5)
    with pytest.raises(ValueError, match=r"best score that scoring=.* can reach is not known.*Lossless"):
        search.fit(*data)
    GridSearchCV(TREE, GRID, scoring=gain, racing="margin", cv=5).fit(*data)  # needs none
    race = GridSearchCV(TREE, GRID, scoring=gain, racing=Lossless(best_score=100.0), cv=5).fit(*data)
    full = GridSearchCV(TREE, GRID, scoring=gain, cv=5).fit(*data)
    assert race.best_index_ == full.best_index_


@pytest.mark.parametrize("racing", [True, "fast", 0.5])
def test_an_unknown_rule_is_refused_before_the_first_fit(data, racing):
    """A typing error must not cost hours."""
    with pytest.raises(ValueError, match="'racing' parameter of GridSearchCV must be"):
        GridSearchCV(TREE, GRID, racing=racing).fit(*data)


@pytest.mark.parametrize(
    ("scoring", "estimator", "bound"),
    [
        (None, LogisticRegression(), 1.0),
        (None, make_pipeline(Ridge()), 1.0),
        ("neg_root_mean_squared_error", Ridge(), 0.0),
        ("neg_negative_likelihood_ratio", DummyClassifier(), 0.0),
        ("positive_likelihood_ratio", DummyClassifier(), None),
        (make_scorer(accuracy_score, normalize=False), DummyClassifier(), None),
        (make_scorer(lambda y, p: 2.0), DummyClassifier(), None),
    ],
)
def test_bounds_of_metrics(scoring, estimator, bound):
    """Too low a bound throws winners away, none at all makes racing useless."""
    search = GridSearchCV(estimator, {}, scoring=scoring)
    scorer, _ = search._get_scorers()
    assert best_possible_score(scorer, estimator) == bound


def test_failing_configurations_are_stopped_at_once(data):
    """Each further fold would fail as well."""
    grid = {"n_neighbors": [3, 10**6, 5]}
    search = GridSearchCV(KNeighborsClassifier(), grid, cv=5, racing="lossless")
    with pytest.warns(UserWarning, match="Scoring failed"):
        search.fit(*data)
    assert search.cv_results_["status"].tolist()[1] == "failed"
    assert search.cv_results_["n_splits_evaluated"].tolist()[1] == 1


def test_a_number_as_error_score_may_win_in_the_drop_ins():
    """As in scikit-learn; racing has to find the same winner then, too."""
    X, y = load_diabetes(return_X_y=True)
    grid = {"max_depth": [1, -1, 2, 3]}
    found = []
    for racing in (False, "lossless"):
        search = GridSearchCV(
            DecisionTreeRegressor(random_state=0), grid, error_score=0.9, racing=racing, refit=False
        )
        with pytest.warns(FitFailedWarning):
            search.fit(X, y)
        found.append(search.best_index_)
    assert found == [1, 1]


def test_stopped_trials_are_printed(data, capsys):
    """A search that falls silent looks as if it hung."""
    GridSearchCV(TREE, GRID, cv=5, racing="lossless", verbose=1).fit(*data)
    lines = capsys.readouterr().out.splitlines()
    assert sum("stopped after" in line for line in lines) > 0
    assert len([line for line in lines if line.startswith("[")]) == 24


@pytest.mark.parametrize("estimator", [GridSearchCV(TREE, {}, scoring=lambda e, X, y: 7.0), Profit()])
def test_estimators_that_score_in_their_own_way_have_no_bound(data, estimator):
    """Taken for an accuracy, their scores made racing throw the winner away."""
    grid = {"model": [TREE, estimator]}
    search = GridSearchCV(Pipeline([("model", TREE)]), grid, racing="lossless")
    with pytest.raises(ValueError, match=r"can reach is not known.*'margin', which needs no bound"):
        search.fit(*data)


def test_predictors_among_the_choices_of_any_notation_are_found():
    """One that is overlooked is one that racing may lose."""
    for spec in (
        {"m": [TREE]},
        [{"m": Categorical([TREE, None])}],
        ({"m": [TREE]}, 3),
        SearchSpace({"m": [TREE, "x"]}),
    ):
        assert list(_estimators_in(spec)) == [TREE]
