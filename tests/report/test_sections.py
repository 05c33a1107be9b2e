"""Sections of the report: what one lacks, differences, verdicts, curves; stored runs."""

import csv
import json
import re
from pathlib import Path

import pytest
from cli.commands import dvs_configs

from liaf_ref.report.build import build_report, make_section
from liaf_ref.report.content import Claim, Section, format_mean
from liaf_ref.report.dvs_runs import RunGroup
from liaf_ref.report.runs import RunCollection, collect_runs
from report.run_factory import liaf_lif_group, vision_run


def test_a_hand_clap_is_simulated() -> None:
    cloud, frames = make_section("fig09").pictures
    assert len(cloud.rows) > 2_000
    assert {row[0] for row in frames.rows[1:]} == {"188 ms", "562 ms", "938 ms", "1312 ms"}


@pytest.mark.parametrize("name", ["table06", "fig07", "fig08", "n-mnist"])
def test_a_section_without_runs_names_the_command_that_makes_them(name: str) -> None:
    section = make_section(name)
    assert section.verdict.startswith("No runs for the claim that ")
    assert not section.pictures
    commands = [missing.command for missing in section.missing]
    assert commands
    assert all(("--data DIR" in command) == (name == "n-mnist") for command in commands)


def test_tables09_and_10_take_gestures_alone(tmp_path: Path) -> None:
    liaf_lif_group(tmp_path / "g", (0.9, 0.92), (0.7, 0.71), experiment="gesture")
    liaf_lif_group(tmp_path / "m", (0.5,), (0.4,))
    groups = collect_runs([tmp_path])
    ninth, tenth = make_section("table09", groups), make_section("table10", groups)
    assert "12 of 12 printed counts" in ninth.verdict
    assert "+20.5 ± 6.4 points over 2 seeds (paper: +3.5)" in tenth.verdict
    assert (len(ninth.claims), tenth.claims) == (1, ())  # a claim is judged once
    ours = [row for row in tenth.tables[0].rows if row[0].startswith("ours")]
    assert [row[1] for row in ours] == ["70.5 ± 6.4", "91.0 ± 12.7"]
    assert all("/g/" in source for source in ninth.sources)


def test_the_command_runs_the_cells_that_a_section_lacks(tmp_path: Path) -> None:
    vision_run(tmp_path, "convlstm", experiment="gesture", scale="small")
    (missing,) = make_section("table09", collect_runs([tmp_path])).missing
    assert missing.description == "DVS128 Gesture: LIAF, LIF"
    configs = dvs_configs(*missing.command.split()[1:])
    assert [(c.experiment, c.scale, c.cell) for c in configs] == [
        ("gesture", "small", cell) for cell in ("liaf", "lif")
    ]
    for cell in ("liaf", "lif"):
        vision_run(tmp_path, cell, experiment="gesture", scale="small", lr=0.01)
    assert make_section("table09", collect_runs([tmp_path])).missing == ()


TEXT = "LIAF has a higher test accuracy than LIF, MNIST-DVS, scale smoke, simulated recordings: "


def made(name: str, *groups: RunGroup) -> Section:
    return make_section(name, RunCollection(groups))


def claim(group: RunGroup) -> Claim:
    (found,) = made("table06", group).claims
    return found


def test_the_interval_is_of_the_paired_differences(tmp_path: Path) -> None:
    found = claim(liaf_lif_group(tmp_path, (0.50, 0.70, 0.90), (0.49, 0.68, 0.87)))
    assert found.difference.value == pytest.approx(2)
    assert found.difference.half_width == pytest.approx(4.302653 / 3**0.5)  # Student's t, 2 degrees
    assert found.as_sentence() == (
        f"{TEXT}+2.0 ± 2.5 points over 3 seeds (paper: +1.6); "
        "not decided: the interval contains 0 and +2."
    )


def test_folds_are_pooled_and_paired(tmp_path: Path) -> None:
    for fold, (liaf, lif) in enumerate(((0.90, 0.89), (0.80, 0.78), (0.70, 0.67)), 1):
        for cell, score in (("liaf", liaf), ("lif", lif)):
            vision_run(tmp_path / f"{fold}", cell, 0, score, fold=fold, folds=3)
    (group,) = collect_runs([tmp_path]).groups
    assert claim(group).as_sentence() == (
        # the variance is 1 / 3 + 1 / 2 in place of 1 / 3
        f"{TEXT}+2.0 ± 3.9 points over 3 folds (paper: +1.6); "
        "not decided: the interval contains 0 and +2."
    )
    section = made("n-mnist", group._replace(experiment="n-mnist"))
    assert section.tables[0].head[1] == "folds"
    assert "the intervals are corrected" in section.notes[0]


