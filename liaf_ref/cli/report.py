"""``liaf-ref report`` and ``liaf-ref table03``: results of runs beside the paper's."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from os.path import realpath
from typing import Any

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import InputError
from liaf_ref._core.locks import write_folder
from liaf_ref.cli import options
from liaf_ref.cli.options import Answer, Parser, option
from liaf_ref.experiments.babi import CONDITIONS
from liaf_ref.report import babi_runs
from liaf_ref.report.babi_runs import EPOCH_SELECTIONS, RunSummary
from liaf_ref.report.build import build_report, with_remarks
from liaf_ref.report.content import Claim
from liaf_ref.report.pictures import Picture
from liaf_ref.report.render import render_report
from liaf_ref.report.runs import collect_runs
from liaf_ref.report.statistics import mean_ci
from liaf_ref.report.table03 import Accuracies, render_markdown


def add(parser: Parser) -> None:
    """Add the options of ``report``."""
    which = "folder with runs at any depth, or table of runs, such as docs/results/table03.csv"
    option(parser, "runs RUN", options.any_path, which, nargs="+")
    option(parser, "--out DIR", options.new_dir, "new output folder (required)", required=True)
    remarks = 'TOML of remarks to include, such as table06 = ["Tried: ..."]'
    option(parser, "--remarks FILE", options.any_path, remarks)
    parser.runs(report, "pass fewer runs")


def report(args: argparse.Namespace) -> Answer:
    """Lay results of runs out in the tables and figures of the paper.

    Write index.html (self-contained, without JavaScript), report.md with the same content,
    figures/*.svg and data/*.csv. Runs that differ only in the seed are averaged, with 95 %
    confidence intervals, and compared seed by seed.

    example: liaf-ref report runs/mnist-dvs-1 docs/results/table03.csv --out report
    """
    if any(args.out.resolve().is_relative_to(path.resolve()) for path in args.runs):
        raise InputError(f"--out: expected a folder outside of the runs, got {args.out}")
    found = build_report(collect_runs(args.runs))
    if args.remarks is not None:
        found = with_remarks(found, args.remarks)
    write_folder(args.out, render_report(found).items())
    page = args.out / "index.html"
    lines = [f"{section.number:<10}  {section.verdict}" for section in found.sections]
    _print_skipped(() if args.json else found.left_out)
    lines.append(f"\nreport: {page}   as Markdown: {args.out / 'report.md'}")
    return Answer({"page": str(page), **_as_document(found)}, "\n".join(lines))


def _print_skipped(reasons: Sequence[str]) -> None:
    for reason in reasons:
        print(f"skipped: {reason}", file=sys.stderr)


def _as_document(value: Any) -> Any:
    """A value of the report for JSON: figures by name, claims as the findings say them."""
    if isinstance(value, Picture):
        return value.name
    if hasattr(value, "_asdict"):
        own = value._asdict().items()
        return {name: _as_document(part) for name, part in own if name != "claims"}
    return [_as_document(part) for part in value] if isinstance(value, tuple) else value


def add_table03(parser: Parser) -> None:
    """Add the options of ``table03``."""
    which = "folders with runs at any depth, or a table written by --csv"
    option(parser, "runs RUNS", options.any_path, which, nargs="+")
    option(parser, "--condition", CONDITIONS, "runs to show: equivalent or fine-tuned", "ec")
    option(parser, "--csv FILE", options.new_file, "write all runs as a table, a line each")
    option(parser, "--out FILE", options.new_file, "write the page to FILE instead of printing it")
    parser.runs(table03, "pass fewer runs")


def table03(args: argparse.Namespace) -> Answer:
    """Average runs of `liaf-ref run babi --track-test` over their seeds, as in Table III.

    The accuracies stand next to the paper's numbers, and the paper's conclusions are tested.

    example: liaf-ref table03 runs/babi-1 runs/babi-2 --csv runs.csv --out table.md
    example: liaf-ref table03 runs.csv
    """
    if args.csv is not None and args.out is not None and realpath(args.csv) == realpath(args.out):
        raise InputError(f"--out: expected another file than --csv, got {args.out} for both")
    found = collect_runs(args.runs)
    _print_skipped(found.skipped)
    babi_runs.check_one_table(found.babi)
    ends = sorted((run.summary for run in found.babi), key=babi_runs.RunSummary.sort_key)
    chosen = babi_runs.runs_of_condition(ends, args.condition)
    page = render_markdown(chosen, args.condition)
    if args.csv is not None:
        write_atomic(args.csv, babi_runs.to_csv(ends).encode())
    if args.out is not None:
        write_atomic(args.out, page.encode() + b"\n")
    return Answer(_table03_document(chosen, args.condition), page if args.out is None else "")


def _table03_document(runs: list[RunSummary], condition: str) -> dict[str, Any]:
    table = [run for run in runs if not run.settings]
    readings = {}
    for reading in EPOCH_SELECTIONS:
        found = Accuracies.of(table, reading, condition)
        means = {place: mean_ci(seeds.values()) for place, seeds in found.samples.items()}
        readings[reading] = {
            "cells": [{"task": t, "cell": c, **mean._asdict()} for (t, c), mean in means.items()],
            "claims": [_claim_document(claim) for claim in found.claims()],
        }
    return {"condition": condition, "readings": readings, "runs": [asdict(end) for end in runs]}


def _claim_document(claim: Claim) -> dict[str, str]:
    printed, measured = (text.replace("−", "-") for text in (claim.printed, claim.measured))
    verdict = claim.verdict.name
    return {"claim": claim.text, "printed": printed, "measured": measured, "supported": verdict}
