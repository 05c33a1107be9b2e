"""Table III over seeds: averaged, held to what the paper concludes, and laid out in tables."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from liaf_ref.experiments import paper
from liaf_ref.experiments.runner.spec import read_spec
from liaf_ref.report.babi_runs import TABLE_III_CELLS, BabiRun, RunSummary
from liaf_ref.report.build import make_section
from liaf_ref.report.content import Claim, Section
from liaf_ref.report.runs import RunCollection
from liaf_ref.report.table03 import TASK_CLAIMS, Accuracies, render_markdown
from report.run_factory import printed_summaries, summary

SWEEP = Path(__file__).parents[2] / "docs" / "sweeps" / "table03.toml"
Runs = list[RunSummary]


def section(runs: Runs, **changes: Any) -> Section:
    babi = tuple(BabiRun("runs.csv", run, **changes) for run in runs)
    return make_section("table03", RunCollection((), babi))


def claims(runs: Runs, condition: str = "ec") -> list[Claim]:
    return list(Accuracies.of(runs, "final", condition).claims())


def steady(gain: float) -> Runs:
    """Three seeds whose gains are not quite equal."""
    return printed_summaries((gain - 1e-6, gain, gain + 1e-6))


def on_task(task: int, cell: str, *shares: float) -> Runs:
    return [summary(task, cell, seed, share) for seed, share in enumerate(shares)]


@pytest.mark.parametrize(
    ("runs", "verdict"),
    [
        (steady(0.02), "+2.0 ± 0.0: confirmed"),
        (steady(0.0), "+0.0 ± 0.0: no difference that counts"),
        (steady(-0.02), "−2.0 ± 0.0: opposite sign"),
        (printed_summaries((-0.08, 0.0, 0.1)), "+0.5 ± 2.3: not decided"),
        (printed_summaries((0.04, 0.04)), "+4.0, all equal: not decided"),
        (printed_summaries((0.04,)), "+4.0: not decided"),
    ],
)
def test_a_claim_is_judged_by_the_interval(runs: Runs, verdict: str) -> None:
    first = claims(runs)[0]
    assert first.text == "LIAF beats LIF on average over all tasks"
    assert first.printed == "+3.9"
    assert f"{first.measured}: {first.verdict.name}" == verdict


def test_a_win_needs_a_lead_on_each_baseline() -> None:
    """On LSTM 10, 9 and 11 points: 10.0 ± 4.3027 / √3 = 2.5; on RNN 20 each, on GRU 15, 20, 10."""
    rivals = [*on_task(11, "rnn", 0.4, 0.51, 0.6), *on_task(11, "gru", 0.45, 0.5, 0.7)]
    ends = [*rivals, *on_task(11, "lstm", 0.5, 0.61, 0.69), *on_task(11, "liaf", 0.6, 0.7, 0.8)]
    (wins,) = claims(ends)
    assert wins.measured == "+19.7 ± 1.4 (RNN); +10.0 ± 2.5 (LSTM); +15.0 ± 12.4 (GRU)"
    assert (wins.deciding, wins.verdict.name) == ("gru", "confirmed")
    assert claims([replace(e, seed=2 - e.seed) for e in ends]) == [wins]
    crossed = [replace(e, seed=2 - e.seed) if e.cell == "lstm" else e for e in ends]
    (other,) = claims(crossed)
    assert (other.deciding, other.verdict.name) == ("lstm", "not decided")
    assert claims([e for e in ends if e.cell != "gru"]) == []  # nor without one of them


def test_a_loss_needs_a_lead_of_each_baseline() -> None:
    """LSTM leads by 10, 9 and 11 points; GRU by 10, 9 and 11, then by nothing."""
    ends = [*on_task(8, "liaf", 0.6, 0.61, 0.7), *on_task(8, "lstm", 0.7, 0.7, 0.81)]
    (loses,) = claims([*ends, *on_task(8, "gru", 0.7, 0.7, 0.81)])
    assert loses.text == "LIAF loses on QA8, against each of LSTM, GRU"
    assert loses.verdict.name == "confirmed"
    (level,) = claims([*ends, *on_task(8, "gru", 0.6, 0.611, 0.7)])
    assert (level.deciding, level.verdict.name) == ("gru", "no difference that counts")


def as_printed(condition: str) -> Runs:
    """All cells on all tasks as printed, two seeds that are not quite equal."""
    return [
        summary(task, cell, seed, printed / 100 + 1e-6 * k * seed)
        for task in range(1, 21)
        for k, cell in enumerate(TABLE_III_CELLS, 1)
        for printed in [paper.table03_accuracy(task, cell, condition)]
        for seed in (0, 1)
    ]


EC = "+3.9 −0.5 −3.3 −3.3 +5.4 +5.4 +12.4 +12.4 −32.1 −39.8 −9.3 −9.3"


@pytest.mark.parametrize(
    ("condition", "printed", "ours"),
    [("ec", EC, "+3.9 −0.6 −3.3 −3.3"), ("fc", "+4.6 +0.8 +0.8", "+4.5 +0.8 +0.8")],
)
def test_the_printed_rows_bear_out_the_printed_claims(
    condition: str, printed: str, ours: str
) -> None:
    found = claims(as_printed(condition), condition)
    assert [claim.printed for claim in found] == printed.split()
    assert " ".join(claim.measured.split(" ")[0] for claim in found).startswith(ours)
    small = "same sign, too small to count"  # 0.5 points behind RNN
    expected = [small if claim.printed == "−0.5" else "confirmed" for claim in found]
    assert [claim.verdict.name for claim in found] == expected


def test_the_published_sweep_has_ten_seeds_of_each_claim_about_a_task() -> None:
    asked = {(c.task, c.cell, c.seed) for c in read_spec(SWEEP).configs.values()}
    for tasks, baselines in TASK_CLAIMS.values():
        assert asked >= set(product(tasks, (*baselines, "lif", "liaf"), range(10)))


def test_averages_take_all_tasks_with_the_seeds_that_each_has() -> None:
    """More seeds of one task change neither the others' weight nor the need of an interval."""
    ends = steady(0.02)
    more = replace(summary(7, "liaf", 3), final=paper.table03_accuracy(7, "lif") / 100 + 0.06)
    assert claims([*ends, more])[0].difference.value == pytest.approx(2 + 4 / 4 / 20, abs=1e-3)
    assert all("average" not in c.text for c in claims([e for e in ends if e.task != 20]))
    single = [e for e in ends if e.task != 7 or e.seed == 0]
    assert claims(single)[0].verdict.name == "not decided"
    assert "– (49.7)" in render_markdown([summary(1, "lif")])


