"""``liaf-ref oracle compare``: one neuron, every framework."""

import argparse
import json
import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import LiafError
from liaf_ref.cli.options import errors_as_options, file_path
from liaf_ref.oracle.frameworks import FRAMEWORKS, Comparison, compare_frameworks
from liaf_ref.oracle.frameworks.figure import draw_surrogates
from liaf_ref.oracle.frameworks.tables import format_markdown, format_terminal

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

COLUMN_HELP = {
    "output": "analog, or spikes",
    "fires": "whether the neuron spikes at U = V_th",
    "reset": "to a value, or by an amount; V only: a synaptic current is not reset",
    "order": "of reset and leak; either: the result is the same",
    "shown": "which potential can be read after a step: U before the reset, or R after it",
    "gain": "of the input",
    "leak": "factor (a second one: of the current), and what is added",
    "V0": "potential before the first input",
    "reset grad": "is the spike in the reset differentiated",
    "surrogate": "shape, height, and where it ends or has fallen to half",
    "dY/dV_th": "over the gradient in U; and whether the reset's part is in it",
    "trainable": "is the threshold one of the module's trainable parameters",
}


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "compare",
        help="measure the neuron conventions of every installed framework",
        description="Run the neurons of every framework that is installed on small experiments,\n"
        "and print the measured behaviour of each.",
        epilog="columns:\n"
        + "\n".join(f"  {name:<17}{about}" for name, about in COLUMN_HELP.items())
        + "\n\nexample: liaf-ref oracle compare --frameworks liaf_ref,snntorch",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    every = ",".join(FRAMEWORKS)
    option("--frameworks", default=every, metavar="A,B", help=f"out of {every} (default: all)")
    option("--figure", type=file_path, metavar="FILE", help="draw the surrogates' slopes, as PNG")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the numbers behind each cell")
    form.add_argument("--markdown", action="store_true", help="print the table for a page")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Compare; see ``liaf-ref oracle compare --help``."""
    logging.getLogger("torch._library.triton").setLevel(logging.ERROR)  # no GPU is no news
    with errors_as_options():
        found = compare_frameworks(args.frameworks.split(","))
    if not found.rows:
        names = " ".join(found.missing)
        raise LiafError(f"none of {args.frameworks} is installed: pip install {names}")
    if args.figure:
        write_atomic(args.figure, draw_surrogates(found.rows))
    if args.json:
        print(json.dumps(_document(found), indent=2, allow_nan=False))
    else:
        print(format_markdown(found.rows) if args.markdown else format_terminal(found.rows))
        for name in found.missing:
            print(f"\nnot installed: {name}; pip install {name}")
    return 0


def _document(comparison: Comparison) -> dict[str, Any]:
    rows = [_nan_to_none(row.to_dict()) for row in comparison.rows]
    return {"versions": comparison.versions, "missing": comparison.missing, "rows": rows}


def _nan_to_none(value: Any) -> Any:
    """JSON has no nan: what could not be measured is null."""
    if isinstance(value, dict):
        return {name: _nan_to_none(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_nan_to_none(part) for part in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
