"""``liaf-ref oracle compare``: measure the neuron conventions of each framework."""

import argparse
import logging
from typing import Any

import numpy as np

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import LiafError
from liaf_ref.cli.options import Answer, Parser, new_file, option
from liaf_ref.oracle.frameworks import FRAMEWORKS, Comparison, compare_frameworks
from liaf_ref.oracle.frameworks.figure import draw_surrogates
from liaf_ref.oracle.frameworks.tables import format_markdown, format_terminal

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


def add(parser: Parser) -> None:
    """Add the options."""
    every = ",".join(FRAMEWORKS)
    among = f"frameworks among {every} (default: all)"
    parser.add_argument("--frameworks", default=every, metavar="A,B", help=among)
    first = "measure only the first neuron of each framework, with its default settings"
    option(parser, "--defaults", bool, first)
    option(parser, "--figure FILE", new_file, "plot the surrogate gradients as PNG")
    form = parser.add_mutually_exclusive_group()
    option(form, "--json", bool, "print one JSON document with the measured numbers")
    option(form, "--markdown", bool, "print the table as Markdown")
    columns = (f"  {name:<17}{about}" for name, about in COLUMN_HELP.items())
    parser.epilog = "\n".join(("columns:", *columns))
    parser.runs(compare)


def compare(args: argparse.Namespace) -> Answer:
    """Measure the neuron conventions of each installed framework.

    Small experiments on its neurons show reset, leak, surrogate gradient and others.

    example: liaf-ref oracle compare --frameworks liaf_ref,snntorch
    """
    # Hide its warning about a missing GPU.
    logging.getLogger("torch._library.triton").setLevel(logging.ERROR)
    found = compare_frameworks(args.frameworks.split(","), args.defaults)
    reasons = _not_measured(found)
    if not found.rows:
        raise LiafError(f"none of {args.frameworks} can be run: {'; '.join(reasons)}")
    if args.figure:
        write_atomic(args.figure, draw_surrogates(found.rows))
    table = format_markdown(found.rows) if args.markdown else format_terminal(found.rows)
    return Answer(_document(found), "\n\n".join((table, *reasons)))


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
