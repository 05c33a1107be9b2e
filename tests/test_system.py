"""What an operating system may lack, who is reached by Ctrl-C, what files are while written."""

import os
import shlex
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from support import start_python, wait_for, write_small_task
from training.test_data_parallel import ScaleNetwork

import liaf_ref
from liaf_ref._core import system
from liaf_ref._core.errors import InputError
from liaf_ref._core.system import (
    block_sigint_in_children,
    caused_by_interrupt,
    is_file_name,
    split_command,
)
from liaf_ref.experiments.runner.execute import local_cluster
from liaf_ref.training.data_parallel import allocate_shared, start_worker

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
WITHOUT = (
    REMOVED
    + """
import subprocess
from pathlib import Path
from liaf_ref._core.errors import RunError
from liaf_ref._core.locks import directory_lock
from liaf_ref._core.system import *
from liaf_ref.cli import main, output
output.open_streams()
run = "run babi --cells liaf --epochs 2 --validation-fraction .25 --stop-after 1 --out o --data"
for command in ([*run.split(), sys.argv[1]], ["resume", "o"], ["report", "o", "--out", "page"]):
    assert main(command) == 0
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
)


def test_a_run_and_its_report_need_none_of_it_and_each_call_falls_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("jinja2")
    data = write_small_task(tmp_path / "data")
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    code, out, err = wait_for(start_python("-c", WITHOUT, data, cwd=tmp_path))
    assert code == 0, err
    assert "table: o/table.md" in out
    assert "marked \\u2260" in out  # the code page has no such sign
    assert not list((tmp_path / "o").rglob("*.lock"))
    assert "d: another process is using this folder" in out


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
    """The branches for Windows, on any system."""
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
    with pytest.raises(InputError, match="no device of Windows, got 'con'"):
        liaf_ref.register_cell("con", liaf_ref.DenseLIAF)


def test_files_of_the_project_have_names_on_every_system() -> None:
    root = Path(liaf_ref.__file__).parents[1]
    tops = (root / top for top in ("liaf_ref", "docs", "notebooks", "tests", "tools"))
    files = [p.relative_to(root).as_posix() for top in tops for p in top.rglob("*")]
    assert [name for name in files if not all(map(is_file_name, name.split("/")))] == []
    counted = Counter(str(PureWindowsPath(name)).casefold() for name in files)
    assert [name for name, number in counted.items() if number > 1] == []


# Ctrl-C.


def blocked() -> set[int]:
    """What this thread holds back."""
    return {int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())}


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_waits_until_the_processes_have_started() -> None:
    reached = []

    def begin() -> None:
        with block_sigint_in_children():
            signal.raise_signal(signal.SIGINT)
            reached.append("the end")

    with pytest.raises(KeyboardInterrupt):
        begin()
    assert reached == ["the end"]
    assert signal.SIGINT not in blocked()


def chained_errors(*kinds: type[BaseException], cause: bool) -> BaseException:
    """The last of some errors, each raised where the one before was being dealt with."""
    last: BaseException | None = None
    for kind in kinds:
        error = kind()
        error.__cause__, error.__context__ = (last, None) if cause else (None, last)
        last = error
    assert last is not None
    return last


@pytest.mark.parametrize("cause", [True, False])
def test_ctrl_c_is_known_by_what_others_make_of_it(cause: bool) -> None:
    made = chained_errors(KeyboardInterrupt, ImportError, ValueError, cause=cause)
    assert caused_by_interrupt(made)
    assert caused_by_interrupt(KeyboardInterrupt())
    assert not caused_by_interrupt(chained_errors(OSError, ImportError, ValueError, cause=cause))


def signals_blocked_in_each_process() -> tuple[set[int], set[int], set[int]]:
    """What a process of a sweep, one of a team, and then the one that began both hold back."""
    with local_cluster(1) as client:
        swept = client.submit(blocked).result()
    network = ScaleNetwork()
    member = start_worker(network, allocate_shared(network.param_shapes()))
    taught = member.pool.submit(blocked).result()
    member.pool.shutdown()
    return swept, taught, blocked()


def test_processes_hold_it_back_from_their_first_line() -> None:
    """Begun by a new interpreter, in which nothing is running yet that unblocks it once."""
    pytest.importorskip("distributed")
    tests = Path(__file__).parent
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from test_system import signals_blocked_in_each_process as f; print(f())",
        ],
        env={**os.environ, "PYTHONPATH": f"{tests}{os.pathsep}{tests.parent}"},
        capture_output=True,
        text=True,
        check=True,
    )
    held = {signal.SIGINT.value}
    assert done.stdout.split("\n")[-2] == str((held, held, set()))
