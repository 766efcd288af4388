"""The report as a file: what is in it, of what it is made, and how. tests/integration looks at it in a browser."""

from __future__ import annotations

import html
import re
import sys
from typing import ClassVar

import pictured
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV as Foreign
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

import skhpo
from skhpo import BayesSearchCV, Categorical, GridSearchCV, Study, report
from skhpo.storage import lock_path

X, Y = load_iris(return_X_y=True)
EVIL = "</script><script>alert(1)</script>"


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    """A fitted search with its file and predictions."""
    path = tmp_path_factory.mktemp("search") / "search.db"
    space = {"C": (1e-2, 1e2, "log-uniform"), "gamma": (1e-3, 1e1, "log-uniform")}
    model = SVC(gamma=0.1)
    search = BayesSearchCV(model, space, n_iter=10, cv=3, random_state=0, keep="predictions", storage=path)
    return search.fit(X, Y)


def _page(search, tmp_path, **arguments):
    path = report(search, tmp_path / "report.html", pictures=False, **arguments)
    return path.read_text(encoding="utf-8")


def test_conclusions_are_in_words(search, tmp_path):
    """Most readers never get further than the first paragraph."""
    page = _page(search, tmp_path, y=Y)
    assert "BayesSearchCV of SVC(gamma=0.1)" in page and "The search is finished." in page
    assert "10 configurations of 2 hyperparameters, with 30 fits" in page
    for topic in (
        "Winner",
        "Honest score",
        "Gain over the defaults",
        "What mattered",
        "Would more search pay?",
    ):
        assert f"<dt>{topic}</dt>" in page
    assert "90 % interval" in page


def test_file_tells_the_same_as_the_search(search, tmp_path):
    """A search on another machine is read from its file; what it gained must not depend on where one looks."""
    stored = _page(skhpo.load(search.storage), tmp_path)
    by_path = _page(search.storage, tmp_path)
    own = _page(search, tmp_path)
    for topic in ("Winner", "Gain over the defaults", "What mattered", "Would more search pay?"):
        said = own.partition(f"<dt>{topic}</dt>")[2].partition("</dd>")[0]
        assert said and said in stored and said in by_path


def test_running_search_says_so(search, tmp_path):
    """Numbers of half a search are taken for the whole otherwise."""
    lock = lock_path(skhpo.load(search.storage).path)
    lock.touch()
    try:
        assert "The search is running" in _page(search.storage, tmp_path)
    finally:
        lock.unlink()
    assert "The search is finished." in _page(search.storage, tmp_path)


class _Looking(SVC):
    """An estimator that looks at the report of its own search before it is fitted."""

    pages: ClassVar[list] = []

    def __init__(self, folder=None, C=1.0):
        super().__init__(C=C)
        self.folder = folder

    def fit(self, X, y):
        self.pages.append(_page(self.folder / "search.db", self.folder))
        return super().fit(X, y)


def test_report_at_any_moment_of_a_search(tmp_path):
    """From the first fit to the refit, whoever looks gets a page of that moment."""
    model = _Looking(tmp_path)
    search = BayesSearchCV(
        model, {"C": (0.1, 10.0)}, n_iter=3, cv=2, storage=tmp_path / "search.db", random_state=0
    )
    search.fit(X, Y)
    pages = _Looking.pages
    assert len(pages) == 3 * 2 + 1 and all("The search is running" in page for page in pages)
    assert "No trial has a score yet." in pages[0] and "with a cross-validated score of" in pages[-1]
    assert "2 complete and 1 under way" in pages[-2]


def test_nothing_finished_yet(tmp_path):
    """Whoever looks a second after the start sees that it has started, instead of a traceback."""
    study = Study({"x": (0.0, 1.0)}, n_iter=5)
    assert "No trial has been started yet." in _page(study, tmp_path)
    study.ask()
    assert "1 under way" in _page(study, tmp_path)


def test_failures_are_grouped_with_their_tracebacks(tmp_path):
    """A hundred equal tracebacks hide the one that is different."""
    study = Study({"x": (0.0, 1.0)}, n_iter=6, random_state=0)
    while (job := study.ask()) is not None:
        error = {1: ValueError("first kind"), 2: ValueError("first kind"), 4: KeyError("second kind")}.get(
            job.number
        )
        if error is None:
            study.tell(job, score=job.configuration["x"])
        else:
            study.tell(job, error=error)
    page = _page(study, tmp_path)
    assert page.count("<details><summary><strong>") == 2
    assert "2 trials 1, 2" in page and "trial 4" in page
    assert page.count("first kind</pre>") + page.count("first kind\n</pre>") == 1


def test_everything_is_escaped(tmp_path):
    """Names, values and error messages are somebody else's text: as HTML they would be run."""
    study = Study({EVIL: Categorical([EVIL, "b"])}, n_iter=2)
    study.tell(study.ask(), error=ValueError(EVIL + "\x00"))
    study.tell(study.ask(), score=0.5)
    page = _page(study, tmp_path)
    assert EVIL not in page and "alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)" in page and "\x00" not in page
    assert page.count("<script") == 1  # its own
    assert "default-src 'none'; script-src 'sha256-" in html.unescape(page)


