"""A worker ends with its sweep, whatever it is doing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

WORKER = (
    "import os, time; from liaf_ref.experiments.sweep.worker_process import _exit_with_parent; {}"
)
SWEEP = """
import subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
print(worker.stdout.readline().decode().strip(), flush=True)
time.sleep(60)
"""
IDLE = "_exit_with_parent(os.getppid()); print(os.getpid(), flush=True); time.sleep(60)"


def test_an_idle_worker_ends_when_its_sweep_is_killed(tmp_path: Path) -> None:
    sweep = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", SWEEP, WORKER.format(IDLE)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    with sweep:
        assert sweep.stdout is not None
        worker = int(sweep.stdout.readline())
        assert _runs(worker)
        sweep.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while _runs(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(worker)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not (state.exists() and state.read_text("ascii").rpartition(")")[2].split()[0] == "Z")
