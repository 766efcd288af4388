"""What the pictures share: where they are drawn, and what is said where matplotlib is missing."""

from abc import ABC, abstractmethod

from skhpo.plots._source import read_source, trials_source

_MISSING = (
    "Pictures need matplotlib, which comes with the extra 'plots': python -m pip install 'skhpo[plots]'."
)


class Display(ABC):
    """A picture whose data are attributes, in scikit-learn's manner.

    Without `ax` a picture is drawn in a figure of its own, which pyplot knows, so that notebooks and ``plt.show()``
    show it. With `ax` pyplot is not touched, and a picture of several parts takes the place of the axes.

    Attributes
    ----------
    ax_ : Axes or ndarray of Axes
        Where it was drawn.
    figure_ : Figure
        What that belongs to.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.plots import ConvergenceDisplay, Display
    >>> study = Study({"x": (0.0, 1.0)}, random_state=0)
    >>> trial = study.tell(study.ask(), score=0.5)
    >>> display = ConvergenceDisplay.from_estimator(study)
    >>> isinstance(display, Display), display.ax_ in display.figure_.axes
    (True, True)
    """

    @abstractmethod
    def plot(self, ax=None):
        """Draw the picture.

        Parameters
        ----------
        ax : Axes, default=None
            Where; None for a new figure.

        Returns
        -------
        self : object
            The display.
        """

    def _open(self, ax, width=6.4, height=4.2):
        """Return the axes to draw on, in a new figure of this size in inches if none is given."""
        self._is_own = ax is None
        if ax is None:
            ax = new_figure(width, height).subplots()
        self.ax_, self.figure_ = ax, ax.figure
        return ax


class TrialsDisplay(Display):
    """A picture that trials are enough for, without a space."""

    @classmethod
    def from_estimator(cls, search, *, ax=None):
        """Draw the trials of a search.

        Parameters
        ----------
        search : fitted search, Study, StoredSearch, str or Path
            What is drawn; a study may still run, and a path is that of a storage file, which may still be written to.
        ax : Axes, default=None
            Where it is drawn; None for a new figure.

        Returns
        -------
        Display
            The picture, of this class.

        Raises
        ------
        ValueError
            If the trials have nothing of what it shows.
        """
        return cls._from_source(read_source(search)).plot(ax)

    @classmethod
    def from_trials(cls, trials, space=None, *, ax=None):
        """Draw some trials.

        Parameters
        ----------
        trials : sequence of Trial
            What is drawn.
        space : object, default=None
            Not needed here.
        ax : Axes, default=None
            Where it is drawn; None for a new figure.

        Returns
        -------
        Display
            The picture, of this class.

        Raises
        ------
        ValueError
            If the trials have nothing of what it shows.
        """
        return cls._from_source(trials_source(trials, space)).plot(ax)

    @classmethod
    @abstractmethod
    def _from_source(cls, source):
        """Return what shows the trials of a source, not drawn yet."""


def new_figure(width, height):
    """Return a figure that pyplot knows."""
    check_matplotlib()
    import matplotlib.pyplot as plt

    return plt.figure(figsize=(width, height), layout="constrained")


def check_matplotlib():
    """Raise an ImportError that names the extra, if matplotlib is missing."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError(_MISSING) from error


def colour_scale(limits, name):
    """Return what turns scores into colours."""
    check_matplotlib()
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    return ScalarMappable(Normalize(*limits), name)


def grid_of_axes(ax, n_rows, n_columns, width, height, **sharing):
    """Return an array of axes, in a new figure or in the place of the given axes, and an empty one for a legend.

    The last one lies below the others in the place of given axes; in a new figure it is None.
    """
    if ax is None:
        return new_figure(width, height).subplots(n_rows, n_columns, squeeze=False, **sharing), None
    place = ax.get_subplotspec()
    ax.set_axis_off()
    if place is None:
        box = ax.get_position()
        sides = {"left": box.x0, "right": box.x1, "bottom": box.y0, "top": box.y1}
        place = ax.figure.add_gridspec(1, 1, **sides)[0]
    upper, lower = place.subgridspec(2, 1, height_ratios=[6 * n_rows, 1])
    foot = ax.figure.add_subplot(lower)
    foot.set_axis_off()
    return upper.subgridspec(n_rows, n_columns).subplots(squeeze=False, **sharing), foot


def legend_below(figure, handles, ax=None, foot=None):
    """Put a legend below all of a figure that lays itself out, or else below some axes of it.

    Parameters
    ----------
    figure : Figure
        Where it belongs.
    handles : dict of str to Artist
        What is explained.
    ax : Axes, default=None
        What it goes below; None for all.
    foot : Axes, default=None
        Empty axes that it fills instead.
    """
    if not handles:
        return
    owner, style, width = figure, {"loc": "outside lower center"}, figure.get_figwidth()
    if ax is not None:
        owner, style = ax, {"loc": "upper center", "bbox_to_anchor": (0.5, -0.2), "borderaxespad": 0.0}
    if foot is not None:
        owner, style = foot, {"loc": "center", "borderaxespad": 0.0}
    if owner is not figure:
        width *= owner.get_position().width
    n_columns = max(min(int(width * 12 / (max(map(len, handles)) + 7)), len(handles)), 1)
    owner.legend(handles.values(), handles.keys(), ncols=n_columns, frameon=False, fontsize="small", **style)
