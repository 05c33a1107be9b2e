"""Measure what users wait for, and hold it to budgets.

``python tools/waiting_times.py [--against CHECKOUT] [--rounds N] [--json]``
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.command import BenchError, run_command
from reading_time import run_seconds

from liaf_ref.cli.options import Parser, any_path, positive_int

ROOT = Path(__file__).resolve().parents[1]
OUT = "{out}"  # in the words of a command: a new folder
EXPERIMENTS = ("mnist-dvs", "cifar10-dvs", "gesture", "babi")
LONG = 10.0  # seconds of a round from which one is enough


class Ended(NamedTuple):
    """What a command that has ended took and printed."""

    wall: float  # s
    cpu: float  # s
    memory: int  # largest number of resident bytes
    output: str


class Wait(NamedTuple):
    """Something to wait for: what Python is called with, its budget, and the number to measure."""

    name: str
    line: str
    budget: float
    unit: str
    read: Callable[[Ended], float]
    exit_code: int = 0

    def measure(self, checkout: Path) -> float:
        """Call it once, with the package of a checkout."""
        return self.read(call(shlex.split(self.line), checkout, self.exit_code))


def _wall(ended: Ended) -> float:
    return ended.wall


def _speed(ended: Ended) -> float:
    return float(json.loads(ended.output)["real_time_factor"])


SPEED_UNIT = "times real time"
DEMO = "run babi --generated --tasks 4 --cells liaf,lif,rnn,lstm,gru --epochs 20"
WAITS = (
    Wait("liaf-ref --help", "-m liaf_ref --help", 0.25, "s", _wall),
    Wait("a misspelt option", "-m liaf_ref run babi --taks 1", 0.25, "s", _wall, exit_code=2),
    Wait("import liaf_ref", "-c 'import liaf_ref'", 0.1, "s", _wall),
    Wait(
        "oracle check of the golden set",
        "-m liaf_ref oracle check --backend liaf_ref.oracle:run",
        *(3.0, "s", _wall),
    ),
    Wait("make demo, installed", f"-m liaf_ref {DEMO} --out {OUT}", 15.0, "s", _wall),
    *(
        Wait(f"simulate {kind}", f"-m liaf_ref simulate {kind} --json", 30.0, SPEED_UNIT, _speed)
        for kind in ("mnist-dvs", "cifar10-dvs", "gesture")
    ),
)


def call(words: Sequence[str], checkout: Path, exit_code: int = 0) -> Ended:
    """Call Python with the package of a checkout, on one thread."""
    env = os.environ | {"PYTHONPATH": str(checkout), "OPENBLAS_NUM_THREADS": "1"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile("w+") as output,
        tempfile.TemporaryFile("w+") as messages,
    ):
        words = [f"{folder}/new" if word == OUT else word for word in words]
        start = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, *words], env=env, cwd=folder, stdout=output, stderr=messages
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        messages.seek(0)
        printed, progress = output.read(), messages.read()
    if process.returncode != exit_code:
        end = progress.strip().rpartition("\n")[2]
        raise BenchError(f"{' '.join(words)}: exit code {process.returncode}: {end}")
    return Ended(wall, usage.ru_utime + usage.ru_stime, 1024 * usage.ru_maxrss, printed)


class Row(NamedTuple):
    """A wait that was measured: here and, if there is one, in the other checkout."""

    name: str
    budget: float
    unit: str
    now: float
    before: float | None = None

    @property
    def met(self) -> bool:
        """Whether the budget is kept: a speed is to be larger, all else smaller."""
        return self.now >= self.budget if self.unit == SPEED_UNIT else self.now <= self.budget


def measure_waits(rounds: int, other: Path | None) -> Iterator[Row]:
    """Measure each wait in turns, here and in the other checkout; the best round counts."""
    for wait in WAITS:
        best = max if wait.unit == SPEED_UNIT else min
        places = [ROOT] if other is None else [ROOT, other]
        start = time.perf_counter()
        found = [[wait.measure(place) for place in places]]  # also compiles the modules
        if time.perf_counter() - start < LONG:
            found = [[wait.measure(place) for place in places] for _ in range(rounds)]
        yield Row(wait.name, wait.budget, wait.unit, *map(best, zip(*found, strict=True)))
    books = sorted((ROOT / "build" / "notebooks" / "run").glob("*.ipynb"))
    if books:
        longest = max(books, key=run_seconds)
        yield Row(f"notebook {longest.stem}, the longest", 20.0, "s", run_seconds(longest))


class SmallRun(NamedTuple):
    """One epoch of LIAF at scale small: the estimate printed before it, and what it took."""

    experiment: str
    seconds: float  # of the processor, with the preparation of the recordings
    estimated_seconds: float
    memory: int
    estimated_memory: int


def measure_small_run(experiment: str) -> SmallRun:
    """Run an epoch."""
    size = "--tasks 1" if experiment == "babi" else "--scale small"
    line = f"-m liaf_ref run {experiment} --generated --cells liaf {size} --epochs 1 --json --out"
    ended = call([*line.split(), OUT], ROOT)
    estimate = json.loads(ended.output)["estimate"]
    return SmallRun(
        experiment, ended.cpu, estimate["seconds"], ended.memory, estimate["memory_bytes"]
    )


def make_parser() -> Parser:
    """Make the parser of the command line."""
    parser = Parser(
        prog="waiting_times.py",
        description="Measure what users wait for, and hold it to budgets: commands, the\n"
        "simulator, the longest notebook that make notebooks has run, and one epoch of each\n"
        "experiment at scale small beside the estimate that the command prints.",
        epilog="example: python tools/waiting_times.py --against ../old-checkout",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    other = "another checkout, measured in turns with this one"
    option("--against", type=any_path, metavar="CHECKOUT", help=other)
    rounds = "rounds of a command; the best counts; of a slow one, one (default: 5)"
    option("--rounds", type=positive_int, default=5, metavar="N", help=rounds)
    option("--json", action="store_true", help="print one JSON document")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure. Exit codes: 0 success, 1 a command failed, 2 invalid input."""
    return run_command(make_parser(), _measure, argv)


def _measure(args: argparse.Namespace) -> None:
    rows = []
    _print(args, "| wait | budget | now | before | kept |\n|---|---:|---:|---:|---|")
    for row in measure_waits(args.rounds, args.against and args.against.resolve()):
        rows.append(row)
        before = "" if row.before is None else f"{row.before:.3g}"
        cells = f"{row.budget:g} {row.unit} | {row.now:.3g} | {before}"
        _print(args, f"| {row.name} | {cells} | {'yes' if row.met else 'no'} |")
    runs = []
    _print(args, "\n| one epoch, small | seconds | estimated | memory, MB | estimated |")
    _print(args, "|---|---:|---:|---:|---:|")
    for experiment in EXPERIMENTS:
        runs.append(measure_small_run(experiment))
        seconds, estimated, *memory = runs[-1][1:]
        sizes = " | ".join(f"{number / 1e6:.0f}" for number in memory)
        _print(args, f"| {experiment} | {seconds:.1f} | {estimated:.1f} | {sizes} |")
    if args.json:
        document = {
            "waits": [row._asdict() | {"met": row.met} for row in rows],
            "runs": [run._asdict() for run in runs],
        }
        print(json.dumps(document, indent=2))


def _print(args: argparse.Namespace, line: str) -> None:
    """Print a line of the tables; beside a JSON document, to standard error."""
    print(line, file=sys.stderr if args.json else sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(main())
