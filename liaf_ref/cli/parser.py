"""The parser of all commands, or of the command that the arguments name.

Importing the modules of all commands takes longer than most commands run, so only the module of
the named command is imported.  What lists the commands imports none.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module

from liaf_ref import __version__
from liaf_ref.cli.options import Parser

EXAMPLE = "example: liaf-ref run babi --tasks 1 --cells liaf,lif --epochs 20"
# A line of the help for each command, and the module that completes its parser.
ORACLE_COMMANDS = {
    "check": ("check a backend against the golden set", "oracle.check"),
    "explain": ("find the neuron conventions that reproduce a recorded trace", "oracle.explain"),
    "export": ("write the golden set to a folder", "oracle.export"),
    "export-onnx": ("write the golden cases as ONNX backend tests", "oracle.export:add_onnx"),
    "surrogates": ("list the shapes of surrogate slopes; check one", "oracle.surrogates"),
    "verify": ("verify a golden set", "oracle.export:add_verify"),
}
COMMANDS = {
    "run": ("run an experiment of the paper", ""),
    "resume": ("resume interrupted runs or sweeps", "resume"),
    "sweep": ("run a grid of configurations in parallel", "sweep"),
    "table03": ("average bAbI runs over seeds, in the layout of Table III", "report:add_table03"),
    "report": ("write a report: the paper's tables and figures with the results", "report"),
    "list": ("list experiments and cells, with sizes and run times", "listing"),
    "babi": ("generate bAbI text and write it in the published format", "data:add_babi"),
    "data": ("show where to download data sets, and verify a downloaded folder", "data"),
    "simulate": ("simulate event-camera recordings, or compare them with real ones", "simulate"),
    "events": ("summarize and plot an event-camera recording", "events"),
    "cost": ("count operations, parameters and memory, or check the paper's tables", "cost"),
    "audit": ("recompute the numbers printed in the paper", "cost:add_audit"),
    "oracle": ("check a backend's gradients; explain a trace; export cases", ""),
    "gradcheck": ("check a backward pass against a reference gradient", "gradcheck"),
}


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
    parser: Parser, table: Mapping[str, tuple[str, str]], words: Sequence[str] | None
) -> None:
    """Add the command that the words name; the names of all if they name none."""
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    name, rest = _first_argument(words or ())
    for known, (text, module) in table.items():
        if words is not None and name in table and name != known:
            continue
        below = commands.add_parser(known, help=text)
        if words is not None and name != known:
            continue
        if module:
            place, _, function = module.partition(":")
            getattr(import_module(f"liaf_ref.cli.{place}"), function or "add")(below)
        elif known == "oracle":
            below.description = "Check any backend against small networks with known gradients."
            below.epilog = "example: liaf-ref oracle check --backend my_package.my_module:answer"
            _add_commands(below, ORACLE_COMMANDS, None if words is None else rest)
        else:
            _add_experiments(below, rest)


def _first_argument(words: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """The first word that is no option, and what follows it."""
    at = next((at for at, word in enumerate(words) if not word.startswith("-")), len(words))
    return (words[at] if at < len(words) else None), words[at + 1 :]


def _add_experiments(run: Parser, words: Sequence[str]) -> None:
    run.description, run.epilog = "Run an experiment of the paper.", EXAMPLE
    experiments = run.add_subparsers(metavar="EXPERIMENT", required=True)
    registry = import_module("liaf_ref.experiments.registry")
    named, _ = _first_argument(words)
    kinds = {"run": registry.EXPERIMENTS, "run_study": registry.STUDIES}
    for module, values in kinds.items():
        if named in values:  # imports those of this name alone
            import_module(f"liaf_ref.cli.{module}").add(experiments, values[named])
            return
    for module, values in kinds.items():
        for value in values.values():
            import_module(f"liaf_ref.cli.{module}").add(experiments, value)
