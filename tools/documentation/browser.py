"""Pages in a real browser, without a head: what it complains of, and what they look like."""

import contextlib
import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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

    handler = functools.partial(Silent, directory=str(site))
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        sync_playwright() as program,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = program.chromium.launch(executable_path=command, args=[OFFLINE])
        yield f"http://127.0.0.1:{server.server_port}", Tab(browser.new_page(viewport=WINDOW))
        browser.close()
        server.shutdown()
