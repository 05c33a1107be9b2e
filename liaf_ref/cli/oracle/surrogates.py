"""``liaf-ref oracle surrogates``: list the shapes of surrogate slopes, and check one."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import InputError
from liaf_ref._core.user_code import load_callable
from liaf_ref.cli.options import float_value, new_file
from liaf_ref.oracle.surrogates.check import check_smooth_step, check_spike, check_surrogate
from liaf_ref.oracle.surrogates.figure import draw_shapes
from liaf_ref.oracle.surrogates.table import SHAPES
from liaf_ref.oracle.surrogates.tables import format_markdown, format_terminal, to_dict

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands
    from liaf_ref.oracle.surrogates.report import SurrogateReport

DESCRIPTION = """List the shapes of surrogate slopes: formula, defaults, source, and the names
that frameworks give them. With a function, check it against one shape."""
EPILOG = """A parameter of the shape that is an argument of the function is passed by its name, and
the check tests other values too.

exit codes: 0 listed, or the function is right; 1 the function is wrong; 2 wrong options.

examples:
  liaf-ref oracle surrogates
  liaf-ref oracle surrogates --backend my_module:arctan_slope --shape arctan --alpha 2
  liaf-ref oracle surrogates --spike my_module:spike --shape superspike --beta 25 --fires '>'"""
CHECKS = {
    "backend": "slope(x), with x = U - v_th",
    "spike": "spike(U, threshold), which returns spikes and their gradient in U",
    "step": "step(x), the smooth step whose derivative is the slope",
}
PARAMETERS = tuple(dict.fromkeys([n for s in SHAPES.values() for n in s.parameters] + ["scale"]))


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "surrogates",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    who = parser.add_mutually_exclusive_group()
    for name, text in CHECKS.items():
        who.add_argument(f"--{name}", metavar="MODULE:NAME", help=f"check {text}")
    option("--shape", choices=tuple(SHAPES), metavar="SHAPE", help="the shape to check against")
    option(
        "--fires",
        choices=(">=", ">"),
        help="whether a neuron at its threshold fires, for --spike (default: >=)",
    )
    option(
        "--dtype",
        choices=("float32", "float64"),
        help="precision of the check (default: float32)",
    )
    for name in PARAMETERS:
        owners = [s.name for s in SHAPES.values() if name in s.parameters]
        about = "factor of the whole slope" if name == "scale" else f"of {', '.join(owners)}"
        option(f"--{name}", type=float_value, metavar="NUMBER", help=f"parameter: {about}")
    option("--figure", type=new_file, metavar="FILE", help="plot all shapes as PNG")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON document")
    form.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """List or check; see ``liaf-ref oracle surrogates --help``."""
    given: dict[str, Any] = {
        n: getattr(args, n) for n in PARAMETERS if getattr(args, n) is not None
    }
    if any(getattr(args, name) is not None for name in CHECKS):
        _refuse({"markdown": args.markdown, "figure": args.figure}, "lists shapes; leave it out")
        report = _check(args, given)
        print(json.dumps(report.to_dict(), indent=2) if args.json else report)
        return 0 if report.ok else 1
    checking = {"shape": args.shape, "fires": args.fires, "dtype": args.dtype, **given}
    _refuse(checking, "needs a function to check; add --backend, --spike or --step")
    if args.figure:
        write_atomic(args.figure, draw_shapes())
    if args.json:
        print(json.dumps(to_dict(), indent=2, allow_nan=False))
    else:
        print(format_markdown() if args.markdown else format_terminal())
    return 0


def _check(args: argparse.Namespace, given: dict[str, Any]) -> "SurrogateReport":
    (name,) = (name for name in CHECKS if getattr(args, name) is not None)
    function = load_callable(getattr(args, name), f"--{name}")
    if args.shape is None:
        raise InputError("--shape: expected the name of a shape, got nothing")
    given["dtype"] = args.dtype or "float32"
    if name == "spike":
        return check_spike(function, args.shape, fires=args.fires or ">=", **given)
    _refuse({"fires": args.fires}, "needs --spike")
    check = check_smooth_step if name == "step" else check_surrogate
    return check(function, args.shape, **given)


def _refuse(options: dict[str, object], reason: str) -> None:
    for name, value in options.items():
        if value not in {None, False}:
            raise InputError(f"--{name}: {reason}")
