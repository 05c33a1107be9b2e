"""Write the runs of a sweep as CSV into docs/results/runs, so that results follow from them.

``python tools/record_runs.py SWEEP_FOLDER NAME`` writes NAME.csv, a line for each finished run, and
of runs on recordings NAME-epochs.csv, a line for each epoch, unless ``--no-epochs``.
"""

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from liaf_ref._core.atomic import make_folder, write_atomic
from liaf_ref._core.errors import InputError, LiafError
from liaf_ref._core.safe_load import read_json_object
from liaf_ref.cli.options import Parser, any_path
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.experiments.runner.manifest import MANIFEST_FILE
from liaf_ref.experiments.runner.run_manifest import rows_to_csv
from liaf_ref.report.runs import Row, StoredRun, epoch_rows, epochs_path, iter_stored_runs, run_row

RUNS = Path(__file__).resolve().parents[1] / "docs" / "results" / "runs"


def make_parser() -> Parser:
    """Make the parser of the command line."""
    parser = Parser(
        prog="record_runs.py",
        description="Write the finished runs of a sweep as CSV: NAME.csv has a line for each run,\n"
        "and of runs on recordings NAME-epochs.csv has a line for each epoch.\n"
        "liaf-ref report reads the tables of runs on recordings.",
        epilog="example: python tools/record_runs.py runs/sweep-1 decide-scenes",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("sweep", type=any_path, metavar="SWEEP_FOLDER", help="output folder of liaf-ref sweep")
    option("name", metavar="NAME", help="name of the tables, such as decide-scenes")
    folder = "folder of the tables (default: docs/results/runs)"
    option("--add", action="store_true", help="keep the lines of other jobs that the tables have")
    option("--no-epochs", action="store_true", help="write no table of epochs")
    option("--out", type=any_path, default=RUNS, metavar="DIR", help=folder)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Write the tables. Exit codes: 0 success, 2 invalid input."""
    parser = make_parser()
    try:
        _record(parser.parse_args(argv))
    except LiafError as error:
        parser.error(str(error))
    return 0


def _record(args: argparse.Namespace) -> None:
    finished = [run for run in iter_stored_runs([args.sweep]) if run.status == "finished"]
    planned = read_json_object(args.sweep / MANIFEST_FILE).get("runs", ())
    if not finished:
        raise InputError(f"{args.sweep}: expected finished runs, got {len(planned)} that are not")
    make_folder(args.out)
    path = args.out / f"{args.name}.csv"
    print(f"{len(finished)} finished runs of {len(planned)}: {path}")
    found = [run_row(run.folder.name, run.record) | _best_test(run) for run in finished]
    rows = sorted(_with_older(path, found, args.add), key=_order)
    write_atomic(path, rows_to_csv(rows).encode())
    if found[0].get("experiment") in EXPERIMENT_SPECS and not args.no_epochs:
        place, line = epochs_path(path), {row["job"]: k for k, row in enumerate(rows)}
        new = [e for run in finished for e in epoch_rows(run.folder.name, run.read_metrics())]
        epochs = _with_older(place, new, args.add)
        epochs.sort(key=lambda row: (line[row["job"]], int(row["epoch"])))
        write_atomic(place, rows_to_csv(epochs).encode())
        print(f"{len(new)} epochs: {place}")


def _best_test(run: StoredRun) -> Row:
    """The highest test accuracy of an epoch, of a run on recordings with --track-test."""
    if run.is_babi or not run.config.get("track_test"):
        return {}
    return {"best_test_accuracy": max(row["test_accuracy"] for row in run.read_metrics())}


def _with_older(path: Path, rows: list[Row], is_added: bool) -> list[Row]:
    """The lines, and those of a table that are of other jobs."""
    jobs = {row["job"] for row in rows}
    older = csv.DictReader(io.StringIO(path.read_text("utf-8") if is_added else ""))
    return [
        *({k: v for k, v in row.items() if v} for row in older if row["job"] not in jobs),
        *rows,
    ]


def _order(row: Row) -> tuple[object, ...]:
    return row.get("cell", ""), int(row["seed"]), int(row.get("fold") or 0), row["job"]


if __name__ == "__main__":
    sys.exit(main())
