"""The rows of the migration page on scikit-optimize's `BayesSearchCV`, run on both sides."""

from __future__ import annotations

import inspect
import math
import warnings
from functools import partial
from threading import Barrier

import joblib
import numpy as np
import pytest
from migration.page import rows_of
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import ShuffleSplit
from sklearn.tree import DecisionTreeClassifier

import skhpo
from skhpo.space import SearchSpace

pytestmark = pytest.mark.integration

differs = rows_of("`skopt.BayesSearchCV`")

X, Y = make_classification(40, 4, random_state=0)
SPACE = {"max_depth": (1, 8), "min_samples_leaf": (1, 10)}
MEETING: list[Barrier] = []


class Tree(DecisionTreeClassifier):
    """Fails without a leaf, notes its weights, and meets another fit where it is asked to."""

    def fit(self, X, y, sample_weight=None, check_input=True):
        if MEETING:
            MEETING[0].wait(timeout=20)
        super().fit(X, y, sample_weight, check_input)
        self.weights_ = sample_weight
        return self


class Anything(DummyClassifier):
    """Takes any value of its hyperparameter."""

    def __init__(self, x=1.0):
        super().__init__()
        self.x = x


@pytest.fixture
def skopt():
    """Return the other package; what it warns of is its own affair."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield pytest.importorskip("skopt")


def bayes(package, space=None, estimator=None, **options):
    """Return the search of a package, short and with a seed."""
    options = {"n_iter": 3, "cv": 2, "random_state": 0, **options}
    return package.BayesSearchCV(estimator or Tree(), SPACE if space is None else space, **options)


def values_of(search, name="x"):
    """Return the values of a hyperparameter in the rows of a search."""
    return [params[name] for params in search.fit(X, Y).cv_results_["params"]]


@differs('``Real(1e-3, 1e3, prior="log-uniform")``', "``Integer(1, 20)``", '``Categorical(["a", "b"])``')
def test_dimensions_are_rewritten_or_stay(row, skopt) -> None:
    """A space would have to be written anew, or would be another one."""
    names = {name: getattr(skopt.space, name) for name in ("Real", "Integer", "Categorical")}
    theirs, ours = row.value("theirs", names), row.value("ours", {})
    assert SearchSpace({"x": theirs}).to_dict() == SearchSpace({"x": ours}).to_dict()
    space = SearchSpace({"x": ours})
    assert all(space.contains({"x": value}) for value in values_of(bayes(skopt, {"x": theirs}, Anything())))


@differs("``search_spaces``, ``n_iter``, ``scoring``, ``cv``, ``refit``, ``random_state``, ``verbose``")
def test_parameters_have_the_same_names(row, skopt) -> None:
    """A call would raise because of a name."""
    theirs, ours = (inspect.signature(package.BayesSearchCV).parameters for package in (skopt, skhpo))
    names = row.theirs.replace("``", "").split(", ")
    assert len(names) == 7 and set(names) <= set(theirs) & set(ours)
    assert list(ours)[:2] == list(theirs)[:2] == ["estimator", "search_spaces"]
    assert {parameter.kind for parameter in list(ours.values())[2:]} == {inspect.Parameter.KEYWORD_ONLY}


@differs("``n_points=4``")
def test_several_configurations_are_fitted_at_once(row, skopt) -> None:
    """With one split, a second worker would have nothing to do."""
    with pytest.raises(TypeError):
        bayes(skhpo, **row.options("theirs"))
    options = {"n_jobs": 2, "n_iter": 4, "cv": ShuffleSplit(1, random_state=0), "refit": False}
    assert len(bayes(skopt, **options, **row.options("theirs")).fit(X, Y).cv_results_["params"]) == 4
    MEETING.append(Barrier(2))
    try:
        with joblib.parallel_config("threading"):
            search = bayes(skhpo, error_score="raise", **options).fit(X, Y)
    finally:
        MEETING.clear()
    assert [trial.status for trial in search.trials_] == ["complete"] * 4


@differs('``optimizer_kwargs={"base_estimator": "GP"}``')
def test_the_model_is_the_sampler(row, skopt) -> None:
    """The model that was asked for would not be the one that chooses."""
    options = row.options("theirs")
    options["optimizer_kwargs"]["n_initial_points"] = 2
    (result,) = bayes(skopt, **options).fit(X, Y).optimizer_results_
    assert type(result.models[-1]).__name__ == "GaussianProcessRegressor"
    ours = bayes(skhpo, n_iter=8, **row.options("ours")).fit(X, Y)
    assert ours.trials_[-1].origin == "model"


@differs('``optimizer_kwargs={"n_initial_points": 5}``')
def test_the_first_trials_are_chosen_by_the_search(row, skopt) -> None:
    """The number would have to be looked for, and is not there."""
    assert len(bayes(skopt, **row.options("theirs")).fit(X, Y).cv_results_["params"]) == 3
    with pytest.raises(TypeError):
        bayes(skhpo, **row.options("theirs"))
    search = bayes(skhpo, n_iter=12, estimator=Tree(max_depth=3)).fit(X, Y)
    origins = [trial.origin for trial in search.trials_]
    assert origins[:2] == ["default", "initial design"] and origins[-1] == "model"


@differs('``error_score="raise"`` is the default')
def test_a_failure_costs_a_row(row, skopt) -> None:
    """One configuration that cannot be fitted would end the search here as well."""
    theirs, ours = (
        inspect.signature(package.BayesSearchCV).parameters["error_score"].default
        for package in (skopt, skhpo)
    )
    assert theirs == row.options("theirs")["error_score"] and math.isnan(ours)
    failing = {"min_samples_leaf": [-1, 1]}
    with pytest.raises(ValueError, match="min_samples_leaf"):
        bayes(skopt, failing, n_iter=6).fit(X, Y)
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        ours = bayes(skhpo, failing).fit(X, Y)
    assert ours.best_params_ == {"min_samples_leaf": 1} and len(ours.trials_) == 2


@differs("``fit_params={...}``, which is ignored")
def test_arguments_of_fit_are_given_to_fit(row, skopt) -> None:
    """Weights would not reach the estimator."""
    weights = np.ones(len(X))
    fit_params = {"sample_weight": weights}
    theirs = bayes(skopt, fit_params=fit_params).fit(X, Y)
    assert theirs.best_estimator_.weights_ is None
    with pytest.raises(TypeError):
        bayes(skhpo, fit_params=fit_params)
    names = {"search": bayes(skhpo), "X": X, "y": Y, "fit_params": fit_params}
    ours = eval(f"search.{row.code('ours')}", names)
    np.testing.assert_array_equal(ours.best_estimator_.weights_, weights)


@differs("``fit(X, y, callback=...)``")
def test_a_callback_is_an_argument_of_the_estimator(row, skopt) -> None:
    """Nobody would know why all fits fail."""
    seen = []
    bayes(skopt).fit(X, Y, callback=seen.append)
    assert len(seen) == 3
    with pytest.raises(ValueError, match="callback"):
        bayes(skhpo).fit(X, Y, callback=seen.append)


@differs("``callback=DeadlineStopper(60)``", "``callback=DeltaYStopper(...)``")
def test_a_search_is_ended_by_its_parameters(row, skopt) -> None:
    """A search that was bounded would run on for all its trials."""
    from skopt.callbacks import DeadlineStopper, DeltaYStopper

    theirs, n_iter, flat = bayes(skopt, n_iter=40), 40, {"scoring": lambda model, X, y: 0.5}
    if "Deadline" in row.theirs:
        callback = eval(row.code("theirs").removeprefix("callback="), {"DeadlineStopper": DeadlineStopper})
        assert callback.total_time == row.options("ours")["timeout"]
        callback.total_time = 0.01
        ours = bayes(skhpo, n_iter=n_iter, sampler="random", timeout=0.01)
    else:
        callback = DeltaYStopper(0.1, n_best=2)
        theirs.set_params(**flat)
        ours = bayes(skhpo, n_iter=n_iter, sampler="random", **flat, **row.options("ours"))
    theirs.fit(X, Y, callback=callback)
    assert 0 < len(theirs.cv_results_["params"]) < n_iter
    assert 0 < len(ours.fit(X, Y).cv_results_["params"]) < n_iter


@differs("``[(space_1, 20), (space_2, 10)]``")
def test_shares_are_written_alike(row, skopt) -> None:
    """A list with shares would have to be rewritten, or `n_iter` mean something else in silence."""
    names = {"space_1": {"x": (0.0, 1.0)}, "space_2": {"x": (5.0, 6.0)}}
    shares = [(space, n // 10) for space, n in row.value("theirs", names)]
    theirs = values_of(bayes(skopt, shares, Anything()))
    n_iter = row.options("ours", i=0)["n_iter"] // 10
    ours = values_of(bayes(skhpo, shares, Anything(), n_iter=n_iter, initial_configurations=None))
    assert len(theirs) == len(ours) == n_iter
    assert sum(value < 2 for value in theirs) == sum(value < 2 for value in ours) == 2
    with pytest.raises(ValueError, match="n_iter"):
        bayes(skhpo, shares, Anything(), n_iter=n_iter - 1).fit(X, Y)


@differs("``[space_1, space_2]``: `n_iter` trials in each, one space after the other")
def test_spaces_share_the_trials(row, skopt) -> None:
    """A search would do half of the trials that it did, and nobody would know why."""
    spaces = [{"x": (0.0, 1.0)}, {"x": (5.0, 6.0)}]
    theirs = values_of(bayes(skopt, spaces, Anything()))
    ours = values_of(bayes(skhpo, spaces, Anything(), n_iter=6))
    assert [value < 2 for value in theirs] == [True] * 3 + [False] * 3
    assert len(ours) == 6 and {value < 2 for value in ours} == {True, False}


@differs("``total_iterations``")
def test_the_number_of_trials_is_known_beforehand(row, skopt) -> None:
    """A progress bar would have no end."""
    search = bayes(skopt, [SPACE])
    assert eval(f"search.{row.code('theirs')}", {"search": search}) == 3
    ours = bayes(skhpo)
    assert len(ours.fit(X, Y).trials_) == ours.n_iter == 3


@differs('``[0.1, 10.0]``, ``[1, 10, "log-uniform"]`` as ranges')
@pytest.mark.parametrize("i", [0, 1])
def test_lists_of_numbers_are_choices(row, i, skopt) -> None:
    """A range would be searched at its ends only."""
    theirs, ours = (row.value(cell, {}, i) for cell in ("theirs", "ours"))
    low, high = ours[:2]
    found = values_of(bayes(skopt, {"x": theirs}, Anything(), n_iter=5))
    assert all(low <= value <= high for value in found) and not set(found) <= {low, high}
    assert set(values_of(bayes(skhpo, {"x": theirs}, Anything()))) <= set(theirs)
    space = SearchSpace({"x": ours})
    assert all(space.contains({"x": value}) for value in found)


@differs('``("a", "b", "c")`` as choices')
def test_tuples_are_ranges(row, skopt) -> None:
    """A tuple of names would be taken for choices here, and one of numbers not."""
    theirs, ours = row.value("theirs", {}), row.value("ours", {})
    assert set(values_of(bayes(skopt, {"x": theirs}, Anything()))) <= set(theirs)
    with pytest.raises(skhpo.InvalidSpaceError, match="write a list for choices"):
        bayes(skhpo, {"x": theirs}, Anything()).fit(X, Y)
    assert set(values_of(bayes(skhpo, {"x": ours}, Anything()))) == set(theirs) == set(ours)


@differs("``optimizer_results_``")
def test_the_trials_are_there(row, skopt) -> None:
    """What was tried, and what the optimiser made of it, could not be looked at."""
    theirs = bayes(skopt).fit(X, Y)
    (result,) = eval(f"search.{row.code('theirs')}", {"search": theirs})
    ours = bayes(skhpo).fit(X, Y)
    trials, frame = (eval(f"search.{row.code('ours', i)}", {"search": ours}) for i in (0, 1))
    assert len(result.x_iters) == len(trials) == len(frame) == 3


@differs("a callable `refit` fails")
def test_a_callable_refit_chooses(row, skopt) -> None:
    """Somebody's rule for the winner would raise here as well."""
    last = partial(lambda results: len(results["params"]) - 1)
    with pytest.raises(Exception, match=r"."):
        bayes(skopt, refit=last).fit(X, Y)
    assert bayes(skhpo, refit=last).fit(X, Y).best_index_ == 2
