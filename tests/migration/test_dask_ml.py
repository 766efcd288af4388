"""The rows of the migration page on dask-ml: our side alone, as some of its searches do not run at present."""

from __future__ import annotations

import inspect
import math
from typing import Any

import joblib
import numpy as np
import pytest
from migration.page import rows_of
from scipy.stats import loguniform
from sklearn.datasets import make_classification
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import ShuffleSplit
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import skhpo

covers = rows_of("`dask_ml.model_selection`")

X, Y = make_classification(60, 4, random_state=0)
FITTED: list = []


class Scaler(StandardScaler):
    """Counts its fits."""

    def fit(self, X, y=None, sample_weight=None):
        FITTED.append(len(X))
        return super().fit(X, y, sample_weight)


class Epochs(SGDClassifier):
    """Notes how many rows each call of `partial_fit` is given."""

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        FITTED.append(len(X))
        return super().partial_fit(X, y, classes, sample_weight)


NAMES: dict[str, Any] = {
    "model": Epochs(random_state=0),
    "grid": {"alpha": [1e-3, 1e-2, 1e-1]},
    "space": {"alpha": loguniform(1e-5, 1.0)},
    "ShuffleSplit": ShuffleSplit,
    **{name: getattr(skhpo, name) for name in skhpo.__all__},
}


def written(row, i=0):
    """Return the search that a cell of ours writes, short and with a seed."""
    search = row.value("ours", NAMES, i)
    if "random_state" in search.get_params(deep=False):
        search.set_params(random_state=0)
    return search.set_params(cv=2)


def hyperband(**options):
    """Return a search over epochs."""
    options = {"max_resources": 9, "cv": 2, "random_state": 0, **options}
    return skhpo.HyperbandSearchCV(NAMES["model"], NAMES["space"], resource="epochs", **options)


@covers(
    "``GridSearchCV(model, grid)``",
    "``RandomizedSearchCV(model, space, n_iter=4)``",
    "``HyperbandSearchCV(model, space, max_iter=9)``",
    "``SuccessiveHalvingSearchCV(model, space, n_initial_parameters=9, n_initial_iter=1, max_iter=9)``",
    "``IncrementalSearchCV(model, space, n_initial_parameters=9, max_iter=9)``, ``InverseDecaySearchCV(...)``",
)
def test_what_is_written_there_becomes_a_search_that_runs(row) -> None:
    """The first line that somebody changes over would raise, or train another number of models."""
    search = written(row).fit(X, Y)
    assert search.predict(X).shape == Y.shape
    theirs = dict(part.split("=") for part in row.code("theirs").strip(")").split(", ") if "=" in part)
    if "max_iter" in theirs:
        assert max(search.cv_results_["n_resources"]) == int(theirs["max_iter"])
    if "n_initial_iter" in theirs:
        assert search.n_resources_[0] == int(theirs["n_initial_iter"])
        assert search.n_candidates_ == [int(theirs["n_initial_parameters"]), 3, 1]
    if "n_iter" in theirs:
        assert len(search.cv_results_["params"]) == int(theirs["n_iter"])


@covers("``HyperbandSearchCV(model, space, max_iter=9)``")
def test_brackets_are_those_of_hyperband_at_random(row) -> None:
    """Whoever wants the published algorithm would get another one."""
    plan = hyperband(**row.options("ours", i=1)).schedule()
    first = plan[plan["iter"] == 0]
    assert first[["n_candidates", "n_resources"]].to_numpy().tolist() == [[9, 1], [5, 3], [3, 9]]
    assert len(hyperband().schedule()) != len(plan)


@covers("``aggressiveness=4``")
def test_aggressiveness_is_the_factor(row) -> None:
    """One in so many goes on: another number would make another schedule."""
    assert row.options("ours") == {"factor": row.options("theirs")["aggressiveness"]}
    plan = hyperband(max_resources=16, sampler="random", **row.options("ours")).schedule()
    assert plan["n_resources"].unique().tolist() == [1, 4, 16]


@covers("``max_iter=9`` calls of `partial_fit`, each with one chunk")
def test_an_epoch_is_a_pass_over_all_rows(row) -> None:
    """The amount of training would be another one than the page says."""
    options = row.options("ours")
    search = hyperband(sampler="random", refit=False, **options)
    FITTED.clear()
    search.fit(X, Y)
    assert set(FITTED) == {30}  # the training part of each of two folds
    most = options["max_resources"]
    assert search.max_resources_ == row.options("theirs")["max_iter"] == most
    # Nine configurations are trained once, three of them twice more, one of these six times more; and so on.
    assert len(FITTED) == 2 * ((9 + 3 * 2 + 6) + (5 * 3 + 6) + 3 * 9)


@covers("``patience=True``, for a model that does not get better any more")
def test_patience_ends_the_search(row) -> None:
    """The rule that the page names would not be one of this search."""
    options = row.options("ours")
    with pytest.raises(TypeError):
        hyperband(**row.options("theirs"))
    flat = {"scoring": lambda model, X, y: 0.5, "sampler": "random", "max_resources": 3, "n_repeats": 9}
    search = hyperband(**flat, **options).fit(X, Y)
    complete = [trial for trial in search.trials_ if trial.status == "complete"]
    assert len(complete) == 1 + 20 < 9 * 3


