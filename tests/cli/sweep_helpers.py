"""A small sweep over bAbI, and whether two of them came to the same."""

import os
import signal
import warnings
from pathlib import Path

from support import folder_contents, trees_equal

from liaf_ref.cli import main
from liaf_ref.training import checkpoint

SMALL_SPEC = """
experiment = "babi"
[common]
epochs = 2
lr = 0.01
validation_fraction = 0.25
[grid]
task = 1
cell = ["liaf", "gru"]
seed = [0, 1]
"""
TABLES = ("results.csv", "results.jsonl")


def run_and_kill(write: int, args: list[object]) -> int:
    """Run a command in a fork, and kill it before the Nth file is put in its place."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of threads
        child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    whole, left = Path.replace, [write]

    def replace(self: Path, target: Path) -> Path:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(self, target)

    try:
        Path.replace = replace  # type: ignore[assignment, method-assign]
        main([str(arg) for arg in args])
    finally:
        os._exit(99)


def sweep_args(spec: Path, data: Path, out: Path, *more: object) -> list[object]:
    """Arguments of ``liaf-ref``."""
    return ["sweep", spec, "--data", data, "--out", out, *more]


def same_run(one: Path, two: Path) -> bool:
    """Whether two runs came to the same, bit for bit; their times are in run.json alone."""
    metrics = [(folder / "metrics.jsonl").read_bytes() for folder in (one, two)]
    states = [checkpoint.load(folder / "checkpoint.npz").state for folder in (one, two)]
    return metrics[0] == metrics[1] and trees_equal(*states)


def check_same_sweep(one: Path, two: Path) -> None:
    """Two folders of finished sweeps hold the same."""
    a, b = folder_contents(one), folder_contents(two)
    assert list(a) == list(b)
    assert [a[name] for name in TABLES] == [b[name] for name in TABLES]
    jobs = sorted((one / "jobs").iterdir())
    assert len(jobs) == a["results.jsonl"].count(b"\n") > 0
    for job in jobs:
        assert same_run(job, two / "jobs" / job.name)
