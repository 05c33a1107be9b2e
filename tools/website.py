"""Build the documentation site in build/docs, or load what is there in a browser.

The check loads pages, moves the live figures, and runs notebooks in JupyterLite.

example: python tools/website.py --check --notebooks 01 09
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial

from documentation import browser, jupyterlite, pages, reference
from documentation.live.figures import FIGURES
from playwright.sync_api import Error
from subprocesses import ROOT, check_output

Check = Callable[[browser.Tab, str], Iterator[str]]  # of a tab and the site's address: problems
BUILD = ROOT / "build"
SITE, WORK = BUILD / "docs", BUILD / "docs-work"  # the latter of intermediate files
SPHINX = (sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "2")
SYMBOLS = "learn/symbols"  # is printed as a PDF, too
TALL = {"width": 1280, "height": 1600}  # a window for a whole figure
SCALES = "typeof slidesReady === 'undefined' ? [] : slidesReady"
SMALLEST = 0.6  # scale of a slide's text that is still readable in a lecture room
# JupyterLite's pages are written by its program; the report has tests of its own.  Of the pages of
# one kind that Sphinx makes from the source, only those of the kernels are checked.
UNVISITED_PAGES = (
    *(f"{folder}/" for folder in ("lite", "_static", "_modules", "report", "slides/reveal")),
    *(f"api/modules/liaf_ref.{package}." for package in reference.PACKAGES[1:]),
)
TIMEOUT = 300_000  # milliseconds: the five minutes from a README's first line to a slider
BUTTON = "document.querySelector('a.sd-btn[href*=\"lite/notebooks\"]').href"
PANEL = "[...jupyterapp.shell.widgets('main')][0]"
READY = f"""Boolean(window.jupyterapp && {PANEL}?.content?.model?.cells?.length) &&
{PANEL}.sessionContext.kernelDisplayStatus === 'idle'"""
RUN_ALL_CELLS = "jupyterapp.commands.execute('notebook:run-all-cells').then(() => true)"
NOTEBOOK_ERRORS = f"""{PANEL}.content.widgets
.filter(cell => cell.model.type === 'code').flatMap(cell => cell.model.outputs.toJSON())
.filter(output => output.output_type === 'error')
.map(output => output.ename + ': ' + output.evalue)"""
# JupyterLab lays out only the cells near the window, unless it is told otherwise.
LAY_OUT_ALL = f"""{PANEL}.content.notebookConfig =
{{...{PANEL}.content.notebookConfig, windowingMode: 'none'}}; true"""
LINK = ".jp-Notebook a:text('Eq.') >> nth=0"  # to another page of the site
FIGURE = "fetch(document.querySelector('img.widget-image').src).then(answer => answer.text())"


def main() -> int:
    """Build or check. Exit codes: 0 no problem or no browser, 1 problems."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="load what was built in Chromium")
    numbers, books = "numbers of those that --check runs (default: 01)", ["01"]
    parser.add_argument("--notebooks", nargs="*", default=books, metavar="NN", help=numbers)
    args = parser.parse_args()
    program = browser.find_browser()
    if not args.check:
        build_site(program)
        return 0
    if program is None:
        print("pages not checked in a browser: no Chromium on this machine")
        return 0
    wrong = list(problems(program, args.notebooks))
    print(*wrong, f"problems: {len(wrong)}, in {SITE}", sep="\n")
    return bool(wrong)


def build_site(program: str | None) -> None:
    """Build the pages, the report and JupyterLite; `SystemExit` with what Sphinx warns of."""
    pages.stage_pages(WORK / "pages")
    check_output(*SPHINX, "-c", str(ROOT / "docs"), str(WORK / "pages"), str(SITE))
    for folder in ("report", "slides"):
        shutil.copytree(BUILD / folder, SITE / folder, dirs_exist_ok=True)
    pages.write_published(BUILD / "published")
    shutil.copytree(BUILD / "published", SITE / "notebooks", dirs_exist_ok=True)
    jupyterlite.build_site(SITE / "lite", WORK / "lite")
    if program:
        with browser.open_site(SITE, program) as (address, tab):
            tab.visit(f"{address}/{SYMBOLS}.html")
            path = SITE / f"{SYMBOLS}.pdf"
            tab.page.pdf(path=path, print_background=True, prefer_css_page_size=True)
    print(f"site: {SITE / 'index.html'}")


