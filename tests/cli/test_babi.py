"""What ``liaf-ref babi generate`` writes, and that ``liaf-ref run babi`` reads it."""

import json
import re
from pathlib import Path

import pytest
from support import folder_contents

from cli.commands import result_rows, run_cli
from liaf_ref.data.babi import generate_text, load_babi
from liaf_ref.data.babi.files import file_name

Capture = pytest.CaptureFixture[str]
GENERATE = ["babi", "generate", "--stories", 12, "--seed", 5]


def test_all_tasks_are_written_and_stated_of(capsys: Capture, here: Path) -> None:
    code, out, err = run_cli(capsys, *GENERATE, "--out", "o")
    assert (code, err) == (0, "")
    assert folder_contents(here) == {
        f"o/en/{file_name(task, part)}": text.encode()
        for task in range(1, 21)
        for part, text in zip(("train", "test"), generate_text(task, 12, 5), strict=True)
    }
    assert out.startswith("| task | ")
    assert len(re.findall(r"\| +QA\d+ \|", out)) == 20
    assert out.endswith("\no/en: 40 files, seed 5\n")


def test_json_says_the_same_of_each_task(capsys: Capture, here: Path) -> None:
    code, out, _ = run_cli(capsys, *GENERATE, "--tasks", "4,20", "--out", "o", "--json")
    document = json.loads(out)
    assert code == 0
    assert (document["folder"], document["seed"]) == ("o", 5)
    assert [row["task"] for row in document["tasks"]] == [4, 20]
    for row in document["tasks"]:
        task = load_babi(row["task"], here / "o")
        assert (row["name"], row["sha256"], row["T"]) == (task.name, task.sha256, task.T)
        assert row["vocab_size"] == task.vocab_size
        assert row["stories"] == [12, 12]
        assert row["questions"] == [len(task.train), len(task.test)]
        assert all((here / file).is_file() for file in row["files"])
        assert 0 < row["majority"] < 1


def test_without_stories_files_are_as_long_as_the_published_ones(
    capsys: Capture, here: Path
) -> None:
    _, out, _ = run_cli(capsys, "babi", "generate", "--tasks", "15-17", "--out", "o", "--json")
    tasks = json.loads(out)["tasks"]
    assert [row["stories"] for row in tasks] == [[250, 250], [1000, 1000], [125, 125]]
    assert [row["questions"] for row in tasks] == [[1000, 1000]] * 3


def test_once_more_is_the_same_and_other_text_is_refused(capsys: Capture, here: Path) -> None:
    arguments = [*GENERATE, "--tasks", "4", "--out", "o"]
    first = run_cli(capsys, *arguments)
    before = folder_contents(here)
    assert run_cli(capsys, *arguments) == first
    code, out, err = run_cli(capsys, *arguments, "--tasks", "3,4", "--seed", 6)
    assert (code, out) == (2, "")
    assert err == (
        "liaf-ref: error: o/en/qa4_two-arg-relations_train.txt: "
        "already contains different text; choose another folder\n"
    )
    assert folder_contents(here) == before


def test_what_is_written_can_be_run(capsys: Capture, here: Path) -> None:
    run_cli(capsys, *GENERATE, "--out", "o", "--tasks", "2,8,19")
    run = ["run", "babi", "--tasks", "2,8,19", "--cells", "lif", "--epochs", 1, "--json"]
    code, out, err = run_cli(capsys, *run, "--data", "o", "--out", "read")
    assert (code, "error" in err) == (0, False)
    assert [row["task"] for row in result_rows(out)] == [2, 8, 19]
