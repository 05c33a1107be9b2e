"""``liaf-ref oracle export-onnx``: write the golden cases as ONNX backend tests."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from liaf_ref._core.plural import count
from liaf_ref._core.progress_bar import progress_bar
from liaf_ref.cli.options import output_path
from liaf_ref.cli.oracle.level_option import add_level_option
from liaf_ref.oracle import golden
from liaf_ref.oracle.case import DTYPES
from liaf_ref.oracle.golden.onnx_cases import has_onnx_model
from liaf_ref.oracle.golden.onnx_folders import save_onnx

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

DESCRIPTION = """Write the forward pass of golden cases as ONNX backend tests.

Each case is a folder test_CASE with model.onnx and, in test_data_set_0, an input_N.pb for each
input, an output_N.pb for each output and its tolerance_N.pb. The folders are those of ONNX's own
backend tests, whose runners ignore the tolerances. docs/use/onnx.md describes them."""
EPILOG = "example: liaf-ref oracle export-onnx tests/node --level L0,L1"


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "export-onnx",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("folder", type=output_path, metavar="DIR", help="output folder: new or empty")
    add_level_option(parser)
    option(
        "--dtype",
        choices=DTYPES,
        default="float32",
        help="precision of the models (default: float32, which runtimes compute in)",
    )
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Export; see ``liaf-ref oracle export-onnx --help``."""
    chosen = golden.golden_cases(args.level)
    cases = [each for each in chosen if has_onnx_model(each.case)]
    quiet = not sys.stderr.isatty()
    save_onnx(
        args.folder, progress_bar(cases, unit="case", file=sys.stderr, disable=quiet), args.dtype
    )
    facts = {
        "folder": str(args.folder),
        "dtype": args.dtype,
        "cases": len(cases),
        "skipped": [each.name for each in chosen if not has_onnx_model(each.case)],
    }
    if args.json:
        print(json.dumps(facts, indent=2))
        return 0
    print(f"{args.folder}: {count(len(cases), 'case')} in {args.dtype}")
    if facts["skipped"]:
        print(f"skipped {count(len(facts['skipped']), 'case')} that only compute a loss")
    return 0
