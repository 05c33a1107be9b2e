"""Move a slider of the first notebook in JupyterLab, and check that its figure changes.

What ``make lab`` starts is started on a port of its own, the student's notebook opened, its cells
run, and the handle of its first slider dragged with the mouse.

example: python tools/slider_test.py --pictures build/slider
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
from documentation import browser

import notebooks

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = "01-one-neuron"
TIMEOUT_SECONDS = 300  # seconds, the five minutes from a README's first line to a slider
NOTEBOOK_READY = "Boolean(window.jupyterapp) && document.querySelectorAll('.jp-Cell').length === {}"
SESSION = "[...jupyterapp.shell.widgets('main')][0]?.sessionContext?.session"
KERNEL_READY = f"{SESSION}?.kernel?.status === 'idle'"
RUN_ALL_CELLS = "jupyterapp.commands.execute('notebook:run-all-cells'), true"
SLIDER_VISIBLE = "['.noUi-handle', 'img.widget-image'].every(name => document.querySelector(name))"
# JupyterLab lays out only the cells near the window, so the notebook itself scrolls to the cell.
SCROLL_TO_SLIDER = """(async () => {
  const notebook = [...jupyterapp.shell.widgets('main')][0].content;
  const has = cell => cell.node.querySelector('.noUi-handle');
  await notebook.scrollToItem(notebook.widgets.findIndex(has), 'center');
  document.querySelector('.noUi-handle').scrollIntoView({block: 'center'});
  return true;
})()"""
SLIDER_GEOMETRY = """(() => {
  const handle = document.querySelector('.noUi-handle');
  const box = handle.getBoundingClientRect();
  const bar = handle.closest('.noUi-target').getBoundingClientRect();
  return {x: box.x + box.width / 2, y: box.y + box.height / 2, left: bar.x, width: bar.width};
})()"""
FIGURE_STATE = """(async () => {
  const answer = await fetch(document.querySelector('img.widget-image').src);
  const hash = await crypto.subtle.digest('SHA-256', await answer.arrayBuffer());
  const digits = [...new Uint8Array(hash)].map(byte => byte.toString(16).padStart(2, '0'));
  const number = document.querySelector('.widget-slider .widget-readout').textContent;
  return {image: digits.join(''), number: number};
})()"""


def main() -> int:
    """Say what was seen and when; 1 if the figure did not change, 2 without a browser."""
    parser = argparse.ArgumentParser(
        description="Move a slider of notebook 01 in JupyterLab, in a browser.",
        epilog="example: python tools/slider_test.py --pictures build/slider",
    )
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="folder for screenshots")
    pictures = parser.parse_args().pictures
    command = browser.find_browser()
    if command is None:
        print("expected Chromium on the PATH, found none; install it", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        return _move_slider(command, Path(name), pictures)


def _move_slider(command: str, work: Path, pictures: Path | None) -> int:
    started = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s elapsed: {what}", flush=True)

    with start_lab(work) as (address, cells), browser.open_browser(command) as tab:
        say("JupyterLab answers")
        tab.set_window(1280, 900)
        tab.call("Page.navigate", url=f"{address}/lab/tree/{NOTEBOOK}.ipynb?reset")
        tab.wait_until(NOTEBOOK_READY.format(cells), TIMEOUT_SECONDS)
        say("all cells of the notebook are shown")
        tab.wait_until(KERNEL_READY, TIMEOUT_SECONDS)  # before, JupyterLab asks for a kernel
        tab.evaluate(RUN_ALL_CELLS)
        return 0 if move_slider(tab, say, pictures) else 1


def move_slider(tab: Any, say: Callable[[str], None], pictures: Path | None = None) -> bool:
    """Drag the first slider of the notebook that runs, and say if its figure and number changed."""
    try:
        tab.wait_until(SLIDER_VISIBLE, TIMEOUT_SECONDS)
    except TimeoutError:
        if pictures:
            tab.save_screenshot(pictures / "before.png")
        raise
    for _ in range(2):  # cells are laid out as they come near the window, and move the others
        time.sleep(2)
        tab.evaluate(SCROLL_TO_SLIDER)
    time.sleep(1)
    where, before = tab.evaluate(SLIDER_GEOMETRY), tab.evaluate(FIGURE_STATE)
    say(f"the slider is there, at {before['number']}")
    if pictures:
        tab.save_screenshot(pictures / "before.png")
    tab.drag(where["x"], where["left"] + 0.3 * where["width"], where["y"])
    try:
        tab.wait_until(f"({FIGURE_STATE}).then(seen => seen.image !== '{before['image']}')", 60)
    except TimeoutError:
        say("the slider was dragged, but the figure did not change")
        return False
    after = tab.evaluate(FIGURE_STATE)
    say(f"the slider was dragged to {after['number']}, and the figure has changed")
    if pictures:
        tab.save_screenshot(pictures / "after.png")
    return bool(after["number"] != before["number"])


@contextlib.contextmanager
def start_lab(work: Path) -> Iterator[tuple[str, int]]:
    """Start JupyterLab on the student's notebook, and end it; its address, and how many cells."""
    (source,) = (path for path in notebooks.sources() if path.stem == NOTEBOOK)
    book = notebooks.build(source, "student", "equations")
    nbformat.write(book, work / f"{NOTEBOOK}.ipynb")
    homes = {f"JUPYTER_{kind}_DIR": str(work / kind) for kind in ("CONFIG", "RUNTIME", "DATA")}
    options = ["--no-browser", "--expose-app-in-browser", "--allow-root", f"--notebook-dir={work}"]
    options += ["--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", "--IdentityProvider.token="]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "jupyterlab", *options],
        env=os.environ | homes | {"PYTHONPATH": str(ROOT)}, stdout=quiet, stderr=quiet,
    )  # fmt: skip
    try:
        yield _wait_for_address(work / "RUNTIME", process), len(book.cells)
    finally:
        process.terminate()
        process.wait(120)  # it ends its kernels first


def _wait_for_address(folder: Path, process: Any) -> str:
    end = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < end and process.poll() is None:
        for record in folder.glob("jpserver-*.json"):
            with contextlib.suppress(json.JSONDecodeError):  # half written
                return str(json.loads(record.read_text("utf-8"))["url"]).rstrip("/")
        time.sleep(0.2)
    raise RuntimeError(f"JupyterLab ended, or did not start within {TIMEOUT_SECONDS} s")


if __name__ == "__main__":
    sys.exit(main())
