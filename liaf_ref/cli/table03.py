"""``liaf-ref table03``: average bAbI runs as in Table III, and test the paper's claims."""

import argparse
import json
from dataclasses import asdict
from os.path import lexists, realpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import InputError, RunError
from liaf_ref.cli.options import file_path, new_file, output_path
from liaf_ref.experiments.babi import CONDITIONS
from liaf_ref.report.babi_runs import (
    EPOCH_SELECTIONS,
    BabiRun,
    RunSummary,
    check_no_duplicates,
    check_tracked,
    from_csv,
    to_csv,
)
from liaf_ref.report.runs import collect_summaries
from liaf_ref.report.table03 import mean_accuracies
from liaf_ref.report.table03_claims import evaluate_claims
from liaf_ref.report.table03_pages import render_markdown

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

CLAIM_KEYS = ("claim", "printed", "measured", "supported")


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "table03",
        description="Average runs of `liaf-ref run babi --track-test` over their seeds, print\n"
        "them next to the paper's numbers, and test the paper's conclusions.",
        epilog="example: liaf-ref table03 runs/babi-1 runs/babi-2 --csv runs.csv --out table.md\n"
        "example: liaf-ref table03 runs.csv",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    which = "folders with runs at any depth, or a table written by --csv"
    option("runs", nargs="+", type=file_path, metavar="RUNS", help=which)
    rows = "runs to show: ec (equivalent), or fc (fine-tuned, where there are such runs)"
    option("--condition", choices=CONDITIONS, default="ec", help=rows)
    option(
        "--csv",
        type=output_path,
        metavar="FILE",
        help="write all runs, of any condition, as a table with one line per run",
    )
    option(
        "--out",
        type=new_file,
        metavar="FILE",
        help="write the page to FILE instead of printing it",
    )
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command, smaller="pass fewer runs")


def command(args: argparse.Namespace) -> int:
    """Lay runs out; see ``liaf-ref table03 --help``."""
    _check_outputs(args.csv, args.out, args.runs)
    found = [BabiRun(str(p), end) for p in args.runs if p.is_file() for end in from_csv(p)]
    folders = [path for path in args.runs if not path.is_file()]
    if folders:
        source = ", ".join(map(str, folders))
        found += [BabiRun(source, end) for end in collect_summaries(folders)]
    check_no_duplicates(found)
    check_tracked(found)
    ends = [run.summary for run in found]
    chosen = [end for end in ends if end.has_epochs_of(args.condition)]
    if not any(end.matches_condition(args.condition) for end in ends):
        other = f"runs with {chosen[0].settings}" if chosen else "none"
        raise InputError(f"--condition: expected runs under {args.condition}, got {other}")
    page = render_markdown(chosen, args.condition)
    if args.csv is not None:
        write_atomic(args.csv, to_csv(ends).encode())
    if args.out is not None:
        write_atomic(args.out, page.encode() + b"\n")
    if args.json:
        print(json.dumps(_document(chosen, args.condition), indent=2))
    elif args.out is None:
        print(page)
    return 0


def _check_outputs(csv: Path | None, out: Path | None, runs: list[Path]) -> None:
    """Refuse to overwrite a file, other than a table that is read, and now extended."""
    if csv is None:
        return
    if out is not None and realpath(csv) == realpath(out):
        raise InputError(f"--out: expected another file than --csv, got {out} for both")
    if lexists(csv) and realpath(csv) not in map(realpath, runs):
        raise RunError(f"{csv}: already exists; remove it, or choose another name")


def _document(runs: list[RunSummary], condition: str) -> dict[str, Any]:
    table = [run for run in runs if not run.settings]
    readings = {
        reading: {
            "cells": [
                {"task": task, "cell": cell, **found._asdict()}
                for (task, cell), found in mean_accuracies(table, reading).items()
            ],
            "claims": [
                dict(zip(CLAIM_KEYS, claim.as_row(), strict=True))
                for claim in evaluate_claims(table, reading, condition)
            ],
        }
        for reading in EPOCH_SELECTIONS
    }
    return {"condition": condition, "readings": readings, "runs": [asdict(end) for end in runs]}
