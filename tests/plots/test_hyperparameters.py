"""The score against each hyperparameter."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from pictured import constant, finished, halved, large, small

from skhpo.plots import HyperparameterDisplay


def drawn(study, **arguments):
    """Draw a study on axes that pyplot does not know."""
    return HyperparameterDisplay.from_estimator(study, ax=Figure().subplots(), **arguments)


def line_of(ax, label):
    """The line of an axes with a label."""
    return next(line for line in ax.lines if line.get_label() == label)


def test_each_hyperparameter_has_its_scale():
    """Powers of ten on a log axis, categories as ticks."""
    display = drawn(small())
    panels = dict(zip(display.names, display.ax_, strict=True))
    assert set(panels) == {"kernel", "C", "gamma", "degree"}
    assert panels["C"].get_xscale() == panels["gamma"].get_xscale() == "log"
    assert [label.get_text() for label in panels["kernel"].get_xticklabels()] == ["linear", "rbf", "poly"]
    assert len({panel.get_ylim() for panel in display.ax_}) == 1


def test_inactive_trials_are_left_out_of_a_part():
    """A trial without a degree has no place on the axis of degrees."""
    study = small()
    display = drawn(study)
    degree = display.ax_[display.names.index("degree")]
    active = [t for t in study.trials if "degree" in t.configuration and t.status == "complete"]
    points = line_of(degree, "trials").get_xdata()
    below = sum(len(line.get_xdata()) for line in degree.lines if line.get_label() == "far below")
    assert len(points) + below == len(active)


def test_thirty_hyperparameters_are_cut_to_those_that_matter():
    """Thirty parts are not looked at, and what is left out has to be said."""
    study = large(60)
    display = drawn(study)
    assert len(display.names) == len(display.ax_) == 12
    assert set(display.names[:2]) == {"model__depth_3", "model__choice_2"}
    assert len(drawn(study, max_hyperparameters=3).ax_) == 3
    figure = HyperparameterDisplay(display.table, {}, display.names[:2], {}).plot(Figure().subplots()).figure_
    assert sum(ax.axison for ax in figure.axes) == 2


def test_titles_say_where_the_best_values_are():
    """The finding is read before the curve is."""
    study = finished({"x": (0.0, 10.0), "y": (0.0, 1.0)}, lambda c, job: -((c["x"] - 7) ** 2), 25)
    display = drawn(study)
    assert display.names[0] == "x"
    best = float(display.ax_[0].get_title().removeprefix("best near "))
    assert abs(best - 7) < 0.6
    assert display.ax_[1].get_title() == "no clear effect"


def test_no_curve_without_knowledge():
    """A surrogate of equal scores would draw a belief in nothing."""
    display = drawn(constant())
    assert display.curves == {}
    assert [ax.get_title() for ax in display.ax_] == ["", ""]


def test_stopped_trials_are_hollow_estimates():
    """They were not measured like the others and must not look so."""
    display = drawn(halved())
    hollow = line_of(display.ax_[0], "stopped early (estimate)")
    assert hollow.get_fillstyle() == "none"
    assert len(hollow.get_xdata()) > 0


def test_best_trial_can_be_seen():
    """The star is what everybody looks for first."""
    study = small()
    display = drawn(study)
    for ax, name in zip(display.ax_, display.names, strict=True):
        if name in study.best_configuration:
            star = line_of(ax, "best")
            assert ax.get_ylim()[0] < star.get_ydata()[0] == study.best_score < ax.get_ylim()[1]


def test_names_choose_and_are_checked():
    """Who asks for one hyperparameter gets that one."""
    display = drawn(small(), names=["gamma"])
    assert display.names == ["gamma"] and len(display.ax_) == 1
    with pytest.raises(ValueError, match="must be among"):
        drawn(small(), names=["gama"])


def test_constant_hyperparameters_are_not_worth_a_part():
    """A list of one choice is in the space to be set, not to be compared."""
    study = finished({"x": (0.0, 1.0), "fixed": ["a"]}, lambda c, job: c["x"], 8)
    assert drawn(study).names == ["x"]


def test_a_picture_in_a_given_place_stays_there():
    """A report puts pictures side by side."""
    figure = Figure()
    ax = figure.add_axes((0.1, 0.2, 0.5, 0.6))
    display = HyperparameterDisplay.from_estimator(small(), ax=ax)
    boxes = np.array([panel.get_position().extents for panel in display.ax_])
    assert (boxes[:, :2] >= [0.1 - 1e-9, 0.2 - 1e-9]).all() and (
        boxes[:, 2:] <= [0.6 + 1e-9, 0.8 + 1e-9]
    ).all()
