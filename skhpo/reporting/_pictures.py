"""The interactive pictures of a report, as far as there is something to show."""

from contextlib import suppress
from typing import Any, NamedTuple

from skhpo.reporting._course import convergence, race, rungs, timeline
from skhpo.reporting._easel import Easel
from skhpo.reporting._effects import effects, importance_bars, interactions, parallel_coordinates
from skhpo.reporting._trials import draw_trials

_MOST_RACED = 3000
_MOST_TIMED = 6000


class Picture(NamedTuple):
    """A picture, or several small ones side by side.

    Attributes
    ----------
    name : str
        For links.
    title : str
        What it shows.
    caption : str
        How to read it.
    alternative : str
        What it says, for those who do not see it.
    figures : list
        Of bokeh.
    """

    name: str
    title: str
    caption: str
    alternative: str
    figures: Any


def make_pictures(worth):
    """Draw everything that the trials tell.

    Parameters
    ----------
    worth : Worth
        What was found.

    Returns
    -------
    easel : Easel
        What the page has to know of the colours and the data.
    pictures : list of Picture
        In the order in which they are shown; none if no trial is finished.
    """
    easel = Easel()
    data = worth.data
    if not data.source.finished:
        return easel, []
    effect, parallel = data.hyperparameters(), data.parallel_coordinates()
    drawn = draw_trials(easel, data, effect, parallel)
    made = [convergence(easel, data, drawn)]
    if effect.names:
        made.append(effects(easel, effect, drawn))
    made.append(importance_bars(easel, worth))
    made.append(interactions(easel, worth, drawn))
    if len(parallel.names) > 1:
        made.append(parallel_coordinates(easel, parallel, drawn))
    if worth.subject.is_rationed:
        made.append(rungs(easel, data))
    matrix = data.race()
    if matrix.n_skipped and matrix.scores.size <= _MOST_RACED * 5:
        made.append(race(easel, matrix))
    with suppress(ValueError):  # it may not be known when the fits were made
        display = data.timeline()
        if len(display.fits) <= _MOST_TIMED:
            made.append(timeline(easel, display))
    return easel, [Picture(*one) for one in made if one is not None]
