"""``liaf-ref bench``: speed against eager PyTorch and the machine's own limit."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from liaf_ref import bench
from liaf_ref.cli.options import bounded_int, errors_as_options, positive_int

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

HEADER = (
    f"{'case':<20}{'ours':>12}{'torch':>12}{'ratio':>8}{'(min - max)':>16}"
    f"{'to fastest':>12}{'of limit':>10}"
)


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "bench",
        help="measure speed against eager PyTorch and the machine's own limit",
        description="Time forward and backward passes in float32 on one thread, in rounds\n"
        "that alternate with eager PyTorch where torch is installed.",
        epilog="cases:\n"
        + "\n".join(f"  {name:<20}{about}" for name, about in bench.list_cases())
        + "\n\nexample: liaf-ref bench babi-liaf neuron-1e5 --rounds 30",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("cases", nargs="*", metavar="CASE", help="all cases if none is named")
    rounds = "interleaved rounds per case (default: 30)"
    option("--rounds", type=positive_int, default=30, metavar="N", help=rounds)
    option(
        "--seed", type=bounded_int(0), default=0, metavar="S", help="seeds the inputs (default: 0)"
    )
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Measure; see ``liaf-ref bench --help``."""
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
        return 0
    versions = ", ".join(f"{name} {version}" for name, version in rows[0]["versions"].items())
    print(f"\n{args.rounds} rounds, one thread, float32, forward + backward; {versions}")
    pairs = {(row["opponent"], row["fastest"]) for row in rows if row["opponent"]}
    for usual, fastest in sorted(pairs):
        print(f"torch: {usual}" + (f"; fastest: {fastest}" if fastest != usual else ""))
    for reason in {row["no_torch"] for row in rows if row["no_torch"]}:
        print(f"no opponent: {reason}")
    return 0


def _format_row(row: dict[str, Any]) -> str:
    ours = f"{1000 * row['ours_seconds']:.3f} ms"
    share = f"{100 * row['fraction_of_limit']:.0f} %"
    if row["torch_seconds"] is None:
        return f"{row['case']:<20}{ours:>12}{'-':>12}{'-':>8}{'-':>16}{'-':>12}{share:>10}"
    torch = f"{1000 * row['torch_seconds']:.3f} ms"
    spread = f"({row['ratio_min']:.3f} - {row['ratio_max']:.3f})"
    return (
        f"{row['case']:<20}{ours:>12}{torch:>12}{row['ratio']:>8.3f}{spread:>16}"
        f"{row['ratio_fastest']:>12.3f}{share:>10}"
    )
