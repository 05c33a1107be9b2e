"""Table III over seeds: averaged, and held to what the paper concludes."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from report.run_factory import printed_summaries, summary

from liaf_ref._core.errors import FormatError
from liaf_ref.experiments import paper
from liaf_ref.experiments.runner.spec import read_spec
from liaf_ref.report.babi_runs import (
    EARLY_STOPPED,
    EPOCH_SELECTIONS,
    OVERFLOWED,
    TABLE_III_CELLS,
    RunSummary,
    to_csv,
)
from liaf_ref.report.runs import from_csv
from liaf_ref.report.table03 import (
    RECURRENT_CELLS,
    TASK_CLAIMS,
    differing_cells,
    evaluate_claims,
    mean_accuracies,
    render_markdown,
    selection_tables,
)

SWEEP = Path(__file__).parents[3] / "docs" / "sweeps" / "table03.toml"


def steady(gain: float) -> list[RunSummary]:
    """Three seeds whose gains are not quite equal."""
    return printed_summaries((gain - 1e-6, gain, gain + 1e-6))


def test_a_table_of_runs_is_read_back(tmp_path: Path) -> None:
    runs = [summary(1, "lif"), replace(summary(2, "liaf"), majority=0.1, cause="overflow")]
    (tmp_path / "runs.csv").write_text(to_csv(runs))
    assert from_csv(tmp_path / "runs.csv") == runs


@pytest.mark.parametrize(
    "change", ["cause=bored", "settings=gamma=1", "settings=alpha=0.9  clip=1"]
)
def test_no_cause_or_setting_but_the_known_ones(tmp_path: Path, change: str) -> None:
    name, _, value = change.partition("=")
    head, line = to_csv([summary(1, "lif")]).split()
    values = dict(zip(head.split(","), line.split(","), strict=True)) | {name: value}
    (tmp_path / "x.csv").write_text(f"{head}\n{','.join(values.values())}\n")
    with pytest.raises(FormatError, match=rf"x.csv:2: run.{name}: expected .*, got str"):
        from_csv(tmp_path / "x.csv")


def test_a_majority_that_one_run_knows_is_shown() -> None:
    overflowed = replace(summary(1, "gru"), majority=float("nan"))
    for runs, majority in (([overflowed, summary(1, "liaf")], "20.0"), ([overflowed], "–")):
        assert next(selection_tables(runs, "final", "ec")).rows[0][1] == majority


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
    assert first.text == "LIAF beats LIF on average over all tasks"
    assert (first.printed, first.verdict.name) == ("+3.9", verdict)
    assert first.measured == f"{100 * gain:+.1f} ± 0.0".replace("-", "−")


def test_a_difference_within_its_interval_is_open() -> None:
    ends = [
        replace(e, final=min(e.final + 0.05 * (e.seed - 1), 1) if e.cell == "liaf" else e.final)
        for e in steady(0.01)
    ]
    assert evaluate_claims(ends, "final", "ec")[0].verdict.name == "not decided"


def test_differences_that_are_all_equal_decide_nothing() -> None:
    ends = [
        summary(task, cell, seed, 0.3 + 0.017 * (cell == "liaf"))
        for seed in range(3)
        for task in range(1, 21)
        for cell in ("lif", "liaf")
    ]
    first = evaluate_claims(ends, "final", "ec")[0]
    assert (first.measured, first.verdict.name) == ("+1.7, all equal", "not decided")
    flat = [
        summary(11, c, s, 0.5 + 0.1 * (c == "liaf"))
        for c in (*RECURRENT_CELLS, "liaf")
        for s in (0, 1)
    ]
    (wins,) = evaluate_claims(flat, "final", "ec")
    equal = "; ".join(f"+10.0, all equal ({cell.upper()})" for cell in RECURRENT_CELLS)
    assert (wins.measured, wins.verdict.name) == (equal, "not decided")


def on_task(task: int, cell: str, *shares: float) -> list[RunSummary]:
    return [summary(task, cell, seed, share) for seed, share in enumerate(shares)]


def test_a_win_needs_a_lead_on_each_baseline() -> None:
    """On LSTM 10, 9 and 11 points: 10.0 ± 4.3027 / √3 = 2.5; on RNN 20 each, on GRU 15, 20, 10."""
    rivals = [*on_task(11, "rnn", 0.4, 0.51, 0.6), *on_task(11, "gru", 0.45, 0.5, 0.7)]
    ends = [*rivals, *on_task(11, "lstm", 0.5, 0.61, 0.69), *on_task(11, "liaf", 0.6, 0.7, 0.8)]
    (wins,) = evaluate_claims(ends, "final", "ec")
    assert wins.measured == "+19.7 ± 1.4 (RNN); +10.0 ± 2.5 (LSTM); +15.0 ± 12.4 (GRU)"
    assert (wins.deciding, wins.verdict.name) == ("gru", "confirmed")
    (turned,) = evaluate_claims([replace(e, seed=2 - e.seed) for e in ends], "final", "ec")
    assert turned == wins
    crossed = [replace(e, seed=2 - e.seed) if e.cell == "lstm" else e for e in ends]
    (other,) = evaluate_claims(crossed, "final", "ec")
    assert (other.deciding, other.verdict.name) == ("lstm", "not decided")
    assert "; +10.0 ± 48.5 (LSTM); " in other.measured


def test_a_win_that_one_baseline_contradicts_is_contradicted() -> None:
    ends = [*on_task(11, "rnn", 0.1, 0.9), *on_task(11, "gru", 0.2, 0.21)]
    ends += [*on_task(11, "lstm", 0.7, 0.705), *on_task(11, "lif", 0.5, 0.51)]
    (wins,) = evaluate_claims(ends, "final", "ec")
    assert (wins.deciding, wins.verdict.name) == ("lstm", "contradicted")


def test_a_win_is_judged_on_the_seeds_that_both_have() -> None:
    rivals = [e for cell in RECURRENT_CELLS for e in on_task(12, cell, 0.5, 0.52)]
    own = on_task(12, "lif", 0.6, 0.63, 0.1)
    (wins,) = evaluate_claims([*rivals, *own], "final", "ec")
    assert wins.measured.startswith("+10.5 ± 6.4 (")
    apart = [replace(e, seed=7) if e.cell == "gru" else e for e in rivals]
    apart = [e for e in apart if e.cell != "gru" or e.final == 0.5]
    assert evaluate_claims([*apart, *own], "final", "ec") == []
    assert evaluate_claims([e for e in rivals if e.cell != "gru"] + own, "final", "ec") == []


def as_printed(condition: str) -> list[RunSummary]:
    """All cells on all tasks as printed, two seeds that are not quite equal."""
    cells = [(task, k, cell) for task in range(1, 21) for k, cell in enumerate(TABLE_III_CELLS, 1)]
    return [
        summary(
            task, cell, seed, paper.table03_accuracy(task, cell, condition) / 100 + 1e-6 * k * seed
        )
        for task, k, cell in cells
        for seed in (0, 1)
    ]


@pytest.mark.parametrize(
    ("condition", "printed", "ours"),
    [
        (
            "ec",
            "+3.9 −0.5 −3.3 −3.3 +5.4 +5.4 +12.4 +12.4 −32.1 −39.8 −9.3 −9.3",
            ["+3.9", "−0.6", "−3.3", "−3.3"],
        ),
        ("fc", "+4.6 +0.8 +0.8", ["+4.5", "+0.8", "+0.8"]),
    ],
)
def test_the_printed_rows_bear_out_the_printed_claims(
    condition: str, printed: str, ours: list[str]
) -> None:
    found = evaluate_claims(as_printed(condition), "final", condition)
    assert [claim.printed for claim in found] == printed.split()
    assert [claim.measured.split(" ")[0] for claim in found[: len(ours)]] == ours
    assert {claim.verdict.name for claim in found} == {"confirmed"}


def test_the_published_sweep_has_ten_seeds_of_each_claim_about_a_task() -> None:
    asked = {(c.task, c.cell, c.seed) for c in read_spec(SWEEP).configs.values()}
    for tasks, baselines in TASK_CLAIMS.values():
        cells = *baselines, "lif", "liaf"
        assert asked >= set(product(tasks, cells, range(10)))


def test_averages_need_all_tasks() -> None:
    assert evaluate_claims([summary(1, "lif"), summary(1, "liaf")], "final", "ec") == []
    assert "– (49.7)" in render_markdown([summary(1, "lif")])


def test_averages_take_the_seeds_that_each_task_has() -> None:
    """More seeds of one task change neither the others' weight nor the need of an interval."""
    ends = steady(0.02)
    more = replace(summary(7, "liaf", 3), final=paper.table03_accuracy(7, "lif") / 100 + 0.06)
    first = evaluate_claims([*ends, more], "final", "ec")[0]
    assert first.difference.value == pytest.approx(2 + 4 / 4 / 20, abs=1e-3)
    missing = [e for e in ends if e.task != 20]
    assert all("average" not in claim.text for claim in evaluate_claims(missing, "final", "ec"))
    single = [e for e in ends if e.task != 7 or e.seed == 0]
    assert evaluate_claims(single, "final", "ec")[0].verdict.name == "not decided"


