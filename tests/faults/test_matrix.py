"""The rows of the fault matrix in which no worker dies: failures, odd scores, bad spaces, copies, odd values."""

import pickle
import warnings
from fractions import Fraction

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification

from skhpo import BayesSearchCV, HyperbandSearchCV, RandomizedSearchCV, Real

X, Y = make_classification(60, random_state=0)
SEARCHES = pytest.mark.parametrize("kind", ["bayes", "random", "hyperband"])


class Moody(ClassifierMixin, BaseEstimator):
    """Scores by its parameter; what `faults` says of it happens instead.

    Parameters
    ----------
    x : int, default=0
        The hyperparameter.
    faults : dict, default=None
        From values of `x` to an exception that is raised, or a number that is the score.
    n_steps : int, default=1
        A resource.
    """

    def __init__(self, x=0, faults=None, n_steps=1):
        self.x = x
        self.faults = faults
        self.n_steps = n_steps

    def fit(self, X, y):
        """Fit, or raise."""
        fault = self.faults.get(self.x) if self.faults else None
        if isinstance(fault, Exception):
            raise fault
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        """Always the first class."""
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        """Return the parameter, or the number that is to be told."""
        return (self.faults or {}).get(self.x, self.x / 100)


def make(kind, faults=None, n=20, **further):
    """A search over so many values of `x`."""
    space, model = {"x": list(range(n))}, Moody(faults=faults)
    if kind == "random":
        return RandomizedSearchCV(model, space, n_iter=n, cv=3, random_state=0, **further)
    if kind == "hyperband":
        sizes = {
            "resource": "n_steps",
            "min_resources": 1,
            "max_resources": 9,
            "brackets": "all",
            "n_repeats": 2,
        }
        return HyperbandSearchCV(model, space, cv=3, random_state=0, sampler="random", **sizes, **further)
    return BayesSearchCV(model, space, n_iter=n, cv=3, random_state=0, **further)


def status_of(search):
    """The state of each value that was tried."""
    return {trial.configuration["x"]: trial.status for trial in search.trials_}


@SEARCHES
def test_a_three_configurations_raise(kind):
    """One bad combination among twenty must cost its own row, and say why."""
    faults = {x: ValueError(f"{x} is too much") for x in (3, 11, 17)}
    search = make(kind, faults)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, Y)
    status = status_of(search)
    assert len(status) == 20
    assert {x for x, one in status.items() if one == "failed"} == set(faults)
    assert search.best_params_["x"] == 19
    errors = search.trials_frame().query("status == 'failed'")["traceback"]
    assert all("is too much" in text for text in errors)


@SEARCHES
def test_a_all_configurations_raise(kind):
    """A model that was never fitted must not be handed out as the best one."""
    search = make(kind, {x: ValueError("no way") for x in range(20)})
    with pytest.raises(ValueError, match="no way"):
        search.fit(X, Y)
    assert not hasattr(search, "best_estimator_")


@SEARCHES
@pytest.mark.parametrize("score", [np.nan, np.inf, -np.inf])
def test_b_scores_that_are_not_finite(kind, score):
    """An infinite score, often a division by zero, would win the search."""
    search = make(kind, dict.fromkeys((5, 19), score))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, Y)
    assert search.best_params_["x"] == 18
    assert {x for x, one in status_of(search).items() if one == "failed"} == {5, 19}


@SEARCHES
def test_b_no_score_is_finite(kind):
    """NaN everywhere is no result, and no model is the best of nothing."""
    search = make(kind, dict.fromkeys(range(20), np.nan))
    with warnings.catch_warnings(), pytest.raises(ValueError, match="finite"):
        warnings.simplefilter("ignore")
        search.fit(X, Y)


@pytest.mark.parametrize(
    "space",
    [
        {"x": (5, 1)},
        {"x": (0.0, float("nan"))},
        {"x": (0.0, float("inf"))},
        {"x": (0, 5, "log-uniform")},
        {"x": (1, 5, "lognormal")},
        {"x": []},
        {"x": 3},
        {"x": None},
        {"x": "rbf"},
        {"x": {1, 2}},
        {"nothing_of_the_kind": [1, 2]},
        {"x": (1, 2, 3, 4)},
        {3: [1, 2]},
        {},
    ],
)
def test_i_bad_spaces_are_refused_before_any_fit(space):
    """A mistake in the space, found after an hour, has cost an hour."""
    Keeps.seen = []
    with pytest.raises((ValueError, TypeError)) as caught:
        BayesSearchCV(Keeps(), space, n_iter=3).fit(X, Y)
    assert Keeps.seen == []
    names = [str(name) for name in space]
    assert any(name in str(caught.value) for name in names or ["space"])


