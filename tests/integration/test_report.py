"""The report in a real Chromium: it draws, sorts and filters, in light and dark, by mouse and by keyboard."""

from __future__ import annotations

import os
import shutil

import pictured
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import skhpo
from skhpo import BayesSearchCV, Categorical, Real, Study, report

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore")]

EVIL = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>$$x$$"
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --window-size=1200,900"
)
MEDIA = "Emulation.setEmulatedMedia"


def _found(*names):
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A Chromium of this machine, which asks nothing of the network."""
    chromium, driver = _found("chromium", "chromium-browser", "google-chrome"), _found("chromedriver")
    if chromium is None or driver is None:
        message = "the report's test needs chromium and chromedriver (Debian: chromium and chromium-driver)"
        # The CI promises that the report was looked at.
        if os.environ.get("SKHPO_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    if not os.environ.get("SKHPO_REQUIRE_BROWSER"):
        pytest.importorskip("selenium")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in [*FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('profile')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=Service(driver))
    opened.set_script_timeout(60)
    yield opened
    opened.quit()


@pytest.fixture(scope="module")
def search():
    """A search with conditions, categories, predictions and names that try to be code."""
    X, y = load_breast_cancer(return_X_y=True)
    space = {
        "svc__C": (1e-3, 1e3, "log-uniform"),
        "svc__kernel": ["rbf", "linear"],
        "svc__gamma": Real(1e-5, 1e1, "log-uniform", when={"svc__kernel": ["rbf"]}),
    }
    model = make_pipeline(StandardScaler(), SVC(gamma=0.1))
    search = BayesSearchCV(model, space, n_iter=15, cv=3, random_state=0, keep="predictions")
    return search.fit(X[::2], y[::2]), y[::2]


@pytest.fixture(scope="module")
def page(search, tmp_path_factory):
    """The report of that search."""
    fitted, y = search
    return report(fitted, tmp_path_factory.mktemp("report") / "report.html", y=y)


def _open(browser, path, scheme="light"):
    """Open a page and wait until its pictures are drawn and painted."""
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get_log("performance")
    browser.execute_cdp_cmd(MEDIA, {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    browser.get(path.as_uri())
    _wait(browser, "document.readyState === 'complete'")
    if browser.execute_script("return document.getElementById('pictures') !== null"):
        _wait(browser, f"document.body.dataset.painted === '{scheme}' && Bokeh.documents[0].is_idle")


def _wait(browser, condition):
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 60).until(lambda opened: opened.execute_script(f"return Boolean({condition})"))


def _complaints(browser):
    return [one["message"] for one in browser.get_log("browser") if one["level"] in ("SEVERE", "WARNING")]


def _requests(browser):
    """Return the addresses that the page asked for, other than its own file and what it carries itself."""
    log = (one["message"] for one in browser.get_log("performance"))
    return [one for one in log if '"Network.requestWillBeSent"' in one and '"url":"http' in one]


# Of each picture: its name, and how many colours there are on its canvas.
COLOURS = """
const found = [];
for (const place of document.querySelectorAll('.panel')) {
  const colours = new Set();
  const walk = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (element.tagName === 'CANVAS' && element.width > 0 && element.height > 0) {
        const data = element.getContext('2d').getImageData(0, 0, element.width, element.height).data;
        for (let i = 0; i < data.length; i += 4) {
          if (data[i + 3] > 0) colours.add(data[i] * 65536 + data[i + 1] * 256 + data[i + 2]);
        }
      }
    }
  };
  walk(place);
  found.push([place.getAttribute('aria-label'), colours.size]);
}
return found;
"""


def _column(browser, place):
    script = (
        "return [...document.querySelectorAll('#trials tbody tr')].filter((row) => !row.hidden)"
        ".map((row) => row.cells[arguments[0]].textContent)"
    )
    return browser.execute_script(script, place)


def _point_at_best(browser):
    """Move the mouse to the star in the first picture."""
    from selenium.webdriver.common.actions.action_builder import ActionBuilder

    x, y = browser.execute_script(STAR)
    action = ActionBuilder(browser)
    action.pointer_action.move_to_location(round(x), round(y))
    action.perform()


def _head(browser, name):
    from selenium.webdriver.common.by import By

    (button,) = [
        one
        for one in browser.find_elements(By.CSS_SELECTOR, "#trials thead button")
        if one.text.startswith(name)
    ]
    return button


def _order_of(browser, name):
    return browser.execute_script(
        "return arguments[0].parentElement.getAttribute('aria-sort')", _head(browser, name)
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_picture_is_drawn(browser, page, scheme):
    """An empty frame, or black lines on black, tells nothing."""
    _open(browser, page, scheme)
    found = dict(browser.execute_script(COLOURS))
    assert {"convergence", "importances", "parallel coordinates", "effect of svc__C"} <= set(found)
    assert any(name.startswith("map of") for name in found)
    assert min(found.values()) > 5, found
    background = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    ink = browser.execute_script("return Bokeh.documents[0].roots()[0].below[0].major_label_text_color")
    assert ink == {"light": "#1b1b1b", "dark": "#e6e6e6"}[scheme]
    assert _complaints(browser) == []
    assert _requests(browser) == []


def test_pictures_follow_the_scheme(browser, page):
    """Whoever switches to dark in the evening should not have to load the page again."""
    _open(browser, page)
    browser.execute_cdp_cmd(MEDIA, {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    _wait(browser, "document.body.dataset.painted === 'dark'")
    assert _complaints(browser) == []


def test_clicks_sort(browser, page):
    """The best trials come first at the first click on the score."""
    _open(browser, page)
    _head(browser, "Score").click()
    scores = [float(text) for text in _column(browser, 2)]
    assert scores == sorted(scores, reverse=True)
    assert _order_of(browser, "Score") == "descending" and _order_of(browser, "Trial") == "none"
    _head(browser, "Score").click()
    assert [float(text) for text in _column(browser, 2)] == sorted(scores)
    _head(browser, "svc__gamma").click()
    known = [text for text in _column(browser, 7) if text]
    assert [float(text) for text in known] == sorted(map(float, known))
    assert _column(browser, 7)[: len(known)] == known  # trials without it come last


def test_keys_sort(browser, page):
    """Whoever cannot use a mouse sorts with Enter and the space bar, and gets there with Tab."""
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    _open(browser, page)
    browser.execute_script("document.getElementById('status').focus()")
    for _ in range(6):  # the region of the table, and the buttons before that one
        ActionChains(browser).send_keys(Keys.TAB).perform()
        if browser.switch_to.active_element.text.startswith("Score"):
            break
    assert browser.switch_to.active_element.text.startswith("Score")
    outline = browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    assert _order_of(browser, "Score") == "descending"
    ActionChains(browser).send_keys(Keys.SPACE).perform()
    assert _order_of(browser, "Score") == "ascending"
    assert browser.switch_to.active_element.text.startswith("Score")  # still there for the next key


def test_filters_say_how_many_are_left(browser, page, search):
    """A filter that hides trials in silence makes people believe they are gone."""
    from selenium.webdriver.common.by import By

    _open(browser, page)
    field = browser.find_element(By.ID, "filter")
    field.send_keys("linear")
    n = sum(trial.configuration["svc__kernel"] == "linear" for trial in search[0].trials_)
    assert 0 < n < 15 and set(_column(browser, 6)) == {"linear"}
    count = browser.find_element(By.ID, "count")
    assert count.text == f"{n} of 15 trials shown." and count.get_attribute("aria-live") == "polite"
    field.clear()
    field.send_keys("trial 3")  # the name of a column asks for its value
    assert _column(browser, 0) == ["3"]
    field.clear()
    field.send_keys("nonsense")
    assert count.text == "0 of 15 trials shown."


def test_status_filter(browser, tmp_path):
    """Failed trials are what one looks for when something is wrong."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select

    _open(browser, report(pictured.small(15, fails=(2, 4)), tmp_path / "small.html"))
    Select(browser.find_element(By.ID, "status")).select_by_visible_text("failed")
    assert _column(browser, 0) == ["2", "4"]
    assert _complaints(browser) == []


