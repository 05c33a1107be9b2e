"""Branches and lines are told apart, and branches alone decide."""

import json
from pathlib import Path

import pytest
from branch_coverage import main

LINES = {"covered_lines": 9_990, "num_statements": 10_000}


def _file(folder: Path, covered: int, branches: int = 2_000) -> str:
    totals = LINES | {"covered_branches": covered, "num_branches": branches}
    path = folder / "coverage.json"
    path.write_text(json.dumps({"totals": totals}), "utf-8")
    return str(path)


def test_both_shares_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([_file(tmp_path, 1_900)]) == 0
    text = capsys.readouterr().out
    assert text == "branches: 1,900 of 2,000, 95.0 %; lines: 9,990 of 10,000, 99.9 %\n"


def test_branches_decide_however_many_lines_are_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([_file(tmp_path, 1_899)]) == 1
    assert "1,899 of 2,000, 94.9 %" in capsys.readouterr().out
    assert main([_file(tmp_path, 1_899), "--min-branches", "94"]) == 0


def test_branches_that_were_not_measured_are_no_success(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no branches"):
        main([_file(tmp_path, 0, 0)])