def problems(program: str, notebooks: list[str]) -> Iterator[str]:
    """Check the pages, the live figures and notebooks, each in a browser of its own."""
    found = [page.relative_to(SITE).as_posix() for page in sorted(SITE.rglob("*.html"))]
    found = [page for page in found if not page.startswith(UNVISITED_PAGES)]
    starts = tuple(f"notebooks/{number}-" for number in notebooks)
    checks: list[Check] = [partial(load_pages, found), move_live_figures]
    checks += (partial(run_notebook, page) for page in found if page.startswith(starts))
    for check in checks:
        with browser.open_site(SITE, program) as (address, tab):
            try:
                yield from check(tab, address)
            except Error as error:  # a wait that is too long is a problem like another
                yield f"{tab.page.url}: {error}"


def load_pages(pages: list[str], tab: browser.Tab, address: str) -> Iterator[str]:
    """Load pages and yield a line for each problem; slides have a scale of their text each."""
    scales = [1.0]
    for page in pages:
        yield from (f"{page}: {problem}" for problem in tab.visit(f"{address}/{page}"))
        scales += (found := tab.page.evaluate(SCALES))
        small = (n for n, scale in enumerate(found, 1) if scale < SMALLEST)
        yield from (f"{page}: too much text for slide {n}" for n in small)
    print(f"{len(pages)} pages, {len(scales) - 1} slides; the smallest text: {min(scales):.2f}")


def move_live_figures(tab: browser.Tab, address: str) -> Iterator[str]:
    """Hold the numbers to the kernels at every control, reached by a link; take the pictures."""
    tab.visit(f"{address}/index.html")
    tab.page.click(f"strong a[href$='learn/{next(iter(FIGURES))}.html']")
    tab.page.wait_for_url(f"**/learn/{next(iter(FIGURES))}.html")
    for name, figure in FIGURES.items():
        tab.visit(f"{address}/learn/{name}.html")
        yield from (f"{name}: {text}" for text in browser.check_figure(tab.page, figure))
        tab.page.set_viewport_size(TALL)
        tab.page.goto(f"{address}/learn/{name}.html?#steps=100")  # of training, if it trains
        tab.page.wait_for_function(browser.STARTED)
        tab.page.evaluate(browser.STATE)
        tab.page.locator(".live-figure").screenshot(path=BUILD / "live" / f"{name}.png")
        tab.page.set_viewport_size(browser.WINDOW)


def run_notebook(page: str, tab: browser.Tab, address: str) -> Iterator[str]:
    """Press the button of a notebook's page, run all cells, and move the slider of the first."""
    tab.visit(f"{address}/{page}")
    tab.errors.clear()
    tab.page.goto(tab.page.evaluate(BUTTON))
    tab.page.wait_for_function(READY, timeout=TIMEOUT)
    tab.page.evaluate(LAY_OUT_ALL)
    tab.page.wait_for_function(RUN_ALL_CELLS, timeout=6 * TIMEOUT)
    errors = tab.page.evaluate(NOTEBOOK_ERRORS)
    yield from (f"{page} in JupyterLite: {error}" for error in errors)
    yield from (f"{page} in JupyterLite {text}" for text in tab.errors if "asks for" in text)
    with tab.page.expect_popup() as opened:
        tab.page.click(LINK)
    opened.value.wait_for_url(f"{address}/*/*.html*")
    if page.startswith("notebooks/01"):  # which has a slider: a key brings another figure
        tab.page.wait_for_selector("img.widget-image", timeout=TIMEOUT)
        tab.page.evaluate(f"{FIGURE}.then(seen => {{ window.before = seen; }})")
        tab.page.press(".noUi-handle >> nth=0", "ArrowRight")
        tab.page.wait_for_function(f"{FIGURE}.then(seen => seen !== window.before)")
    print(f"{page} in JupyterLite, without a network")


if __name__ == "__main__":
    sys.exit(main())
