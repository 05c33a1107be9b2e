"""What `make docs` and `make docs-check` are made of, and a table for any page."""

import re
import shutil
from collections.abc import Collection, Iterable, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

SITE = "https://liaf-ref.github.io/liaf_ref/"
# Where a notebook runs without an installation, by its link.  The documentation's workflow pushes
# what Colab and Binder open, to the branch of this name.
RUNS = {
    "Run in the browser": f"{SITE}lite/notebooks/index.html?path={{}}.ipynb",
    "Colab": "https://colab.research.google.com/github/liaf-ref/liaf_ref/blob/notebooks/{}.ipynb",
    "Binder": "https://mybinder.org/v2/gh/liaf-ref/liaf_ref/notebooks?labpath={}.ipynb",
}
NEAR_LINK = re.compile(r"\]\((?:\./)?(\w+/[\w-]+)\.md")  # of a notebook, to a page of docs/
MATHJAX_FONTS = "output/chtml/fonts/woff-v2"


def copy_mathjax(target: Path) -> None:
    """Copy MathJax and its fonts, from sphinx-mathjax-offline: pages need no network."""
    files = Path(str(distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline")))
    source = files / "static" / "mathjax"
    shutil.copytree(source / MATHJAX_FONTS, target / MATHJAX_FONTS, dirs_exist_ok=True)
    shutil.copy(source / "tex-chtml.js", target)


def link_to_site(book: Any) -> None:
    """Let the links of a notebook to pages of docs/ lead to those of the site."""
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = NEAR_LINK.sub(rf"]({SITE}\1.html", cell.source)


def markdown_table(rows: Iterable[Sequence[str]], right: Collection[int] = ()) -> str:
    """A table, its heads in the first row; columns of these numbers are aligned to the right."""
    head, *lines = rows
    rule = ["---:" if k in right else "---" for k in range(len(head))]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, rule, *lines))