def test_only_seeds_with_equal_recordings_make_a_pair(tmp_path: Path) -> None:
    vision_run(tmp_path, "lif", 7, 0.2, data_sha256="others")
    group = liaf_lif_group(tmp_path, (0.9, 0.8, 0.7), (0.5, 0.6))
    found = claim(group)
    assert found.difference.n == 2
    assert found.difference.value == pytest.approx(30)
    vision_run(tmp_path / "x", "lif", 0)
    apart = group._replace(runs=group.runs_of("liaf")[:1] + group.runs_of("lif")[2:])
    assert made("table06", apart).verdict.startswith("No runs for the claim")


def test_several_comparisons_are_counted(tmp_path: Path) -> None:
    lif = (0.5, 0.6, 0.7)
    wins = liaf_lif_group(tmp_path / "a", (0.60, 0.71, 0.82), lif)
    loses = liaf_lif_group(tmp_path / "b", (0.40, 0.49, 0.58), lif)
    open_ = liaf_lif_group(tmp_path / "c", (0.50, 0.65, 0.65), lif)
    assert made("table06", wins, loses, open_, wins).verdict == (
        "Claim: LIAF is more accurate than LIF.  "
        "4 comparisons: 2 confirmed; 1 not decided; 1 opposite sign."
    )
    assert made("table06", wins).verdict == claim(wins).as_sentence()
    assert made("table06").verdict == "No runs for the claim that LIAF is more accurate than LIF."


SAW = (0.5, 0.6, 0.5, 0.6)


def test_roughness_and_gap_are_measured_and_compared(tmp_path: Path) -> None:
    """A straight line is smooth; a saw of 10 points has a second difference of 20."""
    for seed in (0, 1):
        vision_run(tmp_path, "liaf", seed, validation=(0.1, 0.2, 0.3, 0.4), train=SAW)
        vision_run(tmp_path, "lif", seed, validation=SAW, train=SAW)
    (table,) = make_section("fig07", collect_runs([tmp_path])).tables
    assert list(table.rows) == [
        ("LIAF", "2", "0.0", "20.0"),
        ("LIF", "2", "20.0", "0.0"),
        ("LIAF − LIF", "2", "−20.0", "+20.0"),
    ]


def test_curves_are_means_over_the_seeds(tmp_path: Path) -> None:
    for seed, shift in ((0, 0.0), (1, 0.2)):
        scores = (0.2 + shift, 0.4 + shift, 0.6 + shift)
        vision_run(tmp_path, seed=seed, validation=scores, train=scores)
    accuracy, loss = make_section("fig07", collect_runs([tmp_path])).pictures
    lines = [row for row in accuracy.rows if row[0] == "LIAF, validation"]
    assert lines == [("LIAF, validation", k, f"{10 + 20 * k}", "127.062", 2) for k in (1, 2, 3)]
    assert [row[2] for row in loss.rows[1:]] == 2 * ["0.7", "0.5", "0.3"]
    assert {row[0] for row in loss.rows[1:]} == {"LIAF, validation", "LIAF, training"}


STORED = Path(__file__).parent / "stored"
RESULTS = Path(__file__).parents[2] / "docs" / "results"
Rows = dict[str, list[tuple[str, ...]]]


EXPECTED: Rows = {}  # the first column of the file has the name of a line's table
with (STORED / "tables.csv").open(encoding="utf-8", newline="") as file:
    for table, *line in csv.reader(file):
        EXPECTED.setdefault(table, []).append(tuple(line))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The tables of the report, its claims and the numbers of its sentences, by name."""
    folder = tmp_path_factory.mktemp("stored")
    for line in (STORED / "runs.jsonl").read_text("utf-8").splitlines():
        run = json.loads(line)
        vision_run(folder / run["experiment"] / str(run.get("fold", "")), **run)
    sections = build_report(collect_runs([folder, RESULTS / "table03.csv"])).sections
    rows: Rows = {table.name: [table.head, *table.rows] for s in sections for table in s.tables}
    claims = [claim for section in sections for claim in section.claims]
    ours = ((c, format_mean(c.difference, "+"), str(c.difference.n)) for c in claims)
    rows["claims"] = [(c.where, c.text, c.printed, *own, c.verdict.name) for c, *own in ours]
    texts = {s.name: " ".join((s.verdict, *s.findings, *s.notes)) for s in sections}
    number = re.compile(r"[+−]?\d+(?:[.,]\d+)*")  # whatever words stand around them
    rows["sentences"] = [(name, *number.findall(text)) for name, text in texts.items()]
    return rows


@pytest.mark.parametrize("name", EXPECTED)
def test_stored_runs_give_the_stored_numbers(tables: Rows, name: str) -> None:
    assert tables[name] == EXPECTED[name]
