"""Load the documentation site in a browser: its pages, its live figures and its notebooks.

example: python tools/check_docs.py build/docs --notebooks 01 09
"""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from documentation import browser, reference
from subprocesses import ROOT

from liaf_ref._core.text import count

LIVE_PICTURES = ROOT / "docs" / "_static" / "live"
WINDOWS = 2  # browsers that load the pages side by side
STARTED = time.monotonic()
LITE = "lite"  # folder of JupyterLite
# JupyterLite's pages are written by its program; the report's has tests of its own.  Of the pages
# of one kind that Sphinx makes from the source, only those of the kernels are checked.
UNVISITED_PAGES = (
    *(f"{folder}/" for folder in (LITE, "_static", "_modules", "report")),
    *(f"api/modules/liaf_ref.{package}." for package in reference.PACKAGES[1:]),
)
SLIDER_NOTEBOOK = "01"
TIMEOUT_SECONDS = 300  # the five minutes from a README's first line to a slider
BUTTON = "document.querySelector('a.sd-btn[href*=\"lite/lab\"]').href"
PANEL = "[...jupyterapp.shell.widgets('main')][0]"
READY = f"""Boolean(window.jupyterapp && {PANEL}?.content?.model?.cells?.length) &&
{PANEL}.sessionContext.kernelDisplayStatus === 'idle'"""
RUN_ALL_CELLS = """window.finished = false;
jupyterapp.commands.execute('notebook:run-all-cells').finally(() => { window.finished = true; });
true"""
NOTEBOOK_ERRORS = f"""{PANEL}.content.widgets
.filter(cell => cell.model.type === 'code').flatMap(cell => cell.model.outputs.toJSON())
.filter(output => output.output_type === 'error')
.map(output => output.ename + ': ' + output.evalue)"""
SLIDER_VISIBLE = "['.noUi-handle', 'img.widget-image'].every(name => document.querySelector(name))"
# JupyterLab lays out only the cells near the window, so the notebook itself scrolls to the cell.
SCROLL_TO_SLIDER = f"""(async () => {{
  const notebook = {PANEL}.content;
  const has = cell => cell.node.querySelector('.noUi-handle');
  await notebook.scrollToItem(notebook.widgets.findIndex(has), 'center');
  document.querySelector('.noUi-handle').scrollIntoView({{block: 'center'}});
  return true;
}})()"""
FIGURE_HASH = """(async () => {
  const answer = await fetch(document.querySelector('img.widget-image').src);
  const hash = await crypto.subtle.digest('SHA-256', await answer.arrayBuffer());
  return [...new Uint8Array(hash)].join();
})()"""
# The controls and panels of a live figure, without the table of numbers.
LIVE_BOX = """(() => {
  const box = document.querySelector('.live').getBoundingClientRect();
  const bottom = document.querySelector('.live-summary').getBoundingClientRect().bottom;
  return {x: box.x - 8, y: box.y - 8, width: box.width + 16, height: bottom - box.y + 8};
})()"""


