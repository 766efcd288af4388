"""The timeline of workers, from two fits to thousands."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from pictured import halved, raced, small
from resuming import COUNTER, Model, X, Y

import skhpo
from skhpo import RandomizedSearchCV, Real
from skhpo.plots import TimelineDisplay
from skhpo.plots._source import read_source
from skhpo.trial import Measurement, Trial


def simulated(n_workers, n_fits, seconds=2.0, gap=0.1, began=1.7e9, first=0):
    """Trials of one fit each; each worker waits a little between two fits."""
    trials = []
    for i in range(n_fits):
        turn, worker = divmod(i, n_workers)
        fit = Measurement(
            0, {"score": 0.5}, None, seconds, 0.0, started=began + turn * (seconds + gap), worker=worker
        )
        status = "pruned" if i % 3 else "complete"
        trials.append(Trial(first + i, {"a": i}, status=status, measurements=(fit,), score=0.5))
    return trials


def drawn(trials):
    """Draw trials on axes that pyplot does not know, to the end."""
    ax = Figure(figsize=(9.0, 5.0), layout="constrained").subplots()
    display = TimelineDisplay.from_trials(trials, ax=ax)
    display.figure_.savefig(io.BytesIO(), format="png", dpi=30)
    return display


def n_boxes(display):
    """How many bars there are."""
    return sum(len(one.get_paths()) for one in display.ax_.findobj(PolyCollection))


def labels(display):
    """The texts of the legend."""
    (legend,) = display.figure_.findobj(plt.matplotlib.legend.Legend)
    return [text.get_text() for text in legend.get_texts()]


def numbers(display):
    """The numbers on the bars."""
    return [text.get_text() for text in display.ax_.texts]


def test_every_fit_has_a_bar_with_the_number_of_its_trial():
    """Which trial has occupied a worker for so long is what one looks for."""
    display = drawn(simulated(2, 10))
    assert n_boxes(display) == 10
    assert sorted(numbers(display), key=int) == [str(i) for i in range(10)]
    assert display.ax_.get_title() == "2 workers, busy 96 % of 10 seconds"
    assert labels(display) == ["complete (40 %)", "stopped early (60 %)"]


@pytest.mark.parametrize(("n_fits", "n_numbers"), [(4, 4), (60, 1)])
def test_narrow_fits_of_a_trial_side_by_side_share_a_number(n_fits, n_numbers):
    """Many short folds of one trial have room for its number together, if not each for itself."""
    fits = [m for trial in simulated(1, n_fits, gap=0.0) for m in trial.measurements]
    trial = Trial(777, {}, status="complete", score=0.5, measurements=tuple(fits))
    assert numbers(drawn([trial])) == ["777"] * n_numbers


@pytest.mark.parametrize(("n_workers", "is_dense"), [(1, True), (64, False)])
def test_thousands_of_fits_are_shares_where_bars_would_blur(n_workers, is_dense):
    """Bars narrower than a pixel mix to colours that mean nothing."""
    display = drawn(simulated(n_workers, 5000))
    assert ("shares of time" in display.ax_.get_ylabel()) == is_dense
    assert len(display.ax_.get_yticks()) <= 22
    assert len(numbers(display)) == 0
    if not is_dense:
        assert n_boxes(display) == 5000


def test_heights_of_shares_are_those_of_the_time():
    """A worker that waits for half of the time has to look like it."""
    display = drawn(simulated(1, 5000, seconds=1.0, gap=1.0))
    frame, *kinds = display.ax_.findobj(PolyCollection)
    whole = np.ptp(frame.get_paths()[0].vertices[:, 1])
    heights = [np.ptp(path.vertices[:, 1]) for one in kinds for path in one.get_paths()]
    n_columns = max(len(one.get_paths()) for one in kinds)
    assert sum(heights) / n_columns == pytest.approx(0.5 * whole, rel=0.02)


def test_pauses_between_runs_are_left_out_and_marked():
    """A night between two runs would leave both of them as lines at the edges."""
    first = simulated(2, 20)
    display = drawn([*first, *simulated(2, 20, began=1.7e9 + 3600, first=20)])
    (pause,) = display.pauses
    assert pause.seconds == pytest.approx(3600 - 20.9)
    assert "paused 60 minutes" in numbers(display)
    assert display.ax_.get_xlim()[1] < 50
    assert "pauses left out" in display.ax_.get_xlabel()


def test_fits_of_unknown_times_are_counted():
    """Who sees half of the fits must know that there are others."""
    unknown = Trial(10, {}, status="complete", score=0.5, measurements=(Measurement(0, {"score": 0.5}),))
    assert "of 1 fit the time is not known" in drawn([*simulated(2, 10), unknown]).ax_.get_xlabel()


def test_failures_are_seen_however_short():
    """One that fails at once takes less than a pixel, and is what has to be seen."""
    study = small(fails=(7,))
    display = TimelineDisplay.from_estimator(study, ax=Figure().subplots())
    assert [fit.number for fit in display.fits if fit.kind == "failed"] == [7]
    tiny = [fit._replace(seconds=1e-9) if fit.kind == "failed" else fit for fit in display.fits]
    display = TimelineDisplay(tiny).plot(Figure().subplots())
    assert "failed (<1 %)" in labels(display)
    (last,) = display.ax_.findobj(PolyCollection)[-1].get_paths()
    assert np.ptp(last.vertices[:, 0]) > 1e-3 * display.ax_.get_xlim()[1]


@pytest.mark.parametrize("make", [raced, halved])
def test_all_fits_of_trials_with_several_are_there(make):
    """Each fold and each rung has taken time."""
    study = make()
    display = TimelineDisplay.from_estimator(study, ax=Figure().subplots())
    assert len(display.fits) == sum(len(trial.measurements) for trial in study.trials)
    assert display.busy > 0.9


def test_a_search_shows_its_refit_and_its_file_the_same_fits(tmp_path):
    """The refit may take longer than many fits; the file is what is there on the next day."""
    path = tmp_path / "study.db"
    space = {"a": Real(0.0, 0.8)}
    arguments = {"n_iter": 4, "cv": 2, "random_state": 0, "storage": path}
    search = RandomizedSearchCV(Model(), space, **arguments).fit(X, Y)
    display = TimelineDisplay.from_estimator(search, ax=Figure().subplots())
    assert display.refit_seconds == search.refit_time_ and "refit" in labels(display)
    stored = TimelineDisplay.from_estimator(path, ax=Figure().subplots())
    assert stored.fits == display.fits == TimelineDisplay.from_trials(skhpo.load(path).trials_).fits
    assert stored.refit_seconds is None
    plt.close("all")


def test_a_resumed_search_keeps_when_its_first_fits_were_made(tmp_path):
    """Those of the first run would be gone, or seem to be made by the second one."""
    path = tmp_path / "study.db"
    arguments = {"cv": 2, "random_state": 0, "storage": path, "refit": False}
    first = RandomizedSearchCV(Model(), {"a": Real(0.0, 0.8)}, n_iter=2, **arguments).fit(X, Y)
    second = RandomizedSearchCV(Model(), {"a": Real(0.0, 0.8)}, n_iter=4, **arguments).fit(X, Y)
    assert times(second.trials_[:2]) == times(first.trials_)
    assert max(times(first.trials_)) < min(times(second.trials_[2:]))


def times(trials):
    """When the fits of trials began."""
    return [m.started for trial in trials for m in trial.measurements]


def test_a_search_that_runs_can_be_watched(tmp_path):
    """Whether the workers are busy is a question of the first minutes, not of the end."""
    path, seen = tmp_path / "study.db", []
    search = RandomizedSearchCV(Model(), {"a": Real(0.0, 0.8)}, n_iter=4, cv=2, random_state=0, storage=path)

    def look(n):
        seen.append(len(TimelineDisplay.from_estimator(path, ax=Figure().subplots()).fits))

    COUNTER.reset(at=5, action=look)
    search.fit(X, Y)
    COUNTER.reset()
    assert seen == [5]
    assert len(read_source(path).trials) == 4
