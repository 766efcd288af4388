"""Hyperband as an estimator: the schedule, the rows, the winner, the refit."""

import glob
import os
import tempfile

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import GradientBoostingClassifier, RandomForestRegressor
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import HyperbandSearchCV

SPACE = {"learning_rate": (1e-2, 1.0, "log-uniform"), "max_depth": (1, 4)}


@pytest.fixture(scope="module")
def data():
    """Some rows of a table with two classes."""
    X, y = load_breast_cancer(return_X_y=True)
    return X[:150, :6], y[:150]


def boosting(**parameters):
    """A small search over boosted trees."""
    defaults = {"resource": "n_estimators", "max_resources": 9, "cv": 3, "random_state": 0}
    return HyperbandSearchCV(GradientBoostingClassifier(random_state=0), SPACE, **{**defaults, **parameters})


@pytest.mark.parametrize("brackets", ["auto", "all", "narrow"])
@pytest.mark.parametrize("sampler", ["random", "gp", "tpe"])
def test_the_schedule_is_what_is_run(data, sampler, brackets):
    """Users reckon with it what a search will cost."""
    search = boosting(sampler=sampler, brackets=brackets)
    before = search.schedule()
    search.fit(*data)
    assert before.equals(search.schedule_)
    results = search.cv_results_
    keys = list(zip(results["bracket"], results["iter"], results["n_resources"], strict=True))
    run = [
        keys.count(key) for key in zip(before["bracket"], before["iter"], before["n_resources"], strict=True)
    ]
    assert run == before["n_candidates"].tolist() and len(keys) == sum(run)


def test_brackets_are_narrow_where_the_sampler_learns():
    """A model wins from another look at the results; without one the brackets are those of the paper."""
    plans = {
        sampler: boosting(sampler=sampler, max_resources=81).schedule()
        for sampler in ("auto", "tpe", "random")
    }
    assert plans["random"].equals(boosting(brackets="all", max_resources=81).schedule())
    for sampler in ("auto", "tpe"):
        assert plans[sampler].equals(boosting(brackets="narrow", max_resources=81).schedule())
    assert len(set(plans["auto"]["bracket"])) > 2 * len(set(plans["random"]["bracket"]))
    asha = boosting(asynchronous=True, max_resources=81).schedule()
    assert asha.equals(plans["random"])


@pytest.mark.parametrize(("most", "least"), [(2, 2), (9, 3), (27, 9), (44, 14), (45, 5), (100, 11)])
def test_narrow_brackets_begin_where_scores_say_something(most, least):
    """Scores with 3 of 27 trees told little of those with all, and a fit takes some time in any case."""
    assert boosting(max_resources=most).schedule()["n_resources"].min() == least


def test_narrow_brackets_cost_what_hyperband_costs():
    """Wherever the rungs begin, the search is as long as users know it."""
    trained = []
    for brackets in ("all", "narrow"):
        plan = boosting(brackets=brackets, max_resources=243).schedule()
        below = plan.groupby("bracket")["n_resources"].shift(fill_value=0)
        trained.append((plan["n_candidates"] * (plan["n_resources"] - below)).sum())
    assert trained[1] == pytest.approx(trained[0], rel=0.1)


def test_the_estimators_own_parameters_are_given_the_whole_resource(data):
    """They are often good and slow to begin with: a low rung would stop them, and the search would end below them."""
    search = boosting(min_resources=1).fit(*data)
    first, results = search.trials_[0], search.cv_results_
    assert first.origin == "default" and first.status == "complete"
    assert {measurement.resource for measurement in first.measurements} == {9}
    assert results["n_resources"][0] == 9 and results["bracket"].tolist().count(0) == 1
    assert search.best_score_ >= results["mean_test_score"][0]
    assert (search.min_resources_, search.max_resources_) == (1, 9)


