"""The tables of an output folder: one line per finished run, in the order of the manifest."""

import csv
import io
import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import WriteError
from liaf_ref.experiments.runner.job import JobResult
from liaf_ref.experiments.runner.plan import PlannedJob

TABLE_FILES = ("results.jsonl", "results.csv")
TIME_COLUMNS = ("seconds",)  # kept in run.json only, so that equal sweeps have equal tables
REWRITE_GROWTH = 1.1  # tables are rewritten at 10 % more rows: 11 times their size in total


def with_tables(
    out: Path, jobs: Sequence[PlannedJob], results: Iterable[JobResult]
) -> Generator[JobResult, None, None]:
    """Yield the results, and update the tables of finished runs."""
    configs = {job.name: job.config for job in jobs}
    rows = {job.name: _row(job.name, job.config, job.result) for job in jobs if job.result}
    written = 0
    try:
        for result in results:
            if result.is_write_error:
                raise WriteError(result.error)
            if result.result is not None:
                rows[result.name] = _row(result.name, configs[result.name], result.result)
                if len(rows) >= REWRITE_GROWTH * written:
                    write_tables(out, [rows[name] for name in configs if name in rows])
                    written = len(rows)
            yield result
    finally:
        if rows:
            write_tables(out, [rows[name] for name in configs if name in rows])


def write_tables(out: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write both tables, each atomically."""
    lines = "".join(json.dumps(row, default=float) + "\n" for row in rows)
    write_atomic(out / TABLE_FILES[0], lines.encode())
    write_atomic(out / TABLE_FILES[1], rows_to_csv(rows).encode())


def rows_to_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Format rows as CSV, with a column for each name in any of them."""
    text = io.StringIO()
    columns = list(dict.fromkeys(key for row in rows for key in row))
    table = csv.DictWriter(text, columns, lineterminator="\n")
    table.writeheader()
    table.writerows({key: _csv_value(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _row(name: str, config: Any, result: dict[str, Any]) -> dict[str, Any]:
    columns = {key: value for key, value in result.items() if key not in TIME_COLUMNS}
    return {"job": Path(name).name, **asdict(config), **columns}


def _csv_value(value: object) -> object:
    return json.dumps(value) if isinstance(value, list | dict | bool) else value
