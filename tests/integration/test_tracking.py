"""Searches in real stores of MLflow and in real studies of Optuna."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import skhpo
from skhpo import BayesSearchCV, Categorical, HyperbandSearchCV, Integer, Real, Study, Tuple
from skhpo.tracking import follow, log_to_mlflow, to_optuna

# MLflow and Optuna warn of their own dependencies and of what is experimental.
pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore")]

X, Y = load_iris(return_X_y=True)


@pytest.fixture(scope="module", params=["file", "sqlite"])
def store(request, tmp_path_factory):
    """The address of a store of MLflow, which takes seconds to make."""
    pytest.importorskip("mlflow")
    folder = tmp_path_factory.mktemp("store")
    if request.param == "sqlite":
        pytest.importorskip("sqlalchemy")
        yield f"sqlite:///{folder / 'mlflow.db'}"
        return
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # newer versions ask for that
        yield (folder / "mlruns").as_uri()


@pytest.fixture
def log(store, request):
    """Logs to an experiment of the test's own."""
    return partial(log_to_mlflow, experiment_name=request.node.name, tracking_uri=store)


@pytest.fixture(scope="module")
def hyperband(tmp_path_factory):
    """A fitted search with rungs and a trial that fails, and its file."""
    path = tmp_path_factory.mktemp("tracking") / "tree.db"
    space = {"max_depth": (1, 8), "criterion": ["gini", "entropy", "nonsense"]}
    search = HyperbandSearchCV(
        DecisionTreeClassifier(random_state=0), space, cv=2, min_resources=10, random_state=0, storage=path
    ).fit(X[:, :2], Y)
    assert {trial.status for trial in search.trials_} == {"complete", "pruned", "failed"}
    return search, path


def _runs(store, run_id):
    """Return the run of a search, and the nested ones by the number of the trial."""
    client = _client(store)
    parent = client.get_run(run_id)
    found = client.search_runs([parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run_id}'")
    runs = {int(run.data.tags["skhpo.trial"]): run for run in found}
    assert len(runs) == len(found)
    return parent, runs


def _client(store):
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=store)


def _content(store, run_id):
    """Return everything that is in the store, metrics with their whole history."""
    client = _client(store)
    parent, children = _runs(store, run_id)
    return [
        (run.data.params, run.data.tags, run.info.status, run.info.end_time, [_history(client, run)])
        for run in (parent, *(children[number] for number in sorted(children)))
    ]


def _history(client, run):
    history = {name: client.get_metric_history(run.info.run_id, name) for name in sorted(run.data.metrics)}
    return {
        name: [(one.step, one.value, one.timestamp) for one in values] for name, values in history.items()
    }


def test_every_trial_is_a_run_inside_the_run_of_the_search(store, log, hyperband) -> None:
    """MLflow's table would not show what was searched, how good it was, or why it failed."""
    search, path = hyperband
    parent, runs = _runs(store, log(path))
    assert parent.data.metrics["best_score"] == search.best_score_
    assert parent.info.status == "FINISHED"
    assert parent.data.params["estimator"].count("DecisionTreeClassifier")
    assert len(runs) == len(search.trials_)
    statuses = {"complete": "FINISHED", "pruned": "KILLED", "failed": "FAILED"}
    for trial in search.trials_:
        run = runs[trial.number]
        assert run.info.status == statuses[trial.status]
        assert run.data.params == {name: str(value) for name, value in trial.configuration.items()}
        assert run.data.metrics.get("score") == (trial.score if trial.status == "complete" else None)
        assert ("InvalidParameterError" in run.data.tags.get("error", "")) == (trial.status == "failed")


def test_the_rungs_of_a_trial_are_the_steps_of_its_metrics(store, log, hyperband) -> None:
    """The scores of all rungs would be one indistinct heap of points."""
    search, path = hyperband
    _, runs = _runs(store, log(path))
    best = search.trials_[max(range(len(search.trials_)), key=lambda i: len(search.trials_[i].measurements))]
    history = _history(_client(store), runs[best.number])
    fits = {(one.resource, one.scores["score"]) for one in best.measurements if one.split == 1}
    assert {(step, value) for step, value, _ in history["split1_test_score"]} == fits
    assert len(fits) == len(history["rung_score"]) > 1


def test_logging_again_changes_nothing(store, log, hyperband) -> None:
    """Whoever runs a cell of a notebook twice would have every trial twice."""
    search, path = hyperband
    run_id = log(search)
    before = _content(store, run_id)
    for source in (search, path, skhpo.load(path)):
        assert log(source) == run_id
    assert _content(store, run_id) == before


