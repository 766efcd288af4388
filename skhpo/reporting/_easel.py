"""What the interactive pictures share: figures in one style, and colours for light and for dark pages."""

import numpy as np

from skhpo.plots.data import clipped, padded

_MISSING = (
    "The pictures of a report need bokeh, which comes with the extra 'report': python -m pip install 'skhpo[report]'. "
    "Without pictures: report(..., pictures=False)."
)
_N_COLOURS = 48
_TOOLS = "box_zoom,pan,wheel_zoom,box_select,tap,reset,save"
_TOOLTIP = '<div style="white-space: pre-line; max-width: 28em; overflow-wrap: anywhere">@about</div>'

#: Colours by what they are for, on light and on dark pages: those of Okabe and Ito, which everybody can tell apart.
COLOURS = {
    "ink": ("#1b1b1b", "#e6e6e6"),
    "muted": ("#595959", "#a9a9a9"),
    "grid": ("#e4e4e4", "#333333"),
    "paper": ("#ffffff", "#161616"),
    "line": ("#0072B2", "#56B4E9"),
    "star": ("#D55E00", "#E69F00"),
    "group 0": ("#0072B2", "#56B4E9"),
    "group 1": ("#D55E00", "#E69F00"),
    "group 2": ("#009E73", "#2BC499"),
    "group 3": ("#CC79A7", "#E59AC4"),
    "group 4": ("#B58900", "#F0E442"),
    "group 5": ("#8A4B08", "#FF8A3D"),
}


class Easel:
    """Makes figures, and remembers which of their colours are others on a dark page.

    Attributes
    ----------
    paint : list of (str, str, object, object)
        Id of a model, name of a property, its value on a light and on a dark page.
    described : list of str
        Ids of the sources whose rows are trials, which are described where the pointer is.
    """

    def __init__(self):
        check_bokeh()
        self.paint = []
        self.described = []

    def colour(self, model, **colours):
        """Give properties of a model the colours for something."""
        for name, use in colours.items():
            light, dark = COLOURS[use]
            setattr(model, name, light)
            self.paint.append((model.id, name, light, dark))

    def source(self, numbers=None, **columns):
        """Return a table of data; with the numbers of the trials that its rows are about."""
        from bokeh.models import ColumnDataSource

        if numbers is not None:
            columns["number"] = list(numbers)
        source = ColumnDataSource(data=columns)
        if numbers is not None:
            self.described.append(source.id)
        return source

    def figure(self, label, height=340, is_small=False, **options):
        """Return an empty figure."""
        from bokeh.plotting import figure

        options = {
            "sizing_mode": "stretch_width",
            "toolbar_location": "right",
            "active_drag": "box_zoom",
            **options,
        }
        made = figure(height=height, tools=_TOOLS, name=label, **options)
        made.toolbar.logo = None
        made.toolbar.autohide = is_small
        made.background_fill_color = made.border_fill_color = made.outline_line_color = None
        for axis in (*made.xaxis, *made.yaxis):
            axis.minor_tick_line_color = None
            axis.axis_label_text_font_style = "normal"
            self.colour(
                axis,
                axis_line_color="muted",
                major_tick_line_color="muted",
                major_label_text_color="ink",
                axis_label_text_color="ink",
            )
        for grid in made.grid:
            self.colour(grid, grid_line_color="grid")
        made.title.text_font_style = "normal"
        self.colour(made.title, text_color="ink")
        return made

    def points(
        self, figure, source, x, y, rows=None, marker="circle", legend=None, fill="ink", line=None, **style
    ):
        """Draw trials as points; returns the renderer."""
        from bokeh.models import CDSView, IndexFilter

        if rows is not None:
            rows = np.flatnonzero(rows)
            if not len(rows):
                return None
            style["view"] = CDSView(filter=IndexFilter(rows.tolist()))
        if legend is not None:
            style["legend_label"] = legend
        drawn = figure.scatter(x, y, source=source, marker=marker, nonselection_alpha=0.08, **style)
        self.colour_glyphs(drawn, fill_color=fill, line_color=line or fill)
        return drawn

    def colour_glyphs(self, drawn, **colours):
        """Give what a renderer draws its colours, also where other trials are selected."""
        for glyph in (drawn.glyph, drawn.nonselection_glyph, drawn.selection_glyph, drawn.muted_glyph):
            if hasattr(glyph, "id"):
                colours_of = {}
                for name, use in colours.items():
                    if use is None:
                        setattr(glyph, name, None)
                    elif hasattr(glyph, name):
                        colours_of[name] = use
                self.colour(glyph, **colours_of)

    def hover(self, figure, drawn, tooltips=_TOOLTIP, **options):
        """Describe what the pointer is at."""
        from bokeh.models import HoverTool

        renderers = [one for one in drawn if one is not None]
        if renderers:
            figure.add_tools(HoverTool(renderers=renderers, tooltips=tooltips, **options))

    def mapper(self, low, high):
        """Return what turns scores into colours, of which those for the best scores stand out most."""
        from bokeh.models import LinearColorMapper
        from bokeh.palettes import viridis

        colours = list(viridis(_N_COLOURS))
        mapper = LinearColorMapper(
            palette=colours[::-1], low=low, high=high, nan_color="rgba(128, 128, 128, 0.25)"
        )
        self.paint.append((mapper.id, "palette", colours[::-1], colours))
        return mapper

    def bar(self, figure, mapper, label):
        """Put a scale of colours beside a figure."""
        from bokeh.models import ColorBar

        bar = ColorBar(color_mapper=mapper, title=plain(label), background_fill_color=None, width=12)
        self.colour(bar, major_label_text_color="ink", title_text_color="ink", major_tick_line_color="paper")
        figure.add_layout(bar, "right")

    def legend(self, figure, place="below"):
        """Move the legend of a figure out of the picture; what is clicked there is hidden."""
        for legend in figure.legend:
            if legend.items:
                legend.orientation, legend.click_policy = "horizontal", "hide"
                legend.background_fill_color = legend.border_line_color = None
                legend.padding = legend.margin = 4
                self.colour(legend, label_text_color="ink")
                figure.add_layout(legend, place)


