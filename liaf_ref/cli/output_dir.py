"""What stands in ``--out``: the runs there already, and the table and figure of them all."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.atomic import path_error, write_atomic
from liaf_ref._core.errors import FormatError, RunError
from liaf_ref.networks.cells import CELL_FACTORIES
from liaf_ref.report import babi_results
from liaf_ref.training.run_folder import RunFolder

RESULT_FILES = ("results.json", "table.md", "figure.png")
OPTIONAL_COLUMNS = {"stopped", "condition"}  # by rows that did not stop early, by older ones
Row = dict[str, Any]


class RunId(NamedTuple):
    """A run by what it is of; its folder bears its name."""

    task: int
    cell: str

    @property
    def name(self) -> str:
        """Name of its folder."""
        return f"qa{self.task}-{self.cell}"


def existing_runs(out: Path, requested: list[RunId], resume: bool) -> list[RunId]:
    """Find the runs of a folder that were not asked for, or refuse the folder."""
    name = re.compile(rf"qa([1-9]|1[0-9]|20)-({'|'.join(CELL_FACTORIES)})")
    matches = [name.fullmatch(path.name) for path in out.glob("qa*-*")]
    runs = [RunId(int(match[1]), match[2]) for match in matches if match]
    if resume and not runs:
        raise RunError(
            f"--resume: expected runs in {out} to continue, got none; start them without --resume"
        )
    found = [run for run in runs if run not in requested and (out / run.name / "run.json").exists()]
    found.sort(key=lambda run: (run.task, list(CELL_FACTORIES).index(run.cell)))
    held = [run.name for run in found] + [name for name in RESULT_FILES if (out / name).exists()]
    if held and not resume:
        raise RunError(
            f"{out}: holds {held[0]} already; pass --resume to add to what is there, "
            "or choose another folder with --out"
        )
    return found


def load_finished_rows(out: Path, runs: list[RunId], columns: Row) -> dict[str, Row]:
    """Read the rows of runs that were finished before."""
    rows: dict[str, Row] = {}
    for run in runs:
        record = RunFolder(out / run.name, {}).read_run_json()
        result = record.get("result")
        if result is None:
            continue
        if not isinstance(result, dict) or (result.keys() ^ columns.keys()) - OPTIONAL_COLUMNS:
            reason = f"expected a result with {', '.join(columns)}, got other columns"
            raise FormatError(out / run.name / "run.json", reason)
        rows[run.name] = result
    return rows


def write_table_and_figure(out: Path, document: dict[str, Any], is_published: bool) -> str:
    """Write the table and the figure of a folder's runs."""
    rows: list[Row] = document["results"]
    runs = [RunId(row["task"], row["cell"]) for row in rows]
    metrics = {run: RunFolder(out / run.name, {}).read_metrics() for run in runs}
    curves = {
        (run.task, run.cell): [row["validation_accuracy"] for row in metrics[run]] for run in runs
    }
    table = babi_results.to_markdown(rows, is_published)
    write_atomic(out / "results.json", json.dumps(document, indent=2).encode() + b"\n")
    write_atomic(out / "table.md", table.encode() + b"\n")
    write_atomic(out / "figure.png", babi_results.plot_png(rows, curves, is_published))
    return table


def make_numbered_dir(parent: Path, stem: str) -> Path:
    """Make a folder that no run has used: ``parent/stem-1``, or the next number."""
    for number in range(1, 10_000):
        folder = parent / f"{stem}-{number}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise path_error(folder, "made", error) from error
        return folder
    raise RunError(f"{parent}: holds 9,999 runs already; choose a folder with --out")