def test_a_study_that_goes_on_is_brought_up_to_date(store, log) -> None:
    """A log of a running search would keep its trials half finished, or show each of their scores several times."""
    study = Study({"x": (0.0, 1.0)}, n_iter=3, random_state=0)
    run_ids = set()
    log = partial(log, study, run_name="mine")
    for score in (0.2, 0.5, 0.4):
        job = study.ask()
        run_ids.add(log())
        parent, runs = _runs(store, *run_ids)
        assert (parent.info.status, runs[job.number].info.status) == ("RUNNING", "RUNNING")
        study.tell(job, score=score)
    study.ask()
    run_ids.add(log())
    parent, runs = _runs(store, *run_ids)
    assert [runs[i].data.metrics["score"] for i in range(3)] == [0.2, 0.5, 0.4]
    assert {run.info.status for run in (parent, *runs.values())} == {"FINISHED"}
    history = _history(_client(store), parent)["best_score"]
    assert sorted((step, value) for step, value, _ in history) == [(0, 0.2), (1, 0.5)]


@pytest.mark.parametrize("method", ["create_run", "log_batch", "set_terminated"])
def test_a_call_that_was_interrupted_is_made_good(store, log, hyperband, monkeypatch, method) -> None:
    """A run that a killed process has left half written would stay so."""
    import mlflow

    whole = _content(store, log(hyperband[1], run_name="whole"))
    own, calls = getattr(mlflow.MlflowClient, method), []

    def fails(self, *args, **kwargs):
        calls.append(args)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return own(self, *args, **kwargs)

    log = partial(log, hyperband[1], run_name="broken")
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(mlflow.MlflowClient, method, fails)
        log()
    made_good = _content(store, log())
    ids = {"mlflow.parentRunId", "mlflow.runName", "skhpo.search"}

    def comparable(content):
        return [
            (
                params,
                {name: value for name, value in tags.items() if name not in ids},
                status,
                {name: sorted({one[:2] for one in values}) for name, values in history.items()},
            )
            for params, tags, status, _, [history] in content
        ]

    assert comparable(made_good) == comparable(whole)


def test_two_searches_are_not_mixed_in_one_run(store, log, hyperband) -> None:
    """The trials of two searches under one name would look like those of one."""
    log = partial(log, run_name="tree")
    before = _content(store, log(hyperband[0]))
    study = Study({"x": (0.0, 1.0)}, n_iter=1)
    study.tell(study.ask(), score=1.0)
    with pytest.raises(ValueError, match="run 'tree' of the experiment .* is of another search: its trial 0"):
        log(study)
    assert _content(store, log(hyperband[0])) == before


def test_a_search_is_followed_into_mlflow(store, log, tmp_path) -> None:
    """What the documentation shows would not work for a search that runs."""
    path = tmp_path / "study.db"
    with follow(path, log, interval=0.05):
        search = BayesSearchCV(
            DecisionTreeClassifier(), {"max_depth": (1, 8)}, n_iter=6, cv=3, storage=path, n_jobs=2
        ).fit(X, Y)
    run_id = log(search)
    parent, runs = _runs(store, run_id)
    assert parent.data.metrics["best_score"] == search.best_score_
    assert len(runs) == 6 and {run.info.status for run in runs.values()} == {"FINISHED"}
    assert len(_client(store).search_runs([parent.info.experiment_id])) == 7


# --------------------------------------------------------------------------- Optuna


@pytest.fixture
def optuna():
    """Optuna, without its log."""
    package = pytest.importorskip("optuna")
    package.logging.set_verbosity(package.logging.ERROR)
    return package


def _study(n=8):
    scaler, other = StandardScaler(), MinMaxScaler()
    space = [
        {
            "kind": ["a"],
            "scaler": [scaler, None, other],
            "rate": (1e-4, 1.0, "log-uniform"),
            "sizes": Tuple((2, 64, "log-uniform"), length=(1, 2)),
        },
        {"kind": ["b"], "depth": Integer(1, 9, when={"bounded": [True]}), "bounded": [True, False]},
    ]
    study = Study(space, sampler="random", n_iter=n, random_state=0)
    while (job := study.ask()) is not None:
        if job.number == 3:
            study.tell(job, error=ValueError("no"))
        else:
            study.tell(job, score=job.number / 10)
    return study


def test_an_optuna_study_holds_the_whole_search(optuna) -> None:
    """Optuna's dashboard would show another search than ours."""
    study = _study(20)
    exported = to_optuna(study, study_name="mixed")
    assert exported.study_name == "mixed"
    assert exported.best_value == study.best_score
    assert [one.state.name for one in exported.trials] == [
        "FAIL" if i == 3 else "COMPLETE" for i in range(20)
    ]
    for ours, theirs in zip(study.trials, exported.trials, strict=True):
        assert set(theirs.params) == set(ours.configuration)
        assert theirs.params["kind"] == ours.configuration["kind"]
        assert theirs.params.get("rate") == ours.configuration.get("rate")
        assert theirs.user_attrs["skhpo_number"] == ours.number
    known = {name: one for trial in exported.trials for name, one in trial.distributions.items()}
    assert known["rate"] == optuna.distributions.FloatDistribution(1e-4, 1.0, log=True)
    assert known["depth"] == optuna.distributions.IntDistribution(1, 9)
    assert known["kind"].choices == ("a", "b")
    assert known["scaler"].choices == ("StandardScaler()", None, "MinMaxScaler()")
    assert exported.trials[3].user_attrs["error"] == "ValueError: no"


