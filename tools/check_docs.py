"""Load the documentation site in a browser: its pages, its live figures and a notebook.

example: python tools/check_docs.py build/docs
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jupyterlite_test
import slider_test
from documentation import browser, reference

from liaf_ref._core.text import count

ROOT = Path(__file__).resolve().parents[1]
WINDOWS = 2  # browsers that load the pages side by side
STARTED = time.monotonic()
LITE = "lite"  # folder of JupyterLite
# JupyterLite's pages are written by its program; the report's has tests of its own.  Of the pages
# of one kind that Sphinx makes from the source, only those of the kernels are checked.
UNVISITED_PAGES = (
    *(f"{folder}/" for folder in (LITE, "_static", "_modules", "report")),
    *(f"api/modules/liaf_ref.{package}." for package in reference.PACKAGES[1:]),
)
BUTTON = "document.querySelector('a.sd-btn[href*=\"lite/lab\"]').href"


def main() -> int:
    """Check a site. Exit codes: 0 no problem or no browser, 1 problems, 2 no site."""
    site = _arguments().site
    if not (site / "index.html").exists():
        reason = f"{site}: expected a built site, got no index.html; run make docs"
        print(f"check_docs.py: error: {reason}", file=sys.stderr)
        return 2
    program = browser.find_browser()
    if program is None:
        print("pages not checked in a browser: no Chromium on this machine")
        return 0
    checks = [_check_in_browser, _move_live_figures]
    if any((site / LITE).rglob("pyodide.js")):  # else a notebook needs a network
        checks.append(_run_a_notebook)
    wrong: list[str] = []
    for check in checks:
        try:
            wrong += check(site, program)
        except TimeoutError as error:  # what else was found is printed all the same
            wrong.append(f"{check.__name__}: {error}")
    for line in wrong:
        print(line)
    print(f"{count(len(wrong), 'problem')} in {site}")
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Load every page of the built documentation in Chromium, move its live\n"
        "figures, and run a notebook in JupyterLite.",
        epilog="example: python tools/check_docs.py build/docs",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    site = "folder of the site that make docs has built (default: %(default)s)"
    default = ROOT / "build" / "docs"
    parser.add_argument("site", nargs="?", type=Path, default=default, metavar="DIR", help=site)
    return parser.parse_args()


def _check_in_browser(site: Path, program: str) -> list[str]:
    """Load the pages in a browser and return one line per problem."""
    pages = [page.relative_to(site) for page in sorted(site.rglob("*.html"))]
    pages = [page for page in pages if not page.as_posix().startswith(UNVISITED_PAGES)]
    if (site / LITE).exists():
        pages.append(Path(LITE) / "index.html")
    with ThreadPoolExecutor(WINDOWS) as pool:
        shares = [pages[first::WINDOWS] for first in range(WINDOWS)]
        found = pool.map(lambda share: _visit(site, program, share), shares)
    _log(f"{len(pages)} pages checked in a browser")
    return [line for lines in found for line in lines]


def _visit(site: Path, program: str, pages: list[Path]) -> list[str]:
    """Load pages in a browser of their own and return one line per problem."""
    wrong = []
    with browser.serve(site) as address, browser.open_browser(program) as tab:
        tab.set_window(1280, 900)
        for page in pages:
            visit = tab.visit(f"{address}/{page.as_posix()}")
            wrong += [f"{page}: {error}" for error in visit.errors]
            state = visit.state
            wrong += [f"{page}: formula not typeset: {text}" for text in state.get("untouched", [])]
            wrong += [
                f"{page}: MathJax cannot read the formula: {text}"
                for text in state.get("wrong", [])
            ]
            wrong += [
                f"{page}: ::: directive not rendered as a box: {text}"
                for text in state.get("marks", [])
            ]
            if state.get("wider", 0) > 0:
                wrong.append(f"{page}: {state['wider']} pixels wider than the window")
    return wrong


def _move_live_figures(site: Path, program: str) -> list[str]:
    """Move the controls of the live figures, and hold their numbers to the kernels."""
    from documentation.live import check, page  # noqa: PLC0415 - need Bokeh

    # In a browser of its own: JupyterLite's first page sends the tab elsewhere once it has loaded.
    with browser.serve(site) as address, browser.open_browser(program) as tab:
        tab.set_window(1280, 900)
        report = check.check_site(tab, address, [*page.FIGURES.values()])
    _log(
        f"live figures compared with the kernels at {report.compared} settings, "
        f"largest difference {report.largest:.0e}"
    )
    return report.problems


def _run_a_notebook(site: Path, program: str) -> list[str]:
    """Press the button that runs a notebook, run all cells, drag a slider; return the problems."""
    notebook = jupyterlite_test.SLIDER_NOTEBOOK
    with browser.serve(site) as address, browser.open_browser(program) as tab:
        tab.set_window(1280, 900)
        tab.visit(f"{address}/notebooks/{notebook}.html")
        run = jupyterlite_test.run_notebook(tab, tab.evaluate(BUTTON))
        _log(f"{notebook} in JupyterLite, without a network: {run}")
        wrong = [f"{notebook} in JupyterLite: {error}" for error in run.errors]
        if not slider_test.move_slider(tab, _log):
            wrong.append(f"{notebook} in JupyterLite: the slider does not change the figure")
    return wrong


def _log(what: str) -> None:
    print(f"docs-check: {time.monotonic() - STARTED:5.1f} s elapsed: {what}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
