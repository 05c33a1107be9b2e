"""The parser of all commands, or of the command that the arguments name.

Importing the modules of all commands takes longer than most commands run, so only the module of
the named command is imported.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from liaf_ref import __version__
from liaf_ref.cli.options import Parser

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

# Each command's module, in the order of the help; `run` has several.
COMMAND_MODULES = {
    "run": "",
    "resume": "resume",
    "sweep": "sweep",
    "table03": "table03",
    "report": "report",
    "list": "listing",
    "babi": "babi",
    "data": "data",
    "simulate": "simulate",
    "events": "events",
    "cost": "cost",
    "audit": "audit",
    "oracle": "oracle",
    "gradcheck": "gradcheck",
}


def build_parser(argv: Sequence[str] = ()) -> Parser:
    """Build the parser of all commands."""
    parser = Parser(
        prog="liaf-ref",
        description="LIAF-Net in pure NumPy: run the paper's experiments, check gradients of\n"
        "this package or of your own backend, and count operations and memory.",
        epilog="example: liaf-ref run babi --tasks 1 --cells liaf,lif --epochs 20",
    )
    parser.add_argument("--version", action="version", version=f"liaf-ref {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in argv[:1] if argv and argv[0] in COMMAND_MODULES else COMMAND_MODULES:
        if name == "run":
            _add_run(commands, argv[1:])
        else:
            _import_command(COMMAND_MODULES[name]).add(commands)
    return parser


def _add_run(commands: "Commands", argv: Sequence[str]) -> None:
    run = commands.add_parser(
        "run",
        help="run an experiment of the paper",
        description="Run an experiment of the paper.",
        epilog="example: liaf-ref run babi --tasks 1 --cells liaf,lif --epochs 20",
    )
    experiments = run.add_subparsers(metavar="EXPERIMENT", required=True)
    if argv[:1] == ["babi"]:  # which imports faster than the other experiments
        _import_command("run").add(
            experiments, import_module("liaf_ref.experiments.babi").EXPERIMENT
        )
        return
    registry = import_module("liaf_ref.experiments.registry")
    for experiment in registry.EXPERIMENTS.values():
        _import_command("run").add(experiments, experiment)
    for study in registry.STUDIES.values():
        _import_command("run_study").add(experiments, study)


def _import_command(name: str) -> Any:
    return import_module(f"liaf_ref.cli.{name}")
