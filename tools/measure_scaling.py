"""Measure how time and memory of a training step grow with its sizes.

``python tools/measure_scaling.py NETWORK [--cell C] [--batch B] [--figure FILE] [--json]``
"""

import argparse
import json
import sys
from collections.abc import Sequence

from bench.command import run_command
from bench.scaling import SETTINGS, measure_scaling, scaling_cases
from bench.scaling_report import LABELS, plot_png, scaling_exponent, to_markdown

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.validation import check_choice
from liaf_ref.cli.options import Parser, any_path, bounded_int, errors_as_options, positive_int


def make_parser() -> Parser:
    """Make the parser of the command line."""
    parser = Parser(
        prog="measure_scaling.py",
        description="Change one size of a network at a time: batch, steps, pixels, channels.\n"
        "Measure a training step in float32 on one thread, and the memory of its tape\n"
        "next to the prediction. Sizes that exceed the memory are rejected before a run.",
        epilog="example: python tools/measure_scaling.py mnist-dvs --cell liaf --batch 2 "
        "--figure scaling.png",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("network", metavar="NETWORK", help="mnist-dvs, cifar10-dvs or gesture")
    option("--cell", default="liaf", metavar="C", help="cell type of the blocks (default: liaf)")
    batch = "batch size while another size changes (default: 1)"
    option("--batch", type=positive_int, default=1, metavar="B", help=batch)
    seed = "random seed of the data (default: 0)"
    option("--seed", type=bounded_int(0), default=0, metavar="S", help=seed)
    option("--figure", type=any_path, metavar="FILE", help="write the curves as a PNG image")
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(option_names={"network": "NETWORK"})
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure a network. Exit codes: 0 success, 2 invalid input."""
    return run_command(make_parser(), _measure, argv)


def _measure(args: argparse.Namespace) -> None:
    with errors_as_options(args):
        check_choice("network", args.network, SETTINGS, "the paper")
        cases = scaling_cases(args.network, args.cell, args.batch)
    points = []
    for number, point in enumerate(measure_scaling(cases, args.seed), 1):
        points.append(point._asdict())
        progress = f"{number} of {len(cases)}: {point.axis} = {point.value:,}"
        print(f"{progress}, {1000 * point.seconds:.0f} ms", file=sys.stderr, flush=True)
    name = f"{args.network}-{args.cell}"
    if args.figure is not None:
        write_atomic(args.figure, plot_png(points, name))
    if args.json:
        exponents = {axis: scaling_exponent(points, axis) for axis in LABELS}
        print(json.dumps({"network": name, "points": points, "exponents": exponents}, indent=2))
    else:
        print(to_markdown(points))


if __name__ == "__main__":
    sys.exit(main())
