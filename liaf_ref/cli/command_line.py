"""The parser of all commands, and the run of one: its answer, or one line and an exit code.

Importing the modules of all commands takes longer than most commands run, so only the module of
the named command is imported.  What lists the commands imports none.
"""

import argparse
import contextlib
import json
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from liaf_ref import __version__
from liaf_ref._core.errors import InputError, LiafError, is_input_error, out_of_memory
from liaf_ref._core.system import END_SIGNALS, caused_by_interrupt, tune_malloc
from liaf_ref.cli.options import Parser, errors_as_options
from liaf_ref.cli.output import say

EXAMPLE = "example: liaf-ref run babi --tasks 1 --cells liaf,lif --epochs 20"
# A line of the help for each command, and the module that completes its parser.
ORACLE_COMMANDS = {
    "check": ("check a backend against the golden set", "oracle_check"),
    "explain": (
        "find the neuron conventions that reproduce a recorded trace",
        "oracle_neuron:add_explain",
    ),
    "export": ("write the golden set to a folder", "oracle_export"),
    "export-onnx": ("write the golden cases as ONNX backend tests", "oracle_export:add_onnx"),
    "surrogates": ("list the shapes of surrogate slopes; check one", "oracle_neuron:add_slopes"),
    "verify": ("verify a golden set", "oracle_export:add_verify"),
    "coverage": ("count what the cases of the package cover", "oracle_export:add_coverage"),
}
COMMANDS = {
    "run": ("run an experiment of the paper", ""),
    "resume": ("resume interrupted runs or sweeps", "sweep:add_resume"),
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
INTERRUPTED = 130  # as shells report Ctrl-C
BLAS_THREADS = 1  # fastest for these small networks; more threads would also round sums differently


def run_command(words: list[str]) -> int:
    """Run one command; return its exit code."""
    try:
        try:
            return _run(words or ["--help"])
        finally:
            sys.stdout.flush()  # here, where its failure still has a message
    except LiafError as error:
        return _fail(str(error), 2 if is_input_error(error) else 1)
    except OSError as error:  # for example a folder without permission to read
        place = "" if error.filename is None else f"{error.filename}: "
        return _fail(f"{place}{error.strerror or error}", 2)
    except KeyboardInterrupt as error:
        return _fail(f"interrupted{error}", INTERRUPTED)
    except BaseException as error:
        if not caused_by_interrupt(error):
            raise
        return _fail("interrupted", INTERRUPTED)


def _run(words: list[str]) -> int:
    tune_malloc()
    words, plugins = _load_plugins(words)
    args = build_parser(words).parse_args(words, argparse.Namespace(plugins=plugins))
    try:
        with signals_as_interrupt(), threadpool_limits(BLAS_THREADS), errors_as_options(args):
            answer = args.command(args)
    except MemoryError as error:
        return _fail(out_of_memory(error, args.smaller), 1)
    if isinstance(answer, int):
        return answer
    document, text, code = answer
    if args.json:
        print(json.dumps(document, indent=2))
    elif shown := str(text):  # of a report that is false, too
        print(shown)
    return int(code)


def _load_plugins(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Import the files that the command line names; return the other words and the files."""
    # The options of a command depend on what plugins register, so plugins are imported first.
    if not any(word.partition("=")[0] == "--plugin" for word in words):
        return words, ()
    from liaf_ref._core.imports import import_plugin  # noqa: PLC0415 - only where it is needed

    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--plugin", action="append")
    try:
        known, others = parser.parse_known_args(words)
    except argparse.ArgumentError as error:
        raise InputError(f"--plugin: {error.message}") from error
    plugins = tuple(dict.fromkeys(str(Path(name).resolve()) for name in known.plugin))
    for plugin in plugins:
        import_plugin(Path(plugin))
    return others, plugins


def _fail(message: str, code: int) -> int:
    say(f"error: {message}")
    return code


@contextlib.contextmanager
def signals_as_interrupt() -> Iterator[None]:
    """Let SIGTERM and SIGHUP stop a block as Ctrl-C does, unless they are handled or ignored."""
    main = threading.current_thread() is threading.main_thread()
    ours = [n for n in END_SIGNALS if main and signal.getsignal(n) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _raise_keyboard_interrupt)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _raise_keyboard_interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


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