def test_each_task_shows_what_it_adds_to_a_difference() -> None:
    page = render_markdown(steady(0.02))
    assert "LIAF − LIF (paper) |" in page
    (row,) = [line for line in page.splitlines() if line.startswith("|        QA7 |")]
    assert row.endswith(" +2.0 ± 0.0 (+26.4) |")


def with_alpha(alpha: float, *tasks: int) -> list[RunSummary]:
    return [
        replace(summary(task, "liaf", seed, 0.41 + 0.01 * seed), settings=f"alpha={alpha}")
        for task in tasks
        for seed in (0, 1)
    ]


def test_other_settings_have_a_table_of_their_own() -> None:
    ends = [*steady(0.02), *with_alpha(0.9, 4, 8), *with_alpha(0.5, 8)]
    page = render_markdown(ends)
    table = page[: page.index("## Other values of alpha")]
    assert table.startswith(render_markdown(steady(0.02)).partition("## Cells")[0])
    assert "| 0.3 (table) |        0.5 |        0.9 | paper |" in page
    (row,) = [line for line in page.splitlines() if "| LIAF |        QA8 lists-sets" in line]
    assert row.count("41.5 ± 6.4") == 2


def test_a_setting_explains_a_cell_that_it_brings_near_the_paper() -> None:
    ends = [*steady(0.3), *with_alpha(0.9, 4, 8), *with_alpha(0.5, 8)]
    rows = {row[1]: row for row in differing_cells(ends, "final", "ec") if row[0] == "LIAF"}
    assert rows["QA4"][3:] == ("42.8", "alpha=0.9 (41.5)", "alpha")
    assert rows["QA8"][4:] == ("alpha=0.9 (41.5), alpha=0.5 (41.5)", "alpha")
    assert rows["QA1"][4:] == ("–", "–")


