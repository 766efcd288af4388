"""Population-based training as an estimator: the rows, the winner, its schedule, the refit."""

import os
import tempfile

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import MiniBatchKMeans
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier, SGDRegressor
from sklearn.model_selection import GroupKFold, ShuffleSplit, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import PopulationSearchCV

ETA0 = (1e-4, 10.0, "log-uniform")
SPACE = {"clf__eta0": ETA0, "clf__alpha": (1e-6, 1e-1, "log-uniform")}
SGD = SGDClassifier(learning_rate="constant", eta0=0.1, random_state=0)
PIPE = Pipeline([("scale", StandardScaler()), ("clf", SGD)])


@pytest.fixture(scope="module")
def data():
    """Some rows of a table with two classes."""
    X, y = load_breast_cancer(return_X_y=True)
    return X[:150, :6], y[:150]


def population(estimator=PIPE, space=SPACE, **parameters):
    """A small search."""
    defaults = {"population_size": 5, "n_generations": 4, "cv": 3, "random_state": 0}
    return PopulationSearchCV(estimator, space, **{**defaults, **parameters})


def test_there_is_a_row_for_each_member_and_generation(data):
    """Tables and plots are made of them."""
    results = population(step=3).fit(*data).cv_results_
    assert results["iter"].tolist() == [g for g in range(4) for _ in range(5)]
    assert results["n_resources"].tolist() == [3 * (g + 1) for g in range(4) for _ in range(5)]
    assert {"split2_test_score", "param_clf__eta0", "mean_fit_time", "rank_test_score"} <= results.keys()
    assert "bracket" not in results


@pytest.mark.parametrize(
    ("estimator", "space", "resource"),
    [
        (PIPE, SPACE, "epochs"),
        (MLPClassifier((5,), random_state=0), {"learning_rate_init": ETA0, "alpha": (1e-6, 1.0)}, "epochs"),
        (
            GradientBoostingClassifier(random_state=0),
            {"learning_rate": (0.01, 1.0), "max_depth": (1, 4)},
            "n_estimators",
        ),
        (
            Pipeline([("s", StandardScaler()), ("b", GradientBoostingClassifier(random_state=0))]),
            {"b__learning_rate": (0.01, 1.0), "b__max_depth": (1, 4)},
            "b__n_estimators",
        ),
    ],
)
@pytest.mark.parametrize("exploit", ["truncation", "tournament"])
def test_the_refit_follows_the_schedule_that_was_scored(data, estimator, space, resource, exploit):
    """Last values alone, or a first guess alone, would give another model than the one that won."""
    X, y = data
    cv = [(np.arange(len(X)), np.arange(len(X)))]
    search = population(estimator, space, resource=resource, exploit=exploit, cv=cv).fit(X, y)
    assert search.cv_results_["iter"][search.best_index_] == 3
    assert [amount for amount, _ in search.best_schedule_] == [1, 2, 3, 4]
    last = {name: search.best_params_[name] for name in search.best_schedule_[-1][1]}
    assert last == search.best_schedule_[-1][1]
    # Trained and scored on the same rows, the winner is the refitted model.
    assert search.best_estimator_.score(X, y) == search.best_score_
    assert search.replay(X, y).score(X, y) == search.best_score_
    assert search.best_estimator_.get_params()[next(iter(last))] == next(iter(last.values()))
    if resource != "epochs":
        assert search.best_params_[resource] == search.best_estimator_.get_params()[resource] == 4


@pytest.mark.parametrize("explore", ["perturb", "resample"])
def test_the_result_depends_on_the_seed_only(data, explore):
    """The same on a laptop and on a cluster."""
    searches = [population(explore=explore, n_jobs=n_jobs).fit(*data) for n_jobs in (1, 3)]
    for other in searches[1:]:
        assert other.cv_results_["params"] == searches[0].cv_results_["params"]
        np.testing.assert_array_equal(
            other.cv_results_["mean_test_score"], searches[0].cv_results_["mean_test_score"]
        )
        assert other.best_schedule_ == searches[0].best_schedule_


class Epochs(ClassifierMixin, BaseEstimator):
    """A net that is fitted by so many calls of partial_fit."""

    def __init__(self, n=1):
        self.n = n

    def fit(self, X, y):
        """Train, counting up the seed as the search does."""
        self.classes_ = np.unique(y)
        self.net_ = MLPClassifier((5,))
        for epoch in range(self.n):
            self.net_.set_params(random_state=epoch).partial_fit(X, y, classes=self.classes_)
        return self

    def predict(self, X):
        """Predict with the net."""
        return self.net_.predict(X)


