"""What the pictures share: where they are drawn, and what is said where matplotlib is missing."""

from abc import ABC, abstractmethod

_MISSING = (
    "Pictures need matplotlib, which is not installed. It comes with the extra 'plots': pip install 'skhpo[plots]'."
)


class Display(ABC):
    """A picture whose data are attributes, in scikit-learn's manner.

    Without `ax` a picture is drawn in a figure of its own, which pyplot knows, so that notebooks and ``plt.show()`` show
    it. With `ax` pyplot is not touched, and a picture of several parts takes the place of the axes.

    Attributes
    ----------
    ax_ : Axes or ndarray of Axes
        Where it was drawn.
    figure_ : Figure
        What that belongs to.
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
        if ax is None:
            ax = new_figure(width, height).subplots()
        self.ax_, self.figure_ = ax, ax.figure
        return ax


def new_figure(width, height):
    """Return a figure that pyplot knows; raises an ImportError that names the extra."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(_MISSING) from error
    return plt.figure(figsize=(width, height), layout="constrained")


def grid_of_axes(ax, n_rows, n_columns, width, height, **sharing):
    """Return an array of axes, in a new figure or in the place of the given axes, and whether the figure is new."""
    if ax is None:
        return new_figure(width, height).subplots(n_rows, n_columns, squeeze=False, **sharing), True
    place = ax.get_subplotspec()
    ax.set_axis_off()
    if place is None:
        box = ax.get_position()
        grid = ax.figure.add_gridspec(n_rows, n_columns, left=box.x0, right=box.x1, bottom=box.y0, top=box.y1)
    else:
        grid = place.subgridspec(n_rows, n_columns)
    return grid.subplots(squeeze=False, **sharing), False
