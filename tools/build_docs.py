"""Build the documentation site, and check its links.

example: python tools/build_docs.py --out build/docs
"""

import argparse
import html
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from documentation import browser, jupyterlite, pages  # noqa: E402

STARTED = time.monotonic()
SIDES = ("top", "right", "bottom", "left")
UNCHECKED_FOLDERS = ("lite", "_static")  # written by other programs


# html.parser takes ten times as long for a site of a thousand pages.
NOT_SHOWN = re.compile(r"(?s)<!--.*?-->|(?<=<script>).*?(?=</script>)")
LINK = re.compile(
    r"""(?s)<(?:(?:a|link)\b[^>]*?\shref|(?:img|script|source)\b[^>]*?\ssrc)=(["'])(.*?)\1"""
)
# A link to `#` is right in the navigation, where it marks the page that is shown.
NOWHERE = re.compile(r"""(?s)<article\b(?:(?!</article>).)*?<a\b[^>]*?\shref=(["'])#\1""")
ANCHOR = re.compile(r"""(?s)<(?:\w+\b[^>]*?\sid|a\b[^>]*?\sname)=(["'])(.*?)\1""")


def main() -> int:
    """Build and check the site. Exit codes: 0 no problem, 1 problems or a failed build."""
    args = _arguments()
    bare = pages.stage_pages(args.work / "pages", args.notebooks)
    if bare:
        _log(f"not there yet, run make notebooks first: {', '.join(bare)}")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "2"]
    command += ["-c", str(ROOT / "docs"), str(args.work / "pages"), str(args.out)]
    if code := subprocess.run(command, check=False).returncode:  # noqa: S603
        return code
    shutil.copytree(args.report, args.out / "report", dirs_exist_ok=True)
    _log("pages built")
    if not args.no_lite:
        downloads = args.work.parent / "browser"
        missing = jupyterlite.build_site(args.out / "lite", args.work / "lite", downloads)
        _log("JupyterLite built")
        if missing:
            _log(f"Pyodide is not in the site, but at {jupyterlite.PYODIDE_URL}:\n{missing}")
    if program := browser.find_browser():
        _print_symbols(args.out, program)
    broken = broken_links(args.out, UNCHECKED_FOLDERS)
    found = [line for line in broken if not (args.no_lite and "lite/" in line)]
    _log(f"links checked, {len(found)} broken")
    for line in found:
        print(line)
    print(f"site: {args.out / 'index.html'}")
    return 1 if found else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Build the documentation site and check its links;\n"
        "check_docs.py loads its pages in a browser.",
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
    report = "folder of the report that make report has written (default: %(default)s)"
    parser.add_argument("--report", type=Path, default=build / "report", metavar="DIR", help=report)
    parser.add_argument("--no-lite", action="store_true", help="build the site without JupyterLite")
    return parser.parse_args()


def _print_symbols(site: Path, program: str) -> None:
    """Write the symbols as a PDF of one page beside their page."""
    with browser.serve(site) as address, browser.open_browser(program) as tab:
        tab.visit(f"{address}/{pages.SYMBOLS}.html")
        paper = {"format": "A4", "print_background": True, "margin": dict.fromkeys(SIDES, "1cm")}
        tab.page.pdf(path=site / f"{pages.SYMBOLS}.pdf", **paper)


class _Page(NamedTuple):
    links: list[str]
    anchors: set[str]
    leads_nowhere: bool


def broken_links(site: Path, ignored: tuple[str, ...] = ()) -> list[str]:
    """Return ``page: link: why`` for each link of the site's pages that leads nowhere."""

    @cache
    def read(path: Path) -> _Page:
        text = NOT_SHOWN.sub("", path.read_text("utf-8"))
        links, anchors = (
            [html.unescape(value) for _, value in pattern.findall(text)]
            for pattern in (LINK, ANCHOR)
        )
        return _Page(links, set(anchors), bool(NOWHERE.search(text)))

    found = []
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site)
        if name.parts[0] in ignored:
            continue
        if read(path).leads_nowhere:
            found.append(f"{name}: #: leads to no other page")
        for link, target, anchor in _relative_links(path, site, read(path).links):
            if not target.is_file():
                found.append(f"{name}: {link}: no such file")
            elif anchor and target.suffix == ".html" and anchor not in read(target).anchors:
                found.append(f"{name}: {link}: no such anchor in it")
    return found


def _relative_links(page: Path, site: Path, links: list[str]) -> Iterator[tuple[str, Path, str]]:
    for link in dict.fromkeys(links):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        path = unquote(parts.path)
        base = site / path.lstrip("/") if path.startswith("/") else page.parent / path
        target = Path(os.path.normpath(base)) if path else page
        if target.is_dir():
            target /= "index.html"
        anchor = unquote(parts.fragment)
        yield link, target, "" if target.parts[-1:] == ("search.html",) else anchor


def _log(what: str) -> None:
    print(f"docs: {time.monotonic() - STARTED:5.1f} s elapsed: {what}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
