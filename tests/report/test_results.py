"""The table and figure of the runs of one command; names and colours of the cells in them."""

import contextlib
import io
from typing import Any

import pytest
from matplotlib.figure import Figure
from PIL import Image, UnidentifiedImageError

from liaf_ref._core.palette import CELL_COLORS, CELL_NAMES, cell_color
from liaf_ref.networks.cells import CELL_FACTORIES
from liaf_ref.networks.vision import FIG6_CELLS
from liaf_ref.report import run_results


def row(task: int = 1, cell: str = "liaf", **changes: Any) -> dict[str, Any]:
    facts = {"task": task, "cell": cell, "condition": "ec", "selected_epoch": 7, "epochs": 60}
    facts |= {"test_accuracy": 0.5126, "train_accuracy": 0.25, "majority_accuracy": 0.174}
    return facts | {"weights_network": 17_622, "seconds": 12.34} | changes


def test_the_table_is_markdown_with_percentages() -> None:
    averaged = row(cell="liaf", averaged_epochs=3)
    rows = [row(), row(cell="lstm", weights_network=127_422), averaged]
    assert run_results.results_table(rows, run_results.BABI_COLUMNS).splitlines() == [
        "| task | cell | test % | train % | majority % |        epoch | weights |    s |",
        "| ---: | ---: | -----: | ------: | ---------: | -----------: | ------: | ---: |",
        "|  QA1 | LIAF |   51.3 |    25.0 |       17.4 |      7 of 60 |  17,622 | 12.3 |",
        "|  QA1 | LSTM |   51.3 |    25.0 |       17.4 |      7 of 60 | 127,422 | 12.3 |",
        "|  QA1 | LIAF |   51.3 |    25.0 |       17.4 | 5 to 7 of 60 |  17,622 | 12.3 |",
    ]


@pytest.mark.parametrize(("condition", "printed"), [("ec", "42.8"), ("fc", "73.5"), (None, "–")])
def test_the_papers_number_is_of_the_runs_condition(condition: str | None, printed: str) -> None:
    rows = [row(4, condition=condition)]
    head, _, line = run_results.results_table(rows, run_results.BABI_COLUMNS_PRINTED).splitlines()
    assert [text.split("|")[4].strip() for text in (head, line)] == ["paper %", printed]


@pytest.mark.parametrize("epochs", [1, 4])
def test_the_figure_has_a_row_of_panels_per_task(epochs: int) -> None:
    rows = [row(task, cell) for task in (1, 6) for cell in ("liaf", "gru")]
    curves = {(r["task"], r["cell"]): [0.5] * epochs for r in rows}
    images = [run_results.plot_babi(some, curves, epochs == 4) for some in (rows[:2], rows)]
    (width, height), (width2, height2) = (Image.open(io.BytesIO(png)).size for png in images)
    assert width == width2 > 1000
    assert height2 == 2 * height


def test_bars_are_test_accuracies_beside_the_printed_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: drawn.append(figure))
    rows = [row(4, "rnn", condition=None, test_accuracy=0.75)]
    rows += [row(4, condition="fc"), row(4, "lif", condition="fc")]
    for is_published in (True, False):
        with contextlib.suppress(UnidentifiedImageError):  # nothing is drawn
            run_results.plot_babi(rows, {(4, "rnn"): [0.5]}, is_published)
    printed, ours = (figure.axes[0] for figure in drawn)
    assert [bar.get_height() for bar in ours.patches] == pytest.approx([75, 51.26, 51.26])
    heights = [[line.get_ydata()[0] for line in axes.lines] for axes in (printed, ours)]
    assert heights == [pytest.approx([73.5, 72.2, 17.4]), pytest.approx([17.4])]
    labels = [text.get_text() for text in printed.get_legend().get_texts()]
    assert labels == ["printed in Table III", "most frequent answer"]


def test_every_cell_has_a_name_and_a_colour() -> None:
    assert CELL_NAMES.keys() == CELL_COLORS.keys() == {*CELL_FACTORIES, *FIG6_CELLS}
    assert len(set(CELL_NAMES.values())) == len(CELL_NAMES)
    assert all(cell_color(cell) == color for cell, color in CELL_COLORS.items())
    assert cell_color("my-cell") not in CELL_COLORS.values()
    for cells in (CELL_FACTORIES, FIG6_CELLS):  # which stand beside each other
        assert len({CELL_COLORS[cell] for cell in cells}) == len(cells)
