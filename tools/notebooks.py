"""Build the notebooks from their sources, to fill in and with solutions, and check their runs.

A source is ``notebooks/NN-name.py`` in jupytext's percent format.  Five tags mean something:

solution
    A cell that answers an exercise.  The version to fill in keeps the comments at its top and
    has the rest in a folded cell below.
check
    Checks an answer with ``liaf_ref.exercises``; it says so if there is none yet.
definitions
    Imports from this package.  The notebook has the code of what is imported in their place.
hide-input
    Code that only draws; it is folded.
setup
    Imports; nothing is done with it here.

A link ``[Eq. (3)](eq:3)`` leads to the equation's page.  Sphinx's ``literalinclude`` with a
``pyobject`` shows a definition of the package, by its path in this repository.

example: python tools/notebooks.py --out build/notebooks
"""

import argparse
import os
import posixpath
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lazy_loader
from documentation.excerpt import include_definitions, write_out_imports
from documentation.tables import equation_section

jupytext, nbformat = map(lazy_loader.load, ("jupytext", "nbformat"))  # take seconds
ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "notebooks"
EQUATIONS = ROOT / "docs" / "equations"
PROJECT = "final-project.md"
COURSE = ROOT / "docs" / "learn" / "course.md"
VERSIONS = ("student", "solutions")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
# Added to the cell of imports: BLAS's threads only slow down products of this size.
ONE_THREAD = "\n\nfrom threadpoolctl import threadpool_limits\n\n_ = threadpool_limits(1)"
PLACEHOLDER = "# Your answer here."
SHOW = re.compile(r"^\s*show(?:_with_sliders)?\(", re.MULTILINE)  # of liaf_ref.plotting
NOT_ANSWERED, CORRECT = "not answered yet", "Correct."  # of liaf_ref.exercises


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
        ``"student"``, ``"solutions"`` or ``"handout"``, the student's version without solutions.
    pages : str
        Where the pages of the equations are, seen from the notebook; links to
        other pages of docs/ and its pictures are changed likewise.

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
            text = re.sub(
                r"\(eq:(\d+)\)", lambda eq: f"({pages}/{equation_section(eq[1])})", cell.source
            )
            docs = posixpath.normpath(posixpath.join(pages, ".."))
            text = text.replace("](../docs/", f"]({docs}/")
            cell.source = include_definitions(text)
        if "hide-input" in cell.metadata.get("tags", []):
            cell.metadata["jupyter"] = {"source_hidden": True}  # for JupyterLab; the site has tags
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


def _cells(cell: Any, version: str) -> Iterator[Any]:
    if "definitions" in cell.metadata.get("tags", []):
        cell.source = write_out_imports(cell.source)
    if "setup" in cell.metadata.get("tags", []):
        cell.source += ONE_THREAD
    if version == "solutions" or "solution" not in cell.metadata.get("tags", []):
        yield cell
        return
    lines = cell.source.splitlines()
    text = [line for line, _ in zip(lines, leading_comments(lines), strict=False)]
    yield nbformat.v4.new_code_cell(
        "\n".join([*text, PLACEHOLDER]), metadata={"tags": ["exercise"]}
    )
    if version == "student":
        code = f"```python\n{cell.source}\n```"
        folded = f"<details><summary>Solution</summary>\n\n{code}\n\n</details>"
        yield nbformat.v4.new_markdown_cell(folded)


def leading_comments(lines: list[str]) -> Iterator[str]:
    """The comments at the top of a cell, which the version to fill in keeps."""
    for line in lines:
        if not line.startswith("#"):
            return
        yield line


def build_run(source: Path) -> Any:
    """Make the notebook that is executed: the student's version, then the solutions.

    A student also runs all cells, fills in the answers, and runs the exercises again.  One kernel
    does this in half the time of two, because the cells before the first exercise run once.
    """
    student, solutions = (_code_cells(build(source, version, "")) for version in VERSIONS)
    cells = [*student, *solutions[_shared(student, solutions) :]]
    for number, cell in enumerate(cells):
        cell["id"] = f"run-{number:03d}"
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


def _code_cells(book: Any) -> list[Any]:
    return [cell for cell in book.cells if cell.cell_type == "code"]


def _shared(student: list[Any], solutions: list[Any]) -> int:
    """How many cells are the same, up to the first solution."""
    pairs = zip(student, solutions, strict=True)
    return next((n for n, (a, b) in enumerate(pairs) if a.source != b.source), len(student))


def copy_outputs(run: Any, student: Any, solutions: Any) -> None:
    """Copy the outputs of a notebook from :func:`build_run` to both versions."""
    one, two = _code_cells(student), _code_cells(solutions)
    ran, first = run.cells, _shared(one, two)
    for cells, sources in ((one, ran[: len(one)]), (two, [*ran[:first], *ran[len(one) :]])):
        for number, (cell, source) in enumerate(zip(cells, sources, strict=True), start=1):
            if cell.source != source.source:
                raise ValueError(f"{cell.id}: changed since it ran; build and run it again")
            cell.outputs, cell.execution_count = source.outputs, number


