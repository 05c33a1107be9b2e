"""Take the pictures of the live figures that pages show on GitHub and without JavaScript.

``python tools/live_pictures.py build/docs`` writes docs/_static/live/*.png.
"""

import sys
from pathlib import Path

from documentation import browser
from documentation.live import check, page

STATIC = Path(__file__).resolve().parents[1] / "docs" / "_static" / "live"
# The controls and panels, without the table of numbers.
BOX = """(() => {
  const box = document.querySelector('.live').getBoundingClientRect();
  const bottom = document.querySelector('.live-summary').getBoundingClientRect().bottom;
  return {x: box.x - 8, y: box.y - 8, width: box.width + 16, height: bottom - box.y + 8};
})()"""


def main(site: Path) -> None:
    """Load each figure's page and take its picture."""
    command = browser.find_browser()
    if command is None:
        raise SystemExit("expected Chromium on the PATH, found none; install it")
    with browser.serve(site) as address, browser.open_browser(command) as tab:
        tab.set_window(1280, 1000)
        tab.call("Emulation.setScrollbarsHidden", hidden=True)
        for name in page.FIGURES:
            tab.visit(f"{address}/learn/{name}.html")
            tab.wait_until(check.STARTED)
            box = tab.evaluate(BOX)
            (STATIC / f"{name}.png").write_bytes(tab.screenshot(box))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
