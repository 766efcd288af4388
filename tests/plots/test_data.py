"""What the pictures show, without drawing it."""

from __future__ import annotations

import sys

import numpy as np
import pictured
import pytest

from skhpo import Study
from skhpo.plots import HyperparameterDisplay, InteractionDisplay, ParallelCoordinatesDisplay
from skhpo.plots.data import PictureData


def test_data_are_those_of_the_pictures():
    """A report that says something else than the picture beside it is believed in neither."""
    study = pictured.small()
    data = PictureData(study)
    drawn = HyperparameterDisplay.from_estimator(study)
    made = data.hyperparameters()
    assert made.names == drawn.names and made.n_left_out == drawn.n_left_out
    assert all(np.allclose(made.curves[n].mean, drawn.curves[n].mean, equal_nan=True) for n in made.names)
    assert data.parallel_coordinates().names == ParallelCoordinatesDisplay.from_estimator(study).names
    pair = made.names[:2]
    drawn = InteractionDisplay.from_estimator(study, names=pair)
    for own, other in zip(data.interaction(pair).surfaces.values(), drawn.surfaces.values(), strict=True):
        assert all(np.allclose(a, b, equal_nan=True) for a, b in zip(own, other, strict=True))
    assert data.race().n_skipped == 0


def test_no_drawing_library_is_needed(monkeypatch):
    """The report draws with another one, and must not need both."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    data = PictureData(pictured.halved())
    assert data.convergence().limits and data.hyperparameters().limits and data.rungs().curves
    display = data.parallel_coordinates()
    for name in display.names:
        places, texts = display.table.scales[display.table.names.index(name)].ticks()
        assert len(places) == len(texts) > 1


def test_nothing_finished_is_fine():
    """A report may be written before the first trial has ended; a picture has nothing to show then."""
    study = Study({"x": (0.0, 1.0)})
    assert PictureData(study).source.finished == []
    with pytest.raises(ValueError, match="There is nothing to draw yet"):
        HyperparameterDisplay.from_estimator(study)
