"""Build the documentation site, and check its links, its figures and every page in a browser.

example: python tools/build_docs.py --out build/docs
"""

import argparse
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import jupyterlite_test  # noqa: E402
import slider_test  # noqa: E402
from documentation import (  # noqa: E402
    browser,
    figures,
    jupyterlite,
    links,
    pyodide,
    reference,
    staging,
)

WINDOWS = 2  # browsers that load the pages side by side
STARTED = time.monotonic()
UNCHECKED_FOLDERS = ("lite", "_static")  # JupyterLite's own pages are written by its program
# Pages of one kind, made by Sphinx from the source; only those of the kernels are checked.
UNVISITED_PAGES = (
    *(f"{folder}/" for folder in (*UNCHECKED_FOLDERS, "_modules")),
    *(f"api/modules/liaf_ref.{package}." for package in reference.PACKAGES[1:]),
)
BUTTON = "document.querySelector('a.sd-btn[href*=\"lite/lab\"]').href"


def main() -> int:
    """Build and check the site. Exit codes: 0 no problem, 1 problems or a failed build."""
    args = _arguments()
    bare = staging.stage_pages(args.work / "pages", args.notebooks)
    if bare:
        _log(f"not there yet, run make notebooks and make test first: {', '.join(bare)}")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "2"]
    command += ["-c", str(ROOT / "docs"), str(args.work / "pages"), str(args.out)]
    if code := subprocess.run(command, check=False).returncode:  # noqa: S603
        return code
    _log("pages built")
    if not args.no_lite:
        downloads = args.work.parent / "browser"
        missing = jupyterlite.build_site(args.out / "lite", args.work / "lite", downloads)
        _log("JupyterLite built")
        if missing:
            _log(f"Pyodide is not in the site; readers load it from {pyodide.URL}:\n{missing}")
    if program := browser.find_browser():
        _print_symbols(args.out, program)
    wrong = _figures(args.out / "notebooks", args.work / "pages" / "notebooks", bare)
    with ThreadPoolExecutor(1) as beside:
        broken = beside.submit(links.broken_links, args.out, UNCHECKED_FOLDERS)
        if program:
            checks = [_check_in_browser, _move_live_figures]
            checks += [] if args.no_lite or missing else [_run_a_notebook]
            for check in checks:
                try:
                    wrong += check(args.out, program)
                except TimeoutError as error:  # what else was found is printed all the same
                    wrong.append(f"{check.__name__}: {error}")
        found = [line for line in broken.result() if not (args.no_lite and "lite/" in line)]
    _log(f"links checked, {len(found)} broken")
    wrong += found
    for line in wrong:
        print(line)
    if program is None:
        print("pages not checked in a browser: no Chromium on this machine")
    print(f"site: {args.out / 'index.html'}")
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Build the documentation site. Check its links, the figures of its\n"
        "notebooks and, if Chromium is installed, every page in a browser.",
        epilog="example: python tools/build_docs.py --out build/docs",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    build = ROOT / "build"
    out = "folder of the site (default: %(default)s)"
    parser.add_argument("--out", type=Path, default=build / "docs", metavar="DIR", help=out)
    work = "folder of intermediate files (default: %(default)s)"
    parser.add_argument("--work", type=Path, default=build / "docs-work", metavar="DIR", help=work)
    parser.add_argument(
        "--notebooks",
        type=Path,
        default=build / "notebooks" / "solutions",
        metavar="DIR",
        help="folder of the notebooks that make notebooks has run (default: %(default)s)",
    )
    parser.add_argument("--no-lite", action="store_true", help="build the site without JupyterLite")
    return parser.parse_args()


def _print_symbols(site: Path, program: str) -> None:
    """Write the symbols as a PDF of one page beside their page."""
    with browser.serve(site) as address, browser.open_browser(program) as tab:
        tab.set_window(1280, 900)
        tab.visit(f"{address}/{staging.SYMBOLS}.html")
        tab.save_pdf(site / f"{staging.SYMBOLS}.pdf")


def _figures(pages: Path, notebooks: Path, bare: list[str]) -> list[str]:
    """Check that each notebook's page shows its figures, unless the notebook has not run."""
    books = [book for book in sorted(notebooks.glob("*.ipynb")) if book.stem not in bare]
    wrong = [line for book in books for line in figures.on_page(pages / f"{book.stem}.html", book)]
    _log(f"figures checked on {len(books)} pages of notebooks, {len(wrong)} cells with problems")
    return wrong


def _check_in_browser(site: Path, program: str) -> list[str]:
    """Load the pages in a browser and return one line per problem."""
    pages = [page.relative_to(site) for page in sorted(site.rglob("*.html"))]
    pages = [page for page in pages if not page.as_posix().startswith(UNVISITED_PAGES)]
    if (site / "lite").exists():
        pages.append(Path("lite") / "index.html")
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
    print(f"docs: {time.monotonic() - STARTED:5.1f} s elapsed: {what}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
