"""Which runs the report takes, which it puts together, and which it refuses."""

import json
import math
from pathlib import Path

import pytest

from liaf_ref._core.errors import FormatError, InputError, RunError
from liaf_ref.report.build import collect_runs
from report.run_factory import babi_run, vision_run, write_data_description


def test_runs_that_differ_in_cell_and_seed_are_a_group(tmp_path: Path) -> None:
    for cell in ("lif", "liaf"):
        for seed in (1, 0):
            vision_run(tmp_path, cell, seed)
    write_data_description(tmp_path)
    (group,) = collect_runs([tmp_path]).groups
    assert group.label == "MNIST-DVS, scale smoke, simulated recordings"
    assert group.cells == ("liaf", "lif")
    assert [run.config["seed"] for run in group.runs_of("lif")] == [0, 1]


def test_rates_of_rivals_may_differ_but_not_those_of_one_cell(tmp_path: Path) -> None:
    vision_run(tmp_path / "a", "conv2d", lr=0.02)
    vision_run(tmp_path / "a", "liaf", lr=0.002)
    assert len(collect_runs([tmp_path]).groups) == 1
    vision_run(tmp_path / "b", "liaf", lr=0.01)
    found = collect_runs([tmp_path]).groups
    assert sorted(group.label.split(", ")[-1] for group in found) == [
        "lr 0.002",
        "lr 0.01",
        "lr 0.02",
    ]
    assert len({group.name for group in found}) == 3


def test_rivals_are_runs_on_cifar10_dvs(tmp_path: Path) -> None:
    vision_run(tmp_path, "conv2d", experiment="rivals")
    vision_run(tmp_path, "liaf", experiment="cifar10-dvs")
    (group,) = collect_runs([tmp_path]).groups
    assert (group.experiment, group.cells) == ("cifar10-dvs", ("liaf", "conv2d"))


def test_other_data_scales_and_settings_are_never_averaged(tmp_path: Path) -> None:
    vision_run(tmp_path / "a")
    vision_run(tmp_path / "b", scale="small")
    vision_run(tmp_path / "c", experiment="gesture")
    vision_run(tmp_path / "d", weight_decay=0.1)
    vision_run(tmp_path / "e", seed=1)
    write_data_description(tmp_path / "e")
    assert len(collect_runs([tmp_path]).groups) == 5


def test_the_data_are_published_if_the_run_says_of_which_folder(tmp_path: Path) -> None:
    vision_run(tmp_path, scale="paper")
    assert collect_runs([tmp_path]).groups[0].origin == "unrecorded"
    write_data_description(tmp_path, "MNIST-DVS, in data/mnist")
    assert collect_runs([tmp_path]).groups[0].matches_paper
    write_data_description(tmp_path)
    assert not collect_runs([tmp_path]).groups[0].matches_paper


@pytest.mark.parametrize(("folder", "origin"), [(None, "simulated"), ("/d", "published")])
def test_a_run_says_itself_where_its_data_were(
    tmp_path: Path, folder: str | None, origin: str
) -> None:
    path = vision_run(tmp_path) / "run.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"origin": {"data": {"folder": folder}}}))
    assert collect_runs([tmp_path]).groups[0].origin == origin


def test_what_has_not_ended_is_left_out_and_named(tmp_path: Path) -> None:
    running = vision_run(tmp_path, status="running")
    vision_run(tmp_path, seed=1, experiment="else")
    first, second = collect_runs([tmp_path]).skipped
    assert first == f"{running}: it has not ended"
    assert second.endswith("does not belong to any table or figure: 'else'")


def test_a_run_on_babi_need_not_watch_the_test_questions(tmp_path: Path) -> None:
    babi_run(tmp_path)
    (found,) = collect_runs([tmp_path]).babi
    assert (found.summary.selected, found.summary.majority, found.summary.epochs_done) == (
        0.5,
        0.2,
        2,
    )
    assert math.isnan(found.summary.final)
    assert math.isnan(found.summary.best_test)
    babi_run(tmp_path / "last", task=2, select_epoch="final")
    with pytest.raises(InputError, match="alike but for task, cell"):
        collect_runs([tmp_path])
    (last,) = collect_runs([tmp_path / "last"]).babi
    assert last.summary.final == 0.5
    assert math.isnan(last.summary.selected)


def test_a_run_on_babi_that_overflowed_counts_if_it_was_watched(tmp_path: Path) -> None:
    failed = babi_run(tmp_path)
    record = json.loads((failed / "run.json").read_text())
    del record["result"]
    (failed / "run.json").write_text(json.dumps(record | {"status": "failed", "error": "inf"}))
    assert collect_runs([tmp_path]).skipped == (f"{failed}: inf",)
    rows = [json.loads(line) for line in (failed / "metrics.jsonl").read_text().splitlines()]
    watched = [row | {"test_loss": 1.0, "test_accuracy": 0.3} for row in rows]
    (failed / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in watched))
    (found,) = collect_runs([tmp_path]).babi
    assert (found.summary.final, found.summary.epochs_done) == (0.3, 2)


@pytest.mark.parametrize("changes", [{"task": 21}, {"cell": "liaf2"}])
def test_other_tasks_and_cells_are_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    babi_run(tmp_path, **{"task": 1, **changes})  # type: ignore[arg-type]
    with pytest.raises(FormatError, match="expected runs of tasks 1 to 20 and of"):
        collect_runs([tmp_path])


def test_two_texts_of_a_task_are_refused(tmp_path: Path) -> None:
    babi_run(tmp_path)
    babi_run(tmp_path, seed=1, data_sha256="another")
    with pytest.raises(InputError, match="QA1: expected runs on one text, got two"):
        collect_runs([tmp_path])


def test_a_run_counts_once(tmp_path: Path) -> None:
    vision_run(tmp_path / "a")
    with pytest.raises(RunError, match=r"expected each run once, got it below .* too"):
        collect_runs([tmp_path, tmp_path / "a"])
    vision_run(tmp_path / "b")
    with pytest.raises(RunError, match=r"expected each run once, got .* of the same config"):
        collect_runs([tmp_path])


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_metrics_that_are_not_finite_are_named(tmp_path: Path, value: float) -> None:
    path = vision_run(tmp_path, "lif") / "metrics.jsonl"
    first, second, *rest = path.read_text().splitlines()
    second = json.dumps(json.loads(second) | {"validation_loss": value})
    path.write_text("\n".join([first, second, *rest]))
    text = rf"lif-0/metrics.jsonl:2: validation_loss: expected a finite number, got {value}"
    with pytest.raises(FormatError, match=text):
        collect_runs([tmp_path])


def test_wrong_folders_and_records_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a folder with runs or a table of them"):
        collect_runs([tmp_path / "nowhere"])
    with pytest.raises(InputError, match="expected runs of liaf-ref run or liaf-ref sweep"):
        collect_runs([tmp_path])
    vision_run(tmp_path / "cell", "gru")
    with pytest.raises(FormatError, match=r"cell, scale and seed of a run of MNIST-DVS, got 'gru'"):
        collect_runs([tmp_path / "cell"])
    (vision_run(tmp_path / "empty") / "metrics.jsonl").write_text("")
    with pytest.raises(FormatError, match="expected a line for each epoch"):
        collect_runs([tmp_path / "empty"])
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FormatError, match="expected a table of runs"):
        collect_runs([tmp_path / "other.csv"])