@pytest.mark.parametrize(("space", "n"), [({"x": [7]}, 1), ({"x": (3, 3.5)}, 4), ({"x": [1, 2, 3, 2, 1]}, 3)])
def test_i_finite_spaces_are_covered_without_repeats(space, n):
    """Fits of what is known already are wasted."""
    search = BayesSearchCV(Moody(), space, n_iter=4, cv=2, random_state=0).fit(X, Y)
    tried = [params["x"] for params in search.cv_results_["params"]]
    assert len(tried) == len(set(tried)) == n


@SEARCHES
def test_j_pickle_joblib_clone_and_unchanged_inputs(kind, tmp_path):
    """What cannot be copied can be neither nested nor kept."""
    search = make(kind)
    before_space, before = repr(search.get_params(deep=False)), X.copy()
    search.fit(X, Y)
    joblib.dump(search, tmp_path / "search")
    for copy in (pickle.loads(pickle.dumps(search)), joblib.load(tmp_path / "search")):
        assert copy.best_params_ == search.best_params_
        assert (copy.predict(X) == search.predict(X)).all()
    assert not hasattr(clone(search), "best_params_")
    assert repr(search.get_params(deep=False)) == before_space
    assert (before == X).all()


@SEARCHES
def test_l_repeatable_with_one_worker_and_two_and_whatever_else_draws(kind):
    """A result that nobody can get again is an anecdote."""
    first = make(kind).fit(X, Y)
    np.random.seed(7)
    for n_jobs in (1, 2, 2):
        again = make(kind, n_jobs=n_jobs).fit(X, Y)
        assert sorted(map(str, again.cv_results_["params"])) == sorted(map(str, first.cv_results_["params"]))
        if n_jobs == 1:
            assert again.cv_results_["params"] == first.cv_results_["params"]
    twice = [make(kind, n_jobs=2).fit(X, Y).cv_results_["params"] for _ in range(2)]
    assert twice[0] == twice[1]


def a_function(x):
    """A choice."""
    return x


ODD = [
    *(None, True, 1, 1.0, "1", b"1", np.int64(1), np.float32(0.5), float("nan"), float("inf"), 2**70),
    *(
        (1,),
        (1.0,),
        (4, 4),
        (),
        frozenset({1}),
        Fraction(1, 3),
        a_function,
        int,
        Moody(1),
        Real(0.0, 1.0),
        {"a": 1},
    ),
]


class Keeps(Moody):
    """Remembers what it was given."""

    seen: list = []

    def fit(self, X, y):
        """Take note."""
        type(self).seen.append(self.x)
        return super().fit(X, y)

    def score(self, X, y):
        """All are equally good."""
        return 0.5


def test_n_odd_values_arrive_unchanged():
    """A tuple that arrives as a list, or 1 as True, is another model than the one that was asked for."""
    assert len(ODD) == 22
    Keeps.seen = []
    values = BayesSearchCV(Keeps(), {"x": ODD}, n_iter=22, cv=2, refit=False, random_state=0).fit(X, Y)
    params = [one["x"] for one in values.cv_results_["params"]]
    assert len(params) == 22
    assert all(any(one is odd for odd in ODD) for one in params)
    kinds = {(type(one), repr(one)) for one in Keeps.seen}
    assert kinds == {(type(odd), repr(odd)) for odd in ODD}


@pytest.mark.integration
def test_o_ten_thousand_trials():
    """Somebody will let it run over a long weekend."""
    space = {"x": Real(0.0, 1.0), "n_steps": (1, 9)}
    search = BayesSearchCV(Moody(), space, n_iter=10_000, cv=2, sampler="random", random_state=0)
    search.fit(X, Y)
    assert len(search.cv_results_["params"]) == 10_000
    assert len(pickle.dumps(search.trials_)) < 10_000 * 2_000
