"""Runs written as CSV give the report that their folders give."""

import re
from pathlib import Path
from typing import Any

import pytest
import record_runs

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref.report.build import collect_runs, make_section
from liaf_ref.report.runs import epochs_path
from report.run_factory import vision_run


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
    assert make_section("fig07", table).claims == make_section("fig07", folders).claims


def test_a_table_names_its_file_in_place_of_folders(tmp_path: Path) -> None:
    for seed in (0, 1):
        vision_run(tmp_path, "liaf", seed)
    path = record(tmp_path)
    assert make_section("table06", collect_runs([path])).sources == (str(path),)


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


def test_epochs_are_in_order(tmp_path: Path) -> None:
    vision_run(tmp_path)
    path = record(tmp_path).with_name("made-epochs.csv")
    path.write_text(path.read_text().replace(",2,", ",3,", 1))
    with pytest.raises(FormatError, match=r"epochs\.csv:3: expected the metrics of epoch 2, got"):
        collect_runs([path.with_name("made.csv")])
    with pytest.raises(InputError, match="expected a table of runs, got one of epochs"):
        collect_runs([path])


def test_runs_are_added_to_a_table(tmp_path: Path) -> None:
    tables = []
    for name, seeds in (("both", (3, 12)), ("first", (12,)), ("second", (3,))):
        for seed in seeds:
            vision_run(tmp_path / name, "liaf", seed)
        tables.append(record(tmp_path / name))
    whole, old, _ = tables
    added = ["--out", str(old.parent), "--add"]
    assert record_runs.main([str(tmp_path / "second"), "made", *added]) == 0
    for table in (whole, epochs_path(whole)):
        assert (old.parent / table.name).read_text() == table.read_text()
