"""Who holds a folder holds it alone, and gives it back however it ends."""

import contextlib
import errno
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import folder_contents, small_task, start_python, wait_for

from liaf_ref._core.errors import RunError
from liaf_ref._core.locks import directory_lock, write_folder
from liaf_ref.experiments import babi

fcntl = pytest.importorskip("fcntl", reason="the locks of this system are not flock's")
CONFIG = babi.BabiConfig(
    task=1, cell="liaf", epochs=2, lr=0.01, batch_size=8, validation_fraction=0.25
)
HOLD = """
import errno, fcntl, os, signal, sys
from pathlib import Path
from liaf_ref._core.locks import directory_lock
def unsupported(*_):
    raise OSError(errno.ENOSYS, "Function not implemented")
if "no flock" in sys.argv:
    fcntl.flock = unsupported
with directory_lock(Path(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_folder_is_held_once_and_left_as_it_was(tmp_path: Path) -> None:
    refused = pytest.raises(RunError, match="a: another process is using this folder; wait")
    with directory_lock(tmp_path / "a"), refused, directory_lock(tmp_path / "a"):
        pass
    with directory_lock(tmp_path / "a"):
        pass
    assert list((tmp_path / "a").iterdir()) == []


@pytest.mark.filterwarnings("ignore:flock not supported")
@pytest.mark.parametrize("flock", ["flock", "no flock"])
def test_a_killed_process_gives_its_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flock: str
) -> None:
    killed = wait_for(start_python("-c", HOLD, tmp_path, flock, cwd=tmp_path))
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / ".lock").exists()
    if flock == "no flock":
        monkeypatch.setattr(fcntl, "flock", unsupported)
    with directory_lock(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def unsupported(*_: Any) -> None:
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))


@pytest.mark.filterwarnings("ignore:flock not supported")
def test_without_flock_a_folder_is_held_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", unsupported)
    refused = pytest.raises(RunError, match="another process is using this folder")
    with directory_lock(tmp_path), refused, directory_lock(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_another_thread_gives_a_lock_back(tmp_path: Path) -> None:
    held = directory_lock(tmp_path)
    held.__enter__()
    thread = threading.Thread(target=held.__exit__, args=(None, None, None))
    thread.start()
    thread.join()
    with directory_lock(tmp_path):
        pass


def test_two_runs_in_one_folder_do_not_mix(tmp_path: Path) -> None:
    def begin(resume: bool = False) -> Iterator[Any]:
        return babi.EXPERIMENT.run(small_task(), CONFIG, tmp_path, resume=resume)

    first: Any = begin()
    next(first)
    with pytest.raises(RunError, match="another process is using this folder"):
        next(begin(resume=True))
    first.close()
    assert len(list(begin(resume=True))) > 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "run.json",
        "metrics.jsonl",
        "checkpoint.npz",
    }


@pytest.mark.parametrize("stop", range(1, 6))
@pytest.mark.parametrize("before", [{}, {"new/out/a.html": b"older", "new/out/old": b"older"}])
def test_a_folder_is_written_with_all_its_files_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: dict[str, bytes], stop: int
) -> None:
    out, files = tmp_path / "new" / "out", {"sub/b.csv": b"b", "sub/c.csv": b"c", "a.html": b"a"}
    for name, content in before.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    whole, left = Path.replace, [stop]

    def stops(self: Path, target: Path) -> Path:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return whole(self, target)

    with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
        patch.setattr(Path, "replace", stops)
        write_folder(out, files.items(), lambda folder: True)
    written = {f"new/out/{name}": files[name] for name in files}
    assert folder_contents(tmp_path) == (written if left[0] > 0 else before)
    for age in ("new", "old"):  # as a killed process leaves them
        (out.parent / f".out.liaf-{age}").mkdir(parents=True, exist_ok=True)
        (out.parent / f".out.liaf-{age}" / "old").touch()
    write_folder(out, files.items(), lambda folder: True)
    assert folder_contents(tmp_path) == written


def test_no_link_in_the_way_of_a_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a").write_bytes(b"mine")
    (tmp_path / ".out.liaf-new").symlink_to("mine")
    with pytest.raises(RunError, match="out: cannot be written: File exists"):
        write_folder(tmp_path / "out", [("a", b"a")])
    assert (tmp_path / "mine" / "a").read_bytes() == b"mine"


def test_a_folder_is_written_in_no_place_that_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("empty", "full", "link"):
        Path(name).mkdir()
    Path("full", "mine").touch()
    Path("link").rmdir()
    Path("link").symlink_to("empty")
    for taken in ("full", "full/mine", "link", "."):
        with pytest.raises(RunError, match="expected a new or an empty folder"):
            write_folder(Path(taken), [("a", b"a")], lambda folder: str(folder) == ".")
    write_folder(Path("empty"), [("a", b"a")])
    assert folder_contents(tmp_path) == {"full/mine": b"", "empty/a": b"a"}
