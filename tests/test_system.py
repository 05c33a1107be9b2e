"""What an operating system may lack: the package does without it, in commands and alone."""

import os
import platform
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from support import start_python, wait_for, write_small_task

import liaf_ref
from liaf_ref._core import system
from liaf_ref._core.errors import InputError
from liaf_ref._core.system import available_memory, is_file_name, split_command

# What Linux has and others do not; a module that is None cannot be imported.
REMOVED = """
import os, signal, sys
for name in ("fcntl", "resource", "termios", "pwd", "grp", "syslog", "tty"):
    sys.modules[name] = None
for name in "pwrite pread sysconf killpg getpgid setsid sched_getaffinity fchmod mkfifo".split():
    delattr(os, name)
for name in "pthread_sigmask SIGHUP SIGUSR1 setitimer alarm".split():
    delattr(signal, name)
"""
COMMANDS = """
from liaf_ref.cli import main, output
output.open_streams()
run = "run babi --cells liaf --epochs 2 --validation-fraction .25 --stop-after 1 --out o --data"
for command in ([*run.split(), sys.argv[1]], ["resume", "o"], ["report", "o", "--out", "page"]):
    assert main(command) == 0
"""


def run_without(code: str, *args: object, cwd: Path) -> str:
    """Output of Python where all that is missing."""
    ended = wait_for(start_python("-c", REMOVED + code, *args, cwd=cwd))
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_a_run_and_its_report_need_none_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_small_task(tmp_path / "data")
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    out = run_without(COMMANDS, data, cwd=tmp_path)
    assert "table: o/table.md" in out
    assert "marked \\u2260" in out  # the code page has no such sign
    assert not list((tmp_path / "o").rglob("*.lock"))


ALONE = """
import subprocess, time
from pathlib import Path
from liaf_ref._core.system import *
from liaf_ref._core.errors import RunError
from liaf_ref._core.locks import directory_lock
assert available_cores() == os.cpu_count()
assert available_memory() > 2**20
fsync_folder(Path("none"))
with block_sigint_in_children():
    program = [sys.executable, "-c", "input()"]
    started = subprocess.Popen(program, stdin=subprocess.PIPE, **own_group())
kill_with_children(started)
kill_with_children(started)
assert started.wait() < 0
with directory_lock(Path("d")):
    try:
        with directory_lock(Path("d")):
            pass
    except RunError as error:
        print(error)
"""


def test_each_call_has_something_to_fall_back_on(tmp_path: Path) -> None:
    assert "d: another process is using this folder" in run_without(ALONE, cwd=tmp_path)


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_a_program_takes_its_children_along(tmp_path: Path) -> None:
    argv = ["sh", "-c", "sleep 60 & echo started; wait"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, **system.own_group()) as process:  # noqa: S603
        assert process.stdout
        assert process.stdout.readline() == b"started\n"
        system.kill_with_children(process)
        assert process.stdout.read() == b""  # no one holds it any more
        system.kill_with_children(process)


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The branches for Windows."""
    monkeypatch.setattr(system, "WINDOWS", True)


WORDS = ("a b 'c d' \"e f\" g\\ h #i", "", "'", "x=\"1\"'2'", "a\\\\b")


@pytest.mark.parametrize("text", WORDS)
def test_a_command_is_split_as_a_shell_does(text: str) -> None:
    def split(by: Any) -> object:
        try:
            return by(text)
        except ValueError as error:
            return str(error)

    assert split(split_command) == split(shlex.split)


@pytest.mark.usefixtures("windows")
def test_a_backslash_is_a_part_of_a_windows_path() -> None:
    assert split_command(r'C:\Py\python.exe "C:\my files\b.py" --quiet') == [
        *(r"C:\Py\python.exe", r"C:\my files\b.py", "--quiet")
    ]
    assert system.quote(r"C:\a b") == r'"C:\a b"'
    assert system.quote(r"C:\a") == r"C:\a"


@pytest.mark.parametrize("name", ["con", "NUL.txt", "com1", "a:b", "a\\b", "a/b", "a?", "a.", "a "])
def test_windows_refuses_some_names(name: str) -> None:
    assert not is_file_name(name)


def test_a_cell_is_a_folder_on_every_system() -> None:
    with pytest.raises(InputError, match="a folder can have on Windows, got str 'con'"):
        liaf_ref.register_cell("con", liaf_ref.DenseLIAF)


def test_files_of_the_project_have_names_on_every_system() -> None:
    root = Path(liaf_ref.__file__).parents[1]
    tops = (root / top for top in ("liaf_ref", "docs", "notebooks", "tests", "tools"))
    files = [p.relative_to(root).as_posix() for top in tops for p in top.rglob("*")]
    assert [name for name in files if not all(map(is_file_name, name.split("/")))] == []
    counted = Counter(str(PureWindowsPath(name)).casefold() for name in files)
    assert [name for name, number in counted.items() if number > 1] == []


FAULTS = """
import resource, sys
import numpy as np
from liaf_ref.training.optimizers import SGD

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

if sys.argv[1] == "kept":
    SGD(0.1).initial_state({"w": np.ones(1)})
for _ in range(3):
    before = faults()
    np.ones(10_000_000, np.float32)
print(faults() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc")
def test_what_is_freed_is_kept() -> None:
    """An array of 40 MB is paged in anew each time, unless an optimizer told glibc to keep it."""

    def faults(which: str) -> int:
        command = [sys.executable, "-c", FAULTS, which]
        return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)  # noqa: S603

    assert faults("kept") < 5
    assert faults("returned") >= 10


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_memory_is_what_the_limit_of_the_process_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``ulimit -v``."""
    used = 4096 * int(Path("/proc/self/statm").read_text("ascii").split()[0])
    monkeypatch.setattr("resource.getrlimit", lambda _: (used + 10**8, -1))
    assert available_memory() == pytest.approx(10**8, abs=10**7)