def test_a_member_of_one_generation_is_a_plain_fit(data):
    """Scores can be checked against cross-validation where nothing changes."""
    X, y = data
    net = MLPClassifier((5,), random_state=0)
    search = population(net, {"alpha": (1e-6, 1.0)}, n_generations=1, step=4).fit(X, y)
    assert search.trials_[0].origin == "default"
    assert search.trials_[0].score == pytest.approx(cross_val_score(Epochs(4), X, y, cv=3).mean())


def test_the_winner_has_changed_on_its_way():
    """A schedule that stays the same is what every other search finds."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 5))
    y = X @ np.arange(5.0) + 2.0 * rng.standard_normal(200)
    model = SGDRegressor(learning_rate="constant", eta0=0.1, random_state=0)
    search = population(model, {"eta0": (1e-6, 0.1, "log-uniform")}, exploit="tournament", n_generations=8)
    search.fit(X, y)
    assert len({parameters["eta0"] for _, parameters in search.best_schedule_}) > 1
    assert search.best_score_ > search.cv_results_["mean_test_score"][:5].max()


def test_shapes_stay_with_their_model(data):
    """A net cannot change its layers, but a population can choose among them."""
    space = {"hidden_layer_sizes": [(3,), (9,)], "learning_rate_init": ETA0}
    search = population(MLPClassifier(random_state=0), space, n_generations=5, population_size=8).fit(*data)
    assert search.fixed_params_ == ["hidden_layer_sizes"]
    assert len({params["hidden_layer_sizes"] for _, params in search.best_schedule_}) == 1
    assert search.best_estimator_.coefs_[0].shape[1:] == search.best_params_["hidden_layer_sizes"]


def test_steps_of_a_pipeline_stay_with_their_model(data):
    """A scaler that is fitted once must not be reported as another one."""
    pipe = Pipeline([("pca", PCA()), ("clf", SGD)])
    search = population(pipe, {"pca__n_components": [2, 4], "clf__eta0": ETA0}).fit(*data)
    assert search.fixed_params_ == ["pca__n_components"]
    assert search.best_estimator_[0].n_components_ == search.best_params_["pca__n_components"]


def test_choices_of_estimators_and_sub_spaces(data):
    """A population may hold different kinds of models."""
    spaces = [
        {"clf": [SGD], "clf__eta0": ETA0},
        {"clf": [MLPClassifier((3,), random_state=0)], "clf__learning_rate_init": ETA0},
    ]
    search = population(space=spaces, population_size=8).fit(*data)
    kinds = {type(params["clf"]) for params in search.cv_results_["params"]}
    assert kinds == {SGDClassifier, MLPClassifier}
    assert not hasattr(SGD, "coef_")


def test_failing_members_are_replaced(data):
    """One bad learning rate must not stay in the population for ever."""
    search = population(space={"clf__eta0": [-1.0, 0.1, 0.5, 1.0, -2.0]}, initial_configurations=None)
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        search.fit(*data)
    sources = [search.trials_[t.parent] for t in search.trials_ if t.parent is not None]
    assert any(t.status == "failed" for t in search.trials_)
    assert sources and all(t.status == "complete" for t in sources)
    assert search.best_params_["clf__eta0"] > 0


def test_a_failed_member_does_not_win_by_its_error_score(data):
    """With a loss, a 0 in place of an error is the best score of all."""
    search = population(
        space={"clf__eta0": [-1.0, 0.1, 0.5, 1.0, -2.0]},
        initial_configurations=None,
        n_generations=1,
        scoring="neg_log_loss",
        estimator=clone(PIPE).set_params(clf__loss="log_loss"),
        error_score=0.0,
    )
    with pytest.warns(FitFailedWarning):
        search.fit(*data)
    assert search.best_params_["clf__eta0"] > 0 and search.best_score_ < 0


def test_one_split_groups_weights_and_metrics(data):
    """Whatever scikit-learn's searches take."""
    X, y = data
    one = population(cv=ShuffleSplit(1, random_state=0), return_train_score=True).fit(X, y)
    assert one.n_splits_ == 1 and np.isfinite(one.cv_results_["mean_train_score"]).all()
    groups = np.arange(len(y)) // 10
    population(SGD, {"eta0": ETA0}, cv=GroupKFold(3)).fit(X, y, groups=groups, sample_weight=np.ones(len(y)))
    search = population(scoring=["accuracy", "roc_auc"], refit="roc_auc").fit(X, y)
    assert search.best_score_ == search.cv_results_["mean_test_roc_auc"][search.best_index_]
    no_refit = population(scoring=["accuracy", "roc_auc"], refit=False).fit(X, y)
    assert not hasattr(no_refit, "best_schedule_")
    callable_refit = population(refit=lambda results: int(np.argmin(results["mean_test_score"]))).fit(X, y)
    assert callable_refit.cv_results_["iter"][callable_refit.best_index_] == 3