def test_hovering_describes_the_trial(browser, page):
    """The point that stands out is of no use without its configuration."""
    _open(browser, page)
    texts = browser.execute_script(
        "const made = Bokeh.documents[0]; const data = JSON.parse(document.getElementById('pictures').textContent);"
        "return made.get_model_by_id(data.described[0]).data.about"
    )
    assert len(texts) == 15
    assert all(text.startswith("Trial ") and "svc__C: " in text for text in texts)
    _point_at_best(browser)
    _wait(browser, f"({TOOLTIP}).includes('complete, best')")
    assert _complaints(browser) == []


def test_dragging_zooms_in(browser, page):
    """Where trials lie on top of each other, a closer look tells them apart."""
    from selenium.webdriver.common.actions.action_builder import ActionBuilder

    _open(browser, page)
    range_of = "const one = Bokeh.documents[0].roots()[0].x_range; return [one.start, one.end]"
    x, y = browser.execute_script(STAR)
    low, high = browser.execute_script(range_of)
    action = ActionBuilder(browser)
    action.pointer_action.move_to_location(round(x) - 60, round(y) + 10)
    action.pointer_action.pointer_down().move_to_location(round(x) + 60, round(y) + 80).pointer_up()
    action.perform()
    closer = browser.execute_script(range_of)
    assert low < closer[0] < closer[1] < high
    assert _complaints(browser) == []


# Where the star of the best trial is, in the window.
STAR = """
document.getElementById('course').scrollIntoView();
const [figure] = Bokeh.documents[0].roots();
const view = Bokeh.index.get_by_id(figure.id);
const star = figure.renderers.at(-1);
const [row] = star.view.filter.indices;
const data = star.data_source.data;
const box = view.el.getBoundingClientRect();
return [box.x + view.frame.x_scale.compute(data.finished[row]), box.y + view.frame.y_scale.compute(data.course[row])];
"""
# What is written in the boxes beside the pointer.
TOOLTIP = """(() => {
  const texts = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (element.tagName === 'DIV' && element.style.whiteSpace === 'pre-line') texts.push(element.textContent);
    }
  };
  walk(document);
  return texts.join(' ');
})()"""


