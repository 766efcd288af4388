"""What makes a search the one it is: the same in every process, and different where results cannot be compared."""

import json
import re
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from joblib import Memory
from scipy.stats import loguniform, uniform
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GroupKFold, KFold, PredefinedSplit, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skhpo import BayesSearchCV, GridSearchCV, HyperbandSearchCV, RandomizedSearchCV
from skhpo.search._fingerprint import difference, fingerprint, versions

X, Y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2


def of(search=None, X=X, y=Y, **params):
    """The fingerprint of a search that has nothing particular."""
    return fingerprint(GridSearchCV(SVC(), {"C": [1, 2]}) if search is None else search, X, y, params)


def bayes(**arguments):
    """A model-based search."""
    return BayesSearchCV(SVC(), {"C": (0.1, 1.0)}, **arguments)


def test_it_survives_json():
    """What was written would differ from what is compared with it, and every file be refused."""
    space = {
        "C": loguniform(0.1, 1.0),
        "kernel": ["rbf", len, (1, 2)],
        "gamma": [np.float64(1), float("nan")],
    }
    search = RandomizedSearchCV(make_pipeline(SVC()), space, scoring=make_scorer(f1_score), cv=KFold(3))
    found = of(search, groups=[1, 2, 3])
    assert json.loads(json.dumps(found)) == found


PRINT = """
import json
from scipy.stats import uniform
from sklearn.linear_model import LogisticRegression
from skhpo import BayesSearchCV
from skhpo.search._fingerprint import fingerprint
search = BayesSearchCV(LogisticRegression(), {"C": uniform(), "penalty": [{"a", "b", "c"}, print]}, scoring=print)
print(json.dumps(fingerprint(search, [[1, 2]], {"x", "y", "z"}, {})))
"""


def test_it_is_the_same_in_every_process():
    """A restart would refuse the file of the same search, because an address or the order of a set differs."""
    search = BayesSearchCV(
        LogisticRegression(), {"C": uniform(), "penalty": [{"a", "b", "c"}, print]}, scoring=print
    )
    own = fingerprint(search, [[1, 2]], {"x", "y", "z"}, {})
    other = subprocess.run([sys.executable, "-c", PRINT], capture_output=True, text=True, check=True)
    assert difference(json.loads(other.stdout), own) is None


@pytest.mark.parametrize(
    "other",
    [
        bayes(n_iter=7),
        bayes(n_jobs=2, verbose=1, timeout=3.0, refit=False, error_score="raise"),
        bayes(storage="x.db", warm_start=True, prior_observations=[], stopping={"patience": 3}),
        bayes(isolation="process", fit_timeout=3.0, fit_memory=10**9, devices=[0]),
    ],
)
def test_what_may_change_in_between_does_not_count(other):
    """A search could not be gone on with on another machine, or with a larger budget."""
    assert of(bayes()) == of(other)


def of_forest(memory=None, **arguments):
    """The fingerprint of a search of a pipeline."""
    pipeline = make_pipeline(RandomForestClassifier(**arguments), memory=memory)
    return json.loads(json.dumps(of(GridSearchCV(pipeline, {"randomforestclassifier__max_depth": [1, 2]}))))


@pytest.mark.parametrize(
    "other", [of_forest(n_jobs=8), of_forest(verbose=2), of_forest("a"), of_forest(Memory("b"))]
)
def test_how_an_estimator_works_does_not_count(other):
    """A file could not be gone on with on a machine with more cores, or with another folder for temporary files."""
    assert other != of_forest()
    assert difference(other, of_forest()) is None
    assert difference(of_forest(), other) is None


