"""Measure speed against eager PyTorch and against a hardware bound.

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
    f"{'case':<20}{'ours':>12}{'torch':>12}{'ratio':>8}{'(min - max)':>16}"
    f"{'vs tuned':>12}{'% of bound':>12}"
)


def make_parser() -> Parser:
    """Make the parser of the command line."""
    parser = Parser(
        prog="benchmark.py",
        description="Time forward and backward passes in float32 on one thread. Each round runs\n"
        "our code and then eager PyTorch, if torch is installed.",
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
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure the cases. Exit codes: 0 success, 1 a measurement failed, 2 invalid input."""
    return run_command(make_parser(), _measure, argv)


def _measure(args: argparse.Namespace) -> None:
    names = args.cases or [name for name, _ in bench.list_cases()]
    with errors_as_options(case="CASE"):
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
    pairs = {(row["baseline"], row["fastest_baseline"]) for row in rows if row["baseline"]}
    for baseline, fastest in sorted(pairs):
        print(f"torch: {baseline}" + (f"; fastest: {fastest}" if fastest != baseline else ""))
    for reason in {row["baseline_error"] for row in rows if row["baseline_error"]}:
        print(f"no baseline: {reason}")


def _format_row(row: dict[str, Any]) -> str:
    ours = f"{1000 * row['ours_seconds']:.3f} ms"
    fraction = f"{100 * row['fraction_of_bound']:.0f} %"
    if row["torch_seconds"] is None:
        return f"{row['case']:<20}{ours:>12}{'-':>12}{'-':>8}{'-':>16}{'-':>12}{fraction:>12}"
    torch = f"{1000 * row['torch_seconds']:.3f} ms"
    spread = f"({row['ratio_min']:.3f} - {row['ratio_max']:.3f})"
    return (
        f"{row['case']:<20}{ours:>12}{torch:>12}{row['ratio']:>8.3f}{spread:>16}"
        f"{row['ratio_to_fastest']:>12.3f}{fraction:>12}"
    )


if __name__ == "__main__":
    sys.exit(main())
