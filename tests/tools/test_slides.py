"""Slides of the notebooks: what is on them, by which rule.  ``make slides`` checks that it fits."""

from typing import Any

import pytest

pytest.importorskip("jupytext")
pytest.importorskip("nbconvert")

import nbformat
import slides

import notebooks

CODE, TEXT = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
PROSE = """# 9 · A title

What you do here.

## Leak

The leak keeps a part of the potential, [Eq. (6)](eq6.md).  {}

- One item.  {}
- Another item.

<div class="alert alert-info">

**What to remember**

- Remember this.

</div>

## Exercises

**1.**  A task.  {}"""
LONG = "A second sentence that is not on the slide because it is very long. " * 4


def printed(text: str) -> Any:
    return nbformat.v4.new_output("stream", text=text)


def book() -> Any:
    cells = [
        CODE("import numpy as np", metadata={"tags": ["setup"]}),
        CODE("draw()", metadata={"tags": ["hide-input"]}, outputs=[printed("drawn")]),
        CODE("print(1)", outputs=[printed("1\n"), printed("2\n")]),
        TEXT(PROSE.format(LONG, LONG, LONG)),
        CODE("# x: a number\n# Your answer here.", metadata={"tags": ["exercise"]}),
        CODE("@check('x')\ndef _(): ...", metadata={"tags": ["check"]}, outputs=[printed("no")]),
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
        ["## Leak", "The leak keeps a part of the potential, Eq. (6)."],
        ['<p class="continued">Leak</p>', "**What to remember**"],
        ["## Exercises", f"**1.**  A task.  {LONG}".strip()],
    ]


def test_prose_is_shortened_and_stands_whole_in_the_notes() -> None:
    made = slides.slide_notebook(book())
    shown = [cell.source for slide in deck(made) for cell in slide]
    assert "- One item.\n- Another item." in shown
    (notes,) = (
        c.source for c in made.cells if c.source.startswith("The leak") and LONG[:60] in c.source
    )
    assert "One item.  A second" in notes


def test_drawing_code_checks_and_imports_are_not_shown() -> None:
    made = slides.slide_notebook(book())
    cells = [cell for cell in made.cells if cell.cell_type == "code"]
    hidden = [cell for cell in cells if "hide-input" in cell.metadata.get("tags", ())]
    visible = [cell.source for cell in cells if cell not in hidden]
    assert visible == ["print(1)", "# x: a number\n# Your answer here."]
    assert [cell.outputs[0].text for cell in hidden] == ["drawn", "1\n2"]


def test_long_code_is_divided_at_blank_lines() -> None:
    functions = [f"def f{n}():\n" + "    pass\n" * 12 for n in range(3)]
    made = slides.slide_notebook(
        nbformat.v4.new_notebook(cells=[TEXT("# T"), CODE("\n\n".join(functions))])
    )
    pages = [cell.source for cell in made.cells if cell.cell_type == "code"]
    assert [page.split("(")[0] for page in pages] == ["def f0", "def f1", "def f2"]
    assert max(len(slide) for slide in deck(made)) == 2  # a heading and one page


@pytest.mark.parametrize(("line", "shown"), [("short", 18), (150 * "x", 9)])
def test_a_long_output_is_cut(line: str, shown: int) -> None:
    cell = CODE("print()", outputs=[printed(f"{line}\n" * 30)])
    made = slides.slide_notebook(nbformat.v4.new_notebook(cells=[TEXT("# T"), cell]))
    (output,) = (cell.outputs[0] for cell in made.cells if cell.get("outputs"))
    assert output.text.splitlines() == [*[line] * shown, "..."]


def test_a_text_stays_with_its_figure() -> None:
    image = nbformat.v4.new_output("display_data", {"image/png": "", "text/plain": "<Figure>"})
    figures = [CODE("draw()", metadata={"tags": ["hide-input"]}, outputs=[image]) for _ in range(2)]
    cells = [TEXT("## H\n\nA text."), figures[0], TEXT("The next figure:"), figures[1]]
    one, two = deck(slides.slide_notebook(nbformat.v4.new_notebook(cells=cells)))
    assert [cell.source for cell in one] == ["## H", "A text.", ""]
    assert [cell.source for cell in two] == ['<p class="continued">H</p>', "The next figure:", ""]
    assert list(two[-1].outputs[0].data) == ["image/png"]


@pytest.mark.parametrize("source", notebooks.sources(), ids=lambda path: path.stem)
def test_slides_of_a_notebook_have_no_solution(source: Any) -> None:
    answers = [
        cell.source
        for cell in notebooks.build(source, "solutions", "").cells
        if "solution" in cell.metadata.get("tags", ())
    ]
    made = slides.slide_notebook(notebooks.build(source, "handout", ""))
    text = "\n".join(cell.source for cell in made.cells)
    assert answers
    assert not [answer for answer in answers if answer in text]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([], "has no outputs"),
        ([CODE("print(2)", outputs=[printed("2")])], "not of the present text"),
    ],
)
def test_a_notebook_that_has_not_run_is_refused(cells: Any, message: str, tmp_path: Any) -> None:
    path = tmp_path / "09-x.ipynb"
    with pytest.raises(LookupError, match="not there; run make notebooks first"):
        slides.add_outputs(book(), path)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    with pytest.raises(LookupError, match=f"{message}; run make notebooks first"):
        slides.add_outputs(book(), path)


def test_a_picture_has_a_slide_and_is_part_of_the_page(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source,) = (path for path in notebooks.sources() if path.stem == "01-one-neuron")
    monkeypatch.setattr(notebooks, "sources", lambda: [source])
    for name in ("add_outputs", "_copy_reveal", "copy_mathjax"):
        monkeypatch.setattr(slides, name, lambda *_: None)
    path, _ = slides.write_slides(tmp_path, tmp_path)
    text = path.read_text("utf-8")
    assert text.count('src="data:image/svg+xml;base64,') >= 2
    assert "animated.svg" not in text
    book = slides.slide_notebook(notebooks.build(source, "handout", "equations"))
    shown = [[cell.source for cell in slide] for slide in deck(book)]
    pictures = [slide for slide in shown if any(part.startswith("![") for part in slide)]
    assert len(pictures) == 2
    before = [sum(not part.startswith("![") for part in slide[:2]) for slide in pictures]
    assert max(before) <= 2  # a title and a short text
