"""Make slides of the notebooks by rule: reveal.js pages through nbconvert.

A heading, a box, an exercise and a question start a slide.  Of each paragraph and list item the
first sentence is shown, and what is short enough after it or defines a word, but nothing that
speaks of the notebook; the whole text is in the speaker's notes (key S).  Of a long function
signature and docstring are shown, of cells tagged ``hide-input`` what they print and draw;
``setup``, ``check`` and solutions are left out.  A script of the page continues what does not fit
on further slides.

example: python tools/slides.py
"""

import argparse
import ast
import html
import re
import shutil
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import lazy_loader
from documentation import copy_mathjax
from markdown_it import MarkdownIt
from subprocesses import ROOT
from traitlets.config import Config

import notebooks

nbconvert, nbformat = map(lazy_loader.load, ("nbconvert", "nbformat"))  # take seconds
TEMPLATE = ROOT / "tools" / "slides_template"
ANSWERED = ROOT / "build" / "notebooks" / "solutions"
SHOWN = 110  # characters of a paragraph: the first sentences up to this, one at least
LONGEST = 10  # lines of code that are shown as they are
OF_NOTEBOOKS = re.compile(r"^\(|\b([Nn]otebooks?|You need|(next|this|one|all) cells?|cell below)\b")
# A sentence with an emphasised word, or one that says what a name means.
DEFINITION = re.compile(r"\*\w[^*`]*\*|\b(means|denotes|(is|are) called)\b|^An? `\w+` is ")
LEFT_OUT = frozenset({"setup", "check"})
WIDGET = "application/vnd.jupyter.widget-view+json"
LOCAL_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]*\)")
SENTENCE_END = re.compile(r"(?<=[.?!:])(?<!Eq\.)(?<!Eqs\.)(?<!Fig\.)(?:  +|\n)(?=\S)")
TASK = re.compile(r"\*\*(?:Exercise )?\d+\.\*\*")
LIST = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<title>LIAF-Net: slides</title><link rel="icon" href="data:,"><h1>LIAF-Net: slides</h1>
"""


def slide_notebook(book: Any) -> Any:
    """Make the notebook that nbconvert shows as slides."""
    cells: list[Any] = []
    title, notes = "", list[str]()

    def add(text: str, kind: str = "") -> None:
        slideshow = {"slideshow": {"slide_type": kind}} if kind else {}
        cells.append(nbformat.v4.new_markdown_cell(text, metadata=slideshow))

    for cell in book.cells:
        if cell.cell_type == "code":
            cells += _code_cells(cell)
            continue
        for kind, text in _markdown_blocks(LOCAL_LINK.sub(r"\1", cell.source)):
            if kind == "heading":
                if notes:
                    add("\n\n".join(notes), "notes")
                title, notes = text.lstrip("# "), []
                add(text, "subslide" if text.startswith("### ") else "slide")
                continue
            notes.append(text)
            is_task = TASK.match(text) is not None
            is_begun = cells[-1].metadata.get("slideshow", {}).get("slide_type") in (None, "notes")
            if (is_task or kind == "box") and is_begun:
                add(f'<p class="continued">{html.escape(title.replace("`", ""))}</p>', "subslide")
            if shown := text if is_task or title == "Quiz" else shorten(kind, text):
                add(shown)
    if notes:
        add("\n\n".join(notes), "notes")
    for number, cell in enumerate(cells):
        cell["id"] = f"slide-{number:03d}"
    return nbformat.v4.new_notebook(cells=cells, metadata=book.metadata)


def _markdown_blocks(text: str) -> Iterator[tuple[str, str]]:
    """Split Markdown into its blocks; the first of a box is of the kind box."""
    lines = text.splitlines()
    opens_box = False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.level or token.map is None or token.nesting < 0:
            continue
        block = "\n".join(lines[slice(*token.map)]).strip()
        if block.startswith(("<div", "</div")):
            opens_box = block.startswith("<div")
        else:
            yield "box" if opens_box else token.type.removesuffix("_open"), block
            opens_box = False


def shorten(kind: str, text: str) -> str:
    """Keep the first sentences of a paragraph, or of each item of a list."""
    if kind == "paragraph" and "$$" not in text:
        return _first_sentences(text)
    if kind in ("bullet_list", "ordered_list"):
        return "\n".join(map(_first_sentences, re.split(r"\n(?=(?:[-*]|\d+\.) )", text)))
    return text


def _first_sentences(text: str) -> str:
    of_all = SENTENCE_END.split(re.sub(r"^In this notebook you ", "You ", text))
    first, *more = [sentence for sentence in of_all if not OF_NOTEBOOKS.search(sentence)] or [""]
    is_full = False
    for sentence in more:
        is_full |= len(first) + len(sentence) > SHOWN
        if not is_full or DEFINITION.search(sentence):
            first += f"  {sentence}"
    return first


def shorten_code(code: str) -> str:
    """Keep short code, and what a long function or class says of itself; nothing else."""
    if code.count("\n") < LONGEST:
        return code
    (node, *more) = ast.parse(code).body
    if more or not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return ""
    first, about = node.body[0], ast.get_docstring(node) is not None
    end = first.end_lineno if about else first.lineno - 1
    return "\n".join([*code.splitlines()[:end], "    ..."])


def _code_cells(cell: Any) -> Iterator[Any]:
    """A cell's code, divided at its blank lines, and each thing that it has shown."""
    tags = notebooks.tags(cell)
    if LEFT_OUT & {*tags}:
        return
    if "hide-input" not in tags:
        parts = filter(None, map(shorten_code, re.split(r"\n\n+(?=\S)", cell.source)))
        yield from map(nbformat.v4.new_code_cell, parts)
    joined = nbconvert.preprocessors.CoalesceStreamsPreprocessor().preprocess_cell(cell, {}, 0)
    for output in joined[0].outputs:
        data = output.get("data", {})
        is_widget = data.pop(WIDGET, None) is not None  # whose picture is a figure beside it
        if not is_widget or any(kind.startswith("image/") for kind in data):
            yield nbformat.v4.new_code_cell(outputs=[output], metadata={"tags": ["hide-input"]})


