"""``liaf-ref report``: results of runs in the tables and figures of the paper."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liaf_ref._core.atomic import is_incomplete
from liaf_ref._core.errors import RunError
from liaf_ref._core.locks import directory_lock
from liaf_ref._core.progress_bar import progress_bar
from liaf_ref.cli.options import dir_path, output_dir

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands
    from liaf_ref.report.build import Report


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "report",
        description="Write index.html (self-contained, without JavaScript), report.md with the\n"
        "same content, figures/*.svg and data/*.csv. Runs that differ only in the seed are\n"
        "averaged, with 95 % confidence intervals, and compared seed by seed.",
        epilog="example: liaf-ref report runs/mnist-dvs-1 runs/mnist-dvs-2 "
        "docs/results/table03.csv --out report",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    which = (
        "output folder of `liaf-ref run` or `liaf-ref sweep`, parent folder of several, "
        "or table of runs, such as docs/results/table03.csv"
    )
    option("runs", nargs="+", type=dir_path, metavar="RUN", help=which)
    option("--out", type=output_dir, required=True, metavar="DIR", help="output folder (required)")
    option(
        "--remarks",
        type=dir_path,
        metavar="FILE",
        help='comments to include: TOML with a list of texts per section, table06 = ["Tried: ..."]',
    )
    option("--json", action="store_true", help="print one JSON document with the content")
    parser.set_defaults(command=command, smaller="pass fewer runs")


def command(args: argparse.Namespace) -> int:
    """Write a report; see ``liaf-ref report --help``."""
    from liaf_ref.report.build import build_report, collect_runs, with_comments  # noqa: PLC0415
    from liaf_ref.report.render import render_report, write_report  # noqa: PLC0415 - walks networks, draws
    from liaf_ref.report.runs import check_outside  # noqa: PLC0415

    check_outside(args.out, args.runs)
    _check_no_report(args.out)
    report = build_report(collect_runs(args.runs))
    if args.remarks is not None:
        report = with_comments(report, args.remarks)
    files = render_report(report, _plot_progress)
    with directory_lock(args.out):
        _check_no_report(args.out)  # another process may have written it since
        write_report(files, args.out)
    page = args.out / "index.html"
    if args.json:
        print(json.dumps({"page": str(page), **_document(report)}, indent=2))
        return 0
    for section in report.sections:
        print(f"{section.number:<10}  {section.verdict}")
    for skipped in report.skipped:
        print(f"skipped: {skipped}", file=sys.stderr)
    print(f"\nreport: {page}   as Markdown: {args.out / 'report.md'}")
    return 0


def _check_no_report(out: Path) -> None:
    from liaf_ref.report.render import OUTPUT_NAMES  # noqa: PLC0415

    if out.exists() and not out.is_dir():
        raise RunError(f"--out: expected a folder, got the file {out}")
    held = [name for name in OUTPUT_NAMES if (out / name).exists()]
    if held and not is_incomplete(out):
        raise RunError(f"{out}: already contains {held[0]}; choose another folder with --out")


def _plot_progress(pictures: Sequence[Any]) -> Iterator[Any]:
    shown = sys.stderr.isatty()
    yield from progress_bar(pictures, "drawing", unit="figure", leave=False, disable=not shown)


def _document(report: "Report") -> dict[str, Any]:
    sections = [
        {
            **{name: getattr(section, name) for name in ("name", "number", "title", "verdict")},
            "findings": section.findings,
            "tables": [table._asdict() for table in section.tables],
            "pictures": [picture.name for picture in section.pictures],
            "notes": section.notes,
            "remarks": section.comments,
            "sources": section.sources,
            "missing": [missing._asdict() for missing in section.missing],
        }
        for section in report.sections
    ]
    facts = {"about": report.about, "runs": report.runs._asdict(), "left_out": report.skipped}
    return {"sections": sections, **facts}
