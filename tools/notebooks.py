"""Build the notebooks from their sources: a version to fill in and one with the solutions.

A source is ``notebooks/NN-name.py`` in jupytext's percent format.  Three tags mean something:

solution
    A cell that answers an exercise.  The version to fill in keeps the comments at its top and
    has the rest in a folded cell below.
check
    Checks an answer with ``liaf_ref.exercises``; it says so if there is none yet.
setup
    Imports; nothing is done with it here.

A link ``[Eq. (3)](eq:3)`` leads to the equation's page.  Sphinx's ``literalinclude`` with a
``pyobject`` shows a definition of the package, by its path in this repository.

example: python tools/notebooks.py --out build/notebooks
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from documentation import figures
from documentation.excerpt import include_definitions

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "notebooks"
EQUATIONS = ROOT / "docs" / "equations"
VERSIONS = ("student", "solutions")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
PLACEHOLDER = "# Your answer here."


def sources() -> list[Path]:
    """Find the notebooks' sources, in their order."""
    return sorted(SOURCES.glob("[0-9][0-9]-*.py"))


def build(source: Path, version: str, pages: str) -> Any:
    """Make a notebook.

    Parameters
    ----------
    source : Path
        One of :func:`sources`.
    version : str
        ``"student"`` or ``"solutions"``.
    pages : str
        Where the pages of the equations are, seen from the notebook.

    Returns
    -------
    NotebookNode
        Without outputs; the same bytes each time.
    """
    book = jupytext.read(source, fmt="py:percent")
    cells = [new for cell in book.cells for new in _cells(cell, version)]
    for number, cell in enumerate(cells):
        cell["id"] = f"{source.stem[:2]}-{number:03d}"
        if cell.cell_type == "markdown":
            text = re.sub(r"\(eq:(\d+)\)", rf"({pages}/eq\1.md)", cell.source)
            cell.source = include_definitions(text)
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


def _cells(cell: Any, version: str) -> Iterator[Any]:
    if version == "solutions" or "solution" not in cell.metadata.get("tags", []):
        yield cell
        return
    lines = cell.source.splitlines()
    text = [line for line, _ in zip(lines, _leading_comments(lines), strict=False)]
    yield nbformat.v4.new_code_cell(
        "\n".join([*text, PLACEHOLDER]), metadata={"tags": ["exercise"]}
    )
    folded = f"<details><summary>Solution</summary>\n\n```python\n{cell.source}\n```\n\n</details>"
    yield nbformat.v4.new_markdown_cell(folded)


def _leading_comments(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if not line.startswith("#"):
            return
        yield line


def main() -> int:
    """Write every notebook in both versions."""
    parser = argparse.ArgumentParser(
        description="Build notebooks/*.py as Jupyter notebooks, to fill in and with solutions.",
        epilog="example: python tools/notebooks.py --out build/notebooks",
    )
    out, folder = ROOT / "build" / "notebooks", "folder to write to (default: %(default)s)"
    parser.add_argument("--out", type=Path, default=out, metavar="DIR", help=folder)
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--lab",
        action="store_true",
        help="write only the version to fill in, with the pages of the equations; notebooks "
        "that exist already are not changed",
    )
    what.add_argument(
        "--check-figures",
        action="store_true",
        help="build nothing; check that the notebooks with solutions in DIR, which must have run, "
        "show every figure they create",
    )
    args = parser.parse_args()
    if args.check_figures:
        return _check_figures(args.out / "solutions")
    for path in write_lab(args.out) if args.lab else write_versions(args.out):
        print(path)
    return 0


def _check_figures(folder: Path) -> int:
    """Print each cell that does not show the figures it makes; 1 if there is one."""
    books = [folder / f"{source.stem}.ipynb" for source in sources()]
    wrong = [line for book in books for line in figures.in_notebook(book)]
    print(*wrong or [f"figures checked in {len(books)} notebooks"], sep="\n")
    return 1 if wrong else 0


def write_versions(out: Path) -> Iterator[Path]:
    """Write both versions, in a folder each, over what is there."""
    for version in VERSIONS:
        folder = out / version
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.ipynb"):
            old.unlink()
        pages = Path(os.path.relpath(EQUATIONS, folder.resolve())).as_posix()
        for source in sources():
            path = folder / f"{source.stem}.ipynb"
            nbformat.write(build(source, version, pages), path)
            yield path


def write_lab(out: Path) -> Iterator[Path]:
    """Write what a student works in: nothing that is there is written over but equations."""
    from documentation import jupyterlite  # noqa: PLC0415 - which loads this file

    jupyterlite.write_equation_pages(out / "equations")
    for source in sources():
        path = out / f"{source.stem}.ipynb"
        if not path.exists():
            nbformat.write(build(source, "student", "equations"), path)
            yield path


if __name__ == "__main__":
    sys.exit(main())
