"""The notebooks as pages: with outputs where they have run, solutions folded away."""

import re
from pathlib import Path
from typing import Any

import nbformat

import notebooks

ROOT = Path(__file__).resolve().parents[2]
EQUATIONS_PATH = "../equations"
FIGURE_PROMPT = (
    "Code of the figure"  # above a folded cell; above a solution docs/conf.py has its own
)
# Opens the notebook of that name in the JupyterLite site.
BUTTON = """

```{{button-link}} ../lite/lab/index.html?path={stem}.ipynb
:color: primary
Run in the browser
```
"""


def write_notebook_pages(out: Path, executed: Path) -> list[str]:
    """Write every notebook with its solutions, and with its outputs if they are of this text.

    Parameters
    ----------
    out : Path
        Folder to write to.
    executed : Path
        Folder of the notebooks that ``make notebooks`` has run.

    Returns
    -------
    list of str
        Names of those that have no outputs, because they have not run or have changed since.
    """
    out.mkdir(parents=True, exist_ok=True)
    bare = []
    for source in notebooks.sources():
        book = notebooks.build(source, "solutions", EQUATIONS_PATH)
        if not _copy_outputs(book, executed / f"{source.stem}.ipynb"):
            bare.append(source.stem)
        for cell in book.cells:
            tags = cell.metadata.get("tags", [])
            if "hide-input" in tags:
                prompts = dict.fromkeys(("code_prompt_show", "code_prompt_hide"), FIGURE_PROMPT)
                cell.metadata["mystnb"] = prompts
            elif "solution" in tags:
                cell.metadata["tags"] = [*tags, "hide-input"]
            if cell.cell_type == "markdown":
                cell.source = as_myst(cell.source)
        _add_button(book, source.stem)
        nbformat.write(book, out / f"{source.stem}.ipynb")
    return bare


def _add_button(book: Any, stem: str) -> None:
    """Put the button that runs the notebook in the browser below its title."""
    first = book.cells[0]
    title, _, text = first.source.partition("\n")
    first.source = f"{title}{BUTTON.format(stem=stem)}{text}"


def as_myst(text: str) -> str:
    """Put Jupyter's boxes, HTML with Markdown inside, as MyST's."""
    box = re.compile(r'<div class="alert alert-(\w+)">\n(.*?)\n</div>', re.DOTALL)
    kinds = {"info": "important", "warning": "warning", "success": "tip", "danger": "danger"}

    def fence(found: re.Match[str]) -> str:
        title, body = _split_title(found[2].strip())
        return f":::{{admonition}} {title}\n:class: {kinds.get(found[1], 'note')}\n{body}\n:::"

    return box.sub(fence, text)


def _split_title(body: str) -> tuple[str, str]:
    found = re.match(r"\*\*(.+?)\*\*\s*", body)
    return (found[1], body[found.end() :]) if found else ("Note", body)


def _copy_outputs(book: Any, executed: Path) -> bool:
    if not executed.exists():
        return False
    cells = [c for c in nbformat.read(executed, as_version=4).cells if c.cell_type == "code"]
    ours = [c for c in book.cells if c.cell_type == "code"]
    if [c.source for c in cells] != [c.source for c in ours]:
        return False
    if not any(c.outputs for c in cells):
        return False
    for cell, old in zip(ours, cells, strict=True):
        cell.outputs, cell.execution_count = old.outputs, old.execution_count
    return True
