"""What the pictures show, without drawing it: for reports, and for whoever draws with another library."""

from functools import cached_property

from skhpo.plots._belief import make_belief
from skhpo.plots._convergence import ConvergenceDisplay, make_run
from skhpo.plots._fits import KINDS, Timetable
from skhpo.plots._hyperparameters import HyperparameterDisplay
from skhpo.plots._interaction import InteractionDisplay, cell_edges
from skhpo.plots._parallel import ParallelCoordinatesDisplay
from skhpo.plots._race import RaceDisplay
from skhpo.plots._rungs import RungsDisplay
from skhpo.plots._source import read_source
from skhpo.plots._style import clipped, number, padded, plural, score_limits, score_texts, time_unit
from skhpo.plots._table import make_table
from skhpo.plots._timeline import TimelineDisplay

__all__ = [
    "KINDS",
    "PictureData",
    "Timetable",
    "cell_edges",
    "clipped",
    "number",
    "padded",
    "plural",
    "score_limits",
    "score_texts",
    "time_unit",
]


class PictureData:
    """The displays of one search, which are not drawn and share what takes long.

    Parameters
    ----------
    search : fitted search, Study, StoredSearch, str or Path
        The search; it may have no finished trial yet.

    Attributes
    ----------
    source : Source
        All trials, and the names of score, resource and metric.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.plots.data import PictureData
    >>> study = Study({"x": (-1.0, 1.0)}, n_iter=10, random_state=0)
    >>> while (job := study.ask()) is not None:
    ...     trial = study.tell(job, score=1 - job.configuration["x"] ** 2)
    >>> data = PictureData(study)
    >>> data.convergence().runs[""].best.shape, data.hyperparameters().names
    ((10,), ['x'])
    """

    def __init__(self, search):
        self.source = read_source(search, is_empty_fine=True)

    @cached_property
    def table(self):
        """The finished trials as places on the scales of the hyperparameters."""
        return make_table(self.source)

    @cached_property
    def belief(self):
        """What a surrogate believes of the scores, None if too little is known."""
        return make_belief(self.table)

    def convergence(self):
        """Return the course of the best score over the trials."""
        return ConvergenceDisplay({"": make_run(self.source, "trials")}, "trials", self.source.score_name)

    def hyperparameters(self, limit=12):
        """Return the score against each hyperparameter.

        Parameters
        ----------
        limit : int, default=12
            At most so many, those that matter most.
        """
        return HyperparameterDisplay._from_table(self.table, self.belief, self.source, limit=limit)

    def parallel_coordinates(self, limit=10):
        """Return the lines of the trials through hyperparameters.

        Parameters
        ----------
        limit : int, default=10
            At most so many, those that matter most.
        """
        return ParallelCoordinatesDisplay._from_table(self.table, self.belief, self.source, limit=limit)

    def interaction(self, names):
        """Return the expected score over hyperparameters.

        Parameters
        ----------
        names : list of str
            Two to four of them.
        """
        return InteractionDisplay._from_table(self.table, self.belief, self.source, names)

    def rungs(self):
        """Return the learning curves; raises ValueError if nothing was rationed."""
        return RungsDisplay._from_source(self.source)

    def race(self):
        """Return the matrix of trials and folds."""
        return RaceDisplay._from_source(self.source)

    def timeline(self):
        """Return the fits of each worker; raises ValueError if it is not known when they were made."""
        return TimelineDisplay._from_source(self.source)
