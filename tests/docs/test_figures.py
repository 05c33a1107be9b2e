"""Every figure that a notebook makes is shown: the check of this, and what it relies on."""

import inspect
import json
from pathlib import Path

import pytest
from documentation import checks

from liaf_ref import plotting

ROOT = Path(__file__).parents[2]
PNG = {"output_type": "execute_result", "data": {"image/png": "", "text/plain": ""}}
SVG = {"output_type": "display_data", "data": {"image/svg+xml": ""}}
TEXT = {"output_type": "stream", "text": "a line"}


@pytest.mark.parametrize(
    ("cells", "required"),
    [
        (["figure, axes = plt.subplots()"], [["plt.subplots"]]),
        (["figure = Figure()\naxes = figure.subplots(1, 2)\nshow(figure)"], [["Figure"]]),
        (["show(\n    plot_unrolled(texts),\n)"], [["plot_unrolled"]]),
        (["show(plot_frames(X))", "show(plot_frames(Y)); show(plot_traces(I, Y, tape))"],
         [["plot_frames"], ["plot_frames", "plot_traces"]]),
        (["def draw(k):\n    return Figure()\n\nshow_with_sliders(draw, k=SliderRange(0, 1, 0))"],
         [["show_with_sliders"]]),
        (["def draw(k):\n    return Figure()", "def both():\n    return draw(1), draw(2)",
          "show(draw(3))", "both()"], [[], [], ["draw"], ["both"]]),
        (["later = lambda: Figure()\nplot_frames = np.zeros(3)\n"
          "plot_frames[0], data.plot_frames(3)"], [[]]),
        (["for k in range(3):\n    print(k)"], [[]]),
    ],
)  # fmt: skip
def test_the_figures_that_a_cell_makes(cells: list[str], required: list[list[str]]) -> None:
    assert checks.figures_made(cells) == required


def notebook(path: Path, *cells: tuple[str, list[dict[str, object]]]) -> Path:
    code = [
        {"cell_type": "code", "id": f"cell-{k}", "source": source.splitlines(True), "outputs": out}
        for k, (source, out) in enumerate(cells)
    ]
    text = {"cell_type": "markdown", "id": "said", "source": ["plt.subplots()"]}
    path.write_text(json.dumps({"cells": [text, *code]}), "utf-8")
    return path


@pytest.mark.parametrize(
    ("source", "outputs", "required"),
    [
        ("figure = Figure()\nshow(figure)", [PNG], ""),
        ("figure = Figure()\nshow(figure)", [TEXT, SVG], ""),
        ("figure = Figure()", [TEXT], "figures made: 1 (Figure), shown: 0"),
        ("_, axes = plt.subplots()\naxes.plot(x)", [], "figures made: 1 (plt.subplots), shown: 0"),
        ("figure = plt.figure()\nfigure", [PNG, PNG], "figures made: 1 (plt.figure), shown: 2"),
        ("strange(x)", [PNG], "figures made: 0, shown: 1"),
    ],
)
def test_a_cell_that_shows_too_few_or_too_many_is_named(
    tmp_path: Path, source: str, outputs: list[dict[str, object]], required: str
) -> None:
    path = notebook(tmp_path / "01-one.ipynb", ("x = 1", []), (source, outputs))
    line = f"01-one.ipynb, cell cell-1: {required}; {checks.ADVICE}"
    assert checks.figure_problems(path) == ([line] if required else [])


def test_the_check_knows_every_function_that_returns_a_figure() -> None:
    drawing = {
        name
        for name in plotting.__all__
        if "\n    figure = new_figure(" in inspect.getsource(getattr(plotting, name))
    }
    assert len(drawing) == 3
    assert drawing | {"show_with_sliders"} <= checks.MAKERS & set(plotting.__all__)
