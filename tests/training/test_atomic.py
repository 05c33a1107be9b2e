"""Files are the old ones or the new ones, never half of each."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import folder_contents

from liaf_ref._core.atomic import append_atomic, remove_temp_files, write_atomic
from liaf_ref._core.errors import RunError

OLD, NEW = b"old", b"new" * 1000


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("where", "name", "error"),
    [
        *((Path, "open", FULL), (os, "fsync", FULL), (Path, "replace", FULL)),
        (os, "fsync", KeyboardInterrupt()),
    ],
)
@pytest.mark.parametrize("before", [{}, {"a": OLD}], ids=["new", "replaced"])
def test_a_full_disk_or_an_interrupt_leaves_the_folder_as_it_was(
    tmp_path: Path, where: Any, name: str, error: BaseException, before: dict[str, bytes]
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise error

    for file, content in before.items():
        (tmp_path / file).write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(where, name, failing)
        with pytest.raises((RunError, KeyboardInterrupt)) as raised:
            write_atomic(tmp_path / "a", NEW)
    assert error is raised.value or "a: cannot be written: No space left" in str(raised.value)
    assert folder_contents(tmp_path) == before


def test_the_file_is_flushed_before_it_takes_the_name_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def flushed(handle: int) -> None:
        target = Path(f"/proc/self/fd/{handle}")
        steps.append("flush folder" if target.is_dir() else "flush file")
        fsync(handle)

    def renamed(self: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "replace", renamed)
    write_atomic(tmp_path / "a", NEW)
    assert steps == ["flush file", "rename", "flush folder"]


@pytest.mark.parametrize("write", [write_atomic, append_atomic])
def test_permissions_stay(tmp_path: Path, write: Callable[[Path, bytes], None]) -> None:
    (tmp_path / "a").write_bytes(OLD)
    for mode in (0o600, 0o444, 0o664):
        (tmp_path / "a").chmod(mode)
        write(tmp_path / "a", NEW)
        assert (tmp_path / "a").stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("before", [{}, {"there/a": OLD}], ids=["new", "replaced"])
def test_a_link_is_replaced_and_not_its_target(tmp_path: Path, before: dict[str, bytes]) -> None:
    (tmp_path / "there").mkdir()
    for name, content in before.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "link").symlink_to(Path("there", "a"))
    write_atomic(tmp_path / "link", NEW)
    assert not (tmp_path / "link").is_symlink()
    assert folder_contents(tmp_path) == before | {"link": NEW}


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    others = (".movie.download.part", ".backup.20251126.part", ".a.liaf-download.part")
    saved = dict.fromkeys((".hidden", "a.part", ".a.part", "a", *others), OLD)
    for name, content in saved.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / ".checkpoint.npz.liaf-0123abcd.part").write_bytes(NEW)
    remove_temp_files(tmp_path)
    assert folder_contents(tmp_path) == saved


def test_a_pipe_is_not_replaced_nor_what_a_link_to_it_leads_to(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(RunError, match="cannot be written: not a regular file"):
            write_atomic(path, b"new")
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert len(list(tmp_path.iterdir())) == 2