@pytest.mark.parametrize(
    "parameters",
    [
        {"initial_configurations": None},
        {"asynchronous": True},
        {"brackets": "all"},
        {"search_spaces": {"learning_rate": ["?"]}},
    ],
    ids=str,
)
def test_no_configuration_is_given_everything_at_once_where_nobody_asked_for_it(parameters):
    """A random configuration is worth no full training, and published brackets are to be what they are."""
    first = boosting(brackets="narrow").set_params(**parameters).schedule().iloc[0]
    assert first["n_candidates"] > 1 and first["n_resources"] < 9


@pytest.mark.parametrize(
    "parameters",
    [
        {"search_spaces": {"max_depth": (5, 9)}},
        {"search_spaces": {"max_depth": (5, 9)}, "initial_configurations": [{"max_depth": 6}]},
        {"search_spaces": "auto"},
        {"search_spaces": {"max_features": (2, 6)}},
    ],
    ids=str,
)
def test_whether_something_is_tried_first_is_known_beforehand(data, parameters):
    """The schedule is what a search is going to cost, also where only something near to the defaults can be tried."""
    search = boosting().set_params(**parameters)
    before = search.schedule()
    assert before["n_resources"][0] == 9 and search.fit(*data).schedule_.equals(before)
    assert search.trials_[0].origin in ("default", "near default")


def test_a_single_rung_holds_what_is_tried_first_anyway():
    """A bracket of its own would be one more full training."""
    assert boosting(min_resources=9).schedule()["n_candidates"].tolist() == [1]


def test_the_winner_had_the_largest_resource_and_is_refitted_with_it(data):
    """A high score with few trees is no reason to ship few trees."""
    search = boosting().fit(*data)
    assert search.cv_results_["n_resources"][search.best_index_] == search.max_resources_ == 9
    assert search.best_params_["n_estimators"] == 9
    assert search.best_estimator_.n_estimators_ == 9
    again = clone(search.estimator).set_params(**search.best_params_).fit(*data)
    np.testing.assert_array_equal(search.predict_proba(data[0]), again.predict_proba(data[0]))


@pytest.mark.parametrize("sampler", ["random", "gp"])
def test_the_result_depends_on_the_seed_only(data, sampler):
    """The same on a laptop and on a cluster."""
    tables = [boosting(sampler=sampler, n_jobs=n_jobs).fit(*data).cv_results_ for n_jobs in (1, 2, 3)]
    for other in tables[1:]:
        assert other["params"] == tables[0]["params"]
        np.testing.assert_array_equal(other["mean_test_score"], tables[0]["mean_test_score"])


def test_models_are_trained_on_and_their_files_go(data, monkeypatch, tmp_path):
    """Training that is paid for twice is what rungs are to save; files that stay would fill the disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen = []

    def score(estimator, X, y):
        seen.extend(os.listdir(glob.glob(f"{tmp_path}/skhpo-*")[0]))
        return estimator.score(X, y)

    search = boosting(scoring=score, brackets="all").fit(*data)
    assert seen and not list(tmp_path.iterdir())
    one = next(trial for trial in search.trials_ if trial.resource == 9 and trial.bracket == 0)
    assert [m.resource for m in one.measurements if m.split == 0] == [1, 3, 9]


def test_files_go_after_an_error_too(data, monkeypatch, tmp_path):
    """A search that fails every night would fill the disk as well."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def score(estimator, X, y):
        if estimator.n_estimators == 3:
            raise SystemExit
        return estimator.score(X, y)

    with pytest.raises(SystemExit):
        boosting(scoring=score).fit(*data)
    assert not list(tmp_path.iterdir())


def test_samples_as_a_resource(data):
    """The whole data set at the end, subsets of at least two of each class before."""
    search = HyperbandSearchCV(LogisticRegression(), {"C": (1e-3, 1e3, "log-uniform")}, cv=3, random_state=0)
    search.set_params(estimator=make_pipeline(StandardScaler(), LogisticRegression()))
    search.set_params(search_spaces={"logisticregression__C": (1e-3, 1e3, "log-uniform")}).fit(*data)
    assert search.max_resources_ == 150 and search.min_resources_ >= 12
    assert "n_samples" not in search.best_params_
    assert search.schedule(*data).equals(search.schedule_)


