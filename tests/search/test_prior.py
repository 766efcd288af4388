"""Results of other searches: learnt from wherever they are kept, and never mistaken for this search's own."""

import io
import math

import numpy as np
import pandas as pd
import pytest
from resuming import COUNTER, Model, X, Y

import skhpo
from skhpo import BayesSearchCV, Categorical, HyperbandSearchCV, StorageError, Study
from skhpo.samplers import Proposal
from skhpo.search._prior import prior_trials, with_best
from skhpo.space import SearchSpace

OBJECT = (1, 2)
SPACE = {
    "a": (0.0, 0.85),
    "b": ["one", "two", None, OBJECT, len],
    "n_rounds": Categorical([1, 2, 3], when={"b": ["one", "two"]}),
}


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    """An earlier search, with a file."""
    path = tmp_path_factory.mktemp("prior") / "study.db"
    return BayesSearchCV(
        Model(), SPACE, n_iter=10, sampler="sobol", cv=2, refit=False, random_state=0, storage=path
    ).fit(X, Y)


def through_csv(table):
    """Return a table as it comes back from a file."""
    text = io.StringIO(table.to_csv(index=False))
    return pd.read_csv(text)


SOURCES = {
    "search": lambda search: search,
    "file": lambda search: search.storage,
    "path as text": lambda search: str(search.storage),
    "loaded": lambda search: skhpo.load(search.storage),
    "trials": lambda search: list(search.trials_),
    "cv_results_": lambda search: search.cv_results_,
    "table": lambda search: pd.DataFrame(search.cv_results_),
    "table of trials": lambda search: search.trials_frame(),
    "CSV": lambda search: through_csv(pd.DataFrame(search.cv_results_)),
    "CSV of trials": lambda search: through_csv(search.trials_frame()),
    "pairs": lambda search: [(trial.configuration, trial.score) for trial in search.trials_],
}


@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_gives_the_same_observations(kind, search):
    """What was learnt yesterday would be lost because of the form in which it was kept."""
    found = prior_trials(SOURCES[kind](search), SearchSpace(SPACE))
    for trial, own in zip(found, search.trials_, strict=True):
        # Older versions of pandas round the last digit of what they read from a text.
        assert trial.configuration["a"] == pytest.approx(own.configuration["a"], rel=1e-12)
        assert trial.configuration | {"a": 0} == own.configuration | {"a": 0}
    assert [trial.score for trial in found] == pytest.approx([trial.score for trial in search.trials_])
    assert {trial.origin for trial in found} == {"prior"}
    assert {trial.status for trial in found} == {"complete"}
    for trial in found:
        assert any(trial.configuration["b"] is choice for choice in (OBJECT, len, None)) or isinstance(
            trial.configuration["b"], str
        )


def test_a_study_gives_its_observations():
    """A study of a function could not be followed by one of an estimator."""
    study = Study({"a": (0.0, 0.85)}, sampler="sobol", random_state=0)
    for number in range(4):
        study.tell(study.ask(), score=math.nan if number == 2 else float(number))
    found = prior_trials(study, SearchSpace({"a": (0.0, 0.85)}))
    assert [trial.status for trial in found] == ["complete", "complete", "failed", "complete"]


@pytest.mark.integration
@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_an_optuna_study_gives_its_observations(direction):
    """Whoever comes from Optuna would have to begin anew."""
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction=direction, sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(lambda trial: trial.suggest_float("a", 0.0, 0.8), n_trials=3)
    found = prior_trials(study, SearchSpace({"a": (0.0, 0.85)}))
    sign = 1 if direction == "maximize" else -1
    assert [trial.score for trial in found] == [sign * trial.configuration["a"] for trial in found]


def test_they_help_and_are_no_rows(search):
    """A search would begin from nothing although the answer is known; or count what it has not measured."""
    COUNTER.reset()
    second = BayesSearchCV(
        Model(), SPACE, n_iter=3, cv=2, refit=False, random_state=1, prior_observations=search.storage
    ).fit(X, Y)
    assert COUNTER.n == 6
    assert len(second.trials_) == len(second.cv_results_["params"]) == 3
    assert second.trials_[1].configuration == search.best_params_
    assert second.trials_[1].origin == "user"
    assert second.trials_[2].origin == "model"  # no initial design is needed
    assert second.best_score_ >= search.best_score_


def test_hyperband_learns_from_them(search):
    """A search with rungs would take no notice of what is known."""
    second = HyperbandSearchCV(
        Model(),
        {"a": (0.0, 0.85), "b": ["one", "two"]},
        resource="n_rounds",
        max_resources=2,
        factor=2,
        sampler="tpe",
        cv=2,
        refit=False,
        random_state=1,
        prior_observations=[({"a": 0.3, "b": "two"}, 0.9)],
    ).fit(X, Y)
    assert second.trials_[1].configuration == {"a": 0.3, "b": "two"}


@pytest.mark.parametrize("sampler", ["gp", "tpe", "sobol", "random", "grid", "forest"])
def test_a_finite_space_is_still_covered(sampler):
    """What was measured elsewhere, on other data perhaps, would be missing from the results."""
    space = {"a": [0.1, 0.2, 0.3], "b": ["one", "two"]}
    prior = [({"a": a, "b": b}, a) for a in space["a"] for b in space["b"]]
    search = BayesSearchCV(
        Model(),
        space,
        n_iter=20,
        sampler=sampler,
        cv=2,
        refit=False,
        random_state=0,
        prior_observations=prior,
    ).fit(X, Y)
    assert len({(one["a"], one["b"]) for one in search.cv_results_["params"]}) == 6


