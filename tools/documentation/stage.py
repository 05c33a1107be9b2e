"""Lay the pages out for Sphinx: docs/, the notebooks, and what lies beside docs/.

On GitHub a page links to files of the repository; in the site the same link leads to a page of
the site, to a module's source as the site shows it, or to a copy of the file.
"""

import os
import re
import shutil
from pathlib import Path

import promises

from documentation import books, chart, contents, reference

ROOT = Path(__file__).resolve().parents[2]
BESIDE = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
BOOK = re.compile(r"\[([^\]]*)\]\(\S*notebooks/([\w-]+\.py)\)")
FENCE = re.compile(r"^(```+|:::+).*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)


def stage(out: Path, executed: Path) -> list[str]:
    """Write the tree that Sphinx reads.

    Parameters
    ----------
    out : Path
        Folder; what it holds is replaced.
    executed : Path
        Folder of the notebooks with solutions and outputs, from ``make notebooks``.

    Returns
    -------
    list of str
        What the reader of the build should know: notebooks that have no outputs, figures that
        the last test run has not measured.
    """
    shutil.rmtree(out, ignore_errors=True)
    ignored = shutil.ignore_patterns("conf.py", "_static", "_templates", "__pycache__")
    shutil.copytree(ROOT / "docs", out, ignore=ignored)
    for source, page in BESIDE.items():
        shutil.copy(ROOT / source, out / page)
    for path in sorted(out.rglob("*.md")):
        home = _home(path.relative_to(out))
        path.write_text(_relink(path.read_text("utf-8"), home, path.parent, out), "utf-8")
    (out / "map.md").write_text(chart.page(), "utf-8")
    bare = books.stage(out / "notebooks", executed)
    reference.write(out / "reference")
    contents.write(out)
    return bare + _figures(out / promises.PAGE.name)


def _figures(page: Path) -> list[str]:
    """Write the last test run's figures into the promises, and name those that it lacks."""
    if not promises.RUN.exists():
        return ["the figures of make test"]
    found = promises.measured(promises.RUN)
    page.write_text(promises.filled(page.read_text("utf-8"), found), "utf-8")
    return [f"the figure {name}" for name in promises.table() if name not in found]


def _home(page: Path) -> Path:
    """Where a page of the site lives in the repository."""
    for source, staged in BESIDE.items():
        if page == Path(staged):
            return Path(source)
    return Path("docs") / page


def _relink(text: str, home: Path, folder: Path, out: Path) -> str:
    def written(found: re.Match[str]) -> str:
        """Keep the name alone of a notebook that is not written yet."""
        return found[0] if (ROOT / "notebooks" / found[2]).exists() else found[1]

    def new(found: re.Match[str]) -> str:
        target, anchor = found[1], found[2] or ""
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        path = Path(os.path.normpath(home.parent / target))
        return f"]({_seen_from(path, folder, out)}{anchor})"

    pieces, last = [], 0
    for fence in FENCE.finditer(text):  # code is left alone
        pieces += [LINK.sub(new, BOOK.sub(written, text[last : fence.start()])), fence[0]]
        last = fence.end()
    return "".join([*pieces, LINK.sub(new, BOOK.sub(written, text[last:]))])


def _seen_from(path: Path, folder: Path, out: Path) -> str:
    """Where a file of the repository is in the site, seen from a page's folder."""
    if path.parts[:1] == ("docs",):
        target = out / path.relative_to("docs")
        if path.name == "map.toml":
            target = target.with_suffix(".md")
    elif str(path) in BESIDE:
        target = out / BESIDE[str(path)]
    elif path == Path("README.md"):
        target = out / "index.md"
    elif path == Path("notebooks"):
        target = out / "notebooks" / "index.md"
    elif path.parts[:1] == ("notebooks",):
        target = out / path.with_suffix(".ipynb")
    else:
        return _file(path, folder, out)
    return Path(os.path.relpath(target, folder)).as_posix()


def _file(path: Path, folder: Path, out: Path) -> str:
    """Link a file that is no page: to its source in the site, or to a copy."""
    if path.parts[:1] == ("liaf_ref",) and path.suffix == ".py":
        module = path.parent if path.name == "__init__.py" else path.with_suffix("")
        if reference.documented(".".join(module.parts)):
            target = out / "_modules" / module
            return f"site:{Path(os.path.relpath(target, folder)).as_posix()}.html"
    copy = out / "files" / path
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / path, copy)
    return Path(os.path.relpath(copy, folder)).as_posix()
