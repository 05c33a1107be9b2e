"""``liaf-ref oracle explain``: find the conventions that reproduce a recorded trace."""

import argparse

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import InputError
from liaf_ref.cli.options import Answer, Parser, file_path, float_value, new_file, option
from liaf_ref.interop.nir import read_neuron
from liaf_ref.oracle.explain import explain_trace
from liaf_ref.oracle.explain.figure import draw_explanation
from liaf_ref.oracle.explain.parameters import make_parameters

PARAMETERS = {
    "tau": "membrane time constant",
    "dt": "time of a step, in the unit of tau",
    "r": "factor of the input (default: 1)",
    "v_leak": "potential at rest (default: 0)",
    "v_threshold": "threshold",
    "v_reset": "potential after a spike (default: 0)",
}


def add(parser: Parser) -> None:
    """Add the options."""
    trace = "columns input, and potential or spikes, or both; time is optional"
    option(parser, "trace TRACE.csv", file_path, trace)
    names = "names of the columns (default: from the header)"
    option(parser, "--columns A,B,C", str, names)
    known = "parameters of tau dv/dt = (v_leak - v) + r I as TOML, JSON or NIR"
    option(parser, "--params FILE", file_path, known)
    for name, about in PARAMETERS.items():
        option(parser, f"--{name.replace('_', '-')} X", float_value, about)
    apart = "write the input that tells the remaining conventions apart as CSV"
    option(parser, "--write-input FILE", new_file, apart)
    option(parser, "--plot FILE", new_file, "plot trace and explanation as PNG")
    parser.runs(explain)


def explain(args: argparse.Namespace) -> Answer:
    """Find the conventions that reproduce a recorded trace.

    From the recorded potential or spikes of one neuron, find its decay, input gain, reset, order,
    delays, threshold and scale; say what remains possible, and which input tells it apart. Unknown
    parameters are fitted to the potential.
    Exit code 0: explained; 1: no convention reproduces the trace; 2: invalid input.

    example: liaf-ref oracle explain trace.csv --params lif.nir --dt 1e-4
    """
    known = {name: getattr(args, name) for name in PARAMETERS if getattr(args, name) is not None}
    columns = None if args.columns is None else args.columns.split(",")
    make_parameters(known, "the neuron")
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