def test_unsupervised_estimators(data):
    """There may be nothing to predict."""
    search = population(MiniBatchKMeans(3, random_state=0), {"reassignment_ratio": (0.0, 0.5)}).fit(data[0])
    assert search.best_estimator_.cluster_centers_.shape == (3, 6)


def test_files_go(data, monkeypatch, tmp_path):
    """Files that stay would fill the disk; while training, two generations are enough."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    counts = []

    def score(estimator, X, y):
        (folder,) = tmp_path.iterdir()
        counts.append(len(os.listdir(folder)))
        return estimator.score(X, y)

    population(scoring=score, n_generations=6).fit(*data)
    assert max(counts) <= 2 * 5 * 3 and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"population_size": 1},
            "'population_size' parameter of PopulationSearchCV must be an int in the range",
        ),
        ({"n_generations": 0}, "'n_generations' parameter of PopulationSearchCV must be an int in the range"),
        ({"step": 0}, "'step' parameter of PopulationSearchCV must be an int in the range"),
        ({"exploit": "best"}, "'exploit' parameter of PopulationSearchCV must be a str among"),
        ({"explore": "best"}, "'explore' parameter of PopulationSearchCV must be a str among"),
        ({"resource": "n_samples"}, "'resource' parameter of PopulationSearchCV must be 'epochs' or"),
        ({"resource": "clf__max_iter"}, "Pipeline cannot be trained on with resource='clf__max_iter'"),
        ({"estimator": LogisticRegression(), "space": {"C": (0.1, 1.0)}}, "it has no method partial_fit"),
        (
            {"estimator": MLPClassifier(), "space": {"hidden_layer_sizes": [(3,), (4,)]}},
            "must have a hyperparameter that can change in mid-training. Got \\['hidden_layer_sizes'\\]",
        ),
        ({"space": [(SPACE, 5)]}, "cannot have a number of configurations of their own"),
        (
            {
                "population_size": 2,
                "initial_configurations": [{"clf__eta0": x, "clf__alpha": 0.01} for x in (0.1, 0.2, 0.3)],
            },
            "'population_size' parameter of PopulationSearchCV must be at least",
        ),
    ],
)
def test_mistakes_are_found_before_the_first_fit(data, parameters, message):
    """They would show after hours otherwise."""
    with pytest.raises(ValueError, match=message):
        population(**parameters).fit(*data)


def test_a_timeout_leaves_a_winner(data):
    """A budget may end in any generation."""
    search = population(timeout=1e-6).fit(*data)
    assert len(search.cv_results_["params"]) == 1 and len(search.best_schedule_) == 1
    assert hasattr(search, "best_estimator_")


def test_a_stopped_generation_may_hold_the_winner_or_not(data):
    """Few members of a generation are no reason to forget the whole one before it."""
    for n_trials in (1, 4, 5, 6, 11):
        search = population(stopping=lambda trials, n=n_trials: len(trials) >= n).fit(*data)
        scores, generations = search.cv_results_["mean_test_score"], search.cv_results_["iter"]
        assert len(scores) == n_trials
        assert (
            search.best_index_
            == np.flatnonzero(generations >= n_trials // 5 - 1)[
                np.argmax(scores[generations >= n_trials // 5 - 1])
            ]
        )
        assert len(search.best_schedule_) == generations[search.best_index_] + 1


def test_the_time_of_the_refit_is_that_of_all_stages(data):
    """It would come as a surprise after a timeout otherwise."""
    search = population(step=2, timeout=100.0)
    budget = search._time_budget(type("Task", (), {"n_splits": 3, "resource": None}))
    trial = population(step=2).fit(*data).trials_[-1]
    slowest = max(m.fit_time for m in trial.measurements)
    assert budget.expected_refit(trial) == pytest.approx(slowest * 4 * 3 / 2)


def test_clones_refit_and_search_again(data):
    """Searches are put into other searches and pipelines."""
    search = population()
    first = clone(search).fit(*data)
    assert first.predict(data[0]).shape == (150,)
    assert first.fit(*data).best_schedule_ == clone(search).fit(*data).best_schedule_