def test_epochs_as_a_resource(data):
    """What has `partial_fit` is trained epoch by epoch, the winner on all data as well."""
    X, y = StandardScaler().fit_transform(data[0]), data[1]
    search = HyperbandSearchCV(
        SGDClassifier(random_state=0),
        {"alpha": (1e-6, 1e-1, "log-uniform")},
        resource="epochs",
        max_resources=9,
        cv=3,
        random_state=0,
    ).fit(X, y)
    assert search.best_score_ > 0.8 and search.score(X, y) > 0.8
    assert "epochs" not in search.best_params_


def test_groups_and_weights_and_metrics(data):
    """They work in every other search."""
    X, y = load_diabetes(return_X_y=True)
    groups = np.arange(len(X)) // 20
    search = HyperbandSearchCV(
        RandomForestRegressor(random_state=0),
        {"max_depth": (1, 6)},
        resource="n_estimators",
        max_resources=4,
        factor=2,
        cv=GroupKFold(3),
        scoring=["r2", "neg_mean_absolute_error"],
        refit="neg_mean_absolute_error",
        random_state=0,
    ).fit(X, y, groups=groups, sample_weight=np.ones(len(X)))
    assert search.multimetric_ and "mean_test_r2" in search.cv_results_


def test_a_callable_refit_sees_the_largest_resource_only(data):
    """Others are not candidates for the winner."""
    seen = {}

    def choose(results):
        seen.update(results)
        return 0

    search = boosting(refit=choose).fit(*data)
    assert set(seen["n_resources"]) == {9}
    assert search.best_params_ == seen["params"][0]


def test_asynchronous_searches_use_the_same_table(data):
    """ASHA has the rungs of Hyperband's first bracket."""
    search = boosting(asynchronous=True, n_jobs=2).fit(*data)
    assert set(search.cv_results_["n_resources"]) == {1, 3, 9}
    assert search.cv_results_["n_resources"][search.best_index_] == 9


def test_failing_configurations_do_not_go_on(data):
    """Nor do they end the search."""
    space = {"learning_rate": [0.1, -1.0, 0.3, -2.0, 0.5, 1.0], "max_depth": [1, 2]}
    search = HyperbandSearchCV(
        GradientBoostingClassifier(random_state=0),
        space,
        resource="n_estimators",
        max_resources=4,
        factor=2,
        cv=3,
        random_state=0,
    )
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        search.fit(*data)
    failed = [trial for trial in search.trials_ if trial.status == "failed"]
    assert failed and all(len(trial.measurements) == 3 for trial in failed)
    assert search.best_params_["learning_rate"] > 0


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"resource": "n_trees"}, "Cannot use resource=n_trees which is not supported"),
        ({"resource": "max_depth"}, "Cannot use parameter max_depth as the resource"),
        ({"max_resources": 0}, "'max_resources' parameter of HyperbandSearchCV must be"),
        ({"min_resources": 10}, "min_resources=10 is greater than max_resources=9"),
        ({"brackets": "wide"}, "'brackets' parameter of HyperbandSearchCV must be"),
        ({"factor": 1}, "'factor' parameter of HyperbandSearchCV must be"),
        ({"resource": "epochs"}, "it has no method partial_fit"),
        ({"resource": "n_samples", "max_resources": 1000}, "as there are 150 samples"),
    ],
)
def test_mistakes_are_found_before_the_first_fit(data, parameters, message):
    """They would show after hours otherwise."""
    with pytest.raises(ValueError, match=message):
        boosting(**parameters).fit(*data)


def test_a_schedule_of_samples_needs_the_data():
    """It would be a guess."""
    with pytest.raises(ValueError, match="X must be given"):
        HyperbandSearchCV(LogisticRegression(), {"C": [1.0]}).schedule()


