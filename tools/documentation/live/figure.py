"""What a live figure is, and the panels that all of them have in common."""

from collections.abc import Callable
from typing import Any, NamedTuple

from bokeh.models import ColumnDataSource, HoverTool, Range1d
from bokeh.plotting import figure as bokeh_figure

Sources = dict[str, dict[str, list[float]]]
Values = dict[str, Any]
# Makes the data source of that name; a panel needs its own.
MakeSource = Callable[[str], ColumnDataSource]
TEXT_SIZE = "13px"


class Slider(NamedTuple):
    """A slider: its name in JavaScript, its symbol in HTML, what it sets, and its range."""

    name: str
    symbol: str
    meaning: str
    low: float
    high: float
    initial: float
    step: float = 0.01


class Choice(NamedTuple):
    """A list to choose from; the labels by their values, the first at first."""

    name: str
    label: str
    options: dict[str, str]

    @property
    def initial(self) -> str:
        """The value at first."""
        return next(iter(self.options))


class Panel(NamedTuple):
    """A panel and its caption in HTML."""

    caption: str
    plot: Any


class LiveFigure(NamedTuple):
    """A figure of a page.

    ``sources`` computes the columns of every data source with the kernels, as the JavaScript of
    the same name does in the browser.  ``table`` lists (source, column, head) of the numbers.
    """

    name: str
    controls: tuple[Slider | Choice, ...]
    presets: dict[str, Values]
    constants: Values
    table: tuple[tuple[str, str, str], ...]
    sources: Callable[[Values], Sources]
    panels: Callable[[MakeSource], list[Panel]]

    @property
    def sliders(self) -> list[Slider]:
        """The controls that are sliders."""
        return [control for control in self.controls if isinstance(control, Slider)]

    @property
    def initial(self) -> Values:
        """The values of the controls at first."""
        return {control.name: control.initial for control in self.controls}

    def draw(self) -> list[Panel]:
        """Draw the panels with the values at first."""
        found = self.sources(self.initial)
        return self.panels(lambda name: ColumnDataSource(found[name], name=name))


def plot(height: int, x: tuple[str, float, float], y: tuple[str, float, float]) -> Any:
    """Make an empty panel; an axis is its label and its fixed range."""
    made = bokeh_figure(
        height=height, sizing_mode="stretch_width", toolbar_location=None, tools="",
        x_range=Range1d(*x[1:]), y_range=Range1d(*y[1:]), x_axis_label=x[0], y_axis_label=y[0],
        min_border_left=66, min_border_right=8, min_border_top=6,
        background_fill_color=None, border_fill_color=None, outline_line_color=None,
    )  # fmt: skip
    for axis in made.axis:
        axis.axis_label_text_font_size = axis.major_label_text_font_size = TEXT_SIZE
        axis.axis_label_text_font_style = "normal"
        axis.minor_tick_line_color = None
    made.yaxis.ticker.desired_num_ticks = 4
    return made


def steps_plot(height: int, steps: int, y: tuple[str, float, float]) -> Any:
    """Make an empty panel over the time steps."""
    made = plot(height, ("time step t", 0.5, steps + 0.5), y)
    made.xaxis.ticker = list(range(1, steps + 1))
    made.xgrid.visible = False
    return made


def bars(panel: Any, x: str, y: str, source: ColumnDataSource, color: str) -> None:
    """Draw a bar from 0 to the value, with a dot at its end."""
    panel.segment(x, "zero", x, y, source=source, color=color, line_width=3)
    panel.scatter(x, y, source=source, color=color, size=7)


def show_numbers(panel: Any, source: ColumnDataSource, x: str, columns: dict[str, str]) -> None:
    """Show the numbers of the step that is nearest to the mouse; the columns by their names."""
    near = panel.line(x, next(iter(columns.values())), source=source, line_alpha=0)
    rows = [("t", "@t"), *((name, f"@{column}{{0.000}}") for name, column in columns.items())]
    panel.add_tools(
        HoverTool(
            renderers=[near], tooltips=rows, mode="vline", line_policy="nearest", attachment="above"
        )
    )


def key(color: str, text: str, mark: str = "\N{BLACK CIRCLE}") -> str:
    """Name a colour in a caption."""
    return f'<span class="live-key"><span style="color: {color}">{mark}</span> {text}</span>'
