"""Workers that are killed at random, on a small scale, and what is counted of it."""

import os
import sys
from pathlib import Path

import pytest
import sweep_crash_test
from support import start_python
from sweep_crash_test import (
    ACKNOWLEDGED,
    RECORDED,
    REPEATED,
    STARTED,
    WORKED,
    CrashTestResult,
    MarkedExperiment,
    StageMark,
)
from sweep_overhead import NumberConfig

TOOL = Path(__file__).resolve().parents[2] / "tools" / "sweep_crash_test.py"


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_every_job_is_done_once_though_workers_are_killed(tmp_path: Path) -> None:
    with start_python(TOOL, 60, "--every", 15, "--json", cwd=tmp_path) as process:
        out, err = process.communicate(timeout=300)
    assert process.returncode == 0, out + err


def test_a_job_that_runs_though_it_is_recorded_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "jobs" / "a"
    folder.mkdir(parents=True)
    for _ in range(2):
        list(MarkedExperiment().run(None, NumberConfig(number=7), folder, resume=True))
    marks = sweep_crash_test.read_marks(sweep_crash_test.marks_path(tmp_path / "out"))
    rest = [WORKED, RECORDED, ACKNOWLEDGED]
    assert marks == [
        StageMark(os.getpid(), 7, stage) for stage in [STARTED, *rest, REPEATED, *rest]
    ]
    assert sweep_crash_test.count_repeated(marks, WORKED) == 1
    assert sweep_crash_test.count_repeated(marks, REPEATED) == 0


def test_a_job_that_is_killed_before_its_record_works_again_and_is_no_fault(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "jobs" / "a"
    folder.mkdir(parents=True)
    path = sweep_crash_test.marks_path(tmp_path / "out")
    sweep_crash_test.write_mark(path, 7, WORKED)
    list(MarkedExperiment().run(None, NumberConfig(number=7), folder, resume=True))
    marks = sweep_crash_test.read_marks(path)
    assert sweep_crash_test.count_repeated(marks, WORKED) == 1
    assert [found.stage for found in marks if found.stage == REPEATED] == []


def test_how_far_a_killed_process_had_come() -> None:
    marks = [
        StageMark(1, 5, STARTED),
        StageMark(2, 6, STARTED),
        StageMark(1, 5, WORKED),
        StageMark(1, 5, RECORDED),
    ]
    assert sweep_crash_test.stages_when_killed(marks, [1, 2, 3]) == {
        RECORDED: 1,
        STARTED: 1,
        None: 1,
    }


@pytest.mark.parametrize(
    ("done", "worked_again", "ran_again", "right"),
    [(5, 0, 0, True), (5, 2, 0, True), (4, 0, 0, False), (5, 0, 1, False)],
)
def test_what_is_right(done: int, worked_again: int, ran_again: int, right: bool) -> None:
    assert CrashTestResult(5, 3, done, worked_again, 1, ran_again, 1.0).passed == right