def copy_scripts(out: Path) -> None:
    """Put MathJax and reveal.js, of the package sphinx-revealjs, beside the pages."""
    copy_mathjax(out / "mathjax")
    package = Path(str(distribution("sphinx-revealjs").locate_file("sphinx_revealjs")))
    unused = shutil.ignore_patterns("*.map", "*.esm.js", "*.scss", "math", "highlight", "markdown")
    scripts = package / "_static/revealjs"
    shutil.copytree(scripts, out / "reveal", ignore=unused, dirs_exist_ok=True)
    shutil.copy(TEMPLATE / "slides.js", out)


def write_slides(out: Path) -> Iterator[Path]:
    """Write the slides of each notebook that has run, and a page that lists them."""
    copy_scripts(out)
    hidden = {"enabled": True, "remove_input_tags": {"hide-input"}}
    exporter = nbconvert.SlidesExporter(
        template_file=str(TEMPLATE / "slides.html.j2"),
        reveal_url_prefix="reveal",
        reveal_theme="white",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        embed_images=True,
        config=Config(TagRemovePreprocessor=hidden),
    )
    listed = LIST
    for name, book in notebooks.build_all("handout", "equations", ANSWERED):
        slides = slide_notebook(book)
        title = slides.metadata["title"] = slides.cells[0].source.lstrip("# ")
        resources = {"metadata": {"name": title, "path": str(ROOT / "docs")}}  # of pictures
        path = out / f"{name}.html"
        path.write_text(exporter.from_notebook_node(slides, resources=resources)[0], "utf-8")
        listed += f'<p><a href="{path.name}">{html.escape(title)}</a></p>\n'
        yield path
    (out / "index.html").write_text(listed, "utf-8")


def main() -> None:
    """Write the slides."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(*write_slides(ROOT / "build" / "slides"), sep="\n")


if __name__ == "__main__":
    main()
