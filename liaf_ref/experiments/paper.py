"""The paper's printed numbers, read from paper.toml beside this file."""

import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from liaf_ref._core.validation import check_choice
from liaf_ref.data.babi.reader import check_task

TEXT = "text"
TABLES = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", TEXT)
METADATA_KEYS = ("title", "place", "columns", "kind", "how", "note")


class PrintedNumber(NamedTuple):
    """A number of the paper."""

    table: str
    location: str
    quantity: str
    value: str
    kind: str
    recomputation: str
    inputs: tuple[str, ...]
    note: str


def table03_accuracy(task: int, cell: str, condition: str = "ec") -> float:
    """Accuracy in percent printed in Table III."""
    cells, task = table_rows("table03"), check_task(task)
    found = cells[check_choice("cell", cell, cells, "Table III")][task - 1]
    if check_choice("condition", condition, ("ec", "fc"), "Table III") == "fc":
        columns = _load_document()["table03_finetuned"]["columns"]
        tuned = dict(zip(columns, table_rows("table03_finetuned").get(cell, ()), strict=False))
        printed = tuned.get(f"QA{task} (FC)", "-")
        found = found if printed == "-" else printed
    return float(found)


def table_rows(name: str) -> dict[str, list[Any]]:
    """The rows of a table as printed, by cell."""
    tables = {key: found for key, found in _load_document().items() if key != TEXT}
    found = tables[check_choice("table", name, tables, "the paper")].items()
    return {cell: list(row) for cell, row in found if cell not in METADATA_KEYS}


def printed_numbers() -> Iterator[PrintedNumber]:
    """Every number of the paper with its place: those of the tables, then those of the text."""
    document = _load_document(parse_float=str)  # 70.40 has two decimals
    for name in sorted(document.keys() - {TEXT}):
        yield from _table_numbers(document[name])
    for entry in document[TEXT]:
        how, of, note = entry.get("how", ""), tuple(entry.get("of", ())), entry.get("note", "")
        where = entry["place"], entry["what"]
        yield PrintedNumber(TEXT, *where, entry["printed"], entry["kind"], how, of, note)


@cache
def printed_cells() -> dict[tuple[str, str, str], str]:
    """The cells of the tables as printed, by table, row and column."""
    found = (p for p in printed_numbers() if p.table != TEXT)
    return {(p.table, p.inputs[0], p.inputs[1]): p.value for p in found}


def _table_numbers(section: dict[str, Any]) -> Iterator[PrintedNumber]:
    place, columns, notes = section["place"], section["columns"], section.get("note", {})
    given = [section.get(key, "") for key in ("kind", "how")]  # one for all columns, or for each
    kinds, hows = ([each] * len(columns) if isinstance(each, str) else each for each in given)
    number = place.removeprefix("Table ")
    for row, values in section.items():
        if row in METADATA_KEYS:
            continue
        for column, value, kind, how in zip(columns, values, kinds, hows, strict=True):
            what = f"{row} {column}"
            note = next((notes[key] for key in (what, row, column) if key in notes), "")
            if value != "-":
                yield PrintedNumber(number, place, what, value, kind, how, (row, column), note)


@cache
def _load_document(parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """Read the file once; callers return copies, so that the cached value is not modified."""
    text = resources.files("liaf_ref.experiments").joinpath("paper.toml").read_text("utf-8")
    return tomllib.loads(text, parse_float=parse_float)
