"""The rows of the migration page on scikit-learn's grid and random search, run on both sides."""

from __future__ import annotations

import inspect
import warnings
from collections import Counter
from threading import get_ident

import numpy as np
import pytest
from migration.page import rows_of
from scipy.stats import loguniform, randint, uniform
from sklearn import model_selection
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import ParameterSampler
from sklearn.model_selection._search import BaseSearchCV
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import skhpo
from skhpo import Ordinal, Real
from skhpo.exceptions import InterruptedWarning
from skhpo.space import SearchSpace

differs = rows_of("scikit-learn's `GridSearchCV`, `RandomizedSearchCV`")
notation = rows_of("a space of `RandomizedSearchCV`")

both_packages = pytest.mark.parametrize("package", [model_selection, skhpo], ids=["theirs", "ours"])
X, Y = make_classification(40, 4, random_state=0)
NAMES = {
    "loguniform": loguniform,
    "uniform": uniform,
    "randint": randint,
    "np": np,
    "Ordinal": Ordinal,
    "Real": Real,
}
FITS: Counter = Counter()


class Tree(DecisionTreeClassifier):
    """Counts its fits, fails without a leaf, and is interrupted where it is told so."""

    def fit(self, X, y, sample_weight=None, check_input=True):
        FITS[get_ident()] += 1
        if self.random_state == 13:
            raise KeyboardInterrupt
        return super().fit(X, y, sample_weight, check_input)


class Anything(DummyClassifier):
    """Takes any value of its hyperparameter."""

    def __init__(self, C=1.0):
        super().__init__()
        self.C = C


def n_fits(search):
    """Return how many models a search trains, without the refit."""
    FITS.clear()
    search.set_params(refit=False).fit(X, Y)
    return sum(FITS.values())


def public(search):
    """Return the names of attributes and methods that a fitted search shows."""
    return {name for name in dir(search) if not name.startswith("_")}


@differs("all parameters")
@pytest.mark.parametrize("name", ["GridSearchCV", "RandomizedSearchCV"])
def test_parameters_come_first_in_the_same_order(row, name) -> None:
    """A call with positional arguments, or one that relies on a default, would mean something else."""
    theirs, ours = (
        [
            (p.name, p.kind, str(p.default))
            for p in inspect.signature(getattr(source, name)).parameters.values()
        ]
        for source in (model_selection, skhpo)
    )
    position = {parameter: i for i, parameter in enumerate(ours)}
    assert [position[parameter] for parameter in theirs] == list(range(len(theirs)))


@differs("all attributes and methods")
def test_attributes_and_methods_are_there(row) -> None:
    """A script that reads an attribute of a search would fail after the change."""
    theirs, ours = (
        source.GridSearchCV(SVC(), {"C": [0.1, 1.0]}, cv=2).fit(X, Y) for source in (model_selection, skhpo)
    )
    assert public(theirs) <= public(ours)
    assert {"trials_", "trials_frame"} <= public(ours) - public(theirs)


@differs("``random_state=0``")
def test_a_seed_gives_the_same_candidates(row) -> None:
    """Results of the past could not be made again after the change."""
    space = {"C": loguniform(1e-2, 1e2), "kernel": ["linear", "rbf"], "degree": randint(2, 5)}
    theirs, ours = (
        source.RandomizedSearchCV(SVC(), space, n_iter=4, cv=2, **row.options("theirs")).fit(X, Y)
        for source in (model_selection, skhpo)
    )
    assert theirs.cv_results_["params"] == ours.cv_results_["params"]
    np.testing.assert_array_equal(theirs.cv_results_["mean_test_score"], ours.cv_results_["mean_test_score"])


@differs("a candidate that comes twice is fitted twice")
def test_a_candidate_is_fitted_once(row) -> None:
    """Repeats in a grid would cost their fits here as well."""
    theirs, ours = (
        source.GridSearchCV(Tree(), {"max_depth": [1, 2, 1]}, cv=2) for source in (model_selection, skhpo)
    )
    assert (n_fits(theirs), n_fits(ours)) == (6, 4)
    assert ours.cv_results_["params"] == theirs.cv_results_["params"]


