"""The tables of docs/verify/golden-format.md, from ``liaf_ref.oracle.opset``.

``PYTHONPATH=tools python -m documentation.op_table`` writes them into the page.
"""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from liaf_ref.oracle.opset import OPS, OPTIMIZERS, Arrays, Op, Shape

PAGE = Path(__file__).resolve().parents[2] / "docs" / "verify" / "golden-format.md"
MARKER, END = "<!-- op table: {} -->\n", "<!-- end -->"


def with_tables(page: str) -> str:
    """The page with its tables as the op table has them."""
    for name, table in (
        ("operations", _operations()),
        ("options", _options()),
        ("optimizers", _optimizers()),
    ):
        before, marker, rest = page.partition(MARKER.format(name))
        rows = [f"| {' | '.join(row)} |\n" for row in table]
        rows.insert(1, f"|{'---|' * (rows[0].count(' | ') + 1)}\n")
        page = f"{before}{marker}{''.join(rows)}{END}{rest.partition(END)[2]}"
    return page


def _operations() -> Iterator[tuple[str, ...]]:
    yield "`op`", "what it computes", "input", "`par/`", "state", "`fix/`", "`exp/`", "`dbg/`"
    for name, op in OPS.items():
        arrays = (op.parameters, op.states, op.constants, op.traces, op.adjoints)
        yield f"`{name}`", op.about, _input(op), *map(_arrays, arrays)


def _input(op: Op) -> str:
    if op.num_inputs is None:
        return f"any number of {_shape(op.input)}"
    return _shape(op.input) + (f" and `y` {_shape(op.target)}" if op.target else "")


def _arrays(arrays: Arrays) -> str:
    """Arrays in their order, neighbours of one shape together."""
    groups = [(shape, " ".join(names)) for shape, names in groupby(arrays, lambda n: arrays[n])]
    return "; ".join(f"`{names}` {_shape(shape)}" for shape, names in groups)


def _shape(shape: Shape) -> str:
    if not isinstance(shape, str):
        cases = ((value, text) for value, text in shape.shapes.items())
        return ", ".join(
            f"{'none' if text is None else _shape(text)} if `{shape.option}` {_value(value)}"
            for value, text in cases
        )
    sizes = shape.split()
    return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})".replace("*", r"\*")


def _options() -> Iterator[tuple[str, ...]]:
    yield "option", "of", "values"
    users: dict[tuple[str, str], list[str]] = {}
    for name, op in OPS.items():
        for option, taken in op.options.items():
            listed = taken.values
            values = listed if isinstance(listed, str) else ", ".join(map(_value, listed))
            users.setdefault((option, values), []).append(f"`{name}`")
    for (option, values), ops in users.items():
        yield f"`{option}`", ", ".join(ops), values


def _optimizers() -> Iterator[tuple[str, ...]]:
    yield "`name`", "the step", "options and their defaults"
    for name, optimizer in OPTIMIZERS.items():
        options = (
            f"`{option}`" if default is None else f"`{option}` {_value(default)}"
            for option, default in optimizer.defaults.items()
        )
        yield f"`{name}`", optimizer.about, ", ".join(options)


def _value(value: Any) -> str:
    """As the manifest has it, without quotation marks."""
    return json.dumps(value).strip('"')


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), "utf-8")
