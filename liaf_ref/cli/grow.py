"""``liaf-ref grow``: how time and memory of a training step grow with its sizes."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.validation import check_choice
from liaf_ref.cli.options import bounded_int, dir_path, errors_as_options, positive_int

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "grow",
        help="measure how a training step grows with batch, steps, places and channels",
        description="Change one size of a network at a time; measure a training step in float32\n"
        "on one thread, and the memory of its tape beside what was predicted of it.\n"
        "A size that does not fit into memory is refused before anything runs.",
        epilog="example: liaf-ref grow mnist-dvs --cell liaf --batch 2 --figure growth.png",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("network", metavar="NETWORK", help="mnist-dvs, cifar10-dvs or gesture")
    option("--cell", default="liaf", metavar="C", help="what its blocks are of (default: liaf)")
    base = "samples where another size is changed (default: 1)"
    option("--batch", type=positive_int, default=1, metavar="B", help=base)
    option(
        "--seed", type=bounded_int(0), default=0, metavar="S", help="seeds the data (default: 0)"
    )
    option("--figure", type=dir_path, metavar="FILE", help="write the curves as a PNG image")
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Measure; see ``liaf-ref grow --help``."""
    from liaf_ref.bench.scaling import SETTINGS, measure_scaling, scaling_cases  # noqa: PLC0415
    from liaf_ref.report.scaling import LABELS, plot_png, scaling_exponent, to_markdown  # noqa: PLC0415

    with errors_as_options(network="NETWORK"):
        check_choice("network", args.network, SETTINGS, "the paper")
        found = scaling_cases(args.network, args.cell, args.batch)
    points = []
    for number, point in enumerate(measure_scaling(found, args.seed), 1):
        points.append(point._asdict())
        progress = f"{number} of {len(found)}: {point.axis} = {point.value:,}"
        print(f"{progress}, {1000 * point.seconds:.0f} ms", file=sys.stderr, flush=True)
    name = f"{args.network}-{args.cell}"
    if args.figure is not None:
        write_atomic(args.figure, plot_png(points, name))
    if args.json:
        powers = {axis: scaling_exponent(points, axis) for axis in LABELS}
        print(json.dumps({"network": name, "points": points, "exponents": powers}, indent=2))
    else:
        print(to_markdown(points))
    return 0
