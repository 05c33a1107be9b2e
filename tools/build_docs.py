"""Build the documentation site: its pages, its report, and the notebooks in the browser.

example: python tools/build_docs.py --out build/docs
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

from documentation import browser, jupyterlite, pages
from subprocesses import ROOT

STARTED = time.monotonic()
BUILD = ROOT / "build"
WORK = BUILD / "docs-work"  # of intermediate files
SIDES = ("top", "right", "bottom", "left")


def main() -> int:
    """Build the site. Exit codes: 0 built, or that of Sphinx."""
    parser = argparse.ArgumentParser(
        description="Build the documentation site; check_docs.py loads its pages in a browser.",
        epilog="example: python tools/build_docs.py --out build/docs",
    )
    folder = "folder of the site (default: %(default)s)"
    parser.add_argument("--out", type=Path, default=BUILD / "docs", metavar="DIR", help=folder)
    out: Path = parser.parse_args().out
    if bare := pages.stage_pages(WORK / "pages", BUILD / "notebooks" / "solutions"):
        _log(f"not there yet, run make notebooks first: {', '.join(bare)}")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "2"]
    command += ["-c", str(ROOT / "docs"), str(WORK / "pages"), str(out)]
    if code := subprocess.run(command, check=False).returncode:  # noqa: S603
        return code
    shutil.copytree(BUILD / "report", out / "report", dirs_exist_ok=True)
    _log("pages built")
    missing = jupyterlite.build_site(out / "lite", WORK / "lite", BUILD / "browser")
    _log("JupyterLite built")
    if missing:
        _log(f"Pyodide is not in the site, but at {jupyterlite.PYODIDE_URL}:\n{missing}")
    if program := browser.find_browser():
        _print_symbols(out, program)
    print(f"site: {out / 'index.html'}")
    return 0


def _print_symbols(site: Path, program: str) -> None:
    """Write the symbols as a PDF of one page beside their page."""
    with browser.open_site(site, program) as (address, tab):
        tab.visit(f"{address}/{pages.SYMBOLS}.html")
        paper = {"format": "A4", "print_background": True, "margin": dict.fromkeys(SIDES, "1cm")}
        tab.page.pdf(path=site / f"{pages.SYMBOLS}.pdf", **paper)


def _log(what: str) -> None:
    print(f"docs: {time.monotonic() - STARTED:5.1f} s elapsed: {what}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
