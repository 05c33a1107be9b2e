"""Pages in a real browser, without a head: what it complains of, and what they look like."""

import contextlib
import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

BROWSER_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
OURS = ("http://127.0.0.1", "data:", "blob:")
# What a page says about itself once MathJax is done with it.
PAGE_STATE = """(async () => {
  if (window.MathJax && MathJax.startup) { await MathJax.startup.promise; }
  await document.fonts.ready;
  const root = document.documentElement;
  return {
    untouched: [...document.querySelectorAll(".math")].filter(
      node => !node.querySelector("mjx-container")).map(node => node.textContent.slice(0, 60)),
    wrong: [...document.querySelectorAll("mjx-merror")].map(node => node.textContent.slice(0, 60)),
    marks: [...document.querySelectorAll("p, li")].filter(node => node.textContent.includes(":::")
      ).map(node => node.textContent.slice(0, 60)),
    wider: root.scrollWidth - root.clientWidth,
  };
})()"""


class Visit(NamedTuple):
    """A page as the browser found it: its complaints, and what PAGE_STATE says."""

    errors: list[str]
    state: dict[str, Any]

    @property
    def problems(self) -> list[str]:
        """All that is wrong with the page but its width, a line each."""
        kinds = {
            "untouched": "formula not typeset",
            "wrong": "MathJax cannot read the formula",
            "marks": "::: directive not rendered as a box",
        }
        found = (f"{say}: {text}" for key, say in kinds.items() for text in self.state.get(key, ()))
        return [*self.errors, *found]


class Tab:
    """A page of Playwright that keeps what goes wrong.

    Parameters
    ----------
    page : Page
        Playwright's page.
    """

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

    def set_window(self, width: int, height: int) -> None:
        """Set the size of the window."""
        self.page.set_viewport_size({"width": width, "height": height})

    def visit(self, url: str) -> Visit:
        """Load a page, wait until it is drawn, and collect what went wrong."""
        self.errors.clear()
        self.page.goto(url)
        return Visit(self.errors[:], self.page.evaluate(PAGE_STATE))

    def evaluate(self, expression: str) -> Any:
        """Have the page compute something, a promise's outcome too."""
        return self.page.evaluate(expression)

    def wait_until(self, condition: str, seconds: float = 60) -> None:
        """Wait until the page says yes."""
        from playwright.sync_api import TimeoutError as Late  # noqa: PLC0415 - with the docs alone

        try:
            self.page.wait_for_function(condition, timeout=1000 * seconds)
        except Late as error:
            raise TimeoutError(f"not true within {seconds:g} s: {condition}") from error

    def drag(self, start: float, stop: float, y: float) -> None:
        """Press the mouse's button at ``start``, move, and let go at ``stop``."""
        mouse = self.page.mouse
        mouse.move(start, y)
        mouse.down()
        mouse.move(stop, y, steps=4)
        mouse.up()

    def screenshot(self, box: dict[str, float]) -> bytes:
        """Return a box of the page as PNG: x, y, width and height in pixels."""
        picture: bytes = self.page.screenshot(full_page=True, clip=box)
        return picture


def find_browser() -> str | None:
    """Find a browser; None where there is none."""
    return next((found for name in BROWSER_COMMANDS if (found := shutil.which(name))), None)


@contextlib.contextmanager
def open_browser(command: str) -> Iterator[Tab]:
    """Start a browser with one tab, and end it.  It reaches no other machine.

    Parameters
    ----------
    command : str
        From :func:`find_browser`.

    Yields
    ------
    Tab
        The tab.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - with the docs alone

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=command, args=[OFFLINE])
        yield Tab(browser.new_page(viewport={"width": 1280, "height": 900}))
        browser.close()


@contextlib.contextmanager
def serve(site: Path) -> Iterator[str]:
    """Serve a folder on this machine alone, and yield its address."""

    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    handler = functools.partial(Silent, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