def test_less_of_a_resource_does_not_count():
    """Scores of short trainings would be taken for those of long ones."""
    results = {"params": [{"a": 0.1}, {"a": 0.1}, {"a": 0.2}], "n_resources": np.array([1, 9, 1])}
    results |= {"mean_test_score": np.array([0.1, 0.9, 0.2])}
    space = SearchSpace({"a": (0.0, 1.0)})
    assert [trial.score for trial in prior_trials(results, space)] == [0.9]
    table = pd.DataFrame(results | {"param_a": [0.1, 0.1, 0.2]})
    assert [trial.score for trial in prior_trials(table, space)] == [0.9]


def test_stopped_rows_do_not_count():
    """The mean of a trial's first folds would be taken for its score."""
    results = {"params": [{"a": 0.1}, {"a": 0.2}], "mean_test_score": [0.1, 0.2]}
    results |= {"status": ["pruned", "complete"], "param_a": [0.1, 0.2]}
    for source in (results, pd.DataFrame(results)):
        assert [one.score for one in prior_trials(source, SearchSpace({"a": (0.0, 1.0)}))] == [0.2]


def test_the_metric_of_several_is_found():
    """The sampler would learn another metric than the one that is optimised."""
    results = {"params": [{"a": 0.1}], "mean_test_f1": [0.5], "mean_test_acc": [0.7]}
    (trial,) = prior_trials(results, SearchSpace({"a": (0.0, 1.0)}), "acc")
    assert trial.score == 0.7


def test_a_hyperparameter_that_was_not_searched_had_the_estimators_own_value():
    """Adding one hyperparameter to the space would throw away all that was learnt without it."""
    space = SearchSpace({"a": (0.0, 1.0), "b": ["one", "two"]})
    (trial,) = prior_trials([({"a": 0.5}, 0.9)], space, own_values={"b": "two"})
    assert trial.configuration == {"a": 0.5, "b": "two"}
    with pytest.warns(UserWarning, match="None of the 1 prior observations"):
        assert prior_trials([({"a": 0.5}, 0.9)], space, own_values={"b": "three"}) == []


def test_what_is_outside_the_space_is_left_out():
    """A wider space of yesterday would stop the search of today."""
    prior = [({"a": 5.0}, 1.0), ({"a": 0.5, "other": 3}, 0.5), ({}, 0.1)]
    (trial,) = prior_trials(prior, SearchSpace({"a": (0.0, 1.0)}))
    assert trial.configuration == {"a": 0.5}
    with pytest.warns(UserWarning, match="None of the 1 prior observations of BayesSearchCV"):
        assert prior_trials(prior[:1], SearchSpace({"a": (0.0, 1.0)})) == []


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (3, TypeError, "'prior_observations' parameter of BayesSearchCV must be None, the path"),
        ([1, 2], TypeError, "'prior_observations' parameter"),
        (Model(), TypeError, "'prior_observations' parameter"),
        ({"params": []}, ValueError, "must have the entries 'params' and 'mean_test_score'"),
        (pd.DataFrame({"x": [1]}), ValueError, "must have columns 'param_...' and 'mean_test_score'"),
        ("nowhere.db", FileNotFoundError, "no storage file"),
        (__file__, StorageError, "cannot be read as a storage file"),
    ],
)
def test_anything_else_is_refused_before_the_first_fit(source, error, message):
    """A mistake would be found out after the first fits, or never."""
    COUNTER.reset()
    with pytest.raises(error, match=message):
        BayesSearchCV(Model(), {"a": (0.0, 1.0)}, prior_observations=source).fit(X, Y)
    assert COUNTER.n == 0


def test_the_best_one_is_tried_once():
    """The best configuration would be fitted twice where it is an initial one, too."""
    trials = prior_trials([({"a": 0.1}, 0.1), ({"a": 0.2}, 0.9)], SearchSpace({"a": (0.0, 1.0)}))
    first = Proposal({"a": 0.2}, "default")
    assert with_best([first], trials) == [first]
    assert with_best([], trials) == [Proposal({"a": 0.2}, "user")]
    assert with_best([first], []) == [first]


def test_the_storage_is_no_other_search(tmp_path, monkeypatch):
    """The file "holds nothing yet", it was said, or its trials would have counted twice."""
    monkeypatch.chdir(tmp_path)
    COUNTER.reset()
    for other in ("study.db", tmp_path / "study.db"):
        search = BayesSearchCV(Model(), {"a": (0.0, 0.85)}, storage="study.db", prior_observations=other)
        with pytest.raises(
            ValueError, match="must be another file than its 'storage'.* Got 'study.db' for both"
        ):
            search.fit(X, Y)
    assert COUNTER.n == 0 and not list(tmp_path.iterdir())


def test_a_table_in_a_file_is_to_be_read_first(tmp_path):
    """A CSV file was said to be no database, and nothing of what to do."""
    search = BayesSearchCV(Model(), {"a": (0.0, 0.85)}, prior_observations=str(tmp_path / "r.csv"))
    with pytest.raises(ValueError, match="parameter of BayesSearchCV must be a DataFrame .* pandas.read_csv"):
        search.fit(X, Y)
