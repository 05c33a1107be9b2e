"""Take the pictures of the live figures that pages show on GitHub and without JavaScript.

It writes docs/_static/live/*.png.

example: python tools/live_pictures.py --site build/docs
"""

import argparse
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


def main() -> None:
    """Load each figure's page and take its picture."""
    parser = argparse.ArgumentParser(
        description="Take the pictures of the live figures of the documentation.",
        epilog="example: python tools/live_pictures.py --site build/docs",
    )
    built = Path("build/docs")
    shown = "folder of the site that make docs has built (default: %(default)s)"
    parser.add_argument("--site", type=Path, default=built, metavar="DIR", help=shown)
    site = parser.parse_args().site
    if not (site / "index.html").is_file():
        parser.error(f"{site}: expected a built site, got no index.html; run make docs")
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
    main()
