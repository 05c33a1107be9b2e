"""Write the runs of a sweep as CSV into docs/results/runs, so that results follow from them.

``python tools/record_runs.py SWEEP_FOLDER NAME`` writes NAME.csv, a line for each finished run, and
of runs on recordings NAME-epochs.csv, a line for each epoch.  A folder may hold several sweeps.
"""

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

ORDER: Row = {"cell": "", "seed": 0, "fold": 0, "job": ""}  # of the lines, and the first of each


def main(argv: Sequence[str] | None = None) -> int:
    """Write the tables. Exit codes: 0 success, 2 invalid input."""
    parser = Parser(prog="record_runs.py", description=__doc__)
    option, folder = parser.add_argument, "folder of the tables (default: docs/results/runs)"
    option("sweep", type=any_path, metavar="SWEEP_FOLDER", help="output folder of liaf-ref sweep")
    option("name", metavar="NAME", help="name of the tables, such as decide-scenes")
    option("--out", type=any_path, default=ROOT / "docs/results/runs", metavar="DIR", help=folder)
    args = parser.parse_args(argv)
    try:
        for path, rows in _tables(args.sweep, args.out / f"{args.name}.csv"):
            write_atomic(path, rows_to_csv(rows).encode())
            print(f"{len(rows)} lines: {path}")
    except LiafError as error:
        parser.error(str(error))
    return 0


def _tables(sweep: Path, path: Path) -> list[tuple[Path, list[Row]]]:
    runs, found = list(iter_stored_runs([sweep])), list[tuple[Row, list[Row]]]()
    for run in (run for run in runs if run.record.get("status") == "finished"):
        row, metrics = run_row(run.folder.name, run.record), run.read_metrics()
        if run.config.get("track_test"):
            tested = [each["test_accuracy"] for each in metrics if "test_accuracy" in each]
            row |= {"best_test_accuracy": max(tested), "last_test_accuracy": tested[-1]}
        is_recorded = run.experiment in EXPERIMENT_SPECS
        found.append((row, list(epoch_rows(row["job"], metrics)) if is_recorded else []))
    if not found:
        raise InputError(f"{sweep}: expected finished runs, got {len(runs)} that are not")
    make_folder(path.parent)
    found.sort(key=lambda each: [each[0].get(name) or least for name, least in ORDER.items()])
    epochs = [line for _, lines in found for line in lines]
    tables = (path, [row for row, _ in found]), (epochs_path(path), epochs)
    return [table for table in tables if table[1]]


if __name__ == "__main__":
    sys.exit(main())
