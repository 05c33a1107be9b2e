"""Table III over seeds: averaged, and held to what the paper concludes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from report.run_factory import printed_summaries, summary

from liaf_ref._core.errors import FormatError
from liaf_ref.experiments import paper
from liaf_ref.report.babi_runs import (
    EARLY_STOPPED,
    EPOCH_SELECTIONS,
    OVERFLOWED,
    RunSummary,
    from_csv,
    to_csv,
)
from liaf_ref.report.tables.table03 import (
    Claim,
    evaluate_claims,
    mean_accuracies,
    render_markdown,
)
from liaf_ref.report.tables.table03.accuracies import CELLS, table_rows, task_averages
from liaf_ref.report.tables.table03.claims import RECURRENT_CELLS


def ours(claim: Claim) -> str:
    return claim.as_row()[2]


def steady(gain: float) -> list[RunSummary]:
    """Three seeds whose gains are not quite equal."""
    return printed_summaries((gain, gain + 1e-6, gain + 2e-6))


def test_a_table_of_runs_is_read_back(tmp_path: Path) -> None:
    runs = [summary(1, "lif"), replace(summary(2, "liaf"), majority=0.1, cause="overflow")]
    (tmp_path / "runs.csv").write_text(to_csv(runs))
    assert from_csv(tmp_path / "runs.csv") == runs


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cause": "bored"}, "cause: expected overflow, stopped or nothing, got"),
        ({"stop_after": -1}, "stop_after: expected a number of epochs, got"),
    ],
)
def test_no_cause_and_no_patience_are_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    (tmp_path / "x.csv").write_text(to_csv([replace(summary(1, "lif"), **changes)]))
    with pytest.raises(FormatError, match=message):
        from_csv(tmp_path / "x.csv")


def test_a_majority_that_one_run_knows_is_shown() -> None:
    overflowed = replace(summary(1, "gru"), majority=float("nan"))
    assert table_rows([overflowed, summary(1, "liaf")], "final", "ec")[0][1] == "20.0"
    assert table_rows([overflowed], "final", "ec")[0][1] == "–"


def test_means_are_over_the_seeds() -> None:
    ends = [summary(1, "lif", 0, 0.5), summary(1, "lif", 1, 0.7), summary(2, "lif", 0, 0.1)]
    found = mean_accuracies(ends, "final")
    assert {key: m.value for key, m in found.items()} == {
        (1, "lif"): pytest.approx(0.6),
        (2, "lif"): 0.1,
    }


@pytest.mark.parametrize(
    ("gain", "verdict"), [(0.02, "confirmed"), (0.0, "contradicted"), (-0.02, "contradicted")]
)
def test_a_claim_is_judged_by_the_interval(gain: float, verdict: str) -> None:
    first = evaluate_claims(steady(gain), "final", "ec")[0]
    assert first.claim == "LIAF beats LIF on average over all tasks"
    assert (first.as_row()[1], first.verdict.name, first.as_row()[3]) == ("+3.9", verdict, verdict)
    assert ours(first) == f"{100 * gain:+.1f} ± 0.0"


def test_a_difference_within_its_interval_is_open() -> None:
    ends = [
        replace(e, final=e.final + (0.05 * (e.seed - 1) if e.cell == "liaf" else 0))
        for e in steady(0.01)
    ]
    assert evaluate_claims(ends, "final", "ec")[0].verdict.name == "not decided"


def test_differences_that_are_all_equal_decide_nothing() -> None:
    """LIAF is 1.7 points above LIF on each task and seed, but for the rounding of a mean of 20."""
    ends = [
        summary(task, cell, seed, share + 0.017 * (cell == "liaf"))
        for seed, share in enumerate((0.1, 0.3, 0.7))
        for task in range(1, 21)
        for cell in ("lif", "liaf")
    ]
    first = evaluate_claims(ends, "final", "ec")[0]
    assert (ours(first), first.verdict.name) == ("+1.7, all equal", "not decided")
    flat = [
        summary(11, c, s, 0.5 + 0.1 * (c == "liaf"))
        for c in (*RECURRENT_CELLS, "liaf")
        for s in (0, 1)
    ]
    (wins,) = evaluate_claims(flat, "final", "ec")
    assert (ours(wins), wins.verdict.name) == ("+10.0, all equal (RNN)", "not decided")


def on_task(task: int, cell: str, *shares: float) -> list[RunSummary]:
    return [summary(task, cell, seed, share) for seed, share in enumerate(shares)]


def test_a_win_is_judged_by_the_differences_of_equal_seeds() -> None:
    """10, 9 and 11 points: 10.0 ± 4.3027 / √3 = 2.5; the intervals of both cells add up to 49.7."""
    rivals = [*on_task(11, "rnn", 0.4, 0.5, 0.6), *on_task(11, "gru", 0.45, 0.5, 0.7)]
    ends = [*rivals, *on_task(11, "lstm", 0.5, 0.61, 0.69), *on_task(11, "liaf", 0.6, 0.7, 0.8)]
    (wins,) = evaluate_claims(ends, "final", "ec")
    assert (ours(wins), wins.verdict.name) == ("+10.0 ± 2.5 (LSTM)", "confirmed")
    (turned,) = evaluate_claims([replace(e, seed=2 - e.seed) for e in ends], "final", "ec")
    assert turned == wins
    crossed = [replace(e, seed=2 - e.seed) if e.cell == "lstm" else e for e in ends]
    (other,) = evaluate_claims(crossed, "final", "ec")
    assert (ours(other), other.verdict.name) == ("+10.0 ± 48.5 (LSTM)", "not decided")


def test_a_win_is_judged_on_the_seeds_that_all_have() -> None:
    rivals = [e for cell in RECURRENT_CELLS for e in on_task(12, cell, 0.5, 0.52)]
    own = on_task(12, "lif", 0.6, 0.63, 0.1)
    (wins,) = evaluate_claims([*rivals, *own], "final", "ec")
    assert ours(wins).startswith("+10.5 ± 6.4 (")
    apart = [replace(e, seed=7) if e.cell == "gru" else e for e in rivals]
    apart = [e for e in apart if e.cell != "gru" or e.final == 0.5]
    assert evaluate_claims([*apart, *own], "final", "ec") == []
    assert evaluate_claims([e for e in rivals if e.cell != "gru"] + own, "final", "ec") == []


def as_printed(condition: str) -> list[RunSummary]:
    """All cells on all tasks as printed, two seeds that are not quite equal."""
    cells = [(task, k, cell) for task in range(1, 21) for k, cell in enumerate(CELLS, 1)]
    return [
        summary(
            task, cell, seed, paper.table03_accuracy(task, cell, condition) / 100 + 1e-6 * k * seed
        )
        for task, k, cell in cells
        for seed in (0, 1)
    ]


def test_the_printed_rows_bear_out_the_printed_claims() -> None:
    ends = as_printed("ec")
    found = evaluate_claims(ends, "final", "ec")
    assert [ours(v).split(" ")[0] for v in found[:3]] == ["+3.9", "-3.3", "-3.3"]
    assert {v.verdict.name for v in found} == {"confirmed"}
    assert [v.claim.split(",")[0] for v in found[3:]] == [
        "LIAF wins on QA11",
        "LIF wins on QA11",
        "LIAF wins on QA12",
        "LIF wins on QA12",
    ]


def test_averages_need_all_tasks() -> None:
    assert evaluate_claims([summary(1, "lif"), summary(1, "liaf")], "final", "ec") == []
    assert "– (49.7)" in render_markdown([summary(1, "lif")])


def test_averages_count_each_task_once() -> None:
    ends = steady(0.02)
    assert task_averages(ends + ends, "final", "lif") == task_averages(ends, "final", "lif")
    missing = [e for e in ends if e.task != 20]
    assert task_averages([*missing, *(e for e in ends if e.task == 1)], "final", "lif") == {}


def test_the_page_has_every_reading_and_all_cells() -> None:
    page = render_markdown(steady(0.02))
    for about in EPOCH_SELECTIONS.values():
        assert f"## At {about}\n" in page
    assert page.count(" mean of 20 |") == len(EPOCH_SELECTIONS)
    assert "Ended early" not in page


def test_the_printed_rows_bear_out_the_claims_of_fine_tuning() -> None:
    found = evaluate_claims(as_printed("fc"), "final", "fc")
    assert [v.as_row()[1] for v in found[:3]] == ["+4.6", "+0.8", "+0.8"]
    assert [ours(v).split(" ")[0] for v in found[:3]] == ["+4.5", "+0.8", "+0.8"]
    assert {v.verdict.name for v in found} == {"confirmed"}


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (OVERFLOWED, "## Runs that overflowed\n\nEnded early because a gradient was not finite"),
        (EARLY_STOPPED, "## Early-stopped runs\n\nEnded early because the validation loss stopped"),
        ("", "## Aborted runs\n\nEnded early for a reason that the table of runs does not record"),
    ],
)
def test_the_page_names_runs_that_were_broken_off(cause: str, text: str) -> None:
    page = render_markdown([replace(summary(1, "lif", 5), epochs_done=4, cause=cause)])
    assert text in page
    assert ".  The epochs before that count:\n\n- QA1, LIF, seed 5: after epoch 4 of 60" in page
    assert page.count("Ended early") == 1