def scale_axis(figure, axis, scale, is_x=True):
    """Give an axis the range, the ticks and the name of a hyperparameter's scale."""
    from bokeh.models import FixedTicker, Range1d

    if not scale.is_numeric:
        low, high = -0.6, len(scale.levels) - 0.4
        places, texts = scale.ticks()
        axis.ticker = FixedTicker(ticks=places)
        axis.major_label_overrides = {place: plain(text) for place, text in zip(places, texts, strict=True)}
        if is_x and sum(map(len, texts)) > 34:
            axis.major_label_orientation = 0.6
    elif scale.is_log:
        margin = (scale.high / scale.low) ** 0.03
        low, high = scale.low / margin, scale.high * margin
    else:
        low, high = (
            padded((scale.low, scale.high), 0.03)
            if scale.high > scale.low
            else (scale.low - 0.5, scale.low + 0.5)
        )
        if scale.is_integer:
            axis.ticker.min_interval = 1
    setattr(figure, "x_range" if is_x else "y_range", Range1d(low, high))
    axis.axis_label = plain(clipped(scale.name, 40))


def plain(text):
    """Return a text in which bokeh finds no formula: it would show it without its marks, or as nothing at all."""
    return str(text).replace("$$", "$\u200b$").replace("\\(", "\\\u200b(").replace("\\[", "\\\u200b[")


def check_bokeh():
    """Raise an ImportError that names the extra, if bokeh is missing."""
    try:
        import bokeh  # noqa: F401
    except ImportError as error:
        raise ImportError(_MISSING) from error


def bokeh_code():
    """Return the library that draws in a browser."""
    from bokeh.resources import Resources

    return Resources(mode="inline", components=["bokeh"], log_level="error").js_raw[0]


def picture_json(easel, pictures):
    """Return all pictures as JSON, with what the page has to know of them.

    Parameters
    ----------
    easel : Easel
        Their colours and data.
    pictures : list of Picture
        The pictures; the page has a place for each figure, with the id ``picture-`` and that of the figure.

    Returns
    -------
    str
        JSON.
    """
    from bokeh.core.json_encoder import serialize_json
    from bokeh.document import Document

    document = Document()
    figures = [figure for picture in pictures for figure in picture.figures]
    for figure in figures:
        document.add_root(figure)
    places = {figure.id: f"picture-{figure.id}" for figure in figures}
    item = {"docid": "report", "roots": places, "root_ids": list(places)}
    parts = {
        "documents": {"report": document.to_json(deferred=False)},
        "items": [item],
        "paint": easel.paint,
        "described": easel.described,
    }
    return serialize_json(parts)
