"""``liaf-ref audit``: recompute the numbers printed in the paper."""

import argparse
import json
from typing import TYPE_CHECKING

from liaf_ref.experiments.paper import TABLES, TEXT

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

TABLE_NUMERALS = [name for name in TABLES if name != TEXT]
CHOICES = f"{TABLE_NUMERALS[0]} to {TABLE_NUMERALS[-1]}, 1 to {len(TABLE_NUMERALS)}, or {TEXT}"


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "audit",
        description="Recompute every number of Tables I to X and of the text that follows from\n"
        "the equations, the networks or other numbers of the paper. The column `agreement`\n"
        "is `rounded` or `truncated` if our number gives the printed one in that way, else\n"
        "`neither`. A mismatch is a finding, not a failure: the exit code is 0.",
        epilog="example: liaf-ref audit --table IV\n         liaf-ref audit --json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("--table", type=table_name, metavar="NAME", help=f"audit one table only: {CHOICES}")
    every = "print JSON, including the numbers that were not recomputed"
    option("--json", action="store_true", help=every)
    parser.set_defaults(command=command)


def table_name(text: str) -> str:
    """Read ``IV``, ``iv`` or ``4`` as IV."""
    by_name = {name.lower(): name for name in TABLES}
    by_name |= {str(number): name for number, name in enumerate(TABLE_NUMERALS, 1)}
    if text.lower() not in by_name:
        raise argparse.ArgumentTypeError(f"expected {CHOICES}, got {text!r}")
    return by_name[text.lower()]


def command(args: argparse.Namespace) -> int:
    """Audit; see ``liaf-ref audit --help``."""
    from liaf_ref.report.audit import audit, format_findings  # noqa: PLC0415

    findings = audit(args.table)
    if args.json:
        print(json.dumps([finding.to_dict() for finding in findings], indent=2))
    else:
        print(format_findings(findings))
    return 0
