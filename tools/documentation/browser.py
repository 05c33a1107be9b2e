"""Pages in a real browser, without a head: what it complains of, and how live figures move.

Every control of a figure is moved as by a reader, by mouse and keys and by no script; its numbers
are compared with the kernels'.
"""

import contextlib
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # Bokeh's; slides need none
    from documentation.live import LiveFigure, Sources

BROWSER_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
OURS = ("http://127.0.0.1", "data:", "blob:")
WINDOW = {"width": 1280, "height": 900}
# What is wrong with a page once MathJax is done with it.
PAGE_STATE = """(async () => {
  if (window.MathJax && MathJax.startup) { await MathJax.startup.promise; }
  await document.fonts.ready;
  const find = (selector, what, isWrong) =>
    [...document.querySelectorAll(selector)].filter(isWrong)
      .map(node => `${what}: ${node.textContent.slice(0, 60)}`);
  const root = document.documentElement, wider = root.scrollWidth - root.clientWidth;
  return [
    ...find(".math", "formula not typeset", node => !node.querySelector("mjx-container")),
    ...find("mjx-merror", "MathJax cannot read the formula", () => true),
    ...find("p, li", "::: directive not rendered as a box",
      node => node.textContent.includes(":::")),
    ...(wider > 0 ? [`${wider} pixels wider than the window`] : []),
  ];
})()"""
# Of live figures.
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
Columns = dict[str, list[float]]  # of a data source
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


class Tab:
    """A page of Playwright that keeps what goes wrong."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._keep_error)
        page.on("request", self._keep_foreign)
        page.set_default_timeout(60_000)

    def _keep_error(self, message: Any) -> None:
        if message.type in ("error", "assert"):
            self.errors.append(f"{message.text} {message.location['url']}".rstrip())

    def _keep_foreign(self, request: Any) -> None:
        if not request.url.startswith(OURS):
            self.errors.append(f"asks for {request.url}")

    def visit(self, url: str) -> list[str]:
        """Load a page, wait until it is drawn, and collect what went wrong."""
        self.errors.clear()
        self.page.goto(url)
        problems = self.page.evaluate(PAGE_STATE)
        return [*self.errors, *problems]


def find_browser() -> str | None:
    """Find a browser; None where there is none."""
    return next(filter(None, map(shutil.which, BROWSER_COMMANDS)), None)


@contextlib.contextmanager
def open_site(site: Path, command: str) -> Iterator[tuple[str, Tab]]:
    """Serve a folder on this machine, and give its address and a browser that reaches no other."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - with the docs alone

    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    handler = partial(Silent, directory=str(site))
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        sync_playwright() as program,
        program.chromium.launch(executable_path=command, args=[OFFLINE]) as browser,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", Tab(browser.new_page(viewport=WINDOW))
        server.shutdown()


def check_figure(page: Any, figure: "LiveFigure") -> Iterator[str]:
    """Move each control of the page that is loaded, and compare all numbers after each."""
    page.wait_for_function(STARTED)
    first = before = page.evaluate(STATE)[0]
    for name, move in _moves(page, figure):
        move()
        values, shown = page.evaluate(STATE)
        if name in before and values[name] == before[name]:
            yield f"{name} does not move"
        before = values
        wrong = differences(shown, figure.sources(values))
        yield from (f"{name}, {values}: {column} differs from the kernels" for column in wrong)
    if before != first:
        yield f"Reset leaves {before}, expected {first}"
    if (smallest := page.evaluate(SMALLEST)) < SMALLEST_TEXT:
        yield f"text of {smallest} pixels, expected {SMALLEST_TEXT} or more"
    page.set_viewport_size(PHONE)
    page.wait_for_function(FITS)  # the panels are drawn again, in their new width
    page.set_viewport_size(WINDOW)


def _moves(page: Any, figure: "LiveFigure") -> Iterator[tuple[str, Callable[[], None]]]:
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


def differences(shown: list[tuple[str, Columns]], expected: "Sources") -> Iterator[str]:
    """The data sources and columns of a page that are not those of the kernels."""
    yield from expected.keys() ^ {name for name, _ in shown}
    for source, columns in shown:
        for name, column in expected.get(source, {}).items():
            numbers = np.array(columns.get(name, []))
            bound = TOLERANCE * np.maximum(1, abs(column))
            if numbers.shape != column.shape or not (abs(numbers - column) <= bound).all():
                yield f"{source}.{name}"