def test_the_section_judges_the_mean_of_all_tasks() -> None:
    found = section(printed_summaries((0.03, 0.04, 0.05)))
    assert found.verdict.startswith(
        "Equivalent condition, at the last epoch: LIAF beats LIF on average over all tasks: "
        "+4.0 ± 0.3 points over 3 seeds (paper: +3.9); confirmed: the interval excludes 0."
    )
    assert found.tables[0].rows[0][-1].endswith("(51.8)")
    assert found.notes[0] == "A table of runs does not record which text was used."
    other = section(printed_summaries((0.1,)), text="hash")
    assert other.notes[0] == "Text: generated or other text."


def test_other_epochs_and_early_stopping_are_no_condition_of_the_paper() -> None:
    ends = printed_summaries((0.1,))
    stopped = replace(ends[0], seed=1, epochs_done=9, stop_after=5, cause="stopped")
    found = section([*ends, stopped, replace(ends[1], epochs=20, epochs_done=20)])
    labels = dict.fromkeys(table.caption.split(". ")[0].split(": ")[0] for table in found.tables)
    assert [label for label in labels if "epochs" in label] == [
        "20 epochs at a learning rate of 0.001 (paper",
        "60 epochs or 5 without a lower validation loss at a learning rate of 0.001 (paper",
    ]
    assert found.tables[-1].rows == (("QA1", "RNN", "–", "60", "1 of 2", "9", "early stopping"),)


def missing(runs: Runs) -> list[tuple[str, str]]:
    found = section(runs).missing
    return [(each.description, each.command.partition("v1-2 ")[2]) for each in found]


def test_the_section_names_what_is_missing() -> None:
    nothing = ("all tasks, five layers, three to ten seeds", "--jobs 2 --out babi")
    other = [replace(run, epochs=20) for run in printed_summaries((0.1,))]
    assert missing([]) == missing(other) == [nothing]
    ends = printed_summaries((0.0, 0.1))
    assert missing(ends) == []
    lacking = [run for run in ends if run.cell != "gru" or run.task not in {2, 3, 4, 20}]
    command = "--tasks 2,3,4,20 --cells gru --track-test"
    assert missing(lacking) == [("GRU: tasks 2,3,4,20", command)]
