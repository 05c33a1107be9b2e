"""``liaf-ref oracle explain`` and ``surrogates``: the neuron behind a trace; shapes of slopes."""

import argparse
from typing import Any

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.declared import add_options
from liaf_ref._core.errors import InputError
from liaf_ref._core.imports import load_callable
from liaf_ref.cli import options
from liaf_ref.cli.options import Answer, Parser, option
from liaf_ref.oracle.explain.trace import NeuronParameters
from liaf_ref.oracle.surrogates import check, listing
from liaf_ref.oracle.surrogates.table import SHAPES

CHECKS = {
    "backend": "slope(x), with x = U - v_th",
    "spike": "spike(U, threshold), which returns spikes and their gradient in U",
    "step": "step(x), the smooth step whose derivative is the slope",
}
PARAMETERS = {name: p for shape in SHAPES.values() for name, p in shape.parameters.items()}
PARAMETERS["scale"] = PARAMETERS.pop("scale")  # the last option: every shape has it


def add_explain(parser: Parser) -> None:
    """Add the options of ``explain``."""
    trace = "columns input, and potential or spikes, or both; time is optional"
    option(parser, "trace TRACE.csv", options.any_path, trace)
    names = "names of the columns (default: from the header)"
    option(parser, "--columns A,B,C", str, names)
    known = "parameters of tau dv/dt = (v_leak - v) + r I as TOML, JSON or NIR"
    option(parser, "--params FILE", options.any_path, known)
    add_options(parser, NeuronParameters)
    apart = "write the input that tells the remaining conventions apart as CSV"
    option(parser, "--write-input FILE", options.new_file, apart)
    option(parser, "--plot FILE", options.new_file, "plot trace and explanation as PNG")
    parser.runs(explain)


def explain(args: argparse.Namespace) -> Answer:
    """Find the conventions that reproduce a recorded trace.

    From the recorded potential or spikes of one neuron, find its decay, input gain, reset, order,
    delays, threshold and scale; say what remains possible, and which input tells it apart. Unknown
    parameters are fitted to the potential.
    Exit code 0: explained; 1: no convention reproduces the trace; 2: invalid input.

    example: liaf-ref oracle explain trace.csv --params lif.nir --dt 1e-4
    """
    from liaf_ref.interop.nir import read_neuron  # noqa: PLC0415 - not for the other command
    from liaf_ref.oracle.explain.explanation import draw_explanation  # noqa: PLC0415
    from liaf_ref.oracle.explain.search import explain_trace  # noqa: PLC0415

    known = options.given_values(args, NeuronParameters)
    NeuronParameters(**known)
    columns = None if args.columns is None else args.columns.split(",")
    params = args.params
    if params is not None and params.suffix == ".nir":
        params = read_neuron(params)
    found = explain_trace(args.trace, params, columns=columns, **known)
    if args.plot:
        write_atomic(args.plot, draw_explanation(found))
    if args.write_input:
        if found.test_input is None:
            expected = "expected conventions that an input tells apart"
            raise InputError(f"--write-input: {expected}, got none")
        rows = "\n".join(repr(x) for x in found.test_input.tolist())
        write_atomic(args.write_input, f"input\n{rows}\n".encode())
    return Answer(found.to_dict(), found, 0 if found.explained else 1)


def add_slopes(parser: Parser) -> None:
    """Add the options of ``surrogates``."""
    who = parser.add_mutually_exclusive_group()
    for name, text in CHECKS.items():
        option(who, f"--{name} MODULE:NAME", str, f"check {text}")
    option(parser, "--shape SHAPE", tuple(SHAPES), "the shape to check against")
    fires = "whether a neuron at its threshold fires, for --spike (default: >=)"
    option(parser, "--fires", (">=", ">"), fires)
    precision = "precision of the check (default: float32)"
    option(parser, "--dtype", ("float32", "float64"), precision)
    for name, parameter in PARAMETERS.items():
        owners = [s.name for s in SHAPES.values() if name in s.parameters]
        about = "factor of the whole slope" if name == "scale" else f"of {', '.join(owners)}"
        option(parser, f"--{name} NUMBER", parameter.kind, f"parameter: {about}")
    option(parser, "--figure FILE", options.new_file, "plot all shapes as PNG")
    parser.runs(surrogates)


def surrogates(args: argparse.Namespace) -> Answer:
    """List the shapes of surrogate slopes, or check a function against one shape.

    The list has formula, defaults, source, and the names that frameworks give the shapes. A
    parameter of the shape that is an argument of the function is passed by its name, and the check
    tests other values too.

    exit codes: 0 listed, or the function is right; 1 the function is wrong; 2 wrong options.

    example: liaf-ref oracle surrogates
    example: liaf-ref oracle surrogates --backend my_module:slope --shape arctan --alpha 2
    example: liaf-ref oracle surrogates --spike my_module:S --shape superspike --beta 25 --fires '>'
    """
    values = {name: getattr(args, name) for name in PARAMETERS}
    given = {name: value for name, value in values.items() if value is not None}
    if any(getattr(args, name) is not None for name in CHECKS):
        options.refuse(args, ["figure"], "lists shapes; leave it out")
        report = _check(args, given)
        return Answer(report.to_dict(), report, 0 if report.ok else 1)
    checking = "shape", "fires", "dtype", *PARAMETERS
    options.refuse(args, checking, "needs a function to check; add --backend, --spike or --step")
    if args.figure:
        write_atomic(args.figure, listing.draw_shapes())
    shapes = [*map(listing.describe, SHAPES.values())]
    return Answer({"shapes": shapes}, listing.format_shapes())


def _check(args: argparse.Namespace, given: dict[str, Any]) -> check.SurrogateReport:
    (name,) = (name for name in CHECKS if getattr(args, name) is not None)
    function = load_callable(getattr(args, name), f"--{name}")
    if args.shape is None:
        raise InputError("--shape: expected the name of a shape, got nothing")
    given["dtype"] = args.dtype or "float32"
    if name == "spike":
        return check.check_spike(function, args.shape, fires=args.fires or ">=", **given)
    options.refuse(args, ["fires"], "needs --spike")
    compare = check.check_smooth_step if name == "step" else check.check_surrogate
    return compare(function, args.shape, **given)
