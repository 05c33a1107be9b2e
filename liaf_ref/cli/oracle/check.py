"""``liaf-ref oracle check``: check a backend against the golden set."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import InputError
from liaf_ref.cli.options import bounded_int, dir_path, errors_as_options, file_path
from liaf_ref.cli.oracle.export import levels
from liaf_ref.oracle.case import LEVELS

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands
    from liaf_ref.oracle.checker import Backend
    from liaf_ref.oracle.golden import GoldenCase

DESCRIPTION = """Run a backend on the golden cases and report which gradients deviate, and why.

The backend is a callable, fn(case) -> {name: array}, or, with --exec, a program that reads
a case folder and writes its answer there. docs/verify/check-your-backend.md has an example
of each.

levels:
"""
EPILOG = """exit codes: 0 every case passed, was declined or is waived; 1 a case failed, a waiver
is unused, or every case was declined; 2 wrong options or files.

examples:
  liaf-ref oracle check --backend my_package.my_module:answer
  liaf-ref oracle check --backend my_module:answer --random 1000 --seed 7
  liaf-ref oracle check --exec ./my_program --dtype float64 --level L0..L2 --json
  liaf-ref oracle check --backend my_module:answer --waive waivers.toml --junit report.xml"""


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "check",
        help="check a backend against the golden set",
        description=DESCRIPTION + "\n".join(f"  {level}  {s}" for level, s in LEVELS.items()),
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--backend", metavar="MODULE:NAME", help="a callable, package.module:callable")
    who.add_argument(
        "--exec", metavar="COMMAND", help="a program; it is called with a case folder as argument"
    )
    option(
        "--dtype",
        choices=("float32", "float64"),
        default="float32",
        help="dtype of the cases (default: float32)",
    )
    option(
        "--level",
        type=levels,
        default=tuple(LEVELS),
        metavar="L",
        help="levels, such as L0 or L0,L3 or L0..L2 (default: all)",
    )
    option(
        "--case",
        default="*",
        metavar="NAME",
        help="only cases whose name matches this pattern (with * and ?)",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--set",
        type=dir_path,
        metavar="DIR",
        help="an exported golden set (default: the published one)",
    )
    which.add_argument(
        "--random",
        type=bounded_int(1, 1_000_000),
        metavar="N",
        help="draw N random cases instead; from about 400 on they have every pair of options",
    )
    option("--seed", type=bounded_int(0), metavar="S", help="seed of the random cases (default: 0)")
    option("--op", metavar="OP,OP", help="draw only these operations, such as conv,neuron")
    option(
        "--max-size",
        type=bounded_int(1),
        metavar="N",
        help="largest number of entries of an array in a random case (default: 20000)",
    )
    option(
        "--waive",
        type=file_path,
        metavar="FILE",
        help="TOML file of waivers: known deviations that do not fail the check",
    )
    option("--junit", type=file_path, metavar="FILE", help="write the report as JUnit XML")
    option(
        "--timeout",
        type=bounded_int(1, 86_400),
        default=60,
        metavar="S",
        help="time limit of --exec for one case, in seconds (default: 60)",
    )
    option(
        "--shrink",
        type=bounded_int(0, 1_000),
        default=1,
        metavar="N",
        help="reduce N different failures to the smallest cases that fail so (default: 1; 0: none)",
    )
    option("--save", type=dir_path, metavar="DIR", help="write the reduced cases as a golden set")
    option(
        "--traceback",
        action="store_true",
        help="print the tracebacks of a backend that raises exceptions before the report",
    )
    option("--json", action="store_true", help="print one JSON document (with the tracebacks)")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Check; see ``liaf-ref oracle check --help``."""
    from liaf_ref.oracle.checker import check_backend  # noqa: PLC0415 - other commands do without
    from liaf_ref.oracle.checker.junit import junit_xml  # noqa: PLC0415
    from liaf_ref.oracle.golden import save  # noqa: PLC0415
    from liaf_ref.oracle.shrinking import shrink_failures  # noqa: PLC0415

    if args.junit is not None:
        _check_writable(args.junit)
    backend = _backend(args)
    cases = _cases(args)
    with errors_as_options(pattern="--case"):
        report = check_backend(
            backend,
            dtype=args.dtype,
            levels=args.level,
            pattern=args.case,
            waivers=args.waive,
            cases=cases,
        )
    if args.junit is not None:
        write_atomic(args.junit, junit_xml(report))
    shrunk = shrink_failures(backend, report, args.shrink)
    if args.save is not None and shrunk:
        save(args.save, [failure.golden for failure in shrunk])
    if args.traceback and not args.json and (text := report.tracebacks()):
        print(text)
    if args.json:
        document = report.to_dict() | {"shrunk": [failure.to_dict() for failure in shrunk]}
        print(json.dumps(document, indent=2, allow_nan=False))
    else:
        print("\n\n".join(map(str, (report, *shrunk))))
    return 0 if report.ok else 1


def _cases(args: argparse.Namespace) -> "Sequence[GoldenCase]":
    from liaf_ref.oracle.golden import golden_cases, load  # noqa: PLC0415
    from liaf_ref.oracle.random_cases import DEFAULT_MAX_SIZE, random_cases  # noqa: PLC0415

    if args.random is not None:
        with errors_as_options(ops="--op"):
            return random_cases(
                args.random,
                seed=args.seed or 0,
                ops=None if args.op is None else args.op.split(","),
                max_size=args.max_size or DEFAULT_MAX_SIZE,
            )
    for option in ("seed", "op", "max_size"):
        if getattr(args, option) is not None:
            raise InputError(f"--{option.replace('_', '-')}: expected --random N with it")
    return golden_cases() if args.set is None else load(args.set)


def _check_writable(path: Path) -> None:
    if not path.name or path.is_dir() or not path.parent.is_dir():
        raise InputError(f"--junit: expected a file in an existing folder, got {path}")


def _backend(args: argparse.Namespace) -> "Backend":
    from liaf_ref._core.user_code import load_callable  # noqa: PLC0415
    from liaf_ref.oracle.checker.program import ProgramBackend  # noqa: PLC0415

    if args.exec is not None:
        return ProgramBackend(args.exec, float(args.timeout))
    if not args.backend:
        raise InputError("--backend: expected package.module:callable, got nothing")
    return load_callable(args.backend, "--backend")
