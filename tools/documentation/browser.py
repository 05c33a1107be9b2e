"""Pages in a real browser, without a head: what it complains of, and what they look like.

Chromium is spoken to by its DevTools protocol, over one websocket.
"""

import base64
import contextlib
import functools
import http.server
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

BROWSER_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "chrome")
# What a page says about itself once MathJax is done with it.
PAGE_STATE = """(async () => {
  if (window.MathJax && MathJax.startup) { await MathJax.startup.promise; }
  await document.fonts.ready;
  const root = document.documentElement;
  return JSON.stringify({
    untouched: [...document.querySelectorAll(".math")].filter(
      node => !node.querySelector("mjx-container")).map(node => node.textContent.slice(0, 60)),
    wrong: [...document.querySelectorAll("mjx-merror")].map(node => node.textContent.slice(0, 60)),
    marks: [...document.querySelectorAll("p, li")].filter(node => node.textContent.includes(":::")
      ).map(node => node.textContent.slice(0, 60)),
    wider: root.scrollWidth - root.clientWidth,
  });
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


def find_browser() -> str | None:
    """Find a browser; None where there is none."""
    return next((found for name in BROWSER_COMMANDS if (found := shutil.which(name))), None)


class Browser:
    """A tab of a browser.

    Parameters
    ----------
    socket : object
        The tab's websocket.
    """

    def __init__(self, socket: Any) -> None:
        self.socket, self.numbers = socket, itertools.count(1)
        self.events: list[dict[str, Any]] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.set_window(1280, 900)

    def call(self, method: str, **params: Any) -> Any:
        """Call a method of the protocol and wait for its answer; events are kept."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]
            self.events.append(message)

    def set_window(self, width: int, height: int, scheme: str = "light") -> None:
        """Set the size of the window, and whether the reader prefers light or dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def visit(self, url: str) -> Visit:
        """Load a page, wait until it is drawn, and collect what went wrong."""
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(json.loads(self.socket.recv()))
        found = self.call("Runtime.evaluate", expression=PAGE_STATE, awaitPromise=True)
        value = found["result"].get("value", "{}")
        return Visit(
            [text for event in self.events if (text := error_of_event(event))], json.loads(value)
        )

    def evaluate(self, expression: str) -> Any:
        """Have the page compute something, a promise's outcome too."""
        found = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in found:
            details = found["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return found["result"].get("value")

    def wait_until(self, condition: str, seconds: float = 60) -> None:
        """Wait until the page says yes."""
        end = time.monotonic() + seconds
        while not self.evaluate(condition):
            if time.monotonic() > end:
                raise TimeoutError(f"not true within {seconds:g} s: {condition}")
            time.sleep(0.05)

    def drag(self, start: float, stop: float, y: float) -> None:
        """Press the mouse's button at ``start``, move, and let go at ``stop``."""
        button = {"button": "left", "buttons": 1, "clickCount": 1, "y": y}
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=start, **button)
        for part in (0.25, 0.5, 0.75, 1):
            x = start + part * (stop - start)
            self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, **button)
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=stop, **button)

    def press(self, key: str, code: int) -> None:
        """Press a key and let it go; ``code`` is its Windows virtual key code."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code)

    def screenshot(self, box: dict[str, float] | None = None) -> bytes:
        """Return the window as a PNG, or a box of the page: x, y, width and height in pixels."""
        clip = {"captureBeyondViewport": True, "clip": {**box, "scale": 1}} if box else {}
        found = self.call("Page.captureScreenshot", format="png", **clip)
        return base64.b64decode(found["data"])

    def save_pdf(self, path: Path) -> None:
        """Print the page on A4."""
        paper = {"paperWidth": 8.27, "paperHeight": 11.69, "printBackground": True}
        margins = {f"margin{side}": 0.4 for side in ("Top", "Bottom", "Left", "Right")}
        found = self.call("Page.printToPDF", **paper, **margins)
        path.write_bytes(base64.b64decode(found["data"]))


def error_of_event(event: dict[str, Any]) -> str:
    """Say what is wrong about an event; empty if nothing is."""
    params = event.get("params", {})
    match event["method"]:
        case "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            return str(details.get("exception", {}).get("description", details["text"]))
        case "Runtime.consoleAPICalled" if params["type"] in ("error", "assert"):
            text = (str(one.get("value", one.get("description"))) for one in params["args"])
            return " ".join(text)
        case "Log.entryAdded" if params["entry"]["level"] == "error":
            return f"{params['entry']['text']} {params['entry'].get('url', '')}"
        case "Network.requestWillBeSent":
            url = params["request"]["url"]
            return (
                "" if url.startswith(("http://127.0.0.1", "data:", "blob:")) else f"asks for {url}"
            )
    return ""


@contextlib.contextmanager
def open_browser(command: str) -> Iterator[Browser]:
    """Start a browser with one tab, and end it.  It reaches no other machine.

    Parameters
    ----------
    command : str
        From :func:`program`.

    Yields
    ------
    Browser
        The tab.

    Raises
    ------
    RuntimeError
        If it has not started after 30 s.
    """
    import websocket  # noqa: PLC0415 - installed with the documentation's tools alone

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        options = ["--headless", "--remote-debugging-port=0", f"--user-data-dir={home}"]
        options += ["--disable-gpu", "--disable-dev-shm-usage", "--remote-allow-origins=*"]
        options += ["--no-first-run", "--disable-background-networking"]
        options += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "about:blank"]
        if os.geteuid() == 0:
            options.insert(0, "--no-sandbox")  # Chromium has none for the superuser
        quiet = subprocess.DEVNULL
        process = subprocess.Popen([command, *options], stdout=quiet, stderr=quiet)  # noqa: S603
        try:
            socket = websocket.create_connection(_wait_for_tab(Path(home)), timeout=60)
            try:
                yield Browser(socket)
            finally:
                socket.close()
        finally:
            process.terminate()
            process.wait(10)


def _wait_for_tab(home: Path) -> str:
    """Wait for the browser to say where it listens; answer with its first tab's address."""
    import urllib.request  # noqa: PLC0415 - slow

    port = home / "DevToolsActivePort"
    for _ in range(300):
        if port.exists() and (number := port.read_text("utf-8").split("\n")[0]):
            with urllib.request.urlopen(f"http://127.0.0.1:{number}/json") as answer:
                tabs = [tab for tab in json.load(answer) if tab["type"] == "page"]
            if tabs:
                return str(tabs[0]["webSocketDebuggerUrl"])
        time.sleep(0.1)
    raise RuntimeError("the browser did not start within 30 s")


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
