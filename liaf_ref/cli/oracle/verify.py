"""``liaf-ref oracle verify``: check the hashes of a golden set, or its answers."""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

from liaf_ref._core.plural import count
from liaf_ref._core.progress_bar import progress_bar
from liaf_ref.cli.options import file_path
from liaf_ref.oracle import golden

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

Item = TypeVar("Item")


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "verify",
        description="Verify the hash of every file of a golden set. With --regenerate, also "
        "compute every answer again and compare. "
        "Exit code 0: no problem; 1: a file or case differs.",
        epilog="example: liaf-ref oracle verify golden",
    )
    option = parser.add_argument
    option(
        "folder",
        type=file_path,
        nargs="?",
        metavar="DIR",
        help="a golden set (default: the one of this package)",
    )
    option(
        "--regenerate", action="store_true", help="also compute every answer again (takes a minute)"
    )
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Verify; see ``liaf-ref oracle verify --help``."""
    verdicts = list(_with_progress(golden.audit(args.folder), "files"))
    damaged = any(v.problem for v in verdicts)
    if args.regenerate and not damaged:
        goldens = golden.golden_cases() if args.folder is None else golden.load(args.folder)
        fresh = _with_progress(golden.recomputed(goldens), "recomputed", len(goldens))
        verdicts = list(golden.verify(goldens, fresh))
    problems = {v.case: v.problem for v in verdicts if v.problem}
    if args.json:
        print(json.dumps({"cases": len(verdicts), "problems": problems}, indent=2))
    else:
        for case, problem in problems.items():
            print(f"{case}: {problem}")
        print(f"{count(len(verdicts), 'case')}, {len(problems)} with a problem")
    return 1 if problems else 0


def _with_progress(
    items: Iterator[Item], description: str, total: int | None = None
) -> Iterator[Item]:
    """Iterate, with a progress bar if stderr is a terminal."""
    quiet = not sys.stderr.isatty()
    yield from progress_bar(
        items, desc=description, total=total, unit="case", file=sys.stderr, disable=quiet
    )
