"""``liaf-ref oracle export`` and ``verify``."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import pytest

from liaf_ref.cli import main
from liaf_ref.cli.oracle_case_options import levels
from liaf_ref.oracle.golden import load, save
from oracle.golden_sets import all_golden_cases, golden_cases_named


def run(*words: object) -> int:
    return main(["oracle", *map(str, words)])


def test_a_level_is_exported_and_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(
            "export", tmp_path / "set", "--level", "L2,L3", "--formats", "safetensors,hex", "--json"
        )
        == 0
    )
    facts = json.loads(capsys.readouterr().out)
    expected = [
        golden.case.name for golden in all_golden_cases() if golden.case.level in {"L2", "L3"}
    ]
    assert facts["cases"] == len(expected)
    assert facts["formats"] == ["safetensors", "hex"]
    assert [golden.case.name for golden in load(tmp_path / "set")] == expected
    files = [path for path in (tmp_path / "set").rglob("*") if path.is_file()]
    assert (facts["files"], facts["bytes"]) == (len(files), sum(p.stat().st_size for p in files))
    assert run("verify", tmp_path / "set") == 0
    assert capsys.readouterr().out == f"{len(expected)} cases, 0 with a problem\n"


def test_a_damaged_set_is_reported_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("export", tmp_path, "--level", "L3", "--formats", "safetensors") == 0
    assert "26 cases, 0 of them exact, as safetensors; 28 files" in capsys.readouterr().out
    (tmp_path / "l3_fig5_gru.safetensors").write_bytes(b"")
    assert run("verify", tmp_path, "--json", "--regenerate") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["cases"] == 26
    assert list(found["problems"]) == ["l3_fig5_gru"]


def test_what_is_no_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    assert run("export", tmp_path) == 2
    assert run("verify", tmp_path) == 2


def test_the_answers_of_a_set_are_computed_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right, wrong = golden_cases_named("l3_fig5_gru", "l3_fig5_rnn")
    save(tmp_path / "right", [right], ["safetensors"])
    assert run("verify", tmp_path / "right", "--regenerate") == 0
    assert capsys.readouterr().out == "1 case, 0 with a problem\n"
    changed = {**wrong.expected, "exp/ce.loss": wrong.expected["exp/ce.loss"] + 1}
    save(tmp_path / "wrong", [replace(wrong, expected=changed)], ["safetensors"])
    assert run("verify", tmp_path / "wrong", "--regenerate") == 1
    assert "l3_fig5_rnn: array exp/ce.loss: max. difference 1 exceeds" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("L0", ["L0"]),
        ("L4,L0", ["L0", "L4"]),
        ("L1..L3", ["L1", "L2", "L3"]),
        ("L2..L2,L2", ["L2"]),
    ],
)
def test_levels_are_read(text: str, target: list[str]) -> None:
    assert list(levels(text)) == target


@pytest.mark.parametrize("text", ["", "L5", "0", "L3..L1", "L0..", "L0;L1"])
def test_other_levels_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="expected levels from L0 to L4"):
        levels(text)
