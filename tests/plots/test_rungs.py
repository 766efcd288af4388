"""Learning curves by bracket."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from pictured import halved, small

from skhpo.plots import RungsDisplay
from skhpo.trial import Measurement, Trial


def drawn(study):
    """Draw a study on axes that pyplot does not know."""
    return RungsDisplay.from_estimator(study, ax=Figure().subplots())


def test_curves_follow_the_rungs():
    """Each trial is a line from its first rung to its last one."""
    study = halved()
    display = drawn(study)
    assert len(display.curves) == 17
    assert {curve.bracket for curve in display.curves} == {0, 1, 2}
    for curve in display.curves:
        given = sorted({m.resource for m in study.trials[curve.number].measurements})
        assert curve.resources.tolist() == given
    longest = max(display.curves, key=lambda curve: len(curve.scores))
    assert longest.resources.tolist() == [1, 3, 9] and (np.diff(longest.scores) > 0).all()


def test_title_says_who_got_to_the_top():
    """How good the best is, and how few were worth the whole resource."""
    study = halved()
    reached = sum(9 in {m.resource for m in trial.measurements} for trial in study.trials)
    title = drawn(study).ax_.get_title()
    assert title == f"best {study.best_score:.3f} at resource 9, reached by {reached} of 17 trials"


def test_ticks_are_the_rungs():
    """What lies between two rungs was never tried."""
    ax = drawn(halved()).ax_
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "3", "9"]
    assert ax.get_xscale() == "log"
    assert [text.get_text() for text in ax.get_legend().get_texts()][:3] == [
        "bracket 0",
        "bracket 1",
        "bracket 2",
    ]


def test_many_brackets_have_colours_in_an_order():
    """Twenty colours cannot be told apart; early and late can."""
    trials = [
        Trial(
            i,
            {},
            status="complete",
            score=0.1,
            bracket=i,
            measurements=(Measurement(0, {"s": 0.1}, resource=3),),
        )
        for i in range(20)
    ]
    ax = RungsDisplay.from_trials(trials, ax=Figure().subplots()).ax_
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts[0] == "bracket 0" and "bracket 19" in texts and len(texts) < 8


def test_lines_of_a_population_go_on_from_their_parents():
    """A generation was not trained from nothing."""
    first = Trial(0, {}, status="complete", measurements=(Measurement(0, {"s": 0.2}, resource=1),))
    second = Trial(1, {}, status="complete", parent=0, measurements=(Measurement(0, {"s": 0.4}, resource=2),))
    display = RungsDisplay.from_trials([first, second], ax=Figure().subplots())
    curve = display.curves[1]
    assert display.group_name == "generation"
    assert curve.resources.tolist() == [1, 2] and curve.scores.tolist() == [0.2, 0.4]


def test_search_without_a_resource_is_refused():
    """An empty picture does not say that this search has no rungs."""
    with pytest.raises(ValueError, match="There are no learning curves"):
        drawn(small())
