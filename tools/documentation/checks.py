"""Checks of what was built: links inside the site, and the figures of notebooks that have run.

The number of figures that a cell makes is read from its code; the number that it shows is counted
in its outputs.  The two must be equal, so that neither a missing nor a double figure passes.
"""

import ast
import html
import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

# html.parser takes ten times as long for a site of a thousand pages.
NOT_SHOWN = re.compile(r"(?s)<!--.*?-->|(?<=<script>).*?(?=</script>)")
LINK = re.compile(
    r"""(?s)<(?:(?:a|link)\b[^>]*?\shref|(?:img|script|source)\b[^>]*?\ssrc)=(["'])(.*?)\1"""
)
# A link to `#` is right in the navigation, where it marks the page that is shown.
NOWHERE = re.compile(r"""(?s)<article\b(?:(?!</article>).)*?<a\b[^>]*?\shref=(["'])#\1""")
ANCHOR = re.compile(r"""(?s)<(?:\w+\b[^>]*?\sid|a\b[^>]*?\sname)=(["'])(.*?)\1""")


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


# Calls that make one figure each, as a notebook writes them.
MAKERS = frozenset(
    {"Figure", "plt.figure", "plt.subplots", "plt.subplot_mosaic"}
    | {"plot_frames", "plot_traces", "plot_unrolled", "show_with_sliders"}  # of liaf_ref.plotting
)
ADVICE = "make each with Figure(...) and end the cell with show(figure)"


def figures_made(sources: list[str]) -> list[list[str]]:
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


def figure_problems(path: Path) -> list[str]:
    """Compare the figures made with the images in the outputs of a notebook that has run.

    Returns
    -------
    list of str
        ``notebook, cell: what is wrong`` for each cell that shows too few or too many.
    """
    cells = json.loads(path.read_text("utf-8"))["cells"]
    cells = [cell for cell in cells if cell["cell_type"] == "code"]
    names = figures_made(["".join(cell["source"]) for cell in cells])
    wrong = []
    for cell, calls in zip(cells, names, strict=True):
        outputs = (output.get("data", ()) for output in cell["outputs"])
        shown = sum(any(kind.startswith("image/") for kind in data) for data in outputs)
        if len(calls) != shown:
            by = f" ({', '.join(calls)})" if calls else ""
            counts = f"figures made: {len(calls)}{by}, shown: {shown}"
            wrong.append(f"{path.name}, cell {cell['id']}: {counts}; {ADVICE}")
    return wrong


def _calls(node: ast.AST) -> Iterator[str]:
    """Name the functions called, but not those called inside a function that is only defined."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield ast.unparse(child.func)
        if not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield from _calls(child)
