"""Check that every figure a notebook makes is shown, in the notebook that has run and on its page.

The number of figures that a cell makes is read from its code; the number that it shows is counted
in its outputs.  The two must be equal, so that neither a missing nor a double figure passes.
"""

import ast
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

# Calls that make one figure each, as a notebook writes them.
MAKERS = frozenset(
    {"Figure", "plt.figure", "plt.subplots", "plt.subplot_mosaic"}
    | {"plot_frames", "plot_traces", "plot_unrolled", "show_with_sliders"}  # of liaf_ref.plotting
)
ADVICE = "make each with Figure(...) and end the cell with show(figure)"


def made(sources: list[str]) -> list[list[str]]:
    """Name the calls that make a figure when a cell runs.

    A call inside a function counts where the notebook calls that function.  A call in a loop
    counts once.

    Parameters
    ----------
    sources : list of str
        The code cells of a notebook, in order.

    Returns
    -------
    list of list of str
        For each cell, the functions called, one for each figure.
    """
    makers, found = set(MAKERS), []
    for source in sources:
        tree = ast.parse(source)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and makers & {*_calls(ast.Module(node.body, []))}:
                makers.add(node.name)
        found.append([name for name in _calls(tree) if name in makers])
    return found


def in_notebook(path: Path) -> list[str]:
    """Compare the figures made with the images in the outputs of a notebook that has run.

    Returns
    -------
    list of str
        ``notebook, cell: what is wrong`` for each cell that shows too few or too many.
    """
    cells = _code_cells(path)
    return _differences(path, cells, [_images(cell["outputs"]) for cell in cells])


def on_page(page: Path, notebook: Path) -> list[str]:
    """Compare the figures that a notebook makes with the images on its HTML page.

    Parameters
    ----------
    page : Path
        The page, as MyST-NB writes it.
    notebook : Path
        The notebook that the page was made from.

    Returns
    -------
    list of str
        As from :func:`in_notebook`.
    """
    cells, reader = _code_cells(notebook), _Cells()
    reader.feed(page.read_text("utf-8"))
    if len(reader.images) != len(cells):
        return [f"{page.name}: expected {len(cells)} code cells, got {len(reader.images)}"]
    return _differences(page, cells, reader.images)


class _Cells(HTMLParser):
    """Count the images in each code cell's output."""

    def __init__(self) -> None:
        super().__init__()
        self.images: list[int] = []
        self.open: list[list[str]] = []  # the classes of each <div> around

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "div":
            self.open.append((dict(attrs).get("class") or "").split())
            if "cell" in self.open[-1]:
                self.images.append(0)
        elif tag == "img" and any("cell_output" in classes for classes in self.open):
            self.images[-1] += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "div":
            self.open.pop()


def _calls(node: ast.AST) -> Iterator[str]:
    """Name the functions called, but not those called inside a function that is only defined."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield ast.unparse(child.func)
        if not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield from _calls(child)


def _code_cells(notebook: Path) -> list[dict[str, Any]]:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def _images(outputs: list[dict[str, Any]]) -> int:
    return sum(any(kind.startswith("image/") for kind in o.get("data", ())) for o in outputs)


def _differences(file: Path, cells: list[dict[str, Any]], shown: list[int]) -> list[str]:
    wrong = []
    names = made(["".join(cell["source"]) for cell in cells])
    for cell, calls, images in zip(cells, names, shown, strict=True):
        if len(calls) != images:
            by = f" ({', '.join(calls)})" if calls else ""
            counts = f"figures made: {len(calls)}{by}, shown: {images}"
            wrong.append(f"{file.name}, cell {cell['id']}: {counts}; {ADVICE}")
    return wrong
