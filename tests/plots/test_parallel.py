"""Parallel coordinates."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from pictured import finished, halved, large, small

from skhpo.plots import ParallelCoordinatesDisplay


def drawn(study, **arguments):
    """Draw a study on axes that pyplot does not know."""
    return ParallelCoordinatesDisplay.from_estimator(study, ax=Figure().subplots(), **arguments)


def paths(display):
    """The heights of the lines of trials."""
    n = len(display.names)
    return [line.get_ydata() for line in display.ax_.lines if list(line.get_xdata()) == list(range(n))]


def test_each_trial_is_a_line():
    """A trial that is not drawn is not compared."""
    study = small()
    assert len(paths(drawn(study))) == len(study.trials)


def test_inactive_values_lie_at_the_foot():
    """A line through the middle of an axis says that the value was used."""
    study = small()
    display = drawn(study)
    (level,) = display.ax_.get_yticks()
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["not active"]
    assert level < 0
    gamma = display.names.index("gamma")
    n_inactive = sum("gamma" not in trial.configuration for trial in study.trials)
    assert sum(path[gamma] == level for path in paths(display)) == n_inactive > 0


def test_space_without_conditions_has_no_foot():
    """A level that nothing reaches would be asked about."""
    display = drawn(finished({"x": (0.0, 1.0), "y": (1, 5)}, lambda c, job: c["x"], 8))
    assert len(display.ax_.get_yticks()) == 0


def test_thirty_hyperparameters_are_cut_and_it_is_said():
    """Thirty axes are a hatching."""
    display = drawn(large(60))
    assert len(display.names) == 10
    assert "20 hyperparameters left out" in display.ax_.get_title()


def test_best_trial_is_on_top_and_thickest():
    """The eye follows the line that stands out."""
    study = small()
    display = drawn(study)
    lines = [line for line in display.ax_.lines if list(line.get_xdata()) == list(range(len(display.names)))]
    thick = max(lines, key=lambda line: line.get_linewidth())
    C = display.table.scales[display.table.names.index("C")]
    assert np.isclose(thick.get_ydata()[display.names.index("C")], C.unit(study.best_configuration["C"]))
    assert f"best {study.best_score:.3f}" in display.ax_.get_title()


def test_failed_trials_are_dotted():
    """Without a score there is no colour."""
    display = drawn(small())
    assert sum(line.get_linestyle() == ":" for line in display.ax_.lines) == 2


def test_stopped_trials_are_coloured_by_their_estimates():
    """In a halving most trials are stopped: without them the picture is nearly empty."""
    display = drawn(halved())
    known = np.isfinite(display.table.shown).sum()
    n_lines = sum(line.get_linestyle() == "-" and len(line.get_xdata()) == 2 for line in display.ax_.lines)
    assert known > np.isfinite(display.table.scores).sum()
    assert n_lines >= known


def test_names_choose_and_are_checked():
    """The order of the axes is the user's if they say so."""
    assert drawn(small(), names=["kernel", "C"]).names == ["kernel", "C"]
    with pytest.raises(ValueError, match="must be among"):
        drawn(small(), names=["c"])
