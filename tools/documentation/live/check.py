"""Move every control of the live figures in a browser, and compare their numbers with the kernels.

Mouse and keys are those of a reader: nothing is set by a script.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from documentation.browser import WINDOW
from documentation.live import LiveFigure, Sources

TOLERANCE = 1e-12  # absolute, and relative for numbers above 1
SMALLEST_TEXT = 12  # pixels, 9 pt
PHONE = {"width": 390, "height": 844}
STARTED = "(document.querySelector('.live-summary')?.textContent ?? '') !== ''"
# The values of the controls, and every data source that a curve is drawn from.
STATE = """(async () => {
  do await new Promise(requestAnimationFrame);
  while (document.querySelector('.live').ariaBusy === 'true');
  const controls = [...document.querySelector('.live form').elements].filter(one => one.name);
  const valueOf = one => one.type === 'range' ? one.valueAsNumber : one.value;
  const plain = data => Object.fromEntries(
    Object.entries(data).map(([name, column]) => [name, [...column]]));
  const models = Bokeh.documents.flatMap(one => [...one.all_models]);
  return [
    Object.fromEntries(controls.map(one => [one.name, valueOf(one)])),
    models.filter(one => one.name && one.data).map(one => [one.name, plain(one.data)]),
  ];
})()"""
SMALLEST = """Math.min(
  ...[...document.querySelectorAll('.live :is(label, button, select, td, div, p, sub)')].map(
    one => parseFloat(getComputedStyle(one).fontSize)))"""
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
Found = Iterator[tuple[str, float]]  # what differs, and by how much; infinite: what else is wrong


def check_figure(page: Any, figure: LiveFigure) -> Found:
    """Move each control of the page that is loaded, and compare all numbers after each."""
    page.wait_for_function(STARTED)
    first = before = page.evaluate(STATE)[0]
    for name, move in _moves(page, figure):
        move()
        values, shown = page.evaluate(STATE)
        if name in before and values[name] == before[name]:
            yield f"{name} does not move", np.inf
        before = values
        for column, size in differences(shown, figure.sources(values)):
            yield f"{name}, {values}: {column} differs from the kernels", size
    if before != first:
        yield f"Reset leaves {before}, expected {first}", np.inf
    if (smallest := page.evaluate(SMALLEST)) < SMALLEST_TEXT:
        yield f"text of {smallest} pixels, expected {SMALLEST_TEXT} or more", np.inf
    page.set_viewport_size(PHONE)
    page.wait_for_function(FITS)  # the panels are drawn again, in their new width
    page.set_viewport_size(WINDOW)


def _moves(page: Any, figure: LiveFigure) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the name of each control and what moves it: mouse, keys, buttons; last is Reset."""
    yield "", lambda: None
    for slider in figure.sliders:
        place = (slider.initial - slider.low) / (slider.high - slider.low)
        target = 0.85 if place < 0.5 else 0.2
        if slider.name == "steps":
            target = 0.02  # rounding errors grow with each step of training
        yield slider.name, partial(drag_slider, page, slider.name, place, target)
        yield slider.name, partial(page.press, f".live [name={slider.name}]", "ArrowRight")
    for choice in figure.choices:
        for _ in range(1, len(choice.options)):
            yield choice.name, partial(page.press, f".live [name={choice.name}]", "ArrowDown")
    for number in (*range(2, 2 + len(figure.presets)), 1):
        yield "", partial(page.click, f".live-presets button:nth-child({number})")


def drag_slider(page: Any, name: str, start: float, stop: float) -> None:
    """Drag a slider's handle, of 16 pixels, from a part of its length to another."""
    slider = f".live [name={name}]"
    box = page.locator(slider).bounding_box()
    places = [{"x": 8 + (box["width"] - 16) * at, "y": box["height"] / 2} for at in (start, stop)]
    page.drag_and_drop(slider, slider, source_position=places[0], target_position=places[1])


def differences(shown: list[tuple[str, dict[str, list[float]]]], expected: Sources) -> Found:
    """Compare the columns of a page with those of the kernels; infinite where one is missing."""
    for source in expected.keys() ^ {name for name, _ in shown}:
        yield source, np.inf
    for source, columns in shown:
        for name, column in expected.get(source, {}).items():
            numbers = np.array(columns.get(name, []))
            same = numbers.shape == column.shape
            errors = abs(numbers - column) / np.maximum(1, abs(column)) if same else [np.inf]
            yield f"{source}.{name}", float(max(errors, default=0))
