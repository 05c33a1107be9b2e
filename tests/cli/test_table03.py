"""``liaf-ref table03``: runs on bAbI to a table of runs and a page."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from report.run_factory import babi_run, summary

from cli.commands import run_cli
from liaf_ref.experiments.babi import Condition
from liaf_ref.report import babi_runs
from liaf_ref.report.babi_runs import EPOCH_SELECTIONS, to_csv

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two runs whose test questions were tracked."""
    for seed in (0, 1):
        babi_run(tmp_path / "runs", seed=seed, test=(0.2, 0.3))
    return tmp_path / "runs"


def test_a_run_that_is_given_twice_counts_once(
    capsys: Capture, folder: Path, tmp_path: Path
) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(to_csv([summary(2, "gru")]))
    tables = tmp_path / "a.csv", tmp_path / "b.csv"
    code, out, err = run_cli(capsys, "table03", *tables, "--json")
    assert (code, len(json.loads(out)["runs"])) == (0, 1)
    assert err == f"skipped: {tables[1]}: the same configuration as {tables[0]}\n"
    code, out, err = run_cli(capsys, "table03", *tables, folder)  # with runs on another text
    assert (code, out) == (2, "")
    assert "expected bAbI runs on the same text and with equal options, got published" in err


def test_the_command(
    capsys: Capture, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(babi_runs, "condition_settings", lambda *_: Condition(1e-3, 2))
    table, page = tmp_path / "runs.csv", tmp_path / "page.md"
    code, out, err = run_cli(capsys, "table03", folder, "--csv", table, "--out", page)
    assert (code, out, err) == (0, "", "")
    assert page.read_text() == run_cli(capsys, "table03", table).stdout
    document = json.loads(run_cli(capsys, "table03", table, "--json").stdout)
    assert set(document["readings"]) == set(EPOCH_SELECTIONS)
    assert len(document["runs"]) == 2


def test_a_run_that_was_not_tracked_is_refused(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(to_csv([replace(summary(1, "lif"), final=math.nan)]))
    code, out, err = run_cli(capsys, "table03", tmp_path / "x.csv")
    assert (code, out) == (2, "")
    assert "x.csv: expected runs with --track-test, got QA1, lif, seed 0 without" in err


def test_a_condition_has_its_own_runs(capsys: Capture, tmp_path: Path) -> None:
    tuned = replace(summary(4, "liaf", accuracy=0.7), epochs=500, epochs_done=500, lr=5e-4)
    ends = [summary(1, "liaf"), summary(4, "liaf", accuracy=0.4), tuned]
    (tmp_path / "x.csv").write_text(to_csv(ends))
    shown = {
        name: run_cli(capsys, "table03", tmp_path / "x.csv", "--condition", name).stdout
        for name in ("ec", "fc")
    }
    assert "40.0 (42.8)" in shown["ec"]
    assert "70.0 (73.5)" in shown["fc"]
    assert "50.0 (51.8)" in shown["fc"]
    (tmp_path / "x.csv").write_text(to_csv([tuned]))
    code, _, err = run_cli(capsys, "table03", tmp_path / "x.csv")
    assert code == 2
    assert "expected runs under ec, got none" in err
    (tmp_path / "x.csv").write_text(to_csv([replace(summary(1, "liaf"), settings="alpha=0.9")]))
    code, _, err = run_cli(capsys, "table03", tmp_path / "x.csv")
    assert code == 2
    assert "expected runs under ec, got runs with alpha=0.9" in err
