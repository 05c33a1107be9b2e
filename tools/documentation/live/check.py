"""Move every control of the live figures in a browser, and compare their numbers with the kernels.

Mouse and keys are those of a reader: nothing is set by a script.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from documentation.browser import WINDOW, Tab
from documentation.live import LiveFigure, Sources, one_neuron, surrogate_gradient

FIGURES = {figure.name: figure for figure in (one_neuron.FIGURE, surrogate_gradient.FIGURE)}
TOLERANCE = 1e-12  # absolute, and relative for numbers above 1
SMALLEST_TEXT = 12  # pixels, 9 pt
PHONE = {"width": 390, "height": 844}
STARTED = "(document.querySelector('.live-summary')?.textContent ?? '') !== ''"
# The values of the controls, and every data source that a curve is drawn from.
STATE = """(async () => {
  await new Promise(requestAnimationFrame);
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
# Where a slider is, once it is in the middle of the window, and its handle, of 16 pixels.
SLIDER = """name => {
  const slider = document.querySelector(`.live [name=${name}]`), { min, max, value } = slider;
  slider.scrollIntoView({ block: 'center', behavior: 'instant' });
  const { x, y, width, height } = slider.getBoundingClientRect();
  return [x + 8, width - 16, y + height / 2, (value - min) / (max - min)];
}"""
SMALLEST = """Math.min(
  ...[...document.querySelectorAll('.live :is(label, button, select, td, div, p, sub)')].map(
    one => parseFloat(getComputedStyle(one).fontSize)))"""
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


class Report(NamedTuple):
    """What is wrong, how many settings were compared, and the largest difference."""

    problems: list[str]
    compared: int
    largest: float


def check_figure(tab: Tab, figure: LiveFigure) -> Report:
    """Move each control of the page that is loaded, and compare after each."""
    tab.wait_until(STARTED)
    problems: list[str] = []
    compared, largest = 0, 0.0
    first = before = tab.page.evaluate(STATE)[0]
    for name, move in _moves(tab, figure):
        move()
        values, shown = tab.page.evaluate(STATE)
        if name in before and values[name] == before[name]:
            problems.append(f"{name} does not move")
        before = values
        found = differences(shown, figure.sources(values))
        problems += [f"{name}, {values}: {text}" for text, _ in found if text]
        compared, largest = compared + 1, max(largest, *(size for _, size in found))
    if before != first:
        problems.append(f"Reset leaves {before}, expected {first}")
    problems += _layout(tab)
    return Report([f"{figure.name}: {text}" for text in problems], compared, largest)


def _moves(tab: Tab, figure: LiveFigure) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the name of each control and what moves it: mouse, keys, buttons; last is Reset."""
    yield "", lambda: None
    for slider in figure.sliders:
        place = (slider.initial - slider.low) / (slider.high - slider.low)
        yield slider.name, partial(drag_slider, tab, slider.name, 0.85 if place < 0.5 else 0.2)
        yield slider.name, partial(tab.page.press, f".live [name={slider.name}]", "ArrowRight")
    for name, _, options in figure.choices:
        for _ in range(1, len(options)):
            yield name, partial(tab.page.press, f".live [name={name}]", "ArrowDown")
    for place in (*range(2, 2 + len(figure.presets)), 1):
        yield "", partial(tab.page.click, f".live-presets button:nth-child({place})")


def drag_slider(tab: Tab, name: str, part: float) -> None:
    """Drag a slider's handle to a part of its length."""
    left, length, y, handle = tab.page.evaluate(SLIDER, name)
    tab.drag(left + handle * length, left + part * length, y)


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


def _layout(tab: Tab) -> Iterator[str]:
    """Check the text sizes, and the width on a phone."""
    if (smallest := tab.page.evaluate(SMALLEST)) < SMALLEST_TEXT:
        yield f"text of {smallest} pixels, expected {SMALLEST_TEXT} or more"
    tab.page.set_viewport_size(PHONE)
    try:
        tab.wait_until(FITS)  # the panels are drawn again, in their new width
    except TimeoutError:
        yield f"wider than a window of {PHONE['width']} pixels"
    tab.page.set_viewport_size(WINDOW)


def check_site(tab: Tab, address: str) -> Report:
    """Check every live figure of a built site; a click leads from the landing page to the first."""
    reports: list[Report] = []
    for name, figure in FIGURES.items():
        if reports:
            tab.visit(f"{address}/learn/{name}.html")
        else:
            tab.visit(f"{address}/index.html")
            tab.page.click(f"strong a[href$='learn/{name}.html']")
            tab.wait_until(f"location.pathname.endsWith('{name}.html')")
        reports.append(check_figure(tab, figure))
    problems = [text for report in reports for text in report.problems]
    return Report(problems, sum(r.compared for r in reports), max(r.largest for r in reports))
