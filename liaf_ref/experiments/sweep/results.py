"""The table of a sweep: a line for each finished job, in the order of the specification."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from liaf_ref._core.atomic import write_atomic

RESULT_FILES = ("results.jsonl", "results.csv")
TIME_COLUMNS = ("seconds",)  # are in run.json; without them equal sweeps have equal tables


def result_row(name: str, config: Any, result: dict[str, Any]) -> dict[str, Any]:
    """Make a line of the table."""
    facts = {key: value for key, value in result.items() if key not in TIME_COLUMNS}
    return {"job": name, **asdict(config), **facts}


def write_tables(out: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write both tables, each at once."""
    rows = list(rows)
    lines = "".join(json.dumps(row, default=float) + "\n" for row in rows)
    write_atomic(out / RESULT_FILES[0], lines.encode())
    text = io.StringIO()
    columns = list(dict.fromkeys(key for row in rows for key in row))
    table = csv.DictWriter(text, columns, lineterminator="\n")
    table.writeheader()
    table.writerows({key: _csv_value(value) for key, value in row.items()} for row in rows)
    write_atomic(out / RESULT_FILES[1], text.getvalue().encode())


def _csv_value(value: object) -> object:
    return json.dumps(value) if isinstance(value, list | dict | bool) else value
