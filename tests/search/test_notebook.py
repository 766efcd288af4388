"""What a notebook shows of a search."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from skhpo import BayesSearchCV, GridSearchCV, HyperbandSearchCV
from skhpo.search._notebook import summary_html

X, Y = load_iris(return_X_y=True)


@pytest.fixture(scope="module")
def search():
    """A fitted search that got better on its way."""
    space = {"C": (1e-3, 1e2, "log-uniform"), "kernel": ["linear", "rbf"]}
    return BayesSearchCV(SVC(), space, n_iter=8, cv=3, random_state=0).fit(X, Y)


def test_essentials_come_above_the_diagram(search):
    """Whoever puts a search in the last line of a cell wants to know what it found."""
    shown = search._repr_mimebundle_()["text/html"]
    assert shown.index("Best score") < shown.index("sk-top-container")
    assert shown == search._repr_html_()[: len(shown)] or search._repr_html_().startswith(
        summary_html(search)
    )
    summary = summary_html(search)
    assert f"{search.best_score_:.4g}" in summary and "kernel=" in summary and "8 trials, 24 fits" in summary
    ElementTree.fromstring(summary)  # well-formed, picture and all


def test_unfitted_searches_look_as_in_scikit_learn(search):
    """There is nothing to say yet."""
    bare = clone(search)
    assert "skhpo-summary" not in bare._repr_mimebundle_()["text/html"]
    with sklearn.config_context(display="text"):
        assert list(search._repr_mimebundle_()) == ["text/plain"]
        assert not hasattr(search, "_repr_html_")


def test_texts_are_escaped():
    """A choice whose text is HTML must not become a part of the notebook."""

    class Evil:
        def __repr__(self):
            return "<script>alert(1)</script>"

        def __call__(self, a, b):
            return a @ b.T

    search = GridSearchCV(SVC(), {"kernel": [Evil()]}, cv=2).fit(X, Y)
    assert "<script>" not in summary_html(search) and "&lt;script&gt;" in summary_html(search)


def test_searches_without_a_score_or_a_winner():
    """Several metrics without a winner, and a single trial, have a summary too."""
    search = GridSearchCV(SVC(), {"C": [1.0]}, scoring=["accuracy", "f1_macro"], refit=False, cv=2).fit(X, Y)
    assert "1 trial, 2 fits" in summary_html(search) and "Best" not in summary_html(search)


def test_stopped_trials_are_counted():
    """Most trials of such a search are stopped early, and that is not a failure."""
    search = HyperbandSearchCV(SVC(), {"C": (0.1, 10.0)}, cv=2, min_resources=20, random_state=0).fit(X, Y)
    n = sum(trial.status == "pruned" for trial in search.trials_)
    assert n and f"{n} stopped early" in summary_html(search)