def main() -> int:
    """Check a site. Exit codes: 0 no problem or no browser, 1 problems, 2 no site."""
    parser = argparse.ArgumentParser(
        description="Load every page of the built documentation in Chromium, move its live\n"
        "figures, and run notebooks in JupyterLite.",
        epilog="example: python tools/check_docs.py build/docs --notebooks 01 09",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    folder, numbers = "folder of the site that make docs has built", "numbers of those to run"
    default = ROOT / "build" / "docs"
    parser.add_argument("site", nargs="?", type=Path, default=default, metavar="DIR", help=folder)
    books = [SLIDER_NOTEBOOK]
    parser.add_argument("--notebooks", nargs="*", default=books, metavar="NN", help=numbers)
    pictures = "check nothing; take the pictures of the live figures for docs/_static/live"
    parser.add_argument("--pictures", action="store_true", help=pictures)
    args = parser.parse_args()
    site: Path = args.site
    if not (site / "index.html").exists():
        parser.error(f"{site}: expected a built site, got no index.html; run make docs")
    program = browser.find_browser()
    if program is None:
        print("pages not checked in a browser: no Chromium on this machine")
        return 0
    if args.pictures:
        _take_pictures(site, program)
        return 0
    wrong: list[str] = []
    for check in (_check_in_browser, _move_live_figures):
        try:
            wrong += check(site, program)
        except TimeoutError as error:  # what else was found is printed all the same
            wrong.append(f"{check.__name__}: {error}")
    if any((site / LITE).rglob("pyodide.js")):  # else a notebook needs a network
        wrong += _run_notebooks(site, program, args.notebooks)
    for line in wrong:
        print(line)
    print(f"{count(len(wrong), 'problem')} in {site}")
    return 1 if wrong else 0


def _check_in_browser(site: Path, program: str) -> list[str]:
    """Load the pages in a browser and return one line per problem."""
    pages = [page.relative_to(site) for page in sorted(site.rglob("*.html"))]
    pages = [page for page in pages if not page.as_posix().startswith(UNVISITED_PAGES)]
    with ThreadPoolExecutor(WINDOWS) as pool:
        shares = [pages[first::WINDOWS] for first in range(WINDOWS)]
        found = pool.map(lambda share: list(_visit(site, program, share)), shares)
    _log(f"{len(pages)} pages checked in a browser")
    return [line for lines in found for line in lines]


def _visit(site: Path, program: str, pages: list[Path]) -> Iterator[str]:
    """Load pages in a browser of their own and yield one line per problem."""
    with browser.open_site(site, program) as (address, tab):
        for page in pages:
            problems, wider = tab.visit(f"{address}/{page.as_posix()}")
            yield from (f"{page}: {problem}" for problem in problems)
            if wider > 0:
                yield f"{page}: {wider} pixels wider than the window"


def _move_live_figures(site: Path, program: str) -> list[str]:
    """Move the controls of the live figures, and hold their numbers to the kernels."""
    from documentation.live import check  # noqa: PLC0415 - needs Bokeh

    with browser.open_site(site, program) as (address, tab):
        report = check.check_site(tab, address)
    _log(
        f"live figures compared with the kernels at {report.compared} settings, "
        f"largest difference {report.largest:.0e}"
    )
    return report.problems


def _take_pictures(site: Path, program: str) -> None:
    """Take the pictures that pages show on GitHub and without JavaScript."""
    from documentation.live import check  # noqa: PLC0415 - needs Bokeh

    with browser.open_site(site, program) as (address, tab):
        for name in check.FIGURES:
            tab.visit(f"{address}/learn/{name}.html")
            tab.wait_until(check.STARTED)
            path, box = LIVE_PICTURES / f"{name}.png", tab.page.evaluate(LIVE_BOX)
            tab.page.screenshot(path=path, full_page=True, clip=box)


def _run_notebooks(site: Path, program: str, numbers: list[str]) -> list[str]:
    """Press the buttons that run notebooks, run all cells, drag a slider; return the problems."""
    wrong = []
    pages = sorted((site / "notebooks").glob("[0-9][0-9]-*.html"))
    for page in (page for page in pages if page.stem[:2] in numbers):
        with browser.open_site(site, program) as (address, tab):
            tab.visit(f"{address}/notebooks/{page.name}")
            errors = _run_notebook(tab)
            if page.stem[:2] == SLIDER_NOTEBOOK and not _move_slider(tab):
                errors.append("the slider does not change the figure")
        _log(f"{page.stem} in JupyterLite, without a network: {count(len(errors), 'problem')}")
        wrong += [f"{page.stem} in JupyterLite: {error}" for error in errors]
    return wrong


def _run_notebook(tab: browser.Tab) -> list[str]:
    """Open the notebook to which the page's button leads, and run all its cells."""
    tab.errors.clear()
    tab.page.goto(tab.page.evaluate(BUTTON))
    tab.wait_until(READY, TIMEOUT_SECONDS)
    tab.page.evaluate(RUN_ALL_CELLS)
    tab.wait_until("window.finished", 1800)
    errors: list[str] = tab.page.evaluate(NOTEBOOK_ERRORS)
    return errors + [text for text in tab.errors if "asks for" in text]


def _move_slider(tab: browser.Tab) -> bool:
    """Move the first slider of the notebook that runs by a key, and say if its figure changed."""
    tab.wait_until(SLIDER_VISIBLE, TIMEOUT_SECONDS)
    for _ in range(2):  # cells are laid out as they come near the window, and move the others
        time.sleep(2)
        tab.page.evaluate(SCROLL_TO_SLIDER)
    before = tab.page.evaluate(FIGURE_HASH)
    tab.page.press(".noUi-handle >> nth=0", "ArrowRight")
    try:
        tab.wait_until(f"{FIGURE_HASH}.then(seen => seen !== '{before}')")
    except TimeoutError:
        return False
    return True


def _log(what: str) -> None:
    print(f"docs-check: {time.monotonic() - STARTED:5.1f} s elapsed: {what}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
