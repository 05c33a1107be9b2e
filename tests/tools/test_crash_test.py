"""A short slice of tools/crash_test.py: a few kills, and the faults that it is there to find."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from crash_test import changed_files, kills_per_workload
from support import start_python, wait_for
from torn_files import find_torn_files
from workloads import read_outputs

TOOL = Path(__file__).parents[2] / "tools" / "crash_test.py"
QUICK = ("babi generate", "sweep --jobs 1")


def test_a_few_kills_tear_nothing_and_change_nothing(tmp_path: Path) -> None:
    options = ("--kills", 4, "--json", "--workdir", tmp_path)
    answer = wait_for(start_python(TOOL, *QUICK, *options, cwd=tmp_path), timeout=300)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert [work["workload"] for work in found["workloads"]] == list(QUICK)
    assert all(work["faults"] == [] for work in found["workloads"])
    assert found["kills"] == 4
    assert sum(work["files_read"] for work in found["workloads"]) > 0


FAILS_ONCE = """
import itertools, json, random, sys, time
from pathlib import Path
from typing import Any

sys.path.append(sys.argv[1])
from crash_test import CrashResult, crash_repeatedly
from workloads import Workload

def begin(inputs):
    if Path.cwd().name != "whole":
        time.sleep(60)  # until it is killed
    return 0

def again(inputs):
    if Path(".tried").exists():
        return 0
    Path(".tried").touch()
    print("what was there is lost")
    return 3

chance = random.Random()
moments = itertools.cycle([0.05, 60])
chance.uniform = lambda first, last: next(moments)
workload = Workload("training", begin, again)
*_, count = crash_repeatedly("a", workload, 2, chance, Path(), Path.cwd())
assert isinstance(count, CrashResult)
print(json.dumps([count.kills, count.faults]))
"""


def test_an_attempt_that_fails_before_it_is_killed_is_a_fault(tmp_path: Path) -> None:
    answer = wait_for(start_python("-c", FAILS_ONCE, TOOL.parent, cwd=tmp_path))
    assert answer.returncode == 0, answer.stderr
    kills, faults = json.loads(answer.stdout)
    assert kills == 1
    assert faults == ["trial-1: ended with exit code 3: what was there is lost\n"]


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("a.json", b'{"a": 1}\n'),
        ("a.jsonl", b'{"a": 1}\n{"a": 2}\n'),
        ("a.csv", b"a,b\n1,2\n"),
        ("a.html", b"<html></html>\n"),
        ("a.md", b"| a |\n"),
    ],
)
def test_half_a_file_is_torn(tmp_path: Path, name: str, whole: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(whole)
    assert find_torn_files(tmp_path) == (1, [])
    path.write_bytes(whole[: len(whole) - 2])
    _, (fault,) = find_torn_files(tmp_path)
    assert str(path) in fault


def test_a_folder_that_goes_while_it_is_looked_through_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.txt").write_text("whole\n")
    (tmp_path / "going").mkdir()
    scandir = os.scandir

    def gone(path: Any) -> Any:
        if Path(path).name == "going":
            Path(path).rmdir()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", gone)
    assert find_torn_files(tmp_path) == (1, [])


def test_a_file_that_differs_is_named(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, loss, seconds in ((one, 1, 2.5), (two, 1, 9.5)):
        folder.mkdir()
        record = {"result": {"loss": loss, "seconds": seconds}}
        (folder / "run.json").write_text(json.dumps(record), "utf-8")
        place = {"data": {"cache": str(folder / "cache")}}
        (folder / "manifest.json").write_text(json.dumps(place), "utf-8")
    assert changed_files(read_outputs(one), read_outputs(two), two) == []
    (two / "run.json").write_text(json.dumps({"result": {"loss": 2, "seconds": 2.5}}), "utf-8")
    (two / "more.csv").write_text("a\n", "utf-8")
    assert changed_files(read_outputs(one), read_outputs(two), two) == [
        f"{two}: differs in more.csv, run.json"
    ]


def test_every_work_has_its_share_of_the_kills() -> None:
    assert kills_per_workload(["a", "b", "c"], 7) == {"a": 3, "b": 2, "c": 2}