@pytest.mark.parametrize("made", [pictured.raced, pictured.halved])
def test_what_was_saved_is_said(made, tmp_path):
    """Trials that were stopped early look like waste if nobody says what they have saved."""
    page = _page(made(), tmp_path)
    assert "stopped early" in page and "saved about" in page


def test_bad_arguments_are_refused_first(search, tmp_path):
    """A mistake must not replace the report that is there."""
    with pytest.raises(NotFittedError, match="BayesSearchCV instance is not fitted yet"):
        report(BayesSearchCV(SVC(), {"C": (1, 2)}), tmp_path / "report.html", pictures=False)
    with pytest.raises(
        TypeError, match="must be a fitted search of skhpo.* Got GridSearchCV.* of sklearn instead"
    ):
        report(Foreign(SVC(), {"C": [1, 2]}).fit(X, Y), tmp_path / "report.html", pictures=False)
    with pytest.raises(TypeError, match="must be a fitted search of skhpo.* Got Pipeline"):
        report(make_pipeline(search), tmp_path / "report.html", pictures=False)
    with pytest.raises(TypeError, match="The 'search' must be a fitted search"):
        report(3, tmp_path / "report.html", pictures=False)
    with pytest.raises(
        ValueError, match="The 'y' must be that of the search, of 150 samples. Got 3 instead."
    ):
        report(search, tmp_path / "report.html", y=[0, 1, 2], pictures=False)
    with pytest.raises(FileNotFoundError, match="There is no storage file"):
        report(tmp_path / "nowhere.db", tmp_path / "report.html", pictures=False)
    with pytest.raises(FileNotFoundError, match="There is no folder '.*nowhere' to write the report to."):
        report(search, tmp_path / "nowhere" / "report.html", pictures=False)
    assert list(tmp_path.iterdir()) == []


def test_target_without_predictions_is_no_reason_to_have_no_report(search, tmp_path):
    """Who gives the target of a file, or of a search that was gone on with, would get a traceback for a page."""
    assert "Not known: predictions are not stored" in _page(search.storage, tmp_path, y=Y)
    plain = GridSearchCV(SVC(), {"C": [1.0, 10.0]}, cv=3).fit(X, Y)
    assert "Not known: it needs out-of-fold predictions" in _page(plain, tmp_path, y=Y)
    again = GridSearchCV(SVC(), {"C": [1.0, 10.0]}, cv=3, keep="predictions", storage=tmp_path / "a.db")
    assert "Not known" not in _page(again.fit(X, Y), tmp_path, y=Y)
    page = _page(again.fit(X, Y), tmp_path, y=Y)
    assert "read from the storage file, which holds scores only" in page


def test_table_has_a_column_of_each_metric(tmp_path):
    """The metrics that were watched besides are in no other place of the page."""
    scoring = ["accuracy", "f1_macro"]
    search = GridSearchCV(SVC(), {"C": [0.01, 10.0]}, scoring=scoring, refit="f1_macro", cv=3).fit(X, Y)
    page = _page(search, tmp_path)
    table = page[page.index('<table id="trials"') :]
    heads = re.findall(r"<button[^>]*>(.*?)</button>", table.partition("</thead>")[0])
    assert heads[2:4] == ["f1_macro", "accuracy"] and table.partition("</thead>")[0].count("data-score") == 2
    cells = re.findall(r"<td[^>]*>(.*?)</td>", table.partition("<tbody>")[2].partition("</tr>")[0])
    results = search.cv_results_
    expected = [results["mean_test_f1_macro"][0], results["mean_test_accuracy"][0]]
    assert [float(cell) for cell in cells[1:3]] == pytest.approx(expected, abs=1e-4)


def test_missing_library_is_named(search, tmp_path, monkeypatch):
    """Whoever has no bokeh is told what to install, before anything is computed."""
    monkeypatch.setitem(sys.modules, "bokeh", None)
    with pytest.raises(ImportError, match=r"python -m pip install 'skhpo\[report\]'"):
        report(search, tmp_path / "report.html")


def test_file_is_replaced_as_a_whole(search, tmp_path, monkeypatch):
    """A browser that loads the page again in the wrong moment would show half of it."""
    path = tmp_path / "report.html"
    path.write_text("old")
    monkeypatch.setattr("os.replace", _fail)
    with pytest.raises(OSError, match="disk full"):
        report(search, path, pictures=False)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    monkeypatch.undo()
    assert report(search, path, pictures=False) == path
    assert path.read_text(encoding="utf-8").endswith("</html>") and list(tmp_path.iterdir()) == [path]


def _fail(*arguments):
    raise OSError("disk full")
