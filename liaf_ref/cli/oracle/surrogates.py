"""``liaf-ref oracle surrogates``: list the shapes of surrogate slopes, and check one."""

import argparse
from typing import TYPE_CHECKING, Any

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import InputError
from liaf_ref._core.imports import load_callable
from liaf_ref.cli.options import Answer, Parser, float_value, new_file, option, refuse
from liaf_ref.oracle.surrogates.check import check_smooth_step, check_spike, check_surrogate
from liaf_ref.oracle.surrogates.figure import draw_shapes
from liaf_ref.oracle.surrogates.table import SHAPES
from liaf_ref.oracle.surrogates.tables import format_markdown, format_terminal, to_dict

if TYPE_CHECKING:
    from liaf_ref.oracle.surrogates.report import SurrogateReport

CHECKS = {
    "backend": "slope(x), with x = U - v_th",
    "spike": "spike(U, threshold), which returns spikes and their gradient in U",
    "step": "step(x), the smooth step whose derivative is the slope",
}
PARAMETERS = tuple(dict.fromkeys([n for s in SHAPES.values() for n in s.parameters] + ["scale"]))


def add(parser: Parser) -> None:
    """Add the options."""
    who = parser.add_mutually_exclusive_group()
    for name, text in CHECKS.items():
        option(who, f"--{name} MODULE:NAME", str, f"check {text}")
    option(parser, "--shape SHAPE", tuple(SHAPES), "the shape to check against")
    fires = "whether a neuron at its threshold fires, for --spike (default: >=)"
    option(parser, "--fires", (">=", ">"), fires)
    precision = "precision of the check (default: float32)"
    option(parser, "--dtype", ("float32", "float64"), precision)
    for name in PARAMETERS:
        owners = [s.name for s in SHAPES.values() if name in s.parameters]
        about = "factor of the whole slope" if name == "scale" else f"of {', '.join(owners)}"
        option(parser, f"--{name} NUMBER", float_value, f"parameter: {about}")
    option(parser, "--figure FILE", new_file, "plot all shapes as PNG")
    form = parser.add_mutually_exclusive_group()
    option(form, "--json", bool, "print one JSON document")
    option(form, "--markdown", bool, "print the tables as Markdown")
    parser.runs(surrogates)


def surrogates(args: argparse.Namespace) -> Answer:
    """List the shapes of surrogate slopes, or check a function against one shape.

    The list has formula, defaults, source, and the names that frameworks give the shapes. A
    parameter of the shape that is an argument of the function is passed by its name, and the check
    tests other values too.

    exit codes: 0 listed, or the function is right; 1 the function is wrong; 2 wrong options.

    Examples
    --------
      liaf-ref oracle surrogates
      liaf-ref oracle surrogates --backend my_module:arctan_slope --shape arctan --alpha 2
      liaf-ref oracle surrogates --spike my_module:spike --shape superspike --beta 25 --fires '>'
    """
    values = {name: getattr(args, name) for name in PARAMETERS}
    given = {name: value for name, value in values.items() if value is not None}
    if any(getattr(args, name) is not None for name in CHECKS):
        refuse(args, ("markdown", "figure"), "lists shapes; leave it out")
        report = _check(args, given)
        return Answer(report.to_dict(), report, 0 if report.ok else 1)
    checking = "shape", "fires", "dtype", *PARAMETERS
    refuse(args, checking, "needs a function to check; add --backend, --spike or --step")
    if args.figure:
        write_atomic(args.figure, draw_shapes())
    return Answer(to_dict(), format_markdown() if args.markdown else format_terminal())


def _check(args: argparse.Namespace, given: dict[str, Any]) -> "SurrogateReport":
    (name,) = (name for name in CHECKS if getattr(args, name) is not None)
    function = load_callable(getattr(args, name), f"--{name}")
    if args.shape is None:
        raise InputError("--shape: expected the name of a shape, got nothing")
    given["dtype"] = args.dtype or "float32"
    if name == "spike":
        return check_spike(function, args.shape, fires=args.fires or ">=", **given)
    refuse(args, ["fires"], "needs --spike")
    check = check_smooth_step if name == "step" else check_surrogate
    return check(function, args.shape, **given)
