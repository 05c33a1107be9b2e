"""Lay the pages out for Sphinx: docs/, the notebooks, and what lies beside docs/.

On GitHub a page links to files of the repository; in the site the same link leads to a page of
the site, to a module's source as the site shows it, or to a copy of the file.
"""

import os
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import notebooks
from documentation import browser, reference, tables

ROOT = Path(__file__).resolve().parents[2]
ROOT_PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
SITE = "https://liaf-ref.github.io/liaf_ref/"
SYMBOLS = "learn/symbols"  # is printed as a PDF, too
LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
NOTEBOOK_LINK = re.compile(r"\[([^\]]*)\]\(\S*notebooks/([\w-]+\.py)\)")
CONTENTS_FILE = "contents.toml"
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
FENCE = re.compile(r"^(```+|:::+).*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)


def stage_pages(out: Path, executed: Path) -> list[str]:
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
        Names of the notebooks that have no outputs, because they have not run.
    """
    from documentation.live import page as live_page  # noqa: PLC0415 - needs Bokeh, unlike the rest

    shutil.rmtree(out, ignore_errors=True)
    ignored = shutil.ignore_patterns("conf.py", "_templates", "__pycache__")
    shutil.copytree(ROOT / "docs", out, ignore=ignored)
    for source, page in ROOT_PAGES.items():
        shutil.copy(ROOT / source, out / page)
    for path in sorted(out.rglob("*.md")):
        home = _repository_path(path.relative_to(out))
        text = tables.fill(path.read_text("utf-8"))
        path.write_text(rewrite_links(text, home, path.parent, out), "utf-8")
    (out / "map.md").write_text(tables.map_page(), "utf-8")
    live_page.lay_out(out)
    if browser.find_browser():
        _link_pdf(out / f"{SYMBOLS}.md")
    bare = write_notebook_pages(out / "notebooks", executed)
    reference.write_reference(out / "api")
    append_toctrees(out)
    return bare


def _link_pdf(page: Path) -> None:
    """Link the PDF of a page under its title."""
    title, _, text = page.read_text("utf-8").partition("\n")
    page.write_text(f"{title}\n\n[One page, as PDF](site:{page.stem}.pdf)\n{text}", "utf-8")


def _repository_path(page: Path) -> Path:
    """Where a page of the site lives in the repository."""
    for source, staged in ROOT_PAGES.items():
        if page == Path(staged):
            return Path(source)
    return Path("docs") / page


def rewrite_links(text: str, home: Path, folder: Path, out: Path) -> str:
    """Point the links of a page at its place in the site."""

    def written(found: re.Match[str]) -> str:
        """Keep the name alone of a notebook that is not written yet."""
        return found[0] if (ROOT / "notebooks" / found[2]).exists() else found[1]

    def new(found: re.Match[str]) -> str:
        target, anchor = found[1], found[2] or ""
        if target.startswith(SITE) and target != SITE:  # what only the site has
            file = os.path.relpath(out / target.removeprefix(SITE), folder)
            return f"](site:{Path(file).as_posix()}{anchor})"
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        path = Path(os.path.normpath(home.parent / target))
        return f"]({_site_link(path, folder, out)}{anchor})"

    pieces, last = [], 0
    for fence in FENCE.finditer(text):  # code is left alone
        pieces += [LINK.sub(new, NOTEBOOK_LINK.sub(written, text[last : fence.start()])), fence[0]]
        last = fence.end()
    return "".join([*pieces, LINK.sub(new, NOTEBOOK_LINK.sub(written, text[last:]))])


def _site_link(path: Path, folder: Path, out: Path) -> str:
    """Where a file of the repository is in the site, seen from a page's folder."""
    if path.parts[:2] == ("docs", "_static") and path.suffix == ".js":
        return f"site:{Path(os.path.relpath(out / path.relative_to('docs'), folder)).as_posix()}"
    if path.parts[:1] == ("docs",):
        target = out / path.relative_to("docs")
        if path.name == "map.toml":
            target = target.with_suffix(".md")
    elif str(path) in ROOT_PAGES:
        target = out / ROOT_PAGES[str(path)]
    elif path == Path("README.md"):
        target = out / "index.md"
    elif path == Path("liaf_ref"):
        target = out / "api" / "index.md"
    elif path == Path("notebooks"):
        target = out / "notebooks" / "index.md"
    elif path.parts[:1] == ("notebooks",):
        target = out / path.with_suffix(".ipynb")
    else:
        return _file_link(path, folder, out)
    return Path(os.path.relpath(target, folder)).as_posix()


def _file_link(path: Path, folder: Path, out: Path) -> str:
    """Link a file that is no page: to its source in the site, or to a copy."""
    if path.parts[:1] == ("liaf_ref",) and path.suffix == ".py":
        module = path.parent if path.name == "__init__.py" else path.with_suffix("")
        if reference.is_documented(".".join(module.parts)):
            target = out / "_modules" / module
            return f"site:{Path(os.path.relpath(target, folder)).as_posix()}.html"
    copy = out / "files" / path
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / path, copy)
    return Path(os.path.relpath(copy, folder)).as_posix()


def load_contents(folder: Path) -> dict[str, list[str]]:
    """What lies below each page."""
    below: dict[str, list[str]] = tomllib.loads((folder / CONTENTS_FILE).read_text("utf-8"))[
        "below"
    ]
    return below


def append_toctrees(out: Path) -> None:
    """Append a hidden toctree to every page that has others below it."""
    for page, below in load_contents(out).items():
        path = next(p for kind in (".md", ".rst") if (p := out / f"{page}{kind}").exists())
        tree = "\n".join(["", *(f"/{page}" for page in below)])
        text = f"```{{toctree}}\n:hidden:\n{tree}\n```"
        if path.suffix == ".rst":
            text = f".. toctree::\n   :hidden:\n{tree}".replace("\n/", "\n   /")
        path.write_text(f"{path.read_text('utf-8').rstrip()}\n\n{text}\n", "utf-8")


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
        if not notebooks.add_outputs(book, executed / f"{source.stem}.ipynb"):
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
        notebooks.nbformat.write(book, out / f"{source.stem}.ipynb")
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
