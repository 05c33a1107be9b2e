"""Measure speed against PyTorch and JAX, on one thread each.

``python tools/benchmark.py [CASE ...] [--rounds N] [--seed S]``

A case is measured in rounds.  Each round runs our code and every baseline in turn, so that other
load on the machine affects all of them equally; the ratio is taken round by round.
"""

import argparse
import os
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import distributions
from statistics import median
from timeit import Timer
from typing import Any

from bench import CASES, Step
from subprocesses import ONE_THREAD

from liaf_ref._core.kinds import whole
from liaf_ref._core.system import tune_malloc
from liaf_ref.cli.options import Parser, option

ENVIRONMENT = ONE_THREAD | {
    "NPROC": "1",  # of XLA
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    # glibc keeps what is freed, as after some epochs of training: paging memory in
    # anew would be the larger part of some cases, for either side.
    "MALLOC_MMAP_THRESHOLD_": str(1 << 32),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 33),
}
MIN_SAMPLE_SECONDS = 0.1  # minimum duration of a sample, so that most calls find warm caches
ROW = "{:<20}{:>12}   {:<36}{:>12}{:>8}{:>18}"
HEAD = ("case", "ours / ms", "baseline", "theirs / ms", "ratio", "(min - max)")


def main() -> int:
    """Measure the cases."""
    listed = "\n".join(f"  {name:<20}{about}" for name, (about, _) in CASES.items())
    parser = Parser(
        prog="benchmark.py",
        description="Time forward and backward passes in float32 on one thread. Each round runs\n"
        "our code and then the baselines: eager PyTorch, torch.compile and JAX, if they are\n"
        "installed. Ratio: our time divided by theirs.",
        epilog=f"cases:\n{listed}\n\nexample: python tools/benchmark.py babi-liaf --rounds 30",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option(parser, "cases CASE", str, "cases to measure (default: all)", nargs="*")
    option(parser, "--rounds N", whole(), "interleaved rounds per case", 30)
    option(parser, "--seed S", whole(0), "random seed", 0)
    args = parser.parse_args()
    if unknown := [name for name in args.cases if name not in CASES]:
        parser.error(f"CASE: expected one of {', '.join(CASES)}, got {unknown[0]}")
    tune_malloc()  # as ``liaf-ref`` does
    missing = set[str]()
    print(ROW.format(*HEAD), flush=True)
    for name in args.cases or CASES:
        row = measure_case(name, args.rounds, args.seed)
        print(format_row(row), flush=True)
        missing |= {*row["missing"]}
    named = {each.metadata["Name"]: each.version for each in distributions()}
    versions = {"python": platform.python_version(), "machine": platform.machine()}
    versions |= {name: named[name] for name in ("numpy", "torch", "jax") if name in named}
    about = ", ".join(map(" ".join, versions.items()))
    print(f"\n{args.rounds} rounds, one thread, float32, forward + backward; {about}")
    for reason in sorted(missing):
        print(f"not measured: {reason}")
    return 0


def measure_case(name: str, rounds: int, seed: int) -> dict[str, Any]:
    """Measure one case: seconds (medians), and our time over each baseline's in each round."""
    case = CASES[name][1](seed)
    steps, missing = {"ours": case.ours}, []
    for baseline, make in case.baselines.items():
        try:
            step = make()
            step()  # which may compile
            steps[baseline] = step
        except (ImportError, RuntimeError) as error:  # PyTorch's, if there is no compiler
            missing.append(f"{baseline}: {str(error).partition(chr(10))[0]}")
    times = time_interleaved(steps, rounds)
    ours, baselines = times.pop("ours"), {}
    for baseline, theirs in times.items():
        ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
        found = {"ratio": median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios)}
        baselines[baseline] = {"seconds": median(theirs)} | found
    return {"case": name, "seconds": median(ours), "baselines": baselines, "missing": missing}


def time_interleaved(steps: Mapping[str, Step], rounds: int) -> dict[str, list[float]]:
    """Seconds per call, a sample of each step in every round."""
    timers = {name: Timer(step) for name, step in steps.items()}
    calls = {}
    for name, timer in timers.items():
        timer.timeit(1)
        calls[name] = max(1, round(2 * MIN_SAMPLE_SECONDS / timer.timeit(2)))
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, timer in timers.items():
            times[name].append(timer.timeit(calls[name]) / calls[name])
    return times


def format_row(row: dict[str, Any]) -> str:
    """A line for each baseline, the fastest first."""
    start = row["case"], f"{1000 * row['seconds']:.3f}"
    lines: list[str] = []
    for name, found in sorted(row["baselines"].items(), key=lambda item: item[1]["seconds"]):
        spread = f"({found['ratio_min']:.3f} - {found['ratio_max']:.3f})"
        theirs = name, f"{1000 * found['seconds']:.3f}", f"{found['ratio']:.3f}", spread
        lines.append(ROW.format(*(("", "") if lines else start), *theirs))
    return "\n".join(lines or [ROW.format(*start, "-", "", "", "").rstrip()])


if __name__ == "__main__":
    if ENVIRONMENT.items() - os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ENVIRONMENT)  # noqa: S606
    sys.exit(main())
