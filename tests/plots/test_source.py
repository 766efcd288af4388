"""What pictures are drawn from: searches, studies, what `skhpo.load` returns, and storage files."""

import pytest
from pictured import small
from sklearn.datasets import load_iris
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

import skhpo
from skhpo import BayesSearchCV, Categorical, GridSearchCV, Real, Study
from skhpo.plots._source import read_source, trials_source

X, y = load_iris(return_X_y=True)
SPACE = {
    "C": (0.01, 100.0, "log-uniform"),
    "kernel": ["rbf", "linear"],
    "gamma": Real(1e-3, 1.0, "log-uniform", when={"kernel": ["rbf"]}),
}


def test_search_tells_its_space_and_what_it_optimised(tmp_path):
    """Log scales come from the space, the name of the axis from `scoring`; a file tells the same."""
    path = tmp_path / "study.db"
    search = BayesSearchCV(
        SVC(gamma=0.1), SPACE, n_iter=6, cv=2, scoring="f1_macro", random_state=0, storage=path
    )
    search.fit(X, y)
    for one in (search, path, str(path), skhpo.load(path)):
        source = read_source(one)
        assert len(source.trials) == 6
        assert source.score_name == "f1_macro"
        assert source.dimensions["C"] == [Real(0.01, 100.0, "log-uniform")]
        assert source.dimensions["gamma"] == [SPACE["gamma"]]
        assert source.dimensions["kernel"] == [Categorical(["rbf", "linear"])]


def test_file_whose_choices_are_objects_tells_the_rest(tmp_path):
    """One choice of estimators must not cost the log scales of all other hyperparameters."""
    path = tmp_path / "study.db"
    pipeline = Pipeline([("scale", StandardScaler()), ("svc", SVC())])
    search = BayesSearchCV(
        pipeline,
        {"scale": [StandardScaler(), MinMaxScaler()], "svc__C": (0.01, 100.0, "log-uniform")},
        n_iter=4,
        cv=2,
        random_state=0,
        storage=path,
    )
    search.fit(X, y)
    assert list(read_source(path).dimensions) == ["svc__C"]


def test_drop_ins_read_tuples_as_choices():
    """A tuple in a grid is a list of choices, as in scikit-learn, and no range."""
    source = read_source(GridSearchCV(SVC(), {"C": (1, 10)}, cv=2).fit(X, y))
    assert source.dimensions["C"] == [Categorical([1, 10])]


def test_metric_of_several_is_the_one_optimised():
    """Pictures of another metric than the search's own would show another winner."""
    search = BayesSearchCV(
        SVC(),
        {"C": (0.1, 10.0)},
        n_iter=3,
        cv=2,
        scoring=["accuracy", "f1_macro"],
        refit="f1_macro",
        random_state=0,
    )
    source = read_source(search.fit(X, y))
    assert source.metric == source.score_name == "f1_macro"


def test_study_tells_its_space_and_metric():
    """A study has no `get_params`, and the same pictures."""
    study = Study({"x": (0.0, 1.0)}, metric="r2")
    study.tell(study.ask(), score={"mse": -1.0, "r2": 0.5})
    source = read_source(study)
    assert (source.metric, source.score_name) == ("r2", "r2")
    assert list(source.dimensions) == ["x"]


def test_a_file_of_a_training_loop_tells_its_metric(tmp_path):
    """A picture of the first of several scores would show another one than was optimised."""

    def train(configuration):
        yield {"loss": 1.0, "auc": configuration["x"]}

    path = tmp_path / "study.db"
    study = Study({"x": (0.0, 1.0)}, n_iter=2, metric="auc", random_state=0)
    skhpo.run_study(study, train, storage=path)
    for source in (read_source(path), read_source(skhpo.load(path)), read_source(study)):
        assert (source.metric, source.score_name) == ("auc", "auc")
        assert list(source.dimensions) == ["x"]


def test_notations_of_spaces_are_read():
    """Trials may be given with the space as the user wrote it."""
    trials = small().trials
    space = {"C": (1e-3, 1e3, "log-uniform"), "kernel": ["linear", "rbf", "poly"]}
    assert trials_source(trials, space).dimensions["C"] == [Real(1e-3, 1e3, "log-uniform")]
    with pytest.raises(skhpo.InvalidSpaceError):
        trials_source(trials, {"C": 3})


def test_missing_file_is_missing():
    """A misspelt path must not draw an empty picture, or make a file."""
    with pytest.raises(FileNotFoundError):
        read_source("nowhere.db")
