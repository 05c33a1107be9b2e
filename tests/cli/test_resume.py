"""A run that is killed or interrupted goes on as if it had not been."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import contents, finish, python, same

from cli.commands import call, rows, training
from liaf_ref.training import checkpoint

Capture = pytest.CaptureFixture[str]
LONG = ["--epochs", 120, "--json"]  # so long that a signal finds it running
RUN = "qa1-liaf"
KILLER = """
import os, signal, sys
from pathlib import Path
from liaf_ref.cli import main

def replace(self, target, left=[int(sys.argv[1])], whole=Path.replace):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(self, target)

Path.replace = replace
main(sys.argv[2:])
"""


def epochs_done(out: Path) -> int:
    path = out / RUN / "metrics.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def started(data: Path, out: Path, *more: object) -> "subprocess.Popen[str]":
    """A run in a process of its own, at least one epoch further than before."""
    before = epochs_done(out)
    process = python("-m", "liaf_ref", *training(data, out, *LONG, *more), cwd=data)
    deadline = time.monotonic() + 30
    while epochs_done(out) <= before and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    return process


def check_equal(one: Path, two: Path) -> None:
    """Two folders of finished runs hold the same, times apart."""
    a, b = contents(one), contents(two)
    assert list(a) == list(b)
    assert a[f"{RUN}/metrics.jsonl"] == b[f"{RUN}/metrics.jsonl"]
    assert a["figure.png"] == b["figure.png"]
    states = [checkpoint.load(out / RUN / "checkpoint.npz").state for out in (one, two)]
    assert same(*states)
    assert rows(a["results.json"].decode()) == rows(b["results.json"].decode())


@pytest.fixture(scope="module")
def short(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run that nobody disturbed."""
    out = tmp_path_factory.mktemp("short") / "o"
    assert finish(python("-m", "liaf_ref", *training(data, out, "--json"), cwd=data)).code == 0
    return out


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A long run that nobody disturbed."""
    out = tmp_path_factory.mktemp("whole") / "o"
    assert finish(python("-m", "liaf_ref", *training(data, out, *LONG), cwd=data)).code == 0
    return out


def test_kills_at_random_moments_change_nothing(data: Path, tmp_path: Path, whole: Path) -> None:
    moment, kills = random.Random(13), 0  # noqa: S311 - not for secrets
    for attempt in range(4):
        process = started(data, tmp_path / "o", *["--resume"][:attempt])
        time.sleep(moment.uniform(0, 0.06))
        os.kill(process.pid, signal.SIGKILL)
        kills += finish(process).code == -signal.SIGKILL
    assert kills >= 3, "the run is too short for this test to say anything"
    assert epochs_done(tmp_path / "o") < epochs_done(whole)
    last = finish(
        python("-m", "liaf_ref", *training(data, tmp_path / "o", *LONG, "--resume"), cwd=data)
    )
    assert last.code == 0
    check_equal(tmp_path / "o", whole)


@pytest.mark.parametrize("write", range(1, 11))
def test_a_kill_before_any_rename_changes_nothing(
    capsys: Capture, data: Path, tmp_path: Path, short: Path, write: int
) -> None:
    """run.json, metrics, two epochs of metrics and checkpoint, run.json, results, table, figure."""
    killed = finish(
        python("-c", KILLER, write, *training(data, tmp_path / "o", "--json"), cwd=tmp_path)
    )
    assert killed.code == -signal.SIGKILL
    assert any(name.endswith(".part") for name in contents(tmp_path / "o"))
    assert call(capsys, *training(data, tmp_path / "o", "--json", "--resume")).code == 0
    check_equal(tmp_path / "o", short)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Processes started from here take SIGINT, in a shell's background too, where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_is_one_line_and_leaves_a_run_to_resume(
    data: Path, tmp_path: Path, whole: Path
) -> None:
    process = started(data, tmp_path / "o")
    process.send_signal(signal.SIGINT)
    code, out, err = finish(process)
    assert (code, out) == (1, "")
    message = f"liaf-ref: error: interrupted; to continue, pass --resume --out {tmp_path / 'o'}\n"
    assert err.endswith(message)
    assert err.count("error") == 1
    assert "Traceback" not in err
    assert not any(name.endswith(".part") for name in contents(tmp_path / "o"))
    last = finish(
        python("-m", "liaf_ref", *training(data, tmp_path / "o", *LONG, "--resume"), cwd=data)
    )
    assert last.code == 0
    check_equal(tmp_path / "o", whole)