@differs("a candidate that fails: a warning")
def test_a_failure_keeps_its_traceback(row) -> None:
    """What a failed candidate died of could not be looked up."""
    failing = {"max_depth": [1, -1]}
    with pytest.warns(FitFailedWarning, match="max_depth"), pytest.warns(UserWarning, match="non-finite"):
        theirs = model_selection.GridSearchCV(Tree(), failing, cv=2).fit(X, Y)
    with pytest.warns(FitFailedWarning, match="max_depth"), pytest.warns(UserWarning, match="non-finite"):
        ours = skhpo.GridSearchCV(Tree(), failing, cv=2).fit(X, Y)
    assert not hasattr(theirs, "trials_")
    error = eval(row.code("ours"), {"trials_": ours.trials_, "i": 1})
    assert "Traceback" in error.traceback and "max_depth" in error.message


@differs("an infinite score is the best one")
def test_an_infinite_score_does_not_win(row) -> None:
    """A metric that overflows would choose the model here too."""

    def score(model, X, y):
        return np.inf if model.max_depth == 1 else 0.5

    found = {}
    for package in (model_selection, skhpo):
        search = package.GridSearchCV(Tree(), {"max_depth": [1, 2]}, scoring=score, cv=2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search.fit(X, Y)
        found[package] = search
    assert found[model_selection].best_params_ == {"max_depth": 1}
    assert found[skhpo].best_params_ == {"max_depth": 2}
    assert np.isnan(found[skhpo].cv_results_["mean_test_score"][0])
    assert found[skhpo].trials_[0].status == "failed"


@differs("a number in `error_score` is ranked like a score")
@both_packages
def test_an_error_score_is_ranked(row, package) -> None:
    """Ranks of failed candidates would be others after the change."""
    search = package.GridSearchCV(Tree(), {"max_depth": [-1, 1]}, error_score=2.0, cv=2, refit=False)
    with pytest.warns(FitFailedWarning):
        search.fit(X, Y)
    assert search.cv_results_["rank_test_score"].tolist() == [1, 2]
    assert search.best_params_ == {"max_depth": -1}


@differs('``(0.1, 1.0, "log-uniform")`` is three choices')
def test_a_tuple_is_choices(row) -> None:
    """A candidate would silently be something else than in scikit-learn, or a range be taken for choices unseen."""
    space = {"C": row.value("theirs", NAMES)}
    theirs = list(ParameterSampler(space, 3, random_state=0))
    search = skhpo.RandomizedSearchCV(Anything(), space, n_iter=3, cv=2, random_state=0, refit=False)
    with pytest.warns(UserWarning, match="is three choices .* as in scikit-learn"):
        search.fit(X, Y)
    assert search.cv_results_["params"] == theirs
    assert len({params["C"] for params in theirs}) == 3
    assert SearchSpace(space).subspaces[0].dimensions["C"] == Real(0.1, 1.0, "log-uniform")


@differs("``verbose=1`` prints how many fits there will be, ``verbose=2`` a line a fit")
def test_verbose_prints_what_is_said(row, capsys) -> None:
    """A log that is read by a script, or by somebody who waits, would be another one than the page says."""

    def lines(source, **options):
        source.GridSearchCV(Tree(), {"max_depth": [1, 2]}, cv=2, refit=False, **options).fit(X, Y)
        return capsys.readouterr().out.splitlines()

    first, second = (lines(model_selection, **row.options("theirs", i=i)) for i in (0, 1))
    assert first == ["Fitting 2 folds for each of 2 candidates, totalling 4 fits"]
    assert sum("max_depth" in line for line in second) == 4
    by_trial, by_fit = (lines(skhpo, **row.options("ours", i=i)) for i in (0, 1))
    assert sum("best" in line for line in by_trial) == 2
    assert len(by_fit) >= len(by_trial) + 4


@differs("``isinstance(search, GridSearchCV)``")
def test_the_base_class_is_the_same(row) -> None:
    """Code that asks for a search would not know ours, or one that asks for scikit-learn's get another class."""
    ours = skhpo.GridSearchCV(SVC(), {})
    assert not eval(row.code("theirs"), {"search": ours, "GridSearchCV": model_selection.GridSearchCV})
    assert isinstance(ours, BaseSearchCV)
    assert isinstance(model_selection.GridSearchCV(SVC(), {}), BaseSearchCV)


@differs("runs until all candidates are fitted")
@pytest.mark.parametrize("i", [0, 1])
def test_a_search_may_end_earlier(row, i) -> None:
    """The two ways to bound a search that the page names would not be parameters of the drop-ins."""
    grid = {"C": list(range(25))}
    theirs = model_selection.GridSearchCV(Anything(), grid, cv=2)
    assert len(theirs.fit(X, Y).cv_results_["params"]) == 25
    options = row.options("ours", i=i)
    with pytest.raises(TypeError):
        model_selection.GridSearchCV(Anything(), grid, **options)
    if "timeout" in options:
        options["timeout"] = 1e-3  # seconds
    ours = skhpo.GridSearchCV(Anything(), grid, cv=2, **options).fit(X, Y)
    assert 1 <= len(ours.cv_results_["params"]) < 25


@differs("Ctrl-C raises, and everything is lost")
def test_ctrl_c_keeps_what_is_finished(row) -> None:
    """An afternoon's results would be gone with one key."""
    grid = {"random_state": [0, 1, 13]}
    theirs = model_selection.GridSearchCV(Tree(), grid, cv=2)
    with pytest.raises(KeyboardInterrupt):
        theirs.fit(X, Y)
    assert not hasattr(theirs, "cv_results_")
    with pytest.warns(InterruptedWarning):
        ours = skhpo.GridSearchCV(Tree(), grid, cv=2).fit(X, Y)
    assert ours.cv_results_["params"] == [{"random_state": 0}, {"random_state": 1}]


@differs("a killed search begins again")
def test_a_file_has_the_search_go_on(row, tmp_path) -> None:
    """Every fit would be made again after a crash."""
    options = row.options("ours")
    with pytest.raises(TypeError):
        model_selection.GridSearchCV(Tree(), {}, **options)
    path = tmp_path / options["storage"]
    grid = {"max_depth": [1, 2]}
    theirs, ours = (
        [n_fits(source.GridSearchCV(Tree(), grid, cv=2, **arguments)) for _ in range(2)]
        for source, arguments in ((model_selection, {}), (skhpo, {"storage": path}))
    )
    assert theirs == [4, 4]
    assert ours == [4, 0]


@notation("``loguniform(1e-2, 1e2)``", "``uniform(0, 1)``", "``randint(1, 20)``")
def test_distributions_are_ranges(row) -> None:
    """A range written as the page says would not be the distribution that it replaces."""
    theirs, ours = row.value("theirs", NAMES), row.value("ours", NAMES)
    as_it_is, rewritten = SearchSpace({"x": theirs}), SearchSpace({"x": ours})
    assert as_it_is.to_dict() == rewritten.to_dict()
    drawn = list(ParameterSampler({"x": theirs}, 100, random_state=0))
    assert all(rewritten.contains({"x": params["x"]}) for params in drawn)
    low, high = ours[:2]
    assert {theirs.ppf(0) + isinstance(low, int), theirs.ppf(1)} == {low, high}


@notation('``["linear", "rbf"]``')
def test_lists_are_choices(row) -> None:
    """A list of two would be a range, as in scikit-optimize."""
    choices = row.value("theirs", NAMES)
    assert {params["x"] for params in ParameterSampler({"x": choices}, 2, random_state=0)} == set(choices)
    assert SearchSpace({"x": choices}).to_dict() == SearchSpace({"x": skhpo.Categorical(choices)}).to_dict()


@notation("``[1, 2, 5, 10, 20]``", "``np.logspace(-3, 3, 7)``")
def test_lists_of_numbers_have_an_order(row) -> None:
    """What the page offers in place of a list would cover other values."""
    theirs, ours = row.value("theirs", NAMES), row.value("ours", NAMES)
    rewritten = SearchSpace({"x": ours})
    values = [params["x"] for params in ParameterSampler({"x": theirs}, len(theirs), random_state=0)]
    assert all(rewritten.contains({"x": value}) for value in values)
    as_it_is, ordered = (SearchSpace({"x": one}).columns for one in (theirs, ours))
    assert {column.kind for column in as_it_is} == {"unordered"}
    assert {column.kind for column in ordered} <= {"ordered", "continuous"}


@notation('``[{"kernel": ["linear"]}, {"kernel": ["rbf"], "gamma": uniform(0, 1)}]``')
def test_a_list_of_dicts_is_one_dict_with_conditions(row) -> None:
    """A space rewritten with conditions would hold other configurations than the list that it replaces."""
    theirs, ours = row.value("theirs", NAMES), row.value("ours", NAMES)
    for params in ParameterSampler(theirs, 20, random_state=0):
        assert SearchSpace(theirs).contains(params) and SearchSpace(ours).contains(params)
    for space in (theirs, ours):
        search = skhpo.BayesSearchCV(SVC(), space, n_iter=4, cv=2, random_state=0, refit=False).fit(X, Y)
        assert all(
            ("gamma" in params) == (params["kernel"] == "rbf") for params in search.cv_results_["params"]
        )
