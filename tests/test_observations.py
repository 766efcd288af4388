"""Trials from wherever they are."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import loguniform, randint
from sklearn.datasets import make_classification
from sklearn.linear_model import SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

import skhpo
from skhpo import BayesSearchCV, GridSearchCV, HyperbandSearchCV, RandomizedSearchCV, Real, Study
from skhpo._observations import _rebuilt, observations
from skhpo.space import Integer, Ordinal, Tuple
from skhpo.trial import Measurement, Trial

X, Y = make_classification(60, random_state=0)
SPACE = {
    "C": (1e-2, 1e2, "log-uniform"),
    "kernel": ["linear", "rbf"],
    "gamma": Real(1e-3, 1.0, "log-uniform", when={"kernel": ["rbf"]}),
}


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A search and the file that it was written to."""
    path = tmp_path_factory.mktemp("inspection") / "study.db"
    search = BayesSearchCV(SVC(), SPACE, n_iter=12, cv=3, random_state=0, storage=path)
    return search.fit(X, Y), path


def test_a_search_a_file_and_a_list_of_trials_tell_the_same(searched):
    """Whoever looks at the file of a search that still runs sees what the search will say."""
    search, path = searched
    own = observations(search)
    for other in (
        observations(skhpo.load(path)),
        observations(list(search.trials_), space=SPACE),
        observations(search, metric="score"),
    ):
        np.testing.assert_array_equal(own.points, other.points)
        np.testing.assert_allclose(own.scores, other.scores)
        assert own.space.column_names == other.space.column_names


def test_the_space_is_read_off_the_values_where_nobody_tells_it(searched):
    """A plain list of trials is enough, conditions included."""
    search, _ = searched
    found = observations(list(search.trials_))
    gamma = found.space.subspaces[0].dimensions["gamma"]
    assert dict(gamma.when) == {"kernel": ("rbf",)}
    assert found.space.subspaces[0].dimensions["C"].prior == "log-uniform"
    np.testing.assert_array_equal(np.isnan(found.points), np.isnan(observations(search).points))


@pytest.mark.parametrize(
    "search",
    [
        GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 3, 5], "p": [1, 2]}, cv=3),
        GridSearchCV(SVC(), [{"C": [1, 2, 3]}, {"C": [1, 2, 3], "gamma": [0.1, 1.0]}], cv=3),
        RandomizedSearchCV(KNeighborsClassifier(), {"n_neighbors": randint(1, 30)}, cv=3, random_state=0),
        RandomizedSearchCV(SVC(), {"C": loguniform(1e-3, 1e2), "gamma": ["scale", 0.1]}, cv=3),
    ],
    ids=lambda search: str(next(iter(search.get_params().values()))),
)
def test_drop_ins(search):
    """Grids and distributions of scikit-learn are spaces, too."""
    search.fit(X, Y)
    found = observations(search)
    assert len(found.points) == len(search.trials_)
    assert np.nanmin(found.points) >= 0
    assert np.nanmax(found.points) <= 1
    assert set(found.scores) == set(
        search.cv_results_["mean_test_score"]
    )  # repeated candidates are one trial


def test_distributions_that_only_scikit_learn_takes():
    """Anything with an `rvs` may be searched; what was drawn is then all that is known of it."""

    class Squares:
        def rvs(self, random_state=None):
            return float(random_state.randint(1, 10) ** 2)

    search = RandomizedSearchCV(SVC(), {"C": Squares()}, n_iter=8, cv=3, random_state=0).fit(X, Y)
    assert observations(search).space.names == ("C",)


def test_rungs_are_not_mixed():
    """A score after one epoch says nothing about one after nine."""
    search = HyperbandSearchCV(
        SGDClassifier(),
        {"alpha": (1e-6, 1.0, "log-uniform")},
        resource="epochs",
        max_resources=9,
        cv=2,
        random_state=0,
    ).fit(X, Y)
    found = observations(search)
    shown = search.cv_results_["n_resources"]
    counts = {resource: int(np.sum(shown == resource)) for resource in np.unique(shown)}
    assert len(found.scores) in counts.values()
    assert len(found.scores) >= 5


def test_other_dimensions_of_a_file():
    """Tuples, integers and ordered choices are built again from their description."""
    space = skhpo.space.SearchSpace(
        {
            "layers": Tuple((8, 256, "log-uniform"), length=(1, 2)),
            "n": Integer(1, 5),
            "size": Ordinal(["s", "m", "l"], when={"n": [1, 2]}),
            "choice": [None, (1, 2), 0.5],
        }
    )
    again = _rebuilt(space.to_dict())
    assert again.columns == space.columns
    assert again.column_names == space.column_names
    units = np.random.default_rng(0).random((50, len(space.columns)))
    np.testing.assert_array_equal(again.canonical(units), space.canonical(units))


def test_failed_running_and_stopped_trials_do_not_count():
    """Half a score would be compared with whole ones."""
    study = Study({"x": (0.0, 1.0)}, sampler="sobol", random_state=0)
    for i in range(8):
        job = study.ask()
        if i < 6:
            study.tell(job, score=job.configuration["x"])
        elif i < 7:
            study.tell(job, error=ValueError("no"))
    assert len(observations(study).scores) == 6


def test_what_cannot_be_explained_is_said():
    """The message tells what is missing."""
    trials = [
        Trial(
            i,
            {"x": float(i)},
            status="complete",
            score=1.0,
            measurements=(Measurement(0, {"a": 1.0, "b": 2.0}),),
        )
        for i in range(5)
    ]
    with pytest.raises(TypeError, match="'source' must be a fitted search"):
        observations(SVC())
    with pytest.raises(ValueError, match="at least 5 trials. Got 4"):
        observations(trials[:4])
    with pytest.raises(ValueError, match="not of the given space"):
        observations(trials, space={"y": (0.0, 1.0)})
    with pytest.raises(ValueError, match=r"'metric' must be one of \['a', 'b'\]. Got 'c'"):
        observations(trials, metric="c")
    odd = [
        replace(trial, configuration={"x": 1.0, **({"y": 2} if trial.number % 2 else {})}) for trial in trials
    ]
    with pytest.raises(ValueError, match="'y' is active cannot be told"):
        observations(odd)
