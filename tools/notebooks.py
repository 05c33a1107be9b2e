"""Build the notebooks from their sources, to fill in and with solutions, and check their runs.

A source is ``notebooks/NN-name.py`` in jupytext's percent format.  Five tags mean something:

solution
    A cell that answers an exercise.  The version to fill in keeps the comments at its top and
    has the rest in a folded cell below.
check
    Checks the answer above it with ``liaf_ref.exercises``; see ``_with_functions``.
definitions
    Imports from this package.  The notebook has the code of what is imported in their place.
hide-input
    Code that only draws; it is folded.
setup
    Imports; the notebook sets one thread for BLAS below them.

A link ``[Eq. (3)](eq:3)`` leads to the equation's page.  Sphinx's ``literalinclude`` with a
``pyobject`` shows a definition of the package, by its path in this repository.

example: python tools/notebooks.py build --out build/notebooks
"""

import argparse
import os
import re
import sys
import textwrap
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import lazy_loader
from documentation import excerpt
from documentation.tables import link_equations
from subprocesses import ROOT

jupytext, nbformat = map(lazy_loader.load, ("jupytext", "nbformat"))  # take seconds
RUN = ROOT / "build" / "notebooks" / "run"  # of make notebooks
VERSIONS = ("student", "solutions")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
# Added to the cell of imports: BLAS's threads only slow down products of this size.
ONE_THREAD = "\n\nfrom threadpoolctl import threadpool_limits\n\n_ = threadpool_limits(1)"
PLACEHOLDER = "# Your answer here."
CHECK = "# Run it after your answer; after a reload, first all cells above.\n"
CHECK_CODE = "# The check of the next cell."
SAVE_MARKS = """# For the teacher: write your name, run the cell, and download the file.
from liaf_ref.exercises import save_marks

save_marks("your name", "{{student}} {}.json",\n           {})"""
SOLUTION = "<details><summary>Solution</summary>\n\n```python\n{}\n```\n\n</details>"
CLASS_TABLE = "from liaf_ref.exercises import main\n\nraise SystemExit(main())\n"
MARKED = re.compile(r'^ *(?:@check|mark_quiz)\(\s*("(\w+)"(?:, "\w+")*)(?:, mark=(".+?"))?', re.M)
QUIZ = '"question 1", "question 2", "question 3"'  # its marks
SHOW = re.compile(r"^\s*show(?:_with_sliders)?\(", re.MULTILINE)  # of liaf_ref.plotting
NOT_ANSWERED, CORRECT = "not answered yet", "Correct."  # of liaf_ref.exercises


def sources() -> list[Path]:
    """Find the notebooks' sources, in their order."""
    return sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.py"))


def tags(cell: Any) -> list[str]:
    """What a cell is for."""
    return list(cell.metadata.get("tags", ()))


def build(source: Path, version: str, pages: str) -> Any:
    """Make a notebook without outputs, the same bytes each time.

    ``version`` is ``"student"``, ``"solutions"`` or ``"handout"``, the student's version without
    solutions, which saves the marks at its end.  ``pages`` is where the pages of the equations
    are, seen from the notebook; links to other pages of docs/ and its pictures change likewise.
    """
    book = jupytext.read(source, fmt="py:percent")
    docs = pages.rpartition("/")[0] or "."
    cells = [new for cell in _with_functions(book.cells) for new in _cells(cell, version)]
    if version == "handout":
        found = MARKED.findall("\n".join(cell.source for cell in cells))
        names = dict.fromkeys(mark or each.replace('", "', " and ") for each, _, mark in found)
        text = SAVE_MARKS.format(source.stem[:2], ", ".join(names)).replace('"answers"', QUIZ)
        cells.append(nbformat.v4.new_code_cell(text, metadata={"tags": ["exercise", "check"]}))
    for number, cell in enumerate(cells):
        cell["id"] = f"{source.stem[:2]}-{number:03d}"
        if cell.cell_type == "markdown":
            text = link_equations(cell.source, pages).replace("](../docs/", f"]({docs}/")
            cell.source = excerpt.include_definitions(text)
        if "hide-input" in tags(cell):
            cell.metadata["jupyter"] = {"source_hidden": True}  # for JupyterLab; the site has tags
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


def _with_functions(cells: list[Any]) -> list[Any]:
    """Fold each check above the answer, as a function; arrow keys reach its call, not the fold."""
    found: list[Any] = []
    for cell in cells:
        if "check" in tags(cell) and "solution" in tags(found[-1]):
            (marked,) = MARKED.finditer(cell.source)
            call, start = f"check_{marked[2]}()", marked.start()
            code = textwrap.indent(cell.source[start:], "    ")
            text = f"{CHECK_CODE}\n{cell.source[:start]}def {call}:\n{code}"
            found.insert(-1, nbformat.v4.new_code_cell(text, metadata={"tags": ["hide-input"]}))
            cell.source = f"{CHECK}{call}"
        found.append(cell)
    return found


