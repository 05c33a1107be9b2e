"""Move every control of the live figures in a browser, and compare their numbers with the kernels.

Mouse and keys are those of a reader: nothing is set by a script.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from documentation.browser import Tab
from documentation.live.figure import Choice, LiveFigure, Sources

TOLERANCE = 1e-12  # absolute, and relative for numbers above 1
SMALLEST_TEXT = 12  # pixels, 9 pt
PHONE_WIDTH = 390
STARTED = "(document.querySelector('.live-summary')?.textContent ?? '') !== ''"
# The values of the controls, and every data source that a curve is drawn from.
STATE = """(async () => {
  await new Promise(requestAnimationFrame);
  const values = {};
  for (const control of document.querySelector('.live form').elements) {
    if (control.name) {
      values[control.name] = control.type === 'range' ? control.valueAsNumber : control.value;
    }
  }
  const sources = [];
  for (const model of Bokeh.documents.flatMap(one => [...one.all_models])) {
    if (model.name && model.data) {
      const columns = Object.entries(model.data).map(([name, column]) => [name, [...column]]);
      sources.push([model.name, Object.fromEntries(columns)]);
    }
  }
  return {values, sources};
})()"""
# Where an element is, once it is in the middle of the window.
BOX = """(() => {{
  const element = document.querySelector({!r});
  element.scrollIntoView({{block: 'center', behavior: 'instant'}});
  const box = element.getBoundingClientRect();
  return {{x: box.x, y: box.y + box.height / 2, width: box.width}};
}})()"""
SECOND_PANEL = """(() => {
  const {x, y, width, height} = document.querySelectorAll('.live-panel')[1].getBoundingClientRect();
  return {x: x + scrollX, y: y + scrollY, width, height};
})()"""
SMALLEST = """Math.min(
  ...[...document.querySelectorAll('.live :is(label, button, select, td, div, p, sub)')].map(
    one => parseFloat(getComputedStyle(one).fontSize)))"""
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


class Report(NamedTuple):
    """What is wrong, how many settings were compared, and the largest difference."""

    problems: list[str]
    compared: int
    largest: float


def check_figure(tab: Tab, url: str, figure: LiveFigure) -> Report:
    """Load a figure's page, move each control, and compare after each."""
    tab.visit(url)
    tab.wait_until(STARTED)
    problems: list[str] = []
    compared, largest = 0, 0.0
    first = before = tab.evaluate(STATE)["values"]
    for name, move in _moves(tab, figure):
        move()
        state = tab.evaluate(STATE)
        if name in before and state["values"][name] == before[name]:
            problems.append(f"{figure.name}: {name} does not move")
        before = state["values"]
        found = differences(state["sources"], figure.sources(before))
        problems += [f"{figure.name}, {name}, {before}: {text}" for text, _ in found if text]
        compared, largest = compared + 1, max(largest, *(size for _, size in found))
    if before != first:
        problems.append(f"{figure.name}: Reset leaves {before}, expected {first}")
    problems += [f"{figure.name}: {text}" for text in _layout(tab)]
    return Report(problems, compared, largest)


def _moves(tab: Tab, figure: LiveFigure) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the name of each control and what moves it: mouse, keys, buttons; last is Reset."""
    yield "", lambda: None
    for slider in figure.sliders:
        place = (slider.initial - slider.low) / (slider.high - slider.low)
        to = 0.85 if place < 0.5 else 0.2
        yield slider.name, partial(drag_slider, tab, slider.name, to)
        yield slider.name, partial(tab.page.press, f".live [name={slider.name}]", "ArrowRight")
    for control in figure.controls:
        if isinstance(control, Choice):
            for _ in list(control.options)[1:]:
                name = control.name
                yield name, partial(tab.page.press, f".live [name={name}]", "ArrowDown")
    for number, preset in enumerate([*figure.presets, "Reset"], start=2):
        place = number if preset != "Reset" else 1
        yield preset, partial(tab.page.click, f".live-presets button:nth-child({place})")


def drag_slider(tab: Tab, name: str, part: float) -> None:
    """Drag a slider's handle to a part of its length."""
    box = tab.evaluate(BOX.format(f".live [name={name}]"))
    handle = tab.evaluate(
        f"(({{min, max, value}}) => (value - min) / (max - min))"
        f"(document.querySelector('.live [name={name}]'))"
    )
    inner = box["width"] - 16  # the handle is 16 pixels wide
    start, stop = (box["x"] + 8 + place * inner for place in (handle, part))
    tab.drag(start, stop, box["y"])


def differences(
    shown: list[tuple[str, dict[str, list[float]]]], expected: Sources
) -> list[tuple[str, float]]:
    """Compare the data sources of a page with those of the kernels: what is wrong, and the size."""
    if {name for name, _ in shown} != set(expected):
        return [(f"shows the sources {sorted(name for name, _ in shown)}", 0.0)]
    found = []
    for source, columns in shown:
        for name, column in expected[source].items():
            numbers = columns.get(name, [])
            if len(numbers) != len(column):
                found.append((f"{source}.{name} has {len(numbers)} of {len(column)} numbers", 0.0))
                continue
            pairs = zip(numbers, column, strict=True)
            size = max((abs(a - b) / max(1, abs(b)) for a, b in pairs), default=0.0)
            text = f"{source}.{name} differs from the kernels by {size:.1e}"
            found.append((text if size > TOLERANCE else "", size))
    return found


def _layout(tab: Tab) -> list[str]:
    """Check the text sizes, and the width on a phone."""
    problems = []
    if (smallest := tab.evaluate(SMALLEST)) < SMALLEST_TEXT:
        problems.append(f"text of {smallest} pixels, expected {SMALLEST_TEXT} or more")
    tab.set_window(PHONE_WIDTH, 844)
    try:
        tab.wait_until(FITS)  # the panels are drawn again, in their new width
    except TimeoutError:
        problems.append(f"wider than a window of {PHONE_WIDTH} pixels")
    tab.set_window(1280, 900)
    return problems


def check_first_clicks(tab: Tab, address: str) -> list[str]:
    """Go from the landing page to a moving curve as a reader does: click a link, drag a slider."""
    tab.visit(f"{address}/index.html")
    tab.page.click("strong a[href$='learn/one-neuron.html']")
    tab.wait_until(f"location.pathname.endsWith('one-neuron.html') && {STARTED}")
    before = _still_picture(tab)
    drag_slider(tab, "alpha", 0.1)
    if _still_picture(tab) == before:
        return ["index.html: link to a neuron, slider dragged, but its curve does not change"]
    return []


def _still_picture(tab: Tab) -> bytes:
    """Take a picture of the membrane potential once it is drawn: when it no longer changes."""
    last, picture = b"", tab.screenshot(tab.evaluate(SECOND_PANEL))
    while picture != last:
        time.sleep(0.5)
        last, picture = picture, tab.screenshot(tab.evaluate(SECOND_PANEL))
    return picture


def check_site(tab: Tab, address: str, figures: list[LiveFigure]) -> Report:
    """Check every live figure of a built site, and the way to the first from the landing page."""
    reports = [check_figure(tab, f"{address}/learn/{one.name}.html", one) for one in figures]
    problems = [text for report in reports for text in report.problems]
    compared, largest = sum(one.compared for one in reports), max(one.largest for one in reports)
    return Report(problems + check_first_clicks(tab, address), compared, largest)
