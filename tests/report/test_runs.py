"""Which runs the report takes, groups and refuses, from folders and from tables."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import record_runs
from support import small_task

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref.data.babi.reader import SHA256
from liaf_ref.experiments import babi
from liaf_ref.report.babi_runs import RunSummary, check_one_table, group_babi_runs
from liaf_ref.report.build import make_section
from liaf_ref.report.runs import collect_runs, epochs_path
from liaf_ref.training.run_folder import read_metrics, read_run_json
from report.run_factory import babi_run, change_record, liaf_lif_group, vision_run


def summaries(folder: Path) -> list[RunSummary]:
    return sorted((run.summary for run in collect_runs([folder]).babi), key=RunSummary.sort_key)


def test_runs_that_differ_in_cell_and_seed_are_a_group(tmp_path: Path) -> None:
    group = liaf_lif_group(tmp_path, (0.9, 0.9), (0.9, 0.9))
    assert group.label == "MNIST-DVS, scale smoke, simulated recordings"
    assert group.cells == ("liaf", "lif")
    assert [run.config.seed for run in group.runs_of("lif")] == [0, 1]


@pytest.mark.parametrize(
    ("changes", "groups"),
    [
        ({"cell": "conv2d", "lr": 0.02}, [2]),  # the paper sets the rate of each baseline
        ({"seed": 1, "lr": 0.02}, [1, 1]),
        ({"seed": 1, "filters": None}, [2]),  # an option that was not known
        ({"seed": 1, "filters": "8,16"}, [1, 1]),
        ({"seed": 1, "scale": "small"}, [1, 1]),
        ({"seed": 1, "experiment": "gesture"}, [1, 1]),
        ({"seed": 1, "data": "MNIST-DVS, in /d"}, [1, 1]),
    ],
)
def test_other_settings_are_other_groups(
    tmp_path: Path, changes: dict[str, Any], groups: list[int]
) -> None:
    vision_run(tmp_path / "a")
    vision_run(tmp_path / "b", **changes)
    found = collect_runs([tmp_path]).groups
    assert [len(group.runs) for group in found] == groups
    assert len({group.name for group in found}) == len({g.label for g in found}) == len(groups)


@pytest.mark.parametrize(
    ("data", "origin", "words"),
    [
        ("Digits, simulated", "simulated", "simulated recordings"),
        ("Digits, in /d", "published", "published recordings"),
        ("", "unrecorded", "recordings of unrecorded origin"),
    ],
)
def test_a_run_says_where_its_data_were(tmp_path: Path, data: str, origin: str, words: str) -> None:
    vision_run(tmp_path, "conv2d", experiment="rivals", scale="paper", data=data)
    vision_run(tmp_path, "liaf", experiment="cifar10-dvs", scale="paper", data=data)
    (group,) = collect_runs([tmp_path]).groups  # with the same recordings
    assert (group.experiment, group.cells) == ("cifar10-dvs", ("liaf", "conv2d"))
    assert (group.origin, group.matches_paper) == (origin, origin == "published")
    assert group.label == f"CIFAR10-DVS, scale paper, {words}"


def test_runs_of_no_table_are_left_out_and_named(tmp_path: Path) -> None:
    running = vision_run(tmp_path / "a", status="running")
    vision_run(tmp_path / "b", experiment="else")
    change_record(babi_run(tmp_path / "c", test=(0.2, 0.3)), experiment="own")
    found = collect_runs([tmp_path])
    assert (found.babi, found.groups) == ((), ())
    no_place = "does not belong to any table or figure"
    assert found.skipped == (
        f"{running}: the run has not ended",
        f"{tmp_path / 'b' / 'liaf-0'}: the experiment 'else' {no_place}",
        f"{tmp_path / 'c' / 'qa1-liaf-0'}: the experiment 'own' {no_place}",
    )


@pytest.mark.parametrize(
    ("changes", "record", "expected"),
    [  # accuracies at the last and the best epoch on validation and on test; majority; cause
        ({}, {}, (None, 0.5, None, 0.2, None)),
        ({"select_epoch": "final"}, {}, (0.5, None, None, 0.2, None)),
        ({"select_epoch": "average"}, {}, "Table III has no column for averaged weights"),
        ({"select_epoch": "average", "test": (0.3, 0.2)}, {}, (0.2, 0.3, 0.3, 0.2, None)),
        ({}, {"result": None, "status": "failed", "error": "inf"}, "inf"),
        (
            {"test": (0.2, 0.3)},
            {"result": None, "status": "failed", "error": "inf"},
            (0.3, 0.2, 0.3, None, "overflow"),
        ),
    ],
)
def test_a_run_on_babi_counts_at_the_epochs_that_it_knows(
    tmp_path: Path, changes: Any, record: Any, expected: str | tuple[Any, ...]
) -> None:
    path = babi_run(tmp_path, **changes)
    change_record(path, **record)
    found = collect_runs([tmp_path])
    if isinstance(expected, str):
        assert found.skipped == (f"{path}: {expected}",)
    else:
        (end,) = (run.summary for run in found.babi)
        accuracies = end.final, end.selected, end.best_test, end.majority
        assert (*accuracies, end.cause) == expected
        assert end.epochs_done == 2


def test_a_tracked_run_is_read_as_it_was_trained(tmp_path: Path) -> None:
    config = babi.BabiConfig(1, "lif", epochs=4, validation_fraction=0.25, track_test=True)
    for _ in babi.EXPERIMENT.run(small_task(), config, tmp_path / "run"):
        pass
    (found,) = summaries(tmp_path)
    result = read_run_json(tmp_path / "run")["result"]
    test = [row["test_accuracy"] for row in read_metrics(tmp_path / "run")]
    assert (found.task, found.cell, found.seed, found.epochs_done) == (1, "lif", 0, 4)
    assert found.selected == result["test_accuracy"]
    assert found.selected_epoch == result["selected_epoch"]
    assert (found.final, found.best_test) == (test[-1], max(test))
    assert test[found.best_test_epoch - 1] == found.best_test
    assert found.majority == result["majority_accuracy"]


def test_a_run_that_stopped_early_has_not_overflowed(tmp_path: Path) -> None:
    metrics = babi_run(tmp_path, test=(0.1, 0.2), epochs=60, stop_after=2) / "metrics.jsonl"
    first, last = metrics.read_text().splitlines()
    stopped = json.dumps(json.loads(last) | {"stopped": "lowest after epoch 2"})
    metrics.write_text(f"{first}\n{stopped}\n")
    (found,) = summaries(tmp_path)
    assert (found.epochs_done, found.stop_after, found.cause) == (2, 2, "stopped")


def test_runs_on_babi_are_grouped_by_text_and_options(tmp_path: Path) -> None:
    for seed in (0, 1):  # generated text: one a seed
        babi_run(tmp_path, seed=seed, test=(0.1, 0.2), data_sha256=f"of seed {seed}")
    assert len(group_babi_runs(collect_runs([tmp_path]).babi)) == 1
    other: Any = {"data_sha256": "a"}, {"data_sha256": SHA256[1]}, {"validation_fraction": 0.2}
    for k, changes in enumerate(other):
        babi_run(tmp_path / f"{k}", test=(0.1, 0.2), **changes)
    found = collect_runs([tmp_path])
    assert [(len(own), own[0].label) for own in group_babi_runs(found.babi)] == [
        (1, "published text"),
        (2, "generated or other text"),
        (1, "generated or other text"),
        (1, "generated or other text validation_fraction=0.2"),
    ]
    names = [table.name for table in make_section("table03", found).tables]
    assert len(set(names)) == len(names) == 16
    with pytest.raises(InputError, match="on the same text and with equal options, got published"):
        check_one_table(found.babi)


def test_a_run_on_babi_records_its_other_settings(tmp_path: Path) -> None:
    babi_run(tmp_path / "none", test=(0.1, 0.2))
    babi_run(tmp_path / "default", seed=1, test=(0.1, 0.2), alpha=0.3, clip=None)
    babi_run(tmp_path / "other", test=(0.1, 0.2), alpha=0.9, adam_eps=1e-7)
    found = summaries(tmp_path)
    assert [run.settings for run in found] == ["", "", "adam_eps=1e-07 alpha=0.9"]
    assert found[2].settings_by_name() == {"adam_eps": "1e-07", "alpha": "0.9"}


def test_a_run_counts_once(tmp_path: Path) -> None:
    vision_run(tmp_path / "a")
    assert collect_runs([tmp_path, tmp_path / "a"]).skipped == ()
    vision_run(tmp_path / "b", experiment="mnist-dvs")
    babi_run(tmp_path / "c")
    babi_run(tmp_path / "d", test=(0.1, 0.2))
    found = collect_runs([tmp_path])
    assert ([len(group.runs) for group in found.groups], len(found.babi)) == ([1], 1)
    same = "c/qa1-liaf-0: the same configuration as", "d/qa1-liaf-0", "b/liaf-0: the same", "a/liaf"
    assert all(part in " ".join(found.skipped) for part in same)


def test_wrong_folders_and_records_are_refused(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    vision_run(tmp_path / "cell", "gru")
    babi_run(tmp_path / "task", task=21)
    babi_run(tmp_path / "babi", cell="liaf2")
    (vision_run(tmp_path / "empty") / "metrics.jsonl").write_text("")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    for name, reason in {
        "nowhere": "expected a folder with runs or a table of runs",
        "none": "expected runs of liaf-ref run or liaf-ref sweep",
        "cell": r"run\.cell: expected one of liaf, .*got str 'gru'",
        "task": r"run\.json: run\.task: expected ",
        "babi": r"run\.json: run\.cell: expected ",
        "empty": "expected a line for each epoch",
        "other.csv": r"other\.csv:2: run\.task: missing",
    }.items():
        with pytest.raises((InputError, FormatError), match=reason):
            collect_runs([tmp_path / name])


def record(folder: Path) -> Path:
    """The table of the runs below a folder."""
    (folder / "manifest.json").write_text('{"runs": {}}')
    assert record_runs.main([str(folder), "made", "--out", str(folder / "tables")]) == 0
    return folder / "tables" / "made.csv"


def test_a_table_gives_the_runs_of_the_folders(tmp_path: Path) -> None:
    scores = (0.1, 1 / 3, 0.5)
    for cell, test in (("liaf", 0.7), ("lif", 0.6)):
        for seed in (0, 1):
            changes: dict[str, Any] = {"filters": "8", "grounds": None, "data_sha256": f"1e{seed}"}
            vision_run(tmp_path, cell, seed, test + seed / 9, scores, **changes)
    vision_run(tmp_path, "liaf", 2, status="running")
    folders, table = collect_runs([tmp_path]), collect_runs([record(tmp_path)])
    for one, other in zip(folders.groups[0].runs, table.groups[0].runs, strict=True):
        assert [pytest.approx(row, rel=1e-5) for row in other.metrics] == list(one.metrics)
        assert (other.config, other.result, other.key) == (one.config, one.result, one.key)
    from_folders, from_table = (make_section("fig07", runs) for runs in (folders, table))
    assert from_table.claims == from_folders.claims
    assert from_table.sources == (str(tmp_path / "tables" / "made.csv"),)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("mnist-dvs,", "chess,", ".csv:2: run.experiment: expected one of mnist-dvs"),
        (",0.002,", ",", "expected a table of runs (CSV), got an error: "),
        (",0.9,", ",nine,", "expected a table of runs (CSV), got an error: "),
        ("liaf-0,", "liaf-7,", "expected a line for each epoch, got none"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    vision_run(tmp_path)
    path = record(tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(FormatError, match=re.escape(reason)):
        collect_runs([path])


def test_a_table_has_the_runs_of_all_sweeps_in_a_folder(tmp_path: Path) -> None:
    for name, seeds in (("both", (3, 12)), ("two/first", (12,)), ("two/second", (3,))):
        for seed in seeds:
            vision_run(tmp_path / name, "liaf", seed)
    whole, two = record(tmp_path / "both"), record(tmp_path / "two")
    assert whole.read_text() == two.read_text()
    assert epochs_path(whole).read_text() == epochs_path(two).read_text()