@covers("``test_size=0.2``")
def test_one_part_is_held_out(row) -> None:
    """Whoever had one validation set would pay for five folds."""
    search = hyperband(max_resources=3, **row.options("ours", NAMES)).fit(X, Y)
    assert search.split_sizes_ == [(48, 12)]
    assert search.split_sizes_[0][1] == len(X) * row.options("theirs")["test_size"]


@covers("``fit(X, y, classes=[0, 1, 2])``")
def test_classes_are_those_of_the_target(row) -> None:
    """A class that no row of a subset has would not be known to the model."""
    search = hyperband(max_resources=3).fit(X, Y)
    assert search.classes_.tolist() == [0, 1]
    with pytest.raises(ValueError, match="classes"):
        hyperband(max_resources=3).fit(X, Y, classes=[0, 1])


@covers("``n_jobs=-1`` is the default", '``error_score="raise"`` is the default')
def test_defaults_are_those_of_scikit_learn(row) -> None:
    """Whoever relies on a default would have one core, or an error, without knowing why."""
    (theirs,), (ours,) = row.options("theirs").items(), row.options("ours", {"nan": math.nan}).items()
    for name in ("GridSearchCV", "RandomizedSearchCV", "HyperbandSearchCV", "HalvingRandomSearchCV"):
        default = inspect.signature(getattr(skhpo, name)).parameters[ours[0]].default
        assert str(default) == str(ours[1]) != str(theirs[1])


@covers("``cache_cv=True``, and steps of pipelines are fitted once")
def test_steps_are_fitted_once(row, tmp_path) -> None:
    """A slow preprocessing would be fitted again for every configuration."""
    steps = [("scale", Scaler()), ("model", SGDClassifier(random_state=0))]
    pipeline = eval(
        row.code("ours").replace('"folder"', "folder"),
        {"Pipeline": Pipeline, "steps": steps, "folder": str(tmp_path)},
    )
    FITTED.clear()
    skhpo.GridSearchCV(pipeline, {"model__alpha": [1e-3, 1e-2, 1e-1]}, cv=2, refit=False).fit(X, Y)
    assert FITTED == [30, 30]


@covers("``metadata``", "``metadata_``, ``history_``, ``model_history_``")
def test_the_plan_and_what_was_done_are_tables(row) -> None:
    """What a search will cost, and what it has done, could not be looked up."""
    search = hyperband(sampler="random")
    plan = eval(f"search.{row.code('ours')}", {"search": search}) if row.theirs == "``metadata``" else None
    search.fit(X, Y)
    assert plan is None or plan.equals(search.schedule_)
    assert len(search.trials_frame()) == len(search.trials_) == 9 + 5 + 3
    # One entry for each rung of each fold, as in their history of each model.
    assert [one.resource for one in search.trials_[0].measurements if one.split == 0][0] == 1


@covers('``cv_results_["test_score"]``, ``cv_results_["partial_fit_calls"]``')
def test_columns_have_other_names(row) -> None:
    """A script that reads the table would not find its columns."""
    search = hyperband(sampler="random").fit(X, Y)
    score, resources = (row.value("ours", {"cv_results_": search.cv_results_}, i) for i in (0, 1))
    assert len(score) == len(resources) == search.schedule_["n_candidates"].sum()
    assert not set(search.cv_results_) & {"test_score", "partial_fit_calls"}


@covers("``best_estimator_`` has seen the training part")
def test_the_best_model_has_seen_all_data(row) -> None:
    """A fifth of the data would be left unused, or a model be trained that nobody asked for."""
    FITTED.clear()
    hyperband(max_resources=3).fit(X, Y)
    assert FITTED[-1] == len(X)
    FITTED.clear()
    search = hyperband(max_resources=3, **row.options("ours")).fit(X, Y)
    assert set(FITTED) == {30} and not hasattr(search, "best_estimator_")


@covers("dask arrays")
@pytest.mark.integration
@pytest.mark.filterwarnings("ignore")
def test_data_are_in_memory(row) -> None:
    """Chunks would be computed again and again, or not at all."""
    array = pytest.importorskip("dask.array").from_array(X, chunks=(20, 4))
    search = hyperband(max_resources=3).fit(eval(row.code("ours"), {"X": array}), Y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"],
        hyperband(max_resources=3).fit(X, Y).cv_results_["mean_test_score"],
    )


@covers("a dask `Client`, ``scheduler=client``")
@pytest.mark.integration
@pytest.mark.filterwarnings("ignore")
def test_workers_may_be_those_of_dask(row) -> None:
    """A cluster that is there would stay idle."""
    distributed = pytest.importorskip("distributed")
    here = hyperband(max_resources=3).fit(X, Y)
    lines = f"{row.code('ours')}\n    search.fit(X, Y)".replace("...", "n_workers=1, dashboard_address=None")
    search = hyperband(max_resources=3)
    exec(lines, {"Client": distributed.Client, "joblib": joblib, "search": search, "X": X, "Y": Y})
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"])
