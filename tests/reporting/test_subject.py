"""What a report is about."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import SGDClassifier
from sklearn.svm import SVC

from skhpo import BayesSearchCV, GridSearchCV, HyperbandSearchCV, PopulationSearchCV, Study
from skhpo.reporting._subject import read_subject
from skhpo.storage import Storage

X, Y = load_iris(return_X_y=True)
MODEL = SGDClassifier(random_state=0, max_iter=5, tol=None)
SPACE = {"alpha": (1e-6, 1.0, "log-uniform"), "penalty": ["l2", "l1"]}
EPOCHS = {"resource": "epochs", "cv": 3, "random_state": 0}


@pytest.mark.parametrize(
    "search",
    [
        GridSearchCV(SVC(), {"C": [1.0, 10.0, 10.0]}, cv=3),
        BayesSearchCV(MODEL, SPACE, n_iter=6, cv=4, racing="margin", random_state=0),
        HyperbandSearchCV(MODEL, SPACE, factor=2, max_resources=4, **EPOCHS),
        PopulationSearchCV(MODEL, SPACE, population_size=3, n_generations=3, **EPOCHS),
    ],
    ids=lambda search: type(search).__name__,
)
def test_winner_is_that_of_the_search(search):
    """The report must not praise another trial than the one that was refitted."""
    order = np.random.default_rng(0).permutation(len(Y))
    search.fit(X[order], Y[order])
    best = read_subject(search).best
    assert best.configuration == {name: search.best_params_[name] for name in best.configuration}
    assert best.score == pytest.approx(search.best_score_)


def test_settings_are_those_that_were_made():
    """Forty parameters with their defaults hide the three that matter."""
    search = BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, n_iter=3, cv=3, random_state=0).fit(X, Y)
    assert read_subject(search).settings == {"cv": "3", "n_iter": "3", "random_state": "0"}


def test_settings_of_a_file_are_those_that_were_made(tmp_path):
    """A seed of 0 is no default, and forty parameters with their defaults hide it."""
    model, space = SVC(), {"C": (0.1, 10.0)}
    path = tmp_path / "a.db"
    BayesSearchCV(model, space, n_iter=3, cv=3, racing="margin", random_state=0, storage=path).fit(X, Y)
    settings = read_subject(path).settings
    own = {name: settings[name] for name in settings if name not in read_subject(path).search.versions}
    assert own == {"racing": "'margin'", "random_state": "0", "cv": "3"}


def test_study_may_still_be_open():
    """A study without an end is not finished because it is looked at."""
    study = Study({"x": (0.0, 1.0)}, n_iter=2)
    study.ask()
    subject = read_subject(study)
    assert subject.state == "running" and "1 trial under way" in subject.state_text
    study.tell(study.ask(), score=0.1)
    assert read_subject(study).best.score == 0.1
    idle = Study({"x": (0.0, 1.0)}, n_iter=1)
    idle.tell(idle.ask(), score=0.1)
    assert read_subject(idle).state_text == "No trial of the study is under way."


def test_file_in_use_is_that_of_a_running_search(tmp_path):
    """Whoever takes the numbers of a running search for its last ones decides too early."""
    search = BayesSearchCV(
        SVC(), {"C": (0.1, 10.0)}, n_iter=3, cv=3, storage=tmp_path / "a.db", random_state=0
    )
    search.fit(X, Y)
    assert read_subject(tmp_path / "a.db").state == "finished"
    storage = Storage(tmp_path / "a.db")
    assert read_subject(tmp_path / "a.db").state == "running"
    storage.close()
    assert read_subject(str(tmp_path / "a.db")).state == "finished"