def _cells(cell: Any, version: str) -> Iterator[Any]:
    if "definitions" in tags(cell):
        cell.source = excerpt.write_out_imports(cell.source)
    if "setup" in tags(cell):
        cell.source += ONE_THREAD
    if version == "solutions" or "solution" not in tags(cell):
        yield cell
        return
    comments = takewhile(lambda line: line.startswith("#"), cell.source.splitlines())
    text = "\n".join([*comments, PLACEHOLDER])
    yield nbformat.v4.new_code_cell(text, metadata={"tags": ["exercise"]})
    if version == "student":
        folded = SOLUTION.format(cell.source)
        yield nbformat.v4.new_markdown_cell(folded)


def build_run(source: Path) -> Any:
    """Make what is executed; what is above the first exercise runs once for both versions."""
    student, solutions = (_code_cells(build(source, version, "")) for version in VERSIONS)
    pairs = zip(student, solutions, strict=True)
    shared = next((n for n, (a, b) in enumerate(pairs) if a.source != b.source), len(student))
    cells = [*student, *solutions[shared:]]
    for number, cell in enumerate(cells):
        cell["id"] = f"run-{number:03d}"
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


def _code_cells(book: Any) -> list[Any]:
    return [cell for cell in book.cells if cell.cell_type == "code"]


def copy_outputs(run: Any, book: Any) -> bool:
    """Copy the outputs of a notebook that has run; whether it has all cells, in the same order."""
    rest = iter(_code_cells(run))
    for number, cell in enumerate(_code_cells(book), start=1):
        if "exercise" not in tags(cell):
            other = next((one for one in rest if one.source == cell.source), None)
            if other is None:
                return False
            cell.outputs, cell.execution_count = other.outputs, number
    return any(cell.outputs for cell in _code_cells(run))


def build_all(version: str, pages: str, run: Path = RUN) -> Iterator[tuple[str, Any]]:
    """Build the notebooks, by their names, with the outputs of those of a folder that have run."""
    for source in sources():
        book, path = build(source, version, pages), run / f"{source.stem}.ipynb"
        if not (path.exists() and copy_outputs(nbformat.read(path, as_version=4), book)):
            raise SystemExit(f"{path}: expected outputs of its present text; run make notebooks")
        yield source.stem, book


def checks_answered(book: Any, expected: str) -> Iterator[str]:
    """Yield each cell with a check that does not print what is expected."""
    for cell in _code_cells(book):
        printed = "".join(output.get("text", "") for output in cell.outputs)
        if "check" in tags(cell) and expected not in printed:
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


def problems(out: Path) -> Iterator[str]:
    """Write both versions with the outputs of DIR/run, and name each cell that is wrong."""
    for version, expected in zip(VERSIONS, (NOT_ANSWERED, CORRECT), strict=True):
        (out / version).mkdir(exist_ok=True)
        pages = os.path.relpath(ROOT / "docs" / "equations", (out / version).resolve())
        for name, book in build_all(version, Path(pages).as_posix(), out / "run"):
            nbformat.write(book, out / version / f"{name}.ipynb")
            wrong = [*checks_answered(book, expected)]
            wrong += figures_shown(book) if version == "solutions" else ()
            yield from (f"{version}/{name}, {line}" for line in wrong)


def write_runs(out: Path) -> Iterator[Path]:
    """Write what is executed, in DIR/run."""
    (out / "run").mkdir(parents=True, exist_ok=True)
    for source in sources():
        nbformat.write(build_run(source), path := out / "run" / f"{source.stem}.ipynb")
        yield path


def write_lab(out: Path, version: str = "student") -> Iterator[Path]:
    """Write what a student works in; of what is there, only pages and pictures are replaced."""
    excerpt.write_pages(out)
    for source in sources():
        path = out / f"{source.stem}.ipynb"
        if not path.exists():
            nbformat.write(build(source, version, "equations"), path)
            yield path


def write_handout(out: Path) -> Iterator[Path]:
    """Write the same without any solution, and a script that makes a table of the marks."""
    yield from write_lab(out, "handout")
    (out / "class_table.py").write_text(CLASS_TABLE)


ACTIONS = {"build": write_runs, "lab": write_lab, "handout": write_handout, "check": problems}


def main() -> int:
    """Write the notebooks, or check those that have run."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    listed = "; ".join(f"{name}: {about.__doc__}" for name, about in ACTIONS.items())
    parser.add_argument("action", choices=ACTIONS, help=listed)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder")
    args = parser.parse_args()
    lines = list(ACTIONS[args.action](args.out))
    print(*lines or [f"{len(sources())} notebooks: nothing wrong, nothing to write"], sep="\n")
    return args.action == "check" and bool(lines)


if __name__ == "__main__":
    sys.exit(main())
