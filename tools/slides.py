"""Make slides of the notebooks by rule: reveal.js pages through nbconvert.

A heading starts a slide.  Of each paragraph and list item the first sentences are shown; the whole
text is in the speaker's notes (key S).  Code is shown, of cells tagged ``hide-input`` only what
they print and draw; ``setup`` and ``check`` cells are left out, and so are the solutions.  An
exercise or question, ``**1.**  ...``, is a slide with its whole text.  Outputs are those of the run
with the solutions.

example: python tools/slides.py --out build/slides
"""

import argparse
import html
import itertools
import re
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from documentation import browser
from documentation.mathjax import copy_mathjax
from markdown_it import MarkdownIt
from nbconvert import SlidesExporter
from traitlets.config import Config

import notebooks

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "tools" / "slides_template"
HEIGHT = 640  # pixels of a slide below its title
NEARLY_EMPTY, CROWDED = 160, 740
FIGURE, LINE = 420, 41
SHOWN = 180  # characters of a paragraph: the first sentences up to this, one at least
PICTURE = ("![", "<img", "<svg")
OUTPUT_LINES, OUTPUT_CHARACTERS, CODE_LINES = 18, 101, 22
LEFT_OUT = frozenset({"setup", "check"})
LOCAL_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]*\)")
SENTENCE_END = re.compile(r"(?<=[.?!:])(?<!Eq\.)(?<!Eqs\.)(?<!Fig\.)(?:  +|\n)(?=\S)")
TASK = re.compile(r"\*\*(?:Exercise )?\d+\.\*\*")
SMALLEST = 0.6  # scale of a slide's text that is still readable in a lecture room


class Block(NamedTuple):
    """A part of a slide that is not divided: cells, and about how many pixels they need."""

    cells: list[Any]
    height: int
    starts_slide: bool = False


class Section(NamedTuple):
    """A heading with what is below it."""

    title: str
    heading: str
    blocks: list[Block]
    notes: list[str]


def sections(book: Any) -> Iterator[Section]:
    """Divide a notebook at its headings."""
    current = Section("", "", [], [])
    for cell in book.cells:
        if cell.cell_type == "code":
            current.blocks.extend(_code_blocks(cell))
            continue
        for kind, text in _markdown_blocks(LOCAL_LINK.sub(r"\1", cell.source)):
            if kind == "heading":
                if current.title:
                    yield current
                current = Section(text.lstrip("# "), text, [], [])
                continue
            current.notes.append(text)
            task = TASK.match(text) is not None
            shown = text if task or current.title == "Quiz" else shorten(kind, text)
            new = task or kind == "box"
            current.blocks.append(Block([_markdown(shown)], _height(kind, shown), new))
    yield current


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
        return "\n".join(_first_sentences(item) for item in _items(text))
    return text


def _items(text: str) -> list[str]:
    return re.split(r"\n(?=(?:[-*]|\d+\.) )", text)


def _first_sentences(text: str) -> str:
    first, *more = SENTENCE_END.split(text)
    for sentence in more:
        if len(first) + len(sentence) > SHOWN:
            break
        first += f"  {sentence}"
    return first


