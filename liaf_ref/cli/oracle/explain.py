"""``liaf-ref oracle explain``: find the conventions that reproduce a recorded trace."""

import argparse
import json
from typing import TYPE_CHECKING

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import InputError
from liaf_ref.cli.options import file_path, float_value, new_file
from liaf_ref.interop.nir_neuron import read_neuron
from liaf_ref.oracle.explain import explain_trace
from liaf_ref.oracle.explain.figure import draw_explanation
from liaf_ref.oracle.explain.parameters import make_parameters

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

PARAMETERS = {
    "tau": "membrane time constant",
    "dt": "time of a step, in the unit of tau",
    "r": "factor of the input (default: 1)",
    "v_leak": "potential at rest (default: 0)",
    "v_threshold": "threshold",
    "v_reset": "potential after a spike (default: 0)",
}


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "explain",
        description="From the recorded potential or spikes of one neuron, find its decay, input\n"
        "gain, reset, order, delays, threshold and scale; say what remains possible, and which\n"
        "input tells it apart.  Unknown parameters are fitted to the potential.\n"
        "Exit code 0: explained; 1: no convention reproduces the trace; 2: invalid input.",
        epilog="example: liaf-ref oracle explain trace.csv --params lif.nir --dt 1e-4",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("trace", type=file_path, metavar="TRACE.csv",
           help="columns input, and potential or spikes, or both; time is optional")  # fmt: skip
    option("--columns", metavar="A,B,C",
           help="names of the columns (default: from the header)")  # fmt: skip
    option("--params", type=file_path, metavar="FILE",
           help="parameters of tau dv/dt = (v_leak - v) + r I as TOML, JSON or NIR")  # fmt: skip
    for name, about in PARAMETERS.items():
        option(f"--{name.replace('_', '-')}", type=float_value, metavar="X", help=about)
    option("--write-input", type=new_file, metavar="FILE",
           help="write the input that tells the remaining conventions apart as CSV")  # fmt: skip
    option("--plot", type=new_file, metavar="FILE", help="plot trace and explanation as PNG")
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Explain; see ``liaf-ref oracle explain --help``."""
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
            raise InputError("--write-input: expected conventions that an input tells apart, "
                             "got none")  # fmt: skip
        rows = "\n".join(repr(x) for x in found.test_input.tolist())
        write_atomic(args.write_input, f"input\n{rows}\n".encode())
    print(json.dumps(found.to_dict(), indent=2, allow_nan=False) if args.json else found)
    return 0 if found.explained else 1
