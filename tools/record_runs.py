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

from subprocesses import ROOT

from liaf_ref._core.atomic import make_folder, write_atomic
from liaf_ref._core.errors import InputError, LiafError
from liaf_ref.cli.options import Parser, any_path
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.experiments.runner.run_manifest import rows_to_csv
from liaf_ref.report.runs import Row, epoch_rows, epochs_path, iter_stored_runs, run_row


def main(argv: Sequence[str] | None = None) -> int:
    """Write the tables. Exit codes: 0 success, 2 invalid input."""
    parser = Parser(prog="record_runs.py", description=__doc__)
    option, folder = parser.add_argument, "folder of the tables (default: docs/results/runs)"
    option("sweep", type=any_path, metavar="SWEEP_FOLDER", help="output folder of liaf-ref sweep")
    option("name", metavar="NAME", help="name of the tables, such as decide-scenes")
    option("--add", action="store_true", help="keep the lines of other jobs that the tables have")
    option("--no-epochs", action="store_true", help="write no table of epochs")
    option("--out", type=any_path, default=ROOT / "docs/results/runs", metavar="DIR", help=folder)
    try:
        _record(parser.parse_args(argv))
    except LiafError as error:
        parser.error(str(error))
    return 0


def _record(args: argparse.Namespace) -> None:
    runs = list(iter_stored_runs([args.sweep]))
    rows, epochs, path = list[Row](), list[Row](), args.out / f"{args.name}.csv"
    for run in (run for run in runs if run.record.get("status") == "finished"):
        row, metrics = run_row(run.folder.name, run.record), run.read_metrics()
        if not run.is_babi and run.config.get("track_test"):
            row["best_test_accuracy"] = max(each["test_accuracy"] for each in metrics)
        rows.append(row)
        if run.experiment in EXPERIMENT_SPECS:
            epochs += epoch_rows(run.folder.name, metrics)
    if not rows:
        raise InputError(f"{args.sweep}: expected finished runs, got {len(runs)} that are not")
    make_folder(args.out)
    print(f"{len(rows)} finished runs of {len(runs)}: {path}")
    rows = sorted(_with_older(path, rows, args.add), key=_order)
    write_atomic(path, rows_to_csv(rows).encode())
    if epochs and not args.no_epochs:
        place, line = epochs_path(path), {row["job"]: k for k, row in enumerate(rows)}
        epochs = _with_older(place, epochs, args.add)
        epochs.sort(key=lambda row: (line[row["job"]], int(row["epoch"])))
        write_atomic(place, rows_to_csv(epochs).encode())
        print(f"{len(epochs)} epochs: {place}")


def _with_older(path: Path, rows: list[Row], is_added: bool) -> list[Row]:
    """The lines, after those of a table that are of other jobs."""
    jobs = {row["job"] for row in rows}
    older = csv.DictReader(io.StringIO(path.read_text("utf-8") if is_added else ""))
    kept = ({k: v for k, v in row.items() if v} for row in older if row["job"] not in jobs)
    return [*kept, *rows]


def _order(row: Row) -> tuple[object, ...]:
    return row.get("cell", ""), int(row["seed"]), int(row.get("fold") or 0), row["job"]


if __name__ == "__main__":
    sys.exit(main())