def test_nothing_that_is_shown_is_run(browser, tmp_path):
    """A file of somebody else must not run code in the browser of whoever reads its report."""
    space = {EVIL: Categorical([EVIL, "other"]), "x": (0.0, 1.0)}
    study = Study(space, sampler="random", n_iter=12, random_state=0)
    while (job := study.ask()) is not None:
        if job.number == 3:
            study.tell(job, error=ValueError(EVIL))
        else:
            study.tell(job, score=job.configuration["x"] + (job.configuration[EVIL] == "other"))
    _open(browser, report(study, tmp_path / "evil.html"))
    _point_at_best(browser)
    _wait(browser, f"({TOOLTIP}).includes('complete, best')")
    assert browser.execute_script("return window.hacked === undefined")
    assert EVIL in browser.execute_script("return document.getElementById('trials').textContent")
    assert EVIL in browser.execute_script("return document.getElementById('failures').textContent")
    assert _complaints(browser) == []
    assert _requests(browser) == []


def test_landmarks_and_names(browser, page):
    """A screen reader goes from landmark to landmark, and reads what has a name."""
    _open(browser, page)
    nameless = browser.execute_script(
        "return [...document.querySelectorAll('section, figure, nav, .panel, [role=region], input, select')].filter("
        "(one) => !(one.ariaLabel || one.labels?.length"
        " || document.getElementById(one.getAttribute('aria-labelledby')))"
        ").map((one) => one.outerHTML.slice(0, 80))"
    )
    assert nameless == []
    assert browser.execute_script("return [document.documentElement.lang, document.title.length > 5]") == [
        "en",
        True,
    ]
    broken = browser.execute_script(
        "return [...document.querySelectorAll('a[href^=\"#\"]')].map((one) => one.hash.slice(1)).filter("
        "(id) => !document.getElementById(id))"
    )
    assert broken == []


@pytest.mark.parametrize("kind", ["raced", "halved", "large", "running", "empty"])
def test_every_kind_of_search_is_drawn(browser, tmp_path, kind):
    """The page of a search with rungs or races, or of one that has just begun, must not be half empty."""
    made = {"raced": pictured.raced, "halved": pictured.halved, "large": pictured.large}
    if kind == "empty":
        study = Study({"x": (0.0, 1.0)})
    elif kind == "running":
        study = Study({"x": (0.0, 1.0)}, n_iter=9, random_state=0)
        for i in range(3):
            study.tell(study.ask(), score=0.1 * i)
        study.ask()
    else:
        study = made[kind]()
    _open(browser, report(study, tmp_path / f"{kind}.html"))
    found = dict(browser.execute_script(COLOURS))
    assert {"raced": "race", "halved": "rungs"}.get(kind, "convergence") in found or kind == "empty"
    assert all(n > 5 for n in found.values()), found
    assert _complaints(browser) == []


def test_a_thousand_trials_fit(browser, tmp_path):
    """A report is sent by mail: 3 MB are the limit, and the browser has to keep up with it."""
    space = {f"step__alpha_{i}": (1e-5, 1e2, "log-uniform") for i in range(20)}
    space |= {f"step__kind_{i}": ["one", "other", "third"] for i in range(10)}
    study = pictured.finished(
        space, lambda c, job: c["step__alpha_0"] ** 0.1 + job.number % 7, 1000, fails=(5, 500)
    )
    path = report(study, tmp_path / "large.html")
    assert path.stat().st_size < 3e6
    _open(browser, path)
    assert min(n for _, n in browser.execute_script(COLOURS)) > 5
    _head(browser, "Score").click()
    scores = [float(text) for text in _column(browser, 2) if text]
    assert scores == sorted(scores, reverse=True) and len(scores) == 998
    assert _complaints(browser) == []


def test_report_of_a_file(browser, search, tmp_path):
    """Whoever runs a search on a cluster looks at its file from a notebook."""
    fitted, _ = search
    again = fitted.__class__(
        **{**fitted.get_params(deep=False), "storage": tmp_path / "search.db", "n_iter": 8}
    )
    X, y = load_breast_cancer(return_X_y=True)
    again.fit(X[::4], y[::4])
    _open(browser, report(tmp_path / "search.db", tmp_path / "report.html"))
    assert "Gain over the defaults" in browser.execute_script("return document.body.textContent")
    assert len(_column(browser, 0)) == len(skhpo.load(tmp_path / "search.db").trials_)
    assert _complaints(browser) == []


def test_switched_off_pictures_need_no_scripts_of_bokeh(browser, page, search, tmp_path):
    """The small page sorts and filters like the large one."""
    small = report(search[0], tmp_path / "small.html", pictures=False)
    assert small.stat().st_size < page.stat().st_size / 20
    _open(browser, small)
    _head(browser, "Score").click()
    assert _order_of(browser, "Score") == "descending"
    assert _complaints(browser) == []
