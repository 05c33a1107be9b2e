"""Print the branch coverage and the line coverage of the tests, separately.

``python tools/branch_coverage.py build/coverage.json --min-branches 95``

The file is written by ``coverage json``, whose own percentage combines branches and lines.
Exits with 1 if the branch coverage is below ``--min-branches``.
"""

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Coverage(NamedTuple):
    """So many of so many."""

    covered: int
    total: int

    @property
    def percent(self) -> float:
        """Of the total; all of none are taken."""
        return 100 * self.covered / self.total if self.total else 100.0

    def __str__(self) -> str:
        """Rounded down: 95.0 is no less than 95."""
        return f"{self.covered:,} of {self.total:,}, {math.floor(10 * self.percent) / 10:.1f} %"


def branch_and_line_coverage(totals: Mapping[str, Any]) -> tuple[Coverage, Coverage]:
    """Branches and lines, of the totals in coverage's file.

    Raises
    ------
    SystemExit
        If branches were not measured.
    """
    if not totals.get("num_branches"):
        raise SystemExit(
            "no branches were measured: expected branch = true in [tool.coverage.run] of "
            "pyproject.toml"
        )
    branches = Coverage(totals["covered_branches"], totals["num_branches"])
    return branches, Coverage(totals["covered_lines"], totals["num_statements"])


def main(argv: Sequence[str] | None = None) -> int:
    """Print both shares; 1 if too few of the branches are taken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="report written by coverage json")
    percent = "required branch coverage in percent (default: 95)"
    parser.add_argument("--min-branches", type=float, default=95, help=percent)
    args = parser.parse_args(argv)
    branches, lines = branch_and_line_coverage(json.loads(args.file.read_text("utf-8"))["totals"])
    print(f"branches: {branches}; lines: {lines}")
    if branches.percent < args.min_branches:
        print(
            f"expected at least {args.min_branches:g} % branch coverage, "
            f"got {branches.percent:.2f} %"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
