"""Slides of the notebooks: what is on them, by which rule; ``make docs-check``: that it fits."""

from typing import Any

import pytest
from support import LazyModule

nbformat, slides = map(LazyModule, ("nbformat", "slides"))
PROSE = """# 9 · A title

What you do here.

## Leak

The leak keeps a part of the potential, [Eq. (6)](eq6.md).  {}  A *tape* keeps it.

- One item.  {}
- Another item.

<div class="alert alert-info">

**What to remember**

- Remember this.

</div>

## Exercises

**1.**  A task.  {}"""
LONG = "A second sentence that is not on the slide because it is very long. " * 4


@pytest.fixture(autouse=True)
def installed() -> None:
    pytest.importorskip("jupytext")
    pytest.importorskip("nbconvert")


def printed(text: str) -> Any:
    return nbformat.v4.new_output("stream", text=text)


def book() -> Any:
    cells = [
        nbformat.v4.new_code_cell("import numpy as np", metadata={"tags": ["setup"]}),
        nbformat.v4.new_code_cell(
            "draw()", metadata={"tags": ["hide-input"]}, outputs=[printed("drawn")]
        ),
        nbformat.v4.new_code_cell("print(1)", outputs=[printed("1\n"), printed("2\n")]),
        nbformat.v4.new_markdown_cell(PROSE.format(LONG, LONG, LONG)),
        nbformat.v4.new_code_cell(
            "# x: a number\n# Your answer here.", metadata={"tags": ["exercise"]}
        ),
        nbformat.v4.new_code_cell(
            "@check('x')\ndef _(): ...", metadata={"tags": ["check"]}, outputs=[printed("no")]
        ),
    ]
    return nbformat.v4.new_notebook(cells=[*cells[3:4], *cells[:3], *cells[4:]])


def deck(made: Any) -> list[list[Any]]:
    """The cells of each slide, without the notes."""
    found: list[list[Any]] = []
    for cell in made.cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type")
        if kind in ("slide", "subslide"):
            found.append([])
        if kind != "notes":
            found[-1].append(cell)
    return found


def test_a_heading_a_box_and_a_task_start_slides() -> None:
    starts = [[cell.source for cell in slide[:2]] for slide in deck(slides.slide_notebook(book()))]
    assert starts == [
        ["# 9 · A title", "What you do here."],
        ["## Leak", "The leak keeps a part of the potential, Eq. (6).  A *tape* keeps it."],
        ['<p class="continued">Leak</p>', "**What to remember**"],
        ["## Exercises", f"**1.**  A task.  {LONG}".strip()],
    ]


def test_drawing_code_checks_and_imports_are_not_shown() -> None:
    made = slides.slide_notebook(book())
    cells = [cell for cell in made.cells if cell.cell_type == "code"]
    hidden = [cell for cell in cells if "hide-input" in cell.metadata.get("tags", ())]
    visible = [cell.source for cell in cells if cell not in hidden]
    assert visible == ["print(1)", "# x: a number\n# Your answer here."]
    assert [cell.outputs[0].text for cell in hidden] == ["drawn", "1\n2\n"]
