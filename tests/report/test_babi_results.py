"""The table and the figure of Table III."""

import io
from typing import Any

import pytest
from matplotlib.figure import Figure
from PIL import Image

from liaf_ref.report import run_results
from liaf_ref.report.content import format_epochs


def row(task: int = 1, cell: str = "liaf", **changes: Any) -> dict[str, Any]:
    facts = {
        "condition": "ec",
        "test_accuracy": 0.5126,
        "train_accuracy": 0.25,
        "majority_accuracy": 0.174,
        "selected_epoch": 7,
        "epochs": 60,
        "weights_network": 17_622,
        "seconds": 12.34,
    }
    return {"task": task, "cell": cell} | facts | changes


def test_the_table_is_markdown_with_percentages() -> None:
    rows = [row(), row(cell="lstm", weights_network=127_422)]
    assert run_results.babi_table(rows, is_published=False).splitlines() == [
        "| task | cell | test % | train % | majority % |   epoch | weights |    s |",
        "| ---: | ---: | -----: | ------: | ---------: | ------: | ------: | ---: |",
        "|  QA1 | LIAF |   51.3 |    25.0 |       17.4 | 7 of 60 |  17,622 | 12.3 |",
        "|  QA1 | LSTM |   51.3 |    25.0 |       17.4 | 7 of 60 | 127,422 | 12.3 |",
    ]


def test_averaged_epochs_are_shown_as_a_range() -> None:
    row = {"selected_epoch": 20, "epochs": 20}
    assert format_epochs(row) == format_epochs(row | {"averaged_epochs": 1}) == "20 of 20"
    assert format_epochs(row | {"averaged_epochs": 5}) == "16 to 20 of 20"


def test_the_papers_numbers_stand_beside_published_text_only() -> None:
    head, _, first = run_results.babi_table([row()], is_published=True).splitlines()
    assert [cell.strip() for cell in head.split("|")][3:5] == ["test %", "paper %"]
    assert [cell.strip() for cell in first.split("|")][3:5] == ["51.3", "51.8"]
    assert "paper" not in run_results.babi_table([row()], is_published=False)


@pytest.mark.parametrize(("condition", "printed"), [("ec", "42.8"), ("fc", "73.5"), (None, "–")])
def test_the_papers_number_is_of_the_runs_condition(condition: str | None, printed: str) -> None:
    last = run_results.babi_table([row(4, condition=condition)], is_published=True).splitlines()[-1]
    assert last.split("|")[4].strip() == printed


@pytest.mark.parametrize("genuine", [False, True])
@pytest.mark.parametrize("epochs", [1, 4])
def test_the_figure_is_a_png_with_a_row_of_panels_per_task(genuine: bool, epochs: int) -> None:
    rows = [row(task, cell) for task in (1, 6) for cell in ("liaf", "gru")]
    curves = {(r["task"], r["cell"]): [0.5] * epochs for r in rows}
    one = run_results.plot_babi(rows[:2], curves, genuine)
    two = run_results.plot_babi(rows, curves, genuine)
    (width, height), (width2, height2) = (Image.open(io.BytesIO(png)).size for png in (one, two))
    assert width == width2 > 1000
    assert height2 == 2 * height


def test_a_single_epoch_can_be_seen() -> None:
    high, low = (run_results.plot_babi([row()], {(1, "liaf"): [y]}, False) for y in (0.9, 0.1))
    assert high != low


@pytest.mark.parametrize("genuine", [False, True])
def test_bars_are_the_test_accuracies(monkeypatch: pytest.MonkeyPatch, genuine: bool) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(run_results, "figure_to_png", drawn.append)
    run_results.plot_babi(
        [row(), row(cell="rnn", test_accuracy=0.75)], {(1, "rnn"): [0.5]}, genuine
    )
    bars: Any = drawn[0].axes[0]
    assert [bar.get_height() for bar in bars.patches] == pytest.approx([51.26, 75])
    heights = [line.get_ydata()[0] for line in bars.lines]
    assert sorted(heights) == pytest.approx([17.4, 47.8, 51.8] if genuine else [17.4])


def test_bars_have_the_printed_number_of_their_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(run_results, "figure_to_png", drawn.append)
    rows = [row(4, "rnn", condition=None), row(4, condition="fc"), row(4, "lif", condition="fc")]
    run_results.plot_babi(rows, {(4, "rnn"): [0.5]}, True)
    bars: Any = drawn[0].axes[0]
    assert [line.get_ydata()[0] for line in bars.lines] == pytest.approx([73.5, 72.2, 17.4])
    labels = [text.get_text() for text in bars.get_legend().get_texts()]
    assert labels == ["printed in Table III", "most frequent answer"]
