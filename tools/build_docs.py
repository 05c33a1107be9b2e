"""Build the documentation's site, and look at it: links, figures, and every page in a real browser.

example: python tools/build_docs.py --out build/docs
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from documentation import browser, figures, jupyterlite, links, reference, staging  # noqa: E402

UNCHECKED_FOLDERS = ("lite", "_static")  # JupyterLite's own pages are written by its program
# Pages of one kind, made by Sphinx from the source; those of the kernels are looked at.
UNVISITED_PAGES = (
    *(f"{folder}/" for folder in (*UNCHECKED_FOLDERS, "_modules")),
    *(f"reference/modules/liaf_ref.{package}." for package in reference.PACKAGES[1:]),
)


def main() -> int:
    """Build and look; 1 if anything is wrong."""
    args = _arguments()
    bare = staging.stage_pages(args.work / "pages", args.notebooks)
    if bare:
        _log(f"missing, make notebooks and make test make them: {', '.join(bare)}")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "2"]
    command += ["-c", str(ROOT / "docs"), str(args.work / "pages"), str(args.out)]
    if code := subprocess.run(command, check=False).returncode:  # noqa: S603
        return code
    _log("pages built")
    if not args.no_lite:
        jupyterlite.build_site(args.out / "lite", args.work / "lite")
        _log("JupyterLite built")
    wrong = links.broken_links(args.out, UNCHECKED_FOLDERS)
    if args.no_lite:
        wrong = [line for line in wrong if "lite/" not in line]
    _log(f"links followed, {len(wrong)} dead")
    wrong += _figures(args.out / "notebooks", args.work / "pages" / "notebooks", bare)
    program = browser.find_browser()
    wrong += _check_in_browser(args.out, program) if program else []
    for line in wrong:
        print(line)
    if program is None:
        print("not looked at: no Chromium")
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Build the documentation's site and look at it.",
        epilog="example: python tools/build_docs.py --out build/docs",
    )
    build = ROOT / "build"
    parser.add_argument("--out", type=Path, default=build / "docs", metavar="DIR")
    parser.add_argument("--work", type=Path, default=build / "docs-work", metavar="DIR")
    parser.add_argument(
        "--notebooks",
        type=Path,
        default=build / "notebooks" / "solutions",
        metavar="DIR",
        help="what make notebooks has run (default: %(default)s)",
    )
    parser.add_argument("--no-lite", action="store_true", help="leave JupyterLite out")
    return parser.parse_args()


def _figures(pages: Path, notebooks: Path, bare: list[str]) -> list[str]:
    """Check that each notebook's page shows its figures, unless the notebook has not run."""
    books = [book for book in sorted(notebooks.glob("*.ipynb")) if book.stem not in bare]
    wrong = [line for book in books for line in figures.on_page(pages / f"{book.stem}.html", book)]
    _log(f"figures checked on {len(books)} notebooks' pages, {len(wrong)} cells wrong")
    return wrong


def _check_in_browser(site: Path, program: str) -> list[str]:
    """Load the pages in a browser; what is wrong with them, a line each."""
    pages = [page.relative_to(site) for page in sorted(site.rglob("*.html"))]
    pages = [page for page in pages if not page.as_posix().startswith(UNVISITED_PAGES)]
    if (site / "lite").exists():
        pages.append(Path("lite") / "index.html")
    wrong = []
    with browser.serve(site) as address, browser.open_browser(program) as tab:
        tab.set_window(1280, 900)
        for page in pages:
            visit = tab.visit(f"{address}/{page.as_posix()}")
            wrong += [f"{page}: {error}" for error in visit.errors]
            state = visit.state
            wrong += [f"{page}: not typeset: {text}" for text in state.get("untouched", [])]
            wrong += [f"{page}: no formula: {text}" for text in state.get("wrong", [])]
            wrong += [f"{page}: not made a box: {text}" for text in state.get("marks", [])]
            if state.get("wider", 0) > 0:
                wrong.append(f"{page}: {state['wider']} pixels wider than the window")
    _log(f"{len(pages)} pages looked at in a browser")
    return wrong


def _log(what: str) -> None:
    print(f"docs: {time.process_time():5.1f} s: {what}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
