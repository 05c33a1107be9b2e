"""A Dask scheduler and workers in processes of their own, on the loopback interface."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from distributed import Client

import liaf_ref

ROOT = Path(liaf_ref.__file__).parents[1]
LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")
SECONDS = 120  # that a busy machine may take to start a scheduler and its workers


@contextlib.contextmanager
def start_cluster(folder: Path, workers: int) -> Iterator[str]:
    """Start a scheduler and workers, and give the scheduler's address.

    The scheduler gives up every job that was where a worker died: at the first death.
    """
    file = folder / "scheduler.json"
    started = [_start_process("dask_scheduler", folder, "--port", 0, "--scheduler-file", file)]
    try:
        deadline = time.monotonic() + SECONDS
        while not _is_complete(file) and time.monotonic() < deadline:
            time.sleep(0.02)
        address: str = json.loads(file.read_text("utf-8"))["address"]
        for number in range(workers):
            local = ("--local-directory", folder / f"worker-{number}", "--nthreads", 1)
            started.append(_start_process("dask_worker", folder, address, *local))
        with Client(address, timeout=SECONDS, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=SECONDS)
        yield address
    finally:
        for process in reversed(started):  # a worker tells its scheduler, and would wait for it
            _stop_process(process)


def _is_complete(file: Path) -> bool:
    """Whether a scheduler has written its file to the end, which it does not do at once."""
    return file.exists() and file.read_text("utf-8").rstrip().endswith("}")


def _stop_process(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process to end, and wait until it has."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _start_process(module: str, folder: Path, *args: object) -> "subprocess.Popen[bytes]":
    path = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'tests')!r}]; "
    run = f"from distributed.cli.{module} import main; main()"
    with (folder / f"{module}.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", path + run, *map(str, args), *LOOPBACK],
            cwd=folder,
            env=os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"},
            stdout=log,
            stderr=log,
        )
