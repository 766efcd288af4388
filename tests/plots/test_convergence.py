"""The best score so far, over trials and seconds, of one search or several."""

import math

import numpy as np
import pytest
from matplotlib.figure import Figure
from pictured import constant, failed, finished, raced, small

from skhpo.plots import ConvergenceDisplay
from skhpo.trial import Trial


def axes():
    """Axes that pyplot does not know."""
    return Figure().subplots()


def labels(display):
    """The texts of the legend."""
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def trials_with(*scores, origins=()):
    """Complete trials, failed ones for NaN."""
    origins = [*origins, *["model"] * (len(scores) - len(origins))]
    return [
        Trial(i, {"a": i}, origin=origin, status="failed" if math.isnan(score) else "complete", score=score)
        for i, (score, origin) in enumerate(zip(scores, origins, strict=True))
    ]


def test_best_so_far_rises_and_skips_failures():
    """A failure must not end the line, nor a worse trial lower it."""
    display = ConvergenceDisplay.from_trials(trials_with(math.nan, 0.5, math.nan, 0.4, 0.7, 0.6), ax=axes())
    np.testing.assert_array_equal(display.runs[""].best, [np.nan, 0.5, 0.5, 0.5, 0.7, 0.7])
    assert display.ax_.get_title() == "best 0.700 after 5 of 6 trials"
    assert "failed" in labels(display)


def test_defaults_are_a_line():
    """What was gained over the estimator's defaults is the first question."""
    display = ConvergenceDisplay.from_trials(trials_with(0.5, 0.6, origins=["default"]), ax=axes())
    assert display.runs[""].default == 0.5
    assert "defaults (0.500)" in labels(display)
    without = ConvergenceDisplay.from_trials(trials_with(0.5, 0.6), ax=axes())
    assert math.isnan(without.runs[""].default)
    assert not any("defaults" in text for text in labels(without))


def test_low_defaults_do_not_hide_the_search():
    """Defaults that are worse by far are out of the picture, rather than all others squeezed."""
    scores = [-1e6, 0.8, 0.85, 0.9, 0.87]
    display = ConvergenceDisplay.from_trials(trials_with(*scores, origins=["default"]), ax=axes())
    assert display.ax_.get_ylim()[0] > 0
    assert "far below" in labels(display)


def test_seconds_are_those_of_all_fits():
    """Searches whose fits take different times are compared by what they cost."""
    study = finished({"x": (0.0, 1.0)}, lambda c, job: c["x"], 6)
    display = ConvergenceDisplay.from_estimator(study, x="seconds", ax=axes())
    np.testing.assert_allclose(display.runs[""].x, np.cumsum([trial.seconds for trial in study.trials]))
    assert display.ax_.get_xlabel().startswith("seconds of fits")


def test_long_searches_are_in_hours():
    """Nobody divides 40000 seconds by 3600."""
    study = finished({"x": (0.0, 1.0)}, lambda c, job: c["x"], 6)
    display = ConvergenceDisplay.from_estimator(study, x="seconds", ax=axes())
    run = display.runs[""]
    hours = ConvergenceDisplay({"": run._replace(x=run.x * 3600)}, "seconds").plot(axes())
    assert hours.ax_.get_xlabel().startswith("hours")
    assert hours.ax_.get_xlim()[1] < 20


def test_unknown_seconds_and_axes_are_refused():
    """An empty picture does not say why."""
    trials = trials_with(0.5, 0.6)
    with pytest.raises(ValueError, match="not known what the trials took"):
        ConvergenceDisplay.from_trials(trials, x="seconds", ax=axes())
    with pytest.raises(ValueError, match="must be 'trials' or 'seconds'. Got 'hours' instead"):
        ConvergenceDisplay.from_trials(trials, x="hours", ax=axes())


def test_several_searches_are_named_with_their_best():
    """Side by side is how methods are compared; the title says who won."""
    searches = {"short": small(8), "long": small(25), "none": failed()}
    display = ConvergenceDisplay.from_estimators(searches, ax=axes())
    assert list(display.runs) == ["short", "long", "none"]
    best = max(searches, key=lambda label: np.nan_to_num(display.runs[label].best_score))
    assert display.ax_.get_title().endswith(best) or "more than one" in display.ax_.get_title()
    assert sum("(" in text for text in labels(display)) == 2
    with pytest.raises(ValueError, match="at least one search"):
        ConvergenceDisplay.from_estimators({})


def test_ties_are_not_won():
    """Two searches with the same best score have no winner."""
    display = ConvergenceDisplay.from_estimators({"a": constant(), "b": constant()}, ax=axes())
    assert display.ax_.get_title() == "best 0.500, by more than one search"


def test_stopped_trials_are_no_failures():
    """In a race most trials are stopped, and that is as it should be."""
    texts = labels(ConvergenceDisplay.from_estimator(raced(), ax=axes()))
    assert "stopped early" in texts and "failed" in texts


def test_nothing_but_failures_is_said():
    """An axis of scores that are none would be made up."""
    display = ConvergenceDisplay.from_estimator(failed(), ax=axes())
    assert display.ax_.get_title() == "no trial has a score yet"
    assert len(display.ax_.get_yticks()) == 0