def test_optunas_own_tools_work_on_it(optuna, hyperband) -> None:
    """An export that only looks right would break the pictures it is made for."""
    search, path = hyperband
    exported = to_optuna(path)
    table = exported.trials_dataframe()
    assert len(table) == len(search.trials_)
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    assert set(optuna.importance.get_param_importances(exported, evaluator=evaluator)) == {
        "max_depth",
        "criterion",
    }
    longest = max(exported.trials, key=lambda one: len(one.intermediate_values))
    assert len(longest.intermediate_values) > 1
    assert longest.value == longest.intermediate_values[longest.last_step]
    assert longest.duration.total_seconds() == pytest.approx(search.trials_[longest.number].seconds, abs=1e-5)
    for plot in ("optimization_history", "intermediate_values", "slice", "parallel_coordinate"):
        if optuna.visualization.is_available():
            assert getattr(optuna.visualization, f"plot_{plot}")(exported).data


def test_a_later_export_adds_what_is_new(optuna, tmp_path) -> None:
    """A dashboard beside a running search would show every trial again at each export."""
    pytest.importorskip("sqlalchemy")
    address = f"sqlite:///{tmp_path / 'optuna.db'}"
    path = tmp_path / "study.db"
    estimator, space = DecisionTreeClassifier(), {"max_depth": (1, 8), "criterion": ["gini", "entropy"]}
    counts = []
    for n_iter in (3, 5):
        search = BayesSearchCV(estimator, space, n_iter=n_iter, cv=2, random_state=0, storage=path).fit(X, Y)
        counts += [len(to_optuna(source, storage=address).trials) for source in (path, search)]
    assert counts == [3, 3, 5, 5]
    [summary] = optuna.get_all_study_summaries(address)
    assert summary.best_trial.value == search.best_score_


def test_a_study_of_somebody_else_is_left_alone(optuna) -> None:
    """Trials of two searches in one study would mislead every picture of it."""
    storage = optuna.storages.InMemoryStorage()
    optuna.create_study(study_name="other", storage=storage).optimize(lambda t: t.suggest_float("x", 0, 1), 1)
    optuna.create_study(study_name="own", storage=storage, direction="maximize").add_trial(
        optuna.create_trial(value=1.0)
    )
    to_optuna(_study(1), storage=storage, study_name="export")
    changed = Study({"x": (0.0, 1.0)}, n_iter=1)
    changed.tell(changed.ask(), score=1.0)
    for name, reason in (
        ("other", "does not maximise"),
        ("own", "trials of its own"),
        ("export", "its trial 0 is"),
    ):
        n_trials = len(optuna.load_study(study_name=name, storage=storage).trials)
        with pytest.raises(ValueError, match=f"{name}' is not an earlier export of this search: .*{reason}"):
            to_optuna(changed, storage=storage, study_name=name)
        assert len(optuna.load_study(study_name=name, storage=storage).trials) == n_trials


def test_a_space_can_be_given(optuna) -> None:
    """Where only the values are known, Optuna would be told that nothing else was possible."""
    study = Study(None, initial_configurations=[{"x": 1.0}, {"x": 2.0}])
    for score in (0.0, 1.0):
        study.tell(study.ask(), score=score)
    for space, high in ((None, 2.0), ({"x": (0.1, 10.0, "log-uniform")}, 10.0), ({"x": (5.0, 6.0)}, 2.0)):
        exported = to_optuna(study, space=space)
        assert exported.trials[1].distributions["x"].high == high
        assert exported.trials[1].params == {"x": 2.0}


def test_what_was_exported_can_be_searched_with(optuna, hyperband) -> None:
    """A later search could not learn from an earlier one by way of Optuna."""
    exported = to_optuna(hyperband[0])
    space = {"max_depth": (1, 8), "criterion": ["gini", "entropy"]}
    search = BayesSearchCV(
        DecisionTreeClassifier(), space, n_iter=2, cv=2, random_state=0, prior_observations=exported
    ).fit(X, Y)
    assert len(search.trials_) == 2


CHOICES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 2),
    st.sampled_from([0.0, 1.0, 0.5, float("nan"), float("inf")]),
    st.text(max_size=2),
    st.tuples(st.integers(0, 1)),
)


@settings(deadline=None, max_examples=50)
@given(choices=st.lists(CHOICES, min_size=1, max_size=6, unique_by=lambda one: (type(one), repr(one))))
def test_choices_stay_apart(choices) -> None:
    """1, 1.0 and True are the same to Optuna, and three different settings to an estimator."""
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = Study({"x": Categorical(choices), "y": Real(0, 1)}, sampler="random", n_iter=12, random_state=0)
    while (job := study.ask()) is not None:
        study.tell(job, score=job.configuration["y"])
    exported = to_optuna(study)
    pairs = {
        (repr(ours.configuration["x"]), repr(theirs.params["x"]))
        for ours, theirs in zip(study.trials, exported.trials, strict=True)
    }
    own, other = {one for one, _ in pairs}, {one for _, one in pairs}
    assert len(own) == len(other) == len(pairs)