def _height(kind: str, text: str) -> int:
    """About how tall a block is."""
    lines = text.splitlines()
    match kind:
        case "table":
            return 46 * (len(lines) - 1) + 14
        case "fence":
            return 25 * (len(lines) - 2) + 30
        case "bullet_list" | "ordered_list":
            return sum(LINE * (1 + len(item) // 92) + 8 for item in _items(text)) + 16
    if "$$" in text:
        return 90 * text.count("$$") // 2 + LINE * (len(lines) // 2)
    if text.startswith(PICTURE):
        return HEIGHT - 100  # a short text has room beside it
    return LINE * (1 + len(text) // 90) + 16


def _code_blocks(cell: Any) -> Iterator[Block]:
    """A cell's code and what it has shown, as one block where both have room on a slide."""
    tags = set(cell.metadata.get("tags", ()))
    if tags & LEFT_OUT:
        return
    parts = []
    if "hide-input" not in tags:
        for code in _pages_of_code(cell.source):
            height = 26 * len(code.splitlines()) + 30
            parts.append(Block([nbformat.v4.new_code_cell(code)], height))
    for output in map(_shown, _joined(cell.outputs)):
        if output is not None:
            hidden = nbformat.v4.new_code_cell(outputs=[output], metadata={"tags": ["hide-input"]})
            parts.append(Block([hidden], _output_height(output)))
    total = sum(part.height for part in parts)
    if parts and total <= HEIGHT:
        yield Block([cell for part in parts for cell in part.cells], total)
    else:
        yield from parts


def _pages_of_code(code: str) -> list[str]:
    """Divide code that is too long for a slide, at blank lines between its parts if it can be."""
    pages = [""]
    for part in re.split(r"\n\n+(?=\S)", code):
        within = [part] if len(part.splitlines()) <= CODE_LINES else re.split(r"\n\n+", part)
        for piece in within:
            if pages[-1] and len(f"{pages[-1]}\n\n{piece}".splitlines()) > CODE_LINES:
                pages.append(piece)
            else:
                pages[-1] += f"\n\n{piece}" if pages[-1] else piece
    return pages


def _joined(outputs: list[Any]) -> Iterator[Any]:
    """Join what was printed at different times."""
    for is_text, group in itertools.groupby(outputs, lambda one: one.output_type == "stream"):
        if is_text:
            yield nbformat.v4.new_output("stream", text="".join(one.text for one in group))
        else:
            yield from group


def _shown(output: Any) -> Any:
    """What a slide shows of an output: an image or the first lines of a text; None for a widget."""
    if output.output_type == "stream":
        lines = output.text.rstrip("\n").splitlines()
        cut = len(lines)
        while cut > 1 and _drawn_lines(lines[:cut]) > OUTPUT_LINES:
            cut -= 1
        rest = ["..."] if cut < len(lines) else []
        return nbformat.from_dict({**output, "text": "\n".join([*lines[:cut], *rest])})
    data = output.get("data", {})
    kept = {kind: value for kind, value in data.items() if "widget" not in kind}
    if any(kind.startswith(("image/", "text/html", "text/latex")) for kind in kept):
        kept.pop("text/plain", None)
    elif "application/vnd.jupyter.widget-view+json" in data:
        return None
    return nbformat.from_dict({**output, "data": kept}) if kept else None


def _drawn_lines(lines: list[str]) -> int:
    """How many lines a text has on the slide, where long ones are broken."""
    return sum(1 + len(line) // OUTPUT_CHARACTERS for line in lines)


def _output_height(output: Any) -> int:
    if any(kind.startswith("image/") for kind in output.get("data", ())):
        return FIGURE
    text = output.get("text") or "".join(map(str, output.get("data", {}).values()))
    return 26 * min(_drawn_lines(text.splitlines()), OUTPUT_LINES + 1) + 20


def _markdown(text: str, **metadata: Any) -> Any:
    return nbformat.v4.new_markdown_cell(text, metadata=metadata)


def lay_out(section: Section) -> list[list[Block]]:
    """Divide a section's blocks among slides.

    A text stays with the code or figure below it, and with the list that it announces.  A slide
    with little on it takes more than there is room for, and is drawn smaller.
    """
    slides: list[list[Block]] = [[]]
    for block, after in zip(section.blocks, [*section.blocks[1:], None], strict=True):
        used, needed, limit = _used(slides[-1]), block.height, HEIGHT
        if used < NEARLY_EMPTY:
            limit = CROWDED
        elif after and not after.starts_slide and _announces(block, after):
            needed = min(needed + after.height, HEIGHT)
        if slides[-1] and (block.starts_slide or used + needed > limit):
            slides.append([])
        slides[-1].append(block)
    if len(slides) > 1 and not slides[-1][0].starts_slide:
        last, before = _used(slides[-1]), _used(slides[-2])
        if last < NEARLY_EMPTY and last + before < CROWDED:
            slides[-2:] = [[*slides[-2], *slides[-1]]]
    return slides


def _used(blocks: list[Block]) -> int:
    return sum(block.height for block in blocks)


def _announces(block: Block, after: Block) -> bool:
    if block.cells[0].cell_type == "code":
        return False
    return bool(after.cells[0].cell_type == "code" or block.cells[0].source.endswith(":"))


def slide_notebook(book: Any) -> Any:
    """Make the notebook that nbconvert shows as slides."""
    cells = []
    for section in sections(book):
        for number, blocks in enumerate(lay_out(section)):
            title = section.heading
            if number:
                title = f'<p class="continued">{html.escape(section.title.replace("`", ""))}</p>'
            level = section.heading.partition(" ")[0]
            kind = "subslide" if number or level == "###" else "slide"
            cells.append(_markdown(title, slideshow={"slide_type": kind}))
            cells += [cell for block in blocks for cell in block.cells]
            if not number:
                notes = "\n\n".join(section.notes)
                cells.append(_markdown(notes, slideshow={"slide_type": "notes"}))
    for number, cell in enumerate(cells):
        cell["id"] = f"slide-{number:03d}"
    return nbformat.v4.new_notebook(cells=cells, metadata=book.metadata)


def write_slides(out: Path, executed: Path) -> Iterator[Path]:
    """Write the slides of each notebook, and a page that lists them.

    Parameters
    ----------
    out : Path
        Folder to write to.
    executed : Path
        Folder of the notebooks with solutions, which have run.

    Yields
    ------
    Path
        Each page.

    Raises
    ------
    LookupError
        If a notebook has not run or was changed since.
    """
    copy_mathjax(out / "mathjax")
    _copy_reveal(out / "reveal")
    for name in ("slides.css", "slides.js"):
        shutil.copy(TEMPLATE / name, out)
    exporter = SlidesExporter(
        extra_template_basedirs=[str(TEMPLATE.parent)],
        template_name=TEMPLATE.name,
        reveal_url_prefix="reveal",
        reveal_theme="white",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        embed_images=True,
        config=Config(TagRemovePreprocessor={"enabled": True, "remove_input_tags": {"hide-input"}}),
    )
    titles = {}
    for source in notebooks.sources():
        book = notebooks.build(source, "handout", "equations")
        add_outputs(book, executed / f"{source.stem}.ipynb")
        title = next(sections(book)).title
        slides = slide_notebook(book)
        slides.metadata["title"] = title
        resources = {"metadata": {"name": title, "path": str(ROOT / "docs")}}  # of pictures
        text, _ = exporter.from_notebook_node(slides, resources=resources)
        path = out / f"{source.stem}.html"
        path.write_text(text, "utf-8")
        titles[path.name] = title
        yield path
    index = out / "index.html"
    index.write_text(_index(titles), "utf-8")
    yield index


def add_outputs(book: Any, executed: Path) -> None:
    """Copy the outputs of the notebook that has run with its solutions."""
    advice = "run make notebooks first"
    if not executed.exists():
        raise LookupError(f"{executed}: not there; {advice}")
    ran = [cell for cell in nbformat.read(executed, as_version=4).cells if cell.cell_type == "code"]
    if not any(cell.outputs for cell in ran):
        raise LookupError(f"{executed}: has no outputs; {advice}")
    rest = iter(ran)
    for cell in book.cells:
        if cell.cell_type == "code" and "exercise" not in cell.metadata.get("tags", ()):
            other = next((one for one in rest if one.source == cell.source), None)
            if other is None:
                raise LookupError(f"{executed}: not of the present text; {advice}")
            cell.outputs = other.outputs


def _copy_reveal(target: Path) -> None:
    """Copy reveal.js from the package sphinx-revealjs."""
    source = Path(str(distribution("sphinx-revealjs").locate_file("sphinx_revealjs"))) / "_static"
    for part in ("dist", "plugin/notes"):
        copied = shutil.ignore_patterns("*.map", "*.esm.js", "*.scss")
        shutil.copytree(
            source / "revealjs" / part, target / part, ignore=copied, dirs_exist_ok=True
        )
    shutil.copy(source / "revealjs" / "LICENSE", target)


def _index(titles: dict[str, str]) -> str:
    rows = "\n".join(
        f'<li><a href="{page}">{html.escape(t)}</a></li>' for page, t in titles.items()
    )
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>LIAF-Net: slides</title><link rel="icon" href="data:,">
<style>body {{ font: 18px/1.6 sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em;
color-scheme: light dark; }} ul {{ list-style: none; padding: 0; }}</style></head>
<body><h1>LIAF-Net: slides</h1>
<p>Space shows the next slide, Esc all slides, S the speaker's notes with the whole text.
To print a deck or save it as PDF, add <code>?print-pdf</code> to its address.</p>
<ul>
{rows}
</ul></body></html>
"""


def check_in_browser(out: Path, program: str) -> list[str]:
    """Load the slides in a browser and return one line per problem."""
    wrong = []
    with browser.serve(out) as address, browser.open_browser(program) as tab:
        tab.set_window(1280, 720)
        for page in sorted(out.glob("*.html")):
            visit = tab.visit(f"{address}/{page.name}")
            if page.name != "index.html":
                scales = tab.evaluate("slidesReady")
                small = [n for n, scale in enumerate(scales, 1) if scale < SMALLEST]
                wrong += [f"{page.name}, slide {n}: too much text for a slide" for n in small]
            wrong += [f"{page.name}: {error}" for error in visit.problems]
    return wrong


def main() -> int:
    """Write the slides and check them in a browser if there is one."""
    parser = argparse.ArgumentParser(
        description="Make slides of the notebooks that make notebooks has run.",
        epilog="example: python tools/slides.py --out build/slides",
    )
    build, default = ROOT / "build", "(default: %(default)s)"
    parser.add_argument(
        "--out", type=Path, default=build / "slides", metavar="DIR", help=f"folder {default}"
    )
    parser.add_argument(
        "--notebooks",
        type=Path,
        default=build / "notebooks" / "solutions",
        metavar="DIR",
        help=f"folder of the notebooks that make notebooks has run {default}",
    )
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    try:
        for page in write_slides(args.out, args.notebooks):
            print(page)
    except (LookupError, FileNotFoundError) as error:
        parser.error(str(error.args[0] if isinstance(error, LookupError) else error))
    program = browser.find_browser()
    wrong = check_in_browser(args.out, program) if program else []
    print(*wrong, sep="\n", end="\n" if wrong else "")
    if program is None:
        print("slides not checked in a browser: no Chromium on this machine")
    print(f"slides: {args.out / 'index.html'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
