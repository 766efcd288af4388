"""Every entry of the table of displays goes through the same contract."""

import inspect
import io
import math
import sys
from functools import cache

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure
from pictured import STUDIES, tell
from sklearn.exceptions import NotFittedError
from sklearn.svm import SVC

import skhpo
from skhpo.plots import DISPLAYS
from skhpo.plots._style import is_dark

every_display = pytest.mark.parametrize("name", sorted(DISPLAYS))
# Learning curves are those of a rationed resource: of the others there is nothing to be seen.
DRAWN = [
    (name, study) for name in sorted(DISPLAYS) for study in STUDIES if name != "rungs" or study == "halved"
]


@cache
def study_of(key):
    """One study for all tests that draw it."""
    return STUDIES[key]()


def drawn(figure):
    """Draw a figure for good, which is where many mistakes show, and return its texts."""
    figure.savefig(io.BytesIO(), format="png", dpi=30)
    return [text.get_text() for text in figure.findobj(mpl.text.Text)]


@pytest.mark.parametrize(("name", "key"), DRAWN)
def test_every_kind_of_search_can_be_drawn(name, key):
    """A picture that fails or warns where trials have failed, or are few or alike, is missing when it is needed."""
    ax = Figure().subplots()
    display = DISPLAYS[name].from_estimator(study_of(key), ax=ax)
    assert display.figure_ is ax.figure
    texts = drawn(display.figure_)
    assert not any("nan" in text.lower() or "inf" in text.lower() for text in texts), texts


@every_display
def test_a_given_axes_is_used_and_pyplot_left_alone(name):
    """Somebody else's figure would appear twice, or their current axes change under their hands."""
    before = plt.get_fignums(), dict(mpl.rcParams)
    figure = Figure(layout="constrained")
    left, right = figure.subplots(1, 2)
    right.plot([0, 1], [0, 1])
    DISPLAYS[name].from_estimator(study_of("halved"), ax=left)
    assert (plt.get_fignums(), dict(mpl.rcParams)) == before
    assert len(right.lines) == 1


@every_display
def test_a_figure_of_its_own_is_shown_by_notebooks(name):
    """Notebooks and `plt.show` show what pyplot knows; without it the user sees nothing."""
    known = set(plt.get_fignums())
    display = DISPLAYS[name].from_estimator(study_of("halved"))
    try:
        new = set(plt.get_fignums()) - known
        assert [plt.figure(number) for number in new] == [display.figure_]
    finally:
        plt.close(display.figure_)
    assert set(plt.get_fignums()) == known


@every_display
def test_plotting_again_draws_the_same_on_another_axes(name):
    """The data are attributes, so that a picture can be drawn again without reading the search again."""
    display = DISPLAYS[name].from_estimator(study_of("halved"), ax=Figure().subplots())
    first, texts = display.figure_, drawn(display.figure_)
    assert display.plot(ax=Figure().subplots()) is display
    assert display.figure_ is not first
    assert drawn(display.figure_) == texts


@every_display
def test_trials_and_their_space_show_what_the_study_shows(name):
    """Trials of whatever source are drawn as those of a search."""
    study = study_of("halved")
    one = DISPLAYS[name].from_estimator(study, ax=Figure().subplots())
    other = DISPLAYS[name].from_trials(study.trials, study.space, ax=Figure().subplots())
    assert drawn(one.figure_) == drawn(other.figure_)


@every_display
def test_trials_without_a_space_go_by_their_values(name):
    """Of a list of candidates, or a file, no space is known, and there is still something to see."""
    display = DISPLAYS[name].from_trials(study_of("halved").trials, ax=Figure().subplots())
    assert drawn(display.figure_)


@every_display
@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_texts_can_be_read_on_light_and_dark_paper(name, style):
    """White paper in a dark notebook blinds, and black text on a dark page cannot be read."""
    with plt.style.context(style):
        ax = Figure().subplots()
        display = DISPLAYS[name].from_estimator(study_of("halved"), ax=ax)
        drawn(display.figure_)
    paper = style == "dark_background"
    for text in display.figure_.findobj(mpl.text.Text):
        if text.get_text() and text.get_visible():
            brightness = sum(mpl.colors.to_rgb(text.get_color())) / 3
            assert (brightness > 0.5) == paper, text
    assert is_dark(ax) == paper


@every_display
def test_no_argument_but_the_search_is_needed(name):
    """Whoever has to look arguments up does not look at the picture."""
    for constructor in (DISPLAYS[name].from_estimator, DISPLAYS[name].from_trials):
        parameters = inspect.signature(constructor).parameters
        required = [key for key, one in parameters.items() if one.default is inspect.Parameter.empty]
        assert required in (["search"], ["trials"])
        assert parameters["ax"].kind is inspect.Parameter.KEYWORD_ONLY


@every_display
def test_what_cannot_be_drawn_is_refused(name):
    """An error from the depths of matplotlib does not say that the search was not fitted."""
    display = DISPLAYS[name]
    with pytest.raises(NotFittedError, match="BayesSearchCV instance is not fitted yet"):
        display.from_estimator(skhpo.BayesSearchCV(SVC(), {"C": (0.1, 1.0)}))
    with pytest.raises(TypeError, match="must be a fitted search"):
        display.from_estimator(3)
    with pytest.raises(TypeError, match="must be a sequence of Trial"):
        display.from_trials([{"C": 1.0}])
    with pytest.raises(ValueError, match="no trial of 0 is finished"):
        display.from_trials([])


@every_display
def test_missing_matplotlib_names_the_extra(name, monkeypatch):
    """A bare ModuleNotFoundError does not say how to get pictures."""
    for module in [key for key in sys.modules if key.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"skhpo\[plots\]"):
        DISPLAYS[name].from_estimator(study_of("halved"))


@every_display
def test_running_studies_are_drawn_as_far_as_they_are(name):
    """A look at a search that still runs is what saves the hours."""
    study = skhpo.Study({"x": (0.0, 1.0), "y": (0, 9)}, sampler="random", random_state=0)
    if name == "rungs":
        study = skhpo.Study({"x": (0.0, 1.0)}, scheduler=skhpo.schedulers.AshaScheduler(), random_state=0)
    jobs = [study.ask() for _ in range(4)]
    for job in jobs[:3]:
        tell(study, job, math.sin(job.number))
    if name == "rungs":
        while not any(trial.is_finished for trial in study.trials):
            job = study.ask()
            tell(study, job, math.sin(job.number))
    assert any(not trial.is_finished for trial in study.trials)
    assert drawn(DISPLAYS[name].from_estimator(study, ax=Figure().subplots()).figure_)