def test_a_timeout_in_the_first_rung_leaves_a_winner(data):
    """A budget may end before anybody had the whole resource."""
    search = boosting(timeout=1e-6, initial_configurations=None)
    with pytest.warns(UserWarning, match="ended before any configuration had the whole resource"):
        search.fit(*data)
    assert hasattr(search, "best_estimator_")
    assert len(search.cv_results_["params"]) == 1


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_races_on_the_rungs_find_the_same_winner_in_fewer_fits(data, n_jobs):
    """The rungs pay for every fold of every loser otherwise."""
    full = boosting(sampler="random", cv=5).fit(*data)
    race = boosting(sampler="random", cv=5, racing="lossless", n_jobs=n_jobs).fit(*data)
    assert race.best_params_ == full.best_params_ and race.best_score_ == full.best_score_
    results = race.cv_results_
    assert len(results["params"]) == len(full.cv_results_["params"])
    assert results["n_splits_evaluated"].sum() < 5 * len(results["params"])
    is_pruned = results["status"] == "pruned"
    assert is_pruned.any() and np.isnan(results["mean_test_score"][is_pruned]).all()


def test_a_race_needs_rungs(data):
    """Without complete rungs there is no last place to race for."""
    with pytest.raises(ValueError, match="racing and asynchronous=True exclude each other"):
        boosting(asynchronous=True, racing="margin").fit(*data)


def test_patience_counts_those_with_the_whole_resource(data):
    """Everybody who did not go on from the first rung counted as no improvement, and the search ended there."""
    search = boosting(stopping={"patience": 2}).fit(*data)
    assert search.best_params_["n_estimators"] == 9


def test_a_failed_configuration_never_wins(data):
    """A number for `error_score` above all losses made the one that failed the winner."""

    def score(estimator, X, y):
        if estimator.max_depth == 1 and estimator.n_estimators == 9:
            raise ValueError("no")
        return -1.0 - estimator.max_depth

    search = boosting(scoring=score, error_score=0.0, brackets="all")
    with pytest.warns(UserWarning, match="Scoring failed"):
        search.fit(*data)
    assert search.best_params_["max_depth"] > 1 and search.best_score_ < 0


def test_a_metric_that_is_always_nan_does_not_matter(data):
    """It made the search raise after all fits, though another metric was to be optimised."""
    scoring = {"acc": "accuracy", "bad": lambda estimator, X, y: np.nan}
    search = boosting(scoring=scoring, refit="acc")
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(*data)
    assert search.best_score_ > 0.7


def test_an_earlier_winner_can_be_tried_first(data):
    """Its parameters name the resource, which was refused as a hyperparameter that is not searched."""
    first = {"learning_rate": 0.5, "max_depth": 2, "n_estimators": 9}
    search = boosting(initial_configurations=[first]).fit(*data)
    assert search.trials_[1].configuration == {"learning_rate": 0.5, "max_depth": 2}


def test_a_single_configuration_is_warned_of(data):
    """It looks like a search and is none."""
    search = boosting(min_resources=9)
    with pytest.warns(UserWarning, match="single configuration to try"):
        search.fit(*data)


def test_a_schedule_leaves_the_search_as_it_was(data):
    """It looked fitted afterwards."""
    search = boosting()
    before = dict(vars(search))
    search.schedule()
    assert vars(search) == before


def test_a_schedule_does_not_draw_from_the_splitter(data):
    """The search had other splits than without having looked at its schedule."""
    tables = []
    for looks in (False, True):
        splitter = KFold(3, shuffle=True, random_state=np.random.RandomState(0))
        search = boosting(cv=splitter, sampler="random")
        if looks:
            search.schedule(*data)
        tables.append(search.fit(*data).cv_results_["split0_test_score"])
    np.testing.assert_array_equal(*tables)


def test_nothing_of_the_run_is_left_in_the_search(data):
    """What is shown of a fitted search, pickled and compared are its results."""
    search = boosting(scoring=["accuracy", "roc_auc"], refit=False).fit(*data)
    assert not [name for name in vars(search) if name.startswith("_")]