def test_what_is_named_alike_counts_elsewhere():
    """A network's `memory` of 8 or 16 steps, or a fit parameter, would be taken for something without effect."""
    memory = [{"estimator": {"params": {"dict": {"memory": n}}}} for n in (8, 16)]
    assert difference(*memory) == "estimator.params.dict.memory is 8 there and 16 here"
    assert (
        difference({"data": {"verbose": 1}}, {"data": {"verbose": 2}}) == "data.verbose is 1 there and 2 here"
    )
    assert "is {'a': None} there" in difference({"p": {"a": None}}, {"p": {}})


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (bayes(random_state=3), "search.random_state"),
        (bayes(sampler="tpe"), "search.sampler is 'auto' there and 'tpe' here"),
        (bayes(cv=KFold(3)), "cv is None there"),
        (bayes(scoring=make_scorer(f1_score)), "scoring is None there"),
        (bayes(return_train_score=True), "search.return_train_score is False there and True here"),
        (bayes(initial_configurations=[{"C": 0.5}]), "search.initial_configurations"),
        (BayesSearchCV(SVC(gamma="auto"), {"C": (0.1, 1.0)}), "estimator.params.dict.gamma"),
        (BayesSearchCV(SVC(), {"C": (0.1, 2.0)}), r"space\[0\].dimensions.C.high is 1.0 there and 2.0 here"),
        (HyperbandSearchCV(SVC(), {"C": (0.1, 1.0)}), "search.class"),
    ],
)
def test_what_makes_it_another_search_is_named(other, message):
    """The user would have to guess what has changed since yesterday."""
    found = difference(of(bayes()), of(other))
    assert re.search(message, found), found


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (KFold(3), KFold(3), True),
        (KFold(3), KFold(4), False),
        (KFold(3, shuffle=True, random_state=0), KFold(3, shuffle=True, random_state=1), False),
        (ShuffleSplit(3, random_state=np.random.RandomState(0)), ShuffleSplit(3, random_state=None), False),
        (GroupKFold(2), KFold(2), False),
        (PredefinedSplit(np.arange(200) % 2), PredefinedSplit(np.arange(200) % 2), True),
        (PredefinedSplit(np.arange(200) % 2), PredefinedSplit(np.arange(200) % 4), False),
        (3, np.int64(3), True),
    ],
)
def test_splitters_are_compared_by_their_settings(one, other, is_same):
    """Scores on other folds cannot be compared."""
    assert (of(bayes(cv=one)) == of(bayes(cv=other))) is is_same


FRAME = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", None]})


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (X, X.copy(), True),
        (X, np.asfortranarray(X), True),
        (X, X[::-1], False),
        (X, X + 1e-12, False),
        (X, X.tolist(), False),
        (FRAME, FRAME.copy(), True),
        (FRAME, FRAME[["b", "a"]][["a", "b"]], True),
        (FRAME, FRAME.rename(columns={"a": "c"}), False),
        (FRAME, FRAME.assign(b=["x", "y"]), False),
        (scipy.sparse.csr_matrix(X), scipy.sparse.csr_matrix(X), True),
        (scipy.sparse.csr_matrix(X), scipy.sparse.csr_matrix(2 * X), False),
        (pd.Series([1, 2], name="a"), pd.Series([1, 2], name="b"), False),
        ([["a", "b"]], [["a", "b"]], True),
    ],
)
def test_data_are_compared_by_their_values(one, other, is_same):
    """Scores on other data would be mixed; or the same data be refused because of how they lie in memory."""
    assert (of(X=one) == of(X=other)) is is_same


def test_data_that_cannot_be_hashed_are_described():
    """A callback with a lock among the fit parameters would end the search."""
    found = of(callback=[threading.Lock()])
    assert found == of(callback=[threading.Lock()]) != of()


def test_differences_of_long_lists_are_short():
    """A message of megabytes helps nobody."""
    assert len(difference(list(range(1000)), list(range(1001)))) < 300
    assert difference([1, 2], [1, 3], "x") == "x[1] is 2 there and 3 here"
    assert difference({"a": 1}, {"a": 1, "b": 2}) == "b is None there and 2 here"


def test_versions_are_those_of_the_packages_behind_the_estimator():
    """Nobody would know with which release of the model's package a score was measured."""
    found = versions(make_pipeline(SVC()))
    assert {"python", "skhpo", "scikit-learn", "numpy", "scipy", "joblib", "pandas"} <= found.keys()
