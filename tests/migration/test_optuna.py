"""The rows of the migration page on `OptunaSearchCV`, run on both sides."""

from __future__ import annotations

import inspect
import os
import warnings

import pytest
from migration.page import rows_of
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import SGDClassifier
from sklearn.tree import DecisionTreeClassifier

import skhpo
from skhpo import Ordinal
from skhpo.space import SearchSpace

pytestmark = pytest.mark.integration

differs = rows_of("`OptunaSearchCV`")

X, Y = make_classification(40, 4, random_state=0)
CHOICES = ("FloatDistribution", "IntDistribution", "CategoricalDistribution")
PIDS: set[int] = set()


class Anything(DummyClassifier):
    """Takes any value of its hyperparameter, and notes in which process it is trained and with how many rows."""

    def __init__(self, x=1.0, y=1.0):
        super().__init__()
        self.x = x
        self.y = y

    def fit(self, X, y, sample_weight=None):
        PIDS.add(os.getpid())
        super().fit(X, y, sample_weight)
        self.n_rows_ = len(X)
        return self


class Picky(Anything):
    """Refuses a negative value as soon as it is set."""

    def set_params(self, **params):
        if params.get("x", 0) < 0:
            raise ValueError("x is negative")
        return super().set_params(**params)


@pytest.fixture
def optuna():
    """Return the other package, quiet; what it warns of is its own affair."""
    found = pytest.importorskip("optuna")
    pytest.importorskip("optuna_integration.sklearn")
    found.logging.set_verbosity(found.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield found


def theirs_of(optuna, space=None, estimator=None, **options):
    """Return Optuna's search, short and with a seed."""
    from optuna_integration import OptunaSearchCV

    space = space or {"x": optuna.distributions.FloatDistribution(0.0, 1.0)}
    options = {"n_trials": 3, "cv": 2, "random_state": 0, **options}
    return OptunaSearchCV(estimator or Anything(), space, **options)


def ours_of(space=None, estimator=None, **options):
    """Return our search, short and with a seed."""
    options = {"n_iter": 3, "cv": 2, "random_state": 0, "sampler": "random", **options}
    return skhpo.BayesSearchCV(estimator or Anything(), space or {"x": (0.0, 1.0)}, **options)


@differs(
    "``FloatDistribution(1e-3, 1e3, log=True)``",
    "``IntDistribution(1, 20)``",
    "``IntDistribution(10, 100, step=10)``",
    '``CategoricalDistribution(["a", "b"])``',
)
def test_distributions_are_rewritten_or_stay(row, optuna) -> None:
    """A space would have to be written anew, or would be another one."""
    theirs = row.value("theirs", {name: getattr(optuna.distributions, name) for name in CHOICES})
    ours = row.value("ours", {"Ordinal": Ordinal})
    assert SearchSpace({"x": theirs}).to_dict() == SearchSpace({"x": ours}).to_dict()
    found = theirs_of(optuna, {"x": theirs}, n_trials=5).fit(X, Y)
    assert all(SearchSpace({"x": ours}).contains(trial.params) for trial in found.trials_)


@differs("``n_trials=100`` (10 by default, None for no limit)")
def test_the_number_of_trials_has_another_default(row, optuna) -> None:
    """A search would be five times as long as it was, and nobody would know why."""
    from optuna_integration import OptunaSearchCV

    theirs = inspect.signature(OptunaSearchCV).parameters["n_trials"].default
    ours = inspect.signature(skhpo.BayesSearchCV).parameters["n_iter"].default
    assert f"({theirs} by default" in row.theirs and f"({ours} by default" in row.ours
    assert row.options("theirs")["n_trials"] == row.options("ours")["n_iter"]
    assert len(theirs_of(optuna, n_trials=None, timeout=0.05).fit(X, Y).trials_) > 0
    with pytest.raises(ValueError, match="n_iter"):
        ours_of(n_iter=None).fit(X, Y)
    assert 0 < len(ours_of(n_iter=10**6, timeout=0.2).fit(X, Y).trials_) < 10**6


@differs("``timeout=60``, to which the refit is added")
def test_the_time_budget_is_the_same_parameter(row, optuna) -> None:
    """A search would run until all its trials are done."""
    assert row.options("theirs").keys() == {"timeout"}
    assert len(theirs_of(optuna, n_trials=10**4, timeout=0.1).fit(X, Y).trials_) < 10**4
    assert len(ours_of(n_iter=10**4, timeout=0.2).fit(X, Y).trials_) < 10**4


@differs("``enable_pruning=True, max_iter=27``, for estimators with `partial_fit`")
def test_pruning_is_a_search_with_rungs_or_a_race(row, optuna) -> None:
    """Every configuration would be trained to its end."""
    options = row.options("theirs")
    space = {"alpha": optuna.distributions.FloatDistribution(1e-6, 1.0, log=True)}
    model = SGDClassifier(random_state=0)
    assert theirs_of(optuna, space, model, **options).fit(X, Y).best_params_.keys() == {"alpha"}
    names = {"HyperbandSearchCV": skhpo.HyperbandSearchCV, "model": model, "space": space}
    search = row.value("ours", names).set_params(cv=2, random_state=0, sampler="random").fit(X, Y)
    assert search.max_resources_ == options["max_iter"]
    assert len({trial.resource for trial in search.trials_ for trial in trial.measurements}) > 1
    race = ours_of(
        {"max_depth": (1, 8)}, DecisionTreeClassifier(), n_iter=8, cv=5, **row.options("ours", i=1)
    )
    assert "n_splits_evaluated" in race.fit(X, Y).cv_results_


@differs("``subsample=0.5``")
def test_a_splitter_gives_smaller_training_sets(row, optuna) -> None:
    """Whoever searched on a half of the rows would search on all of them."""
    from sklearn.model_selection import ShuffleSplit

    rows = []
    scoring = lambda model, X, y: rows.append(model.n_rows_) or 0.5  # noqa: E731
    theirs_of(optuna, scoring=scoring, **row.options("theirs")).fit(X, Y)
    assert set(rows) == {10}  # a half of 40, and of these the training part of one of two folds
    rows.clear()
    with pytest.raises(TypeError):
        ours_of(**row.options("theirs"))
    cv = ShuffleSplit(2, train_size=10, test_size=10, random_state=0)
    ours_of(scoring=scoring, cv=cv).fit(X, Y)
    assert set(rows) == {10}


@differs("``n_jobs=4`` (threads)")
def test_workers_are_processes(row, optuna) -> None:
    """Fits in Python would wait for each other, or an objective be in another process unknown."""
    import joblib

    assert row.options("theirs") == row.options("ours")
    PIDS.clear()
    theirs_of(optuna, n_jobs=2).fit(X, Y)
    assert os.getpid() in PIDS and len(PIDS) == 1
    PIDS.clear()
    ours_of(n_jobs=2, refit=False).fit(X, Y)
    assert not PIDS
    with eval(row.code("ours", 1), {"joblib": joblib}):
        ours_of(n_jobs=2, refit=False).fit(X, Y)
    assert os.getpid() in PIDS and len(PIDS) == 1


@differs("``study=study``, for its sampler")
def test_the_sampler_is_a_name(row, optuna) -> None:
    """The sampler would be another one than was asked for."""
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    theirs = theirs_of(optuna, **row.options("theirs", {"study": study})).fit(X, Y)
    assert theirs.study_ is study and theirs.study_.sampler is study.sampler
    with pytest.raises(TypeError):
        ours_of(study=study)
    ours = ours_of(n_iter=12, **row.options("ours")).fit(X, Y)
    assert ours.trials_[-1].origin == "model"


@differs("``study=study``, to go on with earlier trials")
def test_earlier_trials_are_learnt_from(row, optuna) -> None:
    """What a study has found would have to be found again."""
    distribution = optuna.distributions.FloatDistribution(0.0, 1.0)
    study = optuna.create_study(direction="maximize")
    for x, score in ((0.25, 0.9), (0.75, 0.1)):
        study.add_trial(optuna.create_trial(params={"x": x}, distributions={"x": distribution}, value=score))
    search = ours_of(**row.options("ours", {"study": study})).fit(X, Y)
    assert {"x": 0.25} in [trial.configuration for trial in search.trials_[:2]]
    assert {"x": 0.75} not in [trial.configuration for trial in search.trials_]
    theirs = theirs_of(optuna, **row.options("theirs", {"study": study})).fit(X, Y)
    assert len(theirs.trials_) == 2 + 3


@differs('``create_study(storage="sqlite:///study.db", load_if_exists=True)``')
def test_a_file_keeps_the_trials(row, optuna, tmp_path, monkeypatch) -> None:
    """A search that was killed would begin again, or do more trials than it was asked for."""
    monkeypatch.chdir(tmp_path)
    create = (
        row.code("theirs")
        .replace("study.db", "theirs.db")
        .replace("(", '(study_name="name", direction="maximize", ', 1)
    )
    n_theirs, n_ours = [], []
    for _ in range(2):
        study = eval(create, {"create_study": optuna.create_study})
        n_theirs.append(len(theirs_of(optuna, study=study).fit(X, Y).trials_))
        n_ours.append(len(ours_of(**row.options("ours")).fit(X, Y).trials_))
    assert (n_theirs, n_ours) == ([3, 6], [3, 3])
    assert (tmp_path / row.options("ours")["storage"]).is_file()


@differs("``callbacks=[...]``, to stop the study")
def test_a_callable_ends_the_search(row, optuna) -> None:
    """A rule of one's own would have no place."""
    theirs = theirs_of(optuna, n_trials=20, callbacks=[lambda study, trial: study.stop()])
    assert len(theirs.fit(X, Y).trials_) == 1
    assert len(ours_of(n_iter=20, stopping=lambda trials: len(trials) >= 1).fit(X, Y).trials_) == 1


@differs("a callable `refit` is ignored")
def test_a_callable_refit_chooses(row, optuna) -> None:
    """Somebody's rule for the winner would be ignored in silence."""
    seen = []

    def last(results):
        seen.append(results)
        return len(results["params"]) - 1

    theirs_of(optuna, refit=last).fit(X, Y)
    assert not seen
    assert ours_of(refit=last).fit(X, Y).best_index_ == 2


@differs("``catch=(ValueError,)``")
def test_a_failure_costs_a_row(row, optuna) -> None:
    """One configuration that cannot be fitted would end the search."""
    space = {"x": optuna.distributions.CategoricalDistribution([-1, 1])}
    with pytest.raises(ValueError, match="negative"):
        theirs_of(optuna, space, Picky(), n_trials=8).fit(X, Y)
    theirs = theirs_of(optuna, space, Picky(), n_trials=8, **row.options("theirs")).fit(X, Y)
    assert {trial.state.name for trial in theirs.trials_} == {"COMPLETE", "FAIL"}
    with pytest.raises(TypeError):
        ours_of(**row.options("theirs"))
    with pytest.warns(FitFailedWarning, match="negative"), pytest.warns(UserWarning, match="non-finite"):
        ours = ours_of({"x": [-1, 1]}, Picky()).fit(X, Y)
    assert sorted(trial.status for trial in ours.trials_) == ["complete", "failed"]
    assert ours.best_params_ == {"x": 1}


@differs("``study_``, ``trials_dataframe()``")
def test_the_trials_are_there(row, optuna) -> None:
    """What was tried could not be looked at."""
    theirs, ours = theirs_of(optuna).fit(X, Y), ours_of().fit(X, Y)
    for search, cell in ((theirs, "theirs"), (ours, "ours")):
        first, frame = (eval(f"search.{row.code(cell, i)}", {"search": search}) for i in (0, 1))
        assert len(getattr(first, "trials", first)) == len(frame) == 3
