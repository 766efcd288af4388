"""The expected score over pairs of hyperparameters."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from pictured import constant, finished, large, small

from skhpo.plots import InteractionDisplay


def drawn(study, **arguments):
    """Draw a study on axes that pyplot does not know."""
    return InteractionDisplay.from_estimator(study, ax=Figure().subplots(), **arguments)


def test_the_two_that_matter_most_are_shown():
    """Of thirty hyperparameters there are 435 pairs."""
    display = drawn(large(60))
    assert set(display.names) == {"model__depth_3", "model__choice_2"}


def test_map_shows_the_interaction():
    """Along the diagonal the scores are good, and off it they are bad."""
    space = {"x": (0.0, 1.0), "y": (0.0, 1.0)}
    display = drawn(finished(space, lambda c, job: -((c["x"] - c["y"]) ** 2), 40), names=["x", "y"])
    ((x, y, surface),) = display.surfaces.values()
    assert surface.shape == (len(y), len(x))
    truth = -((x[None] - y[:, None]) ** 2)
    assert np.corrcoef(surface.ravel(), truth.ravel())[0, 1] > 0.97
    assert np.abs(surface - truth).mean() < 0.05
    assert display.ax_.get_xlabel() == "x" and display.ax_.get_ylabel() == "y"


def test_title_says_where_the_best_is_expected():
    """The finding is read before the colours are."""
    space = {"x": (0.0, 1.0), "k": ["a", "b"]}
    study = finished(space, lambda c, job: (c["k"] == "b") - (c["x"] - 0.5) ** 2, 30)
    title = drawn(study, names=["x", "k"]).ax_.get_title()
    assert title.startswith("expected best: x = 0.") and title.endswith("k = b")


def test_combinations_that_cannot_be_stay_empty():
    """A linear kernel with a gamma is no configuration."""
    ((_, _, surface),) = drawn(small(40), names=["gamma", "kernel"]).surfaces.values()
    assert np.isnan(surface[0]).all() and np.isfinite(surface[1:]).all()


def test_up_to_four_have_a_map_for_each_pair():
    """More maps than six are not looked at."""
    study = small()
    display = drawn(study, n_hyperparameters=4)
    assert len(display.ax_) == len(display.surfaces) == 6
    assert len(drawn(study, names=["C", "gamma", "kernel"]).ax_) == 3
    with pytest.raises(ValueError, match="two to 4 different hyperparameters"):
        drawn(large(), n_hyperparameters=5)
    with pytest.raises(ValueError, match="two to 4 different hyperparameters"):
        drawn(study, names=["C", "C"])


def test_trials_are_shown_also_where_nothing_is_expected():
    """The points are data; only the colours need a model."""
    display = drawn(constant(), names=["x", "kind"])
    assert display.surfaces == {}
    assert len(display.ax_.lines[0].get_xdata()) == 8
    assert display.figure_.axes == [display.ax_]


def test_failed_and_complete_trials_look_different():
    """Where fits fail is part of what the map tells."""
    display = drawn(small(), names=["C", "kernel"])
    by_label = {line.get_label(): line for line in display.ax_.lines}
    assert len(by_label["failed"].get_xdata()) == 2
    assert len(by_label["trials"].get_xdata()) == 23
