"""Calls that some operating system lacks, each with what is done without it.

No other module makes them (``tests/test_forbidden.py``).
"""

import contextlib
import os
import re
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess

WINDOWS = os.name == "nt"
NEW_PROCESS_GROUP = 0x200  # <winbase.h>: Ctrl-C does not reach the process
# What ends a command as Ctrl-C does: `kill`, and a terminal or a connection that is closed.
END_SIGNALS = (signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # <malloc.h>
WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
WINDOWS_REFUSES = frozenset('\\/:*?"<>|')  # in the name of a file


def available_cores() -> int:
    """Number of cores that this process may use; where that is not known, all."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_memory() -> int:
    """Free memory in bytes on Linux; all memory on another Unix; elsewhere no limit is known."""
    with contextlib.suppress(OSError), open("/proc/meminfo", encoding="ascii") as lines:  # noqa: PTH123
        available = next(line for line in lines if line.startswith("MemAvailable:"))
        return 1024 * int(available.split()[1])
    has_sysconf = hasattr(os, "sysconf")
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if has_sysconf else sys.maxsize


def tune_malloc() -> None:
    """Let glibc keep up to 1 GB of freed memory for the next arrays, for programs that train."""
    # Otherwise glibc returns large arrays to the system, and paging each new one in takes as
    # long as computing it. Another C library is left alone.
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415 - where it is needed

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 1 << 30)


def limit_memory(size: int) -> None:
    """Let this process allocate at most ``size`` bytes, on systems that can limit it."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on Windows

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (size, hard))


def fsync_folder(folder: Path) -> None:
    """Flush the entries of a folder, on systems that can open one."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def caused_by_interrupt(error: BaseException | None) -> bool:
    """Whether an error is a KeyboardInterrupt or was caused by one."""
    # A module in C that imports another turns an interrupt of that import into an ImportError.
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


@contextlib.contextmanager
def block_sigint_in_children() -> Iterator[None]:
    """Child processes started within the block never receive SIGINT."""
    # A child inherits the mask of its parent.  If it ignored the signal by itself, one that comes
    # while it starts would end it with a traceback.
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker  # noqa: PLC0415 - slow, and not in a browser

    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    resource_tracker.ensure_running()  # it unblocks the signal when it starts
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin_worker() -> None:
    """Of a worker process: ignore Ctrl-C where it cannot be blocked, and end with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_main_process, daemon=True).start()


def _end_with_main_process() -> None:
    from multiprocessing import parent_process  # noqa: PLC0415 - slow, and not in a browser

    main = parent_process()
    assert main is not None  # noqa: S101 - this is a worker
    main.join()  # also if it was killed
    os._exit(1)


def own_group() -> dict[str, Any]:
    """Arguments of ``Popen`` for a program that Ctrl-C does not reach."""
    return {"creationflags": NEW_PROCESS_GROUP} if WINDOWS else {"start_new_session": True}


def kill_with_children(process: "subprocess.Popen[bytes]") -> None:
    """Kill a program that was started with :func:`own_group`, and on Unix what it started."""
    with contextlib.suppress(OSError):  # all have ended; macOS calls that a lack of permission
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()  # does nothing if it has ended


def split_command(text: str) -> list[str]:
    """Split a command line as a shell does; on Windows a backslash stands for itself."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters = True, ""  # as ``shlex.split``
    if WINDOWS:
        lexer.escape = ""
    return list(lexer)


def is_file_name(name: str) -> bool:
    """Whether a name that can be printed is that of a file on every system."""
    odd = WINDOWS_REFUSES & set(name) or name.endswith((".", " "))
    return not (odd or WINDOWS_DEVICE.fullmatch(name))


def quote(text: str) -> str:
    """Quote a word of a command line for the system's shell."""
    if not WINDOWS:
        return shlex.quote(text)
    from subprocess import list2cmdline  # noqa: PLC0415 - slow, and not in a browser

    return list2cmdline([text])
