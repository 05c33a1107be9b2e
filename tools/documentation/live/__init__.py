"""A figure that moves in the reader's browser: its controls, its HTML, and what panels share.

A page marks the place of a figure with ``<!--live NAME-->`` and ``<!---->``; in between is the
picture that GitHub shows.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import bokeh
import jinja2
from bokeh.embed import json_item
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.plotting import figure as bokeh_figure
from bokeh.transform import dodge

from liaf_ref._core.palette import VARIABLE_COLORS as COLORS
from liaf_ref.kernels.array import Array

Sources = dict[str, dict[str, Array]]  # columns of one length together
Values = dict[str, Any]
Axis = tuple[str, float, float]  # its label and its fixed range
Bars = dict[str, tuple[str, str]]  # column and colour, by the name that the mouse shows
Panels = Iterator[tuple[str, Any]]  # each with its caption in HTML before it
PART = re.compile(r"<!--live ([\w-]+)-->\n!\[(.*?)\].*?<!---->\n", re.S)
BOKEH_SCRIPT = Path(bokeh.__file__).parent / "server" / "static" / "js" / "bokeh.min.js"
TEMPLATE = jinja2.Template(Path(__file__).with_name("figure.html.j2").read_text("utf-8"))
TEXT_SIZE = "13px"
BARE: Values = {
    **{"sizing_mode": "stretch_width", "toolbar_location": None, "tools": ""},
    **{"min_border_left": 66, "min_border_right": 8, "min_border_top": 6},
    **dict.fromkeys(("background_fill_color", "border_fill_color", "outline_line_color")),
}
BESIDE = 0.12  # of a step: between two bars
GREY, BLUE, ORANGE, GREEN = (COLORS[name] for name in ("I", "F", "window", "U"))


class Slider(NamedTuple):
    """A slider: its name in JavaScript, its symbol in HTML, what it sets, and its range."""

    name: str
    symbol: str
    meaning: str
    low: float
    high: float
    initial: float
    step: float = 0.01


ALPHA = Slider("alpha", "<i>α</i>", "leak factor", 0, 1, 0.8)
MU = Slider("mu", "<i>μ</i>", "half width of the window", 0, 1, 0.3)


class Choice(NamedTuple):
    """A list to choose from; the labels by their values, the first at first."""

    name: str
    label: str
    options: dict[str, str]


class LiveFigure(NamedTuple):
    """A figure of a page.

    ``sources`` computes the columns of every data source with the kernels, as the JavaScript of
    the same name does in the browser.  ``table`` has the head of each column of ``steps`` that is
    listed below the panels.
    """

    name: str
    sliders: tuple[Slider, ...]
    choices: tuple[Choice, ...]
    presets: dict[str, Values]
    constants: Values
    table: dict[str, str]
    sources: Callable[[Values], Sources]
    panels: Callable[..., Panels]  # given each data source by its name
    equations: tuple[str, ...] = ()  # scripts on neuron.js

    @property
    def initial(self) -> Values:
        """The values of the controls at first."""
        sliders: Values = {slider.name: slider.initial for slider in self.sliders}
        return sliders | {choice.name: next(iter(choice.options)) for choice in self.choices}

    def draw(self) -> list[tuple[str, Any]]:
        """Draw the panels with the values at first."""
        found = self.sources(self.initial)
        drawn = {name: ColumnDataSource(x, name=name) for name, x in found.items()}
        return list(self.panels(**drawn))

    def html(self, static: str, alt: str) -> str:
        """Controls, panels, numbers and scripts; ``static``: their folder, seen from the page."""
        own = self._asdict() | {"presets": {"Reset": {}, **self.presets}, "panels": self.draw()}
        setup = {name: own[name] for name in ("presets", "constants")}
        # Drawn once for each, because a panel needs data sources of its own.
        setup["panels"] = [json_item(self.draw()[k][1]) for k in range(len(own["panels"]))]
        data = json.dumps(setup | {"table": [*self.table]}).replace("</", "<\\/")
        names = ("neuron", *self.equations, "page", self.name)
        scripts = (BOKEH_SCRIPT.name, *(f"live/{name}.js" for name in names))
        return str(TEMPLATE.render(own, static=static, alt=alt, setup=data, scripts=scripts))


def plot(height: int, x: Axis, y: Axis) -> Any:
    """Make an empty panel."""
    axes = {"x_range": x[1:], "y_range": y[1:], "x_axis_label": x[0], "y_axis_label": y[0]}
    made = bokeh_figure(height=height, **axes, **BARE)
    made.axis.axis_label_text_font_size = made.axis.major_label_text_font_size = TEXT_SIZE
    made.axis.axis_label_text_font_style = "normal"
    made.axis.minor_tick_line_color = None
    made.yaxis.ticker.desired_num_ticks = 4
    return made


def steps_plot(height: int, source: ColumnDataSource, columns: dict[str, str], y: Axis) -> Any:
    """Make an empty panel over the time steps; the mouse shows these columns, by their names."""
    steps = len(source.data["t"])
    made = plot(height, ("time step t", 0.5, steps + 0.5), y)
    made.xaxis.ticker = list(range(1, steps + 1))
    made.xgrid.visible = False
    near = made.line("t", next(iter(columns.values())), source=source, line_alpha=0)
    rows = [("t", "@t"), *((name, f"@{column}{{0.000}}") for name, column in columns.items())]
    where = {"mode": "vline", "line_policy": "nearest", "attachment": "above"}
    made.add_tools(HoverTool(renderers=[near], tooltips=rows, **where))
    return made


def bars(panel: Any, y: str, source: ColumnDataSource, color: str, side: float = 0) -> None:
    """Draw a bar from 0 to the value of each step, with a dot at its end; or at its side."""
    t = dodge("t", side * BESIDE)
    panel.segment(t, 0, t, y, source=source, color=color, line_width=3)
    panel.scatter(t, y, source=source, color=color, size=7)


def bar_plot(height: int, steps: Any, shown: Bars, y: Axis, marks: Any = None) -> Any:
    """Make a panel of bars side by side; with marks, the step k of the loss."""
    made = steps_plot(height, steps, {name: column for name, (column, _) in shown.items()}, y)
    if marks:
        made.vspan("k", source=marks, color=GREY, line_dash="dashed")
    for n, (column, color) in enumerate(shown.values()):
        bars(made, column, steps, color, side=2 * n - len(shown) + 1)
    return made


def membrane_plot(height: int, steps: Any, shown: str, y: Axis, marks: Any, v_th: Any) -> Any:
    """Make a panel of U, threshold and window; the slope there is the strength of a halo."""
    made = steps_plot(height, steps, {name: name for name in shown.split()}, y)
    if "low" in marks.data:
        made.hstrip("low", "high", source=marks, color=ORANGE, alpha=0.25, line_color=None)
    made.hspan(v_th, source=marks, color=COLORS["threshold"], line_width=2)
    halo = {"size": 17, "color": ORANGE, "line_color": None, "fill_alpha": "slope"}
    made.scatter("t", "U", source=steps, **halo)
    made.line("t", "U", source=steps, color=GREEN, line_width=2)
    made.scatter("t", "U", source=steps, color=GREEN, size=7)
    return made


def key(color: str, text: str, mark: str = "\N{BLACK CIRCLE}") -> str:
    """Name a colour in a caption."""
    return f'<span class="live-key"><span style="color: {color}">{mark}</span> {text}</span>'


POTENTIAL, THRESHOLD = key(GREEN, "<i>U</i>"), key(COLORS["threshold"], "threshold", "\N{EM DASH}")
