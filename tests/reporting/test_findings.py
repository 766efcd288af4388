"""What the report says in words: never more than is known."""

from __future__ import annotations

import pictured
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhpo import BayesSearchCV, Study
from skhpo.reporting._findings import findings
from skhpo.reporting._subject import read_subject
from skhpo.reporting._worth import Worth
from skhpo.search import OneStandardError

X, Y = load_breast_cancer(return_X_y=True)


def _said(search, topic, **arguments):
    found = {one.topic: one for one in findings(Worth(read_subject(search), **arguments))}
    return found.get(topic)


def _noisy(score, n_iter=12, space=None):
    study = Study(space or {"x": (0.0, 1.0)}, sampler="random", n_iter=n_iter, random_state=0)
    while (job := study.ask()) is not None:
        study.tell(job, score=score(job))
    return study


def test_gain_within_noise_is_a_warning():
    """A winner that is no better than the defaults must not be sold as progress."""
    search = BayesSearchCV(
        DecisionTreeClassifier(random_state=0), {"min_samples_leaf": (1, 3)}, n_iter=3, cv=3, random_state=0
    ).fit(X[:150], Y[:150])
    assert _said(search, "Gain over the defaults").is_warning


def test_clear_gain_is_said_with_its_test():
    """A gain without interval and test is only a number."""
    space = {"gamma": (1e-6, 1.0, "log-uniform")}
    search = BayesSearchCV(SVC(gamma=0.1), space, n_iter=10, cv=3, random_state=0).fit(X[:300], Y[:300])
    found = _said(search, "Gain over the defaults")
    assert not found.is_warning
    assert "90 % interval" in found.text and "paired test on 3 splits" in found.text


def test_rule_that_chose_another_trial_is_told():
    """The refitted model is not the one with the best score then, and the reader would wonder."""
    space = {"max_depth": (1, 12)}
    rule = OneStandardError(["max_depth"])
    model = DecisionTreeClassifier(random_state=0)
    search = BayesSearchCV(model, space, n_iter=8, cv=3, refit=rule, random_state=0).fit(X[:150], Y[:150])
    subject = read_subject(search)
    assert subject.best.configuration == search.best_params_
    if subject.best is not subject.top:
        assert "It was chosen by 'refit'" in _said(search, "Winner").text


def test_rivals_are_counted():
    """Where half of the trials are as good as the best, the choice between them is luck."""
    study = _noisy(lambda job: [0.8, 0.9, 0.85 + job.number / 1e4])
    found = _said(study, "As good as the winner")
    assert found.is_warning and found.text.startswith("11 of the other 11 complete trials")
    clear = _noisy(lambda job: [job.number, job.number + 0.01, job.number - 0.01])
    assert _said(clear, "As good as the winner") is None


def test_importances_of_noise_are_a_warning():
    """A model that predicts nothing explains nothing."""
    noise = [0.3, 0.9, 0.1, 0.8, 0.7, 0.2, 0.95, 0.05, 0.6, 0.4, 0.5, 0.15]
    found = _said(_noisy(lambda job: noise[job.number]), "What mattered")
    assert found is None or (found.is_warning and "Do not build on it" in found.text)


def test_what_mattered_is_named():
    """The first of two hyperparameters is the one to look at."""
    found = _said(
        _noisy(lambda job: job.configuration["x"], 20, {"x": (0.0, 1.0), "z": (0.0, 1.0)}), "What mattered"
    )
    assert ": x " in found.text and not found.is_warning


@pytest.mark.parametrize(("n_iter", "says"), [(4, "Too little is known"), (30, "can still be gained")])
def test_more_search(n_iter, says):
    """Whether to go on is the question that follows every report; after four trials there is no answer."""
    study = _noisy(
        lambda job: [-((job.configuration["x"] - 0.5) ** 2) + d for d in (-0.05, 0.0, 0.05)], n_iter
    )
    assert says in _said(study, "Would more search pay?").text


def test_failures_are_counted():
    """A search of which a third fails silently searches another space than the user thinks."""
    found = _said(pictured.small(12, fails=(1, 2, 3)), "Failures")
    assert found.is_warning and found.text.startswith("3 trials had fits that failed")


def test_nothing_is_said_of_nothing():
    """An empty study has no winner and no importances, and that is all there is to say."""
    study = Study({"x": (0.0, 1.0)})
    assert [one.topic for one in findings(Worth(read_subject(study)))] == ["Tried", "Winner"]
