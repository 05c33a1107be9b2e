"""The parser of all commands, or of the command that the arguments name.

Importing the modules of all commands takes longer than most commands run, so only the module of
the named command is imported.  What lists the commands imports none.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from liaf_ref import __version__
from liaf_ref.cli.options import Parser

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

EXAMPLE = "example: liaf-ref run babi --tasks 1 --cells liaf,lif --epochs 20"


class Command(NamedTuple):
    """A line of the help, and what completes the parser of the command from the words after it."""

    help: str
    add: "Callable[[Commands, Sequence[str] | None], None]"


def build_parser(words: Sequence[str] | None = None) -> Parser:
    """Build the parser of a command line, or that of all commands."""
    parser = Parser(
        prog="liaf-ref",
        description="LIAF-Net in pure NumPy: run the paper's experiments, check gradients of\n"
        "this package or of your own backend, and count operations and memory.",
        epilog=EXAMPLE,
    )
    parser.add_argument("--version", action="version", version=f"liaf-ref {__version__}")
    _add_commands(parser, COMMANDS, words)
    return parser


def _add_commands(
    parser: Parser, table: Mapping[str, Command], words: Sequence[str] | None
) -> None:
    """Add the command that the words name; the names of all if they name none."""
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    name, rest = _first_argument(words or ())
    for known, command in table.items():
        if words is None:
            command.add(commands, None)
        elif name == known:
            command.add(commands, rest)
        elif name not in table:
            commands.add_parser(known, help=command.help)


def _first_argument(words: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """The first word that is no option, and what follows it."""
    at = next((at for at, word in enumerate(words) if not word.startswith("-")), len(words))
    return (words[at] if at < len(words) else None), words[at + 1 :]


def _in_module(name: str, text: str) -> Command:
    """A command whose parser is in a module of ``liaf_ref.cli``."""
    return Command(text, lambda commands, _: _import_command(name).add(commands))


def _import_command(name: str) -> Any:
    return import_module(f"liaf_ref.cli.{name}")


def _add_run(commands: "Commands", words: Sequence[str] | None) -> None:
    run = commands.add_parser("run", description="Run an experiment of the paper.", epilog=EXAMPLE)
    experiments = run.add_subparsers(metavar="EXPERIMENT", required=True)
    registry = import_module("liaf_ref.experiments.registry")
    kinds = {"run": registry.EXPERIMENTS, "run_study": registry.STUDIES}
    name, _ = _first_argument(words or ())
    for module, values in kinds.items():
        if name in values:
            _import_command(module).add(experiments, values[name])
            return
    for module, values in kinds.items():
        for value in values.values():
            _import_command(module).add(experiments, value)


def _add_oracle(commands: "Commands", words: Sequence[str] | None) -> None:
    oracle = commands.add_parser(
        "oracle",
        description="Check any backend against golden cases: small networks with known gradients.",
        epilog="example: liaf-ref oracle check --backend my_package.my_module:answer",
    )
    _add_commands(oracle, ORACLE_COMMANDS, words)


ORACLE_COMMANDS = {
    "check": _in_module("oracle.check", "check a backend against the golden set"),
    "compare": _in_module(
        "oracle.compare", "measure the neuron conventions of every installed framework"
    ),
    "explain": _in_module(
        "oracle.explain", "find the neuron conventions that reproduce a recorded trace"
    ),
    "export": _in_module("oracle.export", "write the golden set to a folder"),
    "export-onnx": _in_module("oracle.export_onnx", "write the golden cases as ONNX backend tests"),
    "surrogates": _in_module(
        "oracle.surrogates", "list the shapes of surrogate slopes; check a slope against one"
    ),
    "verify": _in_module("oracle.verify", "verify a golden set"),
}
COMMANDS = {
    "run": Command("run an experiment of the paper", _add_run),
    "resume": _in_module("resume", "resume interrupted runs or sweeps"),
    "sweep": _in_module("sweep", "run a grid of configurations in parallel"),
    "table03": _in_module("table03", "average bAbI runs over seeds, in the layout of Table III"),
    "report": _in_module(
        "report", "write a report: the paper's tables and figures with the results of runs"
    ),
    "list": _in_module("listing", "list experiments and cells, with sizes and run times"),
    "babi": _in_module("babi", "generate bAbI text and write it in the published format"),
    "data": _in_module("data", "show where to download data sets, and verify a downloaded folder"),
    "simulate": _in_module(
        "simulate", "simulate event-camera recordings, or compare them with real ones"
    ),
    "events": _in_module("events", "summarize and plot an event-camera recording"),
    "cost": _in_module(
        "cost",
        "count the operations, parameters and memory of a network, or check the paper's tables",
    ),
    "audit": _in_module("audit", "recompute the numbers printed in the paper"),
    "oracle": Command(
        "check a backend's gradients; export the golden set; compare frameworks", _add_oracle
    ),
    "gradcheck": _in_module("gradcheck", "check a backward pass against a reference gradient"),
}
