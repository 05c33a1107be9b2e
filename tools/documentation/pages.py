"""Lay the pages out for Sphinx: docs/, the notebooks, and what lies beside docs/.

On GitHub a page links to files of the repository; in the site the same link leads to a page of
the site, to a module's source as the site shows it, or to a copy of the file.  The notebooks are
also written as Colab and Binder open them: without solutions, with outputs, far links and badges.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Any

from subprocesses import ROOT

import notebooks
from documentation import RUNS, SITE, course, excerpt, link_to_site, reference, tables

ROOT_PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
# Where the site has what lies elsewhere in the repository.
PLACES = {
    **{"README.md": "index.md", "docs/map.toml": "map.md"},
    **{"liaf_ref": "api/index.rst", "notebooks": "notebooks/index.md"},
    **ROOT_PAGES,
}
LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
FENCE = re.compile(r"(^(```+|:::+).*?^\2[ \t]*$)", re.MULTILINE | re.DOTALL)
# Below the title of a notebook: where it runs without an installation.
BUTTON = """

```{{button-link}} {}
:color: primary
Run in the browser
```

[Open in Colab]({}) · [Open in Binder]({}) · [Download](site:{}.ipynb)
"""
BADGES = {
    "Colab": "https://colab.research.google.com/assets/colab-badge.svg",
    "Binder": "https://mybinder.org/badge_logo.svg",
}
PACKAGES = "git+https://github.com/liaf-ref/liaf_ref", "ipywidgets", "autograd"  # of Binder
PICTURES = "https://raw.githubusercontent.com/liaf-ref/liaf_ref/main/docs/"


def stage_pages(out: Path) -> None:
    """Write the tree that Sphinx reads."""
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(ROOT / "docs", out, ignore=shutil.ignore_patterns("conf.py", "__pycache__"))
    homes = {path: Path("docs") / path.relative_to(out) for path in out.rglob("*.md")}
    homes |= {out / page: Path(source) for source, page in ROOT_PAGES.items()}
    for path, home in sorted(homes.items()):
        path.write_text(_site_text(home, path.parent, out), "utf-8")
    for name, text in course.session_pages():
        home, folder = course.HOME / "course.md", out / "learn"
        (folder / f"{name}.md").write_text(rewrite_links(text, home, folder, out), "utf-8")
    (out / "map.md").write_text(tables.map_page(), "utf-8")
    write_notebook_pages(out / "notebooks")
    reference.write_reference(out / "api")


def _site_text(home: Path, folder: Path, out: Path) -> str:
    """A page with its tables, the code of its equations, its live figure, and the site's links."""
    from documentation.live import PART, figures  # noqa: PLC0415 - need Bokeh, unlike the rest

    static = os.path.relpath(out / "_static", folder)

    def code(found: excerpt.Excerpt) -> str:
        marks = f":emphasize-lines: {','.join(map(str, found.marked_lines))}\n"
        options = f":lineno-start: {found.first_line}\n{marks if found.marked_lines else ''}"
        return f"```{{code-block}} python\n{options}\n{found.text}\n```"

    def live_figure(part: re.Match[str]) -> str:
        return f"```{{raw}} html\n{figures.FIGURES[part[1]].html(static, part[2])}\n```\n"

    text = rewrite_links(tables.fill((ROOT / home).read_text("utf-8")), home, folder, out)
    return PART.sub(live_figure, excerpt.replace_equations(text, code))


def rewrite_links(text: str, home: Path, folder: Path, out: Path) -> str:
    """Point the links of a page at its place in the site; code is left alone."""

    def new(found: re.Match[str]) -> str:
        target, anchor = found[1], found[2] or ""
        if target.startswith(SITE) and target != SITE:  # what only the site has
            kind, place = "query:" if "?" in target else "site:", target.removeprefix(SITE)
        elif "://" in target or target.startswith("mailto:"):
            return found[0]
        else:
            kind, place = _place(Path(os.path.normpath(home.parent / target)), out)
        return f"]({kind}{Path(os.path.relpath(out / place, folder)).as_posix()}{anchor})"

    pieces = FENCE.split(text)  # text, code, its fence, text ...
    pieces[::3] = [LINK.sub(new, piece) for piece in pieces[::3]]
    del pieces[2::3]
    return "".join(pieces)


def _place(path: Path, out: Path) -> tuple[str, Path]:
    """Where a file of the repository is in the site, after ``site:`` if Sphinx has no source."""
    top, inner = path.parts[0], Path(*path.parts[1:])
    if path.as_posix() in PLACES:
        return "", Path(PLACES[path.as_posix()])
    if top == "docs":
        return "site:" if path.suffix == ".js" else "", inner
    if top == "notebooks":
        return "", path.with_suffix(".ipynb")
    if top == "liaf_ref" and path.suffix == ".py":
        module = path.parent if path.name == "__init__.py" else path.with_suffix("")
        if ".".join(module.parts) in reference.documented_modules():
            return "site:", Path("_modules", f"{module}.html")
    copy = Path("files") / path
    (out / copy).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / path, out / copy)
    return "", copy


def write_notebook_pages(out: Path) -> None:
    """Write every notebook with its solutions and its outputs."""
    for name, book in notebooks.build_all("solutions", "../equations"):
        for cell in book.cells:
            tags = notebooks.tags(cell)
            if "hide-input" in tags:
                of = "check" if cell.source.startswith(notebooks.CHECK_CODE) else "figure"
                prompts = "code_prompt_show", "code_prompt_hide"  # of a solution: docs/conf.py
                cell.metadata["mystnb"] = dict.fromkeys(prompts, f"Code of the {of}")
            elif "solution" in tags:
                cell.metadata["tags"] = [*tags, "hide-input"]
        links = (run.format(name).replace(SITE, "../") for run in RUNS.values())
        _add_below_title(book, BUTTON.format(*links, name))
        notebooks.nbformat.write(book, out / f"{name}.ipynb")


def write_published(out: Path) -> None:
    """Write what Colab and Binder open, and what Binder installs."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "requirements.txt").write_text("\n".join((*PACKAGES, "")), "utf-8")
    install = f"# On Colab or Binder: install liaf_ref.\n%pip install -q {' '.join(PACKAGES)}"
    for name, book in notebooks.build_all("handout", "equations"):
        link_to_site(book)
        for cell in book.cells:
            cell.source = cell.source.replace("](./", f"]({PICTURES}")
        badges = (
            f"[![Open in {place}]({picture})]({RUNS[place].format(name)})"
            for place, picture in BADGES.items()
        )
        _add_below_title(book, f"\n\n{' '.join(badges)}\n")
        cell = notebooks.nbformat.v4.new_code_cell(install, id=f"{name[:2]}-install")
        book.cells.insert(1, cell)
        notebooks.nbformat.write(book, out / f"{name}.ipynb")


def _add_below_title(book: Any, text: str) -> None:
    title, _, rest = book.cells[0].source.partition("\n")
    book.cells[0].source = f"{title}{text}{rest}"
