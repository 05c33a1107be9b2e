"""Say how many seeds a comparison needs, by the rule of docs/results/protocol.md.

``python tools/seeds_needed.py RUNS CELL BASELINE --half-width POINTS``
"""

import argparse
import statistics
import sys
from collections.abc import Sequence

from bench.command import run_command

from liaf_ref._core.errors import InputError
from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.cli.options import Parser, dir_path, float_value
from liaf_ref.report.confidence_interval import MIN_SEEDS, mean_ci, stein_seeds
from liaf_ref.report.dvs_runs import RunGroup
from liaf_ref.report.runs import collect_runs


def make_parser() -> Parser:
    """Make the parser of the command line."""
    parser = Parser(
        prog="seeds_needed.py",
        description="Stein's two stages: how many seeds the interval of a paired difference of\n"
        f"test accuracies needs to have a half-width. The first {MIN_SEEDS} seeds are the pilot.",
        epilog="example: python tools/seeds_needed.py runs/sweep-1 liaf lif --half-width 1.5",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    runs = "output folder of liaf-ref sweep, or table of tools/record_runs.py"
    option("runs", type=dir_path, metavar="RUNS", help=runs)
    for name in ("cell", "baseline"):
        option(name, choices=CELL_NAMES, metavar=name.upper(), help="one of the two cells")
    half_width = "half the width of the 95 %% interval wanted, in points"
    option("--half-width", type=float_value, required=True, metavar="POINTS", help=half_width)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Print the number of seeds. Exit codes: 0 success, 2 invalid input."""
    return run_command(make_parser(), _print_seeds, argv)


def _print_seeds(args: argparse.Namespace) -> None:
    if args.half_width <= 0:
        raise InputError(f"--half-width: expected a positive number, got {args.half_width:g}")
    pair = args.cell, args.baseline
    groups = [g for g in collect_runs([args.runs]).groups if all(map(g.runs_of, pair))]
    if not groups:
        raise InputError(f"{args.runs}: expected runs of {' and '.join(pair)}, got none")
    for group in groups:
        print(_describe(group, pair, args.half_width))


def _describe(group: RunGroup, pair: tuple[str, str], half_width: float) -> str:
    own, other = (
        {run.key: 100 * run.result["test_accuracy"] for run in group.runs_of(cell)} for cell in pair
    )
    keys = [key for key in own if key in other][:MIN_SEEDS]  # by seed
    differences = [own[key] - other[key] for key in keys]
    if len(keys) < MIN_SEEDS:
        reason = f"expected {MIN_SEEDS} seeds of both cells, got {len(keys)}"
        raise InputError(f"{group.label}: {reason}")
    pilot = mean_ci(differences)
    names = " − ".join(CELL_NAMES[cell] for cell in pair)
    seeds = ", ".join(str(key[0]) for key in keys)
    return (
        f"{group.label}\n"
        f"{names} of seeds {seeds}: {pilot.value:+.2f} ± {pilot.half_width:.2f} points, "
        f"standard deviation {statistics.stdev(differences):.2f}\n"
        f"seeds for a half-width of {half_width:g}: {stein_seeds(pilot, half_width)}"
    )


if __name__ == "__main__":
    sys.exit(main())
