"""``liaf-ref oracle compare``: measure the neuron conventions of each framework."""

import argparse
import json
import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import LiafError
from liaf_ref.cli.options import new_file
from liaf_ref.oracle.frameworks import FRAMEWORKS, Comparison, compare_frameworks
from liaf_ref.oracle.frameworks.figure import draw_surrogates
from liaf_ref.oracle.frameworks.tables import format_markdown, format_terminal

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

COLUMN_HELP = {
    "output": "spikes, counts (several spikes a step) or analog values; next step: one step late",
    "fires": "whether the neuron spikes at U = V_th",
    "reset": "to a value, or by subtraction; V only: a synaptic current is not reset",
    "order": "which comes first, reset or leak; either: the result is the same",
    "shown": "the potential that can be read after a step: U before the reset, or R after it",
    "gain": "factor of the input",
    "leak": "factor of the potential (a second one: of the current), and the added constant",
    "V0": "potential before the first input",
    "reset grad": "whether the gradient flows through the spike in the reset",
    "surrogate": "shape, height, and width: where it ends or falls to half its height",
    "dY/dV_th": "ratio to the gradient in U, and whether the path through the reset is included",
    "trainable": "whether the threshold is a trainable parameter of the module",
}


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "compare",
        description="Run small experiments on the neurons of each installed framework, and print\n"
        "the measured conventions: reset, leak, surrogate gradient and others.",
        epilog="columns:\n"
        + "\n".join(f"  {name:<17}{about}" for name, about in COLUMN_HELP.items())
        + "\n\nexample: liaf-ref oracle compare --frameworks liaf_ref,snntorch",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    every = ",".join(FRAMEWORKS)
    option(
        "--frameworks",
        default=every,
        metavar="A,B",
        help=f"frameworks among {every} (default: all)",
    )
    option(
        "--defaults",
        action="store_true",
        help="measure only the first neuron of each framework, with its default settings",
    )
    option("--figure", type=new_file, metavar="FILE", help="plot the surrogate gradients as PNG")
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--json", action="store_true", help="print one JSON document with the measured numbers"
    )
    form.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Compare; see ``liaf-ref oracle compare --help``."""
    logging.getLogger("torch._library.triton").setLevel(
        logging.ERROR
    )  # hide its warning about a missing GPU
    found = compare_frameworks(args.frameworks.split(","), args.defaults)
    reasons = _not_measured(found)
    if not found.rows:
        raise LiafError(f"none of {args.frameworks} can be run: {'; '.join(reasons)}")
    if args.figure:
        write_atomic(args.figure, draw_surrogates(found.rows))
    if args.json:
        print(json.dumps(_document(found), indent=2, allow_nan=False))
    else:
        print(format_markdown(found.rows) if args.markdown else format_terminal(found.rows))
        for reason in reasons:
            print(f"\n{reason}")
    return 0


def _not_measured(comparison: Comparison) -> list[str]:
    """Why frameworks are not in the table."""
    reasons = [f"{name} cannot be imported: {why}" for name, why in comparison.broken.items()]
    if comparison.missing:
        names = " ".join(comparison.missing)
        reasons.append(f"not installed: {', '.join(comparison.missing)}; run `pip install {names}`")
    return reasons


def _document(comparison: Comparison) -> dict[str, Any]:
    rows = [_nan_to_none(row.to_dict()) for row in comparison.rows]
    return comparison._asdict() | {"rows": rows}


def _nan_to_none(value: Any) -> Any:
    """Replace NaN, a value that could not be measured, by null: JSON has no NaN."""
    if isinstance(value, dict):
        return {name: _nan_to_none(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_nan_to_none(part) for part in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