def test_runs_that_ended_early_are_counted_for_each_setting() -> None:
    short = [replace(e, epochs_done=9 - e.seed, cause="overflow") for e in with_alpha(0.9, 8)]
    page = render_markdown([*on_task(8, "liaf", 0.5, 0.5, 0.6), *short])
    row = next(line for line in page.splitlines() if "alpha=0.9 |" in line and "overflow" in line)
    assert [cell.strip() for cell in row.split("|")][1:-1] == [
        *("QA8", "LIAF", "alpha=0.9", "60", "2 of 2", "8, 9", "overflow")
    ]


def test_the_page_has_every_reading_and_all_cells() -> None:
    page = render_markdown(steady(0.02))
    for about in EPOCH_SELECTIONS.values():
        assert f"## At {about}\n" in page
    assert page.count(" mean of 20 |") == len(EPOCH_SELECTIONS) + 1  # and the differences
    assert "ended early" not in page


@pytest.mark.parametrize(("loss", "verdict"), [(3.0, "confirmed"), (5.0, "contradicted")])
def test_fine_tuned_liaf_is_similar_down_to_three_points_below(loss: float, verdict: str) -> None:
    ends = [
        replace(e, final=e.final - loss / 100) if e.cell == "liaf" else e for e in as_printed("fc")
    ]
    similar = [v for v in evaluate_claims(ends, "final", "fc") if "similar" in v.text]
    assert [v.verdict.name for v in similar] == [verdict, verdict]


def test_a_loss_needs_a_lead_of_each_baseline() -> None:
    """LSTM leads by 10, 9 and 11 points; GRU by 10, 9 and 11, then by nothing."""
    ends = [*on_task(8, "liaf", 0.6, 0.61, 0.7), *on_task(8, "lstm", 0.7, 0.7, 0.81)]
    (loses,) = evaluate_claims([*ends, *on_task(8, "gru", 0.7, 0.7, 0.81)], "final", "ec")
    assert (loses.text, loses.verdict.name) == (
        "LIAF loses on QA8, against each of LSTM, GRU",
        "confirmed",
    )
    (level,) = evaluate_claims([*ends, *on_task(8, "gru", 0.6, 0.611, 0.7)], "final", "ec")
    assert (level.deciding, level.verdict.name) == ("gru", "contradicted")


@pytest.mark.parametrize(
    ("cause", "text"),
    [(OVERFLOWED, "overflow"), (EARLY_STOPPED, "early stopping"), ("", "not recorded")],
)
def test_the_page_names_runs_that_were_broken_off(cause: str, text: str) -> None:
    page = render_markdown([replace(summary(1, "lif", 5), epochs_done=4, cause=cause)])
    ended = [cell.strip() for cell in page.rpartition("## Runs that ended early")[2].split("|")]
    assert ended[-8:-1] == ["QA1", "LIF", "–", "60", "1 of 1", "4", text]
