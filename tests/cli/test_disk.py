"""A full disk, a read-only folder, a folder that goes: one line, exit 1, and nothing is lost."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from report.made import vision_run
from support import contents

from cli.commands import call, training
from cli.sweeps import SMALL, sweep_args
from liaf_ref.errors import WriteError
from liaf_ref.lock import claimed
from liaf_ref.report.page import write

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch
Fail = Callable[[Patch, Path, int], None]


def refusing(code: int) -> Fail:
    """The system refuses what a user who is root may do: a disk full, a folder read-only."""

    def patch(monkeypatch: Patch, out: Path, after: int) -> None:
        opened = os.open
        left = [after]

        def limited(path: Any, flags: int, *args: Any, **words: Any) -> int:
            if flags & (os.O_WRONLY | os.O_RDWR) and out in Path(path).parents:
                left[0] -= 1
                if left[0] < 0:
                    raise OSError(code, os.strerror(code), str(path))
            return opened(path, flags, *args, **words)

        def parts(self: Path, mode: str = "r", *args: Any, **words: Any) -> Any:
            if "x" in mode:
                return os.fdopen(limited(self, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb")
            return whole(self, mode, *args, **words)

        whole = Path.open
        monkeypatch.setattr(os, "open", limited)
        monkeypatch.setattr(Path, "open", parts)

    return patch


def vanishing(monkeypatch: Patch, out: Path, after: int) -> None:
    """Somebody removes the folder while it is written to."""
    flushed, left = os.fsync, [after]

    def gone(handle: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            shutil.rmtree(out)
        flushed(handle)

    monkeypatch.setattr(os, "fsync", gone)


DISKS = {
    "full": (refusing(errno.ENOSPC), "No space left on device"),
    "read-only": (refusing(errno.EROFS), "Read-only file system"),
    "gone": (vanishing, "No such file or directory"),
}


@pytest.fixture(params=DISKS)
def disk(request: pytest.FixtureRequest) -> tuple[Fail, str]:
    return DISKS[request.param]


def failed(
    capsys: Capture, monkeypatch: Patch, disk: tuple[Fail, str], out: Path, args: list[object]
) -> str:
    """Run a command on a disk that fails at its fourth write; what it said last."""
    fail, says = disk
    with monkeypatch.context() as patch:
        fail(patch, out, 4)
        code, _, err = call(capsys, *args)
    assert code == 1
    errors = [line for line in err.splitlines() if line.startswith("liaf-ref: error:")]
    assert len(errors) == 1
    assert says in errors[0]
    assert str(out) in errors[0]
    assert "Traceback" not in err
    return errors[0]


def check_kept(out: Path) -> None:
    """No file is torn, and nothing is left of those that could not be written."""
    assert not [name for name in contents(out) if name.endswith((".part", "lock"))]


def test_training_goes_on_afterwards(
    capsys: Capture, monkeypatch: Patch, disk: tuple[Fail, str], data: Path, tmp_path: Path
) -> None:
    out, whole = tmp_path / "o", tmp_path / "whole"
    failed(capsys, monkeypatch, disk, out, training(data, out))
    if not out.exists():
        return
    check_kept(out)
    assert {"runs.json", "qa1-liaf/run.json"} <= contents(out).keys()
    assert call(capsys, "resume", out).code == 0
    assert call(capsys, *training(data, whole)).code == 0
    name = "qa1-liaf/metrics.jsonl"
    assert contents(out)[name] == contents(whole)[name]


def test_a_sweep_goes_on_afterwards(
    capsys: Capture, monkeypatch: Patch, disk: tuple[Fail, str], data: Path, tmp_path: Path
) -> None:
    spec, out, whole = tmp_path / "s.toml", tmp_path / "o", tmp_path / "whole"
    spec.write_text(SMALL.replace("epochs = 2", "epochs = 1").replace(', "gru"', ""), "utf-8")
    fail, says = disk
    with monkeypatch.context() as patch:
        fail(patch, out, 12)
        code, _, err = call(capsys, *sweep_args(spec, data, out))
    assert code == 1
    assert says in err
    assert "Traceback" not in err
    assert call(capsys, *sweep_args(spec, data, out)).code == 0
    assert call(capsys, *sweep_args(spec, data, whole)).code == 0
    assert contents(out)["results.csv"] == contents(whole)["results.csv"]


def test_an_export_is_written_afterwards(
    capsys: Capture, monkeypatch: Patch, disk: tuple[Fail, str], tmp_path: Path
) -> None:
    out, whole = tmp_path / "o", tmp_path / "whole"
    args: list[object] = ["babi", "generate", "--tasks", "1-3", "--stories", 5, "--out"]
    failed(capsys, monkeypatch, disk, out, [*args, out])
    check_kept(out)
    assert call(capsys, *args, out).code == 0
    assert call(capsys, *args, whole).code == 0
    assert contents(out) == contents(whole)


def test_a_report_is_written_afterwards(
    monkeypatch: Patch, disk: tuple[Fail, str], tmp_path: Path
) -> None:
    out, (fail, says) = tmp_path / "o", disk
    files = {f"data/{k}.csv": b"a\n" for k in range(5)} | {"index.html": b"</html>\n"}
    with monkeypatch.context() as patch:
        fail(patch, out, 4)
        with pytest.raises(WriteError, match=says):
            write(files, out)
    assert not (out / "index.html").exists()
    write(files, out)
    assert contents(out) == files


@pytest.mark.parametrize(
    "command", ["run", "resume", "generate", "sweep", "report", "events", "export", "study"]
)
def test_the_second_to_write_to_a_folder_is_refused(
    capsys: Capture, data: Path, tmp_path: Path, command: str
) -> None:
    spec, out = tmp_path / "s.toml", tmp_path / "o"
    spec.write_text(SMALL, "utf-8")
    recording = tmp_path / "one.bin"
    recording.write_bytes(bytes([5, 6, 128, 0, 9]))
    vision_run(tmp_path / "runs")
    if command == "resume":
        assert call(capsys, *training(data, out, "--epochs", 1)).code == 0
    commands = {
        "run": (training(data, out), out),
        "resume": (["resume", out], out),
        "generate": (["babi", "generate", "--tasks", 1, "--stories", 5, "--out", out], out / "en"),
        "sweep": (sweep_args(spec, data, out), out),
        "report": (["report", tmp_path / "runs", "--out", out], out),
        "events": (["events", recording, "--format", "n-mnist", "--out", out], out),
        "export": (["oracle", "export", out, "--level", "L0"], out),
        "study": (["run", "degradation", "--scale", "smoke", "--epochs", 1, "--out", out], out),
    }
    args, place = commands[command]
    with claimed(place):
        before = contents(out)
        code, _, err = call(capsys, *args)
        assert contents(out) == before
    assert code == 2
    assert f"{place}: another process is at work there (process {os.getpid()})" in err
    assert not (place / ".lock").exists()


def test_a_run_in_a_sweeps_folder_is_refused(capsys: Capture, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    out.mkdir()
    (out / "spec.toml").write_text(SMALL, "utf-8")
    code, _, err = call(capsys, *training(data, out))
    assert code == 2
    assert f"{out}: holds a sweep; choose another folder with --out" in err
    assert contents(out).keys() == {"spec.toml"}
