"""``liaf-ref oracle export``: write the golden set to a folder."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from liaf_ref._core.errors import InputError
from liaf_ref._core.plural import count
from liaf_ref._core.progress_bar import progress_bar
from liaf_ref.cli.options import output_path
from liaf_ref.cli.oracle.level_option import add_level_option
from liaf_ref.cli.oracle.random_options import (
    OPTION_NAMES,
    add_draw_options,
    add_format_options,
    add_random_option,
    check_draw_options,
    draw_cases,
    draws,
)
from liaf_ref.oracle import golden
from liaf_ref.oracle.declaration import PAPER, declare
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.golden.schema import storable_name

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

DESCRIPTION = """Write the golden set: cases, their answers and error bounds.

The set is one JSON manifest, the arrays of each case as npz and safetensors, the arrays of
exact cases in fixed point (hex, for $readmemh of Verilog), and the sha256 of every file.
docs/verify/golden-format.md describes the files."""
EPILOG = """examples:
  liaf-ref oracle export golden --level L0..L2 --formats npz
  liaf-ref oracle export vectors --dtype q4.12 --random 20 --op neuron --formats hex"""


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "export",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option(
        "folder",
        type=output_path,
        metavar="DIR",
        help="output folder: new, empty, or a golden set to replace",
    )
    option(
        "--formats",
        type=formats,
        default=golden.FORMATS,
        metavar="F,F",
        help=f"file formats among {','.join(golden.FORMATS)} (default: all)",
    )
    add_level_option(parser)
    add_random_option(parser, "export N random cases instead of the published ones")
    add_draw_options(parser)
    add_format_options(parser)
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command, option_names=OPTION_NAMES)


def command(args: argparse.Namespace) -> int:
    """Export; see ``liaf-ref oracle export --help``."""
    chosen: list[GoldenCase] = []
    golden.save(args.folder, _chosen(args, chosen), args.formats)
    written = [path for path in args.folder.rglob("*") if path.is_file()]
    facts = {
        "folder": str(args.folder),
        "format_version": golden.VERSION,
        "cases": len(chosen),
        "exact": sum(g.exact for g in chosen),
        "formats": list(args.formats),
        "files": len(written),
        "bytes": sum(path.stat().st_size for path in written),
    }
    if args.json:
        print(json.dumps(facts, indent=2))
        return 0
    print(
        f"{facts['folder']}: {count(len(chosen), 'case')}, {facts['exact']} of them exact, as "
        f"{', '.join(args.formats)}; {facts['files']:,} files, {facts['bytes']:,} bytes"
    )
    return 0


def _chosen(args: argparse.Namespace, kept: list[GoldenCase]) -> Iterator[GoldenCase]:
    """The cases of the levels asked for, each drawn when it is written; they are kept too."""
    quiet = not sys.stderr.isatty()
    for given in progress_bar(_cases(args), unit="case", file=sys.stderr, disable=quiet):
        if given.case.level in args.level:
            kept.append(_stored(given))
            yield kept[-1]


def _cases(args: argparse.Namespace) -> Sequence[GoldenCase]:
    check_draw_options(args)
    declaration = PAPER if args.declare is None else declare(args.declare)
    if draws(args):
        return draw_cases(args, declaration)
    for option in ("dtype", "declare"):
        if getattr(args, option) not in {None, "float32"}:
            raise InputError(f"--{option}: expected --random N with it")
    return golden.golden_cases()


def _stored(drawn: GoldenCase) -> GoldenCase:
    """A random case under a name that files can have."""
    return replace(drawn, case=replace(drawn.case, name=storable_name(drawn.name)))


def formats(text: str) -> tuple[str, ...]:
    """Read ``npz,hex``."""
    found = tuple(dict.fromkeys(text.split(",")))
    for name in found:
        if name not in golden.FORMATS:
            expected = ", ".join(golden.FORMATS)
            raise argparse.ArgumentTypeError(f"expected formats among {expected}, got {name!r}")
    return found
