"""``liaf-ref cost``: operations, parameters and memory of a network; the paper's counts."""

import argparse
import json
from typing import TYPE_CHECKING

from liaf_ref._core.errors import InputError
from liaf_ref._core.safe_load import load_npy
from liaf_ref.analysis.op_count import LayerSparsity, measure_sparsity
from liaf_ref.cli.options import dir_path, positive_int
from liaf_ref.layers import CheckpointedSequential, Sequential
from liaf_ref.layers.kernel_set import kernel_set_for
from liaf_ref.networks import DVSNetwork
from liaf_ref.networks.base import Network
from liaf_ref.networks.registry import NETWORKS, create_network

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

TABLES = "tables"


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "cost",
        description="Print for each layer of a network: output shape, parameters, operations (the\n"
        "paper's count and the exact count) and memory of the tape, the arrays kept for the\n"
        "backward pass. With `tables`, compare every count printed in Tables I, II, IV, VII\n"
        "and IX with the counts of the layers here.",
        epilog=f"networks: {', '.join(NETWORKS)}\n\n"
        "example: liaf-ref cost mnist-dvs-liaf --batch 8\n"
        "         liaf-ref cost gesture-lif --params trained.safetensors --frames test.npy\n"
        "         liaf-ref cost tables",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("network", metavar="NETWORK|tables", help="a network listed below, or `tables`")
    option("--batch", type=positive_int, metavar="B", help="samples per training step (default: 1)")
    steps = "time steps per sample (default: the paper's)"
    option("--steps", type=positive_int, metavar="T", help=steps)
    recompute = "gradient checkpointing: keep only the membrane potentials and recompute the rest "
    recompute += "in the backward pass"
    option("--recompute", action="store_true", help=recompute)
    params = "safetensors file of trained parameters and running statistics; requires --frames"
    option("--params", type=dir_path, metavar="FILE", help=params)
    frames = ".npy file of samples (B, T, H, W, 2) to measure the sparsity of activations; "
    frames += "requires --params"
    option("--frames", type=dir_path, metavar="FILE", help=frames)
    option("--json", action="store_true", help="print one JSON document")
    names = {"network": "NETWORK", "container": "--recompute", "layers": "--recompute"}
    names |= {"parameters": "--params", "buffers": "--params", "X": "--frames"}
    smaller = "use a smaller --batch or fewer --steps"
    parser.set_defaults(command=command, smaller=smaller, option_names=names)


def command(args: argparse.Namespace) -> int:
    """Count; see ``liaf-ref cost --help``."""
    if args.network == TABLES:
        return _tables(args)
    from liaf_ref.networks import summary  # noqa: PLC0415

    net = create_network(args.network, CheckpointedSequential if args.recompute else Sequential)
    observed = _observe_sparsity(net, args)
    table = summary(net, args.batch or 1, args.steps)
    if args.json:
        rows = [
            row._asdict() | {"dense": vars(row.dense), "effective": vars(row.effective)}
            for row in observed
        ]
        print(json.dumps(table.to_dict() | ({"sparsity": rows} if observed else {}), indent=2))
        return 0
    print(table)
    if observed:
        from liaf_ref.report.sparsity import to_markdown  # noqa: PLC0415

        print(f"\nnon-zero fractions on {args.frames}, and operations without those on zeros\n")
        print(to_markdown(observed))
    return 0


def _observe_sparsity(net: Network, args: argparse.Namespace) -> list[LayerSparsity]:
    """Measure the sparsity of each layer on the given frames; empty without frames."""
    if args.params is None and args.frames is None:
        return []
    has, lacks = ("frames", "params") if args.params is None else ("params", "frames")
    if not isinstance(net, DVSNetwork):
        raise InputError(
            f"NETWORK: expected a network for event frames, as --{has} is given, got {args.network}"
        )
    if getattr(args, lacks) is None:
        raise InputError(f"--{lacks}: required together with --{has}")
    from liaf_ref.interop.weights import load_weights  # noqa: PLC0415

    arrays = load_weights(args.params)
    params = {name: a for name, a in arrays.items() if name not in net.sequential.buffer_shapes()}
    buffers = {name: a for name, a in arrays.items() if name in net.sequential.buffer_shapes()}
    args.option_names |= {name: f"--params: {name}" for name in arrays}
    frames = load_npy(args.frames)
    net.forward(params, frames, buffers)
    return measure_sparsity(net.sequential, arrays, frames, kernel_set_for(frames.dtype))


def _tables(args: argparse.Namespace) -> int:
    from liaf_ref.report.audit.counts import compare_counts, to_markdown  # noqa: PLC0415

    for name in ("batch", "steps", "recompute", "params", "frames"):
        if getattr(args, name):
            raise InputError(
                f"--{name}: cannot be combined with `tables`, which uses the paper's sizes"
            )
    compared = compare_counts()
    if args.json:
        print(json.dumps({"figures": [figure._asdict() for figure in compared]}, indent=2))
    else:
        print(to_markdown(compared))
    return 0
