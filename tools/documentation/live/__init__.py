"""A figure that moves in the reader's browser: its controls, its HTML, and what panels share.

A page marks the place of a figure with ``<!--live NAME-->`` and ``<!---->``; in between is the
picture that GitHub shows.
"""

import json
import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import bokeh
from bokeh.embed import json_item
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from bokeh.plotting import figure as bokeh_figure

Sources = dict[str, dict[str, list[float]]]
Values = dict[str, Any]
# Makes the data source of that name; a panel needs its own.
MakeSource = Callable[[str], ColumnDataSource]
PART = re.compile(r"<!--live ([\w-]+)-->\n!\[(.*?)\].*?<!---->\n", re.S)
BOKEH_SCRIPT = Path(bokeh.__file__).parent / "server" / "static" / "js" / "bokeh.min.js"
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

    def html(self) -> str:
        """The slider below its symbol and its number."""
        return (
            f'<label title="{self.meaning}"><span>{self.symbol} '
            f'<span class="live-meaning">{self.meaning}</span></span>'
            f'<input type="range" name="{self.name}" min="{self.low}" max="{self.high}" '
            f'step="{self.step}" value="{self.initial}" data-digits="{0 if self.step == 1 else 2}">'
            "<output></output></label>"
        )


class Choice(NamedTuple):
    """A list to choose from; the labels by their values, the first at first."""

    name: str
    label: str
    options: dict[str, str]

    @property
    def initial(self) -> str:
        """The value at first."""
        return next(iter(self.options))

    def html(self) -> str:
        """The list beside its label."""
        options = (f'<option value="{key}">{text}</option>' for key, text in self.options.items())
        select = f'<select name="{self.name}">{"".join(options)}</select>'
        return f"<label><span>{self.label}</span> {select}</label>"


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
    sliders: tuple[Slider, ...]
    choices: tuple[Choice, ...]
    presets: dict[str, Values]
    constants: Values
    table: tuple[tuple[str, str, str], ...]
    sources: Callable[[Values], Sources]
    panels: Callable[[MakeSource], list[Panel]]

    @property
    def initial(self) -> Values:
        """The values of the controls at first."""
        sliders: Values = {slider.name: slider.initial for slider in self.sliders}
        return sliders | {choice.name: choice.initial for choice in self.choices}

    def draw(self) -> list[Panel]:
        """Draw the panels with the values at first."""
        found = self.sources(self.initial)
        return self.panels(lambda name: ColumnDataSource(found[name], name=name))

    def html(self, static: str, alt: str) -> str:
        """Controls, panels, numbers and scripts; ``static``: their folder, seen from the page."""
        drawn, presets = self.draw(), {"Reset": {}, **self.presets}
        setup = {
            "panels": [json_item(panel.plot) for panel in drawn],
            "presets": presets,
            "constants": self.constants,
            "table": [column[:2] for column in self.table],
        }
        data = json.dumps(setup).replace("</", "<\\/")
        scripts = (BOKEH_SCRIPT.name, "live/neuron.js", "live/page.js", f"live/{self.name}.js")
        lines = [
            f'<div class="live" id="live-{self.name}" data-figure="{self.name}">',
            f'<link rel="stylesheet" href="{static}/live/live.css">',
            f'<noscript><img src="{static}/live/{self.name}.png" alt="{escape(alt)}">'
            "<p>This is a picture: the sliders need JavaScript.</p></noscript>",
            '<div class="live-figure">\n<form autocomplete="off">\n<div class="live-sliders">',
            *(slider.html() for slider in self.sliders),
            '</div>\n<div class="live-choices">',
            *(choice.html() for choice in self.choices),
            '</div>\n<div class="live-presets">',
            *(f'<button type="button">{escape(name)}</button>' for name in presets),
            '</div>\n</form>\n<div class="live-panels">',
            *(
                f'<div class="live-caption">{caption}</div><div class="live-panel"></div>'
                for caption, _ in drawn
            ),
            '<p class="live-summary" aria-live="polite"></p>\n</div></div>',
            '<details class="live-numbers"><summary>All numbers of the figure</summary>',
            "<div><table><thead><tr>",
            *(f"<th>{head}</th>" for _, _, head in self.table),
            "</tr></thead><tbody></tbody></table></div></details>",
            f'<script type="application/json">{data}</script>',
            "</div>",
            *(f'<script src="{static}/{script}"></script>' for script in scripts),
            f"<script>live.start(document.getElementById('live-{self.name}'))</script>",
        ]
        return "\n".join(lines)


def plot(height: int, x: tuple[str, float, float], y: tuple[str, float, float]) -> Any:
    """Make an empty panel; an axis is its label and its fixed range."""
    ranges = {"x_range": Range1d(*x[1:]), "y_range": Range1d(*y[1:])}
    labels = {"x_axis_label": x[0], "y_axis_label": y[0]}
    borders = {"min_border_left": 66, "min_border_right": 8, "min_border_top": 6}
    clear = dict.fromkeys(("background_fill_color", "border_fill_color", "outline_line_color"))
    bare: Values = {"sizing_mode": "stretch_width", "toolbar_location": None, "tools": ""}
    made = bokeh_figure(height=height, **bare, **ranges, **labels, **borders, **clear)
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


def show_numbers(panel: Any, source: ColumnDataSource, columns: dict[str, str]) -> None:
    """Show the numbers of the step that is nearest to the mouse; the columns by their names."""
    near = panel.line("t", next(iter(columns.values())), source=source, line_alpha=0)
    rows = [("t", "@t"), *((name, f"@{column}{{0.000}}") for name, column in columns.items())]
    where = {"mode": "vline", "line_policy": "nearest", "attachment": "above"}
    panel.add_tools(HoverTool(renderers=[near], tooltips=rows, **where))


def key(color: str, text: str, mark: str = "\N{BLACK CIRCLE}") -> str:
    """Name a colour in a caption."""
    return f'<span class="live-key"><span style="color: {color}">{mark}</span> {text}</span>'