def add_outputs(book: Any, executed: Path) -> bool:
    """Copy the outputs of the notebook that has run with its solutions; whether it is of this text.

    Exercises, which are not answered in the version of students, have none.
    """
    ran = _code_cells(nbformat.read(executed, as_version=4)) if executed.exists() else []
    rest = iter(ran)
    for cell in _code_cells(book):
        if "exercise" not in cell.metadata.get("tags", ()):
            other = next((one for one in rest if one.source == cell.source), None)
            if other is None:
                return False
            cell.outputs, cell.execution_count = other.outputs, other.execution_count
    return any(cell.outputs for cell in ran)


def checks_answered(book: Any, expected: str) -> Iterator[str]:
    """Yield each cell with a check that does not print what is expected."""
    for cell in _code_cells(book):
        printed = "".join(output.get("text", "") for output in cell.outputs)
        if "check" in cell.metadata.get("tags", []) and expected not in printed:
            yield f"cell {cell.id}: expected to print {expected!r}, got {printed!r}"
        elif expected != NOT_ANSWERED and NOT_ANSWERED in printed:
            yield f"cell {cell.id}: {printed}"


def figures_shown(book: Any) -> Iterator[str]:
    """Yield each cell whose images are not as many as the figures that it shows."""
    for cell in _code_cells(book):
        asked = len(SHOW.findall(cell.source))
        data = [output.get("data", ()) for output in cell.outputs]
        images = sum(any(kind.startswith("image/") for kind in each) for each in data)
        if asked != images:
            yield f"cell {cell.id}: expected {asked} figures by show, got {images}"


def main() -> int:
    """Write the notebooks, or check those that have run."""
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
        "--handout",
        action="store_true",
        help="write only the version to fill in, without any solution, with the pages of the "
        "equations and the final project, over the notebooks in DIR",
    )
    what.add_argument(
        "--check",
        action="store_true",
        help="build nothing; check the notebooks in DIR/run, which must have run: figures are "
        "shown, no exercise is marked before it is answered, each solution is correct; write "
        "the outputs to DIR/student and DIR/solutions",
    )
    args = parser.parse_args()
    if args.check:
        if not any((args.out / "run").glob("*.ipynb")):
            parser.error(f"{args.out}: expected notebooks that have run; run make notebooks")
        return _check(args.out)
    if args.handout and any(args.out.glob("*.ipynb")) and not (args.out / PROJECT).exists():
        parser.error(f"{args.out}: expected a handout to replace, got other notebooks")
    write = write_lab if args.lab else write_handout if args.handout else write_versions
    for path in write(args.out):
        print(path)
    if args.handout:
        print(f"handout: {args.out}")
    return 0


def _check(out: Path) -> int:
    """Print each cell that is wrong; 1 if there is one."""
    wrong, count = [], 0
    for source in sources():
        paths = [out / version / f"{source.stem}.ipynb" for version in VERSIONS]
        student, solutions = (nbformat.read(path, as_version=4) for path in paths)
        run = nbformat.read(out / "run" / f"{source.stem}.ipynb", as_version=4)
        copy_outputs(run, student, solutions)
        for book, path, expected in zip(
            (student, solutions), paths, (NOT_ANSWERED, CORRECT), strict=True
        ):
            nbformat.write(book, path)
            wrong += [
                f"{path.parent.name}/{path.name}, {line}"
                for line in checks_answered(book, expected)
            ]
        wrong += [f"{paths[1].name}, {line}" for line in figures_shown(solutions)]
        count += 1
    print(*wrong or [f"figures, exercises and solutions checked in {count} notebooks"], sep="\n")
    return 1 if wrong else 0


def write_versions(out: Path) -> Iterator[Path]:
    """Write both versions and what is executed, in a folder each, over what is there."""
    for version in (*VERSIONS, "run"):
        folder = out / version
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.ipynb"):
            old.unlink()
        pages = Path(os.path.relpath(EQUATIONS, folder.resolve())).as_posix()
        for source in sources():
            path = folder / f"{source.stem}.ipynb"
            book = build_run(source) if version == "run" else build(source, version, pages)
            nbformat.write(book, path)
            yield path


def write_lab(out: Path, version: str = "student") -> Iterator[Path]:
    """Write what a student works in: of what is there, only pages and pictures are replaced."""
    from documentation import jupyterlite  # noqa: PLC0415 - which loads this file

    jupyterlite.write_pages(out)
    for source in sources():
        path = out / f"{source.stem}.ipynb"
        if not path.exists():
            nbformat.write(build(source, version, "equations"), path)
            yield path


def write_handout(out: Path) -> Iterator[Path]:
    """Write what a teacher hands out, over what is there: with the course's final project."""
    from documentation import jupyterlite  # noqa: PLC0415 - which loads this file

    for old in out.glob("[0-9][0-9]-*.ipynb"):
        old.unlink()
    yield from write_lab(out, "handout")
    _, heading, text = jupyterlite.plain_markdown(COURSE).partition("## Final project\n")
    project = out / PROJECT
    project.write_text(f"{heading.removeprefix('#')}{text}", "utf-8")
    yield project


if __name__ == "__main__":
    sys.exit(main())
