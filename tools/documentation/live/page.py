"""The HTML of a live figure, in place of the picture that a page has on GitHub.

A page marks the place with ``<!--live NAME-->`` and ``<!---->``.
"""

import json
import os
import re
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import bokeh
from bokeh.embed import json_item

from documentation.live import one_neuron, surrogate_gradient
from documentation.live.figure import Choice, LiveFigure, Slider

PART = re.compile(r"<!--live ([\w-]+)-->\n!\[(.*?)\].*?<!---->\n", re.S)
FIGURES = {figure.name: figure for figure in (one_neuron.FIGURE, surrogate_gradient.FIGURE)}
BOKEH_SCRIPT = Path(bokeh.__file__).parent / "server" / "static" / "js" / "bokeh.min.js"
SCRIPTS = (BOKEH_SCRIPT.name, "live/neuron.js")


def lay_out(out: Path) -> None:
    """Write the figures into the pages that have a place for one."""
    for path in sorted(out.rglob("*.md")):
        text = path.read_text("utf-8")
        if PART.search(text):
            static = os.path.relpath(out / "_static", path.parent)
            path.write_text(PART.sub(partial(raw_html, static), text), "utf-8")


def raw_html(static: str, part: re.Match[str]) -> str:
    """Write a figure as a block of HTML in Markdown."""
    return f"```{{raw}} html\n{html(FIGURES[part[1]], static, part[2])}\n```\n"


def html(figure: LiveFigure, static: str, alt: str) -> str:
    """Write a figure's controls, panels and numbers.

    Parameters
    ----------
    figure : LiveFigure
        The figure.
    static : str
        Where the scripts are, seen from the page.
    alt : str
        What a reader without JavaScript sees, for those who do not see pictures.

    Returns
    -------
    str
        The HTML, with the scripts it needs.
    """
    drawn, presets = figure.draw(), {"Reset": {}, **figure.presets}
    setup = {
        "panels": [json_item(panel.plot) for panel in drawn],
        "presets": presets,
        "constants": figure.constants,
        "table": [column[:2] for column in figure.table],
    }
    scripts = [*SCRIPTS, "live/page.js", f"live/{figure.name}.js"]
    lines = [
        f'<div class="live" id="live-{figure.name}" data-figure="{figure.name}">',
        f'<link rel="stylesheet" href="{static}/live/live.css">',
        f'<noscript><img src="{static}/live/{figure.name}.png" alt="{escape(alt)}">'
        "<p>This is a picture: the sliders need JavaScript.</p></noscript>",
        '<div class="live-figure">',
        '<form autocomplete="off">',
        '<div class="live-sliders">',
        *(_slider(slider) for slider in figure.sliders),
        "</div>",
        '<div class="live-choices">',
        *(_choice(choice) for choice in figure.controls if isinstance(choice, Choice)),
        "</div>",
        '<div class="live-presets">',
        *(f'<button type="button">{escape(name)}</button>' for name in presets),
        "</div>",
        "</form>",
        '<div class="live-panels">',
        *(
            f'<div class="live-caption">{panel.caption}</div><div class="live-panel"></div>'
            for panel in drawn
        ),
        '<p class="live-summary" aria-live="polite"></p>',
        "</div></div>",
        '<details class="live-numbers"><summary>All numbers of the figure</summary>',
        "<div><table><thead><tr>",
        *(f"<th>{head}</th>" for _, _, head in figure.table),
        "</tr></thead><tbody></tbody></table></div></details>",
        f'<script type="application/json">{_json(setup)}</script>',
        "</div>",
        *(f'<script src="{static}/{script}"></script>' for script in scripts),
        f"<script>live.start(document.getElementById('live-{figure.name}'))</script>",
    ]
    return "\n".join(lines)


def _json(value: Any) -> str:
    return json.dumps(value).replace("</", "<\\/")


def _slider(slider: Slider) -> str:
    digits = 0 if slider.step == 1 else 2
    return (
        f'<label title="{slider.meaning}"><span>{slider.symbol} '
        f'<span class="live-meaning">{slider.meaning}</span></span>'
        f'<input type="range" name="{slider.name}" min="{slider.low}" max="{slider.high}" '
        f'step="{slider.step}" value="{slider.initial}" data-digits="{digits}">'
        "<output></output></label>"
    )


def _choice(choice: Choice) -> str:
    options = (f'<option value="{value}">{text}</option>' for value, text in choice.options.items())
    select = f'<select name="{choice.name}">{"".join(options)}</select>'
    return f"<label><span>{choice.label}</span> {select}</label>"
