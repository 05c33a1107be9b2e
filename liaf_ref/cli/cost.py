"""``liaf-ref cost`` and ``liaf-ref audit``: counts of networks, and the paper's numbers."""

import argparse
from typing import Any

from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import whole
from liaf_ref._core.safe_load import load_npy
from liaf_ref.analysis.neurobench import measure_neurobench
from liaf_ref.analysis.op_count import measure_sparsity
from liaf_ref.cli.options import Answer, Parser, any_path, option, refuse
from liaf_ref.experiments import paper
from liaf_ref.interop.weights import load_weights
from liaf_ref.kernels.array import Array
from liaf_ref.layers import CheckpointedSequential, Params, Sequential
from liaf_ref.networks import SequenceClassifier, summary
from liaf_ref.networks.base import Network
from liaf_ref.networks.registry import NETWORKS, create_network
from liaf_ref.report import audit as audits

TABLES = "tables"


def add(parser: Parser) -> None:
    """Add the options of ``cost``."""
    option(parser, "network NETWORK|tables", str, "a network listed below, or `tables`")
    option(parser, "--batch B", whole(), "samples per training step (default: 1)")
    option(parser, "--steps T", whole(), "time steps per sample (default: the paper's)")
    option(parser, "--recompute", bool, "with gradient checkpointing: keep the potentials only")
    option(parser, "--params FILE", any_path, "safetensors of a trained network; with --frames")
    option(parser, "--frames FILE", any_path, ".npy of samples (B, T, H, W, 2); with --params")
    option(parser, "--neurobench", bool, "NeuroBench's numbers too; with --params and --frames")
    parser.epilog = f"networks: {', '.join(NETWORKS)}"
    names = {"network": "NETWORK", "container": "--recompute", "layers": "--recompute"}
    names |= {"parameters": "--params", "buffers": "--params", "X": "--frames"}
    parser.runs(cost, "use a smaller --batch or fewer --steps", **names)


def cost(args: argparse.Namespace) -> Answer:
    """Count the operations, parameters and memory of a network.

    Print for each layer: output shape, parameters, operations (the paper's count and the exact
    count) and memory of the tape, the arrays kept for the backward pass. With `tables`, compare
    every count printed in Tables I, II, IV, VII and IX with the counts of the layers here.

    example: liaf-ref cost mnist-dvs-liaf --batch 8
             liaf-ref cost gesture-lif --params trained.safetensors --frames test.npy --neurobench
             liaf-ref cost tables
    """
    if args.network == TABLES:
        return _tables(args)

    net = create_network(args.network, CheckpointedSequential if args.recompute else Sequential)
    table = summary(net, args.batch or 1, args.steps)
    if args.params is None and args.frames is None and not args.neurobench:
        return Answer(table.to_dict(), table)
    from liaf_ref.report.studies import neurobench_table, sparsity_table  # noqa: PLC0415

    chain, arrays, frames = _trained(net, args)
    observed = measure_sparsity(chain, arrays, frames)
    found: dict[str, Any] = {"sparsity": [row.to_dict() for row in observed]}
    title = f"non-zero fractions on {args.frames}, and operations without those on zeros"
    text = f"{table}\n\n{title}\n\n{sparsity_table(observed)}"
    if args.neurobench:
        numbers = found["neurobench"] = measure_neurobench(chain, arrays, frames).to_dict()
        text += f"\n\nNeuroBench, a sample in the mean\n\n{neurobench_table({net.name: numbers})}"
    return Answer(table.to_dict() | found, text)


def _trained(net: Network, args: argparse.Namespace) -> tuple[Sequential, Params, Array]:
    """The layers, their parameters and statistics, and frames."""
    if not isinstance(net, SequenceClassifier):
        raise InputError(f"NETWORK: expected a network for event frames, got {args.network}")
    for lacks, has in (("params", "frames"), ("frames", "params")):
        if getattr(args, lacks) is None:
            raise InputError(f"--{lacks}: required together with --{has}")
    arrays = load_weights(args.params)
    params = {name: a for name, a in arrays.items() if name not in net.sequential.buffer_shapes()}
    buffers = {name: a for name, a in arrays.items() if name in net.sequential.buffer_shapes()}
    args.option_names |= {name: f"--params: {name}" for name in arrays}
    frames = load_npy(args.frames)
    net.forward(params, frames, buffers)
    return net.sequential, arrays, frames


def _tables(args: argparse.Namespace) -> Answer:
    reason = "cannot be combined with `tables`, which uses the paper's sizes"
    refuse(args, ("batch", "steps", "recompute", "params", "frames", "neurobench"), reason)
    rows = audits.counted()
    return Answer({"figures": rows}, audits.format_counted(rows))


def add_audit(parser: Parser) -> None:
    """Add the options of ``audit``."""
    expected, _ = _table_names()
    option(parser, "--table NAME", table_name, f"audit one table only: {expected}")
    option(parser, "--json", bool, "print JSON, including the numbers that were not recomputed")
    parser.runs(audit)


def audit(args: argparse.Namespace) -> Answer:
    """Recompute the numbers printed in the paper.

    Every number of Tables I to X and of the text that follows from the equations, the networks or
    other numbers of the paper. The column `agreement` is `rounded` or `truncated` if our number
    gives the printed one in that way, else `neither`. A mismatch is a finding, not a failure: the
    exit code is 0.

    example: liaf-ref audit --table IV
             liaf-ref audit --json
    """
    findings = audits.audit(args.table)
    return Answer([finding.to_dict() for finding in findings], audits.format_findings(findings))


def table_name(text: str) -> str:
    """Read ``IV``, ``iv`` or ``4`` as IV."""
    expected, names = _table_names()
    if text.lower() not in names:
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
    return names[text.lower()]


def _table_names() -> tuple[str, dict[str, str]]:
    """What --table takes, in words, and the table by each name that it has."""
    numerals = [name for name in paper.TABLES if name != paper.TEXT]
    names = {str(number): name for number, name in enumerate(numerals, 1)}
    expected = f"{numerals[0]} to {numerals[-1]}, 1 to {len(numerals)}, or {paper.TEXT}"
    return expected, names | {name.lower(): name for name in paper.TABLES}
