"""Measure speed against PyTorch and JAX, on one thread each.

``python tools/benchmark.py [CASE ...] [--rounds N] [--seed S]``

A case is measured in rounds.  Each round runs our code and every baseline that is installed in turn
(eager PyTorch, torch.compile, JAX), so that other load on the machine affects all of them equally.
The ratio, our time divided by theirs, is taken round by round.
"""

import argparse
import os
import platform
import sys
from importlib.metadata import distributions
from statistics import median
from timeit import Timer

from bench import CASES
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
Times = dict[str, list[float]]
ROW = "{:<20}{:>12}   {:<36}{:>12}{:>8}{:>18}"
HEAD = ("case", "ours / ms", "baseline", "theirs / ms", "ratio", "(min - max)")


def main() -> int:
    """Measure the cases."""
    listed = "\n".join(f"  {name:<20}{about}" for name, (about, _) in CASES.items())
    parser = Parser(
        prog="benchmark.py",
        description=__doc__,
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
        times, reasons = measure_case(name, args.rounds, args.seed)
        print(format_rows(name, times), flush=True)
        missing |= {*reasons}
    named = {each.metadata["Name"]: each.version for each in distributions()}
    versions = {"python": platform.python_version(), "machine": platform.machine()}
    versions |= {name: named[name] for name in ("numpy", "torch", "jax") if name in named}
    about = ", ".join(map(" ".join, versions.items()))
    print(f"\n{args.rounds} rounds, one thread, float32, forward + backward; {about}")
    for reason in sorted(missing):
        print(f"not measured: {reason}")
    return 0


def measure_case(name: str, rounds: int, seed: int) -> tuple[Times, list[str]]:
    """Seconds per call of our code and of each baseline, and why others are not measured."""
    case = CASES[name][1](seed)
    timers, missing = {"ours": Timer(case.ours)}, []
    for baseline, make in case.baselines.items():
        try:
            step = make()
            step()  # which may compile
            timers[baseline] = Timer(step)
        except (ImportError, RuntimeError) as error:  # PyTorch's, if there is no compiler
            missing.append(f"{baseline}: {str(error).partition(chr(10))[0]}")
    calls = {label: timer.autorange()[0] for label, timer in timers.items()}  # of at least 0.2 s
    times: Times = {label: [] for label in timers}
    for _ in range(rounds):
        for label, timer in timers.items():
            times[label].append(timer.timeit(calls[label]) / calls[label])
    return times, missing


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
    if ENVIRONMENT.items() - os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ENVIRONMENT)  # noqa: S606
    sys.exit(main())
