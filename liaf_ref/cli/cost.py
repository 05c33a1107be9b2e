"""``liaf-ref cost``: what a network computes and needs, and the counts that the paper prints."""

import argparse
import json
from typing import TYPE_CHECKING

from liaf_ref.cli.options import named, positive
from liaf_ref.errors import InputError
from liaf_ref.layers import Chain, Frugal
from liaf_ref.networks.catalogue import NETWORKS, network

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

TABLES = "tables"


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "cost",
        help="count a network's operations, parameters and memory; or the paper's tables",
        description="Describe a network layer by layer: output, parameters, operations by the\n"
        "paper's count and exactly, memory of the tape.  Or compare every count that\n"
        "Tables I, II, IV, VII and IX print with what comes out of the layers.",
        epilog=f"networks: {', '.join(NETWORKS)}\n\n"
        "examples: liaf-ref cost mnist-dvs-liaf --batch 8\n"
        "          liaf-ref cost tables",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("network", metavar="NETWORK|tables", help="one of those below")
    option("--batch", type=positive, metavar="B", help="samples of a training step (default: 1)")
    steps = "time steps of a sample (default: the paper's)"
    option("--steps", type=positive, metavar="T", help=steps)
    recompute = "keep the potentials of the neurons alone, and run the rest again going back"
    option("--recompute", action="store_true", help=recompute)
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Count; see ``liaf-ref cost --help``."""
    if args.network == TABLES:
        return _tables(args)
    from liaf_ref.networks.summary import summary  # noqa: PLC0415

    with named(network="NETWORK", chain="--recompute", parts="--recompute"):
        net = network(args.network, Frugal if args.recompute else Chain)
    table = summary(net, args.batch or 1, args.steps)
    print(json.dumps(table.json(), indent=2) if args.json else table)
    return 0


def _tables(args: argparse.Namespace) -> int:
    from liaf_ref.report.counts import figures, markdown  # noqa: PLC0415

    for name in ("batch", "steps", "recompute"):
        if getattr(args, name):
            raise InputError(f"--{name}: expected none with tables, whose sizes are the paper's")
    compared = figures()
    if args.json:
        print(json.dumps({"figures": [figure._asdict() for figure in compared]}, indent=2))
    else:
        print(markdown(compared))
    return 0
