"""Measure speed against PyTorch, JAX and frameworks of spiking networks.

``python tools/benchmark.py [CASE ...] [--rounds N] [--seed S] [--threads N] [--record FILE]``

A case is measured in rounds.  Each round runs our code and every baseline that is installed in turn
(eager PyTorch, torch.compile, JAX), so that other load on the machine affects all of them equally.
The ratio, our time divided by theirs, is taken round by round.  With one thread it is the time of
the processor.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from importlib.metadata import distributions
from pathlib import Path
from statistics import median
from timeit import Timer

import bench
from bench import Case, spiking
from subprocesses import THREADS

from liaf_ref._core.kinds import whole
from liaf_ref._core.system import tune_malloc
from liaf_ref._core.text import csv_text
from liaf_ref.cli.options import Parser, any_path, option

CASES = bench.CASES | spiking.CASES
Times = dict[str, list[float]]
Measured = tuple[Times, list[str]]  # also why the others are not
Clock = Callable[[], float]
ROW = "{:<20}{:>12}   {:<36}{:>12}{:>8}{:>18}"
HEAD = ("case", "ours / ms", "baseline", "theirs / ms", "ratio", "(min - max)")


def main() -> int:
    """Measure the cases."""
    listed = "\n".join(f"  {name:<20}{about}" for name, (about, _) in CASES.items())
    every = "cases to measure (default: all but dense-lif, whose largest takes minutes a round)"
    parser = Parser(
        prog="benchmark.py",
        description=__doc__,
        epilog=f"cases:\n{listed}\n\nexample: python tools/benchmark.py babi-liaf --rounds 30",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option(parser, "cases CASE", CASES, every, nargs="*")
    option(parser, "--rounds N", whole(), "interleaved rounds per case", 30)
    option(parser, "--seed S", whole(0), "random seed", 0)
    option(parser, "--threads N", whole(), "threads of each program", 1)
    option(parser, "--record FILE", any_path, "CSV to which the time of each round is added")
    args = parser.parse_args()
    threads = dict.fromkeys((*THREADS, "NPROC"), str(args.threads))  # the last is XLA's
    threads["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={str(args.threads > 1).lower()}"
    if threads.items() - os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | threads)  # noqa: S606
    tune_malloc()  # as ``liaf-ref`` does: paging memory in anew would be much of some cases
    clock, missing = time.process_time if args.threads == 1 else time.perf_counter, set[str]()
    print(ROW.format(*HEAD), flush=True)
    for name in args.cases or bench.CASES:
        times, reasons = measure_case(CASES[name][1](args.seed), args.rounds, clock)
        print(format_rows(name, times), flush=True)
        missing |= {*reasons}
        if args.record:
            add_record(args.record, name, args.threads, times)
    named = {each.metadata["Name"]: each.version for each in distributions()}
    versions = {"python": platform.python_version(), "machine": platform.machine()}
    packages = ("numpy", "torch", "jax", *map(str.lower, spiking.FRAMEWORKS))
    versions |= {name: named[name] for name in packages if name in named}
    about = ", ".join(map(" ".join, versions.items()))
    print(f"\n{args.rounds} rounds, threads {args.threads}, float32, forward + backward; {about}")
    for reason in sorted(missing):
        print(f"not measured: {reason}")
    return 0


def measure_case(case: Case, rounds: int, clock: Clock = time.process_time) -> Measured:
    """Seconds per call of our code and of each baseline, and why others are not measured."""
    timers, calls, missing = dict[str, Timer](), dict[str, int](), list[str]()
    for label, make in {"ours": lambda: case.ours, **case.baselines}.items():
        try:
            step = make()
            step()  # which may compile
            timers[label] = Timer(step, timer=clock)
            calls[label] = timers[label].autorange()[0]  # of at least 0.2 s
        except (ImportError, RuntimeError) as error:  # PyTorch's, if there is no compiler
            missing.append(f"{label}: {str(error).partition(chr(10))[0]}")
    times: Times = {label: [] for label in timers}
    for _ in range(rounds):
        for label, timer in timers.items():
            times[label].append(timer.timeit(calls[label]) / calls[label])
    return times, missing


def add_record(path: Path, name: str, threads: int, times: Times) -> None:
    """Add a line for each program and round to a table."""
    head = [] if path.exists() else [("case", "threads", "program", "milliseconds")]
    rows = ((name, threads, label, f"{1000 * t:.5g}") for label in times for t in times[label])
    with path.open("a", encoding="utf-8") as file:
        file.write(csv_text([*head, *rows]))


def format_rows(name: str, times: Times) -> str:
    """A line for each baseline, the fastest first: medians, and the ratio round by round."""
    (_, ours), *baselines = times.items()
    start, lines = (name, f"{1000 * median(ours):.3f}"), list[str]()
    for baseline, theirs in sorted(baselines, key=lambda each: median(each[1])):
        ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
        spread = f"({min(ratios):.3f} - {max(ratios):.3f})"
        found = baseline, f"{1000 * median(theirs):.3f}", f"{median(ratios):.3f}", spread
        lines.append(ROW.format(*(("", "") if lines else start), *found))
    return "\n".join(lines or [ROW.format(*start, "-", "", "", "").rstrip()])


if __name__ == "__main__":
    sys.exit(main())
