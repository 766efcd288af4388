"""Where pictures are drawn, and the legends below them."""

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from skhpo.plots._display import grid_of_axes, legend_below, new_figure


def test_axes_in_a_grid_are_replaced_within_their_cell():
    """A picture of several parts must not cover its neighbours."""
    left, right = Figure().subplots(1, 2)
    box = left.get_position()
    parts, foot = grid_of_axes(left, 2, 2, 5, 5)
    assert parts.shape == (2, 2)
    assert foot.get_position().y1 < min(part.get_position().y0 for part in parts.ravel())
    assert all(part.get_position().x1 <= box.x1 + 1e-9 for part in parts.ravel())
    assert right.axison and not left.axison


def test_new_figures_belong_to_pyplot():
    """What pyplot does not know, notebooks do not show."""
    figure = new_figure(3, 2)
    try:
        assert figure.number in plt.get_fignums()
    finally:
        plt.close(figure)


def test_legend_fits_its_figure():
    """A legend wider than the figure is cut off."""
    figure = Figure(figsize=(4, 3), layout="constrained")
    ax = figure.subplots()
    lines = {f"a rather long label {i}": ax.plot([0, 1], [i, i])[0] for i in range(6)}
    legend_below(figure, lines)
    figure.draw_without_rendering()
    box = figure.legends[0].get_window_extent()
    assert box.x0 >= 0 and box.x1 <= figure.bbox.width


def test_nothing_to_explain_has_no_legend():
    """An empty box would be asked about."""
    figure = Figure(layout="constrained")
    legend_below(figure, {})
    assert figure.legends == []
