"""Measure speed against PyTorch, JAX and a hardware bound.

``python tools/benchmark.py [CASE ...] [--rounds N] [--seed S] [--json]``
"""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

import bench
from bench.command import run_command

from liaf_ref.cli.options import Parser, bounded_int, errors_as_options, positive_int

HEADER = (
    f"{'case':<20}{'ours':>12}{'% of bound':>12}   {'baseline':<36}{'time':>12}{'ratio':>8}"
    f"{'(min - max)':>18}"
)


def make_parser() -> Parser:
    """Make the parser of the command line."""
    parser = Parser(
        prog="benchmark.py",
        description="Time forward and backward passes in float32 on one thread. Each round runs\n"
        "our code and then the baselines: eager PyTorch, torch.compile and JAX, if they are\n"
        "installed. Ratio: our time divided by theirs.",
        epilog="cases:\n"
        + "\n".join(f"  {name:<20}{description}" for name, description in bench.list_cases())
        + "\n\nexample: python tools/benchmark.py babi-liaf neuron-1e5 --rounds 30",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("cases", nargs="*", metavar="CASE", help="cases to measure (default: all)")
    rounds = "interleaved rounds per case (default: 30)"
    option("--rounds", type=positive_int, default=30, metavar="N", help=rounds)
    seed = "random seed of the inputs (default: 0)"
    option("--seed", type=bounded_int(0), default=0, metavar="S", help=seed)
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(option_names={"case": "CASE"})
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure the cases. Exit codes: 0 success, 1 a measurement failed, 2 invalid input."""
    return run_command(make_parser(), _measure, argv)


def _measure(args: argparse.Namespace) -> None:
    names = args.cases or [name for name, _ in bench.list_cases()]
    with errors_as_options(args):
        bench.check_arguments(names, args.rounds, args.seed)
    rows = []
    stream = sys.stderr if args.json else sys.stdout
    print(HEADER, file=stream, flush=True)
    for row in bench.run_cases(names, args.rounds, args.seed):
        rows.append(row)
        print(_format_row(row), file=stream, flush=True)
    if args.json:
        print(json.dumps({"cases": rows}, indent=2))
        return
    versions = ", ".join(f"{name} {version}" for name, version in rows[0]["versions"].items())
    print(f"\n{args.rounds} rounds, one thread, float32, forward + backward; {versions}")
    for reason in sorted({reason for row in rows for reason in row["missing"]}):
        print(f"not measured: {reason}")


def _format_row(row: dict[str, Any]) -> str:
    """A line for each baseline, the fastest first."""
    fraction = f"{100 * row['fraction_of_bound']:.0f} %"
    start = f"{row['case']:<20}{_milliseconds(row['seconds'])}{fraction:>12}   "
    baselines = sorted(row["baselines"].items(), key=lambda item: item[1]["seconds"])
    lines = [
        f"{name:<36}{_milliseconds(found['seconds'])}{found['ratio']:>8.3f}{_spread(found):>18}"
        for name, found in baselines
    ]
    return start + f"\n{' ' * len(start)}".join(lines or ["-"])


def _spread(found: dict[str, float]) -> str:
    return f"({found['ratio_min']:.3f} - {found['ratio_max']:.3f})"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.3f} ms".rjust(12)


if __name__ == "__main__":
    sys.exit(main())
